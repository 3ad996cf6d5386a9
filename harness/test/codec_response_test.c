/* SPDX-License-Identifier: MIT */
/* The response of the opening handshake: each rule kept and broken. */
#include "codec_heads.h"

/* The lines of a head that is without fault; a case replaces one of them, or adds lines. */
enum { START, UPGRADE, CONNECTION, ACCEPT_LINE, ADDED, NUM_LINES };

static const char *const response_lines[NUM_LINES] = {
    "HTTP/1.1 101 Switching Protocols\r\n",
    "Upgrade: websocket\r\n",
    "Connection: Upgrade\r\n",
    ("Sec-WebSocket-Accept: " ACCEPT "\r\n"),
    "",
};

static const handshake_case response_cases[] = {
    {0, START, {"HTTP/1.1 101 \r\n", "HTTP/1.2 101 anything\r\n", "HTTP/2.0 101 x\r\n"}},
    {F(STATUS_NOT_101),
     START,
     {"HTTP/1.1 100 x\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.0 426 x\r\n", "HTTP/1.1 400 \r\n"}},
    {F(STATUS_NOT_101) | F(STATUS_MALFORMED), START, {"HTTP/1.1 0101 x\r\n", "HTTP/1.1 1O1 x\r\n"}},
    {F(STATUS_WITHOUT_SPACE), START, {"HTTP/1.1 101\r\n"}},
    {F(RESPONSE_VERSION_BELOW_1_1), START, {"HTTP/1.0 101 x\r\n", "HTTP/0.9 101 x\r\n"}},
    {F(VERSION_MALFORMED), START, {"http/1.1 101 x\r\n", "HTTP/1 101 x\r\n"}},
    {F(START_LINE_MALFORMED), START, {"HTTP/1.1  101 x\r\n"}},

    {F(RESPONSE_UPGRADE_MISSING), UPGRADE, {"", "Upgrades: websocket\r\n"}},
    {0, UPGRADE, {"upgrade: WebSocket\r\n", "UPGRADE:\twebsocket \r\n"}},
    {F(RESPONSE_UPGRADE_NOT_WEBSOCKET),
     UPGRADE,
     {"Upgrade:\r\n", "Upgrade: h2c\r\n", "Upgrade: websocket, h2c\r\n",
      "Upgrade: websocket\r\nUpgrade: websocket\r\n"}},
    {F(RESPONSE_UPGRADE_NOT_WEBSOCKET),
     UPGRADE,
     {"Upgrade: websocket/13\r\n", "Upgrade: websockets\r\n", "Upgrade: h2c, websocket\r\n",
      "Upgrade: websocket, websocket/1\r\n"}},
    {F(RESPONSE_UPGRADE_NOT_WEBSOCKET) | F(UPGRADE_MALFORMED),
     UPGRADE,
     {"Upgrade: web socket\r\n", "Upgrade: \"websocket\"\r\n", "Upgrade: websocket, a b\r\n"}},
    {F(LIST_EMPTY_ELEMENT), UPGRADE, {"Upgrade: websocket,\r\n"}},

    {F(RESPONSE_CONNECTION_MISSING), CONNECTION, {""}},
    {0,
     CONNECTION,
     {"connection: UPGRADE\r\n", "Connection: keep-alive, upgrade\r\n",
      "Connection: a\r\nConnection: Upgrade\r\n"}},
    {F(RESPONSE_CONNECTION_WITHOUT_UPGRADE),
     CONNECTION,
     {"Connection:\r\n", "Connection: close\r\n", "Connection: upgraded\r\n"}},
    {F(CONNECTION_MALFORMED), CONNECTION, {"Connection: upgrade, a b\r\n"}},
    {F(CONNECTION_MALFORMED) | F(RESPONSE_CONNECTION_WITHOUT_UPGRADE),
     CONNECTION,
     {"Connection: upgrade a\r\n"}},
    {F(LIST_EMPTY_ELEMENT), CONNECTION, {"Connection: ,upgrade\r\n"}},

    {F(ACCEPT_MISSING), ACCEPT_LINE, {"", "Sec-WebSocket-Accepts: " ACCEPT "\r\n"}},
    {0, ACCEPT_LINE, {"sec-websocket-accept: \t" ACCEPT "\t \r\n", "SEC-WEBSOCKET-ACCEPT:" ACCEPT "\r\n"}},
    {F(FIELD_FOLDED), ACCEPT_LINE, {"Sec-WebSocket-Accept:\r\n " ACCEPT "\r\n"}},
    {F(ACCEPT_DUPLICATE),
     ACCEPT_LINE,
     {"Sec-WebSocket-Accept: " ACCEPT "\r\nSec-WebSocket-Accept: " ACCEPT "\r\n",
      "Sec-WebSocket-Accept: " ACCEPT "\r\nSec-WebSocket-Accept: a\r\n"}},
    {F(ACCEPT_DUPLICATE) | F(ACCEPT_WRONG),
     ACCEPT_LINE,
     {"Sec-WebSocket-Accept: a\r\nSec-WebSocket-Accept: " ACCEPT "\r\n"}},
    {F(ACCEPT_WRONG),
     ACCEPT_LINE,
     {"Sec-WebSocket-Accept:\r\n", "Sec-WebSocket-Accept: " KEY "\r\n",
      "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo\r\n"}},
    {F(ACCEPT_WRONG),
     ACCEPT_LINE,
     {"Sec-WebSocket-Accept: " ACCEPT "=\r\n", "Sec-WebSocket-Accept: \"" ACCEPT "\"\r\n",
      "Sec-WebSocket-Accept: " ACCEPT ", " ACCEPT "\r\n",
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOp=\r\n"}},
    {F(ACCEPT_WRONG) | F(LINE_BARE_CR), ACCEPT_LINE, {"Sec-WebSocket-Accept: " ACCEPT "\r\r\n"}},

    {0, ADDED, {P "chat\r\n", P " superchat \r\n"}},
    {F(PROTOCOL_NOT_OFFERED), ADDED, {P "Chat\r\n", P "cha\r\n", P "chats\r\n", P "xmpp\r\n"}},
    {F(PROTOCOL_MALFORMED),
     ADDED,
     {P "\r\n", P "chat, superchat\r\n", P "chat superchat\r\n", P "chat,\r\n"}},
    {F(PROTOCOL_DUPLICATE), ADDED, {P "chat\r\n" P "chat\r\n", P "chat\r\n" P "superchat\r\n"}},
    {F(PROTOCOL_DUPLICATE) | F(PROTOCOL_NOT_OFFERED), ADDED, {P "x\r\n" P "chat\r\n"}},

    {0, ADDED, {E "foo\r\n", E "foo;a, bar;b=c\r\n", E "bar\r\n" E "foo; x=\"y\"\r\n"}},
    {F(EXTENSION_NOT_OFFERED), ADDED, {E "baz\r\n", E "foo, baz;a=b\r\n", E "Foo\r\n", E "fo\r\n"}},
    {F(EXTENSIONS_MALFORMED), ADDED, {E "\r\n", E "foo bar\r\n", E "foo;a=\"b,baz\"\r\n", E "foo, bar;\r\n"}},
    {F(EXTENSIONS_MALFORMED) | F(EXTENSION_NOT_OFFERED), ADDED, {E "foo;a=, baz\r\n"}},
    {F(LIST_EMPTY_ELEMENT), ADDED, {E "foo,, bar\r\n"}},

    {F(LENGTH_FORBIDDEN), ADDED, {"Content-Length: 0\r\n", "content-length: x\r\n"}},
    {F(BODY_FORBIDDEN), ADDED, {"Transfer-Encoding: chunked\r\n", "Transfer-Encoding:\r\n"}},
    {F(BODY_FORBIDDEN) | F(LENGTH_FORBIDDEN), ADDED, {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"}},
    {0, ADDED, {"Server: a\r\nDate: b\r\n", "Sec-WebSocket-Version: 13\r\n", "Content-Type: text/plain\r\n"}},
    {F(FIELD_SPACE_BEFORE_FIRST), START, {"HTTP/1.1 101 x\r\n Upgrade: h2c\r\n"}},
    {F(FIELD_VALUE_OCTET), ADDED, {"X: \x01\r\n"}},
};

#define NUM_RESPONSE_CASES (sizeof response_cases / sizeof response_cases[0])

static const wsc_span offered_protocols[] = {{"chat", 4}, {"superchat", 9}};
static const wsc_span offered_extensions[] = {{"foo", 3}, {"bar", 3}};
static const wsc_offer full_offer = {{KEY, WSC_KEY_LEN}, offered_protocols, 2, offered_extensions, 2};

static void finds_each_fault_of_a_response(void **state) {
    (void)state;
    for (size_t i = 0; i < NUM_RESPONSE_CASES; i++) {
        const handshake_case *one = &response_cases[i];
        for (size_t k = 0; k < 4 && one->lines[k] != NULL; k++) {
            reading head =
                read_head(WSC_HTTP_RESPONSE, compose(response_lines, NUM_LINES, one->line, one->lines[k]));
            wsc_response response;
            wsc_response_check(&response, &head.http, &full_offer);
            assert_faults(one->lines[k], response.faults, one->faults);
            head_free(&head);
        }
    }
}

/* The table has every fault of a response; that each is also absent, its neighbours in the table show. */
static void every_response_fault_was_seen(void **state) {
    (void)state;
    wsc_http_faults all = FAULTS_BETWEEN(LIST_EMPTY_ELEMENT, EXTENSIONS_MALFORMED) |
                          FAULTS_BETWEEN(STATUS_NOT_101, LENGTH_FORBIDDEN);
    wsc_http_faults seen = 0;
    for (size_t i = 0; i < NUM_RESPONSE_CASES; i++) seen |= response_cases[i].faults;
    assert_faults("seen", seen & ~FAULTS_BETWEEN(LINE_BARE_LF, HEAD_INCOMPLETE), all);
}

static void gives_the_protocol_of_a_response(void **state) {
    (void)state;
    static const struct {
        const char *added, *protocol;
    } cases[] = {{"", NULL},
                 {P "superchat\r\n", "superchat"},
                 {P "x\r\n" P "chat\r\n", "x"},
                 {P "\r\n", NULL},
                 {P "a, b\r\n", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        reading head =
            read_head(WSC_HTTP_RESPONSE, compose(response_lines, NUM_LINES, ADDED, cases[i].added));
        wsc_response response;
        wsc_response_check(&response, &head.http, &full_offer);
        assert_span(response.protocol, cases[i].protocol);
        head_free(&head);
    }
}

static void nothing_offered_nothing_accepted(void **state) {
    (void)state;
    static const wsc_offer offer = {.key = {KEY, WSC_KEY_LEN}};
    reading head =
        read_head(WSC_HTTP_RESPONSE, compose(response_lines, NUM_LINES, ADDED, P "chat\r\n" E "foo\r\n"));
    wsc_response response;
    wsc_response_check(&response, &head.http, &offer);
    assert_faults("no offer", response.faults, F(PROTOCOL_NOT_OFFERED) | F(EXTENSION_NOT_OFFERED));
    head_free(&head);
    head = read_head(WSC_HTTP_RESPONSE, compose(response_lines, NUM_LINES, ADDED, ""));
    wsc_response_check(&response, &head.http, &offer);
    assert_faults("no offer, no answer", response.faults, 0);
    head_free(&head);
}

/* An ordinary HTTP response has no WebSocket faults, whatever it holds, but syntax is syntax. */
static void other_status_is_only_http(void **state) {
    (void)state;
    static const char data[] =
        "HTTP/1.0 401 x\r\nUpgrade: h2c\r\nContent-Length: 5\r\nSec-WebSocket-Accept: a\r\nA : b\n\r\n";
    reading head = head_read_every_way(WSC_HTTP_RESPONSE, data, sizeof data - 1, 256, 12);
    wsc_response response;
    wsc_response_check(&response, &head.http, &full_offer);
    assert_faults("401", response.faults, F(STATUS_NOT_101) | F(FIELD_SPACE_BEFORE_COLON) | F(LINE_BARE_LF));
    assert_span(response.protocol, NULL);
    head_free(&head);
}

/* What is not there yet is not missing. */
static void incomplete_head_has_only_its_own_faults(void **state) {
    (void)state;
    reading head;
    head_read(&head, WSC_HTTP_RESPONSE, "HTTP/1.0 101 x\r\n", 16, 16, 1, 64, 4);
    wsc_response response;
    wsc_response_check(&response, &head.http, &full_offer);
    assert_faults("response", response.faults, 0);
    assert_int_equal(wsc_http_eof(&head.http), WSC_HTTP_FAILED);
    wsc_response_check(&response, &head.http, &full_offer);
    assert_faults("response", response.faults, F(HEAD_INCOMPLETE));
    head_free(&head);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_fault_of_a_response),
        cmocka_unit_test(every_response_fault_was_seen),
        cmocka_unit_test(gives_the_protocol_of_a_response),
        cmocka_unit_test(nothing_offered_nothing_accepted),
        cmocka_unit_test(other_status_is_only_http),
        cmocka_unit_test(incomplete_head_has_only_its_own_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
