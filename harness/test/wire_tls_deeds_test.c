/* SPDX-License-Identifier: MIT */
/* What is done below the stream of a TLS connection (wire_tls_do), and what becomes of the peer. */
#include "wire_tls_fixture.h"

static bool notified(const both_sides *pair) {
    wire_tls_info info;
    assert_true(wire_tls_describe(pair->server.conn, &info));
    return info.notified;
}

static void end_without_close_notify(void **state) {
    (void)state;
    EACH_VERSION(version) {
        both_sides pair;
        tls_pair tls;
        open_both(&pair, &tls, version);
        pair.server.keep = true;
        assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"last", 4, NULL), 0);
        RUN_UNTIL(&pair, pair.server.received.len == 4);
        assert_int_equal(wire_tls_do(pair.client.conn, WIRE_TLS_BARE_END), 0);
        wire_fin(pair.client.conn);
        RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
        assert_int_equal(pair.server.end, WIRE_END_FIN);
        assert_false(notified(&pair));
        assert_int_equal(wire_tls_do(pair.client.conn, WIRE_TLS_NOTIFY), -1);
        close_both(&pair, &tls);
    }
}

/* The peer has reached the end, and can be heard still. */
static void close_notify_alone(void **state) {
    (void)state;
    EACH_VERSION(version) {
        both_sides pair;
        tls_pair tls;
        open_both(&pair, &tls, version);
        pair.server.keep = true;
        assert_int_equal(wire_tls_do(pair.client.conn, WIRE_TLS_NOTIFY), 0);
        RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
        assert_int_equal(pair.server.end, WIRE_END_FIN);
        assert_true(notified(&pair));
        assert_int_equal(pair.client.counts[ENDED], 0);
        assert_int_equal(wire_send(pair.server.conn, (const uint8_t *)"still", 5, NULL), 0);
        RUN_UNTIL(&pair, pair.client.received.len == 5);
        assert_int_equal(wire_tls_do(pair.client.conn, WIRE_TLS_KEY_UPDATE), -1);
        close_both(&pair, &tls);
    }
}

static void key_updates(void **state) {
    (void)state;
    both_sides pair;
    tls_pair tls;
    open_both(&pair, &tls, "1.2");
    assert_int_equal(wire_tls_do(pair.client.conn, WIRE_TLS_KEY_UPDATE), -1);
    close_both(&pair, &tls);
    open_both(&pair, &tls, "1.3");
    pair.server.echo = true;
    for (unsigned n = 0; n < 50; n++) {
        assert_int_equal(wire_tls_do(pair.client.conn, WIRE_TLS_KEY_UPDATE), 0);
        assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"x", 1, NULL), 0);
        RUN_UNTIL(&pair, pair.client.received.len == n + 1);
    }
    close_both(&pair, &tls);
}

static void long_record(void **state) {
    (void)state;
    EACH_VERSION(version) {
        both_sides pair;
        tls_pair tls;
        open_both(&pair, &tls, version);
        assert_int_equal(wire_tls_do(pair.client.conn, WIRE_TLS_LONG_RECORD), 0);
        RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1 && pair.client.counts[ENDED] == 1);
        assert_int_equal(pair.server.end, WIRE_END_TLS);
        assert_int_equal(pair.server.received.len, 0);
        close_both(&pair, &tls);
    }
}

static void nothing_without_tls(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    for (int act = WIRE_TLS_BARE_END; act <= WIRE_TLS_LONG_RECORD; act++)
        assert_int_equal(wire_tls_do(pair.client.conn, (wire_tls_act)act), -1);
    pair_close(&pair);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(end_without_close_notify),
                                       cmocka_unit_test(close_notify_alone), cmocka_unit_test(key_updates),
                                       cmocka_unit_test(long_record), cmocka_unit_test(nothing_without_tls)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
