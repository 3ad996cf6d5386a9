/* SPDX-License-Identifier: MIT */
/* The reference server without a socket: what it answers, in every segmentation, and how its time runs out.
 */
#include "endpoint_fixture.h"

typedef struct exchange {
    const char *script, *expected, *actions;
} exchange;

static const exchange exchanges[] = {
    {"", "101", ""},
    {"t=hello", "101 text=hello", ""},
    {"t b", "101 text binary", ""},
    {"b=x t=y", "101 binary=x text=y", ""},
    {"t#125 t#126 b#65535 b#65536", "101 text#125 text#126 binary#65535 binary#65536", ""},
    {"-t=ab -c=cd c=ef", "101 text=abcdef", ""},
    {"-t=ab p=now c=cd", "101 pong=now text=abcd", ""},
    {"-t p c", "101 pong text", ""},
    {"zt=zero", "101 text=zero", ""},
    {"p=a p=b p#125", "101 pong=a pong=b pong#125", ""},
    {"o=nobody-asked t=on", "101 text=on", ""},
    {"x", "101 close", "f"},
    {"x $", "101 close", "fc"},
    {"x@03e8 $", "101 close=1000", "fc"},
    {"x@03e8726561736f6e", "101 close=1000", "f"},
    {"x@0fa0", "101 close=4000", "f"},
    {"t=a x@03e9 t=b p=c", "101 text=a close=1001", "f"},
    {"-t=half x@03e8", "101 close=1000", "f"},
    {"$", "101", "fc"},
    {"-t=half $", "101", "fc"},
    {"%81 $", "101", "fc"},
    /* faults of the peer */
    {"rt=a", "101 close=1002", "f"},
    {"sb=a", "101 close=1002", "f"},
    {"up", "101 close=1002", "f"},
    {"3=a", "101 close=1002", "f"},
    {"B", "101 close=1002", "f"},
    {"!t=a", "101 close=1002", "f"},
    {"t=a !t=b t=c", "101 text=a close=1002", "f"},
    {"wt=short", "101 close=1002", "f"},
    {"qt=short", "101 close=1002", "f"},
    {"%81ff800000000000000000000000", "101 close=1002", "f"},
    {"%82ff7fffffffffffffff00000000", "101 close=1009", "f"},
    {"c=orphan", "101 close=1002", "f"},
    {"-t=a t=b", "101 close=1002", "f"},
    {"-p=a", "101 close=1002", "f"},
    {"p#126", "101 close=1002", "f"},
    {"x@03", "101 close=1002", "f"},
    {"x@03ed", "101 close=1002", "f"},
    {"x@03e8ff", "101 close=1007", "f"},
    {"t@ff", "101 close=1007", "f"},
    {"t@c3", "101 close=1007", "f"},
    {"-t@c3 c@28", "101 close=1007", "f"},
    {"-t@c3 c@a9", "101 text=\xC3\xA9", ""},
    {"b@ff00fe", "101 binary=\xFF", ""}, /* the text ends at NUL */
};

static void test_answers(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(exchanges); i++) {
        for (cutting how = WHOLE; how <= CUTS; how++) {
            char text[1024];
            result r = serve(-1, how, REQUEST, exchanges[i].script);
            describe(&r, true, text, sizeof text);
            if (strcmp(text, exchanges[i].expected) != 0 || strcmp(r.actions, exchanges[i].actions) != 0)
                fail_msg("\"%s\" (%d): \"%s\" and \"%s\" instead of \"%s\" and \"%s\"", exchanges[i].script,
                         how, text, r.actions, exchanges[i].expected, exchanges[i].actions);
            result_free(&r);
        }
    }
}

