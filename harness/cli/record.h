/* SPDX-License-Identifier: MIT */
/* Records that a command reads. */
#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include "cli/cli.h"
#include "report/report.h"

/* Reads a record ("-": stdin); one that was cut short is told on stderr. Returns 0, or EXIT_USAGE after a
   message. The caller frees *result. */
int cli_record_read(record **result, const char *path);
/* The name of the file without folder and ".jsonl". Returns buffer. */
#define CLI_STEM_MAX 256
const char *cli_record_stem(char buffer[CLI_STEM_MAX], const char *path);
/* Takes the wire logs out of it, which are nearly all of a record, where nobody looks at them: many records
   are to fit in memory. */
void cli_record_drop_wires(record *r);

#endif
