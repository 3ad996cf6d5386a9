/* SPDX-License-Identifier: MIT */
/* The door: what is handed over, what is answered, and what a hostile visitor gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runner/door.h"

#define GUARD_MS 20000

typedef struct visitor {
    uv_loop_t loop;
    uv_timer_t guard;
    char made[200]; /* a request with the port of the door in it */
    door *door;
    wire_conn *conn;
    const char *request;
    size_t request_len, every;
    char answer[65536];
    size_t answer_len;
    bool ended;
    unsigned arrived;
    char agent[32];
    bool has_agent, is_run, upgrade, named;
} visitor;

static void on_opened(void *user) {
    visitor *v = user;
    const wire_cut cut = {.every = v->every};
    assert_int_equal(wire_send(v->conn, (const uint8_t *)v->request, v->request_len, v->every ? &cut : NULL),
                     0);
}

static void on_received(void *user, const uint8_t *data, size_t len) {
    visitor *v = user;
    assert_true(v->answer_len + len < sizeof v->answer);
    memcpy(v->answer + v->answer_len, data, len);
    v->answer_len += len;
    v->answer[v->answer_len] = 0;
}

static void on_ended(void *user, wire_end end) {
    visitor *v = user;
    (void)end;
    v->ended = true;
    wire_close(v->conn);
}

static const wire_events events = {on_opened, on_received, NULL, NULL, on_ended};

static void on_guard(uv_timer_t *timer) {
    (void)timer;
    fail_msg("nothing happened for too long");
}

static void on_arrived(void *user, wire_conn *conn, const door_request *request) {
    visitor *v = user;
    v->arrived++;
    v->upgrade = request->upgrade;
    v->named = door_named(v->door, request->head);
    v->is_run = door_path_is(request->head, "/runCase");
    v->has_agent = door_parameter(request->head, "agent", v->agent, sizeof v->agent);
    if (request->upgrade)
        door_message(v->door, conn, wsc_http_field(request->head, "Sec-WebSocket-Key", 0)->value, "517");
    else
        door_page(v->door, conn, 200, "OK", "text/plain", "hello", 5);
}

/* Sends a request, its # replaced by the door's port, and waits until the door has ended the connection. */
static visitor *visit(const char *request, size_t len, size_t every, unsigned head_ms) {
    visitor *v = calloc(1, sizeof *v);
    assert_non_null(v);
    v->request = request;
    v->request_len = len;
    v->every = every;
    char why[200];
    wire_target target;
    const wire_address any = {.host = "127.0.0.1", .port = "0"};
    assert_int_equal(uv_loop_init(&v->loop), 0);
    uv_timer_init(&v->loop, &v->guard);
    uv_timer_start(&v->guard, on_guard, GUARD_MS, 0);
    assert_int_equal(wire_resolve(&target, &any, why, sizeof why), 0);
    v->door = door_open(&v->loop, &target, head_ms, on_arrived, v, why, sizeof why);
    assert_non_null(v->door);
    const char *port = memchr(request, '#', len);
    if (port) {
        v->request_len = (size_t)snprintf(v->made, sizeof v->made, "%.*s%u%s", (int)(port - request), request,
                                          door_port(v->door), port + 1);
        v->request = v->made;
    }
    wire_address there = {.host = "127.0.0.1"};
    snprintf(there.port, sizeof there.port, "%u", door_port(v->door));
    assert_int_equal(wire_resolve(&target, &there, why, sizeof why), 0);
    v->conn = wire_connect(&v->loop, &target, 5000, &events, v);
    assert_non_null(v->conn);
    while (!v->ended) uv_run(&v->loop, UV_RUN_ONCE);
    door_close(v->door);
    uv_close((uv_handle_t *)&v->guard, NULL);
    while (uv_run(&v->loop, UV_RUN_NOWAIT)) {}
    assert_int_equal(uv_loop_close(&v->loop), 0);
    return v;
}

static visitor *ask(const char *request) {
    return visit(request, strlen(request), 0, 5000);
}

