/* SPDX-License-Identifier: MIT */
/* Octets of the opening handshake of a case that judges servers. */
#ifndef SCRIPT_REQUEST_H
#define SCRIPT_REQUEST_H

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

typedef struct request_values {
    const char *target, *host, *key;
    const char *const *fields; /* further lines, NULL-terminated; may be NULL */
} request_values;

/* Appends the head as the case wants it: request line, fields and blank line, but neither lead, body nor
 * frames. */
void request_build(octets *out, const case_request *request, const request_values *values);

#endif
