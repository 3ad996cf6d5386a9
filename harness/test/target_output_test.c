/* SPDX-License-Identifier: MIT */
/* What is kept of a target's output, and which lines are a sanitizer's report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "target/impl.h"

/* Feeds text in pieces of `piece` octets, returns whether a report was seen. */
static bool feed(const char *text, size_t piece, target__report *report) {
    target__stream stream;
    assert_int_equal(target__stream_init(&stream), 0);
    memset(report, 0, sizeof *report);
    size_t len = strlen(text);
    for (size_t pos = 0; pos < len; pos += piece)
        target__stream_feed(&stream, report, text + pos, piece < len - pos ? piece : len - pos);
    target__stream_finish(&stream, report);
    bool seen = report->stream != NULL;
    target__stream_free(&stream);
    return seen;
}

static void reports_are_seen_at_every_cut(void **state) {
    (void)state;
    static const char *const reports[] = {
        "==123==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602 at pc 0x55\n",
        "AddressSanitizer:DEADLYSIGNAL\n",
        "==7==ERROR: LeakSanitizer: detected memory leaks",
        "==7==WARNING: MemorySanitizer: use-of-uninitialized-value\n",
        "WARNING: ThreadSanitizer: data race (pid=1)\n",
        "SUMMARY: UndefinedBehaviorSanitizer: undefined-behavior x.c:1:2 in",
        "==1==ERROR: UndefinedBehaviorSanitizer: SEGV on unknown address\n",
        "==1==ERROR: HWAddressSanitizer: tag-mismatch\n",
        "AddressSanitizer: CHECK failed: asan_thread.cpp:1\n",
        "src/frame.c:12:33: runtime error: shift exponent 64 is too large\n",
        "<unknown>: runtime error: x\n",
        "x.c:5: runtime error: y",
    };
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        char text[300];
        strcpy(text, "listening\nnoise ");
        strcat(text, "\n");
        strcat(text, reports[i]);
        for (size_t piece = 1; piece <= strlen(text); piece++) {
            target__report report;
            if (!feed(text, piece, &report)) fail_msg("not seen in pieces of %zu: %s", piece, reports[i]);
            assert_string_equal(report.text, reports[i]);
        }
    }
}

