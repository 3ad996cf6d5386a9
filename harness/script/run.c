/* SPDX-License-Identifier: MIT */
#include "script/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/effort.h"
#include "script/emit.h"
#include "script/extension.h"
#include "script/notes.h"

#define REPEAT_DEPTH_MAX 8
/* What the user adds to requests. */
#define HEAD_FIELDS_MAX 256

const char *run_pacing_name(run_pacing pacing) {
    static const char *const names[] = {"whole", "octets", "cuts"};
    return names[pacing];
}

int run_pacing_from_name(const char *name, run_pacing *pacing) {
    for (int i = 0; i < PACING_COUNT; i++) {
        if (strcmp(name, run_pacing_name((run_pacing)i)) != 0) continue;
        *pacing = (run_pacing)i;
        return 0;
    }
    return -1;
}

/* What the run is waiting for. */
typedef enum wait {
    WAIT_NOTHING,
    WAIT_OPENED,   /* the TCP connection */
    WAIT_DELAY,    /* before our response */
    WAIT_RESPONSE, /* the response head */
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
    uint64_t bound_due;
    bool last_look;
    char error[320];
    bool auto_pong, auto_close;
    size_t pongs_answered, messages_before;
    bool close_sent, fin_sent;
    bool tls, tls13; /* what the connection is */
    bool respond;    /* a client is to be answered now */
    bool connected, hopeless, leaving, probe_sent, probe_answered, timed_out, over;
    bool advancing, again, free_later;
};

static void advance(case_run *run);

/* ---- The clock ----------------------------------------------------------------------------------------- */

static uint64_t since(const case_run *run) {
    return wire_now() - run->started;
}

static void timer_closed(uv_handle_t *handle) {
    free(handle);
}

static uv_timer_t *timer_new(case_run *run) {
    uv_timer_t *timer = malloc(sizeof *timer);
    if (!timer) return NULL;
    uv_timer_init(run->config->loop, timer);
    timer->data = run;
    return timer;
}

static void timer_free(uv_timer_t *timer) {
    if (!timer) return;
    uv_timer_stop(timer);
    timer->data = NULL;
    uv_close((uv_handle_t *)timer, timer_closed);
}

/* ---- The end ------------------------------------------------------------------------------------------- */

static void finish(case_run *run) {
    if (run->over) return;
    run->over = true;
    run->finished = wire_now();
    if (run->deadline) uv_timer_stop(run->deadline);
    if (run->bound) uv_timer_stop(run->bound);
    /* Beyond judgement, but a good endpoint takes its leave: the target may serve the next connection sooner.
     */
    const obs_side *peer = observe_side(run->observation, OBS_PEER);
    if (run->conn && run->connected && peer->end == OBS_CONNECT && !run->fin_sent) wire_fin(run->conn);
    wire_close(run->conn);
    run->conn = NULL;
    run->done(run->user, run);
}

static const char *waiting_for(const case_run *run) {
    switch (run->wait) {
    case WAIT_OPENED: return "the connection";
    case WAIT_RESPONSE: return "the response head";
    case WAIT_ROOM: return "the echo";
    case WAIT_DRAIN:
    case WAIT_EMIT: return "the peer to take what is sent";
    case WAIT_FENCE:
        return run->step && run->step->kind == STEP_FENCE ? "the pong of a fence" : "the end of TCP";
    case WAIT_FAILED:
    case WAIT_ENDED: return "the end of TCP";
    case WAIT_UNTIL:
        switch (run->step->until.condition) {
        case UNTIL_CLOSED:
        case UNTIL_FAILED: return "the end of TCP";
        case UNTIL_CLOSE: return "a Close frame";
        case UNTIL_MESSAGES: return "messages";
        case UNTIL_PONGS: return "pongs";
        case UNTIL_ECHO: return "the echo";
        case UNTIL_ANSWERED: return "the pong of the last ping";
        case UNTIL_RESPONSE: return "the response head";
        case UNTIL_ANSWER: return "the answer that its profile names";
        }
        return "a condition";
    case WAIT_NOTHING:
    case WAIT_DELAY:
    case WAIT_TIME: return "time";
    }
    return "something";
}

