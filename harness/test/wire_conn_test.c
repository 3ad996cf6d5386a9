/* SPDX-License-Identifier: MIT */
/* Octets both ways: what is sent arrives, in the segments asked for, within bounds. */
#include "wire_fixture.h"

static void echo_by_host(const char *host) {
    both_sides pair;
    pair_connect(&pair, host);
    pair.server.echo = true;
    assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"hello", 5, NULL), 0);
    RUN_UNTIL(&pair, pair.client.received.len == 5);
    assert_octets(&pair.client.received, "hello", 5);
    assert_octets(&pair.server.received, "hello", 5);
    assert_octets(&pair.client.sent, "hello", 5);
    assert_int_equal(wire_queued(pair.client.conn), 0);
    assert_string_equal(wire_error(pair.client.conn), "");
    pair_close(&pair);
}

static void echo_ipv4(void **state) {
    (void)state;
    echo_by_host("127.0.0.1");
}

static void echo_ipv6(void **state) {
    (void)state;
    echo_by_host("::1");
}

static void echo_localhost(void **state) {
    (void)state;
    echo_by_host("localhost");
}

static void send_before_opened_waits(void **state) {
    (void)state;
    both_sides pair;
    pair_open(&pair, "127.0.0.1");
    assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"early", 5, NULL), 0);
    assert_int_equal(wire_queued(pair.client.conn), 5);
    assert_int_equal(pair.client.counts[SENT], 0);
    wire_fin(pair.client.conn);
    assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"late", 4, NULL), -1);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_octets(&pair.server.received, "early", 5);
    assert_int_equal(pair.server.end, WIRE_END_FIN);
    assert_int_equal(pair.client.counts[DRAINED], 1);
    pair_close(&pair);
}

static void empty_send_is_nothing(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    wire_cut cut = {.every = 1};
    assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"", 0, &cut), 0);
    assert_int_equal(wire_queued(pair.client.conn), 0);
    wire_fin(pair.client.conn);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_int_equal(pair.client.counts[SENT], 0);
    assert_int_equal(pair.server.received.len, 0);
    pair_close(&pair);
}

/* Sends data cut, and checks the writes that were made. */
static void check_cut(both_sides *pair, const uint8_t *data, size_t len, const wire_cut *cut,
                      const size_t *ends, size_t num_ends) {
    one_side *client = &pair->client;
    client->counts[SENT] = 0;
    client->sent.len = pair->server.received.len = 0;
    assert_int_equal(wire_send(client->conn, data, len, cut), 0);
    RUN_UNTIL(pair, pair->server.received.len >= len);
    assert_octets(&pair->server.received, data, len);
    assert_octets(&client->sent, data, len);
    assert_int_equal(client->counts[SENT], num_ends);
    for (size_t i = 0, pos = 0; i < num_ends; pos = ends[i++])
        assert_int_equal(client->writes[i], ends[i] - pos);
}

static void every_pair_of_cuts(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    const size_t len = 14;
    uint8_t *data = pattern(len, 1);
    for (size_t first = 1; first < len; first++) {
        for (size_t second = first + 1; second < len; second++) {
            const size_t cuts[] = {first, second, len};
            wire_cut cut = {.cuts = cuts, .num_cuts = 2};
            check_cut(&pair, data, len, &cut, cuts, 3);
        }
        const size_t one[] = {first, len};
        wire_cut cut = {.cuts = one, .num_cuts = 1};
        check_cut(&pair, data, len, &cut, one, 2);
    }
    free(data);
    pair_close(&pair);
}

static void strides(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    uint8_t *data = pattern(64, 2);
    for (size_t every = 1; every <= 9; every++) {
        size_t ends[64];
        size_t num = 0;
        for (size_t at = every; at < 64; at += every) ends[num++] = at;
        ends[num++] = 64;
        wire_cut cut = {.every = every};
        check_cut(&pair, data, 64, &cut, ends, num);
    }
    const size_t ends[] = {3, 6, 8, 20, 64};
    const size_t cuts[] = {20};
    wire_cut cut = {.cuts = cuts, .num_cuts = 1, .every = 3, .every_limit = 8};
    check_cut(&pair, data, 64, &cut, ends, 5);
    free(data);
    pair_close(&pair);
}

