/* SPDX-License-Identifier: MIT */
/* Runs one case on one connection, as a client or as a server: the opening handshake, the steps, the
   automatic answers of a good endpoint, the deadlines. What happened is in the observation; what it means is
   for the judge. */
#ifndef SCRIPT_RUN_H
#define SCRIPT_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "judge/judge.h"
#include "judge/observe.h"
#include "script/case.h"
#include "wire/wire.h"

/* How everything that is sent is cut into segments. The verdict must not depend on it. */
typedef enum run_pacing { PACING_WHOLE, PACING_OCTETS, PACING_CUTS } run_pacing;
#define PACING_COUNT 3
/* "whole", "octets", "cuts". */
const char *run_pacing_name(run_pacing pacing);
/* Returns 0, or -1 if there is no such pacing. */
int run_pacing_from_name(const char *name, run_pacing *pacing);

/* Octets that a peer may send in one case before it is cut off: so many, and so many for each that we send.
 */
#define RUN_RECEIVED_MAX   ((uint64_t)16 << 20)
#define RUN_RECEIVED_TIMES 16
/* Frames likewise, and one more for each octet that we send. */
#define RUN_FRAMES_MAX 65536
/* Pings, each of which we answer. */
#define RUN_PINGS_MAX 4096

/* How a run takes its leave. */
typedef struct run_leave {
    bool has_code;
    uint16_t code;
    const char *reason; /* outlives the run */
    unsigned wait_ms;   /* for the end of TCP; 0: as ever */
} run_leave;
/* Asked before step close, and (`deadline`) when a wait was in vain while neither side had closed, with what
   the run would do by itself: the Close frame of the step, or nothing at all. True: *leave was filled in, and
   the run closes that way. */
typedef bool run_leaving(void *user, const test_case *test, const observation *o, bool deadline,
                         run_leave *leave);

typedef struct run_config {
    uv_loop_t *loop;
    /* where a server is judged: */
    const wire_target *address;
    const char *host;   /* value of Host */
    const char *target; /* request-target */
    const char *const
        *fields; /* further lines of every request ("Cookie: a=b"), NULL-terminated; may be NULL */
    /* for both roles: */
    unsigned timeout_ms; /* deadline of a wait in which nothing moves; more for large messages (effort.h) */
    /* Bound on the whole case; more for much work (effort.h). Of a loop that is configured with
       UV_METRICS_IDLE_TIME only the time counts in which it waits, and at least a tenth of all. */
    unsigned case_ms;
    run_pacing pacing;
    uint64_t seed;
    run_leaving *leaving; /* NULL: the run closes as its case says */
    void *leaving_user;
    uint64_t max_message; /* largest message that the target says it takes; 0: it says nothing */
    bool full;            /* of many messages all are sent, not only those of a quick run */
    bool talks;      /* the target sends messages of its own and echoes none: cases that need an echo come to
                        nothing, and those of the others are not compared */
    bool one_by_one; /* of many messages each waits for the echo of the one before */
    bool with_deflate; /* permessage-deflate is offered (to clients: accepted) in cases that are not about
                          it, and their messages are compressed. Only for cases that run_takes_deflate */
} run_config;

/* True if a case can be run with_deflate: it is about something else, and nothing in it would get another
   meaning. */
bool run_takes_deflate(const test_case *test);

typedef struct case_run case_run;
typedef void case_run_done(void *user, case_run *run);

/* Starts a case; done is called once, on the loop. config, test and user must outlive the run. Returns NULL
   without descriptors or memory. */
case_run *case_run_start(const run_config *config, const test_case *test, case_run_done *done, void *user);
/* The same with a client that has connected and sent the head of its request: these octets, and maybe some
   behind it. The run owns the connection, unless it returns NULL. */
case_run *case_run_accept(const run_config *config, const test_case *test, wire_conn *conn,
                          const uint8_t *data, size_t len, case_run_done *done, void *user);
/* Ends a run before it is done; done is not called. NULL is allowed. Frees it. */
void case_run_cancel(case_run *run);
/* To be called in or after done. */
void case_run_free(case_run *run);

/* A fault of the peer that only the caller could see, and the requirement that it broke; both texts must
   outlive the run. */
void case_run_problem(case_run *run, const char *fault, const char *broken);

const test_case *case_run_case(const case_run *run);
const observation *case_run_observation(const case_run *run);
void case_run_question(const case_run *run, judge_question *question);
/* Nanoseconds of wire_now. */
uint64_t case_run_started(const case_run *run);
uint64_t case_run_finished(const case_run *run);
/* How connecting failed ("connection refused"), TLS included; "" if it did not. */
const char *case_run_error(const case_run *run);
/* True if it failed for a reason that stays: a certificate, or a peer that does not speak TLS. */
bool case_run_hopeless(const case_run *run);

#endif
