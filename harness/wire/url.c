/* SPDX-License-Identifier: MIT */
/* ws-URI and wss-URI of RFC 6455 section 3, over the grammar of RFC 3986; addresses to listen on. */
#include "wire/wire.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TEXT_SHOWN = 80 };

/* Writes the reason. Returns -1, so that callers can return it. */
__attribute__((format(printf, 3, 4))) static int refuse(char *error, size_t error_len, const char *format,
                                                        ...) {
    if (error_len == 0) return -1;
    va_list args;
    va_start(args, format);
    vsnprintf(error, error_len, format, args);
    va_end(args);
    return -1;
}

static bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_one_of(char c, const char *set) {
    return c != '\0' && strchr(set, c) != NULL;
}

/* RFC 3986 section 2.2 and 2.3. */
static bool is_unreserved_or_sub_delim(char c) {
    return is_alpha(c) || is_digit(c) || is_one_of(c, "-._~!$&'()*+,;=");
}

/* Names one octet of a text that is not fit to be shown as it stands. */
static int refuse_octet(char *error, size_t error_len, const char *part, const char *text, const char *at) {
    unsigned octet = (unsigned char)*at;
    size_t offset = (size_t)(at - text);
    if (octet == ' ') return refuse(error, error_len, "space in the %s (at offset %zu)", part, offset);
    if (octet < 0x20 || octet == 0x7f)
        return refuse(error, error_len, "control character 0x%02x in the %s (at offset %zu)", octet, part,
                      offset);
    if (octet >= 0x80)
        return refuse(
            error, error_len,
            "octet 0x%02x in the %s (at offset %zu): only ASCII is allowed, anything else has to be "
            "percent-encoded (in the host: IDNA)",
            octet, part, offset);
    return refuse(error, error_len, "character '%c' is not allowed in the %s (at offset %zu)", *at, part,
                  offset);
}

/* Decimal port of len digits. Returns -1 if it is none or out of range. */
static int port_parse(const char *text, size_t len, unsigned long *port) {
    *port = 0;
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(text[i])) return -1;
        *port = *port * 10 + (unsigned long)(text[i] - '0');
        if (*port > 65535) return -1;
    }
    return 0;
}

/* Text between brackets to an IPv6 address; `text` is the whole for the offsets in messages. */
static int ipv6_literal(char *host, size_t host_size, const char *text, const char *begin, size_t len,
                        char *error, size_t error_len) {
    int shown = len < TEXT_SHOWN ? (int)len : TEXT_SHOWN;
    for (const char *at = begin; at < begin + len; at++) {
        if (*at == '%') return refuse(error, error_len, "an IPv6 zone (\"%%\") is not supported");
        if (!is_unreserved_or_sub_delim(*at) && *at != ':')
            return refuse_octet(error, error_len, "host", text, at);
    }
    struct in6_addr addr;
    char copy[INET6_ADDRSTRLEN];
    if (len >= sizeof copy || len >= host_size)
        return refuse(error, error_len, "\"[%.*s]\" is no IPv6 address", shown, begin);
    memcpy(copy, begin, len);
    copy[len] = '\0';
    if (inet_pton(AF_INET6, copy, &addr) != 1)
        return refuse(error, error_len, "\"[%s]\" is no IPv6 address", copy);
    memcpy(host, copy, len + 1);
    return 0;
}