/* Not only the meaning: the octets are the same whatever the segmentation. */
static void test_octets_do_not_depend_on_cuts(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(exchanges); i++) {
        result whole = serve(-1, WHOLE, REQUEST, exchanges[i].script);
        for (cutting how = OCTETS; how <= CUTS; how++) {
            result other = serve(-1, how, REQUEST, exchanges[i].script);
            assert_int_equal(other.sent.len, whole.sent.len);
            assert_memory_equal(other.sent.data, whole.sent.data, whole.sent.len);
            result_free(&other);
        }
        result_free(&whole);
    }
}

#define HEAD(lines)                                                                                          \
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" lines "\r\n"
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"

static void test_refusals(void **state) {
    (void)state;
    static const struct {
        const char *request, *status, *has;
    } rows[] = {
        {HEAD(KEY VERSION), "101", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"},
        {HEAD(KEY VERSION "Sec-WebSocket-Protocol: soap, superchat, chat\r\n"), "101",
         "Sec-WebSocket-Protocol: superchat\r\n"},
        {HEAD(VERSION), "400", "Connection: close\r\n"},
        {HEAD(KEY KEY VERSION), "400", ""},
        {HEAD(KEY), "400", "Sec-WebSocket-Version: 13\r\n"},
        {HEAD(KEY "Sec-WebSocket-Version: 8\r\n"), "426", "Sec-WebSocket-Version: 13\r\n"},
        {HEAD("Sec-WebSocket-Key: c2hvcnQ=\r\n" VERSION), "400", ""},
        {HEAD(KEY VERSION "Host: other\r\n"), "400", ""},
        {HEAD(KEY VERSION "Content-Length: 5\r\n"), "400", ""},
        {HEAD(KEY VERSION "Sec-WebSocket-Extensions: =\r\n"), "400", ""},
        {HEAD(KEY VERSION "X : y\r\n"), "400", ""},
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "426", "Upgrade: websocket\r\n"},
        {"GET / HTTP/1.0\r\nHost: a\r\n\r\n", "400", ""},
        {"GET / HTTP/2.0\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" KEY VERSION "\r\n",
         "505", ""},
        {"POST / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" KEY VERSION "\r\n",
         "405", "Allow: GET\r\n"},
        {"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "405", "Content-Length: "},
        {"nonsense\r\n\r\n", "400", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (cutting how = WHOLE; how <= CUTS; how++) {
            result r = serve(-1, how, rows[i].request, "");
            octets_add(&r.sent, "", 1);
            const char *sent = (const char *)r.sent.data;
            if (memcmp(sent, "HTTP/1.1 ", 9) != 0 || memcmp(sent + 9, rows[i].status, 3) != 0 ||
                strstr(sent, rows[i].has) == NULL)
                fail_msg("row %zu (%d): %s", i, how, sent);
            assert_string_equal(r.actions, memcmp(rows[i].status, "101", 3) == 0 ? "" : "f");
            result_free(&r);
        }
    }
}

/* The content is as long as it is announced; the answer to HEAD has none. */
static void test_content_of_refusals(void **state) {
    (void)state;
    static const char *const requests[] = {"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                                           "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"};
    for (size_t i = 0; i < COUNT(requests); i++) {
        result r = serve(-1, WHOLE, requests[i], "");
        octets_add(&r.sent, "", 1);
        const char *sent = (const char *)r.sent.data;
        const char *length = strstr(sent, "Content-Length: "), *content = strstr(sent, "\r\n\r\n");
        assert_non_null(length);
        assert_non_null(content);
        assert_int_equal(strlen(content + 4), i == 0 ? strtoul(length + 16, NULL, 10) : 0);
        result_free(&r);
    }
}

static void test_limits_of_the_head(void **state) {
    (void)state;
    char text[32];
    char *head = malloc(40000);
    assert_non_null(head);
    static const struct {
        const char *before;
        const char *status;
    } rows[] = {{"", "501"}, {"GET /", "414"}, {"GET / HTTP/1.1\r\nX: ", "431"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        int before = snprintf(head, 40000, "%s", rows[i].before);
        memset(head + before, 'a', (size_t)(39999 - before));
        head[39999] = '\0';
        result r = serve(-1, WHOLE, head, "");
        describe(&r, true, text, sizeof text);
        text[3] = '\0';
        assert_string_equal(text, rows[i].status);
        assert_string_equal(r.actions, "f");
        result_free(&r);
    }
    head[0] = '\0';
    say(head, 40000, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < 200; i++) say(head, 40000, "A: b\r\n");
    say(head, 40000, "\r\n");
    result r = serve(-1, CUTS, head, "");
    describe(&r, true, text, sizeof text);
    assert_memory_equal(text, "431", 3);
    result_free(&r);
    free(head);
}

/* Frames in one segment with the request are read as frames. */
static void test_early_frames(void **state) {
    (void)state;
    char text[64];
    octets early = {0};
    octets_add(&early, REQUEST, strlen(REQUEST));
    word_add(&early, "t=early", 7, true);
    endpoint_config config = {.fault = -1};
    endpoint_core *core = endpoint_core_new(&config, 0);
    result r = {0};
    assert_non_null(core);
    give(core, &r, early.data, early.len);
    describe(&r, true, text, sizeof text);
    assert_string_equal(text, "101 text=early");
    result_free(&r);
    octets_free(&early);
    endpoint_core_free(core);
}

static void test_largest_message(void **state) {
    (void)state;
    static const struct {
        const char *script, *expected;
    } rows[] = {{"b#1000", "101 binary#1000"},
                {"b#1001", "101 close=1009"},
                {"-b#600 c#400", "101 binary#1000"},
                {"-b#600 c#401", "101 close=1009"}};
    endpoint_config config = {.fault = -1, .max_message = 1000};
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[64];
        talk t = {0};
        result r = {0};
        octets_add(&t.octets, REQUEST, strlen(REQUEST));
        talk_add(&t, rows[i].script, true);
        endpoint_core *core = endpoint_core_new(&config, 0);
        assert_non_null(core);
        converse(core, &t, CUTS, &r);
        describe(&r, true, text, sizeof text);
        assert_string_equal(text, rows[i].expected);
        endpoint_core_free(core);
        octets_free(&t.octets);
        result_free(&r);
    }
}

/* ---- Time --------------------------------------------------------------------------------------------- */

static endpoint_core *open_core(result *r, const char *script) {
    endpoint_config config = {.fault = -1, .head_ms = 1, .idle_ms = 2, .linger_ms = 3};
    talk t = {0};
    octets_add(&t.octets, REQUEST, strlen(REQUEST));
    talk_add(&t, script, true);
    endpoint_core *core = endpoint_core_new(&config, 0);
    assert_non_null(core);
    converse(core, &t, WHOLE, r);
    octets_free(&t.octets);
    return core;
}

static void test_idle_connection_is_closed(void **state) {
    (void)state;
    char text[64];
    unsigned turn, before;
    result r = {0};
    talk t = {0};
    endpoint_core *core = open_core(&r, "t=a");
    assert_int_equal(endpoint_core_deadline(core, &turn), 2);
    give(core, &r, (const uint8_t *)"\x81", 1);
    before = turn;
    assert_int_equal(endpoint_core_deadline(core, &turn), 2);
    assert_int_not_equal(turn, before); /* an octet starts it anew */
    endpoint_core_timeout(core);
    drain(core, &r);
    assert_int_equal(endpoint_core_deadline(core, &turn), 3);
    /* What comes before the peer's Close is not echoed any more. */
    octets_add(&t.octets, "\x80\0\0\0\0", 5);
    talk_add(&t, "t=b p=c x@03e9 $", true);
    converse(core, &t, WHOLE, &r);
    describe(&r, true, text, sizeof text);
    assert_string_equal(text, "101 text=a close=1001");
    assert_string_equal(r.actions, "fc");
    octets_free(&t.octets);
    result_free(&r);
    endpoint_core_free(core);
}

static void test_unanswered_close(void **state) {
    (void)state;
    result r = {0};
    unsigned turn;
    endpoint_core *core = open_core(&r, "");
    endpoint_core_timeout(core);
    endpoint_core_timeout(core);
    drain(core, &r);
    assert_string_equal(r.actions, "f");
    assert_int_equal(endpoint_core_deadline(core, &turn), 3);
    endpoint_core_timeout(core);
    drain(core, &r);
    assert_string_equal(r.actions, "fr");
    result_free(&r);
    endpoint_core_free(core);
}

static void test_head_that_never_comes(void **state) {
    (void)state;
    endpoint_config config = {.fault = -1, .head_ms = 1};
    char text[64];
    unsigned turn;
    for (int begun = 0; begun <= 1; begun++) {
        result r = {0};
        endpoint_core *core = endpoint_core_new(&config, 0);
        assert_non_null(core);
        assert_int_equal(endpoint_core_deadline(core, &turn), 1);
        if (begun) give(core, &r, (const uint8_t *)"GET /", 5);
        endpoint_core_timeout(core);
        drain(core, &r);
        describe(&r, true, text, sizeof text);
        if (begun)
            assert_memory_equal(text, "408", 3);
        else
            assert_string_equal(text, "");
        assert_string_equal(r.actions, "f");
        result_free(&r);
        endpoint_core_free(core);
    }
}

/* ---- Bounds ------------------------------------------------------------------------------------------- */

static void test_input_is_not_wanted_while_output_waits(void **state) {
    (void)state;
    endpoint_config config = {.fault = -1};
    endpoint_core *core = endpoint_core_new(&config, 0);
    octets ping = {0};
    size_t pushed = 0;
    assert_non_null(core);
    endpoint_core_push(core, (const uint8_t *)REQUEST, strlen(REQUEST));
    for (int i = 0; i < 100; i++) word_add(&ping, "p#125", 5, true);
    while (endpoint_core_wants(core) && pushed < (64u << 20)) {
        endpoint_core_push(core, ping.data, ping.len);
        pushed += ping.len;
    }
    assert_false(endpoint_core_wants(core));
    assert_true(pushed < (1u << 20));
    result r = {0};
    drain(core, &r);
    assert_true(endpoint_core_wants(core));
    result_free(&r);
    octets_free(&ping);
    /* A peer that takes nothing is reset when it is idle. */
    endpoint_core_push(core, (const uint8_t *)"\x89\x80\0\0\0\0", 6);
    endpoint_core_timeout(core);
    endpoint_action action;
    endpoint_core_next(core, &action);
    assert_int_equal(action.type, ENDPOINT_RESET);
    endpoint_core_free(core);
}

static void test_endless_peer_is_reset(void **state) {
    (void)state;
    static uint8_t octet[65536];
    result r = {0};
    endpoint_core *core = open_core(&r, "x");
    assert_string_equal(r.actions, "f");
    for (int i = 0; i < 4096 && !r.done; i++) {
        endpoint_core_push(core, octet, sizeof octet);
        drain(core, &r);
    }
    assert_string_equal(r.actions, "fr");
    result_free(&r);
    endpoint_core_free(core);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_octets_do_not_depend_on_cuts),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_content_of_refusals),
        cmocka_unit_test(test_limits_of_the_head),
        cmocka_unit_test(test_early_frames),
        cmocka_unit_test(test_largest_message),
        cmocka_unit_test(test_idle_connection_is_closed),
        cmocka_unit_test(test_unanswered_close),
        cmocka_unit_test(test_head_that_never_comes),
        cmocka_unit_test(test_input_is_not_wanted_while_output_waits),
        cmocka_unit_test(test_endless_peer_is_reset),
    };
    return cmocka_run_group_tests_name("endpoint_server_core", tests, NULL, NULL);
}
