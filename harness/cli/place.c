/* SPDX-License-Identifier: MIT */
#include "cli/place.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/flags.h"

/* ---- Connecting ---------------------------------------------------------------------------------------- */

/* http://[NAME:PASSWORD@]HOST[:PORT][/] */
static int proxy_read(cli_place *place, const char *text, wire_address *proxy) {
    static const char scheme[] = "http://";
    char why[256], rest[600];
    if (strncasecmp(text, scheme, sizeof scheme - 1) != 0)
        return cli_usage_error("--proxy %s is no http:// URL; only proxies without TLS of their own will do",
                               text);
    const char *begin = text + sizeof scheme - 1, *at = strrchr(begin, '@');
    if (at && cli_basic(place->tunnel.authorization, sizeof place->tunnel.authorization, begin,
                        (size_t)(at - begin)) < 0)
        return cli_usage_error("--proxy: name and password are too long");
    snprintf(rest, sizeof rest, "ws://%s", at ? at + 1 : begin);
    wire_url url;
    if (wire_url_parse(&url, rest, why, sizeof why) < 0)
        return cli_usage_error("bad URL of a proxy \"%s\": %s", text, why);
    if (strcmp(url.target, "/") != 0) return cli_usage_error("--proxy %s takes no path", text);
    *proxy = url.address;
    const wire_address *address = &place->url.address;
    if (*address->path) return cli_usage_error("--proxy does not lead to a unix socket");
    bool v6 = strchr(address->host, ':') != NULL;
    snprintf(place->tunnel.authority, sizeof place->tunnel.authority, "%s%s%s:%s", v6 ? "[" : "",
             address->host, v6 ? "]" : "", address->port);
    return 0;
}

int cli_place_read(cli_place *place, const cli_options *o, const char *text, const wire_tls *authority) {
    char why[256];
    wire_address proxy;
    *place = (cli_place){.url = {.secure = false}};
    if (wire_url_parse(&place->url, text, why, sizeof why) < 0)
        return cli_usage_error("bad URL \"%s\": %s", text, why);
    int code = o->proxy ? proxy_read(place, o->proxy, &proxy) : 0;
    if (code) return code;
    const char *host = *place->url.address.path ? "localhost" : place->url.address.host;
    if (place->url.secure && (code = cli_tls_connect(&place->tls, o, host, authority)) != 0) return code;
    if (wire_resolve(&place->target, o->proxy ? &proxy : &place->url.address, why, sizeof why) < 0) {
        fprintf(stderr, "wsconform: %s\n", why);
        cli_place_free(place);
        return EXIT_TARGET;
    }
    place->target.tls = place->tls.tls;
    if (!o->proxy) return 0;
    wire_tunnel *tunnel = &place->tunnel;
    snprintf(tunnel->proxy, sizeof tunnel->proxy, "%s", place->target.text);
    int n = snprintf(place->target.text, sizeof place->target.text, "%s by the proxy %s", tunnel->authority,
                     tunnel->proxy);
    if (n < 0 || (size_t)n >= sizeof place->target.text)
        snprintf(place->target.text, sizeof place->target.text, "the proxy %.100s", tunnel->proxy);
    place->target.tunnel = tunnel;
    return 0;
}

void cli_place_free(cli_place *place) {
    cli_tls_free(&place->tls);
    place->target.tls = NULL;
}

/* ---- Listening ----------------------------------------------------------------------------------------- */

int cli_door_read(cli_door *door, const cli_options *o, const char *text) {
    char why[256], address[400];
    bool secure = o->tls, url = true;
    const char *begin = text;
    *door = (cli_door){.address = {.host = ""}};
    if (strncasecmp(text, "wss://", 6) == 0) {
        secure = true;
        begin += 6;
    } else if (strncasecmp(text, "ws://", 5) == 0) {
        if (secure) return cli_usage_error("--tls means wss://, not \"%s\"", text);
        begin += 5;
    } else {
        url = false;
    }
    size_t len = strlen(begin);
    if (url && len > 0 && begin[len - 1] == '/') len--;
    if (len >= sizeof address) return cli_usage_error("the address \"%.80s...\" is too long", text);
    memcpy(address, begin, len);
    address[len] = 0;
    if (wire_address_parse(&door->address, address, why, sizeof why) < 0)
        return cli_usage_error("bad address \"%s\": %s", text, why);
    int code = secure ? cli_tls_listen(&door->tls, o, door->address.host) : cli_tls_unwanted(o);
    if (code) return code;
    if (wire_resolve(&door->target, &door->address, why, sizeof why) < 0) {
        cli_door_free(door);
        return cli_usage_error("%s", why);
    }
    door->target.tls = door->tls.tls;
    return 0;
}

void cli_door_free(cli_door *door) {
    cli_tls_free(&door->tls);
    door->target.tls = NULL;
}

