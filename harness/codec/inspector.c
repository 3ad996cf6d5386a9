/* SPDX-License-Identifier: MIT */
/* A reader of DEFLATE (RFC 1951) as RFC 7692 uses it, which tells what it sees. */
#include "huffman.h"

#include <string.h>

/* Octets of the window beyond which it slides. Behind them lies room for the longest match and for copies
   that write in words. */
#define WINDOW_FULL ((size_t)2 * WSC_WINDOW_MAX)
#define MATCH_MAX   258

#define NUM_CODES 19 /* of the code for code lengths */

#define RARE(condition) __builtin_expect((condition), 0)

/* States of the reader. */
enum {
    READ_BLOCK,         /* before or inside the 3 bits of a block's header */
    READ_STORED_LEN,    /* before or inside LEN and NLEN */
    READ_STORED,        /* inside the octets of a stored block */
    READ_SIZES,         /* before HLIT, HDIST and HCLEN */
    READ_CODES,         /* inside the lengths of the code for code lengths */
    READ_LENGTHS,       /* inside the code lengths */
    READ_SYMBOL,        /* before a literal, a length or an end */
    READ_LENGTH_EXTRA,  /* before the extra bits of a length */
    READ_DISTANCE,      /* before a distance */
    READ_DISTANCE_EXTRA /* before the extra bits of a distance */
};

enum { BLOCK_STORED, BLOCK_FIXED, BLOCK_DYNAMIC };

/* Where the input stands. */
typedef struct reader {
    const uint8_t *src, *end;
} reader;

void wsc_inspector_init(wsc_inspector *inspector, const wsc_inspector_config *config) {
    /* Not the window: nothing reads what was not written. */
    memset(inspector, 0, offsetof(wsc_inspector, literals));
    inspector->config = *config;
    if (inspector->config.window_bits == 0) inspector->config.window_bits = WSC_WINDOW_BITS_MAX;
    inspector->max_allowed = 1u << inspector->config.window_bits;
}

static void note(wsc_inspector *inspector, wsc_fault fault) {
    inspector->facts.faults |= WSC_FAULT_BIT(fault);
}

/* Notes a fault that ends the reading. */
static void refuse(wsc_inspector *inspector, wsc_fault fault) {
    note(inspector, fault);
    inspector->fault = fault;
}

/* A fault that the data has a meaning in spite of. */
static void object(wsc_inspector *inspector, wsc_fault fault) {
    if (inspector->config.strict)
        refuse(inspector, fault);
    else
        note(inspector, fault);
}

static uint64_t octets_read(const wsc_inspector *inspector, const reader *in, const uint8_t *start) {
    return inspector->facts.compressed + (uint64_t)(in->src - start) - inspector->num_bits / 8;
}

/* ---- Bits ---- */

/* True if num bits (at most 56) are there. Takes no octet that is not needed for them, so that what was
   consumed tells which octet made the difference. */
static inline bool need(wsc_inspector *inspector, reader *in, unsigned num) {
    while (inspector->num_bits < num) {
        if (in->src == in->end) return false;
        inspector->bits |= (uint64_t)*in->src++ << inspector->num_bits;
        inspector->num_bits += 8;
    }
    return true;
}

static inline void drop(wsc_inspector *inspector, unsigned num) {
    inspector->bits >>= num;
    inspector->num_bits -= num;
}

static inline uint32_t take(wsc_inspector *inspector, unsigned num) {
    uint32_t value = (uint32_t)(inspector->bits & (((uint64_t)1 << num) - 1));
    drop(inspector, num);
    return value;
}

/* The next code, whose bits stay where they are; ENTRY_MORE if the input ends before it does. */
static uint32_t peek_code(wsc_inspector *inspector, reader *in, const wsc_huffman *huffman) {
    uint32_t entry;
    while ((entry = huffman_decode(huffman, inspector->bits, inspector->num_bits)) == ENTRY_MORE) {
        if (!need(inspector, in, inspector->num_bits + 1)) break;
    }
    return entry;
}

/* ---- Matches ---- */

