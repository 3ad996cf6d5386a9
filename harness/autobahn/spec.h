/* SPDX-License-Identifier: MIT */
/* Spec files of the fuzzing modes (JSON). */
#ifndef AUTOBAHN_SPEC_H
#define AUTOBAHN_SPEC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define AB_SERVERS_MAX 64
#define AB_SPEC_MAX    ((size_t)1 << 20) /* octets of a file */

typedef struct ab_server {
    const char *url, *agent;      /* agent may be NULL */
    const char *origin;           /* may be NULL */
    const char *const *protocols; /* NULL-terminated; may be NULL */
} ab_server;

/* All texts borrow from the tree. */
typedef struct ab_spec {
    json_t *tree;
    const char *path;
    const char *url;    /* fuzzingserver; may be NULL */
    const char *outdir; /* may be NULL */
    ab_server servers[AB_SERVERS_MAX];
    size_t num_servers;
    const char **protocols; /* storage of the servers' lists */
} ab_spec;

/* Reads a spec; client: of mode fuzzingclient. Unknown keys are told to warn. Returns 0, or -1 with a reason
   that names file and place. */
int ab_spec_read(ab_spec *spec, const char *path, bool client, void (*warn)(const char *text), char *error,
                 size_t error_len);
void ab_spec_free(ab_spec *spec);
/* True if the case is to run (cases, exclude-cases). */
bool ab_spec_selects(const ab_spec *spec, const char *id);
/* True if exclude-agent-cases takes it from that agent. */
bool ab_spec_excludes(const ab_spec *spec, const char *agent, const char *id);
/* The text of a spec that takes all cases, for a first start without one. */
const char *ab_spec_default(bool client);

#endif
