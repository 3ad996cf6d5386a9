/* SPDX-License-Identifier: MIT */
/* Inside suite_run: what its two files share. suite.c is about the target, from its start to its end;
   suite_cases.c about which case runs when, and whether what it gave counts. */
#ifndef RUNNER_SUITE_IMPL_H
#define RUNNER_SUITE_IMPL_H

#include "runner/attempts.h"
#include "runner/crowd.h"
#include "runner/suite.h"
#include "target/target.h"

typedef enum item_state { ITEM_WAITING, ITEM_RUNNING, ITEM_DONE, ITEM_CLEARED } item_state;

/* Cases run in three stages: many at once, a second look at some, and one at a time. */
typedef enum stage { STAGE_MANY, STAGE_AGAIN, STAGE_ALONE, STAGE_COUNT } stage;

/* From so much work on (effort_work), a case is a long one. */
#define LONG_WORK 4096

/* One case in the suite, with all its attempts. */
typedef struct item {
    const test_case *test;
    uint64_t work; /* effort_work */
    item_state state;
    unsigned attempt; /* of attempts in all; the one running or to be run next */
    attempts taken;
    stage stage;     /* in which it runs, or is to run next */
    verdict crowded; /* what a first look gave, if there is a second */
    bool second_look;
    bool kept;            /* `taken` holds a look that a further one is to replace */
    attempts before;      /* what `taken` was without it */
    unsigned crowded_out; /* attempts that were not answered while others ran */
    unsigned refusals;    /* attempts that did not even connect */
    uint64_t finished;    /* wire_now, of the last attempt; 0: none yet */
    bool connected;       /* that attempt was */
    case_run *run;
} item;

typedef enum phase {
    PHASE_START,
    PHASE_FIRST_PROBE,
    PHASE_CROWD,
    PHASE_CASES,
    PHASE_LAST_PROBE,
    PHASE_OVER
} phase;

typedef struct suite {
    const suite_config *config;
    const suite_events *events;
    void *user;
    attempts_plan plan;
    char rerun[3600];
    run_config runs[PACING_COUNT];
    run_config probe_config;
    item *items;
    size_t num_items, next_result, num_running, done;
    size_t num_slow; /* of those that run, paced octet by octet */
    size_t num_long; /* of those that run, of much work */
    phase phase;
    stage stage;   /* of what runs now */
    unsigned jobs; /* cases at once; less than configured if the target takes fewer */
    crowd *crowd;
    size_t looks, looks_changed; /* second looks done, and those that changed a verdict */
    case_run *probe;
    unsigned probe_tries;
    bool probe_wanted, probing_suspect;
    uint64_t probe_deadline;
    uint64_t alive_since; /* start of the latest connection that got its 101 */
    target_process *process;
    unsigned restarts;
    bool restarting, died_ever, filling;
    bool paused;      /* a connection failed: nothing new until a probe has looked */
    uv_timer_t timer; /* next try of a probe */
    uv_timer_t tick;  /* watches interruption */
    uint64_t begun;
    int exit_code;
    bool stopped;
    char *error;
    size_t error_len;
    char *target_output;
    bool sanitizer;
} suite;

/* ---- suite.c ------------------------------------------------------------------------------------------- */

/* Ends the run with this exit code; what was not decided by now is not-run. The first reason counts. */
void suite_give_up(suite *s, int exit_code, const char *why);
/* The run of an item is over: it no longer counts as running. */
void suite_count_out(suite *s, const item *it);
/* A connection begun at `started` got its 101: whatever was over by then did not kill the target. */
void suite_alive_at(suite *s, uint64_t started);
/* Gives out the results that are certain, in catalogue order. */
void suite_results_give(suite *s);
/* From now on at most so many cases at once, but at least one. */
void suite_jobs_reduce(suite *s, unsigned jobs);
/* Begins a look at whether the target lives. */
void suite_probe_start(suite *s);

/* ---- suite_cases.c ------------------------------------------------------------------------------------- */

/* Starts what may be started now. */
void suite_fill(suite *s);

#endif
