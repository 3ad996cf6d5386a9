/* SPDX-License-Identifier: MIT */
/* Huffman codes of DEFLATE (RFC 1951 3.2.2, 3.2.5, 3.2.7). */
#include "huffman.h"

#include <string.h>

/* What a symbol means, without the length of its code. */
static uint32_t symbol_entry(uint8_t kind, unsigned symbol) {
    /* Base and number of extra bits of lengths 257 to 285 and of distances 0 to 29 (3.2.5). */
    static const uint16_t length_bases[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                              31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t length_extras[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                              2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    static const uint16_t distance_bases[30] = {
        1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
        193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    if (kind == HUFFMAN_DISTANCES) {
        if (symbol >= 30) return ENTRY_BAD;
        unsigned extra = symbol < 4 ? 0 : symbol / 2 - 1;
        return (uint32_t)distance_bases[symbol] << 16 | extra << 4 | ENTRY_BASE;
    }
    if (kind == HUFFMAN_LENGTHS || symbol < 256) return symbol << 16 | ENTRY_VALUE;
    if (symbol == 256) return ENTRY_END;
    if (symbol > 285) return ENTRY_BAD;
    return (uint32_t)length_bases[symbol - 257] << 16 | (uint32_t)length_extras[symbol - 257] << 4 |
           ENTRY_BASE;
}

/* The lowest num bits in reverse order: codes come with their highest bit first, all else lowest first
 * (3.1.1). */
static unsigned reverse(unsigned code, unsigned num) {
    unsigned reversed = 0;
    for (unsigned i = 0; i < num; i++) reversed |= (code >> i & 1) << (num - 1 - i);
    return reversed;
}

bool wsc_huffman_build(wsc_huffman *huffman, uint8_t kind, const uint8_t *lengths, unsigned num) {
    uint16_t next[HUFFMAN_MAX_LEN + 2] = {0}; /* where the symbols of each length go */
    memset(huffman->counts, 0, sizeof huffman->counts);
    for (unsigned i = 0; i < num; i++) huffman->counts[lengths[i]]++;
    huffman->counts[0] = 0;
    unsigned left = 1; /* codes of this length that are free */
    unsigned max_len = 0;
    for (unsigned len = 1; len <= HUFFMAN_MAX_LEN; len++) {
        left <<= 1;
        if (huffman->counts[len] > left) return false;
        left -= huffman->counts[len];
        if (huffman->counts[len] > 0) max_len = len;
        next[len + 1] = (uint16_t)(next[len] + huffman->counts[len]);
    }
    bool may_be_incomplete =
        max_len == 0 ? kind == HUFFMAN_DISTANCES : max_len == 1 && kind != HUFFMAN_LENGTHS;
    if (left > 0 && !may_be_incomplete) return false;
    for (unsigned i = 0; i < num; i++) {
        if (lengths[i] > 0) huffman->symbols[next[lengths[i]]++] = (uint16_t)i;
    }

    huffman->kind = kind;
    huffman->max_len = (uint8_t)max_len;
    huffman->table_bits = (uint8_t)(max_len < WSC_HUFFMAN_TABLE_BITS ? max_len : WSC_HUFFMAN_TABLE_BITS);
    unsigned size = 1u << huffman->table_bits;
    for (unsigned i = 0; i < size; i++) huffman->table[i] = ENTRY_LONG;
    unsigned code = 0, index = 0;
    for (unsigned len = 1; len <= huffman->table_bits; len++) {
        for (unsigned i = 0; i < huffman->counts[len]; i++, code++) {
            uint32_t entry = symbol_entry(kind, huffman->symbols[index++]);
            /* Symbols that never occur are left to the long way, which knows the length of their codes. */
            if (entry == ENTRY_BAD) continue;
            for (unsigned at = reverse(code, len); at < size; at += 1u << len)
                huffman->table[at] = entry | len;
        }
        code <<= 1;
    }
    return true;
}

uint32_t wsc_huffman_decode_long(const wsc_huffman *huffman, uint64_t bits, unsigned num_bits) {
    unsigned code = 0, first = 0, index = 0;
    for (unsigned len = 1; len <= huffman->max_len; len++) {
        if (len > num_bits) return ENTRY_MORE;
        unsigned count = huffman->counts[len];
        code = code << 1 | (unsigned)(bits & 1);
        bits >>= 1;
        first <<= 1;
        if (code - first < count)
            return symbol_entry(huffman->kind, huffman->symbols[index + code - first]) | len;
        first += count;
        index += count;
    }
    /* A code without codes is found out by the first bit that asks for one. */
    if (num_bits == 0) return ENTRY_MORE;
    return ENTRY_BAD | (huffman->max_len > 0 ? huffman->max_len : 1u);
}
