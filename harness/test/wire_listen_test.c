/* SPDX-License-Identifier: MIT */
#include "wire_fixture.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MANY = 60 };

/* A server that keeps, echoes and counts; and clients that send one octet each. */
typedef struct many_sides {
    uv_loop_t loop;
    uv_timer_t guard;
    uint64_t deadline;
    wire_listener *listener;
    unsigned num_accepted;
    unsigned num_open;
    unsigned most_open;
    unsigned num_answered;
} many_sides;

typedef struct crowd_member {
    many_sides *crowd;
    wire_conn *conn;
} crowd_member;

static void member_received(void *user, const uint8_t *data, size_t len) {
    crowd_member *member = user;
    assert_int_equal(wire_send(member->conn, data, len, NULL), 0);
}

static void member_ended(void *user, wire_end end) {
    crowd_member *member = user;
    (void)end;
    member->crowd->num_open--;
    wire_close(member->conn);
    free(member);
}

static const wire_events member_events = {.received = member_received, .ended = member_ended};

static void crowd_accepted(void *user, wire_conn *conn) {
    many_sides *crowd = user;
    crowd_member *member = calloc(1, sizeof *member);
    assert_non_null(member);
    member->crowd = crowd;
    member->conn = conn;
    crowd->num_accepted++;
    if (++crowd->num_open > crowd->most_open) crowd->most_open = crowd->num_open;
    wire_own(conn, &member_events, member);
}

static void answer_received(void *user, const uint8_t *data, size_t len) {
    crowd_member *member = user;
    assert_int_equal(len, 1);
    assert_int_equal(data[0], 'x');
    member->crowd->num_answered++;
    wire_fin(member->conn);
}

static void answer_ended(void *user, wire_end end) {
    crowd_member *member = user;
    assert_int_equal(end, WIRE_END_FIN);
    wire_close(member->conn);
    free(member);
}

static const wire_events answer_events = {.received = answer_received, .ended = answer_ended};

static void crowd_init(many_sides *crowd) {
    memset(crowd, 0, sizeof *crowd);
    assert_int_equal(uv_loop_init(&crowd->loop), 0);
    guard_start(&crowd->loop, &crowd->guard, &crowd->deadline);
}

static void crowd_close(many_sides *crowd) {
    wire_listener_close(crowd->listener);
    uv_close((uv_handle_t *)&crowd->guard, NULL);
    uv_run(&crowd->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&crowd->loop), 0);
}

static void existing_connections_are_bounded(void **state) {
    (void)state;
    static const wire_listen_events events = {.accepted = crowd_accepted};
    char error[256] = "";
    many_sides crowd;
    crowd_init(&crowd);
    wire_target target = target_of("127.0.0.1", 0);
    crowd.listener = wire_listen(&crowd.loop, &target, 5, &events, &crowd, error, sizeof error);
    assert_non_null(crowd.listener);
    target = target_of("127.0.0.1", wire_listener_port(crowd.listener));
    for (int i = 0; i < MANY; i++) {
        crowd_member *member = calloc(1, sizeof *member);
        assert_non_null(member);
        member->crowd = &crowd;
        member->conn = wire_connect(&crowd.loop, &target, 30000, &answer_events, member);
        assert_non_null(member->conn);
        assert_int_equal(wire_send(member->conn, (const uint8_t *)"x", 1, NULL), 0);
    }
    RUN_UNTIL(&crowd, crowd.num_answered == MANY && crowd.num_open == 0);
    assert_int_equal(crowd.num_accepted, MANY);
    assert_int_equal(crowd.most_open, 5);
    crowd_close(&crowd);
}

/* Without descriptors nothing can be accepted; once there are some again, all waiting ones are. */
static void running_out_of_descriptors_is_survived(void **state) {
    (void)state;
    both_sides pair;
    pair_open(&pair, "127.0.0.1");
    RUN_UNTIL(&pair, pair.client.counts[OPENED] == 1 && pair.server.counts[OPENED] == 1);
    side_close(&pair.client);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    memset(&pair.server, 0, sizeof pair.server);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&pair.target.addr, sizeof(struct sockaddr_in)), 0);
    assert_int_equal(send(fd, "waits", 5, 0), 5);
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    int lowest_free = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    close(lowest_free);
    struct rlimit none = {.rlim_cur = (rlim_t)lowest_free, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (int i = 0; i < 50; i++) uv_run(&pair.loop, UV_RUN_NOWAIT);
    assert_null(pair.server.conn);
    wire_conn *none_left = wire_connect(&pair.loop, &pair.target, 1000, &side_events, &pair.client);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_null(none_left);
    RUN_UNTIL(&pair, pair.server.received.len == 5);
    assert_octets(&pair.server.received, "waits", 5);
    close(fd);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    pair_close(&pair);
}

