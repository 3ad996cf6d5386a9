/* SPDX-License-Identifier: MIT */
/* What the steps of a run do on the wire, and when the waits that they begin are over. */
#include "script/run_impl.h"

#include <stdio.h>
#include <string.h>

/* ---- Sending ------------------------------------------------------------------------------------------- */

bool run__peer_ended(const case_run *run) {
    return observe_side(run->observation, OBS_PEER)->end != OBS_CONNECT;
}

bool run__may_send(const case_run *run) {
    if (run__peer_ended(run) || run->fin_sent) return false;
    return !(run->close_sent && observe_side(run->observation, OBS_PEER)->num_closes > 0 && run->auto_close);
}

void run__send_close(case_run *run, bool has_code, uint16_t code, const char *reason) {
    uint8_t body[WSC_CONTROL_MAX];
    size_t len = has_code ? wsc_close_encode(body, code, reason, strlen(reason)) : 0;
    emit_frame(&run->emitter, run->conn, WSC_OP_CLOSE, body, len);
    run->close_sent = true;
}

void run__send_fin(case_run *run) {
    if (run->fin_sent) return;
    run->fin_sent = true;
    wire_fin(run->conn);
    observe_event(run->observation, OBS_HARNESS, run__since(run), OBS_FIN, NULL);
}

static void send_fence(case_run *run) {
    int n = snprintf((char *)run->fence, sizeof run->fence, "fence-%04x%04x", run->num_fences++ & 0xffffu,
                     (unsigned)(emit_random(&run->emitter) & 0xffffu));
    run->fence_len = (uint8_t)n;
    observe_fence(run->observation, run->fence, run->fence_len);
    emit_frame(&run->emitter, run->conn, WSC_OP_PING, run->fence, run->fence_len);
}

void run__answer(case_run *run) {
    const obs_side *peer = observe_side(run->observation, OBS_PEER);
    if (peer->end != OBS_CONNECT || run->fin_sent) return;
    if (run->auto_close && peer->num_closes && !run->close_sent) {
        if (emit_inside(&run->emitter)) {
            /* A Close frame would be read as payload of the unfinished frame. */
            emit_abort(&run->emitter);
            run__send_fin(run);
        } else {
            const wsc_close *c = &peer->close;
            run__send_close(run, c->has_code && wsc_code_sendable(c->code), c->code, "");
        }
    }
    /* A server ends TCP first (7.1.1); a client may wait for that. */
    if (run->role == WSC_SERVER && run->auto_close && run->close_sent && peer->num_closes) {
        run__send_fin(run);
        return;
    }
    if (run->auto_close && peer->num_closes) return;
    while (run->auto_pong && run->pongs_answered < peer->num_pings && !emit_inside(&run->emitter) &&
           !run->close_sent) {
        const obs_control *ping = &peer->pings[run->pongs_answered++];
        emit_frame(&run->emitter, run->conn, WSC_OP_PONG, ping->data, ping->len);
    }
}

/* ---- Steps --------------------------------------------------------------------------------------------- */

static bool condition_met(const case_run *run, const case_step *step) {
    const obs_side *peer = observe_side(run->observation, OBS_PEER);
    const obs_side *own = observe_side(run->observation, OBS_HARNESS);
    switch (step->until.condition) {
    case UNTIL_CLOSED:
    case UNTIL_FAILED: return false;
    case UNTIL_CLOSE: return peer->num_closes > 0;
    case UNTIL_MESSAGES: return peer->num_messages >= step->until.count;
    case UNTIL_PONGS: return peer->num_plain_pongs >= step->until.count;
    case UNTIL_ECHO: return wire_queued(run->conn) == 0 && peer->num_messages >= own->num_messages;
    case UNTIL_ANSWERED: return wire_queued(run->conn) == 0 && judge_last_ping_answered(run->observation);
    case UNTIL_RESPONSE: return peer->head_done || peer->head_failed;
    case UNTIL_ANSWER:
        for (size_t i = 0; i < peer->num_messages; i++)
            if (peer->messages[i].len >= step->until.count &&
                memcmp(peer->messages[i].start, step->until.starts, (size_t)step->until.count) == 0)
                return true;
        return false;
    }
    return false;
}