void cli_door_url(const cli_door *door, unsigned port, char *text, size_t text_len) {
    const char *host = door->address.host, *s = door->tls.tls ? "s" : "";
    if (*door->address.path) {
        snprintf(text, text_len, "ws%s+unix://%s:", s, door->address.path);
        return;
    }
    /* Who listens everywhere is not there under that name. */
    if (strcmp(host, "0.0.0.0") == 0) host = "127.0.0.1";
    if (strcmp(host, "::") == 0) host = "::1";
    bool v6 = strchr(host, ':') != NULL;
    snprintf(text, text_len, "ws%s://%s%s%s:%u", s, v6 ? "[" : "", host, v6 ? "]" : "", port);
}

/* ---- Requests ------------------------------------------------------------------------------------------ */

int cli_basic(char *value, size_t size, const char *text, size_t len) {
    size_t n = (size_t)snprintf(value, size, "Basic ");
    if (len > size || n + (len + 2) / 3 * 4 >= size) return -1;
    (void)EVP_EncodeBlock((unsigned char *)value + n, (const unsigned char *)text, (int)len);
    return 0;
}

static int line_add(cli_lines *lines, char *line, const char *flag, const char *name, const char *value) {
    int n = snprintf(line, CLI_LINE_MAX, "%s: %s", name, value);
    if (n < 0 || n >= CLI_LINE_MAX || strpbrk(value, "\r\n"))
        return cli_usage_error("%s \"%.80s\" is no value of a header line", flag, value);
    lines->items[lines->num++] = line;
    return 0;
}

int cli_lines_read(cli_lines *lines, const cli_options *o) {
    char value[CLI_LINE_MAX];
    lines->num = 0;
    for (size_t i = 0; i < o->headers.num; i++) {
        const char *line = o->headers.items[i];
        if (!strchr(line, ':') || strpbrk(line, "\r\n"))
            return cli_usage_error("--header \"%s\" is no \"Name: value\" line", line);
        lines->items[lines->num++] = line;
    }
    int code = 0;
    if (o->origin) code = line_add(lines, lines->origin, "--origin", "Origin", o->origin);
    if (!code && o->cookie) code = line_add(lines, lines->cookie, "--cookie", "Cookie", o->cookie);
    if (!code && o->user && o->bearer) return cli_usage_error("--user and --bearer exclude each other");
    if (!code && o->user) {
        if (!strchr(o->user, ':')) return cli_usage_error("--user takes NAME:PASSWORD");
        if (cli_basic(value, sizeof value, o->user, strlen(o->user)) < 0)
            return cli_usage_error("--user: name and password are too long");
        code = line_add(lines, lines->authorization, "--user", "Authorization", value);
    }
    if (!code && o->bearer) {
        int n = snprintf(value, sizeof value, "Bearer %s", o->bearer);
        if (n < 0 || (size_t)n >= sizeof value) return cli_usage_error("--bearer: the token is too long");
        code = line_add(lines, lines->authorization, "--bearer", "Authorization", value);
    }
    lines->items[lines->num] = NULL;
    return code;
}

/* ---- Again --------------------------------------------------------------------------------------------- */

static void word_add(char *text, size_t size, size_t *used, const char *flag, const char *value) {
    if (*used >= size) return;
    /* A quote in it would need more care than a hint is worth. */
    if (value && strchr(value, '\'')) {
        *used = size;
        return;
    }
    const char *quote = value && *value &&
                                strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                              "-._/:@%+=,") != strlen(value)
                            ? "'"
                            : "";
    *used += (size_t)snprintf(text + *used, size - *used, " --%s%s%s%s%s", flag, value ? " " : "", quote,
                              value ? value : "", quote);
}

void cli_place_flags(const cli_options *o, char *text, size_t size) {
    static const char *const names[] = {"header", "origin", "cookie", "user", "bearer", "proxy"};
    size_t num, used = 0;
    const cli_flag *flags = cli_flags(&num);
    *text = 0;
    for (size_t i = 0; i < num; i++) {
        bool matters = strncmp(flags[i].name, "tls", 3) == 0 && strcmp(flags[i].name, "tls-keylog") != 0;
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            matters |= strcmp(names[k], flags[i].name) == 0;
        if (!matters) continue;
        const char *base = (const char *)o + flags[i].offset;
        switch (flags[i].type) {
        case FLAG_BOOL:
            if (*(const bool *)base) word_add(text, size, &used, flags[i].name, NULL);
            break;
        case FLAG_TEXT: {
            const char *value = *(const char *const *)(const void *)base;
            if (value) word_add(text, size, &used, flags[i].name, value);
            break;
        }
        case FLAG_LIST: {
            const cli_list *list = (const cli_list *)(const void *)base;
            for (size_t k = 0; k < list->num; k++) word_add(text, size, &used, flags[i].name, list->items[k]);
            break;
        }
        }
    }
    if (used >= size) *text = 0;
}
