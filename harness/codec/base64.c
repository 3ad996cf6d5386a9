/* SPDX-License-Identifier: MIT */
/* base64 (RFC 4648 4). */
#include "octet.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
#define PAD 64 /* index of the last */

void wsc_base64_encode(char *dst, const uint8_t *src, size_t len) {
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t bits = (uint32_t)src[i] << 16;
        if (left > 1) bits |= (uint32_t)src[i + 1] << 8;
        if (left > 2) bits |= src[i + 2];
        dst[0] = alphabet[bits >> 18];
        dst[1] = alphabet[bits >> 12 & 63];
        dst[2] = alphabet[left > 1 ? bits >> 6 & 63 : PAD];
        dst[3] = alphabet[left > 2 ? bits & 63 : PAD];
        dst += 4;
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
