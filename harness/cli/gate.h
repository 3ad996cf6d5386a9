/* SPDX-License-Identifier: MIT */
/* The gate of a run, from its flags: --baseline, --update-baseline, --fail-on, --require, --strict. */
#ifndef CLI_GATE_H
#define CLI_GATE_H

#include "cli/cli.h"
#include "report/gate.h"
#include "script/case.h"

/* Whether any of the flags is given. */
bool cli_gate_wanted(const cli_options *options);

/* Returns 0, or EXIT_USAGE after a message. *g is the caller's, for gate_free. A baseline that is to be
   updated need not exist. all, which may be NULL: the catalogue, whose areas are those that --require knows.
 */
int cli_gate_open(gate **g, const cli_options *options, const catalogue *all);

/* Marks a case of a run that goes on; not while the baseline is being updated. */
void cli_gate_case(const gate *g, const cli_options *options, json_t *test);

/* Judges a record whose run ended with `code`: marks it, updates the baseline on request, sums up. all: the
   catalogue, whose cases for the role of the record are known. Returns the exit code; EXIT_HARNESS after a
   message if the baseline cannot be written. */
int cli_gate_close(gate *g, const cli_options *options, const catalogue *all, record *rec, int code);

#endif
