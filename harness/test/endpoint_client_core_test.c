/* SPDX-License-Identifier: MIT */
/* The reference client without a socket: what it asks, what it takes for an answer, how it echoes and ends.
 */
#include "endpoint_fixture.h"

/* What a client offers. */
#define DEFLATE "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"

typedef struct exchange {
    const char *script, *expected, *actions;
} exchange;

static const exchange exchanges[] = {
    {"", "GET", ""},
    {"t=hello", "GET m:text=hello", ""},
    {"+t=behind t=it", "GET m:text=behind m:text=it", ""},
    {"t b", "GET m:text m:binary", ""},
    {"t#125 t#126 b#65535 b#65536", "GET m:text#125 m:text#126 m:binary#65535 m:binary#65536", ""},
    {"-t=ab p=now c=cd", "GET m:pong=now m:text=abcd", ""},
    {"p p#125", "GET m:pong m:pong#125", ""},
    {"o=nobody-asked t=on", "GET m:text=on", ""},
    /* the server ends TCP */
    {"x", "GET m:close", ""},
    {"x@03e8", "GET m:close=1000", ""},
    {"x@03e8 $", "GET m:close=1000", "c"},
    {"x@03e8 t=late $", "GET m:close=1000", "c"},
    {"$", "GET", "fc"},
    {"-t=half $", "GET", "fc"},
    /* faults of the server */
    {"rt=a", "GET m:close=1002", "f"},
    {"3=a", "GET m:close=1002", "f"},
    {"!t=a", "GET m:close=1002", "f"},
    {"!p", "GET m:close=1002", "f"},
    {"!x", "GET m:close=1002", "f"},
    {"wt=short", "GET m:close=1002", "f"},
    {"%817f8000000000000000", "GET m:close=1002", "f"},
    {"c=orphan", "GET m:close=1002", "f"},
    {"-t=a t=b", "GET m:close=1002", "f"},
    {"p#126", "GET m:close=1002", "f"},
    {"x@03", "GET m:close=1002", "f"},
    {"x@03ee", "GET m:close=1002", "f"},
    {"t@ff", "GET m:close=1007", "f"},
    {"-t@c3 c@28", "GET m:close=1007", "f"},
};

static void test_answers(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(exchanges); i++) {
        result whole = attend(-1, WHOLE, RESPONSE, exchanges[i].script, NULL);
        for (cutting how = WHOLE; how <= CUTS; how++) {
            char text[1024];
            bool opened;
            result r = attend(-1, how, RESPONSE, exchanges[i].script, &opened);
            describe(&r, true, text, sizeof text);
            if (strcmp(text, exchanges[i].expected) != 0 || strcmp(r.actions, exchanges[i].actions) != 0)
                fail_msg("\"%s\" (%d): \"%s\" and \"%s\" instead of \"%s\" and \"%s\"", exchanges[i].script,
                         how, text, r.actions, exchanges[i].expected, exchanges[i].actions);
            assert_true(opened);
            assert_int_equal(r.sent.len, whole.sent.len);
            assert_memory_equal(r.sent.data, whole.sent.data, whole.sent.len);
            result_free(&r);
        }
        result_free(&whole);
    }
}

#define TOP    "HTTP/1.1 101 Switching Protocols\r\n"
#define FIELDS "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define ACCEPT "Sec-WebSocket-Accept: %s\r\n"

