/* SPDX-License-Identifier: MIT */
/* How connections end, or never begin. */
#include "wire_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* A plain blocking socket that is connected to the target. */
static int raw_connect(const wire_target *target) {
    int fd = socket(target->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&target->addr, sizeof(struct sockaddr_in)), 0);
    return fd;
}

static void raw_reset(int fd) {
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
    assert_int_equal(close(fd), 0);
}

/* A port of 127.0.0.1 that refuses as long as the socket lives. */
static int raw_bound(wire_target *target) {
    *target = target_of("127.0.0.1", 0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    struct sockaddr_in *in = (struct sockaddr_in *)&target->addr;
    socklen_t len = sizeof *in;
    assert_int_equal(bind(fd, (struct sockaddr *)in, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)in, &len), 0);
    return fd;
}

/* Only the server side is ours; the client is the plain socket returned. */
static int pair_accept_raw(both_sides *pair) {
    pair_open(pair, "127.0.0.1");
    side_close(&pair->client);
    RUN_UNTIL(pair, pair->server.counts[ENDED] == 1);
    memset(&pair->server, 0, sizeof pair->server);
    int fd = raw_connect(&pair->target);
    RUN_UNTIL(pair, pair->server.counts[OPENED] == 1);
    return fd;
}

static void fin_ends_one_half(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    pair.client.keep = pair.server.keep = true;
    assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"last", 4, NULL), 0);
    wire_fin(pair.client.conn);
    wire_fin(pair.client.conn);
    assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"x", 1, NULL), -1);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_int_equal(pair.server.end, WIRE_END_FIN);
    assert_octets(&pair.server.received, "last", 4);
    /* The other half goes on. */
    assert_int_equal(wire_send(pair.server.conn, (const uint8_t *)"answer", 6, NULL), 0);
    wire_fin(pair.server.conn);
    RUN_UNTIL(&pair, pair.client.counts[ENDED] == 1);
    assert_int_equal(pair.client.end, WIRE_END_FIN);
    assert_octets(&pair.client.received, "answer", 6);
    pair_close(&pair);
}

static void fin_waits_for_the_queue(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    wire_read(pair.server.conn, false);
    const size_t len = (size_t)20 << 20;
    uint8_t *data = pattern(len, 1);
    assert_int_equal(wire_send(pair.client.conn, data, len, NULL), 0);
    assert_true(wire_queued(pair.client.conn) > 0);
    wire_fin(pair.client.conn);
    assert_int_equal(wire_send(pair.client.conn, data, 1, NULL), -1);
    wire_read(pair.server.conn, true);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_octets(&pair.server.received, data, len);
    assert_int_equal(pair.client.counts[DRAINED], 1);
    free(data);
    pair_close(&pair);
}

static void fin_follows_paced_segments(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    wire_cut cut = {.every = 1};
    assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"0123456789", 10, &cut), 0);
    wire_fin(pair.client.conn);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_octets(&pair.server.received, "0123456789", 10);
    assert_int_equal(pair.client.counts[SENT], 10);
    pair_close(&pair);
}

static void reset_is_made(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"abc", 3, NULL), 0);
    wire_reset(pair.client.conn);
    wire_reset(pair.client.conn);
    pair.client.given_up = true; /* no callback may come */
    assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"x", 1, NULL), -1);
    wire_fin(pair.client.conn);
    wire_read(pair.client.conn, true);
    assert_int_equal(wire_queued(pair.client.conn), 0);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_int_equal(pair.server.end, WIRE_END_RESET);
    assert_octets(&pair.server.received, "abc", 3);
    side_close(&pair.client);
    pair_close(&pair);
}

static void reset_is_made_after_fin(void **state) {
    (void)state;
    both_sides pair;
    int fd = pair_accept_raw(&pair);
    wire_fin(pair.server.conn);
    char octet;
    assert_int_equal(recv(fd, &octet, 1, 0), 0);
    wire_reset(pair.server.conn);
    assert_int_equal(send(fd, "x", 1, MSG_NOSIGNAL), -1);
    close(fd);
    pair_close(&pair);
}

