/* SPDX-License-Identifier: MIT */
/* For tests of the reports: records from files and from text, reports in memory, and checks that hold for
   every report of every record. Included once per test program. */
#ifndef TEST_REPORT_FIXTURE_H
#define TEST_REPORT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/explain.h"
#include "report/report.h"
#include "report/text.h"

#define SAMPLE  "reports/sample/run.jsonl"
#define HOSTILE "harness/test/report_hostile.jsonl"

/* A report in memory. */
typedef struct rendering {
    char *data;
    size_t len;
} rendering;

static inline record *record_of_file(const char *path) {
    char why[256];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    record *rec = record_read(file, why, sizeof why);
    if (!rec) fail_msg("%s: %s", path, why);
    assert_int_equal(fclose(file), 0);
    return rec;
}

/* NULL if it is no record; why says the reason then, and is empty otherwise. */
static inline record *record_of_text(const char *data, size_t len, char why[256]) {
    FILE *file = fmemopen((char *)(uintptr_t)data, len, "r");
    assert_non_null(file);
    record *rec = record_read(file, why, 256);
    assert_int_equal(fclose(file), 0);
    assert_true(rec ? !why[0] : strncmp(why, "line ", 5) == 0);
    return rec;
}

typedef int render_fn(const record *rec, FILE *file);

static inline int render_terminal(const record *rec, FILE *file, unsigned width, bool colour) {
    report_terminal terminal = {.file = file, .width = width, .colour = colour, .verbose = true};
    report_terminal_header(&terminal, rec->header);
    for (size_t i = 0; i < json_array_size(rec->cases); i++)
        report_terminal_case(&terminal, rec->header, json_array_get(rec->cases, i));
    report_terminal_footer(&terminal, rec);
    return 0;
}

static inline int render_plain(const record *rec, FILE *file) {
    return render_terminal(rec, file, 0, false);
}

static inline int render_narrow(const record *rec, FILE *file) {
    return render_terminal(rec, file, 60, true);
}

/* Twice the same record side by side, once with a name and a page that anybody could have given. */
static inline void matrix_targets(report_target targets[2], const record *rec) {
    targets[0] = (report_target){.record = rec};
    targets[1] =
        (report_target){"javascript:alert(1) \"><script>|", rec, "javascript:alert(2)//\"><a b#?.html"};
}

static inline int render_matrix_html(const record *rec, FILE *file) {
    report_target targets[2];
    matrix_targets(targets, rec);
    return report_matrix_html(targets, 2, file);
}

static inline int render_matrix_markdown(const record *rec, FILE *file) {
    report_target targets[2];
    matrix_targets(targets, rec);
    return report_matrix_markdown(targets, 2, file);
}

static inline int render_log(const record *rec, FILE *file) {
    const report_terminal terminal = {.file = file, .colour = true};
    for (size_t i = 0; i < json_array_size(rec->cases); i++)
        report_terminal_log(&terminal, rec->header, json_array_get(rec->cases, i));
    return 0;
}

static inline int render_capture(const record *rec, FILE *file) {
    size_t num = json_array_size(rec->cases);
    const json_t **cases = calloc(num + 1, sizeof(const json_t *));
    assert_non_null(cases);
    for (size_t i = 0; i < num; i++) cases[i] = json_array_get(rec->cases, i);
    int result = report_pcapng(rec->header, cases, num, file);
    free(cases);
    return result;
}

static inline rendering text_of(render_fn *render, const record *rec) {
    memo out;
    assert_int_equal(memo_open(&out), 0);
    assert_int_equal(render(rec, out.file), 0);
    assert_int_equal(memo_close(&out), 0);
    return (rendering){out.data, out.len};
}

/* ---- What holds for every report ----------------------------------------------------------------------- */

/* UTF-8 in which nothing acts on a device or on the order of the text: no control characters but line feeds,
   no bidirectional or invisible characters. */
