/* SPDX-License-Identifier: MIT */
/* Masking (RFC 6455 5.3). */
#include "wsc.h"

#include <string.h>

void wsc_mask_plain(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4], uint64_t offset) {
    for (size_t i = 0; i < len; i++) dst[i] = src[i] ^ key[(offset + i) & 3];
}

void wsc_mask(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4], uint64_t offset) {
    /* The key as it falls on dst[0], twice. */
    uint8_t turned[8];
    for (unsigned i = 0; i < 8; i++) turned[i] = key[(offset + i) & 3];
    uint64_t pattern;
    memcpy(&pattern, turned, sizeof pattern);
    size_t i = 0;
    for (; len - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, src + i, sizeof word);
        word ^= pattern;
        memcpy(dst + i, &word, sizeof word);
    }
    for (; i < len; i++) dst[i] = src[i] ^ turned[i & 7];
}
