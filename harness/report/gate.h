/* SPDX-License-Identifier: MIT */
/* The gate: which verdicts turn a run red. Rules come from the command line and from a baseline, a file that
   says of known cases which verdicts are expected, and why. The gate marks the cases of a record and sums up
   in its footer, so that every report can tell what was expected; reports/README.md names the keys.

   A case is red if
   - the baseline has an entry for it, and its verdict, or that of one of its attempts, is not among those of
     the entry: an unexpected pass too; or
   - it has no entry, and its verdict is among those to fail on, or its attempts differ.
   A run is red if a case is, if an entry matches no case at all, or if too few cases passed.

   All functions end the program without memory: a gate that forgets something would be green. */
#ifndef REPORT_GATE_H
#define REPORT_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "report/report.h"

typedef struct gate gate;

/* Without any rule it fails on what breaks a requirement and on what could not be judged. */
gate *gate_new(void);
void gate_free(gate *g);

/* One item of --fail-on: "fail" (the default), "lenient", "info", "unsupported" or "blocked" (each besides
   fail), "any" (all but pass) or "never". Returns 0, or -1 if there is no such item. */
int gate_fail_on(gate *g, const char *item);

/* One item of --require: "N" cases at least have to pass, or "AREA=N" of that area; lenient and info count as
   passed where they are not red. Returns 0, or -1 if it is neither. */
int gate_require(gate *g, const char *item);

/* Reads a baseline (format: reports/baseline.schema.json). name stands in the record. Returns 0, or -1 with a
   reason that says where the mistake is. */
int gate_baseline_read(gate *g, const char *name, FILE *file, char *error, size_t error_len);
/* Starts with an empty baseline. */
void gate_baseline_empty(gate *g, const char *name);
/* Makes the baseline fit a record: cases that would be red get an entry, entries of the record's cases that
   are not needed any more go, verdicts are replaced, reasons and links stay. Entries whose cases did not run
   stay; those that match none of the known cases go. */
void gate_baseline_update(gate *g, const record *rec, const char *const *known, size_t num_known);
/* Returns 0, or -1 with errno set. */
int gate_baseline_write(const gate *g, FILE *file);
/* How many entries it has; 0 without a baseline. */
size_t gate_baseline_size(const gate *g);

/* Writes the rules into a header; nothing if there are none beyond the default. */
void gate_header(const gate *g, json_t *header);
/* Marks a case that the baseline has an entry for, and takes away the mark of an earlier gate. */
void gate_case(const gate *g, json_t *test);
/* Whether a case is red by the rules alone, whatever the baseline says. */
bool gate_fails(const gate *g, const json_t *test);
/* Sums up in the footer, after header and cases are marked. known: the ids of all cases that there are for
   the role of the record, so that entries for cases that only were not selected are not called stale; the
   record's own are known anyway. code: what the run ended with. Returns the exit code, which is also written
   into the footer: 3 and 5 stay (3 not if it stands for crashes that all were expected), 0 and 1 are decided
   anew. A record without a footer is 3. */
int gate_footer(const gate *g, record *rec, const char *const *known, size_t num_known, int code);

#endif
