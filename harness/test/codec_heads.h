/* SPDX-License-Identifier: MIT */
/* For the tests of the HTTP half of the codec: reads a head in pieces of any size. Everything that the codec
   may touch lies in a block of exactly its size, so that a sanitizer sees what is read or written beyond. */
#ifndef CODEC_HEADS_H
#define CODEC_HEADS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/wsc.h"

#define F(symbol) WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_##symbol)

typedef struct reading {
    wsc_http http;
    wsc_http_status status;
    size_t consumed; /* up to the end of the head, or all if it failed or goes on */
} reading;

/* A copy in a block of exactly len octets; to be freed. */
static inline uint8_t *exact_copy(const void *data, size_t len) {
    uint8_t *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    if (len > 0) memcpy(copy, data, len);
    return copy;
}

static inline void head_open(reading *head, wsc_http_kind kind, size_t cap, size_t max_fields) {
    char *buf = cap > 0 ? malloc(cap) : NULL;
    wsc_field *fields = max_fields > 0 ? malloc(max_fields * sizeof *fields) : NULL;
    assert_true((buf != NULL || cap == 0) && (fields != NULL || max_fields == 0));
    wsc_http_init(&head->http, kind, buf, cap, fields, max_fields);
    head->status = WSC_HTTP_MORE;
    head->consumed = 0;
}

static inline void head_free(reading *head) {
    free(head->http.buf);
    free(head->http.fields);
}

/* One piece in its own block. Checks what every push has to keep to. */
static inline void head_push(reading *head, const void *data, size_t len) {
    wsc_http_status before = head->status;
    uint8_t *piece = exact_copy(data, len);
    size_t consumed = wsc_http_push(&head->http, len > 0 ? piece : NULL, len, &head->status);
    free(piece);
    assert_true(consumed <= len);
    if (before != WSC_HTTP_MORE) assert_int_equal(head->status, before);
    if (before == WSC_HTTP_DONE) assert_int_equal(consumed, 0);
    if (head->status != WSC_HTTP_DONE) assert_int_equal(consumed, len);
    head->consumed += consumed;
}

static inline void head_read(reading *head, wsc_http_kind kind, const char *data, size_t len, size_t first,
                             size_t step, size_t cap, size_t max_fields) {
    head_open(head, kind, cap, max_fields);
    for (size_t at = 0, take = first; at < len; at += take, take = step) {
        if (take > len - at) take = len - at;
        head_push(head, data + at, take);
    }
}

/* Where a span lies in the buffer of its head, checked to lie inside. */
static inline size_t span_offset(const reading *head, wsc_span span) {
    if (span.data == NULL) {
        assert_int_equal(span.len, 0);
        return 0;
    }
    assert_true(span.data >= head->http.buf);
    size_t offset = (size_t)(span.data - head->http.buf);
    assert_true(offset <= head->http.len && span.len <= head->http.len - offset);
    return offset;
}

static inline void assert_same_span(const reading *a, wsc_span x, const reading *b, wsc_span y) {
    assert_int_equal(x.data == NULL, y.data == NULL);
    assert_int_equal(span_offset(a, x), span_offset(b, y));
    assert_int_equal(x.len, y.len);
}

static inline void assert_same_head(const reading *a, const reading *b) {
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->consumed, b->consumed);
    assert_int_equal(a->http.faults, b->http.faults);
    assert_int_equal(a->http.status, b->http.status);
    assert_int_equal(a->http.len, b->http.len);
    if (a->http.len > 0) assert_memory_equal(a->http.buf, b->http.buf, a->http.len);
    assert_same_span(a, a->http.method, b, b->http.method);
    assert_same_span(a, a->http.target, b, b->http.target);
    assert_same_span(a, a->http.version, b, b->http.version);
    assert_same_span(a, a->http.reason, b, b->http.reason);
    assert_int_equal(a->http.num_fields, b->http.num_fields);
    for (size_t i = 0; i < a->http.num_fields; i++) {
        assert_same_span(a, a->http.fields[i].name, b, b->http.fields[i].name);
        assert_same_span(a, a->http.fields[i].value, b, b->http.fields[i].value);
    }
}

/* Reads data whole, octet by octet and cut once at every place, asserts that the result is the same, and
   gives it. To be freed with head_free. */
