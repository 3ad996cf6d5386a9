/* SPDX-License-Identifier: MIT */
/* What gate.c and baseline.c share. */
#ifndef REPORT_GATE_IMPL_H
#define REPORT_GATE_IMPL_H

#include "report/gate.h"
#include "report/model.h"

typedef struct gate_minimum {
    char *area; /* NULL: of all */
    size_t number;
} gate_minimum;

struct gate {
    bool fail_on[WORD_COUNT];
    bool chosen; /* --fail-on was given */
    bool never;
    gate_minimum *minimums;
    size_t num_minimums;
    char *name;      /* of the baseline */
    json_t *entries; /* of the baseline, by id or glob; NULL: there is none */
};

/* The value, or the end of the program. */
void *gate_need(void *value);
json_t *gate_need_json(json_t *value);

bool gate_matches(const char *pattern, const char *id);
/* The entry for a case: its own, or that of the first glob that matches. *pattern: its name. NULL: none. */
const json_t *gate_entry(const gate *g, const char *id, const char **pattern);
/* Whether an entry allows the verdict of the case and those of all its attempts. */
bool gate_entry_met(const json_t *entry, const json_t *test);
/* Whether an entry is about a case of the record, or about one that is known. */
bool gate_entry_known(const char *pattern, const record *rec, const char *const *known, size_t num_known);

#endif
