/* SPDX-License-Identifier: MIT */
/* Several attempts at a case, and values that were random before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runner/attempts.h"
#include "runner/seen.h"

static const char *const checks[] = {"6455-5.2-1", NULL};
static const char *const none[] = {NULL};
static const test_case sample = {.id = "framing/sample",
                                 .area = "framing",
                                 .topic = "Sample",
                                 .title = "A sample",
                                 .checks = checks,
                                 .also = none,
                                 .rulings = none,
                                 .bugs = none};

static attempts_plan plan_of(bool whole, bool octets, bool cuts, unsigned repeat) {
    return (attempts_plan){
        .pacings = {[PACING_WHOLE] = whole, [PACING_OCTETS] = octets, [PACING_CUTS] = cuts},
        .repeat = repeat,
        .rerun = "wsconform server ws://x/"};
}

static void take(attempts *a, const attempts_plan *plan, unsigned nth, verdict v) {
    const judgement j = {.verdict = v, .outcome = -1};
    attempts_take(a, plan, nth, &sample, &j, NULL);
}

static const char *text_of(const attempts *a, const char *key) {
    return json_string_value(json_object_get(a->line, key));
}

static void test_plan(void **state) {
    (void)state;
    const attempts_plan plan = plan_of(true, false, true, 3);
    assert_int_equal(attempts_number(&plan), 6);
    const run_pacing expected[] = {PACING_WHOLE, PACING_WHOLE, PACING_WHOLE,
                                   PACING_CUTS,  PACING_CUTS,  PACING_CUTS};
    for (unsigned i = 0; i < 6; i++) assert_int_equal(attempts_pacing(&plan, i), expected[i]);
}

static void test_one(void **state) {
    (void)state;
    const attempts_plan plan = plan_of(false, true, false, 1);
    attempts a = {.line = NULL};
    take(&a, &plan, 0, VERDICT_LENIENT);
    attempts_finish(&a);
    assert_int_equal(a.verdict, VERDICT_LENIENT);
    assert_false(a.unstable);
    assert_null(json_object_get(a.line, "attempts"));
    assert_string_equal(text_of(&a, "rerun"), "wsconform server ws://x/ --pacing octets 'framing/sample'");
    assert_string_equal(text_of(&a, "pacing"), "octets");
    attempts_reset(&a);
    assert_null(a.line);
}

static void test_worst_stands(void **state) {
    (void)state;
    const attempts_plan plan = plan_of(true, true, false, 2);
    const verdict given[] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_PASS, VERDICT_LENIENT};
    attempts a = {.line = NULL};
    for (unsigned i = 0; i < 4; i++) take(&a, &plan, i, given[i]);
    attempts_finish(&a);
    assert_int_equal(a.verdict, VERDICT_FAIL);
    assert_true(a.unstable);
    assert_string_equal(text_of(&a, "verdict"), "fail");
    assert_string_equal(text_of(&a, "pacing"), "whole");
    const json_t *list = json_object_get(a.line, "attempts");
    assert_string_equal(json_string_value(json_object_get(list, "whole#1")), "pass");
    assert_string_equal(json_string_value(json_object_get(list, "whole#2")), "fail");
    assert_string_equal(json_string_value(json_object_get(list, "octets#2")), "lenient");
    assert_int_equal(json_array_size(json_object_get(a.line, "notes")), 1);
    assert_string_equal(text_of(&a, "attempt"), "whole#2");
    const json_t *other = json_object_get(a.line, "other");
    assert_string_equal(json_string_value(json_object_get(other, "attempt")), "whole#1");
    assert_string_equal(json_string_value(json_object_get(other, "verdict")), "pass");
    assert_true(json_is_array(json_object_get(other, "wire")));
    assert_null(json_object_get(other, "id"));
    attempts_reset(&a);
}

/* The first attempt that ended better is kept, whether it was before the worst or after it. */
static void test_other(void **state) {
    (void)state;
    const attempts_plan plan = plan_of(true, false, false, 4);
    static const verdict given[][4] = {{VERDICT_FAIL, VERDICT_FAIL, VERDICT_INFO, VERDICT_PASS},
                                       {VERDICT_INFO, VERDICT_LENIENT, VERDICT_FAIL, VERDICT_PASS}};
    static const char *const kept[] = {"whole#3", "whole#1"};
    for (size_t k = 0; k < 2; k++) {
        attempts a = {.line = NULL};
        for (unsigned i = 0; i < 4; i++) take(&a, &plan, i, given[k][i]);
        attempts copy = attempts_copy(&a);
        attempts_reset(&a);
        attempts_finish(&copy);
        assert_string_equal(text_of(&copy, "verdict"), "fail");
        const json_t *other = json_object_get(copy.line, "other");
        assert_string_equal(json_string_value(json_object_get(other, "attempt")), kept[k]);
        assert_string_equal(json_string_value(json_object_get(other, "verdict")), "info");
        attempts_reset(&copy);
    }
}

static void test_same_is_stable(void **state) {
    (void)state;
    const attempts_plan plan = plan_of(true, true, true, 2);
    attempts a = {.line = NULL};
    for (unsigned i = 0; i < 6; i++) take(&a, &plan, i, VERDICT_INFO);
    attempts_finish(&a);
    assert_false(a.unstable);
    assert_int_equal(json_array_size(json_object_get(a.line, "notes")), 0);
    assert_int_equal(json_object_size(json_object_get(a.line, "attempts")), 6);
    assert_null(json_object_get(a.line, "other"));
    attempts_reset(&a);
}

