/* SPDX-License-Identifier: MIT */
/* What was said on a connection, in short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runner/events.h"

/* A judged server: we are the client, and mask. */
static observation *opened(void) {
    static const char response[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    static const char request[] =
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    observation *o = observe_new(WSC_SERVER);
    assert_non_null(o);
    observe_own_head(o, sizeof request - 1, 0);
    observe_octets(o, OBS_HARNESS, 1, (const uint8_t *)request, sizeof request - 1);
    observe_octets(o, OBS_PEER, 2, (const uint8_t *)response, sizeof response - 1);
    assert_true(observe_open(o));
    return o;
}

/* A frame that is whole; all at one time, so that only the order of the calls tells what came first. */
static void frame(observation *o, obs_party from, uint8_t opcode, const char *text) {
    uint8_t octets[WSC_HEADER_MAX + 256];
    size_t len = strlen(text);
    wsc_frame f = {.fin = true, .opcode = opcode, .form = len < 126 ? 7 : 16, .length = len};
    if (from == OBS_HARNESS) f.masked = true;
    size_t n = wsc_frame_encode(octets, &f);
    memcpy(octets + n, text, len);
    observe_octets(o, from, 3, octets, n + len);
}

static void assert_list(json_t *list, const char *expected) {
    char text[4000];
    size_t n = (size_t)snprintf(text, sizeof text, "%s", expected);
    for (size_t i = 0; i < n; i++)
        if (text[i] == '\'') text[i] = '"';
    json_t *want = json_loads(text, 0, NULL);
    assert_non_null(want);
    if (!json_equal(list, want)) {
        char *got = json_dumps(list, 0);
        fail_msg("%s\ninstead of %s", got, text);
    }
    json_decref(want);
    json_decref(list);
}

#define A "'sha256': 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'"
#define X "'sha256': '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881'"

static void test_order(void **state) {
    (void)state;
    observation *o = opened();
    frame(o, OBS_HARNESS, WSC_OP_TEXT, "a");
    frame(o, OBS_HARNESS, WSC_OP_PING, "p");
    observe_fence(o, (const uint8_t *)"fence", 5);
    frame(o, OBS_HARNESS, WSC_OP_PING, "fence");
    frame(o, OBS_HARNESS, WSC_OP_PING, "q");
    frame(o, OBS_HARNESS, WSC_OP_TEXT, "a");
    frame(o, OBS_HARNESS, WSC_OP_BINARY, "a");
    assert_list(events_sent(o),
                "[{'kind': 'message', 'type': 'text', 'len': 1, " A ", 'times': 1},"
                "{'kind': 'ping', 'hex': '70', 'times': 1}, {'kind': 'ping', 'hex': '71', 'times': 1},"
                "{'kind': 'message', 'type': 'text', 'len': 1, " A ", 'times': 1},"
                "{'kind': 'message', 'type': 'binary', 'len': 1, " A ", 'times': 1}]");
    frame(o, OBS_PEER, WSC_OP_PONG, "p");
    frame(o, OBS_PEER, WSC_OP_PONG, "fence");
    frame(o, OBS_PEER, WSC_OP_TEXT, "a");
    frame(o, OBS_PEER, WSC_OP_TEXT, "a");
    frame(o, OBS_PEER, WSC_OP_PONG, "q");
    frame(o, OBS_PEER, WSC_OP_PONG, "q");
    frame(o, OBS_PEER, WSC_OP_TEXT, "a");
    frame(o, OBS_PEER, WSC_OP_BINARY, "a");
    frame(o, OBS_PEER, WSC_OP_TEXT, "x");
    frame(o, OBS_PEER, WSC_OP_TEXT, "x");
    frame(o, OBS_PEER, WSC_OP_PONG, "?");
    frame(o, OBS_PEER, WSC_OP_PONG, "?");
    frame(o, OBS_PEER, WSC_OP_PING, "");
    frame(o, OBS_PEER, 3, "");
    frame(o, OBS_PEER, WSC_OP_TEXT, "x");
    frame(o, OBS_PEER, WSC_OP_CLOSE, "\003\350");
    frame(o, OBS_HARNESS, WSC_OP_CLOSE, "\003\350");
    observe_event(o, OBS_PEER, 4, OBS_FIN, NULL);
    assert_list(events_received(o),
                "[{'kind': 'pong', 'of': 1, 'times': 1}, {'kind': 'echo', 'of': 1, 'times': 2},"
                "{'kind': 'pong', 'of': 2, 'times': 1}, {'kind': 'pong', 'of': 2, 'times': 1},"
                "{'kind': 'message', 'type': 'text', 'len': 1, " A
                ", 'times': 1}, {'kind': 'echo', 'of': 3, 'times': 1},"
                "{'kind': 'message', 'type': 'text', 'len': 1, " X ", 'times': 2},"
                "{'kind': 'pong', 'hex': '3f', 'times': 2}, {'kind': 'ping', 'hex': '', 'times': 1},"
                "{'kind': 'fault', 'name': 'opcode-reserved'},"
                "{'kind': 'message', 'type': 'text', 'len': 1, " X ", 'times': 1},"
                "{'kind': 'closing', 'from': 'peer'}, {'kind': 'closing', 'from': 'harness'}]");
    observe_free(o);
}

static void test_nothing(void **state) {
    (void)state;
    observation *o = opened();
    assert_list(events_sent(o), "[]");
    assert_list(events_received(o), "[]");
    observe_event(o, OBS_PEER, 3, OBS_RESET, NULL);
    assert_list(events_received(o), "[{'kind': 'closing', 'from': 'peer'}]");
    observe_free(o);
}

static void test_probe(void **state) {
    (void)state;
    observation *o = opened();
    frame(o, OBS_HARNESS, WSC_OP_TEXT, "a");
    frame(o, OBS_PEER, WSC_OP_TEXT, "a");
    observe_probing(o);
    observe_probe(o, (const uint8_t *)"there", 5);
    frame(o, OBS_HARNESS, WSC_OP_TEXT, "there");
    frame(o, OBS_PEER, WSC_OP_TEXT, "there");
    frame(o, OBS_PEER, WSC_OP_TEXT, "a");
    observe_probing(o);
    assert_list(events_received(o), "[{'kind': 'echo', 'of': 1, 'times': 1}, {'kind': 'probe'},"
                                    "{'kind': 'message', 'type': 'text', 'len': 1, " A ", 'times': 1}]");
    observe_free(o);
}

/* Many that differ, and many that do not. */
static void test_many(void **state) {
    (void)state;
    observation *o = opened();
    char text[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "%d", i);
        frame(o, OBS_HARNESS, WSC_OP_TEXT, text);
        frame(o, OBS_PEER, WSC_OP_TEXT, text);
    }
    json_t *sent = events_sent(o);
    assert_int_equal(json_array_size(sent), EVENTS_MAX + 1);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(sent, EVENTS_MAX), "events")),
                     1000 - EVENTS_MAX);
    json_decref(sent);
    assert_list(events_received(o), "[{'kind': 'echo', 'of': 1, 'times': 1000}]");
    for (int i = 0; i < 2 * EVENTS_MAX; i++) frame(o, OBS_PEER, WSC_OP_PONG, i % 2 ? "odd" : "even");
    json_t *received = events_received(o);
    assert_int_equal(json_array_size(received), EVENTS_MAX + 1);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(received, EVENTS_MAX), "events")),
                     2 * EVENTS_MAX - (EVENTS_MAX - 1));
    json_decref(received);
    observe_free(o);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