static void octets_arrive_apart(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    const size_t len = 4096;
    uint8_t *data = pattern(len, 3);
    wire_cut cut = {.every = 1};
    assert_int_equal(wire_send(pair.client.conn, data, len, &cut), 0);
    RUN_UNTIL(&pair, pair.server.received.len == len);
    assert_octets(&pair.server.received, data, len);
    assert_int_equal(pair.client.counts[SENT], len);
    assert_int_equal(pair.client.counts[DRAINED], 1);
    /* How often the peer gets to read depends on the machine; on one that is not overloaded, 4096 times. */
    assert_true(pair.server.counts[RECEIVED] > len / 10);
    free(data);
    pair_close(&pair);
}

/* A peer that does not read: the octets have to go out all the same, in bounded time. */
static void octets_to_a_peer_that_does_not_read(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    wire_read(pair.server.conn, false);
    uint8_t *data = pattern(2000, 4);
    wire_cut cut = {.every = 1};
    assert_int_equal(wire_send(pair.client.conn, data, 2000, &cut), 0);
    RUN_UNTIL(&pair, pair.client.counts[DRAINED] == 1);
    assert_int_equal(pair.client.counts[SENT], 2000);
    wire_read(pair.server.conn, true);
    RUN_UNTIL(&pair, pair.server.received.len == 2000);
    assert_octets(&pair.server.received, data, 2000);
    free(data);
    pair_close(&pair);
}

static void sends_keep_their_order(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    const size_t len = 20000;
    uint8_t *data = pattern(len, 5);
    size_t pos = 0;
    for (size_t step = 1; pos < len; step = step * 7 % 1009) {
        size_t take = step < len - pos ? step : len - pos;
        wire_cut cut = {.every = 1 + step % 50, .every_limit = 200};
        assert_int_equal(wire_send(pair.client.conn, data + pos, take, step % 3 == 0 ? &cut : NULL), 0);
        pos += take;
    }
    RUN_UNTIL(&pair, pair.server.received.len == len);
    assert_octets(&pair.server.received, data, len);
    assert_octets(&pair.client.sent, data, len);
    free(data);
    pair_close(&pair);
}

static void ten_mebibytes_both_ways(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    /* Whoever has all first still has to send. */
    pair.client.keep = pair.server.keep = true;
    const size_t len = (size_t)10 << 20;
    uint8_t *up = pattern(len, 6);
    uint8_t *down = pattern(len, 7);
    assert_int_equal(wire_send(pair.client.conn, up, len, NULL), 0);
    assert_int_equal(wire_send(pair.server.conn, down, len, NULL), 0);
    wire_fin(pair.client.conn);
    wire_fin(pair.server.conn);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1 && pair.client.counts[ENDED] == 1);
    assert_octets(&pair.server.received, up, len);
    assert_octets(&pair.client.received, down, len);
    assert_octets(&pair.client.sent, up, len);
    assert_octets(&pair.server.sent, down, len);
    free(up);
    free(down);
    pair_close(&pair);
}

