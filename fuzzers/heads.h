/* SPDX-License-Identifier: MIT */
/* HTTP heads in the entry points: reading one in pieces, and what holds for every head. */
#ifndef FUZZ_HEADS_H
#define FUZZ_HEADS_H

#include "fuzz.h"

/* A head in buffers of exactly the size that it may have. */
typedef struct head {
    wsc_http http;
    wsc_http_status status;
    size_t consumed;
} head;

/* Bounds of a head. */
typedef struct head_bounds {
    size_t cap, max_fields;
} head_bounds;

/* Reads a head; what comes behind it is left alone. To be freed. */
head head_read(wsc_http_kind kind, const uint8_t *data, size_t size, fuzz_way way, head_bounds bounds);
void head_free(head *h);
/* All oracles of wsc_http, on one input: cuts, bounds, spans, what is sticky, round trips. */
void head_check(wsc_http_kind kind, const uint8_t *data, size_t size, head_bounds bounds);
/* True if the span lies in the octets of the head. */
bool head_contains(const head *h, wsc_span span);

#endif