static inline void check_visible(const char *data, size_t len) {
    for (size_t at = 0; at < len;) {
        int32_t code;
        size_t taken = text_decode(data + at, len - at, &code);
        bool bad = code < 0 || (code < 0x20 && code != '\n') || (code >= 0x7f && code < 0xa0) ||
                   (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
                   (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code & 0xfffe) == 0xfffe;
        if (bad)
            fail_msg("octet %zu: U+%04X behind \"%.*s\"", at, (unsigned)code, 40,
                     data + (at > 40 ? at - 40 : 0));
        at += taken;
    }
}

/* The same behind the colours: only sequences of ours, and each colour is taken back before its line of text
   or its block ends. */
static inline void check_terminal(const char *data, size_t len) {
    char *plain = malloc(len + 1);
    size_t num = 0;
    bool coloured = false;
    assert_non_null(plain);
    for (size_t i = 0; i < len;) {
        if (data[i] != '\033') {
            plain[num++] = data[i++];
            continue;
        }
        static const char *const known[] = {"\033[0m",  "\033[1m",  "\033[2m",    "\033[32m",
                                            "\033[33m", "\033[36m", "\033[1;31m", "\033[1;35m"};
        size_t k = 0;
        while (k < 8 && strncmp(data + i, known[k], strlen(known[k])) != 0) k++;
        if (k == 8) fail_msg("an escape sequence that is not ours: %.12s", data + i + 1);
        assert_true(coloured == (k == 0));
        coloured = k > 0;
        i += strlen(known[k]);
    }
    assert_false(coloured);
    check_visible(plain, num);
    free(plain);
}

static inline bool one_of(const char *name, size_t len, const char *const *names) {
    for (size_t i = 0; names[i]; i++)
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0) return true;
    return false;
}

/* Reads a tag from its < on: a name and attributes of the lists, values in quotes or of harmless letters.
   Returns what stands behind it. */
static inline const char *check_tag(const char *at, const char *end, const char *const *names,
                                    const char *const *attributes) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    const char *start = at++;
    if (*at == '/') at++;
    size_t len = strspn(at, letters);
    if (!one_of(at, len, names)) fail_msg("a tag that is not ours: %.60s", start);
    at += len;
    while (at < end && *at != '>') {
        at += strspn(at, " \n");
        if (*at == '>' || (*at == '/' && at[1] == '>')) {
            at += *at == '/';
            continue;
        }
        len = strspn(at, letters);
        if (!one_of(at, len, attributes)) fail_msg("an attribute that is not ours: %.60s", at);
        at += len;
        if (*at != '=') continue;
        at++;
        if (*at == '"') {
            at++;
            len = strcspn(at, "\"<");
            if (at[len] != '"') fail_msg("a value that does not end: %.60s", start);
            at += len + 1;
        } else {
            at += strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.");
        }
    }
    assert_true(at < end);
    return at + 1;
}

/* Every < begins a tag of the page's own, and every & a reference. */
static inline void check_html(const char *data, size_t len) {
    static const char *const names[] = {
        "html",    "head",   "meta",  "title",    "style",  "body",   "a",      "header",   "nav",
        "ul",      "li",     "main",  "section",  "h1",     "h2",     "h3",     "h4",       "h5",
        "form",    "label",  "input", "button",   "output", "p",      "small",  "noscript", "details",
        "summary", "div",    "span",  "b",        "i",      "em",     "code",   "pre",      "q",
        "dl",      "dt",     "dd",    "ol",       "table",  "thead",  "tbody",  "tr",       "th",
        "td",      "svg",    "rect",  "fieldset", "legend", "select", "option", "strong",   "footer",
        "kbd",     "script", NULL};
    static const char *const attributes[] = {
        "lang",        "charset",         "http-equiv",  "content",
        "name",        "class",           "href",        "id",
        "role",        "hidden",          "for",         "type",
        "placeholder", "autocomplete",    "spellcheck",  "aria-live",
        "aria-label",  "aria-labelledby", "aria-hidden", "aria-pressed",
        "tabindex",    "title",           "rel",         "scope",
        "value",       "data-id",         "data-v",      "data-a",
        "data-f",      "data-r",          "viewBox",     "preserveAspectRatio",
        "x",           "width",           "height",      NULL};
    check_visible(data, len);
    const char *at = data, *end = data + len;
    static const char doctype[] = "<!doctype html>";
    assert_memory_equal(at, doctype, sizeof doctype - 1);
    at += sizeof doctype - 1;
    unsigned scripts = 0, styles = 0;
    while ((at = memchr(at, '<', (size_t)(end - at)))) {
        const char *skip = NULL;
        if (strncmp(at, "<script>", 8) == 0) skip = "</script>", scripts++;
        if (strncmp(at, "<style>", 7) == 0) skip = "</style>", styles++;
        at = check_tag(at, end, names, attributes);
        if (skip) assert_non_null(at = strstr(at, skip));
    }
    assert_int_equal(scripts, 1);
    assert_int_equal(styles, 1);
}

