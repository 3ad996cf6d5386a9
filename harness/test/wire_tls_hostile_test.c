/* SPDX-License-Identifier: MIT */
/* TLS on sockets, with peers that stop, lie, or speak something else. */
#include "wire_tls_raw.h"

static made_cert good;

static int make_good(void **state) {
    (void)state;
    good = cert_make("good", NULL, -86400, 86400, false);
    return 0;
}

static int free_good(void **state) {
    (void)state;
    cert_free(&good);
    return 0;
}

/* Sends what the raw peer has made, up to the end that it is given. */
static void bridge_send(wire_conn *conn, raw_peer *raw, size_t *sent, size_t stop_after) {
    uint8_t *data;
    size_t len = raw_take(raw, &data);
    if (len > stop_after - *sent) len = stop_after - *sent;
    if (len > 0) (void)wire_send(conn, data, len, NULL);
    *sent += len;
    free(data);
    if (*sent == stop_after) wire_fin(conn);
}

/* The peer of the running test: how much it has sent, and when it ends. A hook has no argument of its own. */
static raw_peer *hook_raw;
static size_t hook_sent, hook_stop;

static void raw_hook(one_side *side, seen_event event) {
    (void)event;
    raw_give(hook_raw, side->received.data, side->received.len);
    side->received.len = 0;
    if (SSL_is_init_finished(hook_raw->ssl) == 0) (void)SSL_do_handshake(hook_raw->ssl);
    ERR_clear_error();
    bridge_send(side->conn, hook_raw, &hook_sent, hook_stop);
}

/* A client of ours with TLS, and a raw server that sends so many octets of its part and then ends. */
static void client_meets(both_sides *pair, wire_tls *tls, raw_peer *raw, size_t stop) {
    hook_raw = raw;
    hook_sent = 0;
    hook_stop = stop;
    pair_open_tls(pair, "127.0.0.1", NULL, tls);
    pair->server.hook = raw_hook;
    pair->server.hook_on = RECEIVED;
}

static wire_tls *insecure(void) {
    const wire_tls_config config = {.insecure = true, .name = "localhost"};
    return tls_of(&config);
}

/* A server that ends in the middle of the handshake, wherever that is. */
static void server_ends_at_every_octet(void **state) {
    (void)state;
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    wire_tls *tls = insecure();
    for (int i = 0; i < 2; i++) {
        bool opened = false;
        for (size_t stop = 1; !opened; stop++) {
            both_sides pair;
            raw_peer raw;
            raw_open(&raw, &good, versions[i]);
            client_meets(&pair, tls, &raw, stop);
            RUN_UNTIL(&pair, pair.client.counts[ENDED] == 1 || pair.client.counts[OPENED] == 1);
            opened = pair.client.counts[OPENED] == 1;
            if (!opened) {
                assert_int_equal(pair.client.end, WIRE_END_REFUSED);
                assert_string_equal(pair.client.error, "TLS handshake: the peer ended the connection");
            }
            assert_true(stop < 3000);
            pair_close(&pair);
            raw_close(&raw);
        }
    }
    wire_tls_free(tls);
}

/* A client that does. */
static void client_ends_at_every_octet(void **state) {
    (void)state;
    const wire_tls_config config = {.server = true};
    wire_tls *tls = tls_of(&config);
    raw_peer raw;
    uint8_t *hello;
    raw_open(&raw, NULL, 0);
    (void)SSL_do_handshake(raw.ssl);
    size_t len = raw_take(&raw, &hello);
    assert_true(len > 100);
    for (size_t stop = 0; stop < len; stop++) {
        both_sides pair;
        pair_open_tls(&pair, "127.0.0.1", tls, NULL);
        (void)wire_send(pair.client.conn, hello, stop, NULL);
        wire_fin(pair.client.conn);
        RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
        assert_int_equal(pair.server.counts[OPENED], 0);
        assert_int_equal(pair.server.end, WIRE_END_REFUSED);
        assert_string_equal(pair.server.error, "TLS handshake: the peer ended the connection");
        pair_close(&pair);
    }
    free(hello);
    raw_close(&raw);
    wire_tls_free(tls);
}

