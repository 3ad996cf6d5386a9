/* SPDX-License-Identifier: MIT */
/* Heads of HTTP/1.1 messages, read line by line. */
#include "octet.h"

#include <string.h>

enum {
    STATE_START,   /* the start line is awaited */
    STATE_FIRST,   /* no field line has come yet */
    STATE_FIELD,   /* the line before is the last one of fields[] */
    STATE_IGNORED, /* the line before was ignored, so its folded lines are too */
    STATE_DONE,
    STATE_FAILED
};

static void note(wsc_http *http, wsc_http_fault fault) {
    http->faults |= WSC_HTTP_FAULT_BIT(fault);
}

static void fail(wsc_http *http, wsc_http_fault fault) {
    note(http, fault);
    http->state = STATE_FAILED;
}

static wsc_span span_trim(wsc_span span) {
    while (span.len > 0 && wsc_is_blank(span.data[0])) span.data++, span.len--;
    while (span.len > 0 && wsc_is_blank(span.data[span.len - 1])) span.len--;
    return span;
}

/* Index of the first blank; span.len if there is none. */
static size_t span_find_blank(wsc_span span) {
    size_t i = 0;
    while (i < span.len && !wsc_is_blank(span.data[i])) i++;
    return i;
}

static wsc_span span_from(wsc_span span, size_t start) {
    return (wsc_span){span.data + start, span.len - start};
}

/* Any octet that is neither text nor CR, which has a fault of its own. */
static bool span_has_bad_octet(wsc_span span) {
    for (size_t i = 0; i < span.len; i++) {
        if (!wsc_is_text(span.data[i]) && span.data[i] != '\r') return true;
    }
    return false;
}

bool wsc_span_is(wsc_span span, const char *string) {
    size_t i = 0;
    for (; i < span.len && string[i] != '\0'; i++) {
        if (wsc_to_lower(span.data[i]) != wsc_to_lower(string[i])) return false;
    }
    return i == span.len && string[i] == '\0';
}

