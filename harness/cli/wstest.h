/* SPDX-License-Identifier: MIT */
#ifndef CLI_WSTEST_H
#define CLI_WSTEST_H

/* The program under the name wstest. Returns the exit code. */
int wstest_main(int argc, char **argv);

#endif
