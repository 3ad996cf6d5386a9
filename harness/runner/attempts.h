/* SPDX-License-Identifier: MIT */
/* A case may be run several times, in several pacings; its worst verdict stands for it. Where the verdicts
   differ, the evidence of an attempt that ended better is kept beside that of the worst. */
#ifndef RUNNER_ATTEMPTS_H
#define RUNNER_ATTEMPTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "judge/judge.h"
#include "script/case.h"
#include "script/run.h"

/* How often each case runs, and how. */
typedef struct attempts_plan {
    bool pacings[PACING_COUNT]; /* at least one */
    unsigned repeat;            /* times in each pacing; at least 1 */
    /* for the command that repeats a case: "wsconform server ws://x/ --exec '...'", without the id */
    const char *rerun;
    uint64_t begun; /* wire_now of the run's start */
} attempts_plan;

/* What the attempts at one case gave so far. Zero is the start state. */
typedef struct attempts {
    verdict verdict; /* the worst; valid once there is a line */
    json_t *line;    /* of that attempt; NULL: none yet */
    json_t *other;   /* of the first attempt whose verdict was better than that; NULL: none yet */
    json_t *by_attempt;
    bool unstable; /* two attempts gave different verdicts */
    char *packed;  /* the line while it is packed, when `line` is NULL; NULL: it is not */
} attempts;

/* Attempts at each case: pacings times repetitions. */
unsigned attempts_number(const attempts_plan *plan);
/* The pacing of the nth attempt, from 0. */
run_pacing attempts_pacing(const attempts_plan *plan, unsigned nth);
/* Takes the judgement of the nth attempt; run may be NULL if there was none. */
void attempts_take(attempts *a, const attempts_plan *plan, unsigned nth, const test_case *test,
                   const judgement *judgement, const case_run *run);
/* Changes the verdict afterwards, keeping the evidence. */
void attempts_force(attempts *a, const attempts_plan *plan, unsigned nth, const test_case *test,
                    verdict verdict, const char *why);
/* Adds to the line what the attempts gave one by one, and `other`. To be called once, when all are done. */
void attempts_finish(attempts *a);
/* A copy that may be changed on its own. */
attempts attempts_copy(const attempts *a);
/* Makes a line with much evidence small, until attempts_unpack: for one that has to wait for its turn.
   Between the two only attempts_reset is allowed. */
void attempts_pack(attempts *a);
/* Makes the line as it was; nothing if it is not packed. */
void attempts_unpack(attempts *a);
/* Forgets everything. */
void attempts_reset(attempts *a);
/* Adds a remark to the line. */
void attempts_note(attempts *a, const char *text);

#endif
