/* SPDX-License-Identifier: MIT */
/* UTF-8 validation over pieces (RFC 3629, RFC 6455 8.1): the plain automaton. */
#include "utf8_impl.h"

/* What may follow in a state: octets from low to high, then state next. */
static bool utf8_follow(uint32_t *state, uint8_t octet, uint8_t low, uint8_t high, uint32_t next) {
    bool fits = octet >= low && octet <= high;
    *state = fits ? next : UTF8_FAILED;
    return fits;
}

static bool utf8_lead(uint32_t *state, uint8_t octet) {
    /* The rows of the grammar in RFC 3629 section 4. */
    if (octet <= 0x7F)
        *state = UTF8_START;
    else if (octet >= 0xC2 && octet <= 0xDF)
        *state = UTF8_TAIL_1;
    else if (octet == 0xE0)
        *state = UTF8_AFTER_E0;
    else if (octet == 0xED)
        *state = UTF8_AFTER_ED;
    else if (octet >= 0xE1 && octet <= 0xEF)
        *state = UTF8_TAIL_2;
    else if (octet == 0xF0)
        *state = UTF8_AFTER_F0;
    else if (octet >= 0xF1 && octet <= 0xF3)
        *state = UTF8_TAIL_3;
    else if (octet == 0xF4)
        *state = UTF8_AFTER_F4;
    else
        *state = UTF8_FAILED;
    return *state != UTF8_FAILED;
}

size_t wsc_utf8_push_plain(wsc_utf8 *utf8, const uint8_t *data, size_t len) {
    for (size_t i = 0; i < len; i++) {
        bool fits;
        switch (utf8->state) {
        case UTF8_START: fits = utf8_lead(&utf8->state, data[i]); break;
        case UTF8_TAIL_1: fits = utf8_follow(&utf8->state, data[i], 0x80, 0xBF, UTF8_START); break;
        case UTF8_TAIL_2: fits = utf8_follow(&utf8->state, data[i], 0x80, 0xBF, UTF8_TAIL_1); break;
        case UTF8_TAIL_3: fits = utf8_follow(&utf8->state, data[i], 0x80, 0xBF, UTF8_TAIL_2); break;
        case UTF8_AFTER_E0: fits = utf8_follow(&utf8->state, data[i], 0xA0, 0xBF, UTF8_TAIL_1); break;
        case UTF8_AFTER_ED: fits = utf8_follow(&utf8->state, data[i], 0x80, 0x9F, UTF8_TAIL_1); break;
        case UTF8_AFTER_F0: fits = utf8_follow(&utf8->state, data[i], 0x90, 0xBF, UTF8_TAIL_2); break;
        case UTF8_AFTER_F4: fits = utf8_follow(&utf8->state, data[i], 0x80, 0x8F, UTF8_TAIL_2); break;
        default: fits = false;
        }
        if (!fits) return i;
    }
    return len;
}

size_t wsc_utf8_push(wsc_utf8 *utf8, const uint8_t *data, size_t len) {
    return wsc_utf8_push_plain(utf8, data, len);
}

bool wsc_utf8_complete(const wsc_utf8 *utf8) {
    return utf8->state == UTF8_START;
}

bool wsc_utf8_valid(const uint8_t *data, size_t len) {
    wsc_utf8 utf8 = {0};
    return wsc_utf8_push(&utf8, data, len) == len && wsc_utf8_complete(&utf8);
}