static void the_other_speaks_no_tls(void **state) {
    (void)state;
    const wire_tls_config config = {.server = true};
    wire_tls *client = insecure();
    wire_tls *server = tls_of(&config);
    static const char text[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    for (int i = 0; i < 2; i++) {
        both_sides pair;
        pair_open_tls(&pair, "127.0.0.1", i == 0 ? NULL : server, i == 0 ? client : NULL);
        one_side *ours = i == 0 ? &pair.client : &pair.server;
        one_side *other = i == 0 ? &pair.server : &pair.client;
        RUN_UNTIL(&pair, other->counts[OPENED] == 1);
        assert_int_equal(wire_send(other->conn, (const uint8_t *)text, sizeof text - 1, NULL), 0);
        RUN_UNTIL(&pair, ours->counts[ENDED] == 1);
        assert_int_equal(ours->counts[OPENED], 0);
        assert_int_equal(ours->end, WIRE_END_TLS);
        assert_string_equal(
            ours->error,
            "TLS handshake: the peer does not speak TLS: it begins with \"HTTP/1.1 400 Bad Request\"");
        assert_int_equal(wire_tls_last_problem(i == 0 ? client : server), WIRE_TLS_NOT_TLS);
        pair_close(&pair);
    }
    wire_tls_free(client);
    wire_tls_free(server);
}

/* One that says nothing at all; and one that is reset. */
static void silence_has_an_end(void **state) {
    (void)state;
    wire_tls *tls = insecure();
    for (int i = 0; i < 2; i++) {
        both_sides pair;
        pair_init(&pair);
        char error[256];
        wire_target any = target_of("127.0.0.1", 0);
        pair.listener = wire_listen(&pair.loop, &any, 0, &pair_listen_events, &pair, error, sizeof error);
        assert_non_null(pair.listener);
        pair.target = target_of("127.0.0.1", wire_listener_port(pair.listener));
        pair.target.tls = tls;
        uint64_t began = wire_now();
        pair.client.conn = wire_connect(&pair.loop, &pair.target, 150, &side_events, &pair.client);
        RUN_UNTIL(&pair, pair.server.counts[OPENED] == 1);
        if (i == 1) wire_reset(pair.server.conn);
        RUN_UNTIL(&pair, pair.client.counts[ENDED] == 1);
        assert_int_equal(pair.client.end, i == 0 ? WIRE_END_TIMEOUT : WIRE_END_REFUSED);
        assert_string_equal(pair.client.error, i == 0 ? "TLS handshake: the peer does not answer"
                                                      : "TLS handshake: the peer ended the connection");
        if (i == 0) assert_true(wire_now() - began >= UINT64_C(140000000));
        pair_close(&pair);
    }
    wire_tls_free(tls);
}

/* The end of TCP without close_notify is an end, and told apart. */
static void end_without_close_notify(void **state) {
    (void)state;
    wire_tls *tls = insecure();
    both_sides pair;
    raw_peer raw;
    wire_tls_info info;
    raw_open(&raw, &good, TLS1_3_VERSION);
    client_meets(&pair, tls, &raw, 1u << 20);
    pair.client.keep = true;
    RUN_UNTIL(&pair, pair.client.counts[OPENED] == 1 && SSL_is_init_finished(raw.ssl) == 1);
    assert_int_equal(SSL_write(raw.ssl, "last words", 10), 10);
    bridge_send(pair.server.conn, &raw, &hook_sent, hook_stop);
    wire_fin(pair.server.conn);
    RUN_UNTIL(&pair, pair.client.counts[ENDED] == 1);
    assert_octets(&pair.client.received, "last words", 10);
    assert_int_equal(pair.client.end, WIRE_END_FIN);
    assert_true(wire_tls_describe(pair.client.conn, &info));
    assert_false(info.notified);
    side_close(&pair.client);
    pair_close(&pair);
    raw_close(&raw);
    wire_tls_free(tls);
}

/* Data in the segment with the end of the handshake. */
static void data_with_the_last_flight(void **state) {
    (void)state;
    wire_tls *tls = insecure();
    both_sides pair;
    raw_peer raw;
    raw_open(&raw, &good, TLS1_2_VERSION);
    client_meets(&pair, tls, &raw, 0);
    pair.server.hook = NULL;
    hook_stop = 1u << 20;
    RUN_UNTIL(&pair, pair.server.received.len > 100);
    raw_hook(&pair.server, RECEIVED);
    RUN_UNTIL(&pair, pair.server.received.len > 50);
    raw_give(&raw, pair.server.received.data, pair.server.received.len);
    assert_int_equal(SSL_do_handshake(raw.ssl), 1);
    assert_int_equal(SSL_write(raw.ssl, "first words", 11), 11);
    (void)SSL_shutdown(raw.ssl);
    bridge_send(pair.server.conn, &raw, &hook_sent, hook_stop);
    RUN_UNTIL(&pair, pair.client.counts[ENDED] == 1);
    assert_int_equal(pair.client.counts[OPENED], 1);
    assert_octets(&pair.client.received, "first words", 11);
    assert_int_equal(pair.client.end, WIRE_END_FIN);
    pair_close(&pair);
    raw_close(&raw);
    wire_tls_free(tls);
}

/* A record that cannot be read breaks an open connection. */
static void broken_record(void **state) {
    (void)state;
    wire_tls *tls = insecure();
    both_sides pair;
    raw_peer raw;
    raw_open(&raw, &good, TLS1_3_VERSION);
    client_meets(&pair, tls, &raw, 1u << 20);
    RUN_UNTIL(&pair, pair.client.counts[OPENED] == 1 && SSL_is_init_finished(raw.ssl) == 1);
    static const uint8_t record[] = "\x17\x03\x03\x00\x14"
                                    "0123456789abcdefghij";
    assert_int_equal(wire_send(pair.server.conn, record, 25, NULL), 0);
    RUN_UNTIL(&pair, pair.client.counts[ENDED] == 1);
    assert_int_equal(pair.client.end, WIRE_END_TLS);
    assert_int_equal(strncmp(pair.client.error, "TLS: ", 5), 0);
    pair_close(&pair);
    raw_close(&raw);
    wire_tls_free(tls);
}

/* Handshakes of clients that have no certificate where one is wanted. */
static void certificate_of_the_client(void **state) {
    (void)state;
    made_cert root = cert_make("root", NULL, -86400, 86400, true);
    made_cert leaf = cert_make("leaf", &root, -86400, 86400, false);
    char ca[64];
    char own[64];
    cert_write(root.cert, NULL, ca);
    cert_write(leaf.cert, leaf.key, own);
    for (int i = 0; i < 4; i++) {
        both_sides pair;
        tls_pair tls;
        const char *version = i < 2 ? "1.2" : "1.3";
        const bool shows = i % 2 == 0;
        const wire_tls_config server = {.ca_file = ca, .min = version, .max = version};
        const wire_tls_config client = {.cert_file = shows ? own : NULL};
        tls_pair_make(&tls, &server, &client);
        pair_open_tls(&pair, "127.0.0.1", tls.server, tls.client);
        RUN_UNTIL(&pair, pair.server.counts[OPENED] == 1 || pair.server.counts[ENDED] == 1);
        assert_int_equal(pair.server.counts[OPENED], shows ? 1 : 0);
        if (shows) {
            wire_tls_info info;
            assert_true(wire_tls_describe(pair.server.conn, &info));
            assert_true(info.verified);
        } else {
            RUN_UNTIL(&pair, pair.client.counts[ENDED] == 1);
            assert_int_equal(pair.client.end, WIRE_END_TLS);
            assert_non_null(strstr(pair.client.error, "the peer sent the alert"));
            assert_int_equal(pair.server.end, WIRE_END_TLS);
        }
        pair_close(&pair);
        tls_pair_free(&tls);
    }
    unlink(ca);
    unlink(own);
    cert_free(&root);
    cert_free(&leaf);
}

/* Nothing in common. */
static void nothing_agreed_on(void **state) {
    (void)state;
    static const char *const h2[] = {"h2", NULL};
    static const char *const both[] = {"h2", "http/1.1", NULL};
    static const char *const http[] = {"http/1.1", NULL};
    const struct {
        wire_tls_config server, client;
        const char *agreed; /* NULL: nothing */
    } meetings[] = {{{.min = "1.3"}, {.max = "1.2"}, NULL},
                    {{.max = "1.2"}, {.min = "1.3"}, NULL},
                    {{.alpn = http}, {.alpn = h2}, NULL},
                    {{.alpn = http}, {.alpn = both}, "http/1.1"},
                    {{.alpn = http}, {.alpn = NULL}, ""},
                    {{.alpn = NULL}, {.alpn = both}, ""},
                    {{.min = "1.0", .max = "1.1"}, {.min = "1.0"}, ""}};
    for (size_t i = 0; i < sizeof meetings / sizeof *meetings; i++) {
        both_sides pair;
        tls_pair tls;
        wire_tls_info info;
        tls_pair_make(&tls, &meetings[i].server, &meetings[i].client);
        pair_open_tls(&pair, "127.0.0.1", tls.server, tls.client);
        RUN_UNTIL(&pair, pair.client.counts[OPENED] == 1 || pair.client.counts[ENDED] == 1);
        assert_int_equal(pair.client.counts[OPENED], meetings[i].agreed != NULL ? 1 : 0);
        if (meetings[i].agreed != NULL) {
            assert_true(wire_tls_describe(pair.client.conn, &info));
            assert_string_equal(info.alpn, meetings[i].agreed);
        } else {
            assert_int_equal(pair.client.end, WIRE_END_TLS);
        }
        pair_close(&pair);
        tls_pair_free(&tls);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(server_ends_at_every_octet),
        cmocka_unit_test(client_ends_at_every_octet),
        cmocka_unit_test(the_other_speaks_no_tls),
        cmocka_unit_test(silence_has_an_end),
        cmocka_unit_test(end_without_close_notify),
        cmocka_unit_test(data_with_the_last_flight),
        cmocka_unit_test(broken_record),
        cmocka_unit_test(certificate_of_the_client),
        cmocka_unit_test(nothing_agreed_on),
    };
    return cmocka_run_group_tests(tests, make_good, free_good);
}
