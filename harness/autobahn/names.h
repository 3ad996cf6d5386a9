/* SPDX-License-Identifier: MIT */
/* Autobahn's 517 cases by name, and which case of ours stands for each. */
#ifndef AUTOBAHN_NAMES_H
#define AUTOBAHN_NAMES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "script/case.h"

typedef struct ab_case {
    const char *id; /* "1.1.1" */
    const char *description;
    unsigned number;        /* from 1, in the full list */
    const test_case *test;  /* the first of ours that stands for it in the role; NULL: none does */
    const json_t *expected; /* class -> events; borrowed */
    const json_t *close;    /* its expectedClose; borrowed */
    const json_t *exact;    /* by which rules it was judged (exact.h); borrowed */
    bool report_time;
} ab_case;

typedef struct ab_names {
    ab_case *cases;
    size_t num_cases;
    json_t *tree;
} ab_names;

/* For a run that judges servers (or clients). */
void ab_names_init(ab_names *names, const catalogue *all, bool servers);
void ab_names_free(ab_names *names);

/* Their patterns: with a star, every star is any run of characters, and the pattern is tied to the start of
   the id only ("1.*" takes 1.1.1, "13.*.1" takes 13.1.10 too); without one it is an id. */
bool ab_pattern_matches(const char *pattern, const char *id);
/* The same, tied at both ends (exclude-agent-cases). */
bool ab_pattern_matches_whole(const char *pattern, const char *text);

#endif
