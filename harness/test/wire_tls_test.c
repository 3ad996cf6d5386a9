/* SPDX-License-Identifier: MIT */
/* Connections over TLS: what holds for plain ones holds inside it, for each version. */
#include "wire_tls_fixture.h"

static void echo(void **state) {
    (void)state;
    EACH_VERSION(version) {
        both_sides pair;
        tls_pair tls;
        wire_tls_info info;
        open_both(&pair, &tls, version);
        pair.server.echo = true;
        assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"hello", 5, NULL), 0);
        RUN_UNTIL(&pair, pair.client.received.len == 5);
        assert_octets(&pair.client.received, "hello", 5);
        assert_octets(&pair.client.sent, "hello", 5);
        assert_int_equal(wire_queued(pair.client.conn), 0);
        assert_true(wire_tls_describe(pair.client.conn, &info));
        assert_string_equal(info.version + 4, version);
        assert_string_equal(info.alpn, "http/1.1");
        assert_true(info.verified);
        assert_false(info.notified);
        assert_true(strlen(info.cipher) > 4);
        assert_true(wire_tls_describe(pair.server.conn, &info));
        assert_string_equal(info.alpn, "http/1.1");
        assert_false(info.verified);
        close_both(&pair, &tls);
    }
}

static void no_description_without_tls(void **state) {
    (void)state;
    both_sides pair;
    wire_tls_info info;
    pair_connect(&pair, "127.0.0.1");
    assert_false(wire_tls_describe(pair.client.conn, &info));
    pair_close(&pair);
}

static void send_before_opened_waits(void **state) {
    (void)state;
    EACH_VERSION(version) {
        both_sides pair;
        tls_pair tls;
        tls_pair_usual(&tls, version);
        pair_open_tls(&pair, "127.0.0.1", tls.server, tls.client);
        assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"early", 5, NULL), 0);
        wire_fin(pair.client.conn);
        assert_int_equal(pair.client.counts[SENT], 0);
        RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
        assert_octets(&pair.server.received, "early", 5);
        assert_int_equal(pair.server.end, WIRE_END_FIN);
        assert_int_equal(pair.client.counts[DRAINED], 1);
        close_both(&pair, &tls);
    }
}

/* Segments are told one by one, and arrive as records. */
static void segments(void **state) {
    (void)state;
    EACH_VERSION(version) {
        both_sides pair;
        tls_pair tls;
        open_both(&pair, &tls, version);
        const size_t len = 300;
        uint8_t *data = pattern(len, 1);
        for (size_t every = 1; every <= 150; every += every < 4 ? 1 : 73) {
            pair.client.counts[SENT] = pair.server.counts[RECEIVED] = 0;
            pair.client.sent.len = pair.server.received.len = 0;
            wire_cut cut = {.every = every};
            assert_int_equal(wire_send(pair.client.conn, data, len, &cut), 0);
            RUN_UNTIL(&pair, pair.server.received.len >= len);
            assert_octets(&pair.server.received, data, len);
            assert_octets(&pair.client.sent, data, len);
            assert_int_equal(pair.client.counts[SENT], (len + every - 1) / every);
            for (size_t i = 0; i < pair.client.counts[SENT] && i < 256; i++)
                assert_true(pair.client.writes[i] <= every);
            /* A record is read by a call of its own, however segments are merged. */
            assert_int_equal(pair.server.counts[RECEIVED], (len + every - 1) / every);
        }
        free(data);
        close_both(&pair, &tls);
    }
}

/* Much, both ways at once, and more than the kernel takes in one go. */
static void much_both_ways(void **state) {
    (void)state;
    EACH_VERSION(version) {
        both_sides pair;
        tls_pair tls;
        open_both(&pair, &tls, version);
        const size_t len = 12u << 20;
        pair.client.keep = true; /* to be looked at when both have ended */
        uint8_t *up = pattern(len, 2);
        uint8_t *down = pattern(len, 3);
        assert_int_equal(wire_send(pair.client.conn, up, len, NULL), 0);
        assert_int_equal(wire_send(pair.server.conn, down, len, NULL), 0);
        wire_fin(pair.client.conn);
        RUN_UNTIL(&pair, pair.client.received.len == len && pair.server.counts[ENDED] == 1);
        assert_octets(&pair.server.received, up, len);
        assert_octets(&pair.client.received, down, len);
        assert_octets(&pair.client.sent, up, len);
        assert_octets(&pair.server.sent, down, len);
        assert_int_equal(wire_queued(pair.client.conn), 0);
        free(up);
        free(down);
        close_both(&pair, &tls);
    }
}