/* The pong of a ping behind an error proves little: some answer pings while another part of them is still on
   its way to the error. An answer to a message behind it proves that the peer carries on. What is open is
   ended first; if its echo comes, that is proof enough. */
static void send_probe_message(case_run *run) {
    static const char text[] = "Still there?";
    run->messages_before = observe_side(run->observation, OBS_PEER)->num_messages;
    run->wait = WAIT_FAILED;
    if (!run__may_send(run)) return;
    observe_probing(run->observation);
    if (run->emitter.message_open) {
        emit_frame(&run->emitter, run->conn, WSC_OP_CONTINUATION, NULL, 0);
        return;
    }
    observe_probe(run->observation, (const uint8_t *)text, sizeof text - 1);
    emit_frame(&run->emitter, run->conn, run->emitter.last_opcode, (const uint8_t *)text, sizeof text - 1);
}

/* True if another of many messages may be sent. */
static bool has_room(const case_run *run) {
    uint64_t back = observe_side(run->observation, OBS_PEER)->num_messages - run->echoed_before;
    uint64_t ahead = run->config->one_by_one ? 1 : run->step->message.ahead;
    return !emit_busy(&run->emitter) && (back >= run->nth || run->nth - back < ahead);
}

/* Sends as many of many messages as may be on their way. */
static void send_messages(case_run *run, const case_step *step) {
    run->step = step;
    while (run->nth < run->num_messages && run__may_send(run)) {
        if (!has_room(run)) {
            run__wait_for(run, WAIT_ROOM, step);
            return;
        }
        emit_nth(&run->emitter, run->conn, step, run->nth, run->num_messages, run->observation);
        run->nth++;
    }
    if (emit_busy(&run->emitter)) run__wait_for(run, WAIT_EMIT, step);
}

bool run__wait_over(case_run *run) {
    switch (run->wait) {
    case WAIT_NOTHING: return true;
    case WAIT_OPENED: return run->connected;
    case WAIT_RESPONSE: {
        const obs_side *peer = observe_side(run->observation, OBS_PEER);
        return peer->head_done || peer->head_failed || peer->end != OBS_CONNECT;
    }
    case WAIT_ROOM: return run__peer_ended(run) || has_room(run);
    case WAIT_ANSWERED:
        return run__peer_ended(run) || observe_side(run->observation, OBS_HARNESS)->head_done ||
               wire_queued(run->conn) == 0;
    case WAIT_DRAIN: return run__peer_ended(run) || wire_queued(run->conn) == 0;
    case WAIT_EMIT: return !emit_busy(&run->emitter) || run__peer_ended(run);
    case WAIT_UNTIL: return run__peer_ended(run) || condition_met(run, run->step);
    case WAIT_ENDED: return run__peer_ended(run);
    case WAIT_FENCE:
        if (run__peer_ended(run)) return true;
        if (!observe_fence_answered(run->observation, run->fence, run->fence_len)) return false;
        if (run->step->kind == STEP_FENCE) return true;
        run->probe_answered = true;
        send_probe_message(run);
        return false;
    case WAIT_FAILED:
        return run__peer_ended(run) || observe_probe_echoed(run->observation) ||
               observe_side(run->observation, OBS_PEER)->num_messages > run->messages_before;
    case WAIT_DELAY:
    case WAIT_TIME: return run__peer_ended(run);
    }
    return true;
}

static void step_until(case_run *run, const case_step *step) {
    if (step->until.condition == UNTIL_FAILED && run__may_send(run) && !run->close_sent &&
        !observe_side(run->observation, OBS_PEER)->num_closes && !emit_inside(&run->emitter)) {
        run->probe_sent = true;
        send_fence(run);
        run__wait_for(run, WAIT_FENCE, step);
        return;
    }
    run__wait_for(run, WAIT_UNTIL, step);
}

