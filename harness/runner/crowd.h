/* SPDX-License-Identifier: MIT */
/* How many connections a target serves at once: opens many, holds them all, counts those that get their 101,
   and takes its leave. A target that serves one at a time, or drops those above a limit, is found before it
   can spoil a verdict. */
#ifndef RUNNER_CROWD_H
#define RUNNER_CROWD_H

#include "script/run.h"

typedef struct crowd crowd;

/* done comes once, on the loop, with 0 to want. config must outlive the crowd. */
crowd *crowd_start(const run_config *config, unsigned want, void (*done)(void *user, unsigned served),
                   void *user);
/* Ends it before it is done. NULL is allowed; not to be called after done. */
void crowd_cancel(crowd *c);

#endif
