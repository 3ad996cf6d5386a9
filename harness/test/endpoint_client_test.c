/* SPDX-License-Identifier: MIT */
/* The reference client on its socket: how it comes to its end. */
#include "endpoint/endpoint.h"
#include "wire_fixture.h"

#include "codec/wsc.h"

static const endpoint_request request = {.host = "localhost", .target = "/", .seed = 3};

/* A listener whose one connection is that of a client. */
typedef struct visited {
    both_sides pair; /* its server side takes the client's connection */
    endpoint_client *client;
    unsigned num_done;
    endpoint_end end;
} visited;

static void done(void *user, endpoint_end end) {
    visited *v = user;
    v->num_done++;
    v->end = end;
}

static void visit(visited *v, int fault) {
    char error[256] = "";
    memset(v, 0, sizeof *v);
    pair_init(&v->pair);
    wire_target any = target_of("127.0.0.1", 0);
    endpoint_config config = {.fault = fault, .request = &request};
    v->pair.listener =
        wire_listen(&v->pair.loop, &any, 0, &pair_listen_events, &v->pair, error, sizeof error);
    if (v->pair.listener == NULL) fail_msg("%s", error);
    v->pair.target = target_of("127.0.0.1", wire_listener_port(v->pair.listener));
    v->client = endpoint_client_start(&v->pair.loop, &v->pair.target, &config, done, v);
    assert_non_null(v->client);
}

static bool head_complete(const one_side *side) {
    return side->received.len > 4 && memcmp(side->received.data + side->received.len - 4, "\r\n\r\n", 4) == 0;
}

static void reply(one_side *side, const char *text) {
    assert_int_equal(wire_send(side->conn, (const uint8_t *)text, strlen(text), NULL), 0);
}

/* The 101 to the request that came. */
static void accept_client(one_side *side) {
    static const char field[] = "Sec-WebSocket-Key: ";
    char accept[WSC_ACCEPT_LEN + 1], head[256];
    octets_add(&side->received, (const uint8_t *)"", 1);
    const char *key = strstr((const char *)side->received.data, field);
    assert_non_null(key);
    wsc_accept_encode(accept, (wsc_span){key + sizeof field - 1, WSC_KEY_LEN});
    (void)snprintf(head, sizeof head,
                   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Accept: %s\r\n\r\n",
                   accept);
    reply(side, head);
    side->received.len = 0;
}

static void test_served(void **state) {
    (void)state;
    visited v;
    one_side *server = &v.pair.server;
    visit(&v, -1);
    server->keep = true;
    RUN_UNTIL(&v.pair, head_complete(server));
    accept_client(server);
    reply(server, "\x81\x05hello");
    RUN_UNTIL(&v.pair, server->received.len == 11);
    uint8_t *echo = server->received.data;
    wsc_mask(echo + 6, echo + 6, 5, echo + 2, 0);
    assert_memory_equal(echo, "\x81\x85", 2);
    assert_memory_equal(echo + 6, "hello", 5);
    server->received.len = 0;
    reply(server, "\x88\x02\x03\xE8");
    RUN_UNTIL(&v.pair, server->received.len == 8);
    /* TCP is the server's to end. */
    for (int i = 0; i < 20; i++) uv_run(&v.pair.loop, UV_RUN_NOWAIT);
    assert_int_equal(server->counts[ENDED], 0);
    assert_int_equal(v.num_done, 0);
    wire_fin(server->conn);
    RUN_UNTIL(&v.pair, v.num_done == 1 && server->counts[ENDED] == 1);
    assert_int_equal(v.end, ENDPOINT_END_SERVED);
    assert_int_equal(server->end, WIRE_END_FIN);
    pair_close(&v.pair);
}

static void test_refused(void **state) {
    (void)state;
    static const char *const answers[] = {"HTTP/1.1 404 Not Found\r\n\r\n", ""};
    for (size_t i = 0; i < 2; i++) {
        visited v;
        one_side *server = &v.pair.server;
        visit(&v, -1);
        RUN_UNTIL(&v.pair, head_complete(server));
        if (*answers[i] != '\0')
            reply(server, answers[i]);
        else
            wire_fin(server->conn);
        RUN_UNTIL(&v.pair, v.num_done == 1 && server->counts[ENDED] == 1);
        assert_int_equal(v.end, ENDPOINT_END_REFUSED);
        pair_close(&v.pair);
    }
}

static void test_unreachable(void **state) {
    (void)state;
    visited v;
    visit(&v, -1);
    endpoint_client_close(v.client);
    wire_listener_close(v.pair.listener);
    v.pair.listener = NULL;
    endpoint_config config = {.fault = -1, .request = &request};
    assert_non_null(endpoint_client_start(&v.pair.loop, &v.pair.target, &config, done, &v));
    RUN_UNTIL(&v.pair, v.num_done == 1);
    assert_int_equal(v.end, ENDPOINT_END_UNREACHABLE);
    pair_close(&v.pair);
}

static void test_died(void **state) {
    (void)state;
    visited v;
    one_side *server = &v.pair.server;
    visit(&v, endpoint_fault_find("dies-on-close-of-one-octet", ENDPOINT_CLIENT));
    RUN_UNTIL(&v.pair, head_complete(server));
    accept_client(server);
    reply(server, "\x88\x01x");
    RUN_UNTIL(&v.pair, v.num_done == 1 && server->counts[ENDED] == 1);
    assert_int_equal(v.end, ENDPOINT_END_DIED);
    assert_int_equal(server->end, WIRE_END_RESET);
    pair_close(&v.pair);
}

static void test_closed_by_its_owner(void **state) {
    (void)state;
    visited v;
    one_side *server = &v.pair.server;
    visit(&v, -1);
    RUN_UNTIL(&v.pair, head_complete(server));
    endpoint_client_close(v.client);
    RUN_UNTIL(&v.pair, server->counts[ENDED] == 1);
    assert_int_equal(v.num_done, 0);
    pair_close(&v.pair);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_served),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_unreachable),
        cmocka_unit_test(test_died),
        cmocka_unit_test(test_closed_by_its_owner),
    };
    return cmocka_run_group_tests_name("endpoint_client", tests, NULL, NULL);
}
