/* SPDX-License-Identifier: MIT */
/* The request of the opening handshake: each rule kept and broken. */
#include "codec_heads.h"

#include <time.h>

/* The lines of a head that is without fault; a case replaces one of them, or adds lines. */
enum { START, HOST, UPGRADE, CONNECTION, KEY_LINE, VERSION, ADDED, NUM_LINES };

static const char *const request_lines[NUM_LINES] = {
    "GET /chat HTTP/1.1\r\n",
    "Host: server.example.com\r\n",
    "Upgrade: websocket\r\n",
    "Connection: Upgrade\r\n",
    ("Sec-WebSocket-Key: " KEY "\r\n"),
    "Sec-WebSocket-Version: 13\r\n",
    "",
};

static const handshake_case request_cases[] = {
    {0,
     START,
     {"GET / HTTP/1.1\r\n", "GET /a?b=%2F/?:@ HTTP/1.1\r\n", "GET /chat HTTP/2.0\r\n",
      "GET // HTTP/9.9\r\n"}},
    {0,
     START,
     {"GET http://a HTTP/1.1\r\n", "GET HTTPS://a:443/b?c HTTP/1.1\r\n", "GET http://[::1]?b HTTP/1.1\r\n"}},
    {F(METHOD_NOT_GET),
     START,
     {"POST /chat HTTP/1.1\r\n", "get /chat HTTP/1.1\r\n", "GETS / HTTP/1.1\r\n", "G / HTTP/1.1\r\n"}},
    {F(METHOD_NOT_GET) | F(METHOD_NOT_TOKEN), START, {"GE\x7f / HTTP/1.1\r\n"}},
    {F(TARGET_MALFORMED),
     START,
     {"GET chat HTTP/1.1\r\n", "GET * HTTP/1.1\r\n", "GET a:80 HTTP/1.1\r\n", "GET ws://a/ HTTP/1.1\r\n"}},
    {F(TARGET_MALFORMED),
     START,
     {"GET /#a HTTP/1.1\r\n", "GET /%2 HTTP/1.1\r\n", "GET /%2g HTTP/1.1\r\n", "GET /%x2 HTTP/1.1\r\n"}},
    {F(TARGET_MALFORMED),
     START,
     {"GET /\xc3\xa4 HTTP/1.1\r\n", "GET /{} HTTP/1.1\r\n", "GET /\" HTTP/1.1\r\n",
      "GET /\x01 HTTP/1.1\r\n"}},
    {F(TARGET_MALFORMED),
     START,
     {"GET http:// HTTP/1.1\r\n", "GET http:///a HTTP/1.1\r\n", "GET http://a:b/ HTTP/1.1\r\n",
      "GET https:// HTTP/1.1\r\n"}},
    {F(TARGET_MALFORMED),
     START,
     {"GET http://u@a/ HTTP/1.1\r\n", "GET http:/a HTTP/1.1\r\n", "GET https://?a HTTP/1.1\r\n",
      "GET http://a#b HTTP/1.1\r\n"}},
    {F(START_LINE_MALFORMED) | F(TARGET_MALFORMED), START, {"GET /a b HTTP/1.1\r\n"}},
    {F(VERSION_BELOW_1_1), START, {"GET /chat HTTP/1.0\r\n", "GET /chat HTTP/0.9\r\n"}},
    {F(VERSION_MALFORMED),
     START,
     {"GET /chat http/1.1\r\n", "GET /chat HTTP/1.01\r\n", "GET /chat HTTP/1\r\n", "GET / HTTPS/1.1\r\n"}},
    {F(LINE_EMPTY_FIRST), START, {"\r\nGET / HTTP/1.1\r\n"}},

    {F(HOST_MISSING), HOST, {"", "X-Host: a\r\n"}},
    {F(HOST_DUPLICATE), HOST, {"Host: a\r\nHost: a\r\n", "Host: a\r\nhost: b\r\n"}},
    {0, HOST, {"HOST: a\r\n", "Host: a:\r\n", "Host: a:80\r\n", "Host:127.0.0.1:65535\r\n"}},
    {0,
     HOST,
     {"Host: a%2f-._~!$&'()*+,;=b\r\n", "Host: 1:00080\r\n", "Host: [v1.a:b]:1\r\n", "Host: [Vf.~]\r\n"}},
    {0,
     HOST,
     {"Host: [::]\r\n", "Host: [::1]:80\r\n", "Host: [1:2:3:4:5:6:7:8]\r\n", "Host: [1234:abcd:EF::]\r\n"}},
    {0,
     HOST,
     {"Host: [1::8]\r\n", "Host: [1:2:3:4:5:6:7::]\r\n", "Host: [::2:3:4:5:6:7:8]\r\n",
      "Host: [::ffff:192.0.2.1]\r\n"}},
    {0,
     HOST,
     {"Host: [1:2:3:4:5:6:255.0.10.99]\r\n", "Host: [1:2:3:4:5::0.0.0.0]\r\n", "Host: [::1.2.3.4]\r\n"}},
    {F(HOST_MALFORMED), HOST, {"Host:\r\n", "Host: :80\r\n", "Host: a b\r\n", "Host: a, b\r\n"}},
    {F(HOST_MALFORMED), HOST, {"Host: u@a\r\n", "Host: a:b\r\n", "Host: a:80:80\r\n", "Host: a:65536\r\n"}},
    {F(HOST_MALFORMED),
     HOST,
     {"Host: http://a\r\n", "Host: a/\r\n", "Host: a?\r\n", "Host: a:99999999999999999999\r\n"}},
    {F(HOST_MALFORMED), HOST, {"Host: \xc3\xa4\r\n", "Host: a%\r\n", "Host: a%4\r\n", "Host: a:-1\r\n"}},
    {F(HOST_MALFORMED), HOST, {"Host: [\r\n", "Host: []\r\n", "Host: [::1\r\n", "Host: [::1]a\r\n"}},
    {F(HOST_MALFORMED), HOST, {"Host: [:]\r\n", "Host: [:1]\r\n", "Host: [1:]\r\n", "Host: [:::]\r\n"}},
    {F(HOST_MALFORMED),
     HOST,
     {"Host: [1:2:3:4:5:6:7]\r\n", "Host: [1:2:3:4:5:6:7:8:9]\r\n", "Host: [1::3:4:5:6:7:8:9]\r\n",
      "Host: [1::2::3]\r\n"}},
    {F(HOST_MALFORMED),
     HOST,
     {"Host: [1:2:3:4:5:6:7:8::]\r\n", "Host: [::1:2:3:4:5:6:7:8]\r\n", "Host: [12345::]\r\n",
      "Host: [g::]\r\n"}},
    {F(HOST_MALFORMED),
     HOST,
     {"Host: [1.2.3.4]\r\n", "Host: [::1.2.3]\r\n", "Host: [::1.2.3.4.5]\r\n", "Host: [::1.2.3.256]\r\n"}},
    {F(HOST_MALFORMED),
     HOST,
     {"Host: [::1.2.3.04]\r\n", "Host: [::1.2.3.]\r\n", "Host: [::1.2..4]\r\n",
      "Host: [1:2:3:4:5:6:7:1.2.3.4]\r\n"}},
    {F(HOST_MALFORMED),
     HOST,
     {"Host: [::1.2.3.1111]\r\n", "Host: [1:2:3:4:5:6::1.2.3.4]\r\n", "Host: [::1.2.3.4:5]\r\n",
      "Host: [fe80::1%25eth0]\r\n"}},
    {F(HOST_MALFORMED), HOST, {"Host: [v.a]\r\n", "Host: [v1]\r\n", "Host: [v1.]\r\n", "Host: [v1.a/]\r\n"}},
    {F(HOST_MALFORMED), HOST, {"Host: [vg.a]\r\n", "Host: [v]\r\n", "Host: [v1a]\r\n", "Host: [::1]]\r\n"}},
    {F(HOST_MALFORMED) | F(FIELD_VALUE_OCTET), HOST, {"Host: a\x01\r\n"}},
    {F(HOST_MALFORMED) | F(FIELD_FOLDED), HOST, {"Host: a\r\n b\r\n"}},
    {F(FIELD_FOLDED), HOST, {"Host:\r\n a\r\n"}},
    {F(FIELD_SPACE_BEFORE_COLON), HOST, {"Host : a\r\n"}},
    {F(FIELD_WITHOUT_COLON), HOST, {"Host: a\r\nnonsense\r\n"}},
    {F(LINE_BARE_LF), HOST, {"Host: a\n"}},

    {F(UPGRADE_MISSING), UPGRADE, {"", "Upgraded: websocket\r\n"}},
    {0,
     UPGRADE,
     {"Upgrade: WebSocket\r\n", "UPGRADE:WEBSOCKET\t\r\n", "Upgrade: h2c, websocket\r\n",
      "Upgrade: h2c\r\nUpgrade: websocket\r\n"}},
    {0,
     UPGRADE,
     {"Upgrade: websocket/13\r\n", "Upgrade: HTTP/2.0, websocket , x/y\r\n",
      "Upgrade: websocket\r\nUpgrade:\r\n", "Upgrade: websocket, websocket\r\n"}},
    {F(UPGRADE_WITHOUT_WEBSOCKET),
     UPGRADE,
     {"Upgrade:\r\n", "Upgrade: h2c\r\n", "Upgrade: websockets\r\n", "Upgrade: websocke\r\n"}},
    {F(UPGRADE_WITHOUT_WEBSOCKET), UPGRADE, {"Upgrade: x/websocket\r\n", "Upgrade: x-websocket\r\n"}},
    {F(UPGRADE_WITHOUT_WEBSOCKET) | F(UPGRADE_MALFORMED),
     UPGRADE,
     {"Upgrade: \"websocket\"\r\n", "Upgrade: websocket;a\r\n", "Upgrade: web socket\r\n",
      "Upgrade: websocket/\r\n"}},
    {F(UPGRADE_MALFORMED),
     UPGRADE,
     {"Upgrade: websocket, a b\r\n", "Upgrade: /a, websocket\r\n", "Upgrade: a/b/c, websocket\r\n",
      "Upgrade: websocket, \xff\r\n"}},
    {F(LIST_EMPTY_ELEMENT),
     UPGRADE,
     {"Upgrade: ,websocket\r\n", "Upgrade: websocket,\r\n", "Upgrade: a,,websocket\r\n"}},
    {F(LIST_EMPTY_ELEMENT) | F(UPGRADE_WITHOUT_WEBSOCKET), UPGRADE, {"Upgrade: ,\r\n"}},
    {F(LINE_BARE_CR) | F(UPGRADE_WITHOUT_WEBSOCKET) | F(UPGRADE_MALFORMED),
     UPGRADE,
     {"Upgrade: websocket\r\r\n"}},

    {F(CONNECTION_MISSING), CONNECTION, {"", "Proxy-Connection: Upgrade\r\n"}},
    {0,
     CONNECTION,
     {"connection: upgrade\r\n", "Connection: keep-alive, UPGRADE\r\n",
      "Connection: close\r\nConnection: Upgrade\r\n", "Connection: upgrade\t,a\r\n"}},
    {F(CONNECTION_WITHOUT_UPGRADE),
     CONNECTION,
     {"Connection:\r\n", "Connection: keep-alive\r\n", "Connection: upgrades\r\n",
      "Connection: keep-alive-upgrade\r\n"}},
    {F(CONNECTION_WITHOUT_UPGRADE) | F(CONNECTION_MALFORMED),
     CONNECTION,
     {"Connection: keep-alive upgrade\r\n", "Connection: keep-alive; upgrade\r\n",
      "Connection: \"upgrade\"\r\n", "Connection: \"a, upgrade\r\n"}},
    {F(CONNECTION_MALFORMED),
     CONNECTION,
     {"Connection: upgrade, a/b\r\n", "Connection: \"a,b\", upgrade\r\n"}},
    {F(LIST_EMPTY_ELEMENT), CONNECTION, {"Connection: , upgrade\r\n", "Connection: upgrade ,\r\n"}},
    {F(FIELD_FOLDED), CONNECTION, {"Connection: keep-alive,\r\n upgrade\r\n"}},

    {F(KEY_MISSING), KEY_LINE, {"", "Sec-WebSocket-Key1: " KEY "\r\n"}},
    {F(KEY_DUPLICATE),
     KEY_LINE,
     {"Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Key: " KEY "\r\n",
      "Sec-WebSocket-Key: " KEY "\r\nSEC-WEBSOCKET-KEY:\r\n"}},
    {0,
     KEY_LINE,
     {"sec-websocket-key:\t" KEY " \r\n", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
      "Sec-WebSocket-Key: /+0123456789abcdefghiA==\r\n", "Sec-WebSocket-Key: ////////////////////zw==\r\n"}},
    {F(KEY_PAD_BITS),
     KEY_LINE,
     {"Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEC==\r\n", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAA/==\r\n",
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAB==\r\n"}},
    {F(KEY_NOT_16_OCTETS),
     KEY_LINE,
     {"Sec-WebSocket-Key:\r\n", "Sec-WebSocket-Key: a\r\n", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=\r\n"}},
    {F(KEY_NOT_16_OCTETS),
     KEY_LINE,
     {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWE=\r\n", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWFh\r\n",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=a\r\n"}},
    {F(KEY_NOT_16_OCTETS),
     KEY_LINE,
     {"Sec-WebSocket-Key: dGhlIHNhbXBsZS_ub25jZQ==\r\n", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25=ZQ==\r\n",
      "Sec-WebSocket-Key: dGhl HNhbXBsZSBub25jZQ==\r\n", "Sec-WebSocket-Key: \"" KEY "\"\r\n"}},
    {F(KEY_NOT_16_OCTETS),
     KEY_LINE,
     {"Sec-WebSocket-Key: " KEY ", " KEY "\r\n", "Sec-WebSocket-Key: " KEY "==\r\n",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==aaaaaaaa\r\n"}},

    {F(WS_VERSION_MISSING), VERSION, {"", "Sec-WebSocket-Draft: 13\r\n"}},
    {F(WS_VERSION_DUPLICATE),
     VERSION,
     {"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13\r\n",
      "Sec-WebSocket-Version: 13\r\nsec-websocket-version: 8\r\n"}},
    {0, VERSION, {"SEC-WEBSOCKET-VERSION: 13\t\r\n", "Sec-WebSocket-Version:13\r\n"}},
    {F(WS_VERSION_NOT_13),
     VERSION,
     {"Sec-WebSocket-Version:\r\n", "Sec-WebSocket-Version: 8\r\n", "Sec-WebSocket-Version: 013\r\n",
      "Sec-WebSocket-Version: 13.0\r\n"}},
    {F(WS_VERSION_NOT_13),
     VERSION,
     {"Sec-WebSocket-Version: 1\r\n", "Sec-WebSocket-Version: 130\r\n", "Sec-WebSocket-Version: 13, 8\r\n",
      "Sec-WebSocket-Version: +13\r\n"}},
    {F(WS_VERSION_NOT_13) | F(FIELD_FOLDED), VERSION, {"Sec-WebSocket-Version: 1\r\n 3\r\n"}},

    {0,
     ADDED,
     {P "chat\r\n", P "chat, superchat\r\n", P "chat\r\n" P "superchat\r\n", P "chat, CHAT, cha\r\n"}},
    {0, ADDED, {P "\r\n" P "chat\r\n"}},
    {F(PROTOCOLS_MALFORMED), ADDED, {P "\r\n", P "a b\r\n", P "a/b\r\n", P "\"a\"\r\n"}},
    {F(PROTOCOLS_MALFORMED),
     ADDED,
     {P "a, b;c\r\n", P "a, \xc3\xa4\r\n", P "\r\n" P "\r\n", P "a\r\n" P "b:c\r\n"}},
    {F(PROTOCOLS_MALFORMED) | F(LIST_EMPTY_ELEMENT), ADDED, {P ",\r\n", P " , ,\r\n"}},
    {F(LIST_EMPTY_ELEMENT), ADDED, {P "a,,b\r\n", P ",a\r\n", P "a,\r\n" P "b\r\n"}},
    {F(PROTOCOLS_REPEATED),
     ADDED,
     {P "a,a\r\n", P "c, b, a, d, b\r\n", P "b, a\r\n" P "a\r\n", P "a, bb, aaa, aa, b, bb\r\n"}},

    {0,
     ADDED,
     {E "permessage-deflate\r\n", E "a; b=c; d=\"e\", f\r\n", E "a\r\n" E "b\r\n", E "a;b=\"\\c\"\r\n"}},
    {F(EXTENSIONS_MALFORMED), ADDED, {E "\r\n", E "a;\r\n", E "a b\r\n", E "a=b\r\n"}},
    {F(EXTENSIONS_MALFORMED),
     ADDED,
     {E "a;b=\"c,d\"\r\n", E "a;b=\r\n", E "a, b;c=\"\r\n", E "a\r\n" E "b;;c\r\n"}},
    {F(EXTENSIONS_MALFORMED) | F(LIST_EMPTY_ELEMENT), ADDED, {E ", ,\r\n"}},
    {F(LIST_EMPTY_ELEMENT), ADDED, {E "a,,b\r\n", E "a,\r\n"}},

    {0, ADDED, {"Content-Length: 0\r\n", "content-length: 000\r\n", "Origin: http://a\r\nX: y\r\n"}},
    {F(BODY_ANNOUNCED),
     ADDED,
     {"Content-Length: 1\r\n", "Content-Length: 18446744073709551616\r\n", "Transfer-Encoding: chunked\r\n",
      "transfer-encoding:\r\n"}},
    {F(BODY_ANNOUNCED),
     ADDED,
     {"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 010\r\n"}},
    {F(CONTENT_LENGTH_MALFORMED),
     ADDED,
     {"Content-Length:\r\n", "Content-Length: -1\r\n", "Content-Length: 0, 0\r\n",
      "Content-Length: 0x0\r\n"}},
    {F(CONTENT_LENGTH_MALFORMED),
     ADDED,
     {"Content-Length: 0\r\nContent-Length: 0\r\n", "Content-Length: 5\r\nContent-Length: 0\r\n",
      "Content-Length: +0\r\n", "Content-Length: 0 0\r\n"}},
    {F(BODY_ANNOUNCED) | F(CONTENT_LENGTH_MALFORMED),
     ADDED,
     {"Content-Length: a\r\nTransfer-Encoding: gzip\r\n"}},
    {F(FIELD_VALUE_OCTET), ADDED, {"X: \x02\r\n"}},
    {F(FIELD_NAME_NOT_TOKEN), ADDED, {"X(: a\r\n", ": a\r\n"}},
};

#define NUM_REQUEST_CASES (sizeof request_cases / sizeof request_cases[0])

static void finds_each_fault_of_a_request(void **state) {
    (void)state;
    for (size_t i = 0; i < NUM_REQUEST_CASES; i++) {
        const handshake_case *one = &request_cases[i];
        for (size_t k = 0; k < 4 && one->lines[k] != NULL; k++) {
            reading head =
                read_head(WSC_HTTP_REQUEST, compose(request_lines, NUM_LINES, one->line, one->lines[k]));
            wsc_request request;
            wsc_request_check(&request, &head.http);
            assert_faults(one->lines[k], request.faults, one->faults);
            head_free(&head);
        }
    }
}

/* The table has every fault of a request; that each is also absent, its neighbours in the table show. */
static void every_request_fault_was_seen(void **state) {
    (void)state;
    wsc_http_faults all = FAULTS_BETWEEN(LIST_EMPTY_ELEMENT, EXTENSIONS_MALFORMED) |
                          FAULTS_BETWEEN(METHOD_NOT_GET, BODY_ANNOUNCED);
    wsc_http_faults seen = 0;
    for (size_t i = 0; i < NUM_REQUEST_CASES; i++) seen |= request_cases[i].faults;
    assert_faults("seen", seen & ~FAULTS_BETWEEN(LINE_BARE_LF, HEAD_INCOMPLETE), all);
}

static void gives_the_values_of_a_request(void **state) {
    (void)state;
    static const char added[] = "Origin: http://example.com\r\nOrigin: x\r\n" P "a\r\n" E "b\r\n";
    reading head = read_head(WSC_HTTP_REQUEST, compose(request_lines, NUM_LINES, ADDED, added));
    wsc_request request;
    wsc_request_check(&request, &head.http);
    assert_span(request.host, "server.example.com");
    assert_span(request.key, KEY);
    assert_span(request.origin, "http://example.com");
    assert_span(request.ws_version, "13");
    assert_true(request.offers_protocols && request.offers_extensions);
    head_free(&head);

    textbuf bare = {0};
    text_add_string(&bare, "GET / HTTP/1.1\r\n\r\n");
    head = read_head(WSC_HTTP_REQUEST, bare);
    wsc_request_check(&request, &head.http);
    assert_span(request.host, NULL);
    assert_span(request.key, NULL);
    assert_span(request.origin, NULL);
    assert_span(request.ws_version, NULL);
    assert_false(request.offers_protocols || request.offers_extensions);
    assert_faults("bare", request.faults,
                  F(HOST_MISSING) | F(UPGRADE_MISSING) | F(CONNECTION_MISSING) | F(KEY_MISSING) |
                      F(WS_VERSION_MISSING));
    head_free(&head);
}

static void gives_the_first_of_duplicates(void **state) {
    (void)state;
    reading head =
        read_head(WSC_HTTP_REQUEST, compose(request_lines, NUM_LINES, HOST, "Host: a\r\nHost: b c\r\n"));
    wsc_request request;
    wsc_request_check(&request, &head.http);
    assert_span(request.host, "a");
    assert_faults("hosts", request.faults, F(HOST_DUPLICATE));
    head_free(&head);
}

/* What is not there yet is not missing. */
static void incomplete_head_has_only_its_own_faults(void **state) {
    (void)state;
    reading head;
    head_read(&head, WSC_HTTP_REQUEST, "GET / HTTP/1.0\r\nHost : a b\r\n", 28, 28, 1, 64, 4);
    assert_int_equal(head.status, WSC_HTTP_MORE);
    wsc_request request;
    wsc_request_check(&request, &head.http);
    assert_faults("not complete", request.faults, F(FIELD_SPACE_BEFORE_COLON));
    assert_int_equal(wsc_http_eof(&head.http), WSC_HTTP_FAILED);
    wsc_request_check(&request, &head.http);
    assert_faults("cut off", request.faults, F(FIELD_SPACE_BEFORE_COLON) | F(HEAD_INCOMPLETE));
    assert_span(request.host, NULL);
    head_free(&head);
}

/* What a strict recipient may not refuse. */
static void tolerated_faults(void **state) {
    (void)state;
    assert_faults("tolerated", WSC_HTTP_FAULTS_TOLERATED,
                  F(LINE_EMPTY_FIRST) | F(LIST_EMPTY_ELEMENT) | F(KEY_PAD_BITS));
}

/* `num` different names, then `last`. */
static reading many_protocols(unsigned num, const char *last) {
    textbuf added = {0};
    text_add_string(&added, P);
    for (unsigned i = 0; i < num; i++) {
        char name[16];
        /* Neither ascending nor descending */
        (void)snprintf(name, sizeof name, "%x,", i * 2654435761u);
        text_add_string(&added, name);
    }
    text_add_string(&added, last);
    text_add(&added, "\r\n", 3);
    textbuf data = compose(request_lines, NUM_LINES, ADDED, added.data);
    free(added.data);
    reading head;
    head_read(&head, WSC_HTTP_REQUEST, data.data, data.len, data.len, data.len, data.len, 12);
    assert_int_equal(head.status, WSC_HTTP_DONE);
    free(data.data);
    return head;
}

static void finds_repeated_protocols_among_many(void **state) {
    (void)state;
    static const struct {
        unsigned num;
        const char *last;
        bool repeated;
    } cases[] = {
        {WSC_PROTOCOLS_MAX - 1, "x", false},
        {WSC_PROTOCOLS_MAX - 1, "0", true},
        {WSC_PROTOCOLS_MAX - 1, "9e3779b1", true},
        {WSC_PROTOCOLS_MAX, "x", false},
        {WSC_PROTOCOLS_MAX, "0", true},
        {WSC_PROTOCOLS_MAX, "x,x", false},
        {WSC_PROTOCOLS_MAX - 1, "x,x", true},
        {WSC_PROTOCOLS_MAX + 1, "0", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        reading head = many_protocols(cases[i].num, cases[i].last);
        wsc_request request;
        wsc_request_check(&request, &head.http);
        assert_faults(cases[i].last, request.faults, cases[i].repeated ? F(PROTOCOLS_REPEATED) : 0);
        head_free(&head);
    }
}

/* At a quadratic cost this would take minutes. */
static void survives_endless_protocols(void **state) {
    (void)state;
    clock_t begin = clock();
    reading head = many_protocols(400000, "x");
    wsc_request request;
    wsc_request_check(&request, &head.http);
    assert_faults("many", request.faults, 0);
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 10);
    head_free(&head);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_fault_of_a_request),
        cmocka_unit_test(every_request_fault_was_seen),
        cmocka_unit_test(gives_the_values_of_a_request),
        cmocka_unit_test(gives_the_first_of_duplicates),
        cmocka_unit_test(incomplete_head_has_only_its_own_faults),
        cmocka_unit_test(tolerated_faults),
        cmocka_unit_test(finds_repeated_protocols_among_many),
        cmocka_unit_test(survives_endless_protocols),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
