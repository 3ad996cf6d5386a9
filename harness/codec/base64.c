/* SPDX-License-Identifier: MIT */
/* base64 (RFC 4648 4). */
#include "octet.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void wsc_base64_encode(char *dst, const uint8_t *src, size_t len) {
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t bits = (uint32_t)src[i] << 16;
        if (left > 1) bits |= (uint32_t)src[i + 1] << 8;
        if (left > 2) bits |= src[i + 2];
        *dst++ = alphabet[bits >> 18];
        *dst++ = alphabet[bits >> 12 & 63];
        *dst++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        *dst++ = left > 2 ? alphabet[bits & 63] : '=';
    }
    *dst = '\0';
}

int wsc_base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (wsc_is_digit(c)) return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}