/* What waits inside TLS comes when reading is resumed, though the socket has nothing to tell. */
static void stop_hook(one_side *side, seen_event event) {
    (void)event;
    wire_read(side->conn, false);
}

static void reading_stops_between_records(void **state) {
    (void)state;
    EACH_VERSION(version) {
        both_sides pair;
        tls_pair tls;
        open_both(&pair, &tls, version);
        pair.server.hook = stop_hook;
        pair.server.hook_on = RECEIVED;
        uint8_t *data = pattern(200, 4);
        wire_cut cut = {.every = 10};
        assert_int_equal(wire_send(pair.client.conn, data, 200, &cut), 0);
        wire_fin(pair.client.conn);
        RUN_UNTIL(&pair, pair.client.counts[DRAINED] == 1 && pair.server.counts[RECEIVED] == 1);
        for (unsigned i = 1; i <= 20; i++) {
            for (int k = 0; k < 3; k++) uv_run(&pair.loop, UV_RUN_NOWAIT);
            assert_int_equal(pair.server.counts[RECEIVED], i);
            assert_int_equal(pair.server.counts[ENDED], 0);
            wire_read(pair.server.conn, true);
            if (i < 20) RUN_UNTIL(&pair, pair.server.counts[RECEIVED] == i + 1);
        }
        RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
        assert_octets(&pair.server.received, data, 200);
        free(data);
        close_both(&pair, &tls);
    }
}

static void a_peer_that_does_not_read(void **state) {
    (void)state;
    both_sides pair;
    tls_pair tls;
    open_both(&pair, &tls, "1.3");
    wire_read(pair.server.conn, false);
    const size_t len = 30u << 20;
    uint8_t *data = pattern(len, 5);
    assert_int_equal(wire_send(pair.client.conn, data, len, NULL), 0);
    for (int i = 0; i < 50; i++) uv_run(&pair.loop, UV_RUN_NOWAIT);
    assert_true(wire_queued(pair.client.conn) > 0);
    assert_int_equal(pair.server.received.len, 0);
    uint8_t *more = calloc(1, WIRE_QUEUE_MAX);
    assert_non_null(more);
    assert_int_equal(wire_send(pair.client.conn, more, WIRE_QUEUE_MAX, NULL), -1);
    free(more);
    wire_read(pair.server.conn, true);
    RUN_UNTIL(&pair, pair.server.received.len == len);
    assert_octets(&pair.server.received, data, len);
    free(data);
    close_both(&pair, &tls);
}

/* ---- Ends ---------------------------------------------------------------------------------------------- */

static void fin_is_close_notify(void **state) {
    (void)state;
    EACH_VERSION(version) {
        both_sides pair;
        tls_pair tls;
        wire_tls_info info;
        open_both(&pair, &tls, version);
        pair.server.keep = true;
        wire_fin(pair.client.conn);
        RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
        assert_int_equal(pair.server.end, WIRE_END_FIN);
        assert_true(wire_tls_describe(pair.server.conn, &info));
        assert_true(info.notified);
        assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"x", 1, NULL), -1);
        /* The other half goes on. */
        assert_int_equal(wire_send(pair.server.conn, (const uint8_t *)"after", 5, NULL), 0);
        wire_fin(pair.server.conn);
        RUN_UNTIL(&pair, pair.client.counts[ENDED] == 1);
        assert_octets(&pair.client.received, "after", 5);
        assert_int_equal(pair.client.end, WIRE_END_FIN);
        side_close(&pair.server);
        close_both(&pair, &tls);
    }
}

static void close_says_close_notify(void **state) {
    (void)state;
    both_sides pair;
    tls_pair tls;
    wire_tls_info info;
    open_both(&pair, &tls, "1.3");
    pair.server.keep = true;
    side_close(&pair.client);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_int_equal(pair.server.end, WIRE_END_FIN);
    assert_true(wire_tls_describe(pair.server.conn, &info));
    assert_true(info.notified);
    side_close(&pair.server);
    close_both(&pair, &tls);
}

