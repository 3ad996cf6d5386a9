/* SPDX-License-Identifier: MIT */
/* Output files. All are opened before a run begins, so that a path that cannot be written costs nothing; each
   but the record is written under a temporary name and appears only when it is whole. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/cli.h"
#include "report/report.h"

typedef struct output {
    char path[4096]; /* "-": stdout */
    char temporary[4110];
    FILE *file; /* NULL: not wanted */
} output;

typedef struct outputs {
    output jsonl, json, html, junit;
} outputs;

/* nth: 0 for the first target; later ones get "-2", "-3" before the ending. Returns 0, or EXIT_USAGE after a
 * message. */
int outputs_open(outputs *all, const cli_options *options, unsigned nth);
/* Writes and puts in place all but the record, and ends the record. Returns 0, or EXIT_HARNESS after a
 * message. */
int outputs_finish(outputs *all, const record *record);
/* Leaves nothing behind of what was not finished, but the record as far as it came. */
void outputs_abandon(outputs *all);
/* True if one of them goes to stdout, so that nothing else may. */
bool outputs_on_stdout(const outputs *all);

#endif
