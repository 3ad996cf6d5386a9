/* SPDX-License-Identifier: MIT */
/* Report files as gates of the field read them: index.json, index.html, and two files a case and agent. What
   a record holds about a case of ours is said in their words. */
#ifndef AUTOBAHN_REPORT_H
#define AUTOBAHN_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "autobahn/names.h"

/* Results of one agent: a line of a record for each case, or NULL where it did not run. */
typedef struct ab_agent {
    const char *name;
    const json_t *const *lines; /* as many as there are cases in the run */
    uint64_t begun_us;          /* Unix time, from which the lines count */
} ab_agent;

typedef struct ab_run {
    const ab_case *const *cases; /* of the run, in their order */
    size_t num_cases;
    const ab_agent *agents;
    size_t num_agents;
    bool judges_clients;
    bool exact;          /* the words are those that Autobahn would have given (exact.h), not ours */
    const char *version; /* of this program */
} ab_run;

/* Their two words for a line. */
typedef struct ab_words {
    const char *behavior, *close;
} ab_words;
/* Our verdict in their words. A case that nobody here stands for is UNIMPLEMENTED. */
ab_words ab_words_of(const json_t *line, const ab_case *one);
/* The words that the files of this run have. */
ab_words ab_run_words(const ab_run *run, const json_t *line, const ab_case *one);

/* Makes the folder, with its parents, if it is not there. Returns 0, or -1 with a reason if nothing can be
   written into it. */
int ab_report_folder(const char *outdir, char *error, size_t error_len);

/* Writes all files into the folder, which is made with its parents. Files appear whole; index.json comes
   last. Returns 0, or -1 with a reason. */
int ab_report_write(const ab_run *run, const char *outdir, char *error, size_t error_len);

/* The name of a file without its ending: agent in small letters, others than a-z and 0-9 as "_". */
void ab_report_name(char *name, size_t size, const char *agent, const char *id);

#endif
