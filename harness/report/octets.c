/* SPDX-License-Identifier: MIT */
#include "report/octets.h"

#include "report/text.h"

static int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

size_t octets_of_hex(uint8_t *data, size_t size, view hex) {
    size_t len = 0;
    for (size_t i = 0; i + 1 < hex.len && len < size; i += 2) {
        int high = hex_value(hex.data[i]), low = hex_value(hex.data[i + 1]);
        if (high < 0 || low < 0) break;
        data[len++] = (uint8_t)(high << 4 | low);
    }
    return len;
}

size_t octets_of_text(uint8_t *data, size_t size, view text) {
    size_t len = 0;
    for (size_t at = 0; at < text.len && len < size;) {
        int32_t code;
        at += text_decode(text.data + at, text.len - at, &code);
        if (code < 0 || code > 0xff) break;
        data[len++] = (uint8_t)code;
    }
    return len;
}
