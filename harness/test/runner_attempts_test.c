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
    attempts_reset(&a);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan),         cmocka_unit_test(test_one),
        cmocka_unit_test(test_worst_stands), cmocka_unit_test(test_same_is_stable),
        cmocka_unit_test(test_force),        cmocka_unit_test(test_seen_keys),
        cmocka_unit_test(test_seen_masks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
