/* SPDX-License-Identifier: MIT */
/* UTF-8 validation over pieces (RFC 3629, RFC 6455 8.1): the table automaton and the choice of a variant. */
#include "variants.h"

#include <string.h>

/* A row of the table automaton belongs to an octet. At the position of each state it holds the position of
   the next one, so that one shift is one step: row >> state. Positions that say nothing hold UTF8_START,
   which must not be; hence every row spells out all nine states. */
#define ROW(start, tail1, tail2, tail3, e0, ed, f0, f4)                                                      \
    ((uint64_t)(start) << UTF8_START | (uint64_t)UTF8_FAILED << UTF8_FAILED |                                \
     (uint64_t)(tail1) << UTF8_TAIL_1 | (uint64_t)(tail2) << UTF8_TAIL_2 |                                   \
     (uint64_t)(tail3) << UTF8_TAIL_3 | (uint64_t)(e0) << UTF8_AFTER_E0 | (uint64_t)(ed) << UTF8_AFTER_ED |  \
     (uint64_t)(f0) << UTF8_AFTER_F0 | (uint64_t)(f4) << UTF8_AFTER_F4)
#define BAD UTF8_FAILED
/* Octets that only start characters, and octets that only continue them. */
#define LEAD(next)           ROW(next, BAD, BAD, BAD, BAD, BAD, BAD, BAD)
#define TAIL(e0, ed, f0, f4) ROW(BAD, UTF8_START, UTF8_TAIL_1, UTF8_TAIL_2, e0, ed, f0, f4)

#define R_ASCII       LEAD(UTF8_START)
#define R_BAD         LEAD(BAD)
#define R_2           LEAD(UTF8_TAIL_1)
#define R_3           LEAD(UTF8_TAIL_2)
#define R_4           LEAD(UTF8_TAIL_3)
#define R_80          TAIL(BAD, UTF8_TAIL_1, BAD, UTF8_TAIL_2)
#define R_90          TAIL(BAD, UTF8_TAIL_1, UTF8_TAIL_2, BAD)
#define R_A0          TAIL(UTF8_TAIL_1, BAD, UTF8_TAIL_2, BAD)
#define TIMES_4(row)  row, row, row, row
#define TIMES_16(row) TIMES_4(row), TIMES_4(row), TIMES_4(row), TIMES_4(row)

static const uint64_t utf8_rows[256] = {
    /* 00 */ TIMES_16(R_ASCII),
    TIMES_16(R_ASCII),
    TIMES_16(R_ASCII),
    TIMES_16(R_ASCII),
    /* 40 */ TIMES_16(R_ASCII),
    TIMES_16(R_ASCII),
    TIMES_16(R_ASCII),
    TIMES_16(R_ASCII),
    /* 80 */ TIMES_16(R_80),
    TIMES_16(R_90),
    TIMES_16(R_A0),
    TIMES_16(R_A0),
    /* C0 */ R_BAD,
    R_BAD,
    R_2,
    R_2,
    TIMES_4(R_2),
    TIMES_4(R_2),
    TIMES_4(R_2),
    /* D0 */ TIMES_16(R_2),
    /* E0 */ LEAD(UTF8_AFTER_E0),
    R_3,
    R_3,
    R_3,
    TIMES_4(R_3),
    TIMES_4(R_3),
    /* EC */ R_3,
    LEAD(UTF8_AFTER_ED),
    R_3,
    R_3,
    /* F0 */ LEAD(UTF8_AFTER_F0),
    R_4,
    R_4,
    R_4,
    LEAD(UTF8_AFTER_F4),
    R_BAD,
    R_BAD,
    R_BAD,
    /* F8 */ TIMES_4(R_BAD),
    TIMES_4(R_BAD)};

/* Octets between two looks at the state. */
#define UTF8_STRIDE 16

static bool utf8_is_ascii(const uint8_t data[UTF8_STRIDE]) {
    uint64_t words[UTF8_STRIDE / 8];
    memcpy(words, data, sizeof words);
    return ((words[0] | words[1]) & 0x8080808080808080u) == 0;
}

size_t wsc_utf8_push_portable(wsc_utf8 *utf8, const uint8_t *data, size_t len) {
    uint64_t state = utf8->state;
    size_t i = 0;
    while (len - i >= UTF8_STRIDE) {
        if (state == UTF8_START && utf8_is_ascii(data + i)) {
            i += UTF8_STRIDE;
            continue;
        }
        uint64_t next = state;
        /* Only the low six bits are the state; masking them out here would lengthen the chain of steps. */
        for (unsigned k = 0; k < UTF8_STRIDE; k++) next = utf8_rows[data[i + k]] >> (next & 63);
        next &= 63;
        if (next == UTF8_FAILED) break; /* it is found again below, octet by octet */
        state = next;
        i += UTF8_STRIDE;
    }
    for (; i < len; i++) {
        state = utf8_rows[data[i]] >> state & 63;
        if (state == UTF8_FAILED) break;
    }
    utf8->state = (uint32_t)state;
    return i;
}

size_t wsc_utf8_push(wsc_utf8 *utf8, const uint8_t *data, size_t len) {
#if WSC_HAVE_AVX2
    if (len >= WSC_UTF8_AVX2_FROM && wsc_cpu_has_avx2()) return wsc_utf8_push_avx2(utf8, data, len);
#endif
    return wsc_utf8_push_portable(utf8, data, len);
}

bool wsc_utf8_complete(const wsc_utf8 *utf8) {
    return utf8->state == UTF8_START;
}

bool wsc_utf8_valid(const uint8_t *data, size_t len) {
    wsc_utf8 utf8 = {UTF8_START};
    return wsc_utf8_push(&utf8, data, len) == len && utf8.state == UTF8_START;
}