/* Octets that are dropped must not look like the end. */
static void close_with_octets_left_is_no_close_notify(void **state) {
    (void)state;
    both_sides pair;
    tls_pair tls;
    wire_tls_info info;
    open_both(&pair, &tls, "1.3");
    pair.server.keep = true;
    wire_read(pair.server.conn, false);
    uint8_t *data = calloc(1, 20u << 20);
    assert_non_null(data);
    assert_int_equal(wire_send(pair.client.conn, data, 20u << 20, NULL), 0);
    free(data);
    for (int i = 0; i < 20; i++) uv_run(&pair.loop, UV_RUN_NOWAIT);
    assert_true(wire_queued(pair.client.conn) > 0);
    side_close(&pair.client);
    wire_read(pair.server.conn, true);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_true(wire_tls_describe(pair.server.conn, &info));
    assert_false(info.notified);
    side_close(&pair.server);
    close_both(&pair, &tls);
}

static void reset(void **state) {
    (void)state;
    EACH_VERSION(version) {
        both_sides pair;
        tls_pair tls;
        open_both(&pair, &tls, version);
        assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"last", 4, NULL), 0);
        RUN_UNTIL(&pair, pair.server.received.len == 4);
        wire_reset(pair.client.conn);
        RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
        assert_int_equal(pair.server.end, WIRE_END_RESET);
        assert_int_equal(pair.client.counts[ENDED], 0);
        close_both(&pair, &tls);
    }
}

static void close_in_each_event(void **state) {
    (void)state;
    for (seen_event event = OPENED; event < ENDED; event++) {
        both_sides pair;
        tls_pair tls;
        tls_pair_usual(&tls, "1.3");
        pair_open_tls(&pair, "127.0.0.1", tls.server, tls.client);
        pair.client.hook = NULL;
        pair.server.echo = true;
        wire_cut cut = {.every = 2};
        assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"abcdef", 6, &cut), 0);
        while (pair.client.counts[event] == 0) uv_run(&pair.loop, UV_RUN_ONCE);
        side_close(&pair.client);
        RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1 || pair.server.counts[OPENED] == 0);
        close_both(&pair, &tls);
    }
}

static void close_hook(one_side *side, seen_event event) {
    (void)event;
    side_close(side);
}

static void close_inside_each_event(void **state) {
    (void)state;
    for (seen_event event = OPENED; event < NUM_EVENTS; event++) {
        both_sides pair;
        tls_pair tls;
        tls_pair_usual(&tls, "1.3");
        pair_open_tls(&pair, "127.0.0.1", tls.server, tls.client);
        pair.client.hook = close_hook;
        pair.client.hook_on = event;
        pair.server.echo = true;
        pair.server.hook = event == ENDED ? close_hook : NULL;
        pair.server.hook_on = RECEIVED;
        wire_cut cut = {.every = 2};
        assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"abcdef", 6, &cut), 0);
        RUN_UNTIL(&pair, pair.client.given_up);
        RUN_UNTIL(&pair, pair.server.given_up || pair.server.counts[OPENED] == 0);
        close_both(&pair, &tls);
    }
}

static void listener_closes_while_a_handshake_runs(void **state) {
    (void)state;
    both_sides pair;
    tls_pair tls;
    tls_pair_usual(&tls, "1.3");
    pair_open_tls(&pair, "127.0.0.1", tls.server, tls.client);
    RUN_UNTIL(&pair, pair.server.conn != NULL);
    wire_listener_close(pair.listener);
    pair.listener = NULL;
    RUN_UNTIL(&pair, pair.client.counts[OPENED] == 1 && pair.server.counts[OPENED] == 1);
    close_both(&pair, &tls);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(echo),
        cmocka_unit_test(no_description_without_tls),
        cmocka_unit_test(send_before_opened_waits),
        cmocka_unit_test(segments),
        cmocka_unit_test(much_both_ways),
        cmocka_unit_test(reading_stops_between_records),
        cmocka_unit_test(a_peer_that_does_not_read),
        cmocka_unit_test(fin_is_close_notify),
        cmocka_unit_test(close_says_close_notify),
        cmocka_unit_test(close_with_octets_left_is_no_close_notify),
        cmocka_unit_test(reset),
        cmocka_unit_test(close_in_each_event),
        cmocka_unit_test(close_inside_each_event),
        cmocka_unit_test(listener_closes_while_a_handshake_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