static void step_tls(case_run *run, case_tls deed) {
    static const wire_tls_act acts[] = {[CASE_TLS_FIN] = WIRE_TLS_BARE_END,
                                        [CASE_TLS_CLOSE_NOTIFY] = WIRE_TLS_NOTIFY,
                                        [CASE_TLS_KEY_UPDATE] = WIRE_TLS_KEY_UPDATE,
                                        [CASE_TLS_LONG_RECORD] = WIRE_TLS_LONG_RECORD};
    static const char *const notes[] = {[CASE_TLS_FIN] = "no close_notify comes before our FIN",
                                        [CASE_TLS_CLOSE_NOTIFY] = "close_notify, TCP stays open",
                                        [CASE_TLS_KEY_UPDATE] = "KeyUpdate that asks for one",
                                        [CASE_TLS_LONG_RECORD] = "a record that is longer than allowed"};
    if (run__peer_ended(run) || run->fin_sent) return;
    if (wire_tls_do(run->conn, acts[deed]) < 0) {
        observe_event(run->observation, OBS_HARNESS, run__since(run), OBS_NOTE,
                      "TLS: not done, the connection is too far gone");
        return;
    }
    observe_event(run->observation, OBS_HARNESS, run__since(run), OBS_NOTE, notes[deed]);
    if (deed == CASE_TLS_FIN) {
        run__send_fin(run);
    } else if (deed == CASE_TLS_CLOSE_NOTIFY) {
        run->fin_sent = true;
        observe_event(run->observation, OBS_HARNESS, run__since(run), OBS_FIN, "of what is inside TLS");
    }
}

void run__step_begin(case_run *run, const case_step *step) {
    switch (step->kind) {
    case STEP_SEND:
    case STEP_MESSAGE:
    case STEP_RAW:
        if (!run__may_send(run)) return;
        emit_step(&run->emitter, run->conn, step);
        if (emit_sends_close(step)) run->close_sent = true;
        if (emit_busy(&run->emitter)) run__wait_for(run, WAIT_EMIT, step);
        return;
    case STEP_MESSAGES:
        run->nth = 0;
        run->num_messages = run->config->full ? step->message.count : step->message.quick;
        run->echoed_before = observe_side(run->observation, OBS_PEER)->num_messages;
        send_messages(run, step);
        return;
    case STEP_UNTIL: step_until(run, step); return;
    case STEP_FENCE:
        if (!run__may_send(run) || emit_inside(&run->emitter)) return;
        send_fence(run);
        run__wait_for(run, WAIT_FENCE, step);
        return;
    case STEP_CLOSE:
        if (run__take_leave(run, step)) return;
        if (run__may_send(run) && !run->close_sent)
            run__send_close(run, step->close.has_code, step->close.code,
                            step->close.reason ? step->close.reason : "");
        run__wait_for(run, WAIT_ENDED, step);
        return;
    case STEP_FIN:
        if (!run__peer_ended(run)) run__send_fin(run);
        return;
    case STEP_TLS: run__wait_for(run, WAIT_DRAIN, step); return;
    case STEP_RESET:
        if (run__peer_ended(run)) return;
        wire_reset(run->conn);
        observe_event(run->observation, OBS_HARNESS, run__since(run), OBS_RESET, NULL);
        run__finish(run);
        return;
    case STEP_READ:
        wire_read(run->conn, step->read_on);
        observe_event(run->observation, OBS_HARNESS, run__since(run), step->read_on ? OBS_RESUME : OBS_STOP,
                      NULL);
        return;
    case STEP_WAIT: run__wait_for(run, WAIT_TIME, step); return;
    case STEP_PACE: emit_pace(&run->emitter, step->pace); return;
    case STEP_AUTO:
        run->auto_pong = step->automatic.pong;
        run->auto_close = step->automatic.close;
        return;
    case STEP_REPEAT:
        if (run->depth == REPEAT_DEPTH_MAX || step->repeat.times == 0) return;
        run->levels[run->depth++] =
            (level){step->repeat.steps, step->repeat.num_steps, 0, step->repeat.times - 1};
        return;
    }
}

const case_step *run__next_step(case_run *run) {
    while (run->depth > 0) {
        level *l = &run->levels[run->depth - 1];
        if (l->at < l->num) return &l->steps[l->at++];
        if (l->times > 0) {
            l->times--;
            l->at = 0;
            continue;
        }
        run->depth--;
    }
    return NULL;
}

bool run__step_resume(case_run *run, wait what) {
    if (what == WAIT_ROOM)
        send_messages(run, run->step);
    else if (what == WAIT_DRAIN)
        step_tls(run, run->step->tls);
    else
        return false;
    return true;
}
