/* SPDX-License-Identifier: MIT */
/* Message heads: what is read, which faults are noted, where the bounds are. */
#include "codec_heads.h"

#include <time.h>

#define MAX_FIELDS 8

typedef struct head_case {
    const char *title;
    wsc_http_kind kind;
    const char *data;
    size_t len;
    wsc_http_status status;
    wsc_http_faults faults;
    const char *shown; /* see show() */
} head_case;

#define REQUEST(title, data, status, faults, shown)                                                          \
    { title, WSC_HTTP_REQUEST, data, sizeof(data) - 1, WSC_HTTP_##status, faults, shown }
#define RESPONSE(title, data, status, faults, shown)                                                         \
    { title, WSC_HTTP_RESPONSE, data, sizeof(data) - 1, WSC_HTTP_##status, faults, shown }

/* Each fault stands beside its nearest neighbours that do not have it. */
static const head_case head_cases[] = {
    REQUEST("plain", "GET /chat HTTP/1.1\r\nHost: a\r\n\r\n", DONE, 0, "<GET> </chat> <HTTP/1.1> [Host=a]"),
    REQUEST("no fields", "GET / HTTP/1.1\r\n\r\n", DONE, 0, "<GET> </> <HTTP/1.1>"),
    REQUEST("any token is a method", "M-SEARCH!#$%&'*+.^_`|~9 * HTTP/1.1\r\n\r\n", DONE, 0,
            "<M-SEARCH!#$%&'*+.^_`|~9> <*> <HTTP/1.1>"),
    REQUEST("empty values", "GET / HTTP/1.1\r\nA:\r\nB: \t \r\n\r\n", DONE, 0,
            "<GET> </> <HTTP/1.1> [A=] [B=]"),
    REQUEST("white space around values", "GET / HTTP/1.1\r\nA: \t b c\t \r\n\r\n", DONE, 0,
            "<GET> </> <HTTP/1.1> [A=b c]"),
    REQUEST("colons in a value", "GET / HTTP/1.1\r\nA::b: c\r\n\r\n", DONE, 0,
            "<GET> </> <HTTP/1.1> [A=:b: c]"),
    REQUEST("obs-text in a value", "GET / HTTP/1.1\r\nA: \x80\xff\r\n\r\n", DONE, 0,
            "<GET> </> <HTTP/1.1> [A=\\x80\\xff]"),

    REQUEST("bare LF", "GET / HTTP/1.1\nHost: a\n\n", DONE, F(LINE_BARE_LF), "<GET> </> <HTTP/1.1> [Host=a]"),
    REQUEST("bare LF at the end alone", "GET / HTTP/1.1\r\nHost: a\r\n\n", DONE, F(LINE_BARE_LF),
            "<GET> </> <HTTP/1.1> [Host=a]"),
    REQUEST("bare CR in a value", "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", DONE, F(LINE_BARE_CR),
            "<GET> </> <HTTP/1.1> [A=b\\x0dc]"),
    REQUEST("bare CR before CRLF ends no head", "GET / HTTP/1.1\r\nA: b\r\n\r\r\n\r\n", DONE,
            F(LINE_BARE_CR) | F(FIELD_WITHOUT_COLON), "<GET> </> <HTTP/1.1> [A=b]"),
    REQUEST("bare CR is no line end", "GET / HTTP/1.1\rA: b\r\n\r\n", DONE,
            F(LINE_BARE_CR) | F(START_LINE_MALFORMED) | F(VERSION_MALFORMED),
            "<GET> </ HTTP/1.1\\x0dA:> <b>"),
    REQUEST("bare CR in a name", "GET / HTTP/1.1\r\nA\r: b\r\n\r\n", DONE,
            F(LINE_BARE_CR) | F(FIELD_NAME_NOT_TOKEN), "<GET> </> <HTTP/1.1> [A\\x0d=b]"),
    REQUEST("CR before a bare LF", "GET / HTTP/1.1\r\r\n\r\n", DONE, F(LINE_BARE_CR) | F(VERSION_MALFORMED),
            "<GET> </> <HTTP/1.1\\x0d>"),

    REQUEST("empty line first", "\r\nGET / HTTP/1.1\r\n\r\n", DONE, F(LINE_EMPTY_FIRST),
            "<GET> </> <HTTP/1.1>"),
    REQUEST("empty lines first", "\r\n\n\r\nGET / HTTP/1.1\r\n\r\n", DONE,
            F(LINE_EMPTY_FIRST) | F(LINE_BARE_LF), "<GET> </> <HTTP/1.1>"),
    RESPONSE("empty line before a status line", "\r\nHTTP/1.1 101 x\r\n\r\n", FAILED, F(START_LINE_MALFORMED),
             "<> 0 <>"),

    REQUEST("two SP", "GET  / HTTP/1.1\r\n\r\n", DONE, F(START_LINE_MALFORMED), "<GET> </> <HTTP/1.1>"),
    REQUEST("two SP before the version", "GET /  HTTP/1.1\r\n\r\n", DONE, F(START_LINE_MALFORMED),
            "<GET> </> <HTTP/1.1>"),
    REQUEST("HTAB", "GET\t/ HTTP/1.1\r\n\r\n", DONE, F(START_LINE_MALFORMED), "<GET> </> <HTTP/1.1>"),
    REQUEST("HTAB before the version", "GET /\tHTTP/1.1\r\n\r\n", DONE, F(START_LINE_MALFORMED),
            "<GET> </> <HTTP/1.1>"),
    REQUEST("SP first", " GET / HTTP/1.1\r\n\r\n", DONE, F(START_LINE_MALFORMED), "<GET> </> <HTTP/1.1>"),
    REQUEST("SP last", "GET / HTTP/1.1 \r\n\r\n", DONE, F(START_LINE_MALFORMED), "<GET> </> <HTTP/1.1>"),
    REQUEST("SP in the target", "GET /a b HTTP/1.1\r\n\r\n", DONE, F(START_LINE_MALFORMED),
            "<GET> </a b> <HTTP/1.1>"),
    REQUEST("two words", "GET /\r\n\r\n", FAILED, F(START_LINE_MALFORMED), "<GET> </> <>"),
    REQUEST("two words and SP", "GET / \r\n\r\n", FAILED, F(START_LINE_MALFORMED), "<GET> </> <>"),
    REQUEST("one word", "GET\r\n\r\n", FAILED, F(START_LINE_MALFORMED), "<GET> <> <>"),
    REQUEST("white space only", " \t\r\n\r\n", FAILED, F(START_LINE_MALFORMED), "<> <> <>"),
    REQUEST("TLS instead", "\x16\x03\x01\x02\x00\x01\n", FAILED, F(LINE_BARE_LF) | F(START_LINE_MALFORMED),
            "<\\x16\\x03\\x01\\x02\\x00\\x01> <> <>"),
    REQUEST("method is no token", "G(T / HTTP/1.1\r\n\r\n", DONE, F(METHOD_NOT_TOKEN),
            "<G(T> </> <HTTP/1.1>"),
    REQUEST("NUL in the method", "G\0T / HTTP/1.1\r\n\r\n", DONE, F(METHOD_NOT_TOKEN),
            "<G\\x00T> </> <HTTP/1.1>"),
    REQUEST("lower-case version", "GET / http/1.1\r\n\r\n", DONE, F(VERSION_MALFORMED),
            "<GET> </> <http/1.1>"),
    REQUEST("long version", "GET / HTTP/1.10\r\n\r\n", DONE, F(VERSION_MALFORMED), "<GET> </> <HTTP/1.10>"),
    REQUEST("short version", "GET / HTTP/1\r\n\r\n", DONE, F(VERSION_MALFORMED), "<GET> </> <HTTP/1>"),
    REQUEST("version without digits", "GET / HTTP/x.1\r\n\r\n", DONE, F(VERSION_MALFORMED),
            "<GET> </> <HTTP/x.1>"),
    REQUEST("version without dot", "GET / HTTP/1,1\r\n\r\n", DONE, F(VERSION_MALFORMED),
            "<GET> </> <HTTP/1,1>"),
    REQUEST("version without second digit", "GET / HTTP/1.x\r\n\r\n", DONE, F(VERSION_MALFORMED),
            "<GET> </> <HTTP/1.x>"),
    REQUEST("other version", "GET / HTTP/2.0\r\n\r\n", DONE, 0, "<GET> </> <HTTP/2.0>"),

    RESPONSE("101", "HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n", DONE, 0,
             "<HTTP/1.1> 101 <Switching Protocols> [A=b]"),
    RESPONSE("no reason", "HTTP/1.1 101 \r\n\r\n", DONE, 0, "<HTTP/1.1> 101 <>"),
    RESPONSE("reason kept as it is", "HTTP/1.1 999  \tx\x80 \r\n\r\n", DONE, 0,
             "<HTTP/1.1> 999 < \\x09x\\x80 >"),
    RESPONSE("no SP after the code", "HTTP/1.1 101\r\n\r\n", DONE, F(STATUS_WITHOUT_SPACE),
             "<HTTP/1.1> 101 <>"),
    RESPONSE("control in the reason", "HTTP/1.1 101 a\x01\r\n\r\n", DONE, F(REASON_OCTET),
             "<HTTP/1.1> 101 <a\\x01>"),
    RESPONSE("bare CR in the reason", "HTTP/1.1 101 a\rb\r\n\r\n", DONE, F(LINE_BARE_CR),
             "<HTTP/1.1> 101 <a\\x0db>"),
    RESPONSE("code of four digits", "HTTP/1.1 1011 x\r\n\r\n", DONE, F(STATUS_MALFORMED), "<HTTP/1.1> 0 <x>"),
    RESPONSE("code of two digits", "HTTP/1.1 10 x\r\n\r\n", DONE, F(STATUS_MALFORMED), "<HTTP/1.1> 0 <x>"),
    RESPONSE("code with a letter", "HTTP/1.1 1O1 x\r\n\r\n", DONE, F(STATUS_MALFORMED), "<HTTP/1.1> 0 <x>"),
    RESPONSE("code ends in a letter", "HTTP/1.1 10l x\r\n\r\n", DONE, F(STATUS_MALFORMED),
             "<HTTP/1.1> 0 <x>"),
    RESPONSE("code below 100", "HTTP/1.1 099 x\r\n\r\n", DONE, F(STATUS_MALFORMED), "<HTTP/1.1> 0 <x>"),
    RESPONSE("least code", "HTTP/1.1 100 x\r\n\r\n", DONE, 0, "<HTTP/1.1> 100 <x>"),
    RESPONSE("two SP before the code", "HTTP/1.1  101 x\r\n\r\n", DONE, F(START_LINE_MALFORMED),
             "<HTTP/1.1> 101 <x>"),
    RESPONSE("HTAB before the code", "HTTP/1.1\t101 x\r\n\r\n", DONE, F(START_LINE_MALFORMED),
             "<HTTP/1.1> 101 <x>"),
    RESPONSE("HTAB after the code", "HTTP/1.1 101\tx\r\n\r\n", DONE, F(START_LINE_MALFORMED),
             "<HTTP/1.1> 101 <x>"),
    RESPONSE("lower-case version", "http/1.1 101 x\r\n\r\n", DONE, F(VERSION_MALFORMED),
             "<http/1.1> 101 <x>"),
    RESPONSE("no code", "HTTP/1.1\r\n\r\n", FAILED, F(START_LINE_MALFORMED), "<HTTP/1.1> 0 <>"),
    RESPONSE("no code but SP", "HTTP/1.1 \r\n\r\n", FAILED, F(START_LINE_MALFORMED), "<HTTP/1.1> 0 <>"),
    RESPONSE("other protocol", "ICY 200 OK\r\n\r\n", FAILED, F(START_LINE_MALFORMED), "<ICY> 0 <>"),
    RESPONSE("SP first", " HTTP/1.1 101 x\r\n\r\n", FAILED, F(START_LINE_MALFORMED), "<> 0 <>"),
    RESPONSE("frame instead", "\x81\x00\n", FAILED, F(LINE_BARE_LF) | F(START_LINE_MALFORMED),
             "<\\x81\\x00> 0 <>"),

    REQUEST("no colon", "GET / HTTP/1.1\r\nHost a\r\nB: c\r\n\r\n", DONE, F(FIELD_WITHOUT_COLON),
            "<GET> </> <HTTP/1.1> [B=c]"),
    REQUEST("name with SP inside", "GET / HTTP/1.1\r\nA b: c\r\n\r\n", DONE, F(FIELD_NAME_NOT_TOKEN),
            "<GET> </> <HTTP/1.1> [A b=c]"),
    REQUEST("empty name", "GET / HTTP/1.1\r\n: c\r\n\r\n", DONE, F(FIELD_NAME_NOT_TOKEN),
            "<GET> </> <HTTP/1.1> [=c]"),
    REQUEST("obs-text in a name", "GET / HTTP/1.1\r\nA\xff: c\r\n\r\n", DONE, F(FIELD_NAME_NOT_TOKEN),
            "<GET> </> <HTTP/1.1> [A\\xff=c]"),
    REQUEST("SP before a colon", "GET / HTTP/1.1\r\nA : c\r\n\r\n", DONE, F(FIELD_SPACE_BEFORE_COLON),
            "<GET> </> <HTTP/1.1> [A=c]"),
    REQUEST("HTAB before a colon", "GET / HTTP/1.1\r\nA\t \t: c\r\n\r\n", DONE, F(FIELD_SPACE_BEFORE_COLON),
            "<GET> </> <HTTP/1.1> [A=c]"),
    REQUEST("SP before the first field", "GET / HTTP/1.1\r\n A: b\r\n\tC: d\r\nE: f\r\n\r\n", DONE,
            F(FIELD_SPACE_BEFORE_FIRST), "<GET> </> <HTTP/1.1> [E=f]"),
    REQUEST("white space as the first line", "GET / HTTP/1.1\r\n \r\n\r\n", DONE, F(FIELD_SPACE_BEFORE_FIRST),
            "<GET> </> <HTTP/1.1>"),
    REQUEST("folded", "GET / HTTP/1.1\r\nA: b\r\n c\r\nD: e\r\n\r\n", DONE, F(FIELD_FOLDED),
            "<GET> </> <HTTP/1.1> [A=b\\x0d\\x0a c] [D=e]"),
    REQUEST("folded twice", "GET / HTTP/1.1\r\nA: b \r\n \t\r\n\tc \r\n \r\n\r\n", DONE, F(FIELD_FOLDED),
            "<GET> </> <HTTP/1.1> [A=b \\x0d\\x0a \\x09\\x0d\\x0a\\x09c]"),
    REQUEST("folded after an empty line", "GET / HTTP/1.1\r\nA: \r\n b\r\n\r\n", DONE, F(FIELD_FOLDED),
            "<GET> </> <HTTP/1.1> [A=b]"),
    REQUEST("folded and empty", "GET / HTTP/1.1\r\nA: \r\n \r\n\r\n", DONE, F(FIELD_FOLDED),
            "<GET> </> <HTTP/1.1> [A=]"),
    REQUEST("folded field in a folded line", "GET / HTTP/1.1\r\nA: b\r\n Host: c\r\n\r\n", DONE,
            F(FIELD_FOLDED), "<GET> </> <HTTP/1.1> [A=b\\x0d\\x0a Host: c]"),
    REQUEST("folded under a line without colon", "GET / HTTP/1.1\r\nA: b\r\nC\r\n d\r\nE: f\r\n\r\n", DONE,
            F(FIELD_FOLDED) | F(FIELD_WITHOUT_COLON), "<GET> </> <HTTP/1.1> [A=b] [E=f]"),
    REQUEST("control in a folded line", "GET / HTTP/1.1\r\nA: b\r\n \x7f\r\n\r\n", DONE,
            F(FIELD_FOLDED) | F(FIELD_VALUE_OCTET), "<GET> </> <HTTP/1.1> [A=b\\x0d\\x0a \\x7f]"),
    REQUEST("NUL in a value", "GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", DONE, F(FIELD_VALUE_OCTET),
            "<GET> </> <HTTP/1.1> [A=b\\x00c]"),
    REQUEST("DEL in a value", "GET / HTTP/1.1\r\nA: \x7f\r\n\r\n", DONE, F(FIELD_VALUE_OCTET),
            "<GET> </> <HTTP/1.1> [A=\\x7f]"),
    REQUEST("as many fields as fit",
            "GET / HTTP/1.1\r\na:1\r\nb:2\r\nc:3\r\nd:4\r\ne:5\r\nf:6\r\ng:7\r\nh:8\r\n\r\n", DONE, 0,
            "<GET> </> <HTTP/1.1> [a=1] [b=2] [c=3] [d=4] [e=5] [f=6] [g=7] [h=8]"),
    REQUEST("one field more",
            "GET / HTTP/1.1\r\na:1\r\nb:2\r\nc:3\r\nd:4\r\ne:5\r\nf:6\r\ng:7\r\nh:8\r\ni:9\r\n\r\n", FAILED,
            F(HEAD_TOO_MANY_FIELDS), "<GET> </> <HTTP/1.1> [a=1] [b=2] [c=3] [d=4] [e=5] [f=6] [g=7] [h=8]"),
    REQUEST("nothing", "", MORE, 0, "<> <> <>"),
    REQUEST("half a line", "GET / HTT", MORE, 0, "<> <> <>"),
    REQUEST("no empty line", "GET / HTTP/1.1\r\nA: b\r\n", MORE, 0, "<GET> </> <HTTP/1.1> [A=b]"),
    REQUEST("half an empty line", "GET / HTTP/1.1\r\nA: b\r\n\r", MORE, 0, "<GET> </> <HTTP/1.1> [A=b]"),
};

#define NUM_HEAD_CASES (sizeof head_cases / sizeof head_cases[0])

/* A head in one line: <start> <line> [name=value] ... */
static textbuf show(const wsc_http *http) {
    textbuf shown = {0};
    char number[16];
    text_add_string(&shown, "<");
    if (http->kind == WSC_HTTP_REQUEST) {
        text_add_span(&shown, http->method);
        text_add_string(&shown, "> <");
        text_add_span(&shown, http->target);
        text_add_string(&shown, "> <");
        text_add_span(&shown, http->version);
    } else {
        text_add_span(&shown, http->version);
        (void)snprintf(number, sizeof number, "> %u <", http->status);
        text_add_string(&shown, number);
        text_add_span(&shown, http->reason);
    }
    text_add_string(&shown, ">");
    for (size_t i = 0; i < http->num_fields; i++) {
        text_add_string(&shown, " [");
        text_add_span(&shown, http->fields[i].name);
        text_add_string(&shown, "=");
        text_add_span(&shown, http->fields[i].value);
        text_add_string(&shown, "]");
    }
    text_add(&shown, "", 1);
    return shown;
}

static void check_head(const head_case *one, const reading *head) {
    textbuf shown = show(&head->http);
    if (head->status != one->status || strcmp(shown.data, one->shown) != 0) {
        print_error("%s: status %d: %s\nexpected status %d: %s\n", one->title, head->status, shown.data,
                    one->status, one->shown);
        fail();
    }
    free(shown.data);
    assert_faults(one->title, head->http.faults, one->faults);
}

static void reads_every_head_however_cut(void **state) {
    (void)state;
    for (size_t i = 0; i < NUM_HEAD_CASES; i++) {
        const head_case *one = &head_cases[i];
        reading head = head_read_every_way(one->kind, one->data, one->len, 256, MAX_FIELDS);
        check_head(one, &head);
        assert_int_equal(head.consumed, one->len);
        if (one->status == WSC_HTTP_DONE) assert_int_equal(head.http.len, one->len);
        if (one->status != WSC_HTTP_FAILED) {
            assert_int_equal(head.http.len, one->len);
            assert_memory_equal(head.http.buf, one->data, one->len);
        }
        head_free(&head);
    }
}

static void leaves_what_follows_the_head(void **state) {
    (void)state;
    static const char tail[] = "\r\n\x81\x05hello\r\n\r\n";
    for (size_t i = 0; i < NUM_HEAD_CASES; i++) {
        const head_case *one = &head_cases[i];
        if (one->status != WSC_HTTP_DONE) continue;
        textbuf data = {0};
        text_add(&data, one->data, one->len);
        text_add(&data, tail, sizeof tail - 1);
        reading head = head_read_every_way(one->kind, data.data, data.len, 256, MAX_FIELDS);
        check_head(one, &head);
        assert_int_equal(head.consumed, one->len);
        free(data.data);
        head_free(&head);
    }
}

static void stays_failed(void **state) {
    (void)state;
    for (size_t i = 0; i < NUM_HEAD_CASES; i++) {
        const head_case *one = &head_cases[i];
        if (one->status != WSC_HTTP_FAILED) continue;
        reading head;
        head_read(&head, one->kind, one->data, one->len, one->len, one->len, 256, MAX_FIELDS);
        head_push(&head, "GET / HTTP/1.1\r\n\r\n", 18);
        head_push(&head, NULL, 0);
        check_head(one, &head);
        assert_int_equal(wsc_http_eof(&head.http), WSC_HTTP_FAILED);
        assert_faults("failed before the end", head.http.faults, one->faults);
        head_free(&head);
    }
}

static void end_of_stream_is_a_fault_only_inside_of_a_head(void **state) {
    (void)state;
    for (size_t i = 0; i < NUM_HEAD_CASES; i++) {
        const head_case *one = &head_cases[i];
        reading head;
        head_read(&head, one->kind, one->data, one->len, one->len, one->len, 256, MAX_FIELDS);
        bool inside = one->status == WSC_HTTP_MORE;
        assert_int_equal(wsc_http_eof(&head.http), inside ? WSC_HTTP_FAILED : one->status);
        assert_faults(one->title, head.http.faults, one->faults | (inside ? F(HEAD_INCOMPLETE) : 0));
        head_push(&head, NULL, 0);
        assert_int_equal(wsc_http_eof(&head.http), inside ? WSC_HTTP_FAILED : one->status);
        head_free(&head);
    }
}

static void pushing_nothing_changes_nothing(void **state) {
    (void)state;
    reading head;
    head_open(&head, WSC_HTTP_REQUEST, 64, 1);
    head_push(&head, NULL, 0);
    assert_int_equal(head.status, WSC_HTTP_MORE);
    head_push(&head, "GET / HTTP/1.1\r\n\r\n", 18);
    head_push(&head, NULL, 0);
    assert_int_equal(head.status, WSC_HTTP_DONE);
    head_free(&head);
}

/* A buffer of exactly the head's size does; one octet less does not, whatever the head. */
static void buffer_bounds_the_head(void **state) {
    (void)state;
    for (size_t i = 0; i < NUM_HEAD_CASES; i++) {
        const head_case *one = &head_cases[i];
        if (one->status != WSC_HTTP_DONE) continue;
        reading exact = head_read_every_way(one->kind, one->data, one->len, one->len, MAX_FIELDS);
        check_head(one, &exact);
        head_free(&exact);
        for (size_t cap = 0; cap < one->len; cap++) {
            reading head = head_read_every_way(one->kind, one->data, one->len, cap, MAX_FIELDS);
            assert_int_equal(head.status, WSC_HTTP_FAILED);
            assert_int_equal(head.http.len, cap);
            assert_int_equal(head.http.faults & ~one->faults, F(HEAD_TOO_LONG));
            head_free(&head);
            if (cap > 3 && one->len - cap > 3) cap += 7; /* a sample in the middle, all at both ends */
        }
    }
}

static void no_fields_allowed(void **state) {
    (void)state;
    static const char data[] = "GET / HTTP/1.1\r\nno colon\r\nA: b\r\n\r\n";
    reading head = head_read_every_way(WSC_HTTP_REQUEST, data, sizeof data - 1, 64, 0);
    assert_int_equal(head.status, WSC_HTTP_FAILED);
    assert_faults("no fields", head.http.faults, F(FIELD_WITHOUT_COLON) | F(HEAD_TOO_MANY_FIELDS));
    head_free(&head);
}

/* A full buffer is no fault until one more octet comes. */
static void full_buffer_waits(void **state) {
    (void)state;
    reading head;
    head_open(&head, WSC_HTTP_REQUEST, 5, 1);
    head_push(&head, "GET /", 5);
    assert_int_equal(head.status, WSC_HTTP_MORE);
    assert_faults("full", head.http.faults, 0);
    head_push(&head, " ", 1);
    assert_int_equal(head.status, WSC_HTTP_FAILED);
    assert_faults("over-full", head.http.faults, F(HEAD_TOO_LONG));
    head_free(&head);
}

static void finds_fields_by_name(void **state) {
    (void)state;
    static const char data[] = "GET / HTTP/1.1\r\nA: 1\r\nb: 2\r\na: 3\r\nAA: 4\r\n\r\n";
    reading head;
    head_read(&head, WSC_HTTP_REQUEST, data, sizeof data - 1, sizeof data, 1, 64, 4);
    assert_int_equal(head.status, WSC_HTTP_DONE);
    assert_ptr_equal(wsc_http_field(&head.http, "a", 0), &head.http.fields[0]);
    assert_ptr_equal(wsc_http_field(&head.http, "A", 1), &head.http.fields[2]);
    assert_null(wsc_http_field(&head.http, "a", 2));
    assert_ptr_equal(wsc_http_field(&head.http, "B", 0), &head.http.fields[1]);
    assert_ptr_equal(wsc_http_field(&head.http, "aa", 0), &head.http.fields[3]);
    assert_null(wsc_http_field(&head.http, "aaa", 0));
    assert_null(wsc_http_field(&head.http, "", 0));
    head_free(&head);
}

static void compares_spans(void **state) {
    (void)state;
    static const struct {
        const char *data;
        size_t len;
        const char *string;
        bool same;
    } cases[] = {
        {"WebSocket", 9, "websocket", true},
        {"websocket", 9, "WEBSOCKET", true},
        {"", 0, "", true},
        {NULL, 0, "", true},
        {NULL, 0, "a", false},
        {"a", 1, "", false},
        {"web", 3, "websocket", false},
        {"websocket", 9, "web", false},
        {"a\0b", 3, "a", false},
        {"a\0", 2, "a", false},
        {"@[`{", 4, "`{@[", false},
        {"\xc1", 1, "\xe1", false},
        {"a-Z", 3, "A-z", true},
        {"\0", 1, "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t *copy = exact_copy(cases[i].data, cases[i].len);
        wsc_span span = {cases[i].data == NULL ? NULL : (const char *)copy, cases[i].len};
        assert_int_equal(wsc_span_is(span, cases[i].string), cases[i].same);
        free(copy);
    }
}

/* Every octet in a method, a name, a value and a reason, against the ABNF written down once more. */
static void classifies_every_octet(void **state) {
    (void)state;
    static const char tchar[] =
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (int octet = 0; octet < 256; octet++) {
        if (octet == '\n' || octet == '\r') continue;
        bool token = octet != 0 && strchr(tchar, octet) != NULL;
        bool value = octet == '\t' || octet == ' ' || (octet > 0x20 && octet < 0x7f) || octet >= 0x80;
        char request[] = "xyz / HTTP/1.1\r\nabc: def\r\n\r\n";
        char response[] = "HTTP/1.1 101 xyz\r\nabc: def\r\n\r\n";
        reading head;

        request[1] = (char)octet;
        head_read(&head, WSC_HTTP_REQUEST, request, sizeof request - 1, sizeof request, 1, 64, 4);
        assert_int_equal(head.status, WSC_HTTP_DONE);
        bool blank = octet == ' ' || octet == '\t';
        assert_faults("method", head.http.faults,
                      blank   ? F(START_LINE_MALFORMED)
                      : token ? 0
                              : F(METHOD_NOT_TOKEN));
        head_free(&head);
        request[1] = 'y';

        request[17] = (char)octet;
        head_read(&head, WSC_HTTP_REQUEST, request, sizeof request - 1, sizeof request, 1, 64, 4);
        assert_int_equal(head.status, WSC_HTTP_DONE);
        assert_faults("name", head.http.faults, token || octet == ':' ? 0 : F(FIELD_NAME_NOT_TOKEN));
        head_free(&head);
        request[17] = 'b';

        request[22] = (char)octet;
        head_read(&head, WSC_HTTP_REQUEST, request, sizeof request - 1, sizeof request, 1, 64, 4);
        assert_int_equal(head.status, WSC_HTTP_DONE);
        assert_faults("value", head.http.faults, value ? 0 : F(FIELD_VALUE_OCTET));
        assert_int_equal(head.http.fields[0].value.len, 3);
        head_free(&head);

        response[14] = (char)octet;
        head_read(&head, WSC_HTTP_RESPONSE, response, sizeof response - 1, sizeof response, 1, 64, 4);
        assert_int_equal(head.status, WSC_HTTP_DONE);
        assert_faults("reason", head.http.faults, value ? 0 : F(REASON_OCTET));
        head_free(&head);
    }
}

/* A stream of `len` octets made of `unit` over and over, after `start`, in pieces of `step`. */
static reading hostile(const char *start, const char *unit, size_t len, size_t step, size_t cap) {
    textbuf data = {0};
    text_add_string(&data, start);
    while (data.len < len) text_add_string(&data, unit);
    reading head;
    head_open(&head, WSC_HTTP_REQUEST, cap, 1000);
    for (size_t at = 0; at < data.len; at += step) {
        size_t take = step < data.len - at ? step : data.len - at;
        size_t consumed = wsc_http_push(&head.http, (const uint8_t *)data.data + at, take, &head.status);
        assert_int_equal(consumed, take);
    }
    free(data.data);
    return head;
}

/* Heads that never end, in one piece and octet by octet: bounded memory, linear time. At a quadratic cost
   each of these would take minutes. */
static void survives_endless_heads(void **state) {
    (void)state;
    static const struct {
        const char *start, *unit;
        wsc_http_faults faults;
    } cases[] = {
        {"", "a", 0},
        {"", "\r\n", F(LINE_EMPTY_FIRST)},
        {"", "\r", 0},
        {"GET / HTTP/1.1\r\nA: b\r\n", "\r", 0},
        {"GET / HTTP/1.1\r\n", " \r\n", F(FIELD_SPACE_BEFORE_FIRST)},
        {"GET / HTTP/1.1\r\nA: b\r\n", " c\r\n", F(FIELD_FOLDED)},
        {"GET / HTTP/1.1\r\nA: b\r\n", "c\r\n", F(FIELD_WITHOUT_COLON)},
        {"GET / HTTP/1.1\r\nA", " ", 0},
    };
    clock_t begin = clock();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const size_t steps[] = {1, 1000, 1u << 20};
        for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++) {
            size_t cap = 1u << 18;
            reading head = hostile(cases[i].start, cases[i].unit, 1u << 20, steps[k], cap);
            assert_int_equal(head.status, WSC_HTTP_FAILED);
            assert_int_equal(head.http.len, cap);
            assert_faults(cases[i].unit, head.http.faults, cases[i].faults | F(HEAD_TOO_LONG));
            head_free(&head);
        }
    }
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 20);
}

/* The tables above have every fault of a head, and none but those. */
static void every_head_fault_was_seen(void **state) {
    (void)state;
    wsc_http_faults seen = F(HEAD_TOO_LONG) | F(HEAD_INCOMPLETE); /* their tests are above */
    for (size_t i = 0; i < NUM_HEAD_CASES; i++) seen |= head_cases[i].faults;
    wsc_http_faults all = FAULTS_BETWEEN(LINE_BARE_LF, HEAD_INCOMPLETE);
    assert_faults("seen", seen, all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_head_however_cut),
        cmocka_unit_test(leaves_what_follows_the_head),
        cmocka_unit_test(stays_failed),
        cmocka_unit_test(end_of_stream_is_a_fault_only_inside_of_a_head),
        cmocka_unit_test(pushing_nothing_changes_nothing),
        cmocka_unit_test(buffer_bounds_the_head),
        cmocka_unit_test(no_fields_allowed),
        cmocka_unit_test(full_buffer_waits),
        cmocka_unit_test(finds_fields_by_name),
        cmocka_unit_test(compares_spans),
        cmocka_unit_test(classifies_every_octet),
        cmocka_unit_test(survives_endless_heads),
        cmocka_unit_test(every_head_fault_was_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
