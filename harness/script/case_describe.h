/* SPDX-License-Identifier: MIT */
/* Cases in words, for people (wsconform show) and for programs (--json). */
#ifndef SCRIPT_CASE_DESCRIBE_H
#define SCRIPT_CASE_DESCRIBE_H

#include <jansson.h>
#include <stdio.h>

#include "script/case.h"

/* Octets of a payload that are shown; what follows is counted. */
#define DESCRIBE_OCTETS 64
/* The same of a line of a head. */
#define DESCRIBE_LINE 2048

/* Everything about a case: what it checks and why, each step down to the octets of its frames, the outcomes.
   Octets that are drawn anew in each run (masking keys) are shown as "..". Control characters in texts of the
   catalogue are written as escapes. */
void case_describe(const catalogue *all, const test_case *test, FILE *out);

/* An entry of a list: id, title, area, topic, level, judges, checks, rulings, also, bugs, needs, exclusive,
   profile (where it is part of a full run only), file, pointer. The caller owns it. */
json_t *case_list_json(const test_case *test);
/* The same, with the texts of requirements and rulings, and with request, steps and outcomes in words. */
json_t *case_show_json(const catalogue *all, const test_case *test);

#endif
