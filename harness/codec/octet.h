/* SPDX-License-Identifier: MIT */
/* Inside of the codec: classes of octets and other helpers that the HTTP half shares. Not installed. */
#ifndef WSC_OCTET_H
#define WSC_OCTET_H

#include "wsc.h"

static inline bool wsc_is_digit(char c) {
    return c >= '0' && c <= '9';
}

static inline bool wsc_is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool wsc_is_hex(char c) {
    return wsc_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* SP or HTAB: the octets of OWS (RFC 9110 5.6.3). */
static inline bool wsc_is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* tchar (RFC 9110 5.6.2): the visible octets of US-ASCII but the delimiters. RFC 6455 takes its token from
   RFC 2616, which names the same octets. */
static inline bool wsc_is_tchar(char c) {
    switch (c) {
    case '!':
    case '#':
    case '$':
    case '%':
    case '&':
    case '\'':
    case '*':
    case '+':
    case '-':
    case '.':
    case '^':
    case '_':
    case '`':
    case '|':
    case '~': return true;
    default: return wsc_is_digit(c) || wsc_is_alpha(c);
    }
}

/* Octets of a field value: SP, HTAB, VCHAR and obs-text (RFC 9110 5.5). */
static inline bool wsc_is_text(char c) {
    unsigned char octet = (unsigned char)c;
    return octet == '\t' || (octet >= 0x20 && octet != 0x7f);
}

static inline char wsc_to_lower(char c) {
    if (c >= 'A' && c <= 'Z') return (char)(c + ('a' - 'A'));
    return c;
}

/* True if the span is a token: at least one octet, all of them tchar. */
bool wsc_span_is_token(wsc_span span);
/* True if both hold the same octets. */
bool wsc_span_equal(wsc_span a, wsc_span b);
/* True if http's head is complete. */
bool wsc_http_complete(const wsc_http *http);

/* Host as RFC 9110 7.2 and RFC 3986 3.2.2 have it: uri-host [":" port], not empty, no userinfo. */
bool wsc_host_valid(wsc_span host);
/* A request-target that an opening handshake may have (RFC 6455 4.1): origin-form, or an absolute http or
   https URI with a host; no fragment. */
bool wsc_target_valid(wsc_span target);

/* base64 (RFC 4648 4) with padding; dst gets 4 characters for each 3 octets begun, and NUL. */
void wsc_base64_encode(char *dst, const uint8_t *src, size_t len);
/* Value of a base64 character, or -1. */
int wsc_base64_value(char c);

#define WSC_SHA1_LEN 20
/* SHA-1 over two pieces. */
void wsc_sha1(uint8_t digest[WSC_SHA1_LEN], wsc_span first, wsc_span second);

#endif
