/* SPDX-License-Identifier: MIT */
/* The program under the name wstest, and the table of its flags. */
#ifndef CLI_WSTEST_H
#define CLI_WSTEST_H

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>

/* The program under the name wstest. Returns the exit code. */
int wstest_main(int argc, char **argv);

#define WSTEST_FLAGS_MAX 32

typedef struct wstest_flag {
    const char *name;    /* without the dashes */
    int key;             /* what getopt_long() returns for it; its letter, if it is a lower-case one */
    const char *metavar; /* NULL: it takes no value */
    const char *help;    /* NULL: taken and ignored, as drivers of Autobahn's give it */
} wstest_flag;

/* At most WSTEST_FLAGS_MAX. */
const wstest_flag *wstest_flags(size_t *num);
/* The letter of a flag, or 0. */
char wstest_flag_letter(const wstest_flag *flag);
/* Modes and what they do, {name, text}. */
const char *const (*wstest_modes(size_t *num))[2];
/* What wstest is, and what its exit codes say; for --help and the man page. */
extern const char wstest_about[], wstest_exit_text[];

/* Makes of the table what getopt_long() wants. */
void wstest_getopt(struct option longs[WSTEST_FLAGS_MAX + 1], char letters[2 * WSTEST_FLAGS_MAX + 1]);
void wstest_help(FILE *file);

#endif
