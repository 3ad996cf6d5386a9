/* SPDX-License-Identifier: MIT */
#include "heads.h"

#define BIT(symbol) WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_##symbol)

head head_read(wsc_http_kind kind, const uint8_t *data, size_t size, fuzz_way way, head_bounds bounds) {
    head h = {.status = WSC_HTTP_MORE};
    fuzz_cuts cuts = fuzz_cuts_make(way, data, size);
    char *buf = bounds.cap > 0 ? fuzz_alloc(bounds.cap) : NULL;
    wsc_field *fields = bounds.max_fields > 0 ? fuzz_alloc(bounds.max_fields * sizeof *fields) : NULL;
    wsc_http_init(&h.http, kind, buf, bounds.cap, fields, bounds.max_fields);
    while (h.consumed < size && h.status != WSC_HTTP_DONE) {
        wsc_http_status before = h.status;
        size_t len = fuzz_piece(&cuts, size - h.consumed);
        const uint8_t *piece = fuzz_piece_open(&cuts, data + h.consumed, len);
        size_t consumed = wsc_http_push(&h.http, piece, len, &h.status);
        fuzz_piece_close(&cuts);
        ORACLE(consumed <= len, "http-consumed");
        ORACLE(h.status == WSC_HTTP_DONE || consumed == len, "http-consumed");
        ORACLE(before != WSC_HTTP_FAILED || h.status == WSC_HTTP_FAILED, "http-sticky");
        h.consumed += consumed;
    }
    return h;
}

void head_free(head *h) {
    free(h->http.buf);
    free(h->http.fields);
}

bool head_contains(const head *h, wsc_span span) {
    if (span.len == 0) return true;
    uintptr_t begin = (uintptr_t)h->http.buf, at = (uintptr_t)span.data;
    return at >= begin && at - begin <= h->http.len && span.len <= h->http.len - (at - begin);
}

/* Where a span begins, and how long it is. */
static void trace_span(fuzz_trace *trace, const head *h, wsc_span span) {
    ORACLE(head_contains(h, span), "http-span");
    trace_event(trace, 's', span.len == 0 ? 0 : (uint64_t)(span.data - h->http.buf));
    trace_event(trace, 'l', span.len);
}

static fuzz_trace head_trace(const head *h) {
    const wsc_http *http = &h->http;
    fuzz_trace trace = {.data = NULL};
    trace_event(&trace, 'r', h->status);
    trace_event(&trace, 'c', h->consumed);
    trace_event(&trace, 'n', http->len);
    trace_event(&trace, 'f', http->faults);
    trace_event(&trace, 'u', http->status);
    trace_span(&trace, h, http->method);
    trace_span(&trace, h, http->target);
    trace_span(&trace, h, http->version);
    trace_span(&trace, h, http->reason);
    trace_event(&trace, 'n', http->num_fields);
    for (size_t i = 0; i < http->num_fields; i++) {
        trace_span(&trace, h, http->fields[i].name);
        trace_span(&trace, h, http->fields[i].value);
    }
    return trace;
}

/* A value has no white space around it, and ends where a word does. */
static void check_value(const head *h, wsc_span value) {
    static const char space[] = " \t\r\n";
    if (value.len == 0) return;
    const char *end = value.data + value.len;
    ORACLE(memchr(" \t\n", value.data[0], 3) == NULL && memchr(" \t\n", end[-1], 3) == NULL, "http-value");
    ORACLE(end < h->http.buf + h->http.len && memchr(space, *end, 4) != NULL, "http-value");
}

