/* SPDX-License-Identifier: MIT */
/* The parts of URIs that a request head shows: Host and request-target (RFC 3986, RFC 9110 7.2, RFC
 * 9112 3.2). */
#include "octet.h"

#include <string.h>

static bool is_one_of(char c, const char *set) {
    return c != '\0' && strchr(set, c) != NULL;
}

/* unreserved / sub-delims (RFC 3986 2.2, 2.3). */
static bool is_plain(char c) {
    return wsc_is_alpha(c) || wsc_is_digit(c) || is_one_of(c, "-._~!$&'()*+,;=");
}

/* True if the span has only plain octets, octets of `more` and percent-encoded ones. */
static bool chars_valid(wsc_span span, const char *more) {
    for (size_t i = 0; i < span.len; i++) {
        char c = span.data[i];
        if (c == '%') {
            if (span.len - i < 3 || !wsc_is_hex(span.data[i + 1]) || !wsc_is_hex(span.data[i + 2]))
                return false;
            i += 2;
        } else if (!is_plain(c) && !is_one_of(c, more)) {
            return false;
        }
    }
    return true;
}

/* IPv4address: four numbers of 0 to 255 without leading zeros. */
static bool ipv4_valid(wsc_span text) {
    size_t i = 0;
    for (int part = 0; part < 4; part++) {
        if (part > 0 && (i == text.len || text.data[i++] != '.')) return false;
        size_t start = i;
        unsigned value = 0;
        while (i < text.len && i - start < 3 && wsc_is_digit(text.data[i])) {
            value = value * 10 + (unsigned)(text.data[i++] - '0');
        }
        if (i == start || value > 255 || (text.data[start] == '0' && i - start > 1)) return false;
    }
    return i == text.len;
}

/* IPv6address: eight groups of 16 bits, of which the last two may be an IPv4address; "::" once, for one or
   more groups of zeros. */
static bool ipv6_valid(wsc_span text) {
    unsigned groups = 0;
    bool gap = false;
    size_t i = 0;
    if (text.len >= 2 && memcmp(text.data, "::", 2) == 0) {
        gap = true;
        i = 2;
    }
    while (i < text.len) {
        size_t start = i;
        while (i < text.len && i - start < 4 && wsc_is_hex(text.data[i])) i++;
        if (i < text.len && text.data[i] == '.') {
            groups += 2;
            return ipv4_valid((wsc_span){text.data + start, text.len - start}) &&
                   (gap ? groups < 8 : groups == 8);
        }
        if (i == start || ++groups > 8) return false;
        if (i == text.len) break;
        if (text.data[i++] != ':' || i == text.len) return false;
        if (text.data[i] == ':') {
            if (gap) return false;
            gap = true;
            i++;
        }
    }
    return gap ? groups < 8 : groups == 8;
}

/* IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ) */
static bool ipvfuture_valid(wsc_span text) {
    size_t i = 1;
    while (i < text.len && wsc_is_hex(text.data[i])) i++;
    if (i == 1 || i + 1 >= text.len || text.data[i] != '.') return false;
    for (i++; i < text.len; i++) {
        if (!is_plain(text.data[i]) && text.data[i] != ':') return false;
    }
    return true;
}

bool wsc_host_valid(wsc_span host) {
    size_t end = 0;
    if (host.len > 0 && host.data[0] == '[') {
        while (end < host.len && host.data[end] != ']') end++;
        if (end == host.len) return false;
        wsc_span address = {host.data + 1, end - 1};
        bool future = address.len > 0 && wsc_to_lower(address.data[0]) == 'v';
        if (future ? !ipvfuture_valid(address) : !ipv6_valid(address)) return false;
        end++;
    } else {
        while (end < host.len && host.data[end] != ':') end++;
        if (end == 0 || !chars_valid((wsc_span){host.data, end}, "")) return false;
    }
    if (end == host.len) return true;
    if (host.data[end] != ':') return false;
    /* port = *DIGIT: it may be empty, and no number of digits is excluded, only a port that cannot be. */
    unsigned port = 0;
    for (end++; end < host.len; end++) {
        if (!wsc_is_digit(host.data[end])) return false;
        port = port * 10 + (unsigned)(host.data[end] - '0');
        if (port > 65535) return false;
    }
    return true;
}

bool wsc_target_valid(wsc_span target) {
    size_t start = 0;
    if (target.len > 0 && target.data[0] != '/') {
        /* absolute-form */
        if (target.len > 7 && wsc_span_is((wsc_span){target.data, 7}, "http://")) {
            start = 7;
        } else if (target.len > 8 && wsc_span_is((wsc_span){target.data, 8}, "https://")) {
            start = 8;
        } else {
            return false;
        }
        size_t end = start;
        while (end < target.len && !is_one_of(target.data[end], "/?")) end++;
        if (!wsc_host_valid((wsc_span){target.data + start, end - start})) return false;
        start = end;
    }
    /* "?" opens the query, but is also legal inside of it, so one pass checks path and query. */
    return target.len > 0 && chars_valid((wsc_span){target.data + start, target.len - start}, ":@/?");
}