static void test_force(void **state) {
    (void)state;
    const attempts_plan plan = plan_of(true, false, false, 1);
    attempts a = {.line = NULL};
    attempts_force(&a, &plan, 0, &sample, VERDICT_NOT_RUN, "there was no time");
    assert_string_equal(text_of(&a, "verdict"), "not-run");
    assert_string_equal(text_of(&a, "why"), "there was no time");
    attempts_force(&a, &plan, 0, &sample, VERDICT_CRASHED, "it died");
    assert_int_equal(a.verdict, VERDICT_CRASHED);
    assert_string_equal(text_of(&a, "why"), "it died");
    attempts_reset(&a);
}

static void test_pack(void **state) {
    (void)state;
    const attempts_plan plan = plan_of(true, false, false, 1);
    attempts a = {.line = NULL};
    attempts_pack(&a);
    assert_null(a.packed);
    take(&a, &plan, 0, VERDICT_FAIL);
    attempts_pack(&a); /* there is little in it */
    assert_non_null(a.line);
    json_t *wire = json_object_get(a.line, "wire");
    for (int i = 0; i < 100; i++) json_array_append_new(wire, json_stringn("a\0b", 3));
    json_t *before = json_deep_copy(a.line);
    attempts_pack(&a);
    assert_null(a.line);
    assert_non_null(a.packed);
    attempts_unpack(&a);
    assert_null(a.packed);
    assert_true(json_equal(a.line, before));
    attempts_pack(&a);
    attempts_reset(&a);
    assert_null(a.packed);
    json_decref(before);
}

static wsc_span span(const char *text) {
    return (wsc_span){text, strlen(text)};
}

static void test_seen_keys(void **state) {
    (void)state;
    seen_keys seen = {.keys = NULL};
    char key[16];
    for (int i = 0; i < 3000; i++) {
        snprintf(key, sizeof key, "k%d", (i * 7919) % 3001);
        assert_false(seen_key(&seen, span(key)));
    }
    for (int i = 0; i < 3000; i++) {
        snprintf(key, sizeof key, "k%d", (i * 7919) % 3001);
        assert_true(seen_key(&seen, span(key)));
    }
    seen_free(&seen);
}

static void test_seen_masks(void **state) {
    (void)state;
    seen_keys seen = {.keys = NULL};
    const uint32_t first[] = {1, 2, 3}, other[] = {1, 3, 2}, alone[] = {1};
    assert_false(seen_masks(&seen, first, 3));
    assert_false(seen_masks(&seen, other, 3));
    assert_false(seen_masks(&seen, alone, 1));
    assert_false(seen_masks(&seen, alone, 1));
    assert_true(seen_masks(&seen, first, 2));
    seen_free(&seen);
}

/* A case that did not run, two that did, and one of another requirement. */
static void test_seen_judge(void **state) {
    (void)state;
    static const char *const key[] = {"6455-4.1-28", "6455-4.1-30", NULL}, *const mask[] = {"6455-5.3-2",
                                                                                            NULL};
    test_case about_key = sample, about_masks = sample;
    about_key.checks = key;
    about_masks.checks = mask;
    const test_case *const tests[] = {&about_key, &sample, &about_key, &about_masks, &about_key};
    const attempts_plan plan = plan_of(true, false, false, 1);
    attempts taken[5] = {{.line = NULL}};
    for (size_t i = 1; i < 4; i++) attempts_force(&taken[i], &plan, 0, tests[i], VERDICT_PASS, "");
    attempts_force(&taken[4], &plan, 0, tests[4], VERDICT_CRASHED, "it died");

    seen_judge(&(seen_again){0, 0}, &plan, tests, taken, 5);
    for (size_t i = 1; i < 4; i++) assert_int_equal(taken[i].verdict, VERDICT_PASS);

    seen_judge(&(seen_again){.keys = 1}, &plan, tests, taken, 5);
    assert_null(taken[0].line);
    assert_int_equal(taken[1].verdict, VERDICT_PASS);
    assert_int_equal(taken[2].verdict, VERDICT_FAIL);
    assert_string_equal(text_of(&taken[2], "why"),
                        "a Sec-WebSocket-Key that an earlier connection had came again, on 1 connection");
    assert_int_equal(taken[3].verdict, VERDICT_PASS);
    assert_int_equal(taken[4].verdict, VERDICT_CRASHED);

    seen_judge(&(seen_again){.keys = 1, .masks = 2}, &plan, tests, taken, 5);
    assert_int_equal(taken[1].verdict, VERDICT_PASS);
    assert_int_equal(taken[3].verdict, VERDICT_FAIL);
    assert_string_equal(
        text_of(&taken[3], "why"),
        "the first two masking keys that an earlier connection had came again, on 2 connections");
    for (size_t i = 0; i < 5; i++) attempts_reset(&taken[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan),           cmocka_unit_test(test_one),
        cmocka_unit_test(test_worst_stands),   cmocka_unit_test(test_other),
        cmocka_unit_test(test_same_is_stable), cmocka_unit_test(test_force),
        cmocka_unit_test(test_pack),           cmocka_unit_test(test_seen_keys),
        cmocka_unit_test(test_seen_masks),     cmocka_unit_test(test_seen_judge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
