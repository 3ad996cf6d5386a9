/* SPDX-License-Identifier: MIT */
/* URLs and addresses: what is accepted is what RFC 6455 section 3 lets through, and survives being written
   and read; a reason is there, fit for a terminal, and the same however little room it gets. */
#include "fuzz.h"

#include "wire/wire.h"

typedef int parse(void *result, const char *text, char *error, size_t error_len);

static int parse_url(void *result, const char *text, char *error, size_t error_len) {
    return wire_url_parse(result, text, error, error_len);
}

static int parse_address(void *result, const char *text, char *error, size_t error_len) {
    return wire_address_parse(result, text, error, error_len);
}

/* Reads with enough room for a reason, with some and with none. True if the text is accepted. */
static bool accepted(parse *read, void *result, const char *text, size_t room) {
    char error[512] = "";
    char *small = fuzz_alloc(room);
    if (room > 0) small[0] = '\0';
    int code = read(result, text, small, room);
    ORACLE(read(result, text, room == 0 ? NULL : small, 0) == code, "url-reason");
    ORACLE(read(result, text, error, sizeof error) == code, "url-reason");
    ORACLE(code == 0 || code == -1, "url-code");
    ORACLE((code == 0) == (error[0] == '\0'), "url-reason");
    ORACLE(strlen(error) < sizeof error - 1, "url-reason");
    for (const char *c = error; *c != '\0'; c++) ORACLE(*c >= ' ' && *c <= '~', "url-reason-octets");
    if (room > 0) {
        ORACLE(strlen(small) < room && strncmp(small, error, strlen(small)) == 0, "url-reason");
        ORACLE(strlen(small) == room - 1 || strcmp(small, error) == 0, "url-reason");
    }
    free(small);
    return code == 0;
}

static void check_port(const char *port, unsigned long least) {
    size_t len = strlen(port);
    ORACLE(len > 0 && strspn(port, "0123456789") == len && (len == 1 || port[0] != '0'), "url-port");
    unsigned long number = strtoul(port, NULL, 10);
    ORACLE(number >= least && number <= 65535, "url-port");
}

/* RFC 3986: what may stand in path and query, and nothing of a fragment. */
static void check_target(const char *target) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "-._~!$&'()*+,;=:@/?%";
    ORACLE(target[0] == '/' && strspn(target, letters) == strlen(target), "url-target");
    for (const char *c = strchr(target, '%'); c != NULL; c = strchr(c + 1, '%'))
        ORACLE(strspn(c + 1, "0123456789abcdefABCDEF") >= 2, "url-target");
}

static void check_url(const char *text, size_t room) {
    wire_url url, again;
    char written[3000], expected[sizeof url.authority];
    if (!accepted(parse_url, &url, text, room)) return;
    const wire_address *address = &url.address;
    bool literal = strchr(address->host, ':') != NULL;
    unsigned long usual = url.secure ? 443 : 80;
    check_target(url.target);
    if (address->path[0] != '\0') {
        ORACLE(address->host[0] == '\0' && address->port[0] == '\0', "url-unix");
        ORACLE(strchr(address->path, ':') == NULL && strcmp(url.authority, "localhost") == 0, "url-unix");
        (void)snprintf(written, sizeof written, "ws%s+unix://%s:%s", url.secure ? "s" : "", address->path,
                       url.target);
    } else {
        ORACLE(address->host[0] != '\0', "url-host");
        check_port(address->port, 1);
        int len = snprintf(expected, sizeof expected, literal ? "[%s]" : "%s", address->host);
        if (strtoul(address->port, NULL, 10) != usual)
            (void)snprintf(expected + len, sizeof expected - (size_t)len, ":%s", address->port);
        ORACLE(strcmp(url.authority, expected) == 0, "url-authority");
        (void)snprintf(written, sizeof written, "ws%s://%s%s", url.secure ? "s" : "", url.authority,
                       url.target);
    }
    ORACLE(accepted(parse_url, &again, written, room), "url-round-trip");
    ORACLE(again.secure == url.secure && strcmp(again.target, url.target) == 0, "url-round-trip");
    ORACLE(strcmp(again.authority, url.authority) == 0, "url-round-trip");
    ORACLE(strcmp(again.address.host, address->host) == 0, "url-round-trip");
    ORACLE(strcmp(again.address.port, address->port) == 0, "url-round-trip");
    ORACLE(strcmp(again.address.path, address->path) == 0, "url-round-trip");
}

static void check_address(const char *text, size_t room) {
    wire_address address, again;
    char written[400];
    if (!accepted(parse_address, &address, text, room)) return;
    if (address.path[0] != '\0') {
        ORACLE(address.host[0] == '\0' && address.port[0] == '\0', "address-unix");
        (void)snprintf(written, sizeof written, "unix:%s", address.path);
    } else {
        ORACLE(address.host[0] != '\0', "address-host");
        check_port(address.port, 0);
        bool literal = strchr(address.host, ':') != NULL;
        (void)snprintf(written, sizeof written, literal ? "[%s]:%s" : "%s:%s", address.host, address.port);
    }
    ORACLE(accepted(parse_address, &again, written, room), "address-round-trip");
    ORACLE(strcmp(again.host, address.host) == 0, "address-round-trip");
    ORACLE(strcmp(again.port, address.port) == 0, "address-round-trip");
    ORACLE(strcmp(again.path, address.path) == 0, "address-round-trip");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > FUZZ_MAX) return 0;
    /* Exactly as long as the text, so that a sanitizer sees an octet too many. */
    size_t len = strnlen((const char *)data, size);
    char *text = fuzz_alloc(len + 1);
    if (len > 0) memcpy(text, data, len);
    text[len] = '\0';
    check_url(text, size % 64);
    check_address(text, size % 64);
    free(text);
    return 0;
}
