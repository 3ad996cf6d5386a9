/* SPDX-License-Identifier: MIT */
/* Huffman codes of DEFLATE (RFC 1951 3.2): what the inspector decodes with. Not installed. */
#ifndef WSC_HUFFMAN_H
#define WSC_HUFFMAN_H

#include "wsc.h"

/* What a code is for, which decides what its symbols mean and how incomplete it may be. */
enum { HUFFMAN_LENGTHS, HUFFMAN_LITERALS, HUFFMAN_DISTANCES };

#define HUFFMAN_MAX_LEN 15

/* What a decoded code means: bits 0-3: length of the code; 4-7: number of extra bits that follow it; 8-10:
   kind; 16-31: value. */
enum {
    ENTRY_VALUE = 0u << 8, /* a literal octet, or a symbol of the code for code lengths */
    ENTRY_BASE = 1u << 8,  /* a length or distance: value plus the extra bits */
    ENTRY_END = 2u << 8,   /* the end of the block */
    ENTRY_LONG = 3u << 8,  /* in a table only: the code is longer than the table's bits, or there is none */
    ENTRY_BAD = 4u << 8,   /* no code (length: of what shows it), or that of a symbol that never occurs */
    ENTRY_MORE = 5u << 8,  /* the bits do not suffice */
    ENTRY_KIND = 7u << 8
};

static inline unsigned entry_len(uint32_t entry) {
    return entry & 15;
}

static inline unsigned entry_extra(uint32_t entry) {
    return entry >> 4 & 15;
}

static inline uint32_t entry_value(uint32_t entry) {
    return entry >> 16;
}

/* Builds the decoder of a code from the lengths of its codes (0: the symbol has none; at most 15), one for
   each of num symbols (at most 288). False if the lengths make no code: oversubscribed, or incomplete where
   only a single code of one bit, or for distances none at all, is permitted to be (3.2.7). */
bool wsc_huffman_build(wsc_huffman *huffman, uint8_t kind, const uint8_t *lengths, unsigned num);
/* Decodes what the table does not: num_bits of bits are known. */
uint32_t wsc_huffman_decode_long(const wsc_huffman *huffman, uint64_t bits, unsigned num_bits);

/* Decodes the next code, of which num_bits are known. Of the bits above only what they are may vary. */
static inline uint32_t huffman_decode(const wsc_huffman *huffman, uint64_t bits, unsigned num_bits) {
    uint32_t entry = huffman->table[bits & ((1u << huffman->table_bits) - 1)];
    if ((entry & ENTRY_KIND) == ENTRY_LONG) return wsc_huffman_decode_long(huffman, bits, num_bits);
    return entry_len(entry) <= num_bits ? entry : ENTRY_MORE;
}

#endif