static void reset_drops_the_queue(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    wire_read(pair.server.conn, false);
    const size_t len = (size_t)20 << 20;
    uint8_t *data = pattern(len, 2);
    assert_int_equal(wire_send(pair.client.conn, data, len, NULL), 0);
    assert_true(wire_queued(pair.client.conn) > 0);
    wire_reset(pair.client.conn);
    assert_int_equal(wire_queued(pair.client.conn), 0);
    wire_read(pair.server.conn, true);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_int_equal(pair.server.end, WIRE_END_RESET);
    assert_true(pair.server.received.len < len);
    free(data);
    pair_close(&pair);
}

static void data_before_a_reset_are_delivered(void **state) {
    (void)state;
    both_sides pair;
    int fd = pair_accept_raw(&pair);
    assert_int_equal(send(fd, "before", 6, 0), 6);
    raw_reset(fd);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_int_equal(pair.server.end, WIRE_END_RESET);
    assert_octets(&pair.server.received, "before", 6);
    assert_string_equal(pair.server.error, "Connection reset by peer");
    pair_close(&pair);
}

/* The write consumes the socket's error; reading would then end like after FIN. */
static void data_before_a_reset_that_a_write_saw(void **state) {
    (void)state;
    both_sides pair;
    int fd = pair_accept_raw(&pair);
    wire_read(pair.server.conn, false);
    assert_int_equal(send(fd, "before", 6, 0), 6);
    raw_reset(fd);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(wire_send(pair.server.conn, (const uint8_t *)"lost", 4, NULL), 0);
        assert_int_equal(wire_queued(pair.server.conn), 0);
    }
    assert_int_equal(pair.server.counts[SENT], 0);
    assert_int_equal(pair.server.counts[ENDED], 0);
    wire_fin(pair.server.conn);
    for (int i = 0; i < 10; i++) uv_run(&pair.loop, UV_RUN_NOWAIT);
    assert_int_equal(pair.server.counts[ENDED], 0);
    wire_read(pair.server.conn, true);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_int_equal(pair.server.end, WIRE_END_RESET);
    assert_octets(&pair.server.received, "before", 6);
    pair_close(&pair);
}

/* A queue that waits for a peer that never reads ends when the peer resets, though we do not read. */
static void reset_drains_the_queue_of_a_side_that_does_not_read(void **state) {
    (void)state;
    both_sides pair;
    int fd = pair_accept_raw(&pair);
    wire_read(pair.server.conn, false);
    const size_t len = (size_t)20 << 20;
    uint8_t *data = pattern(len, 3);
    assert_int_equal(wire_send(pair.server.conn, data, len, NULL), 0);
    assert_true(wire_queued(pair.server.conn) > 0);
    assert_int_equal(send(fd, "before", 6, 0), 6);
    raw_reset(fd);
    RUN_UNTIL(&pair, pair.server.counts[DRAINED] == 1);
    assert_int_equal(wire_send(pair.server.conn, data, len, NULL), 0);
    assert_int_equal(wire_queued(pair.server.conn), 0);
    wire_read(pair.server.conn, true);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_int_equal(pair.server.end, WIRE_END_RESET);
    assert_octets(&pair.server.received, "before", 6);
    assert_true(pair.server.sent.len < len);
    assert_memory_equal(pair.server.sent.data, data, pair.server.sent.len);
    free(data);
    pair_close(&pair);
}

static void writes_fail_quietly_after_the_peer_closed(void **state) {
    (void)state;
    both_sides pair;
    int fd = pair_accept_raw(&pair);
    pair.server.keep = true;
    close(fd);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_int_equal(pair.server.end, WIRE_END_FIN);
    uint8_t *data = pattern(1000, 4);
    wire_cut cut = {.every = 10};
    for (int i = 0; i < 20; i++) {
        assert_int_equal(wire_send(pair.server.conn, data, 1000, i % 2 == 0 ? &cut : NULL), 0);
        RUN_UNTIL(&pair, wire_queued(pair.server.conn) == 0);
    }
    assert_true(pair.server.sent.len < 2000);
    assert_true(strncmp(wire_error(pair.server.conn), "write: ", 7) == 0);
    free(data);
    pair_close(&pair);
}

