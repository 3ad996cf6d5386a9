/* SPDX-License-Identifier: MIT */
/* How long cases may take: their own work is added, what they only announce is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "script/effort.h"

static case_frame frame_of(uint64_t octets, uint64_t claim) {
    return (case_frame){.header = {.opcode = WSC_OP_BINARY, .fin = true, .length = claim},
                        .claims_length = claim != octets,
                        .payload = {.kind = PAYLOAD_REPEAT, .total = octets}};
}

static void nothing_sent(void **state) {
    (void)state;
    const case_step steps[] = {{.kind = STEP_UNTIL}};
    const test_case test = {.steps = steps, .num_steps = 1};
    assert_int_equal(effort_patience_ms(300, &test), 300);
    assert_int_equal(effort_bound_ms(1000, &test), 1004);
}

static void large_message(void **state) {
    (void)state;
    const case_frame frame = frame_of(16 << 20, 16 << 20);
    const case_step steps[] = {{.kind = STEP_SEND, .send = {&frame, 1}, .every = 1 << 10}};
    const test_case test = {.steps = steps, .num_steps = 1, .largest = 16 << 20};
    assert_int_equal(effort_patience_ms(10000, &test), 10000 + (16 << 10));
    assert_int_equal(effort_bound_ms(1000, &test), 1000 + 4 * (1 + 2 * (16 << 10)));
}

static void many_fragments(void **state) {
    (void)state;
    case_step steps[] = {{.kind = STEP_MESSAGE}};
    steps[0].message.payload.total = 4 << 20;
    steps[0].message.fragments.rule = FRAGMENTS_SIZE;
    steps[0].message.fragments.size = 64;
    const test_case test = {.steps = steps, .num_steps = 1, .largest = 4 << 20};
    assert_int_equal(effort_patience_ms(10000, &test), 10000 + (4 << 10) + (64 << 10));
    const case_step twice[] = {{.kind = STEP_REPEAT, .repeat = {2, steps, 1}}};
    const test_case again = {.steps = twice, .num_steps = 1, .largest = 4 << 20};
    assert_int_equal(effort_patience_ms(10000, &again), 10000 + (4 << 10) + (64 << 10));
}

static void only_announced(void **state) {
    (void)state;
    const case_frame frame = frame_of(3, UINT64_MAX);
    const case_step steps[] = {{.kind = STEP_SEND, .send = {&frame, 1}}};
    const test_case test = {.steps = steps, .num_steps = 1, .largest = UINT64_MAX};
    assert_int_equal(effort_patience_ms(300, &test), 300);
    assert_int_equal(effort_bound_ms(1000, &test), 1004);
}

static void repeated(void **state) {
    (void)state;
    const case_frame frame = frame_of(1 << 20, 1 << 20);
    const case_step inner[] = {{.kind = STEP_SEND, .send = {&frame, 1}}, {.kind = STEP_FENCE}};
    const case_step steps[] = {{.kind = STEP_REPEAT, .repeat = {100, inner, 2}}};
    const test_case test = {.steps = steps, .num_steps = 1, .largest = 1 << 20};
    assert_int_equal(effort_patience_ms(300, &test), 300 + 1024);
    assert_int_equal(effort_bound_ms(1000, &test), 1000 + 4 * (200 + 100 * 1024));
}

static void never_beyond_an_hour(void **state) {
    (void)state;
    const case_frame frame = frame_of(UINT64_MAX, UINT64_MAX);
    const case_step inner[] = {{.kind = STEP_SEND, .send = {&frame, 1}, .every = 1}};
    const case_step steps[] = {{.kind = STEP_REPEAT, .repeat = {UINT64_MAX, inner, 1}}};
    const test_case test = {.steps = steps, .num_steps = 1, .largest = UINT64_MAX};
    assert_int_equal(effort_patience_ms(300, &test), 300 + 3600000);
    assert_int_equal(effort_bound_ms(1000, &test), 1000 + 3600000);
}

/* A message counts with its octets and its frames, also by the thousand. */
static void work(void **state) {
    (void)state;
    case_step steps[] = {{.kind = STEP_MESSAGES}, {.kind = STEP_UNTIL}};
    steps[0].message = (case_message){.each = 64 << 10, .count = 1000, .quick = 10, .ahead = 4};
    steps[0].message.fragments.rule = FRAGMENTS_SIZE;
    steps[0].message.fragments.size = 256;
    const test_case test = {.steps = steps, .num_steps = 2, .largest = 64 << 10};
    assert_int_equal(effort_work(&test, true), 1000 * (64 + 256));
    assert_int_equal(effort_work(&test, false), 10 * (64 + 256));
    /* Compressed, it has fewer frames. */
    steps[0].message.payload =
        (payload){.kind = PAYLOAD_REPEAT, .data = (const uint8_t *)"abc", .len = 3, .total = 64 << 10};
    steps[0].message.compress.on = true;
    assert_in_range(effort_work(&test, true), 1000 * (64 + 1), 1000 * (64 + 20));
    const case_frame frames[] = {frame_of(1 << 20, 1 << 20), frame_of(0, UINT64_MAX)};
    const case_step inner[] = {{.kind = STEP_SEND, .send = {frames, 2}}};
    const case_step twice[] = {{.kind = STEP_REPEAT, .repeat = {2, inner, 1}}};
    const test_case two = {.steps = twice, .num_steps = 1, .largest = UINT64_MAX};
    assert_int_equal(effort_work(&two, true), 2 * (1024 + 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_sent),   cmocka_unit_test(large_message),
        cmocka_unit_test(only_announced), cmocka_unit_test(many_fragments),
        cmocka_unit_test(repeated),       cmocka_unit_test(never_beyond_an_hour),
        cmocka_unit_test(work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