static const struct {
    const char *response;
    bool opens;
} responses[] = {
    {RESPONSE, true},
    {TOP FIELDS ACCEPT "Server: any\r\n\r\n", true},
    {TOP "upgrade: WebSocket\r\nCONNECTION: keep-alive, upgrade\r\n" ACCEPT "\r\n", true},
    {"HTTP/1.1 101 \r\n" FIELDS ACCEPT "\r\n", true},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" RESPONSE, true},
    {TOP FIELDS "Sec-WebSocket-Accept:\t %s \t\r\n\r\n", true},
    {TOP FIELDS ACCEPT "X: a\r\n folded\r\n\r\n", true},
    {TOP FIELDS ACCEPT "Sec-WebSocket-Protocol: superchat\r\n\r\n", true},
    {"HTTP/1.1 200 OK\r\n" FIELDS ACCEPT "\r\n", false},
    {"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", false},
    {"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nno\n", false},
    {"HTTP/1.0 101 Switching Protocols\r\n" FIELDS ACCEPT "\r\n", false},
    {"hello\r\n\r\n", false},
    {TOP "Connection: Upgrade\r\n" ACCEPT "\r\n", false},
    {TOP "Upgrade: h2c\r\nConnection: Upgrade\r\n" ACCEPT "\r\n", false},
    {TOP "Upgrade: websocket\r\n" ACCEPT "\r\n", false},
    {TOP "Upgrade: websocket\r\nConnection: close\r\n" ACCEPT "\r\n", false},
    {TOP FIELDS "\r\n", false},
    {TOP FIELDS "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", false},
    {TOP FIELDS "Sec-WebSocket-Accept:\r\n\r\n", false},
    {TOP FIELDS ACCEPT "Sec-WebSocket-Protocol: CHAT\r\n\r\n", false},
    {TOP FIELDS ACCEPT "Sec-WebSocket-Protocol: chat, superchat\r\n\r\n", false},
    {TOP FIELDS ACCEPT "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", true},
    {TOP FIELDS ACCEPT "Sec-WebSocket-Extensions: permessage-deflate; x\r\n\r\n", false},
    {TOP FIELDS ACCEPT "Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate\r\n\r\n", false},
    {TOP FIELDS ACCEPT "Sec-WebSocket-Extensions: x-webkit-deflate-frame\r\n\r\n", false},
    {TOP FIELDS ACCEPT "Content-Length: 1\r\n\r\n", false},
    {TOP FIELDS ACCEPT "Bad : x\r\n\r\n", false},
};

static void test_responses(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(responses); i++) {
        for (cutting how = WHOLE; how <= CUTS; how++) {
            bool opened;
            char text[64];
            result r = attend(-1, how, responses[i].response, "", &opened);
            describe(&r, true, text, sizeof text);
            /* Nothing but the request: before the handshake is complete there is no Close frame. */
            if (opened != responses[i].opens || strcmp(text, "GET") != 0 ||
                strcmp(r.actions, responses[i].opens ? "" : "f") != 0)
                fail_msg("%s: opened %d, \"%s\", \"%s\"", responses[i].response, opened, text, r.actions);
            result_free(&r);
        }
    }
}

static const char expected_request[] = "GET /path?query HTTP/1.1\r\n"
                                       "Host: example.org:8080\r\n"
                                       "Upgrade: websocket\r\n"
                                       "Connection: Upgrade\r\n"
                                       "Sec-WebSocket-Key: ";

static octets request_of(uint64_t seed, const char *const *protocols) {
    const endpoint_request request = {.host = "example.org:8080", .target = "/path?query", .seed = seed};
    endpoint_config config = {.fault = -1, .protocols = protocols, .request = &request};
    result r = {0};
    endpoint_core *core = endpoint_core_new(&config, 0);
    assert_non_null(core);
    assert_true(endpoint_core_wants(core));
    drain(core, &r);
    endpoint_core_free(core);
    return r.sent;
}

static void test_request(void **state) {
    (void)state;
    static const char *const protocols[] = {"chat", "v2.chat", NULL};
    octets plain = request_of(1, NULL), other = request_of(2, protocols);
    const size_t fixed = sizeof expected_request - 1;
    assert_true(plain.len > fixed + WSC_KEY_LEN && other.len > plain.len);
    assert_memory_equal(plain.data, expected_request, fixed);
    assert_memory_equal(other.data, expected_request, fixed);
    assert_true(wsc_key_valid((wsc_span){(const char *)plain.data + fixed, WSC_KEY_LEN}));
    assert_memory_not_equal(plain.data + fixed, other.data + fixed, WSC_KEY_LEN);
    octets_add(&plain, "", 1);
    octets_add(&other, "", 1);
    assert_string_equal(plain.data + fixed + WSC_KEY_LEN, "\r\nSec-WebSocket-Version: 13\r\n" DEFLATE "\r\n");
    assert_string_equal(other.data + fixed + WSC_KEY_LEN,
                        "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat, v2.chat\r\n" DEFLATE
                        "\r\n");
    octets_free(&plain);
    octets_free(&other);
}

