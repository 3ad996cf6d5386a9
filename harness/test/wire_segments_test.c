/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "wire/impl.h"

enum { LEN = 9 };

/* The rule of wire_cut, octet by octet: does a segment end before octet `at`? */
static bool ends_before(size_t at, const size_t *cuts, size_t num_cuts, size_t every, size_t limit) {
    for (size_t i = 0; i < num_cuts; i++)
        if (cuts[i] == at) return true;
    if (every == 0) return false;
    if (limit == 0) return at % every == 0;
    return at == limit || (at < limit && at % every == 0);
}

static void all_cuts_with_all_strides(void **state) {
    (void)state;
    unsigned num_checked = 0;
    for (unsigned set = 0; set < 1u << (LEN + 1); set++) {
        size_t cuts[LEN + 1];
        size_t num_cuts = 0;
        for (size_t i = 0; i <= LEN; i++)
            if ((set >> i & 1) != 0) cuts[num_cuts++] = i;
        for (size_t every = 0; every <= LEN + 1; every++)
            for (size_t limit = 0; limit <= LEN + 1; limit++) {
                wire_cut cut = {.cuts = cuts, .num_cuts = num_cuts, .every = every, .every_limit = limit};
                wire__segments segments;
                wire__segments_init(&segments, LEN, &cut);
                size_t pos = 0;
                for (size_t at = 1; at <= LEN; at++) {
                    if (at < LEN && !ends_before(at, cuts, num_cuts, every, limit)) continue;
                    assert_int_equal(wire__segments_end(&segments, pos), at);
                    pos = at;
                    num_checked++;
                }
            }
    }
    assert_true(num_checked > 100000);
}

static void no_cut_is_one_segment(void **state) {
    (void)state;
    wire__segments segments;
    wire__segments_init(&segments, LEN, NULL);
    assert_int_equal(wire__segments_end(&segments, 0), LEN);
    wire_cut cut = {.num_cuts = 3};
    wire__segments_init(&segments, LEN, &cut);
    assert_int_equal(wire__segments_end(&segments, 0), LEN);
}

static void cuts_out_of_order_or_range_are_harmless(void **state) {
    (void)state;
    const size_t cuts[] = {5, 2, 2, 0, SIZE_MAX, 7, LEN};
    wire_cut cut = {.cuts = cuts, .num_cuts = sizeof cuts / sizeof *cuts};
    wire__segments segments;
    wire__segments_init(&segments, LEN, &cut);
    size_t pos = 0;
    while (pos < LEN) {
        size_t end = wire__segments_end(&segments, pos);
        assert_true(end > pos && end <= LEN);
        pos = end;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_cuts_with_all_strides),
        cmocka_unit_test(no_cut_is_one_segment),
        cmocka_unit_test(cuts_out_of_order_or_range_are_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