static bool may_send(const case_run *run);
static void send_close(case_run *run, bool has_code, uint16_t code, const char *reason);
static void wait_for(case_run *run, wait what, const case_step *step);

/* Asks whether the run is to close in a way of its own; if so, does it, and waits for the end of TCP. */
static bool take_leave(case_run *run, const case_step *step) {
    const run_config *config = run->config;
    run_leave leave = {.reason = ""};
    bool closed = run->close_sent || observe_side(run->observation, OBS_PEER)->num_closes > 0;
    if (!config->leaving || closed || run->leaving || !may_send(run) || emit_inside(&run->emitter) ||
        !observe_open(run->observation) ||
        !config->leaving(config->leaving_user, run->test, run->observation, !step, &leave))
        return false;
    send_close(run, leave.has_code, leave.code, leave.reason);
    run->leaving = true;
    if (leave.wait_ms) run->patience_ms = leave.wait_ms;
    wait_for(run, WAIT_ENDED, step);
    return true;
}

/* A deadline counts from the last time that anything moved: slowness is no fault. */
static void deadline_hit(uv_timer_t *timer) {
    case_run *run = timer->data;
    if (!run || run->over) return;
    if (run->wait == WAIT_TIME || run->wait == WAIT_DELAY) {
        run->respond = run->wait == WAIT_DELAY;
        run->wait = WAIT_NOTHING;
        advance(run);
        return;
    }
    uint64_t idle_ms = (wire_now() - run->moved) / 1000000;
    if (idle_ms < run->patience_ms) {
        run->last_look = false;
        uv_timer_start(timer, deadline_hit, run->patience_ms - idle_ms + 1, 0);
        return;
    }
    if (wire_stalled(run->moved + (uint64_t)run->patience_ms * 1000000, run->patience_ms)) {
        run->moved = wire_now();
        uv_timer_start(timer, deadline_hit, run->patience_ms, 0);
        return;
    }
    /* Timers come before input: what has arrived in time is to be seen. */
    if (!run->last_look) {
        run->last_look = true;
        uv_timer_start(timer, deadline_hit, 1, 0);
        return;
    }
    /* Whoever echoes nothing has carried on if it answered the ping and is still there. */
    if (run->wait == WAIT_FAILED && run->config->talks) {
        observe_event(run->observation, OBS_HARNESS, since(run), OBS_NOTE,
                      "the peer has answered a ping and stays, so it carries on");
        run->wait = WAIT_NOTHING;
        advance(run);
        return;
    }
    observe_event(run->observation, OBS_HARNESS, since(run), OBS_DEADLINE, waiting_for(run));
    if (take_leave(run, NULL)) return;
    if (run->wait == WAIT_OPENED) snprintf(run->error, sizeof run->error, "connecting timed out");
    finish(run);
}

static void bound_hit(uv_timer_t *timer);

static void bound_start(case_run *run) {
    run->bound_due = wire_now() + (uint64_t)run->bound_ms * 1000000;
    uv_timer_start(run->bound, bound_hit, run->bound_ms, 0);
}

static void bound_hit(uv_timer_t *timer) {
    case_run *run = timer->data;
    if (!run || run->over) return;
    if (wire_stalled(run->bound_due, run->bound_ms)) {
        bound_start(run);
        return;
    }
    run->timed_out = true;
    observe_event(run->observation, OBS_HARNESS, since(run), OBS_DEADLINE, "the whole case");
    finish(run);
}

static void wait_for(case_run *run, wait what, const case_step *step) {
    run->wait = what;
    run->step = step;
    run->moved = wire_now();
    run->last_look = false;
    unsigned ms = what == WAIT_TIME    ? step->wait_ms
                  : what == WAIT_DELAY ? run->test->response.delay_ms
                                       : run->patience_ms;
    uv_timer_start(run->deadline, deadline_hit, ms, 0);
}

/* ---- Sending ------------------------------------------------------------------------------------------- */

