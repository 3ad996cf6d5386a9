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

/* The part of a selection that --shard names: every nth case, so that neighbours, which are alike, are dealt
   out evenly. */
typedef struct cli_shard {
    unsigned index, of; /* from 1; 0: all */
    size_t num_all;     /* cases of all parts */
} cli_shard;
/* Keeps the cases of the part at the beginning of `cases`. Returns their number, or -1 after a message. */
long cli_shard_take(cli_shard *shard, const cli_options *options, const test_case **cases, long num);

#endif
