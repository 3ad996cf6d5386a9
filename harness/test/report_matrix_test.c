/* SPDX-License-Identifier: MIT */
/* Several records side by side: what stands where in the table, which verdict a cell shows, and what it says
   of records that do not go together. */
#include "report_fixture.h"

#include "report/matrix.h"

static record *record_make(const char *agent, const char *catalogue, bool whole) {
    record *rec = calloc(1, sizeof *rec);
    assert_non_null(rec);
    rec->header = json_pack("{s:s,s:i,s:s,s:{s:s},s:{s:s}}", "type", "header", "format", 1, "version", "1.2",
                            "catalogue", "version", catalogue, "target", "agent", agent);
    rec->cases = json_array();
    if (whole) rec->footer = json_pack("{s:s,s:b}", "type", "footer", "complete", 1);
    assert_non_null(rec->header);
    return rec;
}

static void add(record *rec, const char *id, const char *verdict) {
    json_t *test = json_pack("{s:s,s:s,s:s,s:s}", "type", "case", "id", id, "title", id, "verdict", verdict);
    assert_int_equal(json_array_append_new(rec->cases, test), 0);
}

static void check_text(const report_target *targets, size_t num, const char *wanted) {
    memo out;
    assert_int_equal(memo_open(&out), 0);
    assert_int_equal(report_matrix_markdown(targets, num, out.file), 0);
    assert_int_equal(memo_close(&out), 0);
    assert_string_equal(out.data, wanted);
    memo_free(&out);
}

/* Areas and cases stand in the order of the first record that names them; a case that ran several times
   counts in the table each time, and its row has its worst verdict. */
static void order_and_words(void **state) {
    (void)state;
    record *one = record_make("one", "a", true), *two = record_make("two", "a", true);
    add(one, "b/x", "pass");
    add(one, "a/y", "fail");
    add(one, "b/z", "lenient");
    add(two, "c/new", "info");
    add(two, "b/z", "pass");
    add(two, "b/z", "timeout");
    add(two, "b/x", "pass");
    report_target targets[] = {{NULL, one, NULL}, {"2nd", two, NULL}};
    matrix *m = matrix_new(targets, 2);
    assert_non_null(m);
    static const char *const ids[] = {"b/x", "b/z", "a/y", "c/new"};
    static const word verdicts[][2] = {{WORD_PASS, WORD_PASS},
                                       {WORD_LENIENT, WORD_TIMEOUT},
                                       {WORD_FAIL, WORD_COUNT},
                                       {WORD_COUNT, WORD_INFO}};
    assert_int_equal(m->num_rows, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(view_is(m->rows[i].id, ids[i]));
        assert_int_equal(matrix_word(&m->rows[i], 0), verdicts[i][0]);
        assert_int_equal(matrix_word(&m->rows[i], 1), verdicts[i][1]);
        assert_int_equal(m->rows[i].worst, word_worse(verdicts[i][0], verdicts[i][1]));
    }
    assert_int_equal(m->num_areas, 3);
    assert_int_equal(matrix_area(m, 1, (view){"b", 1})->total, 3);
    assert_null(matrix_area(m, 0, (view){"c", 1}));
    assert_true(view_is(matrix_name(m, 0), "one"));
    assert_true(view_is(matrix_name(m, 1), "2nd"));
    matrix_free(m);
    check_text(
        targets, 2,
        "| Target | All | b | a | c |\n|---|--:|--:|--:|--:|\n"
        "| one | **F** 1/3 | L 1/2 | **F** 1 | - |\n"
        "| 2nd | T 1/4 | T 1/3 | - | I 1 |\n"
        "\nA cell names the worst verdict, and how many cases gave it of how many: P pass (conforms), L "
        "lenient (allowed, but short of what the RFC recommends), I info (worth knowing, no "
        "judgement), F fail (breaks a requirement), T timeout (the case did not end in time).\n");
    record_free(one);
    record_free(two);
}

static void check_alarm(const record *one, const record *two, const char *wanted) {
    report_target targets[] = {{"one", one, NULL}, {"two", two, NULL}};
    memo out;
    assert_int_equal(memo_open(&out), 0);
    assert_int_equal(report_matrix_html(targets, 2, out.file), 0);
    assert_int_equal(memo_close(&out), 0);
    check_html(out.data, out.len);
    const char *alarm = strstr(out.data, "<p class=alarm>");
    if (wanted)
        assert_non_null(strstr(out.data, wanted));
    else
        assert_null(alarm);
    memo_free(&out);
}

/* What is short or was run with other cases is said at the top. */
static void alarms(void **state) {
    (void)state;
    record *whole = record_make("w", "a", true), *cut = record_make("c", "a", false),
           *other = record_make("o", "b", true);
    add(whole, "a/x", "pass");
    add(cut, "a/x", "pass");
    add(other, "a/x", "pass");
    check_alarm(whole, whole, NULL);
    check_alarm(whole, cut, "<strong>two: truncated record.</strong>");
    check_alarm(whole, other, "<strong>Different catalogues.</strong>");
    report_target targets[] = {{"cut", cut, NULL}};
    check_text(targets, 1,
               "| Target | All | a |\n|---|--:|--:|\n| cut (!) | P 1 | P 1 |\n"
               "\nA cell names the worst verdict, and how many cases gave it of how many: P pass (conforms). "
               "(!) The run is incomplete.\n");
    record_free(whole);
    record_free(cut);
    record_free(other);
}

static void nothing(void **state) {
    (void)state;
    record *rec = record_make("none", "a", true);
    report_target targets[] = {{NULL, rec, NULL}};
    matrix *m = matrix_new(targets, 1);
    assert_non_null(m);
    assert_int_equal(m->num_rows, 0);
    matrix_free(m);
    memo out;
    assert_int_equal(memo_open(&out), 0);
    assert_int_equal(report_matrix_html(targets, 1, out.file), 0);
    assert_int_equal(memo_close(&out), 0);
    check_html(out.data, out.len);
    assert_non_null(strstr(out.data, "The records hold no case."));
    memo_free(&out);
    record_free(rec);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_and_words),
        cmocka_unit_test(alarms),
        cmocka_unit_test(nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