static void test_page(void **state) {
    (void)state;
    visitor *v = ask("GET /runCase?case=3&agent=a%20b+c HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(v->arrived, 1);
    assert_true(v->is_run);
    assert_false(v->upgrade);
    assert_true(v->has_agent);
    assert_string_equal(v->agent, "a b c");
    assert_non_null(strstr(v->answer, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(v->answer, "\r\nContent-Length: 5\r\n"));
    assert_string_equal(strstr(v->answer, "\r\n\r\n") + 4, "hello");
    free(v);
}

static void test_targets(void **state) {
    (void)state;
    const struct {
        const char *target;
        bool is_run, has_agent;
    } rows[] = {
        {"/runCase", true, false},
        {"/runCase?agent=", true, true},
        {"/runCase?xagent=1&agent=2", true, true},
        {"http://h:1/runCase?agent=1", true, true},
        {"/runCases?agent=1", false, true},
        {"/?agent=%00", false, false},
        {"/?agent=0123456789012345678901234567890123456789", false, false},
        {"/?agent", false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char request[200];
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", rows[i].target);
        visitor *v = ask(request);
        if (v->is_run != rows[i].is_run || v->has_agent != rows[i].has_agent)
            fail_msg("%s was read as %d %d", rows[i].target, v->is_run, v->has_agent);
        free(v);
    }
}

static void test_named(void **state) {
    (void)state;
    const struct {
        const char *host;
        bool named;
    } rows[] = {
        {"Host: 127.0.0.1:#\r\n", true}, {"Host: [::1]:#\r\n", true}, {"", true},
        {"Host: 127.0.0.1\r\n", false},  {"Host: :#0\r\n", false},    {"Host: #\r\n", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char request[200];
        snprintf(request, sizeof request, "GET / HTTP/1.1\r\n%s\r\n", rows[i].host);
        visitor *v = ask(request);
        if (v->named != rows[i].named) fail_msg("%s was taken for %d", rows[i].host, v->named);
        free(v);
    }
}

/* The sample of RFC 6455 1.3, in every segmentation. */
static void test_message(void **state) {
    (void)state;
    static const char request[] =
        "GET /getCaseCount HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        "\x88\x80"
        "abcd"; /* the client's Close, so that it is left */
    static const char end[] = "\r\n\r\n\x81\x03"
                              "517\x88\x02\x03\xe8";
    for (size_t every = 0; every < 8; every += 7) {
        visitor *v = visit(request, sizeof request - 1, every, 5000);
        assert_true(v->upgrade);
        assert_non_null(strstr(v->answer, "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert_true(v->answer_len > sizeof end);
        assert_memory_equal(v->answer + v->answer_len - (sizeof end - 1), end, sizeof end - 1);
        free(v);
    }
}

static void test_too_long(void **state) {
    (void)state;
    size_t len = (size_t)DOOR_HEAD_MAX * 2;
    char *request = malloc(len);
    assert_non_null(request);
    memset(request, 'a', len);
    memcpy(request, "GET / HTTP/1.1\r\nX: ", 19);
    visitor *v = visit(request, len, 0, 5000);
    assert_int_equal(v->arrived, 0);
    if (v->answer_len > 0) assert_non_null(strstr(v->answer, "HTTP/1.1 431 "));
    free(v);
    free(request);
}

static void test_no_http(void **state) {
    (void)state;
    visitor *v = ask("\x16\x03\x01\r\n\r\n");
    assert_int_equal(v->arrived, 0);
    assert_non_null(strstr(v->answer, "HTTP/1.1 400 "));
    free(v);
}

static void test_never_ends(void **state) {
    (void)state;
    const char *request = "GET / HTTP/1.1\r\n";
    visitor *v = visit(request, strlen(request), 0, 50);
    assert_int_equal(v->arrived, 0);
    assert_int_equal(v->answer_len, 0);
    free(v);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page),     cmocka_unit_test(test_targets), cmocka_unit_test(test_message),
        cmocka_unit_test(test_too_long), cmocka_unit_test(test_no_http), cmocka_unit_test(test_never_ends),
        cmocka_unit_test(test_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