static inline reading head_read_every_way(wsc_http_kind kind, const char *data, size_t len, size_t cap,
                                          size_t max_fields) {
    reading whole, other;
    head_read(&whole, kind, data, len, len, len, cap, max_fields);
    head_read(&other, kind, data, len, 1, 1, cap, max_fields);
    assert_same_head(&whole, &other);
    head_free(&other);
    for (size_t cut = 0; cut <= len; cut++) {
        head_read(&other, kind, data, len, cut, len, cap, max_fields);
        assert_same_head(&whole, &other);
        head_free(&other);
    }
    return whole;
}

/* Text that grows; the owner frees data. */
typedef struct textbuf {
    char *data;
    size_t len, cap;
} textbuf;

static inline void text_add(textbuf *text, const void *data, size_t len) {
    if (len > text->cap - text->len) {
        text->cap = (text->len + len) * 2;
        text->data = realloc(text->data, text->cap);
        assert_non_null(text->data);
    }
    if (len > 0) memcpy(text->data + text->len, data, len);
    text->len += len;
}

static inline void text_add_string(textbuf *text, const char *string) {
    text_add(text, string, strlen(string));
}

/* Adds a span with everything that is not visible US-ASCII or SP as \xNN. */
static inline void text_add_span(textbuf *text, wsc_span span) {
    for (size_t i = 0; i < span.len; i++) {
        char escape[8];
        unsigned char octet = (unsigned char)span.data[i];
        (void)snprintf(escape, sizeof escape, octet >= 0x20 && octet < 0x7f ? "%c" : "\\x%02x", octet);
        text_add_string(text, escape);
    }
}

/* The names of faults, separated by SP; never NULL. */
static inline textbuf faults_text(wsc_http_faults faults) {
    textbuf names = {0};
    for (int i = 1; i < WSC_HTTP_FAULT_COUNT; i++) {
        if ((faults & WSC_HTTP_FAULT_BIT(i)) == 0) continue;
        text_add_string(&names, wsc_http_fault_name((wsc_http_fault)i));
        text_add_string(&names, " ");
    }
    text_add(&names, "", 1);
    return names;
}

/* Says which faults differ, by name, when they do. */
static inline void assert_faults(const char *title, wsc_http_faults got, wsc_http_faults expected) {
    if (got == expected) return;
    textbuf a = faults_text(got), b = faults_text(expected);
    print_error("%s: faults are { %s}, expected { %s}\n", title, a.data, b.data);
    free(a.data);
    free(b.data);
    fail();
}

/* ---- Opening handshakes ------------------------------------------------------------------------------ */

#define KEY    "dGhlIHNhbXBsZSBub25jZQ==" /* RFC 6455 1.3, and its answer */
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

#define P "Sec-WebSocket-Protocol: "
#define E "Sec-WebSocket-Extensions: "

/* The faults from one to another, both included, in the order of the list. */
#define FAULTS_BETWEEN(first, last) ((F(last) << 1) - F(first))

/* One deviation from a head of the opening handshake that is without fault. */
typedef struct handshake_case {
    wsc_http_faults faults;
    int line;             /* which line to replace */
    const char *lines[4]; /* by one of these: each gives the same faults. "" drops the line */
} handshake_case;

/* A head of the given lines, line number `replaced` replaced by `by`, and an empty line. */
static inline textbuf compose(const char *const *lines, int num_lines, int replaced, const char *by) {
    textbuf data = {0};
    for (int i = 0; i < num_lines; i++) text_add_string(&data, i == replaced ? by : lines[i]);
    text_add_string(&data, "\r\n");
    return data;
}

/* A head that is read in a buffer of exactly its size. */
static inline reading read_head(wsc_http_kind kind, textbuf data) {
    reading head = head_read_every_way(kind, data.data, data.len, data.len, 12);
    assert_int_equal(head.status, WSC_HTTP_DONE);
    free(data.data);
    return head;
}

static inline void assert_span(wsc_span span, const char *expected) {
    if (expected == NULL) {
        assert_null(span.data);
        assert_int_equal(span.len, 0);
        return;
    }
    assert_int_equal(span.len, strlen(expected));
    assert_memory_equal(span.data, expected, span.len);
}

#endif
