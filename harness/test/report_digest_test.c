/* SPDX-License-Identifier: MIT */
/* Counts of a record: verdicts by area, requirements and who is blamed for what, and whether a run is whole.
 */
#include "report_fixture.h"

/* A record of a header, the cases that `cases` lists as JSON, and a footer (none: NULL). */
static record make(const char *header, const char *cases, const char *footer) {
    record rec = {.header = json_loads(header, 0, NULL), .cases = json_loads(cases, 0, NULL)};
    assert_non_null(rec.header);
    assert_non_null(rec.cases);
    if (footer) assert_non_null(rec.footer = json_loads(footer, 0, NULL));
    return rec;
}

static void unmake(record *rec, digest *d) {
    digest_free(d);
    json_decref(rec->header);
    json_decref(rec->cases);
    json_decref(rec->footer);
}

static void completeness(void **state) {
    (void)state;
    static const char one[] = "[{\"id\":\"a/b\",\"verdict\":\"pass\"}]";
    static const struct {
        const char *header, *cases, *footer, *lack;
    } rows[] = {
        {"{}", one, "{\"total\":1,\"planned\":1,\"complete\":true}", ""},
        {"{}", one, "{}", ""},
        {"{}", one, NULL,
         "The record has no footer: the run was cut short after 1 case, and what it would have found is not "
         "known."},
        {"{}", "[]", "{\"total\":0}", "The run judged no case at all."},
        {"{}", one, "{\"total\":2}", "The record holds 1 cases but its footer counts 2."},
        {"{}", one, "{\"total\":1,\"planned\":3}", "The run did not finish: 1 of 3 cases were run."},
        {"{\"planned\":3}", one, "{\"total\":1}", "The run did not finish: 1 of 3 cases were run."},
        {"{}", one, "{\"total\":1,\"planned\":1,\"complete\":false}",
         "The run did not finish: 1 of 1 cases were run."},
        {"{}", "[{\"id\":\"a/b\",\"verdict\":\"not-run\"},{\"id\":\"a/c\",\"verdict\":\"pass\"}]",
         "{\"total\":2,\"planned\":2,\"complete\":false}", "The run did not finish: 1 of 2 cases were run."},
        {"{}", one, "{\"planned\":-9223372036854775808}", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        record rec = make(rows[i].header, rows[i].cases, rows[i].footer);
        digest *d = digest_new(&rec);
        assert_non_null(d);
        assert_string_equal(d->lack, rows[i].lack);
        assert_int_equal(d->incomplete, rows[i].lack[0] != 0);
        assert_int_equal(d->truncated, rows[i].footer == NULL);
        unmake(&rec, d);
    }
}

static void areas(void **state) {
    (void)state;
    record rec = make("{}",
                      "[{\"id\":\"x/1\",\"area\":\"b\",\"verdict\":\"pass\",\"duration_us\":5},"
                      " {\"id\":\"a/1\",\"verdict\":\"lenient\",\"duration_us\":9223372036854775807},"
                      " {\"id\":\"x/2\",\"area\":\"b\",\"verdict\":\"fail\",\"duration_us\":7},"
                      " {\"id\":\"a/2\",\"verdict\":\"crashed\",\"duration_us\":1},"
                      " {\"id\":\"none\",\"verdict\":\"pass\",\"duration_us\":-4},"
                      " {\"id\":\"c/1\",\"verdict\":\"unheard of\"}]",
                      "{}");
    digest *d = digest_new(&rec);
    assert_int_equal(d->num_areas, 4);
    assert_true(view_is(d->areas[0].name, "b"));
    assert_true(view_is(d->areas[1].name, "a"));
    assert_true(view_is(d->areas[2].name, "other"));
    assert_int_equal(d->areas[0].totals[WORD_PASS], 1);
    assert_int_equal(d->areas[0].totals[WORD_FAIL], 1);
    assert_int_equal(d->areas[0].duration_us, 12);
    assert_int_equal(d->areas[1].duration_us, INT64_MAX);
    assert_int_equal(d->areas[2].duration_us, 0);
    assert_int_equal(d->areas[3].totals[WORD_HARNESS_ERROR], 1);
    assert_int_equal(d->trouble, 2);
    /* the cases of an area, in order */
    assert_int_equal(d->areas[1].first, 1);
    assert_int_equal(d->next[1], 3);
    assert_true(d->next[3] >= d->total);
    size_t *order = digest_worst_first(d);
    assert_non_null(order);
    static const size_t wanted[] = {0, 1, 3, 2}; /* fails; trouble and lenient; trouble; nothing */
    assert_memory_equal(order, wanted, sizeof wanted);
    free(order);
    unmake(&rec, d);
}

/* A case that did what it expected, but broke another requirement by the way, fails for that one alone. */
static void blame(void **state) {
    (void)state;
    record rec =
        make("{\"requirements\":{\"9110-5.5-2\":{\"rfc\":\"9110\"},\"6455-5.10-1\":{\"rfc\":\"6455\"},"
             "\"6455-5.2-1\":{\"rfc\":\"6455\"},\"iana\":{\"rfc\":\"IANA-websocket\"},\"7692-1-1\":{\"rfc\":"
             "\"7692\"}}}",
             "[{\"id\":\"a/1\",\"verdict\":\"fail\",\"outcome\":0,\"expected\":[{\"verdict\":\"pass\"}],"
             "  "
             "\"checks\":[\"6455-5.10-1\"],\"problems\":[{\"requirement\":\"6455-5.2-1\"},{\"requirement\":"
             "\"6455-5.2-1\"}]},"
             " {\"id\":\"a/"
             "2\",\"verdict\":\"fail\",\"outcome\":null,\"checks\":[\"6455-5.2-1\",\"9110-5.5-2\"],"
             "\"problems\":[]},"
             " {\"id\":\"a/3\",\"verdict\":\"pass\",\"outcome\":0,\"checks\":[\"9110-5.5-2\",\"unknown\"],"
             "  \"problems\":[{\"requirement\":\"iana\"}]}]",
             "{}");
    digest *d = digest_new(&rec);
    static const struct {
        const char *id;
        word worst;
        size_t cases, fails;
    } rows[] = {{"9110-5.5-2", WORD_FAIL, 2, 1}, {"6455-5.10-1", WORD_PASS, 1, 0},
                {"6455-5.2-1", WORD_FAIL, 2, 2}, {"iana", WORD_COUNT, 0, 0},
                {"7692-1-1", WORD_COUNT, 0, 0},  {"unknown", WORD_PASS, 1, 0}};
    assert_int_equal(d->num_requirements, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_true(view_is(d->requirements[i].id, rows[i].id));
        assert_int_equal(d->requirements[i].worst, rows[i].worst);
        assert_int_equal(d->requirements[i].num_cases, rows[i].cases);
        assert_int_equal(d->requirements[i].num_fails, rows[i].fails);
    }
    size_t num;
    const requirement_row **broken = digest_broken(d, &num), **sorted = digest_by_section(d);
    assert_int_equal(num, 2);
    assert_ptr_equal(broken[0], &d->requirements[2]);
    assert_ptr_equal(broken[1], &d->requirements[0]);
    static const size_t wanted[] = {2, 1, 4, 0, 3, 5};
    for (size_t i = 0; i < 6; i++) assert_ptr_equal(sorted[i], &d->requirements[wanted[i]]);
    free(broken);
    free(sorted);
    const json_t *first = json_array_get(rec.cases, 0), *second = json_array_get(rec.cases, 1);
    assert_true(view_is(case_requirement(first), "6455-5.2-1"));
    assert_true(view_is(case_requirement(second), "6455-5.2-1"));
    assert_int_equal(case_own_word(first), WORD_PASS);
    assert_int_equal(case_own_word(second), WORD_FAIL);
    unmake(&rec, d);
}

static void names(void **state) {
    (void)state;
    static const struct {
        const char *header, *target, *catalogue;
    } rows[] = {
        {"{}", "unknown target", ""},
        {"{\"target\":{\"url\":\"ws://h/\",\"address\":\"a\",\"exec\":\"x\"}}", "ws://h/", ""},
        {"{\"target\":{\"url\":\"ws://h/\",\"agent\":\"libfoo 2\"}}", "libfoo 2", ""},
        {"{\"target\":{\"exec\":\"run me\"}}", "run me", ""},
        {"{\"target\":{\"url\":7}}", "unknown target", ""},
        {"{\"catalogue\":{\"version\":\"1.2.0\"}}", "unknown target", "1.2.0"},
        {"{\"catalogue\":{\"version\":\"ecbb007daabcb385552c09a6d4df13856b9f65d99b888646a6a67f64f3148448\"}}",
         "unknown target", "ecbb007daabc"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        record rec = make(rows[i].header, "[]", NULL);
        assert_true(view_is(header_target(rec.header), rows[i].target));
        assert_true(view_is(header_catalogue(rec.header), rows[i].catalogue));
        unmake(&rec, NULL);
    }
}

static void problems(void **state) {
    (void)state;
    static const struct {
        const char *problem, *text;
    } rows[] = {{"{\"fault\":\"bad\",\"text\":\"bad, first after 1 ms\"}", "first after 1 ms"},
                {"{\"fault\":\"bad\",\"text\":\"badly done\"}", "badly done"},
                {"{\"fault\":\"bad\",\"text\":\"bad\"}", "bad"},
                {"{\"fault\":\"\",\"text\":\", x\"}", ", x"},
                {"{}", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *problem = json_loads(rows[i].problem, 0, NULL);
        assert_true(view_is(problem_text(problem), rows[i].text));
        json_decref(problem);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(completeness), cmocka_unit_test(areas),
                                       cmocka_unit_test(blame), cmocka_unit_test(names),
                                       cmocka_unit_test(problems)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
