/* SPDX-License-Identifier: MIT */
/* What changed between two records: what is called a regression, and how it is told. */
#include "report_fixture.h"

#include "report/diff.h"

static record *record_make(const char *catalogue, const char *const *cases, bool whole) {
    record *rec = calloc(1, sizeof *rec);
    assert_non_null(rec);
    rec->header = json_pack("{s:s,s:i,s:s,s:{s:s}}", "type", "header", "format", 1, "started",
                            "2026-01-01T00:00:00Z", "catalogue", "version", catalogue);
    rec->cases = json_array();
    if (whole) rec->footer = json_pack("{s:s,s:b}", "type", "footer", "complete", 1);
    for (; *cases; cases++) {
        char id[64], verdict[32];
        assert_int_equal(sscanf(*cases, "%63s %31s", id, verdict), 2);
        json_array_append_new(rec->cases, json_pack("{s:s,s:s,s:s,s:s}", "type", "case", "id", id, "title",
                                                    id, "verdict", verdict));
    }
    return rec;
}

static diff *diff_of(const record *old, const record *new, const char *fail_on) {
    const report_target targets[2] = {{"old", old, NULL}, {"new", new, NULL}};
    gate *g = gate_new();
    if (fail_on) assert_int_equal(gate_fail_on(g, fail_on), 0);
    diff *d = diff_new(targets, g);
    assert_non_null(d);
    gate_free(g);
    return d;
}

