/* SPDX-License-Identifier: MIT */
/* The table of flags. */
#ifndef CLI_FLAGS_H
#define CLI_FLAGS_H

#include "cli/cli.h"

typedef enum cli_flag_type { FLAG_BOOL, FLAG_TEXT, FLAG_LIST } cli_flag_type;

typedef struct cli_flag {
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    cli_flag_type type;
    const char *metavar;  /* NULL for BOOL */
    const char *commands; /* names separated by spaces; "*": all; "": only before a command */
    size_t offset;        /* of its value in cli_options */
    const char *help;
} cli_flag;

const cli_flag *cli_flags(size_t *num);
bool cli_flag_fits(const cli_flag *flag, const cli_command *command);
/* The name as the user writes it, without the dashes: list and show know --json as a switch. */
const char *cli_flag_shown(const cli_flag *flag);

/* Words at most so wide, with lines after the first one indented, and a newline. */
void cli_wrapped(FILE *file, const char *prose, size_t indent, size_t width);

/* For --help and the man page: what the program does, and each exit code with its meaning. */
#define CLI_NUM_EXITS 6
extern const char cli_about[];
extern const char *const cli_exit_texts[CLI_NUM_EXITS][2];

#endif