bool wsc_span_equal(wsc_span a, wsc_span b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool wsc_span_is_token(wsc_span span) {
    for (size_t i = 0; i < span.len; i++) {
        if (!wsc_is_tchar(span.data[i])) return false;
    }
    return span.len > 0;
}

/* HTTP-version is case-sensitive (RFC 9112 2.3). */
static bool version_valid(wsc_span version) {
    return version.len == 8 && memcmp(version.data, "HTTP/", 5) == 0 && wsc_is_digit(version.data[5]) &&
           version.data[6] == '.' && wsc_is_digit(version.data[7]);
}

/* Splits at runs of blanks, as RFC 9112 3 lets a server do: the first word is the method, the last the
 * version. */
static void request_line(wsc_http *http, wsc_span line) {
    wsc_span rest = span_trim(line);
    bool exact = rest.len == line.len;

    http->method = (wsc_span){rest.data, span_find_blank(rest)};
    wsc_span gap = span_from(rest, http->method.len);
    rest = span_trim(gap);
    exact = exact && gap.len == rest.len + 1 && gap.data[0] == ' ';

    size_t end = rest.len;
    while (end > 0 && !wsc_is_blank(rest.data[end - 1])) end--;
    if (end == 0) {
        http->target = rest;
        fail(http, WSC_HTTP_FAULT_START_LINE_MALFORMED);
        return;
    }
    http->version = span_from(rest, end);
    http->target = span_trim((wsc_span){rest.data, end});
    exact = exact && end == http->target.len + 1 && rest.data[end - 1] == ' ' &&
            span_find_blank(http->target) == http->target.len;

    if (!exact) note(http, WSC_HTTP_FAULT_START_LINE_MALFORMED);
    if (!wsc_span_is_token(http->method)) note(http, WSC_HTTP_FAULT_METHOD_NOT_TOKEN);
    if (!version_valid(http->version)) note(http, WSC_HTTP_FAULT_VERSION_MALFORMED);
    http->state = STATE_FIRST;
}

static void status_line(wsc_http *http, wsc_span line) {
    http->version = (wsc_span){line.data, span_find_blank(line)};
    wsc_span gap = span_from(line, http->version.len);
    wsc_span rest = gap;
    while (rest.len > 0 && wsc_is_blank(rest.data[0])) rest = span_from(rest, 1);
    if (http->version.len < 5 || !wsc_span_is((wsc_span){line.data, 5}, "HTTP/") || rest.len == 0) {
        fail(http, WSC_HTTP_FAULT_START_LINE_MALFORMED);
        return;
    }
    bool exact = gap.len == rest.len + 1 && gap.data[0] == ' ';

    wsc_span code = {rest.data, span_find_blank(rest)};
    /* status-code = 3DIGIT (RFC 9112 4); RFC 9110 15 has none below 100. */
    if (code.len == 3 && code.data[0] >= '1' && code.data[0] <= '9' && wsc_is_digit(code.data[1]) &&
        wsc_is_digit(code.data[2])) {
        http->status = (unsigned)(code.data[0] - '0') * 100 + (unsigned)(code.data[1] - '0') * 10 +
                       (unsigned)(code.data[2] - '0');
    } else {
        note(http, WSC_HTTP_FAULT_STATUS_MALFORMED);
    }

    rest = span_from(rest, code.len);
    if (rest.len == 0) {
        http->reason = rest;
        note(http, WSC_HTTP_FAULT_STATUS_WITHOUT_SPACE);
    } else {
        exact = exact && rest.data[0] == ' ';
        http->reason = span_from(rest, 1);
    }
    if (span_has_bad_octet(http->reason)) note(http, WSC_HTTP_FAULT_REASON_OCTET);
    if (!exact) note(http, WSC_HTTP_FAULT_START_LINE_MALFORMED);
    if (!version_valid(http->version)) note(http, WSC_HTTP_FAULT_VERSION_MALFORMED);
    http->state = STATE_FIRST;
}

/* A line that begins with white space. */
static void folded_line(wsc_http *http, wsc_span line) {
    if (http->state == STATE_FIRST) {
        note(http, WSC_HTTP_FAULT_FIELD_SPACE_BEFORE_FIRST);
        return;
    }
    note(http, WSC_HTTP_FAULT_FIELD_FOLDED);
    if (http->state == STATE_IGNORED) return;

    if (span_has_bad_octet(line)) note(http, WSC_HTTP_FAULT_FIELD_VALUE_OCTET);
    wsc_span text = span_trim(line);
    wsc_span *value = &http->fields[http->num_fields - 1].value;
    if (text.len == 0) return;
    if (value->len == 0) {
        *value = text;
    } else {
        value->len = (size_t)(text.data + text.len - value->data);
    }
}

static void field_line(wsc_http *http, wsc_span line) {
    const char *colon = memchr(line.data, ':', line.len);
    if (colon == NULL) {
        note(http, WSC_HTTP_FAULT_FIELD_WITHOUT_COLON);
        http->state = STATE_IGNORED;
        return;
    }
    if (http->num_fields == http->max_fields) {
        fail(http, WSC_HTTP_FAULT_HEAD_TOO_MANY_FIELDS);
        return;
    }
    wsc_span name = {line.data, (size_t)(colon - line.data)};
    wsc_span value = span_from(line, name.len + 1);
    if (name.len > 0 && wsc_is_blank(name.data[name.len - 1])) {
        note(http, WSC_HTTP_FAULT_FIELD_SPACE_BEFORE_COLON);
        name = span_trim(name);
    }
    if (!wsc_span_is_token(name)) note(http, WSC_HTTP_FAULT_FIELD_NAME_NOT_TOKEN);
    if (span_has_bad_octet(value)) note(http, WSC_HTTP_FAULT_FIELD_VALUE_OCTET);
    http->fields[http->num_fields++] = (wsc_field){name, span_trim(value)};
    http->state = STATE_FIELD;
}

/* A line is complete: from line_start to len, its LF included. */
static void end_line(wsc_http *http) {
    wsc_span line = {http->buf + http->line_start, http->len - http->line_start - 1};
    http->line_start = http->len;
    if (line.len > 0 && line.data[line.len - 1] == '\r') {
        line.len--;
    } else {
        note(http, WSC_HTTP_FAULT_LINE_BARE_LF);
    }
    if (memchr(line.data, '\r', line.len) != NULL) note(http, WSC_HTTP_FAULT_LINE_BARE_CR);

    if (http->state == STATE_START) {
        if (http->kind == WSC_HTTP_RESPONSE) {
            status_line(http, line);
        } else if (line.len == 0) {
            note(http, WSC_HTTP_FAULT_LINE_EMPTY_FIRST);
        } else {
            request_line(http, line);
        }
    } else if (line.len == 0) {
        http->state = STATE_DONE;
    } else if (wsc_is_blank(line.data[0])) {
        folded_line(http, line);
    } else {
        field_line(http, line);
    }
}

void wsc_http_init(wsc_http *http, wsc_http_kind kind, char *buf, size_t cap, wsc_field *fields,
                   size_t max_fields) {
    *http = (wsc_http){.kind = kind, .cap = cap, .fields = fields, .max_fields = max_fields};
    http->buf = buf;
}

bool wsc_http_complete(const wsc_http *http) {
    return http->state == STATE_DONE;
}

static wsc_http_status status_of(const wsc_http *http) {
    if (http->state == STATE_DONE) return WSC_HTTP_DONE;
    return http->state == STATE_FAILED ? WSC_HTTP_FAILED : WSC_HTTP_MORE;
}

size_t wsc_http_push(wsc_http *http, const uint8_t *src, size_t len, wsc_http_status *status) {
    size_t used = 0;
    while (used < len && http->state < STATE_DONE) {
        size_t room = http->cap - http->len;
        size_t take = len - used < room ? len - used : room;
        if (take == 0) {
            fail(http, WSC_HTTP_FAULT_HEAD_TOO_LONG);
            break;
        }
        const uint8_t *lf = memchr(src + used, '\n', take);
        if (lf != NULL) take = (size_t)(lf - (src + used)) + 1;
        memcpy(http->buf + http->len, src + used, take);
        http->len += take;
        used += take;
        if (lf != NULL) end_line(http);
    }
    *status = status_of(http);
    return http->state == STATE_FAILED ? len : used;
}

wsc_http_status wsc_http_eof(wsc_http *http) {
    if (http->state < STATE_DONE) fail(http, WSC_HTTP_FAULT_HEAD_INCOMPLETE);
    return status_of(http);
}

const wsc_field *wsc_http_field(const wsc_http *http, const char *name, size_t nth) {
    for (size_t i = 0; i < http->num_fields; i++) {
        if (wsc_span_is(http->fields[i].name, name) && nth-- == 0) return &http->fields[i];
    }
    return NULL;
}