static void kinds(void **state) {
    (void)state;
    static const struct {
        const char *old, *new, *fail_on;
        bool same_catalogue;
        diff_kind kind;
    } rows[] = {
        {"pass", "pass", NULL, true, DIFF_SAME},
        {"pass", "fail", NULL, true, DIFF_REGRESSED},
        {"pass", "timeout", NULL, true, DIFF_REGRESSED},
        {"pass", "unsupported", NULL, true, DIFF_REGRESSED},
        {"pass", "not-run", NULL, true, DIFF_REGRESSED},
        {"unsupported", "fail", NULL, true, DIFF_REGRESSED},
        {"pass", "lenient", NULL, true, DIFF_WORSE},
        {"pass", "lenient", "lenient", true, DIFF_REGRESSED},
        {"pass", "info", NULL, true, DIFF_WORSE},
        {"fail", "crashed", NULL, true, DIFF_WORSE},
        {"crashed", "fail", NULL, true, DIFF_BETTER},
        {"fail", "pass", NULL, true, DIFF_MENDED},
        {"fail", "unsupported", NULL, true, DIFF_MENDED},
        {"unsupported", "pass", NULL, true, DIFF_BETTER},
        {"lenient", "pass", NULL, true, DIFF_BETTER},
        {"lenient", "pass", "lenient", true, DIFF_MENDED},
        {NULL, "pass", NULL, true, DIFF_NEW},
        {NULL, "fail", NULL, true, DIFF_NEW},
        {"pass", NULL, NULL, true, DIFF_REGRESSED},
        {"fail", NULL, NULL, true, DIFF_GONE},
        {"pass", NULL, NULL, false, DIFF_GONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char old_case[64], new_case[64];
        snprintf(old_case, sizeof old_case, "a/1 %s", rows[i].old ? rows[i].old : "");
        snprintf(new_case, sizeof new_case, "a/1 %s", rows[i].new ? rows[i].new : "");
        const char *old_cases[] = {"b/1 pass", rows[i].old ? old_case : NULL, NULL};
        const char *new_cases[] = {"b/1 pass", rows[i].new ? new_case : NULL, NULL};
        record *old = record_make("1", old_cases, true),
               *new = record_make(rows[i].same_catalogue ? "1" : "2", new_cases, true);
        diff *d = diff_of(old, new, rows[i].fail_on);
        assert_int_equal(d->m->num_rows, 2);
        if (d->kinds[1] != rows[i].kind) fail_msg("row %zu: %s", i, diff_title(d->kinds[1]));
        assert_int_equal(d->num[rows[i].kind], rows[i].kind == DIFF_SAME ? 2 : 1);
        diff_free(d);
        record_free(old);
        record_free(new);
    }
}

static void texts(void **state) {
    (void)state;
    static const char *const before[] = {"a/1 pass", "a/2 fail", "a/3 pass", "a/4 lenient", NULL},
                             *const after[] = {"a/1 fail", "a/2 pass", "a/3 pass", "b_c/new fail", NULL};
    record *old = record_make("1", before, true), *new = record_make("2", after, false);
    diff *d = diff_of(old, new, NULL);
    memo out;
    assert_int_equal(memo_open(&out), 0);
    assert_int_equal(report_diff_markdown(d, out.file), 0);
    assert_int_equal(memo_close(&out), 0);
    assert_string_equal(
        out.data, "**1 regression, 1 mended, 1 new (1 of them red), 1 gone; 1 the same.**\n"
                  "\n**The new run is incomplete.** The record has no footer: the run was cut short after 4 "
                  "cases, and what it would have found is not known.\n"
                  "\nThe catalogues differ.\n"
                  "\n### Regressions: 1\n\n| Case | Old | New | |\n|---|---|---|---|\n"
                  "| a/1 | pass | fail | a/1 |\n"
                  "\n### Mended: 1\n\n| Case | Old | New | |\n|---|---|---|---|\n"
                  "| a/2 | fail | pass | a/2 |\n"
                  "\n### New: 1\n\n| Case | Old | New | |\n|---|---|---|---|\n"
                  "| b\\_c/new | missing | fail | b\\_c/new |\n"
                  "\n### Gone: 1\n\n| Case | Old | New | |\n|---|---|---|---|\n"
                  "| a/4 | lenient | missing | a/4 |\n");
    memo_free(&out);
    assert_int_equal(memo_open(&out), 0);
    report_terminal terminal = {.file = out.file, .width = 80};
    assert_int_equal(report_diff_terminal(d, &terminal), 0);
    assert_int_equal(memo_close(&out), 0);
    assert_non_null(strstr(out.data, "\nRegressions: 1\n  fail, was pass  a/1\n      a/1\n"));
    assert_null(strstr(out.data, "b_c/new"));
    memo_free(&out);
    diff_free(d);
    record_free(old);
    record_free(new);
}

static int render_diff(const record *rec, FILE *file, int how) {
    record *sample = record_of_file(SAMPLE);
    diff *d = diff_of(how & 1 ? sample : rec, how & 1 ? rec : sample, NULL);
    int result = how & 2 ? report_diff_html(d, file) : report_diff_markdown(d, file);
    diff_free(d);
    record_free(sample);
    return result;
}

static int render_terminal_diff(const record *rec, FILE *file) {
    record *sample = record_of_file(SAMPLE);
    diff *d = diff_of(sample, rec, NULL);
    report_terminal terminal = {.file = file, .colour = true, .verbose = true};
    int result = report_diff_terminal(d, &terminal);
    diff_free(d);
    record_free(sample);
    return result;
}

static int old_markdown(const record *rec, FILE *file) {
    return render_diff(rec, file, 0);
}

static int new_markdown(const record *rec, FILE *file) {
    return render_diff(rec, file, 1);
}

static int old_html(const record *rec, FILE *file) {
    return render_diff(rec, file, 2);
}

static int new_html(const record *rec, FILE *file) {
    return render_diff(rec, file, 3);
}

static void check_one(render_fn *render, const record *rec, void (*check)(const char *data, size_t len)) {
    rendering made = text_of(render, rec);
    check(made.data, made.len);
    free(made.data);
}

/* Whatever a peer wrote into one of them. */
static void hostile(void **state) {
    (void)state;
    record *rec = record_of_file(HOSTILE);
    check_one(old_markdown, rec, check_markdown);
    check_one(new_markdown, rec, check_markdown);
    check_one(old_html, rec, check_html);
    check_one(new_html, rec, check_html);
    check_one(render_terminal_diff, rec, check_terminal);
    record_free(rec);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(texts),
        cmocka_unit_test(hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
