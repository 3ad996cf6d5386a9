/* SPDX-License-Identifier: MIT */
/* What GitHub Actions shows beside the log: annotations, which are lines of the output, and the summary of
   the step, which is appended to the file that GITHUB_STEP_SUMMARY names. */
#ifndef CLI_GITHUB_H
#define CLI_GITHUB_H

#include "cli/cli.h"
#include "report/report.h"

/* Returns 0, or EXIT_USAGE after a message if --github is none of its words. */
int cli_github_check(const cli_options *options);
/* Tells about a run, if it is wanted by --github or by GITHUB_ACTIONS and GITHUB_STEP_SUMMARY. Annotations go
   to `annotations`. What cannot be written is told on stderr and changes nothing else. */
void cli_github(const cli_options *options, const record *record, FILE *annotations);

#endif