/* Host and port; `text` is the whole URL for the offsets in messages. */
static int authority_parse(wire_url *url, const char *text, const char *begin, const char *end, char *error,
                           size_t error_len) {
    const char *host_end = end;
    const char *port = NULL;
    bool literal = begin < end && *begin == '[';
    if (literal) {
        const char *bracket = memchr(begin, ']', (size_t)(end - begin));
        if (bracket == NULL) return refuse(error, error_len, "\"[\" without \"]\" in the host");
        if (ipv6_literal(url->address.host, sizeof url->address.host, text, begin + 1,
                         (size_t)(bracket - begin - 1), error, error_len) != 0)
            return -1;
        host_end = bracket + 1;
        if (host_end < end && *host_end != ':')
            return refuse_octet(error, error_len, "authority", text, host_end);
        if (host_end < end) port = host_end + 1;
    } else {
        const char *colon = memchr(begin, ':', (size_t)(end - begin));
        if (colon != NULL) host_end = colon;
        if (colon != NULL) port = colon + 1;
        if (colon != NULL && memchr(colon + 1, ':', (size_t)(end - colon - 1)) != NULL)
            return refuse(error, error_len,
                          "more than one \":\" in the authority (an IPv6 address has to stand in brackets)");
        if (host_end == begin) return refuse(error, error_len, "the URL has no host");
        for (const char *at = begin; at < host_end; at++) {
            if (*at == '%')
                return refuse(error, error_len, "percent-encoded host: give the name in ASCII (IDNA)");
            if (!is_unreserved_or_sub_delim(*at)) return refuse_octet(error, error_len, "host", text, at);
        }
        size_t len = (size_t)(host_end - begin);
        if (len >= sizeof url->address.host)
            return refuse(error, error_len, "the host is longer than %zu octets",
                          sizeof url->address.host - 1);
        memcpy(url->address.host, begin, len);
        url->address.host[len] = '\0';
    }
    unsigned long default_port = url->secure ? 443 : 80;
    unsigned long number = default_port;
    if (port != NULL && port < end) {
        size_t len = (size_t)(end - port);
        if (port_parse(port, len, &number) != 0 || number == 0) {
            for (const char *at = port; at < end; at++)
                if (!is_digit(*at)) return refuse_octet(error, error_len, "port", text, at);
            return refuse(error, error_len, "port %.*s is not in 1..65535",
                          len < TEXT_SHOWN ? (int)len : TEXT_SHOWN, port);
        }
    }
    snprintf(url->address.port, sizeof url->address.port, "%hu", (unsigned short)number);
    const char *host = url->address.host;
    if (number == default_port)
        snprintf(url->authority, sizeof url->authority, literal ? "[%s]" : "%s", host);
    else
        snprintf(url->authority, sizeof url->authority, literal ? "[%s]:%lu" : "%s:%lu", host, number);
    return 0;
}

/* Path and query. */
static int target_parse(wire_url *url, const char *text, const char *begin, char *error, size_t error_len) {
    const char *part = "path";
    for (const char *at = begin; *at != '\0'; at++) {
        if (*at == '?') part = "query";
        if (*at == '#')
            return refuse(error, error_len,
                          "the URL has a fragment (\"#\"), which RFC 6455 section 3 forbids");
        if (*at == '%' && !(is_hex(at[1]) && is_hex(at[2])))
            return refuse(error, error_len, "\"%%\" without two hexadecimal digits in the %s (at offset %zu)",
                          part, (size_t)(at - text));
        if (!is_unreserved_or_sub_delim(*at) && !is_one_of(*at, ":@/?%"))
            return refuse_octet(error, error_len, part, text, at);
    }
    /* RFC 6455 section 3: an empty path is requested as "/". */
    int n = snprintf(url->target, sizeof url->target, "%s%s", *begin == '/' ? "" : "/", begin);
    if (n < 0 || (size_t)n >= sizeof url->target)
        return refuse(error, error_len, "path and query are longer than %zu octets", sizeof url->target - 1);
    return 0;
}

/* What follows ws+unix: the path of a socket, and behind a colon, path and query. */
static int unix_parse(wire_url *url, const char *text, const char *begin, char *error, size_t error_len) {
    if (strncmp(begin, "//", 2) == 0) begin += 2;
    size_t len = strcspn(begin, ":");
    if (len == 0) return refuse(error, error_len, "no path of a socket after the scheme");
    if (len >= sizeof url->address.path)
        return refuse(error, error_len, "the path of a unix socket has at most %zu octets",
                      sizeof url->address.path - 1);
    memcpy(url->address.path, begin, len);
    snprintf(url->authority, sizeof url->authority, "localhost");
    return target_parse(url, text, begin[len] == ':' ? begin + len + 1 : "", error, error_len);
}

