/* SPDX-License-Identifier: MIT */
/* Judges clients: each connection that a client makes is one attempt at a case.

   Either wsconform starts the client anew for each attempt, with a URL of its own ("/run/12/framing/rsv1"),
   and watches how it ends; or drivers come by themselves and walk the control URLs that the field knows:
   /getCaseCount, /getCaseInfo, /getCaseStatus, /runCase, /updateReports, /stopServer. A driver names itself
   by ?agent=; each agent has results of its own. Whoever asks by plain HTTP gets a page; /browser.html is a
   driver for browsers. With labels, as the field's suite has it, every path answers plain HTTP, and serves
   the commands of runner/commands.h if it means nothing else. */
#ifndef RUNNER_CLIENTS_H
#define RUNNER_CLIENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "runner/attempts.h"
#include "runner/record.h"
#include "script/case.h"
#include "script/run.h"
#include "wire/wire.h"

#define CLIENTS_AGENTS_MAX 64
#define CLIENTS_NAME_MAX   128

/* How drivers of another suite know a case. */
typedef struct clients_label {
    const char *id, *description;
} clients_label;

typedef struct clients_config {
    const test_case *const *cases; /* those that judge clients, in catalogue order */
    size_t num_cases;
    const clients_label *labels; /* for each case; NULL: by our own ids. With labels a case may be NULL: it is
                                    not implemented here, and its connection is only closed */
    run_config run;              /* loop, timeouts, seed; pacing is set here */
    attempts_plan plan;
    const wire_target *listen;
    const char *exec;   /* command with {url}; NULL: drivers come by themselves */
    const char *host;   /* for {url}: "127.0.0.1", "[::1]" */
    unsigned jobs;      /* clients started at once; at least 1 */
    unsigned wait_ms;   /* a started client may take so long to connect */
    unsigned leave_ms;  /* and so long to exit after its case */
    unsigned linger_ms; /* after updateReports: so long without a connection ends the run */
    unsigned idle_ms;   /* the same at any time; 0: for ever */
    const volatile bool *interrupted;
} clients_config;

typedef struct clients_events {
    /* The door is open. */
    void (*listening)(void *user, unsigned port);
    /* An agent came for the first time, the nth (from 0). "" with exec. */
    void (*agent)(void *user, unsigned nth, const char *name);
    /* True if a case is not to run for an agent: its connection is only closed. May be NULL. */
    bool (*excluded)(void *user, const char *agent, size_t nth_case);
    /* A driver begins a case; may be NULL. */
    void (*begins)(void *user, const char *agent, size_t nth_case);
    /* The word for /getCaseStatus; NULL: made of the verdict. */
    const char *(*status)(void *user, size_t nth_case, const json_t *line);
    void (*progress)(void *user, size_t done, size_t total);
    void (*message)(void *user, const char *text);
    /* All results of an agent, in catalogue order, as they stand now: after updateReports, and at the end
       (`last`). lines are borrowed; end->exit_code may be changed, and counts as it is then. With labels a
       case that did not run has no line, and one that is not implemented an empty one. */
    void (*report)(void *user, unsigned nth, const json_t *const *lines, size_t num_lines, record_end *end,
                   bool last);
} clients_events;

/* Runs until all is done (see config). Returns the exit code: 0, 1 failures, 3 no client, an incomplete run,
   a crashed client or interrupted, 5 harness error; error gets the reason of 3 and 5. */
int clients_run(const clients_config *config, const clients_events *events, void *user, char *error,
                size_t error_len);

#endif
