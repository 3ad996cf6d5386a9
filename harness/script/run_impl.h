/* SPDX-License-Identifier: MIT */
/* Inside of a run: its state, and what its two halves want of each other: run.c (life, handshake, waits,
   events) and run_steps.c (what steps do, and when a wait is over). */
#ifndef SCRIPT_RUN_IMPL_H
#define SCRIPT_RUN_IMPL_H

#include "script/emit.h"
#include "script/run.h"

#define REPEAT_DEPTH_MAX 8

/* What the run is waiting for. */
typedef enum wait {
    WAIT_NOTHING,
    WAIT_OPENED,   /* the TCP connection */
    WAIT_DELAY,    /* before our response */
    WAIT_RESPONSE, /* the response head */
    WAIT_ANSWERED, /* our response to be sent, if it agrees on something */
    WAIT_ROOM,     /* echoes, before the next of many messages */
    WAIT_EMIT,     /* octets of a large step to be taken */
    WAIT_DRAIN,    /* all octets to be taken, before something goes below them */
    WAIT_UNTIL,    /* the condition of a step */
    WAIT_FENCE,    /* a pong, in steps fence and until failed */
    WAIT_FAILED,   /* the end of TCP, or the proof that the peer carries on, in step until failed */
    WAIT_ENDED,    /* the end of TCP, in step close */
    WAIT_TIME      /* step wait */
} wait;

typedef struct level {
    const case_step *steps;
    size_t num, at;
    uint64_t times; /* rounds left after this one */
} level;

struct case_run {
    const run_config *config;
    const test_case *test;
    wsc_role role; /* ours */
    case_run_done *done;
    void *user;
    wire_conn *conn;
    uv_timer_t *deadline; /* of the current wait; freed by its close callback */
    uv_timer_t *bound;    /* of the whole case */
    observation *observation;
    emitter emitter;
    level levels[REPEAT_DEPTH_MAX];
    size_t depth;
    wait wait;
    const case_step *step; /* being waited for */
    uint8_t fence[16];
    uint8_t fence_len;
    unsigned num_fences;
    uint64_t nth, num_messages;        /* of many messages: the next, and how many */
    uint64_t echoed_before;            /* messages of the peer when they began */
    uint64_t started, finished, moved; /* moved: the last time anything went over the wire */
    unsigned patience_ms;              /* deadline of a wait in which nothing moves */
    unsigned bound_ms;
    uint64_t bound_began, bound_due, idle_before; /* idle_before: of the loop, in ns, when it began */
    bool last_look;
    char error[320];
    bool auto_pong, auto_close;
    size_t pongs_answered, messages_before;
    bool close_sent, fin_sent;
    bool tls, tls13; /* what the connection is */
    bool granted;    /* a client: its offer of permessage-deflate fitted, and was answered as the case says */
    bool respond;    /* a client is to be answered now */
    bool connected, hopeless, leaving, probe_sent, probe_answered, timed_out, over;
    bool advancing, again, free_later;
};

/* ---- run.c */

/* ns since the run began. */
uint64_t run__since(const case_run *run);
/* Waits for something, until the deadline. step: NULL, or the one that wants it. */
void run__wait_for(case_run *run, wait what, const case_step *step);
/* Asks whether the run is to close in a way of its own; if so, does it, and waits for the end of TCP. */
bool run__take_leave(case_run *run, const case_step *step);
/* The run is over; calls done. */
void run__finish(case_run *run);

/* ---- run_steps.c */

bool run__peer_ended(const case_run *run);
/* Nothing more is sent by steps once the connection is over or both sides are closing it. */
bool run__may_send(const case_run *run);
void run__send_close(case_run *run, bool has_code, uint16_t code, const char *reason);
void run__send_fin(case_run *run);
/* The answers of a good endpoint. They wait while a step of ours is in the middle of a frame. */
void run__answer(case_run *run);
/* True if what is waited for is there, or can come no more. */
bool run__wait_over(case_run *run);
/* The next step to begin, or NULL. */
const case_step *run__next_step(case_run *run);
/* Begins a step; then run->wait says what it waits for, if anything. */
void run__step_begin(case_run *run, const case_step *step);
/* Goes on with a step whose wait, `what`, is over. Returns false if the step has nothing more to do. */
bool run__step_resume(case_run *run, wait what);

#endif
