/* SPDX-License-Identifier: MIT */
/* Two ends on loopback for the tests of wire: what each was told is recorded, and a hook sees each event. */
#ifndef WIRE_FIXTURE_H
#define WIRE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/wire.h"

typedef enum seen_event { OPENED, RECEIVED, SENT, DRAINED, ENDED, NUM_EVENTS } seen_event;

typedef struct seen_octets {
    uint8_t *data;
    size_t len;
    size_t size;
} seen_octets;

typedef struct one_side one_side;
struct one_side {
    wire_conn *conn;
    unsigned counts[NUM_EVENTS];
    seen_octets received;
    seen_octets sent;
    size_t writes[256]; /* sizes of the first writes */
    wire_end end;
    char error[320]; /* what wire_error said when it ended */
    bool given_up;   /* wire_close was called: nothing may come any more */
    bool keep;       /* do not close when ended */
    bool echo;
    void (*hook)(one_side *side, seen_event event);
    seen_event hook_on;
    one_side *peer;
};

typedef struct both_sides {
    uv_loop_t loop;
    uv_timer_t guard;
    uint64_t deadline;
    wire_listener *listener;
    wire_target target;
    one_side client;
    one_side server;
} both_sides;

static inline void octets_add(seen_octets *octets, const uint8_t *data, size_t len) {
    if (len > octets->size - octets->len) {
        octets->size = 2 * (octets->len + len);
        octets->data = realloc(octets->data, octets->size);
        assert_non_null(octets->data);
    }
    memcpy(octets->data + octets->len, data, len);
    octets->len += len;
}

static inline void side_close(one_side *side) {
    side->given_up = true;
    wire_close(side->conn);
}

static inline void side_event(one_side *side, seen_event event) {
    assert_false(side->given_up);
    if (event != SENT && event != DRAINED) assert_int_equal(side->counts[ENDED], 0);
    if (side->counts[ENDED] != 0) assert_int_equal(side->end, WIRE_END_FIN);
    side->counts[event]++;
    if (side->hook != NULL && side->hook_on == event) side->hook(side, event);
}

static inline void side_opened(void *user) {
    one_side *side = user;
    assert_int_equal(side->counts[OPENED] + side->counts[RECEIVED] + side->counts[SENT], 0);
    side_event(side, OPENED);
}

static inline void side_received(void *user, const uint8_t *data, size_t len) {
    one_side *side = user;
    assert_true(len > 0);
    octets_add(&side->received, data, len);
    if (side->echo) assert_int_equal(wire_send(side->conn, data, len, NULL), 0);
    side_event(side, RECEIVED);
}

static inline void side_sent(void *user, const uint8_t *data, size_t len) {
    one_side *side = user;
    assert_true(len > 0);
    octets_add(&side->sent, data, len);
    if (side->counts[SENT] < sizeof side->writes / sizeof *side->writes)
        side->writes[side->counts[SENT]] = len;
    side_event(side, SENT);
}

static inline void side_drained(void *user) {
    one_side *side = user;
    assert_int_equal(wire_queued(side->conn), 0);
    side_event(side, DRAINED);
}

static inline void side_ended(void *user, wire_end end) {
    one_side *side = user;
    side->end = end;
    snprintf(side->error, sizeof side->error, "%s", wire_error(side->conn));
    side_event(side, ENDED);
    if (!side->keep && !side->given_up) side_close(side);
}

static const wire_events side_events = {.opened = side_opened,
                                        .received = side_received,
                                        .sent = side_sent,
                                        .drained = side_drained,
                                        .ended = side_ended};

/* Ticks, since UV_RUN_ONCE may wait although a timer has just done what is waited for. */
static inline void guard_tick(uv_timer_t *guard) {
    const uint64_t *deadline = guard->data;
    if (uv_hrtime() >= *deadline) fail_msg("nothing happened for too long");
}

