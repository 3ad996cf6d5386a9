/* SPDX-License-Identifier: MIT */
/* Inside of the payload generators: content of a kind, made in blocks that can be computed one by one. */
#ifndef JUDGE_BLOCKS_H
#define JUDGE_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "judge/expect.h"

#define BLOCK_MAX 256

typedef struct block_kind {
    size_t len; /* octets of each block, at most BLOCK_MAX */
    /* Block n of the stream of that seed: a pure function of both. */
    void (*make)(uint8_t block[BLOCK_MAX], uint64_t seed, uint64_t n);
} block_kind;

/* NULL for a kind that is not made in blocks. */
const block_kind *payload_blocks(payload_kind kind);

#endif