static bool peer_ended(const case_run *run) {
    return observe_side(run->observation, OBS_PEER)->end != OBS_CONNECT;
}

/* Nothing more is sent by steps once the connection is over or both sides are closing it. */
static bool may_send(const case_run *run) {
    if (peer_ended(run) || run->fin_sent) return false;
    return !(run->close_sent && observe_side(run->observation, OBS_PEER)->num_closes > 0 && run->auto_close);
}

static void send_close(case_run *run, bool has_code, uint16_t code, const char *reason) {
    uint8_t body[WSC_CONTROL_MAX];
    size_t len = has_code ? wsc_close_encode(body, code, reason, strlen(reason)) : 0;
    emit_frame(&run->emitter, run->conn, WSC_OP_CLOSE, body, len);
    run->close_sent = true;
}

static void send_fin(case_run *run) {
    if (run->fin_sent) return;
    run->fin_sent = true;
    wire_fin(run->conn);
    observe_event(run->observation, OBS_HARNESS, since(run), OBS_FIN, NULL);
}

static void send_fence(case_run *run) {
    int n = snprintf((char *)run->fence, sizeof run->fence, "fence-%04x%04x", run->num_fences++ & 0xffffu,
                     (unsigned)(emit_random(&run->emitter) & 0xffffu));
    run->fence_len = (uint8_t)n;
    observe_fence(run->observation, run->fence, run->fence_len);
    emit_frame(&run->emitter, run->conn, WSC_OP_PING, run->fence, run->fence_len);
}