static inline void guard_start(uv_loop_t *loop, uv_timer_t *guard, uint64_t *deadline) {
    *deadline = uv_hrtime() + UINT64_C(60000000000);
    uv_timer_init(loop, guard);
    guard->data = deadline;
    uv_timer_start(guard, guard_tick, 20, 20);
    uv_unref((uv_handle_t *)guard);
}

static inline void pair_accepted(void *user, wire_conn *conn) {
    both_sides *pair = user;
    assert_null(pair->server.conn);
    pair->server.conn = conn;
    wire_own(conn, &side_events, &pair->server);
}

static const wire_listen_events pair_listen_events = {.accepted = pair_accepted};

/* A target that stands for `host` and `port`. */
static inline wire_target target_of(const char *host, unsigned port) {
    char error[256] = "";
    wire_address address = {.host = ""};
    wire_target target;
    snprintf(address.host, sizeof address.host, "%s", host);
    snprintf(address.port, sizeof address.port, "%hu", (unsigned short)port);
    if (wire_resolve(&target, &address, error, sizeof error) != 0) fail_msg("%s", error);
    return target;
}

/* A loop with a guard against waiting for ever. */
static inline void pair_init(both_sides *pair) {
    memset(pair, 0, sizeof *pair);
    assert_int_equal(uv_loop_init(&pair->loop), 0);
    guard_start(&pair->loop, &pair->guard, &pair->deadline);
    pair->client.peer = &pair->server;
    pair->server.peer = &pair->client;
}

/* A loop, a listener, and a client that connects to it. Each speaks TLS unless that is NULL. */
static inline void pair_open_tls(both_sides *pair, const char *host, wire_tls *server, wire_tls *client) {
    char error[256] = "";
    pair_init(pair);
    wire_target any = target_of(host, 0);
    any.tls = server;
    pair->listener = wire_listen(&pair->loop, &any, 0, &pair_listen_events, pair, error, sizeof error);
    if (pair->listener == NULL) fail_msg("%s", error);
    pair->target = target_of(host, wire_listener_port(pair->listener));
    pair->target.tls = client;
    pair->client.conn = wire_connect(&pair->loop, &pair->target, 10000, &side_events, &pair->client);
    assert_non_null(pair->client.conn);
}

static inline void pair_open(both_sides *pair, const char *host) {
    pair_open_tls(pair, host, NULL, NULL);
}

/* Turns the loop until condition is true. */
#define RUN_UNTIL(pair, condition)                                                                           \
    do {                                                                                                     \
        while (!(condition)) uv_run(&(pair)->loop, UV_RUN_ONCE);                                             \
    } while (0)

static inline void pair_connect(both_sides *pair, const char *host) {
    pair_open(pair, host);
    RUN_UNTIL(pair, pair->client.counts[OPENED] == 1 && pair->server.counts[OPENED] == 1);
}

/* Ends what is open; no handle may be left then. */
static inline void pair_close(both_sides *pair) {
    if (!pair->client.given_up && pair->client.conn != NULL) side_close(&pair->client);
    if (!pair->server.given_up && pair->server.conn != NULL) side_close(&pair->server);
    wire_listener_close(pair->listener);
    uv_close((uv_handle_t *)&pair->guard, NULL);
    uv_run(&pair->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&pair->loop), 0);
    free(pair->client.received.data);
    free(pair->client.sent.data);
    free(pair->server.received.data);
    free(pair->server.sent.data);
}

static inline void assert_octets(const seen_octets *octets, const void *data, size_t len) {
    assert_int_equal(octets->len, len);
    if (len > 0) assert_memory_equal(octets->data, data, len);
}

/* Octets that show where they belong. */
static inline uint8_t *pattern(size_t len, unsigned seed) {
    uint8_t *data = malloc(len);
    assert_non_null(data);
    uint32_t state = seed * 2654435761u + 1;
    for (size_t i = 0; i < len; i++) {
        state = state * 1664525u + 1013904223u;
        data[i] = (uint8_t)(state >> 24);
    }
    return data;
}

#endif