/* A distance that reaches further than any before or further back than the message. */
static __attribute__((noinline, cold)) void distance_far(wsc_inspector *inspector, size_t pos,
                                                         uint32_t distance) {
    bool client = inspector->config.sender == WSC_CLIENT;
    wsc_deflate_facts *facts = &inspector->facts;
    uint64_t own = (uint64_t)((int64_t)pos - inspector->message_start);
    if (distance > pos) {
        refuse(inspector, WSC_FAULT_DEFLATE_DISTANCE_BEFORE_START);
        return;
    }
    if (distance > facts->max_distance) facts->max_distance = distance;
    if (distance > inspector->max_allowed)
        object(inspector, client ? WSC_FAULT_DEFLATE_WINDOW_CLIENT : WSC_FAULT_DEFLATE_WINDOW_SERVER);
    if (distance > own) {
        if (distance - own > facts->max_reach) facts->max_reach = (uint32_t)(distance - own);
        if (inspector->config.no_context_takeover)
            object(inspector, client ? WSC_FAULT_DEFLATE_TAKEOVER_CLIENT : WSC_FAULT_DEFLATE_TAKEOVER_SERVER);
    }
}

/* Copies a match to pos. May write up to 15 octets behind it. */
static inline void match_copy(uint8_t *dst, uint32_t distance, uint32_t length) {
    const uint8_t *src = dst - distance;
    const uint8_t *end = dst + length;
    if (distance >= 16) {
        do {
            memcpy(dst, src, 16);
            dst += 16;
            src += 16;
        } while (dst < end);
    } else if (distance >= 8) {
        do {
            memcpy(dst, src, 8);
            dst += 8;
            src += 8;
        } while (dst < end);
    } else if (distance == 1) {
        memset(dst, *src, length);
    } else {
        while (dst < end) *dst++ = *src++;
    }
}

/* Checks a match and copies it. False if it is refused. */
static inline bool match_put(wsc_inspector *inspector, size_t pos, uint32_t distance, uint32_t length) {
    uint64_t own = (uint64_t)((int64_t)pos - inspector->message_start);
    inspector->facts.num_matches++;
    if (RARE(distance > inspector->facts.max_distance || distance > own)) {
        distance_far(inspector, pos, distance);
        if (inspector->fault != WSC_FAULT_NONE) return false;
    }
    match_copy(inspector->window + pos, distance, length);
    return true;
}

/* ---- Blocks, as far as the input goes at once ---- */

