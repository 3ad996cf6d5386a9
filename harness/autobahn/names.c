/* SPDX-License-Identifier: MIT */
#include "autobahn/names.h"

#include <stdlib.h>
#include <string.h>

#include "autobahn/embedded.h"
#include "autobahn/exact.h"

static const char prefix[] = "autobahn:";

static const test_case *stand_in(const catalogue *all, const char *id, bool servers) {
    for (size_t i = 0; i < all->num_cases; i++) {
        const test_case *test = &all->cases[i];
        if (servers ? !test->judges_server : !test->judges_client) continue;
        for (size_t k = 0; test->also && test->also[k]; k++)
            if (strncmp(test->also[k], prefix, sizeof prefix - 1) == 0 &&
                strcmp(test->also[k] + sizeof prefix - 1, id) == 0)
                return test;
    }
    return NULL;
}

void ab_names_init(ab_names *names, const catalogue *all, bool servers) {
    *names = (ab_names){
        .tree = json_loadb((const char *)autobahn_cases, autobahn_cases_len, JSON_ALLOW_NUL, NULL)};
    if (!names->tree) abort();
    names->num_cases = json_array_size(names->tree);
    names->cases = calloc(names->num_cases, sizeof *names->cases);
    if (!names->cases) abort();
    for (size_t i = 0; i < names->num_cases; i++) {
        const json_t *entry = json_array_get(names->tree, i);
        ab_case *one = &names->cases[i];
        *one = (ab_case){.id = json_string_value(json_object_get(entry, "id")),
                         .description = json_string_value(json_object_get(entry, "description")),
                         .number = (unsigned)i + 1,
                         .expected = json_object_get(entry, "expected"),
                         .close = json_object_get(entry, "expectedClose"),
                         .exact = json_object_get(entry, "exact"),
                         .report_time = json_is_true(json_object_get(entry, "reportTime"))};
        if (ab_exact_problem(one->exact)) abort(); /* it is part of the program */
        one->test = stand_in(all, one->id, servers);
    }
}

void ab_names_free(ab_names *names) {
    free(names->cases);
    json_decref(names->tree);
    *names = (ab_names){.cases = NULL};
}

/* Stars match any run of characters. Linear in the product of both lengths, without recursion. */
static bool glob(const char *pattern, const char *text, bool whole) {
    const char *star = NULL, *retry = NULL;
    for (;;) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = text;
        } else if (!*pattern && (!whole || !*text)) {
            return true;
        } else if (*pattern && *pattern == *text) {
            pattern++;
            text++;
        } else if (star && *retry) {
            pattern = star;
            text = ++retry;
        } else {
            return false;
        }
    }
}

bool ab_pattern_matches(const char *pattern, const char *id) {
    return strchr(pattern, '*') ? glob(pattern, id, false) : strcmp(pattern, id) == 0;
}

bool ab_pattern_matches_whole(const char *pattern, const char *text) {
    return glob(pattern, text, true);
}
