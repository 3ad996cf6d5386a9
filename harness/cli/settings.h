/* SPDX-License-Identifier: MIT */
/* What runs against servers and against clients have in common: settings from flags, and how a run describes
   itself in its record. */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "cli/cli.h"
#include "runner/record.h"
#include "script/run.h"

typedef struct settings {
    unsigned wait_ms, timeout_ms, jobs, repeat;
    bool pacings[PACING_COUNT];
    const char *pacing; /* as given */
    uint64_t seed;
    uint64_t max_message; /* 0: not given */
    bool full, one_by_one, with_deflate;
    char rerun[512]; /* the flags among these that a single case needs to be what it was, each with a space
                       before it */
} settings;

/* Returns 0, or EXIT_USAGE after a message. default_jobs: without --jobs. */
int settings_read(settings *s, const cli_options *options, unsigned default_jobs);

/* Texts of the moment and the machine for a record; record_run borrows them. */
typedef struct settings_moment {
    char platform[256], started[32];
} settings_moment;
void settings_moment_take(settings_moment *moment);
/* The part of a record's header that settings, command line and moment give. */
record_run settings_about(const settings *s, const cli_options *options, const settings_moment *moment);

/* What the settings mean for each case, whoever is judged; what only one role has is left at zero. */
run_config settings_run(const settings *s);
/* The bound on a whole case. */
unsigned settings_case_ms(const settings *s);

/* From now on SIGINT and SIGTERM set the flag that is returned; a second one ends the process. */
const volatile bool *settings_signals(void);

/* The worse of two exit codes of runs: a broken harness, then a usage error, a broken run, failures. */
int settings_worse(int a, int b);

#endif