/* Each frame has a key of its own. */
static void test_masking_keys_differ(void **state) {
    (void)state;
    enum { NUM = 200, SIZE = 6 };
    static uint8_t keys[NUM][4];
    char script[NUM * 2 + 1] = "";
    size_t num = 0;
    for (size_t i = 0; i < NUM; i++) say(script, sizeof script, "t ");
    result r = attend(-1, WHOLE, RESPONSE, script, NULL);
    for (size_t i = 0; i < (size_t)NUM * SIZE; i += SIZE) {
        const uint8_t *frame = r.sent.data + r.sent.len - (size_t)NUM * SIZE + i;
        assert_int_equal(frame[0], 0x81);
        assert_int_equal(frame[1], 0x80);
        memcpy(keys[num++], frame + 2, 4);
    }
    for (size_t i = 0; i < NUM; i++)
        for (size_t k = i + 1; k < NUM; k++) assert_memory_not_equal(keys[i], keys[k], 4);
    result_free(&r);
}

/* ---- Time, and messages that are taken ----------------------------------------------------------------- */

static endpoint_core *open_core(result *r, endpoint_config *config, const char *script) {
    static const endpoint_request request = {.host = "localhost", .target = "/"};
    talk t = {0};
    config->request = &request;
    endpoint_core *core = endpoint_core_new(config, 0);
    assert_non_null(core);
    drain(core, r);
    talk_add_response(&t, r, RESPONSE);
    talk_add(&t, script, false);
    converse(core, &t, WHOLE, r);
    octets_free(&t.octets);
    return core;
}

static void test_server_that_does_not_end_tcp(void **state) {
    (void)state;
    endpoint_config config = {.fault = -1, .linger_ms = 9};
    result r = {0};
    unsigned turn;
    endpoint_core *core = open_core(&r, &config, "x");
    assert_string_equal(r.actions, "");
    assert_int_equal(endpoint_core_deadline(core, &turn), 9);
    endpoint_core_timeout(core);
    drain(core, &r);
    assert_string_equal(r.actions, "f");
    endpoint_core_timeout(core);
    drain(core, &r);
    assert_string_equal(r.actions, "fr");
    result_free(&r);
    endpoint_core_free(core);
}

static void test_response_that_never_comes(void **state) {
    (void)state;
    static const endpoint_request request = {.host = "localhost", .target = "/"};
    endpoint_config config = {.fault = -1, .head_ms = 4, .request = &request};
    result r = {0};
    unsigned turn;
    endpoint_core *core = endpoint_core_new(&config, 0);
    assert_non_null(core);
    assert_int_equal(endpoint_core_deadline(core, &turn), 4);
    drain(core, &r);
    endpoint_core_timeout(core);
    drain(core, &r);
    assert_string_equal(r.actions, "f");
    assert_false(endpoint_core_opened(core));
    result_free(&r);
    endpoint_core_free(core);
}

static void take(void *user, bool text, const uint8_t *data, size_t len) {
    octets *taken = user;
    octets_add(taken, text ? "t:" : "b:", 2);
    octets_add(taken, data, len);
    octets_add(taken, ";", 1);
}

static void test_messages_are_taken(void **state) {
    (void)state;
    octets taken = {0};
    endpoint_config config = {.fault = -1, .message = take, .user = &taken};
    result r = {0};
    char text[64];
    endpoint_core *core = open_core(&r, &config, "t=12 -b=3 c=4 t x@03e8");
    describe(&r, true, text, sizeof text);
    assert_string_equal(text, "GET m:close=1000");
    octets_add(&taken, "", 1);
    assert_string_equal(taken.data, "t:12;b:34;t:;");
    octets_free(&taken);
    result_free(&r);
    endpoint_core_free(core);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_responses),
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_masking_keys_differ),
        cmocka_unit_test(test_server_that_does_not_end_tcp),
        cmocka_unit_test(test_response_that_never_comes),
        cmocka_unit_test(test_messages_are_taken),
    };
    return cmocka_run_group_tests_name("endpoint_client_core", tests, NULL, NULL);
}
