/* SPDX-License-Identifier: MIT */
/* Turns steps into octets on a connection: frames, masking keys, segmentation. Large payloads are made piece
   by piece as the peer takes them. */
#ifndef SCRIPT_EMIT_H
#define SCRIPT_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "judge/observe.h"
#include "script/case.h"
#include "script/head.h"
#include "script/pack.h"
#include "script/run.h"
#include "wire/wire.h"

/* What the frames of a message carry. */
typedef struct emit_body {
    const payload *payload;
    uint64_t offset, total; /* the part of it */
    bool compressed;
} emit_body;

/* A round of many messages, once their compressed form repeats itself. */
typedef struct emit_cycle emit_cycle;

typedef struct emitter {
    wsc_role role;
    uint64_t random;
    run_pacing pacing;
    size_t pace;           /* of step pace; 0: none */
    wsc_decoder track;     /* over all frames queued so far: knows whether one is unfinished */
    bool message_open;     /* a fragmented message of ours waits for its end */
    uint8_t last_opcode;   /* of our last message: text unless it was binary */
    const case_step *step; /* being emitted; NULL: none */
    size_t frame;          /* index in the step */
    uint64_t base;         /* of the fragment in the payload of its message */
    uint64_t offset;       /* octets of the frame's payload emitted */
    bool header_done;
    uint8_t key[4];
    bool first;      /* nothing of the step is queued yet */
    size_t paced;    /* segments made by pacing so far */
    uint64_t octets; /* queued in all */
    octets buffer;
    /* permessage-deflate */
    packer packer;
    bool compress;  /* messages that say nothing about it are compressed too */
    emit_body body; /* of the message being emitted */
    octets packed;  /* its compressed octets */
    payload packed_payload;
    emit_body *parts; /* of the frames of a step SEND; NULL: as they are */
    emit_cycle *cycle;
} emitter;

void emit_init(emitter *e, wsc_role role, uint64_t seed, run_pacing pacing);
void emit_free(emitter *e);
/* 64 bits from the seed. */
uint64_t emit_random(emitter *e);
/* From here on messages may be compressed. all: those too that do not say so. agreed must outlive the
 * emitter. */
void emit_agree(emitter *e, const wsc_deflate_params *agreed, bool all);
/* Starts a step that sends (send, message, raw) and queues as much of it as fits. */
void emit_step(emitter *e, wire_conn *conn, const case_step *step);
/* Starts message nth (from 0) of `count` of a step MESSAGES likewise; they have to come one after the other.
 */
void emit_nth(emitter *e, wire_conn *conn, const case_step *step, uint64_t nth, uint64_t count,
              observation *o);
/* True while a part of the step waits to be queued; emit_more goes on when the connection has drained. */
bool emit_busy(const emitter *e);
void emit_more(emitter *e, wire_conn *conn);
void emit_abort(emitter *e);
/* True if what was queued so far ends inside a frame. */
bool emit_inside(const emitter *e);
/* A whole frame of ours; len at most 125. */
void emit_frame(emitter *e, wire_conn *conn, uint8_t opcode, const uint8_t *data, size_t len);
void emit_pace(emitter *e, size_t pace);
/* True if the step sends a Close frame. */
bool emit_sends_close(const case_step *step);
/* The head of a case and what stands behind it in one go, announced to the observation. Returns 0, or -1 if
   it exceeds its bound. */
int emit_head(emitter *e, wire_conn *conn, const case_head *head, const head_values *values, observation *o);

#endif