static void accepted_without_owner(void *user, wire_conn *conn) {
    (void)conn;
    ++*(unsigned *)user;
}

static void accepted_and_closed(void *user, wire_conn *conn) {
    ++*(unsigned *)user;
    wire_close(conn);
}

static void without_an_owner_it_is_closed(void **state) {
    (void)state;
    static const wire_listen_events events[] = {{.accepted = accepted_without_owner},
                                                {.accepted = accepted_and_closed}};
    for (size_t i = 0; i < 2; i++) {
        char error[256] = "";
        unsigned num_accepted = 0;
        both_sides pair;
        pair_init(&pair);
        wire_target target = target_of("127.0.0.1", 0);
        pair.listener = wire_listen(&pair.loop, &target, 1, &events[i], &num_accepted, error, sizeof error);
        assert_non_null(pair.listener);
        target = target_of("127.0.0.1", wire_listener_port(pair.listener));
        for (unsigned num = 1; num <= 3; num++) {
            memset(&pair.client, 0, sizeof pair.client);
            pair.client.conn = wire_connect(&pair.loop, &target, 10000, &side_events, &pair.client);
            RUN_UNTIL(&pair, pair.client.counts[ENDED] == 1);
            assert_int_equal(pair.client.end, WIRE_END_FIN);
            assert_int_equal(num_accepted, num);
        }
        pair_close(&pair);
    }
}

static wire_listener *listener_to_close;
static void close_listener_hook(void *user, wire_conn *conn) {
    pair_accepted(user, conn);
    wire_listener_close(listener_to_close);
}

static void connections_outlive_their_listener(void **state) {
    (void)state;
    static const wire_listen_events events = {.accepted = close_listener_hook};
    char error[256] = "";
    both_sides pair;
    pair_init(&pair);
    wire_target target = target_of("127.0.0.1", 0);
    listener_to_close = wire_listen(&pair.loop, &target, 0, &events, &pair, error, sizeof error);
    assert_non_null(listener_to_close);
    target = target_of("127.0.0.1", wire_listener_port(listener_to_close));
    pair.client.conn = wire_connect(&pair.loop, &target, 10000, &side_events, &pair.client);
    RUN_UNTIL(&pair, pair.server.counts[OPENED] == 1);
    pair.server.echo = true;
    assert_int_equal(wire_send(pair.client.conn, (const uint8_t *)"still here", 10, NULL), 0);
    RUN_UNTIL(&pair, pair.client.received.len == 10);
    pair_close(&pair);
}

static void a_taken_port_gives_the_reason(void **state) {
    (void)state;
    both_sides pair;
    pair_connect(&pair, "127.0.0.1");
    char error[256] = "";
    assert_null(wire_listen(&pair.loop, &pair.target, 0, &pair_listen_events, &pair, error, sizeof error));
    assert_non_null(strstr(error, pair.target.text));
    assert_non_null(strstr(error, "in use"));
    pair_close(&pair);
}

static void unix_sockets_work_as_well(void **state) {
    (void)state;
    char dir[] = "/tmp/wire-test-XXXXXX";
    char text[64];
    char error[256] = "";
    assert_non_null(mkdtemp(dir));
    snprintf(text, sizeof text, "unix:%s/socket", dir);
    wire_address address;
    assert_int_equal(wire_address_parse(&address, text, error, sizeof error), 0);
    both_sides pair;
    pair_init(&pair);
    assert_int_equal(wire_resolve(&pair.target, &address, error, sizeof error), 0);
    assert_string_equal(pair.target.text, text);
    pair.listener = wire_listen(&pair.loop, &pair.target, 0, &pair_listen_events, &pair, error, sizeof error);
    if (pair.listener == NULL) fail_msg("%s", error);
    assert_int_equal(wire_listener_port(pair.listener), 0);
    pair.client.conn = wire_connect(&pair.loop, &pair.target, 10000, &side_events, &pair.client);
    assert_non_null(pair.client.conn);
    const size_t len = 300000;
    uint8_t *data = pattern(len, 1);
    wire_cut cut = {.every = 7, .every_limit = 70};
    assert_int_equal(wire_send(pair.client.conn, data, len, &cut), 0);
    wire_fin(pair.client.conn);
    RUN_UNTIL(&pair, pair.server.counts[ENDED] == 1);
    assert_octets(&pair.server.received, data, len);
    free(data);
    pair_close(&pair);
    /* The listener has removed its socket. */
    assert_int_equal(rmdir(dir), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(existing_connections_are_bounded),
        cmocka_unit_test(running_out_of_descriptors_is_survived),
        cmocka_unit_test(without_an_owner_it_is_closed),
        cmocka_unit_test(connections_outlive_their_listener),
        cmocka_unit_test(a_taken_port_gives_the_reason),
        cmocka_unit_test(unix_sockets_work_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
