/* SPDX-License-Identifier: MIT */
/* Loading the catalogue for a command, and choosing from it. */
#ifndef CLI_SELECT_H
#define CLI_SELECT_H

#include "cli/cli.h"
#include "script/case.h"

/* Prints a problem of a catalogue on stderr: "wsconform: FILE:LINE: POINTER MESSAGE". user: a label such as
   "note: ", or NULL. */
void cli_complain(void *user, const char *file, int line, const char *pointer, const char *message);

/* Loads the catalogue that the options name; complains on stderr. NULL: exit with EXIT_USAGE. */
catalogue *cli_catalogue(const cli_options *options);

typedef enum cli_role { CLI_ANY, CLI_SERVERS, CLI_CLIENTS } cli_role;

/* The cases that --include, further words and --exclude select, in catalogue order; judged role only.
   patterns are words that count like --include. A pattern that matches nothing is an error. Returns the
   number, or -1 after a message. *cases is the caller's. */
long cli_select(const cli_options *options, const catalogue *all, const cli_list *patterns, cli_role role,
                const test_case ***cases);

#endif
