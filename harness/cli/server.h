/* SPDX-License-Identifier: MIT */
/* Judging servers and clients, for commands that do more with it. */
#ifndef CLI_SERVER_H
#define CLI_SERVER_H

#include <jansson.h>

#include "cli/cli.h"

/* What `wsconform server` does with these options. With kept nothing is printed, and *kept, NULL before, is
   the line of the last case, which the caller gives up; NULL if none was run. Returns the exit code. */
int server_judge(const cli_options *options, json_t **kept);
/* The same of `wsconform client`. */
int client_judge(const cli_options *options, json_t **kept);

#endif
