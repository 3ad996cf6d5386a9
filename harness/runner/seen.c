/* SPDX-License-Identifier: MIT */
#include "runner/seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adds a value to a sorted list; true if it was in it. */
static bool add(uint64_t **list, size_t *num, size_t *cap, uint64_t value) {
    size_t low = 0, high = *num;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((*list)[middle] == value) return true;
        if ((*list)[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    if (*num == SEEN_MAX) return false;
    if (*num == *cap) {
        *cap = *cap ? *cap * 2 : 256;
        *list = realloc(*list, *cap * sizeof **list);
        if (!*list) abort();
    }
    memmove(*list + low + 1, *list + low, (*num - low) * sizeof **list);
    (*list)[low] = value;
    ++*num;
    return false;
}

bool seen_key(seen_keys *seen, wsc_span key) {
    uint64_t digest = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < key.len; i++) digest = (digest ^ (uint8_t)key.data[i]) * 0x100000001b3u;
    return add(&seen->keys, &seen->num_keys, &seen->cap_keys, digest);
}

bool seen_masks(seen_keys *seen, const uint32_t *masks, size_t num) {
    if (num < 2) return false;
    return add(&seen->masks, &seen->num_masks, &seen->cap_masks, (uint64_t)masks[0] << 32 | masks[1]);
}

static bool checks(const test_case *test, const char *id) {
    for (size_t i = 0; test->checks[i]; i++)
        if (strcmp(test->checks[i], id) == 0) return true;
    return false;
}

void seen_judge(const seen_again *again, const attempts_plan *plan, const test_case *const *tests,
                attempts *taken, size_t num) {
    const struct {
        size_t times;
        const char *id, *what;
    } values[] = {{again->keys, "6455-4.1-30", "a Sec-WebSocket-Key"},
                  {again->masks, "6455-5.3-2", "the first two masking keys"}};
    for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
        char why[160];
        snprintf(why, sizeof why, "%s that an earlier connection had came again, on %zu connection%s",
                 values[v].what, values[v].times, values[v].times == 1 ? "" : "s");
        for (size_t i = 0; i < num && values[v].times > 0; i++) {
            if (!taken[i].line || taken[i].verdict > VERDICT_FAIL) continue;
            if (checks(tests[i], values[v].id))
                attempts_force(&taken[i], plan, 0, tests[i], VERDICT_FAIL, why);
        }
    }
}

void seen_free(seen_keys *seen) {
    free(seen->keys);
    free(seen->masks);
    *seen = (seen_keys){.keys = NULL};
}