/* Well-formed XML of JUnit's elements: tags are balanced, references are those of XML. */
static inline void check_junit(const char *data, size_t len) {
    static const char *const names[] = {"testsuites", "testsuite", "properties", "property",   "testcase",
                                        "failure",    "error",     "skipped",    "system-out", NULL};
    static const char *const attributes[] = {"name",  "tests",     "failures",  "errors", "skipped", "time",
                                             "value", "classname", "timestamp", "type",   "message", NULL};
    static const char declaration[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    const char *stack[8] = {NULL}, *end = data + len;
    size_t depth = 0;
    check_visible(data, len);
    assert_memory_equal(data, declaration, sizeof declaration - 1);
    for (const char *at = data + sizeof declaration - 1; at < end;) {
        if (*at == '&') {
            static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
            size_t k = 0;
            while (k < 5 && strncmp(at, known[k], strlen(known[k])) != 0) k++;
            assert_true(k < 5);
        }
        if (*at != '<') {
            at++;
            continue;
        }
        const char *tag = at;
        at = check_tag(at, end, names, attributes);
        size_t name = strcspn(tag + 2, " />") + 1;
        if (tag[1] == '/') {
            assert_true(depth > 0);
            assert_memory_equal(stack[--depth], tag + 2, name - 1);
        } else if (at[-2] != '/') {
            assert_true(depth < 8);
            stack[depth++] = tag + 1;
        }
    }
    assert_int_equal(depth, 0);
}

/* JSON in ASCII, so that no octet of a peer stands in it as it is. */
static inline void check_json(const char *data, size_t len) {
    json_error_t error;
    for (size_t i = 0; i < len; i++) assert_true(data[i] == '\n' || (data[i] >= ' ' && data[i] <= '~'));
    json_t *value = json_loadb(data, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!value) fail_msg("line %d: %s", error.line, error.text);
    json_decref(value);
}

/* A table of Markdown: nothing in it is markup but what we wrote. */
static inline void check_markdown(const char *data, size_t len) {
    check_visible(data, len);
    for (size_t i = 0; i < len; i++)
        if (strchr("<>`[]_~", data[i]) && (i == 0 || data[i - 1] != '\\'))
            fail_msg("markup that is not ours: %.60s", data + i);
}

/* TAP: a plan, as many test points in order, and nothing at the start of a line that a reader could take for
   more of them. */
static inline void check_tap(const char *data, size_t len) {
    size_t planned = 0, points = 0;
    check_visible(data, len);
    assert_int_equal(sscanf(data, "TAP version 13\n1..%zu\n", &planned), 1);
    bool block = false, ended = false;
    for (const char *at = data; at < data + len; at = strchr(at, '\n') + 1) {
        size_t number, not_ok = strncmp(at, "not ", 4) == 0 ? 4 : 0;
        if (sscanf(at + not_ok, "ok %zu - ", &number) == 1) {
            assert_false(block);
            assert_int_equal(number, ++points);
        } else if (strncmp(at, "  ---\n", 6) == 0 || strncmp(at, "  ...\n", 6) == 0) {
            assert_int_equal(block, at[2] == '.');
            block = !block;
        } else if (strncmp(at, "Bail out! ", 10) == 0) {
            ended = true;
        } else if (strncmp(at, "  ", 2) != 0 && strncmp(at, "# ", 2) != 0 && strncmp(at, "TAP", 3) != 0 &&
                   strncmp(at, "1..", 3) != 0) {
            fail_msg("a line that is not ours: %.60s", at);
        }
        assert_false(ended && at + strcspn(at, "\n") + 1 < data + len);
    }
    assert_false(block);
    assert_int_equal(points, planned);
}

/* Commands of GitHub, ten at most. */
static inline void check_annotations(const char *data, size_t len) {
    size_t num = 0;
    check_visible(data, len);
    for (const char *at = data; at < data + len; at = strchr(at, '\n') + 1) {
        if (strncmp(at, "::error title=wsconform", 23) != 0) fail_msg("a line that is not ours: %.60s", at);
        const char *message = strstr(at + 2, "::");
        assert_true(message && message < strchr(at, '\n'));
        num++;
    }
    assert_true(num <= 10);
}

/* A summary of GitHub has room for a MiB. */
static inline void check_summary(const char *data, size_t len) {
    check_visible(data, len);
    assert_true(len < (1 << 20));
    for (const char *at = data; (at = strchr(at, '[')); at++) {
        if (at > data && at[-1] == '\\') continue;
        const char *to = strstr(at, "](");
        assert_true(to && (strncmp(to, "](https://www.rfc-editor.org/", 29) == 0 ||
                           strncmp(to, "](https://www.iana.org/", 23) == 0));
    }
    for (size_t i = 0; i < len; i++)
        if (strchr("<>`~", data[i]) && (i == 0 || data[i - 1] != '\\'))
            fail_msg("markup that is not ours: %.60s", data + i);
}

/* Renders a record in every way, twice, and checks what comes out. */
/* A log may be empty, and is coloured. */
static inline void check_log(const char *data, size_t len) {
    if (len > 0) check_terminal(data, len);
}

static inline uint32_t little_endian(const char *at) {
    const uint8_t *octet = (const uint8_t *)at;
    return octet[0] | (uint32_t)octet[1] << 8 | (uint32_t)octet[2] << 16 | (uint32_t)octet[3] << 24;
}

/* Blocks that fit into each other: section, interface, and packets whose lengths agree with what their IP
   headers say. */
static inline void check_capture(const char *data, size_t len) {
    size_t nth = 0, block;
    for (size_t at = 0; at < len; at += block, nth++) {
        assert_true(len - at >= 12);
        block = little_endian(data + at + 4);
        assert_true(block >= 12 && block % 4 == 0 && block <= len - at);
        assert_int_equal(little_endian(data + at + block - 4), block);
        uint32_t type = little_endian(data + at);
        assert_int_equal(type, nth == 0 ? 0x0a0d0d0a : nth == 1 ? 1 : 6);
        if (nth < 2) continue;
        uint32_t captured = little_endian(data + at + 20), whole = little_endian(data + at + 24);
        const uint8_t *packet = (const uint8_t *)data + at + 28;
        assert_true(captured <= whole && captured >= 54 && captured <= block - 32);
        bool v6 = packet[12] == 0x86;
        size_t said =
            v6 ? 40u + (size_t)(packet[18] << 8 | packet[19]) : (size_t)(packet[16] << 8 | packet[17]);
        assert_int_equal(whole, 14 + said);
    }
    assert_true(nth >= 2);
}

static inline void check_all(const record *rec) {
    static const struct {
        render_fn *render;
        void (*check)(const char *data, size_t len);
    } formats[] = {{report_html, check_html},
                   {render_matrix_html, check_html},
                   {render_matrix_markdown, check_markdown},
                   {report_junit, check_junit},
                   {report_json, check_json},
                   {report_sarif, check_json},
                   {report_badge, check_json},
                   {report_tap, check_tap},
                   {report_annotations, check_annotations},
                   {report_markdown, check_summary},
                   {render_plain, check_visible},
                   {render_narrow, check_terminal},
                   {render_log, check_log},
                   {render_capture, check_capture}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        rendering once = text_of(formats[i].render, rec), again = text_of(formats[i].render, rec);
        formats[i].check(once.data, once.len);
        assert_int_equal(once.len, again.len);
        assert_memory_equal(once.data, again.data, once.len);
        free(once.data);
        free(again.data);
    }
}

#endif
