/* SPDX-License-Identifier: MIT */
#include "script/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/effort.h"
#include "script/extension.h"
#include "script/notes.h"
#include "script/run_impl.h"

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

static void advance(case_run *run);

/* ---- The clock ----------------------------------------------------------------------------------------- */

uint64_t run__since(const case_run *run) {
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

void run__finish(case_run *run) {
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
    case WAIT_ANSWERED:
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

bool run__take_leave(case_run *run, const case_step *step) {
    const run_config *config = run->config;
    run_leave leave = {.reason = ""};
    bool closed = run->close_sent || observe_side(run->observation, OBS_PEER)->num_closes > 0;
    if (!config->leaving || closed || run->leaving || !run__may_send(run) || emit_inside(&run->emitter) ||
        !observe_open(run->observation) ||
        !config->leaving(config->leaving_user, run->test, run->observation, !step, &leave))
        return false;
    run__send_close(run, leave.has_code, leave.code, leave.reason);
    run->leaving = true;
    if (leave.wait_ms) run->patience_ms = leave.wait_ms;
    run__wait_for(run, WAIT_ENDED, step);
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
        observe_event(run->observation, OBS_HARNESS, run__since(run), OBS_NOTE,
                      "the peer has answered a ping and stays, so it carries on");
        run->wait = WAIT_NOTHING;
        advance(run);
        return;
    }
    observe_event(run->observation, OBS_HARNESS, run__since(run), OBS_DEADLINE, waiting_for(run));
    if (run__take_leave(run, NULL)) return;
    if (run->wait == WAIT_OPENED) snprintf(run->error, sizeof run->error, "connecting timed out");
    run__finish(run);
}

/* What counts of the time since bound_start: that in which the loop had nothing to do but wait, since it says
   nothing about a peer that this process was busy with other cases, or had no processor. But never less than
   a tenth. */
static uint64_t bound_used_ms(const case_run *run) {
    uint64_t idle = uv_metrics_idle_time(run->config->loop) - run->idle_before;
    uint64_t all = wire_now() - run->bound_began;
    return (idle > all / 10 ? idle : all / 10) / 1000000;
}

static void bound_hit(uv_timer_t *timer);

static void bound_timer(case_run *run, uint64_t ms) {
    run->bound_due = wire_now() + ms * 1000000;
    uv_timer_start(run->bound, bound_hit, ms, 0);
}

static void bound_start(case_run *run) {
    run->bound_began = wire_now();
    run->idle_before = uv_metrics_idle_time(run->config->loop);
    bound_timer(run, run->bound_ms);
}

static void bound_hit(uv_timer_t *timer) {
    case_run *run = timer->data;
    if (!run || run->over) return;
    if (wire_stalled(run->bound_due, run->bound_ms)) {
        bound_start(run);
        return;
    }
    uint64_t used = bound_used_ms(run);
    if (used < run->bound_ms) {
        bound_timer(run, run->bound_ms - used + 1);
        return;
    }
    run->timed_out = true;
    observe_event(run->observation, OBS_HARNESS, run__since(run), OBS_DEADLINE, "the whole case");
    run__finish(run);
}

void run__wait_for(case_run *run, wait what, const case_step *step) {
    run->wait = what;
    run->step = step;
    run->moved = wire_now();
    run->last_look = false;
    unsigned ms = what == WAIT_TIME    ? step->wait_ms
                  : what == WAIT_DELAY ? run->test->response.delay_ms
                                       : run->patience_ms;
    uv_timer_start(run->deadline, deadline_hit, ms, 0);
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
        run__finish(run);
        return;
    }
    if (run->test->request.fin) run__send_fin(run);
    run__wait_for(run, WAIT_RESPONSE, NULL);
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
    if (run->test->deflate.answer && !run->granted) return "an offer of permessage-deflate that fits";
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
        observe_problem(run->observation, run__since(run), "frames-before-response", "6455-4.1-42");
    if (!observe_open(run->observation)) {
        observe_own_head(run->observation, sizeof refusal - 1, 0);
        wire_send(run->conn, (const uint8_t *)refusal, sizeof refusal - 1, NULL);
        run__send_fin(run);
        run__finish(run);
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
    run->granted = wants_deflate(run) && extension_answer(run->test, &offers, line);
    if (run->granted) fields[0] = line;
    const head_values values = {.key = key, .accept = accept, .fields = fields};
    if (emit_head(&run->emitter, run->conn, &run->test->response, &values, run->observation) < 0) {
        snprintf(run->error, sizeof run->error, "the response is too long");
        run__finish(run);
        return;
    }
    /* What was agreed on is known of what was sent, which pacing delays. */
    if (wants_deflate(run))
        run__wait_for(run, WAIT_ANSWERED, NULL);
    else
        steps_begin(run);
}

/* The response is there, or never will be. */
static void response_over(case_run *run) {
    run->wait = WAIT_NOTHING;
    if (observe_status(run->observation) == 101)
        steps_begin(run);
    else
        run__finish(run);
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
            if (run->conn && run->connected) run__answer(run);
            if (run->over || !run__wait_over(run)) break;
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
            if (run->wait == WAIT_ANSWERED) {
                run->wait = WAIT_NOTHING;
                uv_timer_stop(run->deadline);
                steps_begin(run);
                continue;
            }
            wait over = run->wait;
            run->wait = WAIT_NOTHING;
            uv_timer_stop(run->deadline);
            if (run__step_resume(run, over)) continue;
            const case_step *step = run__next_step(run);
            if (step)
                run__step_begin(run, step);
            else
                run__finish(run);
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
    observe_event(run->observation, OBS_HARNESS, run__since(run), OBS_CONNECT, NULL);
    notes_tls_begin(run->observation, run->conn, run__since(run));
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
    observe_octets(run->observation, OBS_PEER, run__since(run), data, len);
    if (sends_without_end(run)) {
        run->timed_out = true;
        observe_event(run->observation, OBS_HARNESS, run__since(run), OBS_NOTE, "the peer sends without end");
        run__finish(run);
        return;
    }
    advance(run);
}

static void on_sent(void *user, const uint8_t *data, size_t len) {
    case_run *run = user;
    run->moved = wire_now();
    observe_octets(run->observation, OBS_HARNESS, run__since(run), data, len);
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
        run__finish(run);
        return;
    }
    emit_abort(&run->emitter);
    notes_tls_end(run->observation, run->conn, run__since(run), end);
    observe_event(run->observation, OBS_PEER, run__since(run), end == WIRE_END_FIN ? OBS_FIN : OBS_RESET,
                  NULL);
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
                      .bound_ms = effort_bound_ms(config->case_ms, test)};
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
    run__wait_for(run, WAIT_OPENED, NULL);
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
    notes_tls_begin(run->observation, run->conn, run__since(run));
    tls_look(run);
    observe_octets(run->observation, OBS_PEER, 0, data, len);
    bound_start(run);
    run__wait_for(run, WAIT_DELAY, NULL);
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
    observe_problem(run->observation, run__since(run), fault, broken);
}

const test_case *case_run_case(const case_run *run) {
    return run->test;
}

const observation *case_run_observation(const case_run *run) {
    return run->observation;
}

void case_run_question(const case_run *run, judge_question *q) {
    *q = (judge_question){.outcomes = run->test->outcomes,
                          .num_outcomes = run->test->num_outcomes,
                          .checks = run->test->checks,
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
