/* SPDX-License-Identifier: MIT */
/* The octets of a head: the ordinary one, and each way to differ from it. */
#include "script_fixture.h"

#include "script/head.h"

static const char request[] = "GET /chat HTTP/1.1\r\n"
                              "Host: example.com:80\r\n"
                              "Upgrade: websocket\r\n"
                              "Connection: Upgrade\r\n"
                              "Sec-WebSocket-Key: AAAA\r\n"
                              "Sec-WebSocket-Version: 13\r\n\r\n";
static const char response[] = "HTTP/1.1 101 Switching Protocols\r\n"
                               "Upgrade: websocket\r\n"
                               "Connection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: xY0=\r\n\r\n";

/* Checks the head of the only case of a file. */
static void check_head(const char *file, const char *const *fields, const char *expected) {
    catalogue *all = fixture_good(file);
    const head_values values = {"/chat", "example.com:80", "AAAA", "xY0=", fields};
    octets made = {.max = 4096};
    head_build(&made, case_own_head(&all->cases[0]), &values);
    assert_false(made.failed);
    if (made.len != strlen(expected) || memcmp(made.data, expected, made.len) != 0)
        fail_msg("expected\n%s\nbut was\n%.*s", expected, (int)made.len, (const char *)made.data);
    octets_free(&made);
    catalogue_free(all);
}

static void test_request(void **state) {
    (void)state;
    static const struct {
        const char *file, *expected;
    } rows[] = {
        {FIXTURE_MEMBERS(""), request},
        {FIXTURE_REQUEST("'line': 'GET {target}?{{{key}}{{target} HTTP/1.0', 'omit': ['host', 'Upgrade', "
                         "'Connection', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version']"),
         "GET /chat?{AAAA}{target} HTTP/1.0\r\n\r\n"},
        {FIXTURE_REQUEST("'set': {'HOST': '', 'sec-websocket-version': {'hex': '7b 00 7b 7b ff'}}, "
                         "'omit': ['Sec-WebSocket-Key', 'Upgrade', 'Connection']"),
         "GET /chat HTTP/1.1\r\nHOST: \r\nsec-websocket-version: {"},
        {FIXTURE_REQUEST("'lines': ['A {host}', '', {'hex': '7b686f73747d'}, {'repeat': ['{key}', 10]}, "
                         "{'concat': [{'text': 'x{'}, {'text': 'host}'}]}]"),
         "A example.com:80\r\n\r\n{host}\r\nAAAAAAAA\r\nxexample.com:80\r\n\r\n"},
        {FIXTURE_REQUEST("'lines': ['A'], 'end': false, 'eol': '\\n'"), "A\n"},
        {FIXTURE_REQUEST("'line': 'B', 'omit': ['Host', 'Upgrade', 'Connection', 'Sec-WebSocket-Key', "
                         "'Sec-WebSocket-Version'], 'add': [['', ''], ['C', '{host}']], 'eol': '\\r', 'end': "
                         "false"),
         "B\r: \rC: example.com:80\r"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (i != 2) check_head(rows[i].file, NULL, rows[i].expected);
    }
    /* A head with NUL. */
    catalogue *all = fixture_good(rows[2].file);
    octets made = {.max = 4096};
    head_build(&made, &all->cases[0].request, &(head_values){"/chat", "h", "k", NULL, NULL});
    static const char end[] = "\0{{\xff\r\n\r\n";
    size_t len = strlen(rows[2].expected);
    assert_int_equal(made.len, len + sizeof end - 1);
    assert_memory_equal(made.data, rows[2].expected, len);
    assert_memory_equal(made.data + len, end, sizeof end - 1);
    octets_free(&made);
    catalogue_free(all);
}

/* Lines that the user gives for all requests stand behind the ordinary fields, before those of the case. */
static void test_fields_of_the_user(void **state) {
    (void)state;
    static const char *const fields[] = {"Origin: http://a", "Cookie: {key}", NULL};
    check_head(
        FIXTURE_REQUEST("'omit': ['Host', 'Upgrade', 'Connection', 'Sec-WebSocket-Key'], 'add': [['D', "
                        "'e']]"),
        fields,
        "GET /chat HTTP/1.1\r\nSec-WebSocket-Version: 13\r\nOrigin: http://a\r\nCookie: {key}\r\nD: "
        "e\r\n\r\n");
}

static void test_response(void **state) {
    (void)state;
    check_head(FIXTURE_CLIENT("", "{'until': 'failed'}", "'error'"), NULL, response);
    check_head(
        FIXTURE_CLIENT("'response': {'line': 'HTTP/1.1 101', 'set': {'Upgrade': '{accept-cut}', "
                       "'Connection': '{accept-swapped}'}, 'add': [['X', '{key}']]},",
                       "{'until': 'failed'}", "'error'"),
        NULL,
        "HTTP/1.1 101\r\nUpgrade: xY0\r\nConnection: Xy0=\r\nSec-WebSocket-Accept: xY0=\r\nX: AAAA\r\n\r\n");
}

static void test_bound(void **state) {
    (void)state;
    catalogue *all = fixture_good(FIXTURE_MEMBERS(""));
    const head_values values = {"/chat", "example.com:80", "AAAA", NULL, NULL};
    for (size_t max = 0; max <= sizeof request; max++) {
        octets made = {.max = max};
        head_build(&made, &all->cases[0].request, &values);
        assert_int_equal(made.failed, max < sizeof request - 1);
        assert_true(made.len <= max);
        assert_memory_equal(made.data != NULL ? (const char *)made.data : "", request, made.len);
        octets_free(&made);
        assert_int_equal(made.max, max);
    }
    catalogue_free(all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_fields_of_the_user),
        cmocka_unit_test(test_response),
        cmocka_unit_test(test_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
