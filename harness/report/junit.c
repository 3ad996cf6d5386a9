/* SPDX-License-Identifier: MIT */
/* The report for continuous integration: JUnit's XML as Jenkins and Surefire read it. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "report/explain.h"
#include "report/text.h"

#define LINES (TEXT_MARKUP | TEXT_LINES)

typedef struct counts {
    size_t tests, failures, errors, skipped;
} counts;

static counts count(const size_t totals[WORD_COUNT]) {
    counts sum = {0};
    for (word i = 0; i < WORD_COUNT; i++) {
        sum.tests += totals[i];
        sum.errors += words[i].trouble ? totals[i] : 0;
    }
    sum.failures = totals[WORD_FAIL];
    sum.skipped = totals[WORD_UNSUPPORTED];
    return sum;
}

static void put_counts(FILE *file, counts sum, int64_t us, bool skipped) {
    fprintf(file, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", sum.tests, sum.failures, sum.errors);
    if (skipped) fprintf(file, " skipped=\"%zu\"", sum.skipped);
    if (us < 0) us = 0;
    fprintf(file, " time=\"%" PRId64 ".%06" PRId64 "\"", us / 1000000, us % 1000000);
}

static void put_property(FILE *file, const char *name, view value) {
    if (value.len == 0) return;
    fprintf(file, "      <property name=\"%s\" value=\"", name);
    view_put(file, value, TEXT_MARKUP);
    fputs("\"/>\n", file);
}

static void put_properties(FILE *file, const json_t *header) {
    fputs("    <properties>\n", file);
    put_property(file, "tool", view_get(header, "tool"));
    put_property(file, "version", view_get(header, "version"));
    put_property(file, "catalogue", view_get(json_map(header, "catalogue"), "version"));
    put_property(file, "judges", view_get(header, "judges"));
    put_property(file, "target", header_target(header));
    put_property(file, "seed", view_get(header, "seed"));
    put_property(file, "pacing", view_get(header, "pacing"));
    fputs("    </properties>\n", file);
}

/* Content of the element that explains a case: plain text, made harmless for XML. */
static void put_explanation(FILE *file, const json_t *header, const json_t *test) {
    memo out;
    if (memo_open(&out) == 0) {
        report_pen pen = {.file = out.file};
        explain_case(&pen, header, test);
    }
    if (memo_close(&out) == 0) text_put(file, out.data, out.len, LINES);
    memo_free(&out);
}

static void put_message(FILE *file, const json_t *test) {
    view text = view_get(test, "why");
    if (text.len == 0) text = view_get(test, "seen");
    fputs(" message=\"", file);
    view_put(file, text, TEXT_MARKUP);
    fputs("\"", file);
}

static void put_result(FILE *file, const json_t *header, const json_t *test, word verdict) {
    view why = view_get(test, "why");
    switch (verdict) {
    case WORD_FAIL:
        fputs("      <failure type=\"", file);
        view_put(file, case_requirement(test), TEXT_MARKUP);
        fputs("\"", file);
        put_message(file, test);
        fputs(">", file);
        put_explanation(file, header, test);
        fputs("</failure>\n", file);
        break;
    case WORD_UNSUPPORTED:
        fputs("      <skipped", file);
        put_message(file, test);
        fputs("/>\n", file);
        break;
    case WORD_LENIENT:
    case WORD_INFO:
        fprintf(file, "      <system-out>%s: ", words[verdict].name);
        view_put(file, why.len > 0 ? why : view_get(test, "seen"), LINES);
        fputs("</system-out>\n", file);
        break;
    default:
        fprintf(file, "      <error type=\"%s\"", words[verdict].name);
        put_message(file, test);
        fputs(">", file);
        put_explanation(file, header, test);
        fputs("</error>\n", file);
    }
}

static void put_case(FILE *file, const json_t *header, const json_t *test) {
    word verdict = case_word(test);
    int64_t us = json_int(test, "duration_us");
    if (us < 0) us = 0;
    fputs("    <testcase classname=\"wsconform.", file);
    view_put(file, case_area(test), TEXT_MARKUP);
    fputs("\" name=\"", file);
    view_put(file, view_get(test, "id"), TEXT_MARKUP);
    if (case_pacing(header, test).len > 0) {
        fputs(" [", file);
        view_put(file, case_pacing(header, test), TEXT_MARKUP);
        fputs("]", file);
    }
    fprintf(file, "\" time=\"%" PRId64 ".%06" PRId64 "\"", us / 1000000, us % 1000000);
    if (verdict == WORD_PASS) {
        fputs("/>\n", file);
    } else {
        fputs(">\n", file);
        put_result(file, header, test, verdict);
        fputs("    </testcase>\n", file);
    }
}

/* "2026-11-25T20:09:12Z" without its offset, as the schema wants it; nothing if it looks different. */
static void put_timestamp(FILE *file, view started) {
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    size_t len = sizeof shape - 1;
    if (started.len < len) return;
    for (size_t i = 0; i < len; i++) {
        bool digit = started.data[i] >= '0' && started.data[i] <= '9';
        if (shape[i] == 'd' ? !digit : started.data[i] != shape[i]) return;
    }
    fprintf(file, " timestamp=\"%.*s\"", (int)len, started.data);
}

static void put_area(FILE *file, const record *rec, const digest *d, const area_row *row) {
    fputs("  <testsuite name=\"wsconform.", file);
    view_put(file, row->name, TEXT_MARKUP);
    fputs("\"", file);
    put_counts(file, count(row->totals), row->duration_us, true);
    put_timestamp(file, view_get(rec->header, "started"));
    fputs(">\n", file);
    put_properties(file, rec->header);
    for (size_t i = row->first; i < d->total; i = d->next[i]) {
        put_case(file, rec->header, json_array_get(rec->cases, i));
    }
    fputs("  </testsuite>\n", file);
}

/* What a truncated or incomplete run lacks is an error of its own, so that it cannot pass for a green one. */
static void put_lack(FILE *file, const record *rec, const digest *d) {
    fputs("  <testsuite name=\"wsconform.run\"", file);
    put_counts(file, (counts){.tests = 1, .errors = 1}, 0, true);
    put_timestamp(file, view_get(rec->header, "started"));
    fputs(">\n", file);
    put_properties(file, rec->header);
    fprintf(file,
            "    <testcase classname=\"wsconform.run\" name=\"complete\" time=\"0.000000\">\n"
            "      <error type=\"%s\" message=\"%s\"/>\n"
            "    </testcase>\n"
            "  </testsuite>\n",
            d->truncated ? "truncated" : "incomplete", d->lack);
}

int report_junit(const record *rec, FILE *file) {
    digest *d = digest_new(rec);
    if (!d) {
        errno = ENOMEM;
        return -1;
    }
    counts all = count(d->totals);
    all.tests += d->incomplete;
    all.errors += d->incomplete;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"wsconform\"", file);
    put_counts(file, all, d->duration_us, false);
    fputs(">\n", file);
    for (size_t i = 0; i < d->num_areas; i++) put_area(file, rec, d, &d->areas[i]);
    if (d->incomplete) put_lack(file, rec, d);
    fputs("</testsuites>\n", file);
    digest_free(d);
    return fflush(file) == EOF || ferror(file) ? -1 : 0;
}
