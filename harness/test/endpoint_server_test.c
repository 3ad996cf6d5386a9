/* SPDX-License-Identifier: MIT */
/* The reference server on its socket: many connections, large messages both ways, faults that end it. */
#include "endpoint/endpoint.h"
#include "wire_fixture.h"

#include "codec/wsc.h"

#define REQUEST                                                                                              \
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                     \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

/* A server, and a client that connects to it. */
static endpoint_server *serve(both_sides *pair, int fault) {
    char error[256] = "";
    endpoint_config config = {.fault = fault};
    pair_init(pair);
    wire_target any = target_of("127.0.0.1", 0);
    endpoint_server *server = endpoint_server_start(&pair->loop, &any, &config, error, sizeof error);
    if (server == NULL) fail_msg("%s", error);
    pair->target = target_of("127.0.0.1", endpoint_server_port(server));
    return server;
}

static void join(both_sides *pair, one_side *side) {
    side->conn = wire_connect(&pair->loop, &pair->target, 10000, &side_events, side);
    assert_non_null(side->conn);
}

static void send_text(one_side *side, const char *text) {
    assert_int_equal(wire_send(side->conn, (const uint8_t *)text, strlen(text), NULL), 0);
}

static void send_frame(one_side *side, uint8_t opcode, const uint8_t *data, size_t len) {
    uint8_t header[WSC_HEADER_MAX];
    wsc_frame frame = {.fin = true, .masked = true, .opcode = opcode, .length = len};
    assert_int_equal(wire_send(side->conn, header, wsc_frame_encode(header, &frame), NULL), 0);
    if (len > 0) assert_int_equal(wire_send(side->conn, data, len, NULL), 0);
}

static size_t head_len(const one_side *side) {
    for (size_t i = 0; i + 4 <= side->received.len; i++) {
        if (memcmp(side->received.data + i, "\r\n\r\n", 4) == 0) return i + 4;
    }
    return 0;
}

static void test_echo_and_close(void **state) {
    (void)state;
    static uint8_t message[3 << 20];
    static const uint8_t normal[] = {0x03, 0xE8}, answer[] = {0x88, 0x02, 0x03, 0xE8};
    both_sides pair;
    endpoint_server *server = serve(&pair, -1);
    one_side *client = &pair.client;
    for (size_t i = 0; i < sizeof message; i++) message[i] = (uint8_t)(i * 31 >> 3);
    join(&pair, client);
    send_text(client, REQUEST);
    send_frame(client, WSC_OP_BINARY, message, sizeof message);
    send_frame(client, WSC_OP_CLOSE, normal, sizeof normal);
    RUN_UNTIL(&pair, client->counts[ENDED] > 0);
    assert_int_equal(client->end, WIRE_END_FIN);
    size_t head = head_len(client);
    assert_true(head > 0);
    assert_int_equal(client->received.len, head + 10 + sizeof message + sizeof answer);
    assert_memory_equal(client->received.data + head + 10, message, sizeof message);
    assert_memory_equal(client->received.data + head + 10 + sizeof message, answer, sizeof answer);
    assert_false(endpoint_server_died(server));
    endpoint_server_close(server);
    pair_close(&pair);
}

static void test_closing_the_server_drops_its_connections(void **state) {
    (void)state;
    both_sides pair;
    endpoint_server *server = serve(&pair, -1);
    join(&pair, &pair.client);
    join(&pair, &pair.server); /* a second client */
    send_text(&pair.client, REQUEST);
    RUN_UNTIL(&pair, head_len(&pair.client) > 0 && pair.server.counts[OPENED] > 0);
    endpoint_server_close(server);
    RUN_UNTIL(&pair, pair.client.counts[ENDED] > 0 && pair.server.counts[ENDED] > 0);
    pair_close(&pair);
}

static void test_fault_that_ends_the_server(void **state) {
    (void)state;
    both_sides pair;
    endpoint_server *server = serve(&pair, endpoint_fault_find("dies-on-long-control", ENDPOINT_SERVER));
    static uint8_t payload[126];
    join(&pair, &pair.client);
    join(&pair, &pair.server);
    send_text(&pair.client, REQUEST);
    send_text(&pair.server, REQUEST);
    RUN_UNTIL(&pair, head_len(&pair.client) > 0 && head_len(&pair.server) > 0);
    send_frame(&pair.client, WSC_OP_PING, payload, sizeof payload);
    RUN_UNTIL(&pair, pair.client.counts[ENDED] > 0 && pair.server.counts[ENDED] > 0);
    assert_int_equal(pair.client.end, WIRE_END_RESET);
    assert_int_equal(pair.server.end, WIRE_END_RESET);
    assert_true(endpoint_server_died(server));
    one_side late = {.keep = false};
    join(&pair, &late);
    RUN_UNTIL(&pair, late.counts[ENDED] > 0);
    assert_int_equal(late.end, WIRE_END_REFUSED);
    endpoint_server_close(server);
    pair_close(&pair);
}

static void test_fault_with_a_delay(void **state) {
    (void)state;
    both_sides pair;
    endpoint_server *server = serve(&pair, endpoint_fault_find("ends-tcp-late", ENDPOINT_SERVER));
    join(&pair, &pair.client);
    send_text(&pair.client, REQUEST);
    send_frame(&pair.client, WSC_OP_CLOSE, NULL, 0);
    RUN_UNTIL(&pair, head_len(&pair.client) > 0 && pair.client.received.len == head_len(&pair.client) + 2);
    uint64_t answered = uv_hrtime();
    RUN_UNTIL(&pair, pair.client.counts[ENDED] > 0);
    assert_true(uv_hrtime() - answered > UINT64_C(2000000000));
    endpoint_server_close(server);
    pair_close(&pair);
}

static void test_address_in_use(void **state) {
    (void)state;
    char error[256] = "";
    both_sides pair;
    endpoint_config config = {.fault = -1};
    endpoint_server *server = serve(&pair, -1);
    assert_null(endpoint_server_start(&pair.loop, &pair.target, &config, error, sizeof error));
    assert_true(error[0] != '\0');
    endpoint_server_close(server);
    pair_close(&pair);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo_and_close),
        cmocka_unit_test(test_closing_the_server_drops_its_connections),
        cmocka_unit_test(test_fault_that_ends_the_server),
        cmocka_unit_test(test_fault_with_a_delay),
        cmocka_unit_test(test_address_in_use),
    };
    return cmocka_run_group_tests_name("endpoint_server", tests, NULL, NULL);
}
