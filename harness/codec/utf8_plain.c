/* SPDX-License-Identifier: MIT */
/* UTF-8 validation by a plain automaton, written along the grammar of RFC 3629 section 4. */
#include "variants.h"

static uint32_t utf8_lead(uint8_t octet) {
    if (octet <= 0x7F) return UTF8_START;
    if (octet >= 0xC2 && octet <= 0xDF) return UTF8_TAIL_1;
    if (octet == 0xE0) return UTF8_AFTER_E0;
    if (octet == 0xED) return UTF8_AFTER_ED;
    if (octet >= 0xE1 && octet <= 0xEF) return UTF8_TAIL_2;
    if (octet == 0xF0) return UTF8_AFTER_F0;
    if (octet >= 0xF1 && octet <= 0xF3) return UTF8_TAIL_3;
    if (octet == 0xF4) return UTF8_AFTER_F4;
    return UTF8_FAILED;
}

static uint32_t utf8_tail(uint8_t octet, uint8_t low, uint8_t high, uint32_t next) {
    return octet >= low && octet <= high ? next : UTF8_FAILED;
}

size_t wsc_utf8_push_plain(wsc_utf8 *utf8, const uint8_t *data, size_t len) {
    for (size_t i = 0; i < len; i++) {
        switch (utf8->state) {
        case UTF8_START: utf8->state = utf8_lead(data[i]); break;
        case UTF8_TAIL_1: utf8->state = utf8_tail(data[i], 0x80, 0xBF, UTF8_START); break;
        case UTF8_TAIL_2: utf8->state = utf8_tail(data[i], 0x80, 0xBF, UTF8_TAIL_1); break;
        case UTF8_TAIL_3: utf8->state = utf8_tail(data[i], 0x80, 0xBF, UTF8_TAIL_2); break;
        case UTF8_AFTER_E0: utf8->state = utf8_tail(data[i], 0xA0, 0xBF, UTF8_TAIL_1); break;
        case UTF8_AFTER_ED: utf8->state = utf8_tail(data[i], 0x80, 0x9F, UTF8_TAIL_1); break;
        case UTF8_AFTER_F0: utf8->state = utf8_tail(data[i], 0x90, 0xBF, UTF8_TAIL_2); break;
        case UTF8_AFTER_F4: utf8->state = utf8_tail(data[i], 0x80, 0x8F, UTF8_TAIL_2); break;
        default: utf8->state = UTF8_FAILED;
        }
        if (utf8->state == UTF8_FAILED) return i;
    }
    return len;
}
