/* SPDX-License-Identifier: MIT */
/* The judge: (outcomes, observation) -> verdict. Pure. */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "judge/expect.h"
#include "judge/observe.h"

/* One of the two axes: the better of what the outcomes allow, by the part of them that the axis is about. */
typedef enum judge_axis { AXIS_NONE, AXIS_PASS, AXIS_LENIENT, AXIS_INFO, AXIS_FAIL } judge_axis;
const char *judge_axis_name(judge_axis axis);

typedef struct judge_question {
    const outcome *outcomes;
    size_t num_outcomes;
    const char *const *checks; /* requirements that the case is about; NULL: none */
    bool handshake_only; /* outcomes look at the response; otherwise a refused handshake is setup-failed */
    bool deflate; /* it needs permessage-deflate: otherwise `unsupported` where that was not agreed on */
    const char
        *lacks;      /* what the connection does not have and the case needs: `unsupported`. NULL: nothing */
    bool talks;      /* the peer sends messages as it likes: they are not compared */
    bool probe_sent; /* a ping was sent behind what has to fail the connection */
    bool probe_answered;
    bool timed_out; /* the bound on the whole case was reached while the peer was still sending */
    bool too_large; /* a message of the case exceeds what the target says it takes */
    bool connected; /* false: not even the connection could be established */
} judge_question;

#define JUDGE_TEXT_MAX 1024

typedef struct judgement {
    verdict verdict;
    judge_axis behaviour;      /* response, messages, pongs, monitors */
    judge_axis closing;        /* who closed, how, end of TCP */
    long outcome;              /* index of the one that matched, or -1 */
    char why[JUDGE_TEXT_MAX];  /* the outcome's reason, or what was wrong; may be empty */
    char seen[JUDGE_TEXT_MAX]; /* what was observed, in words */
    wsc_faults tolerated;      /* monitors' faults that the outcome tolerates */
} judgement;

/* True if the fault fails no case but those that are about its requirement, and this one, with these
   `checks`, is none of them. */
bool judge_lived_with(const obs_problem *problem, const char *const *checks);

/* True if the last ping of ours that a strict peer accepts has its pong, or there is no such ping. */
bool judge_last_ping_answered(const observation *o);

void judge(judgement *result, const judge_question *question, const observation *o);

/* What a compressed message is made of, in words: "40 octets that hold 128: 1 fixed block, distances up to
 * 12".
 */
void judge_deflated_text(const wsc_deflate_facts *facts, char *text, size_t len);
/* What an outcome asks for, in words: "messages: the echo; Close 1002 or a dropped connection by the peer".
 */
void judge_outcome_text(const outcome *x, char *text, size_t len);
/* What was observed, in the same words. */
void judge_seen_text(const observation *o, char *text, size_t len);

#endif
