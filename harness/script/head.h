/* SPDX-License-Identifier: MIT */
/* Octets of the opening handshake of a case: the request to a server, the response to a client. */
#ifndef SCRIPT_HEAD_H
#define SCRIPT_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "script/case.h"

/* A growing buffer with an upper bound; `failed` once that bound was met. Zero is the start state but for
 * max. */
typedef struct octets {
    uint8_t *data;
    size_t len, cap, max;
    bool failed;
} octets;
void octets_add(octets *o, const void *data, size_t len);
void octets_free(octets *o);

typedef struct head_field {
    const char *name, *value;
} head_field;

/* The head of which a case says how its own differs. */
typedef struct head_form {
    const char *line;
    const head_field *fields;        /* in order, ended by a NULL name */
    const char *const *placeholders; /* "{key}", ..., NULL */
} head_form;
const head_form *head_ordinary(bool response);

typedef struct head_values {
    const char *target, *host; /* of a request */
    const char *key;           /* in both */
    const char *accept;        /* of a response */
    const char *const *fields; /* further lines of a request, NULL-terminated; may be NULL */
} head_values;

/* Appends the head as the case wants it: start line, fields and blank line, but neither lead, body nor
 * frames. */
void head_build(octets *out, const case_head *head, const head_values *values);

#endif