static void check_bounds(const head *h, const uint8_t *data, size_t size, head_bounds bounds) {
    const wsc_http *http = &h->http;
    ORACLE(http->len <= bounds.cap && http->len <= size, "http-bounds");
    ORACLE(http->num_fields <= bounds.max_fields, "http-bounds");
    ORACLE(http->len == 0 || memcmp(http->buf, data, http->len) == 0, "http-octets");
    if (h->status == WSC_HTTP_DONE)
        ORACLE(h->consumed == http->len && http->buf[http->len - 1] == '\n', "http-end");
    if (h->status == WSC_HTTP_MORE) ORACLE(h->consumed == size && http->len == size, "http-more");
    if ((http->faults & BIT(HEAD_TOO_LONG)) != 0) {
        ORACLE(h->status == WSC_HTTP_FAILED && http->len == bounds.cap, "http-too-long");
    }
    if ((http->faults & BIT(HEAD_TOO_MANY_FIELDS)) != 0) {
        ORACLE(h->status == WSC_HTTP_FAILED && http->num_fields == bounds.max_fields, "http-too-many");
    }
    ORACLE(http->status == 0 || (http->status >= 100 && http->status <= 999), "http-status");
    /* Fields come in the order of their octets. */
    const char *end = http->buf;
    for (size_t i = 0; i < http->num_fields; i++) {
        const wsc_field *field = &http->fields[i];
        ORACLE(field->name.data >= end && field->value.data >= field->name.data + field->name.len,
               "http-order");
        check_value(h, field->value);
        end = field->value.data + field->value.len;
    }
}

/* The faults of the lines of a complete head, by their definitions. */
static wsc_http_faults line_faults(const wsc_http *http) {
    wsc_http_faults faults = 0;
    const char *line = http->buf, *end = http->buf + http->len;
    bool started = false, fields = false;
    for (const char *c = line; c < end; c++) {
        bool after_cr = c > line && c[-1] == '\r';
        if (c[0] == '\r' && c[1] != '\n') faults |= BIT(LINE_BARE_CR); /* the head ends with LF */
        if (c[0] != '\n') continue;
        if (!after_cr) faults |= BIT(LINE_BARE_LF);
        size_t len = (size_t)(c - line) - (after_cr ? 1 : 0);
        bool blank = len > 0 && (line[0] == ' ' || line[0] == '\t');
        if (!started) {
            if (len == 0) faults |= BIT(LINE_EMPTY_FIRST);
            started = len > 0;
        } else if (blank) {
            faults |= fields ? BIT(FIELD_FOLDED) : BIT(FIELD_SPACE_BEFORE_FIRST);
        } else if (len > 0) {
            fields = true;
            if (memchr(line, ':', len) == NULL) faults |= BIT(FIELD_WITHOUT_COLON);
        }
        line = c + 1;
    }
    return faults;
}

static void check_lines(const wsc_http *http) {
    const wsc_http_faults of_lines = BIT(LINE_BARE_CR) | BIT(LINE_BARE_LF) | BIT(LINE_EMPTY_FIRST) |
                                     BIT(FIELD_FOLDED) | BIT(FIELD_SPACE_BEFORE_FIRST) |
                                     BIT(FIELD_WITHOUT_COLON);
    ORACLE((http->faults & of_lines) == line_faults(http), "http-lines");
}

/* What a status says stays said; the end of the stream adds a fault to an incomplete head only. */
static void check_sticky(head *h, const uint8_t *data, size_t size) {
    wsc_http_faults faults = h->http.faults;
    wsc_http_status status = h->status, after;
    ORACLE(wsc_http_push(&h->http, NULL, 0, &after) == 0 && after == status, "http-sticky");
    if (status != WSC_HTTP_MORE) {
        size_t consumed = wsc_http_push(&h->http, data, size, &after);
        ORACLE(after == status && consumed == (status == WSC_HTTP_DONE ? 0 : size), "http-sticky");
        ORACLE(h->http.faults == faults, "http-sticky");
    }
    after = wsc_http_eof(&h->http);
    bool more = status == WSC_HTTP_MORE;
    ORACLE(after == (more ? WSC_HTTP_FAILED : status), "http-eof");
    ORACLE(h->http.faults == (more ? faults | BIT(HEAD_INCOMPLETE) : faults), "http-eof");
}