/* The answers of a good endpoint. They wait while a step of ours is in the middle of a frame. */
static void answer(case_run *run) {
    const obs_side *peer = observe_side(run->observation, OBS_PEER);
    if (peer->end != OBS_CONNECT || run->fin_sent) return;
    if (run->auto_close && peer->num_closes && !run->close_sent) {
        if (emit_inside(&run->emitter)) {
            /* A Close frame would be read as payload of the unfinished frame. */
            emit_abort(&run->emitter);
            send_fin(run);
        } else {
            const wsc_close *c = &peer->close;
            send_close(run, c->has_code && wsc_code_sendable(c->code), c->code, "");
        }
    }
    /* A server ends TCP first (7.1.1); a client may wait for that. */
    if (run->role == WSC_SERVER && run->auto_close && run->close_sent && peer->num_closes) {
        send_fin(run);
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
    if (!may_send(run)) return;
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
    while (run->nth < run->num_messages && may_send(run)) {
        if (!has_room(run)) {
            wait_for(run, WAIT_ROOM, step);
            return;
        }
        emit_nth(&run->emitter, run->conn, step, run->nth, run->num_messages, run->observation);
        run->nth++;
    }
    if (emit_busy(&run->emitter)) wait_for(run, WAIT_EMIT, step);
}

/* True if the wait is over. */
static bool wait_over(case_run *run) {
    switch (run->wait) {
    case WAIT_NOTHING: return true;
    case WAIT_OPENED: return run->connected;
    case WAIT_RESPONSE: {
        const obs_side *peer = observe_side(run->observation, OBS_PEER);
        return peer->head_done || peer->head_failed || peer->end != OBS_CONNECT;
    }
    case WAIT_ROOM: return peer_ended(run) || has_room(run);
    case WAIT_DRAIN: return peer_ended(run) || wire_queued(run->conn) == 0;
    case WAIT_EMIT: return !emit_busy(&run->emitter) || peer_ended(run);
    case WAIT_UNTIL: return peer_ended(run) || condition_met(run, run->step);
    case WAIT_ENDED: return peer_ended(run);
    case WAIT_FENCE:
        if (peer_ended(run)) return true;
        if (!observe_fence_answered(run->observation, run->fence, run->fence_len)) return false;
        if (run->step->kind == STEP_FENCE) return true;
        run->probe_answered = true;
        send_probe_message(run);
        return false;
    case WAIT_FAILED:
        return peer_ended(run) || observe_probe_echoed(run->observation) ||
               observe_side(run->observation, OBS_PEER)->num_messages > run->messages_before;
    case WAIT_DELAY:
    case WAIT_TIME: return peer_ended(run);
    }
    return true;
}

static void step_until(case_run *run, const case_step *step) {
    if (step->until.condition == UNTIL_FAILED && may_send(run) && !run->close_sent &&
        !observe_side(run->observation, OBS_PEER)->num_closes && !emit_inside(&run->emitter)) {
        run->probe_sent = true;
        send_fence(run);
        wait_for(run, WAIT_FENCE, step);
        return;
    }
    wait_for(run, WAIT_UNTIL, step);
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
    if (peer_ended(run) || run->fin_sent) return;
    if (wire_tls_do(run->conn, acts[deed]) < 0) {
        observe_event(run->observation, OBS_HARNESS, since(run), OBS_NOTE,
                      "TLS: not done, the connection is too far gone");
        return;
    }
    observe_event(run->observation, OBS_HARNESS, since(run), OBS_NOTE, notes[deed]);
    if (deed == CASE_TLS_FIN) {
        send_fin(run);
    } else if (deed == CASE_TLS_CLOSE_NOTIFY) {
        run->fin_sent = true;
        observe_event(run->observation, OBS_HARNESS, since(run), OBS_FIN, "of what is inside TLS");
    }
}

static void step_begin(case_run *run, const case_step *step) {
    switch (step->kind) {
    case STEP_SEND:
    case STEP_MESSAGE:
    case STEP_RAW:
        if (!may_send(run)) return;
        emit_step(&run->emitter, run->conn, step);
        if (emit_sends_close(step)) run->close_sent = true;
        if (emit_busy(&run->emitter)) wait_for(run, WAIT_EMIT, step);
        return;
    case STEP_MESSAGES:
        run->nth = 0;
        run->num_messages = run->config->full ? step->message.count : step->message.quick;
        run->echoed_before = observe_side(run->observation, OBS_PEER)->num_messages;
        send_messages(run, step);
        return;
    case STEP_UNTIL: step_until(run, step); return;
    case STEP_FENCE:
        if (!may_send(run) || emit_inside(&run->emitter)) return;
        send_fence(run);
        wait_for(run, WAIT_FENCE, step);
        return;
    case STEP_CLOSE:
        if (take_leave(run, step)) return;
        if (may_send(run) && !run->close_sent)
            send_close(run, step->close.has_code, step->close.code,
                       step->close.reason ? step->close.reason : "");
        wait_for(run, WAIT_ENDED, step);
        return;
    case STEP_FIN:
        if (!peer_ended(run)) send_fin(run);
        return;
    case STEP_TLS: wait_for(run, WAIT_DRAIN, step); return;
    case STEP_RESET:
        if (peer_ended(run)) return;
        wire_reset(run->conn);
        observe_event(run->observation, OBS_HARNESS, since(run), OBS_RESET, NULL);
        finish(run);
        return;
    case STEP_READ:
        wire_read(run->conn, step->read_on);
        observe_event(run->observation, OBS_HARNESS, since(run), step->read_on ? OBS_RESUME : OBS_STOP, NULL);
        return;
    case STEP_WAIT: wait_for(run, WAIT_TIME, step); return;
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

/* The next step to begin, or NULL. */
static const case_step *next_step(case_run *run) {
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

/* ---- The opening handshake ----------------------------------------------------------------------------- */

static void send_request(case_run *run) {
    uint8_t nonce[16];
    for (size_t i = 0; i < sizeof nonce; i++) nonce[i] = (uint8_t)emit_random(&run->emitter);
    char key[WSC_KEY_LEN + 1];
    wsc_key_encode(key, nonce);
    const char *fields[HEAD_FIELDS_MAX + 2] = {NULL};
    size_t num = 0;
    for (; num < HEAD_FIELDS_MAX && run->config->fields && run->config->fields[num]; num++)
        fields[num] = run->config->fields[num];
    if (run->config->with_deflate) fields[num] = EXTENSION_WITH;
    const head_values values = {run->config->target, run->config->host, key, NULL, fields};
    if (emit_head(&run->emitter, run->conn, &run->test->request, &values, run->observation) < 0) {
        snprintf(run->error, sizeof run->error, "the request is too long");
        finish(run);
        return;
    }
    if (run->test->request.fin) send_fin(run);
    wait_for(run, WAIT_RESPONSE, NULL);
}

static bool wants_deflate(const case_run *run) {
    return run->test->deflate.given || run->config->with_deflate;
}

/* What follows from both heads. False if the case has come to its end with them: it is about compressed
   messages, and there will be none. */
static bool deflate_begin(case_run *run) {
    const obs_deflate *deflate = observe_deflate(run->observation);
    bool sound = deflate->agreed &&
                 (run->role == WSC_SERVER || !(deflate->response_faults & ~WSC_DEFLATE_FAULTS_TOLERATED));
    if (sound) emit_agree(&run->emitter, &deflate->params, run->config->with_deflate);
    bool needed = run->test->needs_deflate || run->config->with_deflate;
    return sound || !needed || run->test->handshake_only;
}

/* What the connection does not have of what the case needs; NULL: nothing. */
static const char *lacking(const case_run *run) {
    if (run->test->needs_tls && !run->tls) return "a connection over TLS (wss://)";
    for (size_t i = 0; run->config->talks && run->test->needs[i]; i++)
        if (strcmp(run->test->needs[i], "echo") == 0) return "an echo (--target-profile)";
    return run->test->needs_tls13 && !run->tls13 ? "TLS 1.3" : NULL;
}

static void steps_begin(case_run *run) {
    static const case_step leave = {
        .kind = STEP_CLOSE, .pointer = "", .close = {.has_code = true, .code = 1000}};
    if (lacking(run) || !deflate_begin(run)) {
        run->levels[run->depth++] = (level){&leave, 1, 0, 0};
        return;
    }
    run->levels[run->depth++] = (level){run->test->steps, run->test->num_steps, 0, 0};
}

/* Answers a client: as the case says, or with a refusal if its request cannot be answered at all. */
static void respond(case_run *run) {
    static const char refusal[] =
        "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    const obs_side *peer = observe_side(run->observation, OBS_PEER);
    if (peer->num_frames > 0 || peer->inside)
        observe_problem(run->observation, since(run), "frames-before-response", "6455-4.1-42");
    if (!observe_open(run->observation)) {
        observe_own_head(run->observation, sizeof refusal - 1, 0);
        wire_send(run->conn, (const uint8_t *)refusal, sizeof refusal - 1, NULL);
        send_fin(run);
        finish(run);
        return;
    }
    wsc_span sent = wsc_http_field(peer->head, "Sec-WebSocket-Key", 0)->value;
    char accept[WSC_ACCEPT_LEN + 1], key[64]; /* a longer key is wrong already */
    wsc_accept_encode(accept, sent);
    snprintf(key, sizeof key, "%.*s", (int)(sent.len < sizeof key ? sent.len : sizeof key - 1), sent.data);
    wsc_deflate_offers offers;
    extension_line line;
    const char *fields[2] = {NULL, NULL};
    wsc_deflate_offers_read(&offers, peer->head);
    if (wants_deflate(run) && extension_answer(run->test, &offers, line)) fields[0] = line;
    const head_values values = {.key = key, .accept = accept, .fields = fields};
    if (emit_head(&run->emitter, run->conn, &run->test->response, &values, run->observation) < 0) {
        snprintf(run->error, sizeof run->error, "the response is too long");
        finish(run);
        return;
    }
    steps_begin(run);
}

/* The response is there, or never will be. */
static void response_over(case_run *run) {
    run->wait = WAIT_NOTHING;
    if (observe_status(run->observation) == 101)
        steps_begin(run);
    else
        finish(run);
}

/* ---- Events -------------------------------------------------------------------------------------------- */

/* Goes on as far as possible. Sending may call back into `sent`, never into here. */
static void advance(case_run *run) {
    if (run->advancing) {
        run->again = true;
        return;
    }
    run->advancing = true;
    do {
        run->again = false;
        while (!run->over) {
            if (run->conn && run->connected) answer(run);
            if (run->over || !wait_over(run)) break;
            if (run->respond) {
                run->respond = false;
                respond(run);
                continue;
            }
            if (run->wait == WAIT_OPENED) {
                send_request(run);
                continue;
            }
            if (run->wait == WAIT_RESPONSE) {
                response_over(run);
                continue;
            }
            bool room = run->wait == WAIT_ROOM, drained = run->wait == WAIT_DRAIN;
            run->wait = WAIT_NOTHING;
            uv_timer_stop(run->deadline);
            if (room) {
                send_messages(run, run->step);
                continue;
            }
            if (drained) {
                step_tls(run, run->step->tls);
                continue;
            }
            const case_step *step = next_step(run);
            if (step)
                step_begin(run, step);
            else
                finish(run);
        }
    } while (run->again && !run->over);
    run->advancing = false;
    if (run->free_later) case_run_free(run);
}

static void tls_look(case_run *run) {
    wire_tls_info info;
    run->tls = wire_tls_describe(run->conn, &info);
    run->tls13 = run->tls && strcmp(info.version, "TLSv1.3") == 0;
}

static void on_opened(void *user) {
    case_run *run = user;
    run->connected = true;
    run->moved = wire_now();
    observe_event(run->observation, OBS_HARNESS, since(run), OBS_CONNECT, NULL);
    notes_tls_begin(run->observation, run->conn, since(run));
    tls_look(run);
    advance(run);
}

/* No answer to what we sent is as large, or in as many frames, as that. */
static bool sends_without_end(const case_run *run) {
    const obs_side *peer = observe_side(run->observation, OBS_PEER);
    uint64_t sent = observe_side(run->observation, OBS_HARNESS)->octets + run->test->largest;
    return peer->overflow || peer->octets > RUN_RECEIVED_MAX + RUN_RECEIVED_TIMES * sent ||
           peer->num_frames > RUN_FRAMES_MAX + sent || peer->num_pings > RUN_PINGS_MAX;
}

static void on_received(void *user, const uint8_t *data, size_t len) {
    case_run *run = user;
    run->moved = wire_now();
    observe_octets(run->observation, OBS_PEER, since(run), data, len);
    if (sends_without_end(run)) {
        run->timed_out = true;
        observe_event(run->observation, OBS_HARNESS, since(run), OBS_NOTE, "the peer sends without end");
        finish(run);
        return;
    }
    advance(run);
}

static void on_sent(void *user, const uint8_t *data, size_t len) {
    case_run *run = user;
    run->moved = wire_now();
    observe_octets(run->observation, OBS_HARNESS, since(run), data, len);
}

static void on_drained(void *user) {
    case_run *run = user;
    emit_more(&run->emitter, run->conn);
    advance(run);
}

static void on_ended(void *user, wire_end end) {
    case_run *run = user;
    const char *text = wire_error(run->conn);
    /* With TLS 1.3 a peer that refuses us says so after our handshake is done. */
    bool refused = end == WIRE_END_TLS && observe_side(run->observation, OBS_PEER)->octets == 0;
    if (!run->connected || refused) {
        snprintf(run->error, sizeof run->error, "%s", *text ? text : wire_end_name(end));
        run->hopeless = end == WIRE_END_TLS;
    }
    if (!run->connected) {
        finish(run);
        return;
    }
    emit_abort(&run->emitter);
    notes_tls_end(run->observation, run->conn, since(run), end);
    observe_event(run->observation, OBS_PEER, since(run), end == WIRE_END_FIN ? OBS_FIN : OBS_RESET, NULL);
    advance(run);
}

static const wire_events events = {on_opened, on_received, on_sent, on_drained, on_ended};

/* ---- The life of a run --------------------------------------------------------------------------------- */

/* Seeds differ by case, so that a case gives the same octets whether it runs alone or among others. */
static uint64_t case_seed(uint64_t seed, const char *id) {
    uint64_t h = seed ^ 0xcbf29ce484222325u;
    for (; *id; id++) h = (h ^ (uint8_t)*id) * 0x100000001b3u;
    return h;
}

/* A run without a connection, in that role of ours. */
static case_run *run_new(const run_config *config, const test_case *test, wsc_role role, case_run_done *done,
                         void *user) {
    case_run *run = calloc(1, sizeof *run);
    if (!run) return NULL;
    *run = (case_run){.config = config,
                      .test = test,
                      .role = role,
                      .done = done,
                      .user = user,
                      .auto_pong = true,
                      .auto_close = true,
                      .patience_ms = effort_patience_ms(config->timeout_ms, test),
                      .bound_ms = effort_bound_ms(config->case_ms, test, emit_paced(config->pacing))};
    run->started = run->moved = wire_now();
    run->observation = observe_new(role == WSC_CLIENT ? WSC_SERVER : WSC_CLIENT);
    run->deadline = timer_new(run);
    run->bound = timer_new(run);
    emit_init(&run->emitter, role, case_seed(config->seed, test->id), config->pacing);
    if (run->observation && run->deadline && run->bound) return run;
    case_run_free(run);
    return NULL;
}

case_run *case_run_start(const run_config *config, const test_case *test, case_run_done *done, void *user) {
    case_run *run = run_new(config, test, WSC_CLIENT, done, user);
    if (!run) return NULL;
    run->conn = wire_connect(config->loop, config->address, config->timeout_ms, &events, run);
    if (!run->conn) {
        case_run_free(run);
        return NULL;
    }
    bound_start(run);
    wait_for(run, WAIT_OPENED, NULL);
    return run;
}

case_run *case_run_accept(const run_config *config, const test_case *test, wire_conn *conn,
                          const uint8_t *data, size_t len, case_run_done *done, void *user) {
    case_run *run = run_new(config, test, WSC_SERVER, done, user);
    if (!run) return NULL;
    run->conn = conn;
    run->connected = true;
    wire_own(conn, &events, run);
    observe_event(run->observation, OBS_PEER, 0, OBS_CONNECT, NULL);
    notes_tls_begin(run->observation, run->conn, since(run));
    tls_look(run);
    observe_octets(run->observation, OBS_PEER, 0, data, len);
    bound_start(run);
    wait_for(run, WAIT_DELAY, NULL);
    return run;
}

void case_run_cancel(case_run *run) {
    if (!run) return;
    run->over = true;
    wire_close(run->conn);
    run->conn = NULL;
    case_run_free(run);
}

void case_run_free(case_run *run) {
    if (!run) return;
    if (run->advancing) { /* called from done, which advance called */
        run->free_later = true;
        return;
    }
    timer_free(run->deadline);
    timer_free(run->bound);
    emit_free(&run->emitter);
    observe_free(run->observation);
    free(run);
}

void case_run_problem(case_run *run, const char *fault, const char *broken) {
    observe_problem(run->observation, since(run), fault, broken);
}

const test_case *case_run_case(const case_run *run) {
    return run->test;
}

run_pacing case_run_pacing(const case_run *run) {
    return run->config->pacing;
}

const observation *case_run_observation(const case_run *run) {
    return run->observation;
}

void case_run_question(const case_run *run, judge_question *q) {
    *q = (judge_question){.outcomes = run->test->outcomes,
                          .num_outcomes = run->test->num_outcomes,
                          .handshake_only = run->test->handshake_only,
                          .deflate = run->test->needs_deflate || run->config->with_deflate,
                          .lacks = run->connected ? lacking(run) : NULL,
                          .talks = run->config->talks,
                          .probe_sent = run->probe_sent,
                          .probe_answered = run->probe_answered,
                          .timed_out = run->timed_out,
                          .too_large =
                              run->config->max_message && run->test->largest > run->config->max_message,
                          .connected = run->connected};
}

uint64_t case_run_started(const case_run *run) {
    return run->started;
}

uint64_t case_run_finished(const case_run *run) {
    return run->finished;
}

const char *case_run_error(const case_run *run) {
    return run->error;
}

bool case_run_hopeless(const case_run *run) {
    return run->hopeless;
}
