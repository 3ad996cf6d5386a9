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

/* How a case shows. */
typedef enum junit_kind { KIND_PASS, KIND_NOTE, KIND_FAILURE, KIND_ERROR, KIND_SKIPPED } junit_kind;

/* Red is a failure or an error, whatever the verdict, and nothing else is, but for what could not be judged.
   A failure that is known, or that the gate lets through, is skipped: it neither passed nor is it new. */
static junit_kind kind_of(const json_t *header, const json_t *test) {
    word verdict = case_word(test);
    if (case_red(header, test)) return words[verdict].trouble ? KIND_ERROR : KIND_FAILURE;
    if (case_expected(header, test) || verdict == WORD_UNSUPPORTED || word_fails(verdict))
        return KIND_SKIPPED;
    if (verdict == WORD_PASS) return KIND_PASS;
    return words[verdict].trouble ? KIND_ERROR : KIND_NOTE;
}

static void count(counts *sum, const json_t *header, const json_t *test) {
    junit_kind kind = kind_of(header, test);
    sum->tests++;
    sum->failures += kind == KIND_FAILURE;
    sum->errors += kind == KIND_ERROR;
    sum->skipped += kind == KIND_SKIPPED;
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

static void put_message(FILE *file, const json_t *header, const json_t *test) {
    const json_t *mark = json_map(test, "baseline");
    view text = view_get(test, "why"), reason = view_get(mark, "reason");
    word verdict = case_word(test);
    if (text.len == 0) text = view_get(test, "seen");
    fputs(" message=\"", file);
    if (mark && case_red(header, test)) {
        fprintf(file, "%s, but the baseline expects ", words[verdict].name);
        memo out;
        if (memo_open(&out) == 0) explain_baseline(out.file, mark);
        if (memo_close(&out) == 0) text_put(file, out.data, out.len, TEXT_MARKUP);
        memo_free(&out);
    } else if (case_expected(header, test)) {
        fprintf(file, "%s, as expected", words[verdict].name);
        if (reason.len > 0) fputs(": ", file);
        view_put(file, reason, TEXT_MARKUP);
    } else {
        if (verdict != WORD_FAIL && !words[verdict].trouble && verdict != WORD_UNSUPPORTED)
            fprintf(file, "%s: ", words[verdict].name);
        view_put(file, text, TEXT_MARKUP);
    }
    fputs("\"", file);
}

/* The requirement that a failure is about; what else made it red otherwise. */
static void put_type(FILE *file, const json_t *test) {
    word verdict = case_word(test);
    fputs(" type=\"", file);
    if (json_map(test, "baseline"))
        fputs("baseline", file);
    else if (verdict == WORD_FAIL)
        view_put(file, case_requirement(test), TEXT_MARKUP);
    else
        fputs(words[verdict].name, file);
    fputs("\"", file);
}

static void put_result(FILE *file, const json_t *header, const json_t *test, junit_kind kind) {
    view why = view_get(test, "why");
    if (kind == KIND_NOTE) {
        fprintf(file, "      <system-out>%s: ", words[case_word(test)].name);
        view_put(file, why.len > 0 ? why : view_get(test, "seen"), LINES);
        fputs("</system-out>\n", file);
        return;
    }
    if (kind == KIND_SKIPPED) {
        fputs("      <skipped", file);
        put_message(file, header, test);
        fputs("/>\n", file);
        return;
    }
    const char *name = kind == KIND_FAILURE ? "failure" : "error";
    fprintf(file, "      <%s", name);
    put_type(file, test);
    put_message(file, header, test);
    fputs(">", file);
    put_explanation(file, header, test);
    fprintf(file, "</%s>\n", name);
}

static void put_case(FILE *file, const json_t *header, const json_t *test) {
    junit_kind kind = kind_of(header, test);
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
    if (kind == KIND_PASS) {
        fputs("/>\n", file);
    } else {
        fputs(">\n", file);
        put_result(file, header, test, kind);
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
    counts sum = {0};
    for (size_t i = row->first; i < d->total; i = d->next[i])
        count(&sum, rec->header, json_array_get(rec->cases, i));
    put_counts(file, sum, row->duration_us, true);
    put_timestamp(file, view_get(rec->header, "started"));
    fputs(">\n", file);
    put_properties(file, rec->header);
    for (size_t i = row->first; i < d->total; i = d->next[i]) {
        put_case(file, rec->header, json_array_get(rec->cases, i));
    }
    fputs("  </testsuite>\n", file);
}

/* ---- What is wrong with the run as a whole ------------------------------------------------------------- */

typedef struct troubles {
    FILE *file;
    bool counting; /* only count them */
    counts sum;
} troubles;

static void put_trouble(void *user, bool red, const char *text) {
    troubles *t = user;
    if (!red) return;
    t->sum.tests++;
    t->sum.failures++;
    if (t->counting) return;
    fprintf(t->file, "    <testcase classname=\"wsconform.run\" name=\"gate %zu\" time=\"0.000000\">\n",
            t->sum.failures);
    fputs("      <failure type=\"gate\" message=\"", t->file);
    text_puts(t->file, text, TEXT_MARKUP);
    fputs("\"/>\n    </testcase>\n", t->file);
}

/* What a truncated or incomplete run lacks is an error of its own, so that it cannot pass for a green one,
   and so is what the gate found beyond the cases. */
static counts put_run(FILE *file, const record *rec, const digest *d, bool counting) {
    troubles t = {.file = file, .counting = true};
    explain_gate(rec, put_trouble, &t);
    t.sum.tests += d->incomplete;
    t.sum.errors += d->incomplete;
    if (counting || t.sum.tests == 0) return t.sum;
    fputs("  <testsuite name=\"wsconform.run\"", file);
    put_counts(file, t.sum, 0, true);
    put_timestamp(file, view_get(rec->header, "started"));
    fputs(">\n", file);
    put_properties(file, rec->header);
    if (d->incomplete)
        fprintf(file,
                "    <testcase classname=\"wsconform.run\" name=\"complete\" time=\"0.000000\">\n"
                "      <error type=\"%s\" message=\"%s\"/>\n"
                "    </testcase>\n",
                d->truncated ? "truncated" : "incomplete", d->lack);
    t = (troubles){.file = file};
    explain_gate(rec, put_trouble, &t);
    fputs("  </testsuite>\n", file);
    return t.sum;
}

int report_junit(const record *rec, FILE *file) {
    digest *d = digest_new(rec);
    if (!d) {
        errno = ENOMEM;
        return -1;
    }
    counts all = put_run(file, rec, d, true);
    for (size_t i = 0; i < d->total; i++) count(&all, rec->header, json_array_get(rec->cases, i));
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"wsconform\"", file);
    put_counts(file, all, d->duration_us, false);
    fputs(">\n", file);
    for (size_t i = 0; i < d->num_areas; i++) put_area(file, rec, d, &d->areas[i]);
    (void)put_run(file, rec, d, false);
    fputs("</testsuites>\n", file);
    digest_free(d);
    return fflush(file) == EOF || ferror(file) ? -1 : 0;
}