static void connection_refused(void **state) {
    (void)state;
    both_sides pair;
    pair_init(&pair);
    wire_target target;
    int fd = raw_bound(&target);
    pair.client.conn = wire_connect(&pair.loop, &target, 10000, &side_events, &pair.client);
    assert_non_null(pair.client.conn);
    assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"x", 1, NULL), 0);
    pair.client.keep = true;
    RUN_UNTIL(&pair, pair.client.counts[ENDED] == 1);
    assert_int_equal(pair.client.end, WIRE_END_REFUSED);
    assert_int_equal(pair.client.counts[OPENED] + pair.client.counts[SENT], 0);
    assert_non_null(strstr(pair.client.error, "refused"));
    assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"x", 1, NULL), 0);
    assert_int_equal(wire_queued(pair.client.conn), 0);
    close(fd);
    pair_close(&pair);
}

static void next_address_is_tried(void **state) {
    (void)state;
    both_sides pair;
    pair_open(&pair, "::1");
    side_close(&pair.client);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    memset(&pair.server, 0, sizeof pair.server);
    memset(&pair.client, 0, sizeof pair.client);
    wire_target target;
    int fd = raw_bound(&target);
    target.more[0] = target.addr;
    target.more[1] = pair.target.addr;
    target.num_more = 2;
    pair.client.conn = wire_connect(&pair.loop, &target, 10000, &side_events, &pair.client);
    assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"found", 5, NULL), 0);
    RUN_UNTIL(&pair, pair.server.received.len == 5);
    assert_int_equal(pair.client.counts[OPENED], 1);
    close(fd);
    pair_close(&pair);
}

/* A backlog that is full: the kernel ignores further attempts. */
static void connection_times_out(void **state) {
    (void)state;
    both_sides pair;
    pair_init(&pair);
    wire_target target;
    int fd = raw_bound(&target);
    assert_int_equal(listen(fd, 0), 0);
    int fillers[8];
    for (size_t i = 0; i < 8; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(fillers[i], (struct sockaddr *)&target.addr, sizeof(struct sockaddr_in));
    }
    target.more[0] = target.addr;
    target.num_more = 1;
    pair.client.keep = true;
    pair.client.conn = wire_connect(&pair.loop, &target, 100, &side_events, &pair.client);
    RUN_UNTIL(&pair, pair.client.counts[ENDED] == 1);
    assert_int_equal(pair.client.end, WIRE_END_TIMEOUT);
    assert_int_equal(pair.client.counts[OPENED], 0);
    assert_true(pair.client.error[0] != '\0');
    for (size_t i = 0; i < 8; i++) close(fillers[i]);
    close(fd);
    pair_close(&pair);
}

static void given_up_while_connecting(void **state) {
    (void)state;
    both_sides pair;
    pair_init(&pair);
    wire_target target;
    int fd = raw_bound(&target);
    assert_int_equal(listen(fd, 8), 0);
    for (int i = 0; i < 8; i++) {
        one_side side = {.keep = true};
        side.conn = wire_connect(&pair.loop, &target, 10000, &side_events, &side);
        assert_non_null(side.conn);
        assert_int_equal(wire_send(side.conn, (const uint8_t *)"x", 1, NULL), 0);
        if ((i & 1) != 0) wire_reset(side.conn);
        if ((i & 2) != 0) wire_fin(side.conn);
        side.given_up = (i & 1) != 0;
        if ((i & 4) != 0) uv_run(&pair.loop, UV_RUN_NOWAIT);
        side_close(&side);
        wire_close(side.conn);
        free(side.sent.data);
        uv_run(&pair.loop, UV_RUN_NOWAIT);
        uv_run(&pair.loop, UV_RUN_NOWAIT);
    }
    close(fd);
    pair_close(&pair);
}

static void closing_nothing_is_allowed(void **state) {
    (void)state;
    wire_close(NULL);
    wire_listener_close(NULL);
    assert_string_equal(wire_end_name(WIRE_END_FIN), "fin");
    assert_string_equal(wire_end_name(WIRE_END_TIMEOUT), "timeout");
    assert_true(wire_now() > 0);
}

