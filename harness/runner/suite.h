/* SPDX-License-Identifier: MIT */
/* Runs many cases against one target: many at once, results in catalogue order, liveness before, between and
   after.

   A result is only given out once the target is known to have lived on after the case: a later connection got
   its 101. If the target dies, the cases whose survival is not proven are `crashed`, those not begun
   `not-run`; a target that we started ourselves is started again, and the suspects run alone until the
   culprit is found. */
#ifndef RUNNER_SUITE_H
#define RUNNER_SUITE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "runner/record.h"
#include "script/case.h"
#include "script/run.h"

/* The case that proves life: an ordinary exchange. It is in the catalogue, but only selected by its full id.
 */
#define SUITE_PROBE_ID "liveness/exchange"

typedef struct suite_config {
    const test_case *const *cases; /* in catalogue order */
    size_t num_cases;
    const test_case *probe;
    bool probe_answers; /* a target lives only if no wait of the probe runs into its deadline; else a 101 will
                           do */
    run_config run;     /* loop, address, host, target, fields, timeouts, seed; pacing is set by the suite */
    bool pacings[PACING_COUNT];
    unsigned repeat;                  /* times each case runs in each pacing; at least 1 */
    unsigned jobs;                    /* at least 1 */
    unsigned wait_ms;                 /* how long the target may take until it accepts */
    const char *exec;                 /* command that starts the target; NULL: it runs already */
    unsigned port;                    /* of exec */
    const char *program;              /* for rerun commands */
    const char *url;                  /* likewise */
    const char *rerun_options;        /* likewise: options that matter, "" if none */
    const volatile bool *interrupted; /* set by a signal handler: stop soon. May be NULL */
} suite_config;

typedef struct suite_events {
    /* A case is decided, in catalogue order. The line is borrowed. */
    void (*result)(void *user, const test_case *test, verdict verdict, const json_t *line);
    /* For a progress display; may be NULL. */
    void (*progress)(void *user, size_t done, size_t total);
    /* Something a person wants to know while it runs. */
    void (*message)(void *user, const char *text);
} suite_events;

/* Runs to the end on config->run.loop. Fills end (target_output is owned by the suite's caller: free it).
   Returns the exit code: 0, 1 failures or an unstable verdict, 3 target unreachable or died or interrupted, 5
   harness error. error gets the reason of 3 and 5. */
int suite_run(const suite_config *config, const suite_events *events, void *user, record_end *end,
              char *error, size_t error_len);

#endif
