/* SPDX-License-Identifier: MIT */
/* Output of a target: its end is kept, and each line is searched for sanitizer reports. */
#include "target/impl.h"

#include <stdlib.h>
#include <string.h>

/* What a marker can span: carried over when a line is longer than the buffer. */
enum { OVERLAP = 128 };

int target__stream_init(target__stream *stream) {
    stream->len = 0;
    stream->line_len = 0;
    stream->data = malloc(2 * TARGET_OUTPUT_MAX);
    return stream->data != NULL ? 0 : -1;
}

void target__stream_free(target__stream *stream) {
    free(stream->data);
    stream->data = NULL;
}

static bool has(const char *line, size_t len, const char *text) {
    return memmem(line, len, text, strlen(text)) != NULL;
}

/* "file.c:12:3: runtime error: ..." of UndefinedBehaviorSanitizer. Go says "runtime error:" too, of a panic.
 */
static bool is_undefined_behavior(const char *line, size_t len) {
    static const char marker[] = ": runtime error:";
    const char *at = memmem(line, len, marker, sizeof marker - 1);
    if (at == NULL || at == line) return false;
    char before = at[-1];
    return ((before >= '0' && before <= '9') || before == '>' || before == ')') && !has(line, len, "panic");
}

/* A line of a report, not one that only mentions a sanitizer ("built with AddressSanitizer"). */
static bool is_report(const char *line, size_t len) {
    static const char *const names[] = {"AddressSanitizer",  "LeakSanitizer",
                                        "MemorySanitizer",   "ThreadSanitizer",
                                        "DataFlowSanitizer", "UndefinedBehaviorSanitizer"};
    static const char *const words[] = {"ERROR",        "WARNING",      "SUMMARY",
                                        "DEADLYSIGNAL", "CHECK failed", "FATAL"};
    if (is_undefined_behavior(line, len)) return true;
    if (!has(line, len, "Sanitizer")) return false;
    bool named = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) named = named || has(line, len, names[i]);
    for (size_t i = 0; named && i < sizeof words / sizeof *words; i++)
        if (has(line, len, words[i])) return true;
    return false;
}

/* Copies text with octets 0 made visible. */
static void text_copy(char *to, const char *from, size_t len) {
    for (size_t i = 0; i < len; i++) to[i] = from[i] != '\0' ? from[i] : '?';
}

/* The line buffer holds a whole line, or a part of a long one. */
static void line_look(target__stream *stream, target__report *report, bool whole) {
    if (report->stream == NULL && is_report(stream->line, stream->line_len)) report->stream = stream;
    if (report->stream == stream && report->num_lines < TARGET__REPORT_LINES) {
        size_t room = TARGET__REPORT_MAX - report->len;
        size_t len = stream->line_len < room ? stream->line_len : room;
        text_copy(report->text + report->len, stream->line, len);
        report->len += len;
        report->text[report->len] = '\0';
        if (whole) report->num_lines++;
    } else if (!whole && report->stream == NULL && stream->line_len > OVERLAP) {
        memmove(stream->line, stream->line + stream->line_len - OVERLAP, OVERLAP);
        stream->line_len = OVERLAP;
        return;
    }
    stream->line_len = 0;
}

static void keep(target__stream *stream, const char *data, size_t len) {
    if (len > TARGET_OUTPUT_MAX) {
        data += len - TARGET_OUTPUT_MAX;
        len = TARGET_OUTPUT_MAX;
    }
    if (len > 2 * TARGET_OUTPUT_MAX - stream->len) {
        size_t tail_len;
        const char *tail = target__stream_tail(stream, &tail_len);
        memmove(stream->data, tail, tail_len);
        stream->len = tail_len;
    }
    text_copy(stream->data + stream->len, data, len);
    stream->len += len;
}

void target__stream_feed(target__stream *stream, target__report *report, const char *data, size_t len) {
    keep(stream, data, len);
    while (len > 0) {
        const char *newline = memchr(data, '\n', len);
        size_t take = newline != NULL ? (size_t)(newline - data) + 1 : len;
        size_t room = sizeof stream->line - stream->line_len;
        bool whole = newline != NULL && take <= room;
        if (take > room) take = room;
        memcpy(stream->line + stream->line_len, data, take);
        stream->line_len += take;
        data += take;
        len -= take;
        if (whole || stream->line_len == sizeof stream->line) line_look(stream, report, whole);
    }
}

void target__stream_finish(target__stream *stream, target__report *report) {
    if (stream->line_len > 0) line_look(stream, report, true);
}

const char *target__stream_tail(const target__stream *stream, size_t *len) {
    *len = stream->len < TARGET_OUTPUT_MAX ? stream->len : TARGET_OUTPUT_MAX;
    return stream->data + (stream->len - *len);
}