/* What a hook may do to its own connection and to the one at the other end. */
typedef enum side_deed {
    CLOSE_OWN,
    RESET_OWN,
    RESET_AND_CLOSE_OWN,
    CLOSE_PEER,
    CLOSE_BOTH,
    FIN_OWN,
    NUM_DEEDS
} side_deed;
static side_deed deed_now;

static void deed_hook(one_side *side, seen_event event) {
    (void)event;
    one_side *peer = side->peer;
    side->hook = NULL;
    bool own_open = !side->given_up;
    bool peer_open = peer->conn != NULL && !peer->given_up;
    switch (deed_now) {
    case CLOSE_OWN: side_close(side); break;
    case RESET_AND_CLOSE_OWN:
        wire_reset(side->conn);
        side_close(side);
        break;
    case RESET_OWN:
        wire_reset(side->conn);
        side->given_up = true;
        break;
    case CLOSE_PEER:
        if (peer_open) side_close(peer);
        break;
    case CLOSE_BOTH:
        if (peer_open) side_close(peer);
        if (own_open) side_close(side);
        break;
    case FIN_OWN: wire_fin(side->conn); break;
    case NUM_DEEDS: break;
    }
}

static bool is_over(const one_side *side) {
    if (side->conn == NULL || side->given_up) return true;
    return side->counts[ENDED] == 1 && wire_queued(side->conn) == 0;
}

/* One connection with traffic both ways, on which the deed is done inside the nth callback of a kind. */
static void deed_run(seen_event when, bool by_server, size_t len, const wire_cut *cut) {
    both_sides pair;
    pair_open(&pair, "127.0.0.1");
    one_side *actor = by_server ? &pair.server : &pair.client;
    pair.client.keep = pair.server.keep = true;
    actor->hook = deed_hook;
    actor->hook_on = when;
    uint8_t *data = pattern(len, 5);
    assert_int_equal(wire_send(pair.client.conn, data, len, cut), 0);
    wire_fin(pair.client.conn);
    RUN_UNTIL(&pair, actor->hook == NULL || pair.server.conn != NULL);
    if (pair.server.conn != NULL && !pair.server.given_up) {
        bool untouched = actor->hook != NULL || !by_server;
        int result = wire_send(pair.server.conn, data, len, cut);
        if (untouched) assert_int_equal(result, 0);
        wire_fin(pair.server.conn);
    }
    RUN_UNTIL(&pair, is_over(&pair.client) && is_over(&pair.server));
    if (actor->hook != NULL)
        fail_msg("no callback %d at the %s for deed %d with %zu octets", when,
                 by_server ? "server" : "client", deed_now, len);
    free(data);
    if (deed_now == RESET_OWN) wire_close(actor->conn);
    pair_close(&pair);
}

static void ended_in_every_callback(void **state) {
    (void)state;
    const wire_cut cut = {.every = 3, .every_limit = 30};
    for (int deed = 0; deed < NUM_DEEDS; deed++)
        for (int when = 0; when < NUM_EVENTS; when++)
            for (int by_server = 0; by_server < 2; by_server++) {
                deed_now = (side_deed)deed;
                /* On the server's side nothing is queued long enough to be drained unless it is cut or large.
                 */
                deed_run((seen_event)when, by_server, 100, &cut);
                deed_run((seen_event)when, by_server, (size_t)8 << 20, NULL);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fin_ends_one_half),
        cmocka_unit_test(fin_waits_for_the_queue),
        cmocka_unit_test(fin_follows_paced_segments),
        cmocka_unit_test(reset_is_made),
        cmocka_unit_test(reset_is_made_after_fin),
        cmocka_unit_test(reset_drops_the_queue),
        cmocka_unit_test(data_before_a_reset_are_delivered),
        cmocka_unit_test(data_before_a_reset_that_a_write_saw),
        cmocka_unit_test(reset_drains_the_queue_of_a_side_that_does_not_read),
        cmocka_unit_test(writes_fail_quietly_after_the_peer_closed),
        cmocka_unit_test(connection_refused),
        cmocka_unit_test(next_address_is_tried),
        cmocka_unit_test(connection_times_out),
        cmocka_unit_test(given_up_while_connecting),
        cmocka_unit_test(closing_nothing_is_allowed),
        cmocka_unit_test(ended_in_every_callback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
