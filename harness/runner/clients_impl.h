/* SPDX-License-Identifier: MIT */
/* Inside clients_run: what its two files share. clients.c is about jobs, their results and the whole;
   clients_control.c about what comes in by the door: cases that are asked for, and all else that drivers ask.
 */
#ifndef RUNNER_CLIENTS_IMPL_H
#define RUNNER_CLIENTS_IMPL_H

#include "runner/clients.h"
#include "runner/commands.h"
#include "runner/door.h"
#include "runner/seen.h"
#include "target/target.h"

typedef struct client_agent {
    char name[CLIENTS_NAME_MAX];
    attempts *taken;     /* by case */
    unsigned *num_taken; /* attempts at it that are over */
    seen_again again;
    bool reported; /* since its last result */
} client_agent;

typedef struct clients clients;

/* A driver that asked for the status of a case that is still running. */
typedef struct question {
    clients *all;
    struct question *next;
    wire_conn *conn;
    char key[64];
    size_t key_len;
    unsigned agent;
    size_t slot;
} question;

/* One attempt at a case. */
typedef struct job {
    clients *all;
    struct job *next;
    unsigned agent;
    size_t slot; /* case and attempt */
    case_run *run;
    bool judged;
    bool key_again, masks_again; /* an earlier connection had them */
    judgement judgement;
    /* of a client that we started */
    target_process *process;
    bool stopping; /* and being ended */
    bool crashed, killed, cancelled;
    char exit_text[160];
    char wrote[1024]; /* the end of its output */
    uv_timer_t timer;
} job;

struct clients {
    const clients_config *config;
    const clients_events *events;
    void *user;
    run_config runs[PACING_COUNT];
    attempts_plan plan;
    size_t num_slots;
    client_agent agents[CLIENTS_AGENTS_MAX];
    unsigned num_agents;
    job *jobs;
    question *questions;
    commands *commands;
    size_t num_jobs, next_slot, done;
    door *door;
    seen_keys seen;
    uv_timer_t tick;
    uint64_t last; /* when a connection was last here */
    bool reports_asked, stop_asked, over;
    bool sanitizer;
    bool came; /* a client that was started has connected */
};

/* ---- clients.c ----------------------------------------------------------------------------------------- */

/* The case of a slot, as its number and itself. All attempts at a case are neighbours, so that drivers meet
   the cases in catalogue order. */
size_t clients_slot_case(const clients *c, size_t slot);
const test_case *clients_slot_test(const clients *c, size_t slot);
/* Gives out the report of an agent, the nth of all. Returns its exit code. */
int clients_report(clients *c, unsigned nth, bool last);
/* The job of an agent at a slot that is not over; NULL: there is none. */
job *clients_job_find(clients *c, unsigned agent, size_t slot);
/* A new job; it belongs to the list of jobs until clients_job_free. */
job *clients_job_new(clients *c, unsigned agent, size_t slot);
void clients_job_free(job *j);
/* The job is judged: its setup failed, and why. It is not over yet. */
void clients_job_failed(job *j, const char *why);
/* The connection belongs to the job from now on, if it can be served; false if not. */
bool clients_job_accept(job *j, wire_conn *conn, const door_request *request);

/* ---- clients_control.c --------------------------------------------------------------------------------- */

/* Answers the questions whose case is over. */
void clients_questions_answer(clients *c);
/* For door_open: a connection with its request. */
void clients_arrived(void *user, wire_conn *conn, const door_request *request);

#endif
