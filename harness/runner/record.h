/* SPDX-License-Identifier: MIT */
/* The lines of a record, made from what a run knows. Their shape: reports/README.md. */
#ifndef RUNNER_RECORD_H
#define RUNNER_RECORD_H

#include <jansson.h>

#include "judge/judge.h"
#include "script/case.h"
#include "script/run.h"

/* What one attempt at a case gave. */
typedef struct record_attempt {
    const test_case *test;
    const observation *observation; /* NULL: nothing went over the wire */
    judgement judgement;
    run_pacing pacing;
    uint64_t started_us, duration_us;
    const char *rerun; /* command line that repeats the case */
} record_attempt;

/* A new line "case". The caller owns it. */
json_t *record_case(const record_attempt *attempt);

typedef struct record_run {
    const catalogue *catalogue;
    const test_case *const *cases; /* selected */
    size_t num_cases;
    unsigned shard, num_shards;       /* the run is the shardth part, from 1; 0: not split */
    size_t num_all;                   /* cases of all parts */
    const char *judges;               /* "server" or "client" */
    const char *url, *address, *exec; /* of a server; of clients, where they come to. exec may be NULL */
    const char *name;                 /* that the user gave the target; may be NULL */
    const char *agent;                /* of a client; NULL otherwise */
    const char *tls;                  /* who shows and checks which certificate; NULL: no TLS */
    bool tls_checked;                 /* the target's certificate is checked */
    const char *const *command;       /* words, NULL-terminated */
    uint64_t seed;
    const char *pacing;
    unsigned timeout_ms, jobs;
    bool full, one_by_one, with_deflate; /* what the cases were given, see run_config */
    uint64_t max_message;                /* 0: not given */
    const char *target_profile;          /* its name; NULL: the target echoes */
    const char *started;                 /* RFC 3339 */
    const char *platform;
} record_run;
/* A new line "header", with the requirements and rulings that the selected cases cite. */
json_t *record_header(const record_run *run);

typedef struct record_end {
    size_t totals[VERDICT_COUNT];
    size_t total, planned;
    uint64_t duration_ms;
    int alive; /* 1, 0, or -1 if not known */
    bool complete;
    int exit_code;
    const char *target_output; /* may be NULL */
} record_end;
/* A new line "footer". */
json_t *record_footer(const record_end *end);

#endif