int wire_url_parse(wire_url *url, const char *text, char *error, size_t error_len) {
    *url = (wire_url){.secure = false};
    const char *colon = strchr(text, ':');
    for (const char *at = text; *at != '\0' && at != colon; at++)
        if (!is_alpha(*at) && !is_digit(*at) && !is_one_of(*at, "+-.")) {
            if (is_one_of(*at, "/?#[@"))
                return refuse(error, error_len, "no scheme: the URL has to begin with ws:// or wss://");
            return refuse_octet(error, error_len, "scheme", text, at);
        }
    if (colon == NULL || colon == text)
        return refuse(error, error_len, "no scheme: the URL has to begin with ws:// or wss://");
    size_t scheme_len = (size_t)(colon - text);
    if (scheme_len > 5 && strncasecmp(colon - 5, "+unix", 5) == 0) {
        scheme_len -= 5;
        url->secure = scheme_len == 3;
        if ((scheme_len == 2 || scheme_len == 3) && strncasecmp(text, "wss", scheme_len) == 0)
            return unix_parse(url, text, colon + 1, error, error_len);
        scheme_len += 5;
    }
    if (scheme_len == 3 && strncasecmp(text, "wss", 3) == 0)
        url->secure = true;
    else if (scheme_len != 2 || strncasecmp(text, "ws", 2) != 0)
        return refuse(error, error_len, "scheme \"%.*s\" is neither ws nor wss",
                      scheme_len < TEXT_SHOWN ? (int)scheme_len : TEXT_SHOWN, text);
    if (strncmp(colon, "://", 3) != 0) return refuse(error, error_len, "no \"//\" after the scheme");
    const char *authority = colon + 3;
    const char *end = authority + strcspn(authority, "/?#");
    if (memchr(authority, '@', (size_t)(end - authority)) != NULL)
        return refuse(error, error_len, "the URL has user information (\"@\"), which ws and wss do not know");
    if (authority_parse(url, text, authority, end, error, error_len) != 0) return -1;
    return target_parse(url, text, end, error, error_len);
}

int wire_address_parse(wire_address *address, const char *text, char *error, size_t error_len) {
    *address = (wire_address){.host = "127.0.0.1"};
    if (strncmp(text, "unix:", 5) == 0) {
        size_t len = strlen(text + 5);
        if (len == 0) return refuse(error, error_len, "no path after \"unix:\"");
        if (len >= sizeof address->path)
            return refuse(error, error_len, "the path of a unix socket has at most %zu octets",
                          sizeof address->path - 1);
        memcpy(address->path, text + 5, len + 1);
        address->host[0] = '\0';
        return 0;
    }
    const char *port = text;
    if (text[0] == '[') {
        const char *bracket = strchr(text, ']');
        if (bracket == NULL) return refuse(error, error_len, "\"[\" without \"]\" in the host");
        if (ipv6_literal(address->host, sizeof address->host, text, text + 1, (size_t)(bracket - text - 1),
                         error, error_len) != 0)
            return -1;
        if (bracket[1] != ':') return refuse(error, error_len, "no \":port\" after \"]\"");
        port = bracket + 2;
    } else if (strchr(text, ':') != NULL) {
        const char *colon = strchr(text, ':');
        if (strchr(colon + 1, ':') != NULL)
            return refuse(error, error_len, "an IPv6 address has to stand in brackets: [address]:port");
        size_t len = (size_t)(colon - text);
        for (const char *at = text; at < colon; at++)
            if (!is_unreserved_or_sub_delim(*at)) return refuse_octet(error, error_len, "host", text, at);
        if (len >= sizeof address->host)
            return refuse(error, error_len, "the host is longer than %zu octets", sizeof address->host - 1);
        if (len > 0) {
            memcpy(address->host, text, len);
            address->host[len] = '\0';
        }
        port = colon + 1;
    }
    unsigned long number;
    if (*port == '\0') return refuse(error, error_len, "no port");
    for (const char *at = port; *at != '\0'; at++)
        if (!(port == text ? is_unreserved_or_sub_delim(*at) : is_digit(*at)))
            return refuse_octet(error, error_len, "port", text, at);
    if (port[strspn(port, "0123456789")] != '\0')
        return refuse(error, error_len, "\"%.*s\" is no port; say host:port or port", TEXT_SHOWN, text);
    if (port_parse(port, strlen(port), &number) != 0)
        return refuse(error, error_len, "port %.*s is not in 0..65535", TEXT_SHOWN, port);
    snprintf(address->port, sizeof address->port, "%hu", (unsigned short)number);
    return 0;
}
