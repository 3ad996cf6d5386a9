/* SPDX-License-Identifier: MIT */
/* What random values clients used before: a value that comes again was not random (RFC 6455 4.1, 5.3). */
#ifndef RUNNER_SEEN_H
#define RUNNER_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/wsc.h"
#include "runner/attempts.h"

#define SEEN_MAX 65536 /* values of each kind that are kept */

/* Zero is the start state. */
typedef struct seen_keys {
    uint64_t *keys, *masks; /* sorted digests */
    size_t num_keys, cap_keys, num_masks, cap_masks;
} seen_keys;

/* A Sec-WebSocket-Key; true if it was there before. */
bool seen_key(seen_keys *seen, wsc_span key);
/* The masking keys of one connection; true if a connection before began with the same two keys. Chance alone
   does that once in 2^64 pairs of connections; a single key says nothing. */
bool seen_masks(seen_keys *seen, const uint32_t *masks, size_t num);
void seen_free(seen_keys *seen);

/* How many connections of one client had a value that came before. */
typedef struct seen_again {
    size_t keys, masks;
} seen_again;
/* That shows over several connections only, so that no case of those connections can be blamed: it fails the
   cases that check the requirement, once they have run. tests and taken have num entries; those without a
   line did not run. To be called when all did, as often as one likes. */
void seen_judge(const seen_again *again, const attempts_plan *plan, const test_case *const *tests,
                attempts *taken, size_t num);

#endif