/* A complete head fits into exactly its size, and into nothing less. */
static void check_tight(const head *h, const uint8_t *data, size_t size) {
    size_t len = h->http.len, num_fields = h->http.num_fields;
    fuzz_trace expected = head_trace(h);
    head tight = head_read(h->http.kind, data, size, FUZZ_WHOLE, (head_bounds){len, num_fields});
    fuzz_trace trace = head_trace(&tight);
    ORACLE(trace_equal(&trace, &expected), "http-tight");
    head_free(&tight);
    tight = head_read(h->http.kind, data, size, FUZZ_WHOLE, (head_bounds){len - 1, num_fields});
    ORACLE(tight.status == WSC_HTTP_FAILED && (tight.http.faults & BIT(HEAD_TOO_LONG)) != 0, "http-tight");
    head_free(&tight);
    if (num_fields > 0) {
        tight = head_read(h->http.kind, data, size, FUZZ_WHOLE, (head_bounds){len, num_fields - 1});
        ORACLE((tight.http.faults & BIT(HEAD_TOO_MANY_FIELDS)) != 0, "http-tight");
        head_free(&tight);
    }
    trace_clear(&trace);
    trace_clear(&expected);
}

static void put_span(fuzz_trace *text, wsc_span span, const char *behind) {
    trace_put(text, span.data, span.len);
    trace_put(text, behind, strlen(behind));
}

/* The head written anew in its plainest form. */
static fuzz_trace head_write(const wsc_http *http) {
    fuzz_trace text = {.data = NULL};
    if (http->kind == WSC_HTTP_REQUEST) {
        put_span(&text, http->method, " ");
        put_span(&text, http->target, " ");
        put_span(&text, http->version, "\r\n");
    } else {
        char status[16];
        (void)snprintf(status, sizeof status, " %03u ", http->status);
        put_span(&text, http->version, status);
        put_span(&text, http->reason, "\r\n");
    }
    for (size_t i = 0; i < http->num_fields; i++) {
        put_span(&text, http->fields[i].name, ": ");
        put_span(&text, http->fields[i].value, "\r\n");
    }
    trace_put(&text, "\r\n", 2);
    return text;
}

static bool same_span(wsc_span a, wsc_span b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* A head without fault is the same after it was written and read. */
static void check_round_trip(const head *h) {
    const wsc_http *http = &h->http;
    fuzz_trace text = head_write(http);
    head again =
        head_read(http->kind, text.data, text.len, FUZZ_WHOLE, (head_bounds){text.len, http->num_fields});
    ORACLE(again.status == WSC_HTTP_DONE && again.http.faults == 0, "http-round-trip");
    ORACLE(again.consumed == text.len && again.http.num_fields == http->num_fields, "http-round-trip");
    ORACLE(same_span(again.http.method, http->method) && same_span(again.http.target, http->target) &&
               same_span(again.http.version, http->version) && again.http.status == http->status &&
               same_span(again.http.reason, http->reason),
           "http-round-trip");
    for (size_t i = 0; i < http->num_fields; i++) {
        ORACLE(same_span(again.http.fields[i].name, http->fields[i].name), "http-round-trip");
        ORACLE(same_span(again.http.fields[i].value, http->fields[i].value), "http-round-trip");
    }
    fuzz_trace once_more = head_write(&again.http);
    ORACLE(trace_equal(&text, &once_more), "http-round-trip");
    head_free(&again);
    trace_clear(&text);
    trace_clear(&once_more);
}

void head_check(wsc_http_kind kind, const uint8_t *data, size_t size, head_bounds bounds) {
    head whole = head_read(kind, data, size, FUZZ_WHOLE, bounds);
    fuzz_trace expected = head_trace(&whole);
    check_bounds(&whole, data, size, bounds);
    for (int way = FUZZ_OCTETS; way <= FUZZ_RANDOM; way++) {
        head other = head_read(kind, data, size, (fuzz_way)way, bounds);
        fuzz_trace trace = head_trace(&other);
        ORACLE(trace_equal(&trace, &expected), "http-cuts");
        trace_clear(&trace);
        head_free(&other);
    }
    if (whole.status == WSC_HTTP_DONE) {
        check_tight(&whole, data, size);
        check_lines(&whole.http);
        if (whole.http.faults == 0) check_round_trip(&whole);
    }
    check_sticky(&whole, data, size);
    trace_clear(&expected);
    head_free(&whole);
}
