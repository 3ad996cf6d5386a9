/* SPDX-License-Identifier: MIT */
/* Settings of TLS for tests: a server with a certificate made for it, and clients that trust it, or not. */
#ifndef WIRE_TLS_FIXTURE_H
#define WIRE_TLS_FIXTURE_H

#include <unistd.h>

#include "wire_fixture.h"

#include "wire/tls.h"

typedef struct tls_pair {
    wire_tls *server, *client;
    char ca[64]; /* file with the authority of the server */
} tls_pair;

static inline wire_tls *tls_of(const wire_tls_config *config) {
    char error[300] = "";
    wire_tls *tls = wire_tls_new(config, error, sizeof error);
    if (tls == NULL) fail_msg("%s", error);
    return tls;
}

static inline void ca_write(tls_pair *pair) {
    char error[300] = "";
    snprintf(pair->ca, sizeof pair->ca, "/tmp/wire-tls-XXXXXX");
    int fd = mkstemp(pair->ca);
    assert_true(fd >= 0);
    close(fd);
    if (wire_tls_write_ca(pair->server, pair->ca, error, sizeof error) != 0) fail_msg("%s", error);
}

/* Both, as config says; zero configs will do. A client without a file trusts the server. */
static inline void tls_pair_make(tls_pair *pair, const wire_tls_config *server,
                                 const wire_tls_config *client) {
    wire_tls_config config = *server;
    config.server = true;
    pair->server = tls_of(&config);
    ca_write(pair);
    config = *client;
    config.server = false;
    if (config.ca_file == NULL && !config.insecure) config.ca_file = pair->ca;
    if (config.name == NULL) config.name = "localhost";
    pair->client = tls_of(&config);
}

static inline void tls_pair_free(tls_pair *pair) {
    wire_tls_free(pair->client);
    wire_tls_free(pair->server);
    unlink(pair->ca);
}

static inline void tls_pair_usual(tls_pair *pair, const char *version) {
    static const char *const alpn[] = {"http/1.1", NULL};
    const wire_tls_config config = {.min = version, .max = version, .alpn = alpn};
    tls_pair_make(pair, &config, &config);
}

#define EACH_VERSION(version)                                                                                \
    for (const char *const *at = (const char *const[]){"1.2", "1.3", NULL}, *(version) = NULL;               \
         ((version) = *at) != NULL; at++)

static inline void open_both(both_sides *pair, tls_pair *tls, const char *version) {
    tls_pair_usual(tls, version);
    pair_open_tls(pair, "127.0.0.1", tls->server, tls->client);
    RUN_UNTIL(pair, pair->client.counts[OPENED] == 1 && pair->server.counts[OPENED] == 1);
}

static inline void close_both(both_sides *pair, tls_pair *tls) {
    pair_close(pair);
    tls_pair_free(tls);
}

#endif