static void other_output_is_no_report(void **state) {
    (void)state;
    static const char *const others[] = {
        "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\n",
        "http: panic serving 127.0.0.1:1234: runtime error: invalid memory address\n",
        "thread 'main' panicked at src/main.rs:2:5:\nexplicit panic\n",
        "built with AddressSanitizer and UndefinedBehaviorSanitizer\n",
        "ERROR: something else\n",
        "runtime error: of a server's own\n",
        "Traceback (most recent call last):\nRuntimeError: x\n",
        "AddressSaniti\nzer: ERROR\n",
        "",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        for (size_t piece = 1; piece < 40; piece++) {
            target__report report;
            if (feed(others[i], piece, &report)) fail_msg("taken for a report: %s", others[i]);
            assert_string_equal(report.text, "");
        }
}

static void report_holds_the_lines_after_it(void **state) {
    (void)state;
    target__report report;
    assert_true(
        feed("a\n==1==ERROR: AddressSanitizer: x\n    #0 0x1 in f x.c:1\n    #1 0x2 in main\n", 5, &report));
    assert_string_equal(report.text,
                        "==1==ERROR: AddressSanitizer: x\n    #0 0x1 in f x.c:1\n    #1 0x2 in main\n");
}

static void report_is_bounded(void **state) {
    (void)state;
    size_t size = 100000;
    char *text = malloc(size);
    assert_non_null(text);
    target__report report;
    /* Many lines. */
    strcpy(text, "==1==ERROR: AddressSanitizer: x\n");
    while (strlen(text) < size - 20) strcat(text + strlen(text), "    #0 frame\n");
    assert_true(feed(text, 999, &report));
    assert_int_equal(report.num_lines, TARGET__REPORT_LINES);
    assert_true(report.len <= TARGET__REPORT_MAX);
    /* One that never ends. */
    memset(text, 'x', size);
    memcpy(text, "==1==ERROR: AddressSanitizer: ", 30);
    text[size - 1] = '\0';
    assert_true(feed(text, 4096, &report));
    assert_int_equal(strlen(report.text), TARGET__REPORT_MAX);
    free(text);
}

/* A marker anywhere in a line longer than the buffer. */
static void reports_in_long_lines_are_seen(void **state) {
    (void)state;
    static const char marker[] = "==1==ERROR: AddressSanitizer: x";
    char text[4 * TARGET__LINE_MAX];
    for (size_t at = 0; at < sizeof text - sizeof marker; at += 13) {
        memset(text, '-', sizeof text);
        text[sizeof text - 1] = '\0';
        memcpy(text + at, marker, sizeof marker - 1);
        target__report report;
        for (size_t piece = 7; piece < sizeof text; piece = piece * 5 + 1)
            if (!feed(text, piece, &report)) fail_msg("not seen at %zu in pieces of %zu", at, piece);
    }
}

static void the_last_octets_are_kept(void **state) {
    (void)state;
    static const size_t pieces[] = {
        1, 7, 4096, TARGET_OUTPUT_MAX - 1, TARGET_OUTPUT_MAX, 5 * TARGET_OUTPUT_MAX};
    size_t total = 5 * TARGET_OUTPUT_MAX + 123;
    char *text = malloc(total);
    assert_non_null(text);
    for (size_t i = 0; i < total; i++) text[i] = (char)('a' + i * 7919 % 26 * (i % 3) % 26);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        target__stream stream;
        target__report report;
        memset(&report, 0, sizeof report);
        assert_int_equal(target__stream_init(&stream), 0);
        for (size_t pos = 0, take; pos < total; pos += take) {
            take = pieces[i] < total - pos ? pieces[i] : total - pos;
            target__stream_feed(&stream, &report, text + pos, take);
            size_t len;
            const char *tail = target__stream_tail(&stream, &len);
            assert_int_equal(len, pos + take < TARGET_OUTPUT_MAX ? pos + take : TARGET_OUTPUT_MAX);
            if (pieces[i] > 1 || pos + take == total) assert_memory_equal(tail, text + pos + take - len, len);
        }
        target__stream_free(&stream);
    }
    free(text);
}

static void octets_0_are_shown(void **state) {
    (void)state;
    target__stream stream;
    target__report report = {.stream = NULL};
    assert_int_equal(target__stream_init(&stream), 0);
    static const char text[] = "a\0b\n==1==ERROR: \0AddressSanitizer: \0x\n";
    target__stream_feed(&stream, &report, text, sizeof text - 1);
    size_t len;
    const char *tail = target__stream_tail(&stream, &len);
    assert_int_equal(len, sizeof text - 1);
    assert_memory_equal(tail, "a?b\n", 4);
    assert_string_equal(report.text, "==1==ERROR: ?AddressSanitizer: ?x\n");
    target__stream_free(&stream);
}

static void check_expand(const char *command, unsigned port, const char *url, const char *expected) {
    char *expanded = target__command_expand(command, port, url);
    assert_non_null(expanded);
    assert_string_equal(expanded, expected);
    free(expanded);
}

static void commands_are_expanded(void **state) {
    (void)state;
    check_expand("server {port}", 9001, NULL, "server 9001");
    check_expand("{port}{port}:{url}", 1, "ws://h/", "11:ws://h/");
    check_expand("{{port} {{{port}", 80, NULL, "{port} {80");
    check_expand("a { b; } ${X} {x} {", 80, "u", "a { b; } ${X} {x} {");
    check_expand("{port} {url}", 0, NULL, "{port} {url}");
    check_expand("{url}", 5, "{port}", "{port}");
    check_expand("", 5, "u", "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_are_seen_at_every_cut),
        cmocka_unit_test(other_output_is_no_report),
        cmocka_unit_test(report_holds_the_lines_after_it),
        cmocka_unit_test(report_is_bounded),
        cmocka_unit_test(reports_in_long_lines_are_seen),
        cmocka_unit_test(the_last_octets_are_kept),
        cmocka_unit_test(octets_0_are_shown),
        cmocka_unit_test(commands_are_expanded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