static void queue_is_bounded(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    wire_read(pair.server.conn, false);
    const size_t len = (size_t)1 << 20;
    uint8_t *data = pattern(len, 8);
    size_t num = 0;
    while (wire_send(pair.client.conn, data, len, NULL) == 0) num++;
    size_t queued = wire_queued(pair.client.conn);
    assert_true(queued <= WIRE_QUEUE_MAX && queued > WIRE_QUEUE_MAX - len);
    assert_int_equal(pair.client.sent.len + queued, num * len);
    /* Exactly what is left still fits. */
    size_t left = WIRE_QUEUE_MAX - queued;
    assert_int_equal(wire_send(pair.client.conn, data, left + 1, NULL), -1);
    assert_int_equal(wire_send(pair.client.conn, data, left, NULL), 0);
    assert_int_equal(wire_queued(pair.client.conn), WIRE_QUEUE_MAX);
    assert_int_equal(wire_send(pair.client.conn, data, 1, NULL), -1);
    wire_fin(pair.client.conn);
    wire_read(pair.server.conn, true);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_int_equal(pair.server.received.len, num * len + left);
    for (size_t i = 0; i < num; i++) assert_memory_equal(pair.server.received.data + i * len, data, len);
    free(data);
    pair_close(&pair);
}

static void reading_stops_and_resumes(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    wire_read(pair.server.conn, false);
    assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"abc", 3, NULL), 0);
    wire_fin(pair.client.conn);
    /* The other way still goes. */
    assert_int_equal(wire_send(pair.server.conn, (const uint8_t *)"xyz", 3, NULL), 0);
    RUN_UNTIL(&pair, pair.client.received.len == 3);
    for (int i = 0; i < 100; i++) uv_run(&pair.loop, UV_RUN_NOWAIT);
    assert_int_equal(pair.server.counts[RECEIVED] + pair.server.counts[ENDED], 0);
    wire_read(pair.server.conn, true);
    wire_read(pair.server.conn, true);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_octets(&pair.server.received, "abc", 3);
    assert_int_equal(pair.server.end, WIRE_END_FIN);
    pair_close(&pair);
}

static void stop_reading_hook(one_side *side, seen_event event) {
    (void)event;
    wire_read(side->conn, false);
}

static void reading_stops_inside_received(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    pair.server.hook = stop_reading_hook;
    pair.server.hook_on = RECEIVED;
    const size_t len = (size_t)1 << 20;
    uint8_t *data = pattern(len, 9);
    assert_int_equal(wire_send(pair.client.conn, data, len, NULL), 0);
    for (unsigned num = 1; pair.server.received.len < len; num++) {
        RUN_UNTIL(&pair, pair.server.counts[RECEIVED] == num);
        for (int i = 0; i < 3; i++) uv_run(&pair.loop, UV_RUN_NOWAIT);
        assert_int_equal(pair.server.counts[RECEIVED], num);
        wire_read(pair.server.conn, true);
    }
    assert_octets(&pair.server.received, data, len);
    free(data);
    pair_close(&pair);
}

static void send_more_hook(one_side *side, seen_event event) {
    (void)event;
    if (side->counts[SENT] <= 50) assert_int_equal(wire_send(side->conn, (const uint8_t *)"+", 1, NULL), 0);
    if (side->counts[SENT] == 51) wire_fin(side->conn);
}

static void sends_from_inside_sent_go_behind(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    pair.client.hook = send_more_hook;
    pair.client.hook_on = SENT;
    wire_cut cut = {.every = 2};
    assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"abcdef", 6, &cut), 0);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_int_equal(pair.server.received.len, 6 + 50);
    assert_memory_equal(pair.server.received.data, "abcdef++", 8);
    pair_close(&pair);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(echo_ipv4),
        cmocka_unit_test(echo_ipv6),
        cmocka_unit_test(echo_localhost),
        cmocka_unit_test(send_before_opened_waits),
        cmocka_unit_test(empty_send_is_nothing),
        cmocka_unit_test(every_pair_of_cuts),
        cmocka_unit_test(strides),
        cmocka_unit_test(octets_arrive_apart),
        cmocka_unit_test(octets_to_a_peer_that_does_not_read),
        cmocka_unit_test(sends_keep_their_order),
        cmocka_unit_test(ten_mebibytes_both_ways),
        cmocka_unit_test(queue_is_bounded),
        cmocka_unit_test(reading_stops_and_resumes),
        cmocka_unit_test(reading_stops_inside_received),
        cmocka_unit_test(sends_from_inside_sent_go_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
