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

typedef enum output_kind {
    OUTPUT_JSONL,
    OUTPUT_JSON,
    OUTPUT_HTML,
    OUTPUT_JUNIT,
    OUTPUT_MARKDOWN,
    OUTPUT_TAP,
    OUTPUT_SARIF,
    OUTPUT_BADGE,
    OUTPUT_COUNT
} output_kind;

typedef struct outputs {
    output files[OUTPUT_COUNT];
} outputs;

/* nth: 0 for the first target; later ones get "-2", "-3" before the ending. Returns 0, or EXIT_USAGE after a
 * message. */
int outputs_open(outputs *all, const cli_options *options, unsigned nth);
/* The record, which the run writes line by line; NULL: not wanted. */
FILE *outputs_record(const outputs *all);
/* Writes a whole record into it, if it is wanted. Returns 0, or -1. */
int outputs_record_write(const outputs *all, const record *record);
/* Writes and puts in place all but the record, and ends the record. Returns 0, or EXIT_HARNESS after a
 * message. */
int outputs_finish(outputs *all, const record *record);
/* Leaves nothing behind of what was not finished, but the record as far as it came. */
void outputs_abandon(outputs *all);
/* True if one of them is wanted. */
bool outputs_wanted(const outputs *all);
/* True if one of them goes to stdout, so that nothing else may. */
bool outputs_on_stdout(const outputs *all);

/* Writes one file ("-": stdout) in the same way: `write` writes it and returns 0, or -1 with errno set.
   Returns 0, or EXIT_USAGE or EXIT_HARNESS after a message. */
int output_write(const char *path, int (*write)(const void *user, FILE *file), const void *user);

#endif