static inline uint64_t load_octets(const uint8_t *src) {
    uint64_t word;
    memcpy(&word, src, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* Decodes symbols while the input holds more than any of them takes, the output is below stop and the block
   goes on. What it read beyond the last symbol it gives back. */
static void symbols_fast(wsc_inspector *inspector, reader *in, size_t stop) {
    const wsc_huffman *literals = &inspector->literals, *distances = &inspector->distances;
    const uint64_t literal_mask = (1u << literals->table_bits) - 1;
    const uint64_t distance_mask = (1u << distances->table_bits) - 1;
    if (in->end - in->src < 8) return;
    const uint8_t *src = in->src, *const start = src, *const last = in->end - 8;
    uint8_t *const window = inspector->window;
    uint64_t bits = inspector->bits;
    unsigned num_bits = inspector->num_bits;
    size_t pos = inspector->pos;

    while (src <= last && pos < stop) {
        /* 56 bits and more: a length and a distance take at most 15 + 5 + 15 + 13. */
        bits |= load_octets(src) << num_bits;
        src += (63 - num_bits) >> 3;
        num_bits |= 56;
        uint32_t entry = literals->table[bits & literal_mask];
        if ((entry & ENTRY_KIND) == ENTRY_VALUE) {
            /* Three short literals in a row leave more than two codes take, but maybe not a whole match. */
            bits >>= entry_len(entry);
            num_bits -= entry_len(entry);
            window[pos++] = (uint8_t)entry_value(entry);
            entry = literals->table[bits & literal_mask];
            if ((entry & ENTRY_KIND) == ENTRY_VALUE && pos < stop) {
                bits >>= entry_len(entry);
                num_bits -= entry_len(entry);
                window[pos++] = (uint8_t)entry_value(entry);
                entry = literals->table[bits & literal_mask];
                if ((entry & ENTRY_KIND) == ENTRY_VALUE && pos < stop) {
                    bits >>= entry_len(entry);
                    num_bits -= entry_len(entry);
                    window[pos++] = (uint8_t)entry_value(entry);
                }
            }
            continue;
        }
        if (RARE((entry & ENTRY_KIND) == ENTRY_LONG)) {
            entry = wsc_huffman_decode_long(literals, bits, num_bits);
            if ((entry & ENTRY_KIND) == ENTRY_VALUE) {
                bits >>= entry_len(entry);
                num_bits -= entry_len(entry);
                window[pos++] = (uint8_t)entry_value(entry);
                continue;
            }
        }
        if ((entry & ENTRY_KIND) != ENTRY_BASE) break; /* an end or a fault: the exact way sees to it */

        uint64_t rest = bits >> entry_len(entry);
        unsigned used = entry_len(entry) + entry_extra(entry);
        uint32_t length = entry_value(entry) + (uint32_t)(rest & ((1u << entry_extra(entry)) - 1));
        rest >>= entry_extra(entry);
        entry = distances->table[rest & distance_mask];
        if (RARE((entry & ENTRY_KIND) == ENTRY_LONG))
            entry = wsc_huffman_decode_long(distances, rest, num_bits - used);
        if (RARE((entry & ENTRY_KIND) != ENTRY_BASE)) break;
        rest >>= entry_len(entry);
        used += entry_len(entry) + entry_extra(entry);
        uint32_t distance = entry_value(entry) + (uint32_t)(rest & ((1u << entry_extra(entry)) - 1));
        bits = rest >> entry_extra(entry);
        num_bits -= used;
        if (!match_put(inspector, pos, distance, length)) break;
        pos += length;
    }
    size_t unread = num_bits / 8;
    if (unread > (size_t)(src - start)) unread = (size_t)(src - start);
    src -= unread;
    num_bits -= 8 * (unsigned)unread;
    inspector->bits = bits & (((uint64_t)1 << num_bits) - 1);
    inspector->num_bits = num_bits;
    inspector->pos = pos;
    in->src = src;
}

/* Octets of a stored block, as many as there are and fit. */
static void stored_copy(wsc_inspector *inspector, reader *in, size_t stop) {
    size_t len = inspector->length;
    if (len > (size_t)(in->end - in->src)) len = (size_t)(in->end - in->src);
    if (len > stop - inspector->pos) len = stop - inspector->pos;
    if (len > 0) memcpy(inspector->window + inspector->pos, in->src, len);
    inspector->pos += len;
    inspector->length -= (uint32_t)len;
    in->src += len;
}

/* ---- Blocks, step by step ---- */

/* A block ends. */
static void block_end(wsc_inspector *inspector, uint64_t octets) {
    if ((int64_t)inspector->pos == inspector->block_start) inspector->facts.num_empty++;
    inspector->state = READ_BLOCK;
    if (!inspector->final_block) return;
    /* The octet that it ends in is filled with zeros (RFC 7692 7.2.1), which is no reason to refuse it. */
    if (take(inspector, inspector->num_bits & 7) != 0) note(inspector, WSC_FAULT_DEFLATE_PADDING);
    if (inspector->final_at != 0) return;
    inspector->final_at = octets;
    inspector->facts.before_final = (uint64_t)((int64_t)inspector->pos - inspector->message_start);
}

static void fixed_begin(wsc_inspector *inspector) {
    if (inspector->fixed_tables) return;
    uint8_t lengths[288];
    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    (void)wsc_huffman_build(&inspector->literals, HUFFMAN_LITERALS, lengths, 288);
    memset(lengths, 5, 32);
    (void)wsc_huffman_build(&inspector->distances, HUFFMAN_DISTANCES, lengths, 32);
    inspector->fixed_tables = true;
}

/* The 3 bits of a block's header (RFC 1951 3.2.3). */
static void block_begin(wsc_inspector *inspector) {
    inspector->final_block = take(inspector, 1) != 0;
    inspector->block_type = (uint8_t)take(inspector, 2);
    inspector->block_start = (int64_t)inspector->pos;
    switch (inspector->block_type) {
    case BLOCK_STORED:
        drop(inspector, inspector->num_bits & 7);
        inspector->state = READ_STORED_LEN;
        break;
    case BLOCK_FIXED:
        inspector->facts.num_fixed++;
        fixed_begin(inspector);
        inspector->state = READ_SYMBOL;
        break;
    case BLOCK_DYNAMIC:
        inspector->facts.num_dynamic++;
        inspector->state = READ_SIZES;
        break;
    default: refuse(inspector, WSC_FAULT_DEFLATE_BLOCK_TYPE); return;
    }
    if (inspector->final_block) inspector->facts.num_final++;
}

/* LEN and NLEN (3.2.4). */
static void stored_begin(wsc_inspector *inspector) {
    uint32_t len = take(inspector, 16), complement = take(inspector, 16);
    inspector->facts.num_stored++;
    inspector->length = len;
    inspector->state = READ_STORED;
    if ((len ^ complement) != 0xFFFF) refuse(inspector, WSC_FAULT_DEFLATE_STORED_LENGTH);
}

/* HLIT, HDIST and HCLEN (3.2.7). */
static void dynamic_begin(wsc_inspector *inspector) {
    inspector->num_literals = (uint16_t)(take(inspector, 5) + 257);
    inspector->num_distances = (uint16_t)(take(inspector, 5) + 1);
    inspector->num_codes = (uint16_t)(take(inspector, 4) + 4);
    inspector->num_lengths = 0;
    inspector->fixed_tables = false;
    memset(inspector->lengths, 0, NUM_CODES);
    inspector->state = READ_CODES;
    if (inspector->num_literals > 286) refuse(inspector, WSC_FAULT_DEFLATE_CODE_LENGTHS);
}

/* The length of one code of the code for code lengths. */
static void code_length(wsc_inspector *inspector) {
    static const uint8_t order[NUM_CODES] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                             11, 4,  12, 3, 13, 2, 14, 1, 15};
    inspector->lengths[order[inspector->num_lengths++]] = (uint8_t)take(inspector, 3);
    if (inspector->num_lengths < inspector->num_codes) return;
    inspector->num_lengths = 0;
    inspector->state = READ_LENGTHS;
    if (!wsc_huffman_build(&inspector->literals, HUFFMAN_LENGTHS, inspector->lengths, NUM_CODES))
        refuse(inspector, WSC_FAULT_DEFLATE_CODE_LENGTHS);
}

/* All code lengths are known. */
static void lengths_end(wsc_inspector *inspector) {
    const uint8_t *lengths = inspector->lengths;
    inspector->state = READ_SYMBOL;
    /* A block that cannot end is none. */
    if (lengths[256] == 0 ||
        !wsc_huffman_build(&inspector->literals, HUFFMAN_LITERALS, lengths, inspector->num_literals) ||
        !wsc_huffman_build(&inspector->distances, HUFFMAN_DISTANCES, lengths + inspector->num_literals,
                           inspector->num_distances))
        refuse(inspector, WSC_FAULT_DEFLATE_CODE_LENGTHS);
}

/* One code length, or a repetition of some. False if the input ends before. */
static bool lengths_step(wsc_inspector *inspector, reader *in) {
    static const uint8_t extras[3] = {2, 3, 7}, bases[3] = {3, 3, 11};
    unsigned total = (unsigned)inspector->num_literals + inspector->num_distances;
    uint32_t entry = peek_code(inspector, in, &inspector->literals);
    if (entry == ENTRY_MORE) return false;
    uint32_t symbol = entry_value(entry);
    unsigned repeat = 1;
    uint8_t length = (uint8_t)symbol;
    if (symbol >= 16) {
        if (!need(inspector, in, entry_len(entry) + extras[symbol - 16])) return false;
        drop(inspector, entry_len(entry));
        repeat = bases[symbol - 16] + take(inspector, extras[symbol - 16]);
        length = 0;
        if (symbol == 16) {
            if (inspector->num_lengths == 0) {
                refuse(inspector, WSC_FAULT_DEFLATE_CODE_LENGTHS);
                return true;
            }
            length = inspector->lengths[inspector->num_lengths - 1];
        }
    } else {
        drop(inspector, entry_len(entry));
    }
    if (repeat > total - inspector->num_lengths) {
        refuse(inspector, WSC_FAULT_DEFLATE_CODE_LENGTHS);
        return true;
    }
    memset(inspector->lengths + inspector->num_lengths, length, repeat);
    inspector->num_lengths = (uint16_t)(inspector->num_lengths + repeat);
    if (inspector->num_lengths == total) lengths_end(inspector);
    return true;
}

/* A literal, a length or the end of the block. False if the input ends before. */
static bool symbol_step(wsc_inspector *inspector, reader *in, const uint8_t *start) {
    uint32_t entry = peek_code(inspector, in, &inspector->literals);
    if (entry == ENTRY_MORE) return false;
    drop(inspector, entry_len(entry));
    switch (entry & ENTRY_KIND) {
    case ENTRY_VALUE: inspector->window[inspector->pos++] = (uint8_t)entry_value(entry); break;
    case ENTRY_BASE:
        inspector->length = entry;
        inspector->state = READ_LENGTH_EXTRA;
        break;
    case ENTRY_END: block_end(inspector, octets_read(inspector, in, start)); break;
    default: refuse(inspector, WSC_FAULT_DEFLATE_LENGTH_SYMBOL);
    }
    return true;
}

/* A distance's code. False if the input ends before. */
static bool distance_step(wsc_inspector *inspector, reader *in) {
    uint32_t entry = peek_code(inspector, in, &inspector->distances);
    if (entry == ENTRY_MORE) return false;
    drop(inspector, entry_len(entry));
    inspector->distance = entry;
    inspector->state = READ_DISTANCE_EXTRA;
    if ((entry & ENTRY_KIND) != ENTRY_BASE) refuse(inspector, WSC_FAULT_DEFLATE_DISTANCE_SYMBOL);
    return true;
}

static void match_end(wsc_inspector *inspector) {
    uint32_t entry = inspector->distance;
    uint32_t distance = entry_value(entry) + take(inspector, entry_extra(entry));
    inspector->state = READ_SYMBOL;
    if (match_put(inspector, inspector->pos, distance, inspector->length))
        inspector->pos += inspector->length;
}

/* One step of the reader. False if the input ends before it. */
static bool step(wsc_inspector *inspector, reader *in, const uint8_t *start, size_t stop) {
    switch (inspector->state) {
    case READ_BLOCK:
        if (!need(inspector, in, 3)) return false;
        block_begin(inspector);
        return true;
    case READ_STORED_LEN:
        if (!need(inspector, in, 32)) return false;
        stored_begin(inspector);
        if (inspector->length == 0 && inspector->fault == WSC_FAULT_NONE)
            block_end(inspector, octets_read(inspector, in, start));
        return true;
    case READ_STORED:
        if (in->src == in->end) return false;
        stored_copy(inspector, in, stop);
        if (inspector->length == 0) block_end(inspector, octets_read(inspector, in, start));
        return true;
    case READ_SIZES:
        if (!need(inspector, in, 14)) return false;
        dynamic_begin(inspector);
        return true;
    case READ_CODES:
        if (!need(inspector, in, 3)) return false;
        code_length(inspector);
        return true;
    case READ_LENGTHS: return lengths_step(inspector, in);
    case READ_SYMBOL:
        symbols_fast(inspector, in, stop);
        if (inspector->pos >= stop || inspector->fault != WSC_FAULT_NONE) return true;
        return symbol_step(inspector, in, start);
    case READ_LENGTH_EXTRA: {
        uint32_t entry = inspector->length;
        if (!need(inspector, in, entry_extra(entry))) return false;
        inspector->length = entry_value(entry) + take(inspector, entry_extra(entry));
        inspector->state = READ_DISTANCE;
        return true;
    }
    case READ_DISTANCE: return distance_step(inspector, in);
    default:
        if (!need(inspector, in, entry_extra(inspector->distance))) return false;
        match_end(inspector);
        return true;
    }
}

/* ---- Messages ---- */

static void message_begin(wsc_inspector *inspector) {
    memset(&inspector->facts, 0, sizeof inspector->facts);
    inspector->in_message = true;
    inspector->message_start = (int64_t)inspector->pos;
    inspector->final_at = 0;
    inspector->final_block = false;
    inspector->state = READ_BLOCK;
    inspector->bits = 0;
    inspector->num_bits = 0;
}

/* Makes room, of which 32 KiB of what was read before are not part. */
static void window_slide(wsc_inspector *inspector) {
    size_t gone = inspector->pos - WSC_WINDOW_MAX;
    memmove(inspector->window, inspector->window + gone, WSC_WINDOW_MAX);
    inspector->pos = WSC_WINDOW_MAX;
    inspector->message_start -= (int64_t)gone;
    inspector->block_start -= (int64_t)gone;
}

static void event_fail(wsc_inspector *inspector, wsc_inflate_event *event) {
    inspector->failed = true;
    *event = (wsc_inflate_event){.status = WSC_INFLATE_FAILED, .fault = inspector->fault};
}

/* Takes back what exceeds the limit of the message. */
static void limit_apply(wsc_inspector *inspector) {
    uint64_t plain = (uint64_t)((int64_t)inspector->pos - inspector->message_start);
    if (inspector->config.max_message == 0 || plain <= inspector->config.max_message) return;
    inspector->pos -= (size_t)(plain - inspector->config.max_message);
    /* A block that ended behind the limit has not ended. */
    if (inspector->facts.before_final > inspector->config.max_message)
        inspector->final_at = inspector->facts.before_final = 0;
    /* If the octets in excess were followed by a fault: this one came first. */
    refuse(inspector, WSC_FAULT_MESSAGE_TOO_BIG);
}

size_t wsc_inspector_push(wsc_inspector *inspector, const uint8_t *src, size_t len,
                          wsc_inflate_event *event) {
    if (inspector->fault != WSC_FAULT_NONE) {
        /* The fault was seen behind octets that had to be given before it. */
        size_t all = inspector->failed ? len : 0;
        event_fail(inspector, event);
        return all;
    }
    if (!inspector->in_message) message_begin(inspector);
    if (inspector->pos >= WINDOW_FULL) window_slide(inspector);
    size_t from = inspector->pos, stop = WINDOW_FULL;
    uint64_t plain = (uint64_t)((int64_t)from - inspector->message_start);
    uint64_t max = inspector->config.max_message;
    /* Up to the first octet too many, so that no more is consumed than what makes it. */
    if (max != 0 && max - plain < stop - from) stop = from + (size_t)(max - plain) + 1;
    reader in = {src, len > 0 ? src + len : src};
    bool more = true;
    while (more && inspector->pos < stop && inspector->fault == WSC_FAULT_NONE)
        more = step(inspector, &in, src, stop);
    limit_apply(inspector);
    size_t used = len > 0 ? (size_t)(in.src - src) : 0;
    inspector->facts.compressed += used;
    inspector->facts.plain = (uint64_t)((int64_t)inspector->pos - inspector->message_start);
    if (inspector->pos > from) {
        *event = (wsc_inflate_event){
            .status = WSC_INFLATE_DATA, .data = inspector->window + from, .len = inspector->pos - from};
    } else if (inspector->fault != WSC_FAULT_NONE) {
        event_fail(inspector, event);
    } else {
        *event = (wsc_inflate_event){.status = WSC_INFLATE_MORE};
    }
    return used;
}

/* How the payload ends (7.2.1). */
static wsc_deflate_end payload_end(const wsc_inspector *inspector) {
    if (inspector->facts.compressed == 0) return WSC_DEFLATE_END_EMPTY;
    if (inspector->state == READ_STORED_LEN && inspector->num_bits == 0) return WSC_DEFLATE_END_PROPER;
    if (inspector->state != READ_BLOCK) return WSC_DEFLATE_END_INSIDE;
    bool empty = inspector->block_start == (int64_t)inspector->pos;
    if (inspector->block_type == BLOCK_STORED && empty && inspector->num_bits == 0)
        return WSC_DEFLATE_END_TAIL_LEFT;
    return inspector->final_block ? WSC_DEFLATE_END_FINAL : WSC_DEFLATE_END_BLOCK;
}

void wsc_inspector_end(wsc_inspector *inspector, wsc_inflate_event *event) {
    if (inspector->fault != WSC_FAULT_NONE) {
        event_fail(inspector, event);
        return;
    }
    if (!inspector->in_message) message_begin(inspector);
    wsc_deflate_facts *facts = &inspector->facts;
    facts->end = payload_end(inspector);
    if (inspector->final_at != 0) facts->after_final = facts->compressed - inspector->final_at;
    switch (facts->end) {
    case WSC_DEFLATE_END_PROPER: break;
    case WSC_DEFLATE_END_TAIL_LEFT: object(inspector, WSC_FAULT_DEFLATE_TAIL_LEFT); break;
    case WSC_DEFLATE_END_INSIDE: object(inspector, WSC_FAULT_DEFLATE_END_IN_BLOCK); break;
    default: object(inspector, WSC_FAULT_DEFLATE_END_WITHOUT_BLOCK);
    }
    inspector->in_message = false;
    if (inspector->fault != WSC_FAULT_NONE)
        event_fail(inspector, event);
    else
        *event = (wsc_inflate_event){.status = WSC_INFLATE_END};
}
