/* SPDX-License-Identifier: MIT */
#include "runner/clients.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/clients_impl.h"

#define TICK_MS 50

/* ---- Slots --------------------------------------------------------------------------------------------- */

/* All attempts at a case are neighbours, so that drivers meet the cases in catalogue order. */
size_t clients_slot_case(const clients *c, size_t slot) {
    return slot / attempts_number(&c->plan);
}

static unsigned slot_attempt(const clients *c, size_t slot) {
    return (unsigned)(slot % attempts_number(&c->plan));
}

const test_case *clients_slot_test(const clients *c, size_t slot) {
    return c->config->cases[clients_slot_case(c, slot)];
}

/* ---- Results ------------------------------------------------------------------------------------------- */

static void result_take(job *j) {
    clients *c = j->all;
    client_agent *a = &c->agents[j->agent];
    size_t nth = clients_slot_case(c, j->slot);
    if (a->num_taken[nth] == attempts_number(&c->plan)) { /* again: the newer result counts */
        attempts_reset(&a->taken[nth]);
        a->num_taken[nth] = 0;
    }
    attempts_take(&a->taken[nth], &c->plan, slot_attempt(c, j->slot), c->config->cases[nth], &j->judgement,
                  j->run);
    a->num_taken[nth]++;
    a->reported = false;
    c->done++;
    if (c->events->progress) c->events->progress(c->user, c->done, c->num_slots);
}

static void totals(const clients *c, const client_agent *a, record_end *end) {
    *end = (record_end){.planned = c->config->num_cases,
                        .total = c->config->num_cases,
                        .duration_ms = (wire_now() - c->plan.begun) / 1000000,
                        .alive = -1,
                        .complete = true};
    bool unstable = false;
    for (size_t i = 0; i < c->config->num_cases; i++) {
        bool missing = !a->taken[i].line && c->config->cases[i];
        end->totals[a->taken[i].line ? a->taken[i].verdict
                    : missing        ? VERDICT_NOT_RUN
                                     : VERDICT_UNSUPPORTED]++;
        if (missing) end->complete = false;
        unstable |= a->taken[i].unstable;
    }
    if (end->totals[VERDICT_CRASHED] || c->sanitizer || !end->complete || (c->config->exec && !c->came))
        end->exit_code = 3;
    else if (end->totals[VERDICT_HARNESS_ERROR])
        end->exit_code = 5;
    else if (end->totals[VERDICT_FAIL] || end->totals[VERDICT_TIMEOUT] || end->totals[VERDICT_SETUP_FAILED] ||
             unstable)
        end->exit_code = 1;
}

int clients_report(clients *c, unsigned nth, bool last) {
    client_agent *a = &c->agents[nth];
    record_end end;
    seen_judge(&a->again, &c->plan, c->config->cases, a->taken, c->config->num_cases);
    totals(c, a, &end);
    const json_t **lines = calloc(c->config->num_cases + 1, sizeof *lines);
    if (!lines) abort();
    json_t *nothing = json_object();
    attempts *missing = calloc(c->config->num_cases + 1, sizeof *missing);
    if (!missing) abort();
    for (size_t i = 0; i < c->config->num_cases; i++) {
        attempts *one = &a->taken[i];
        lines[i] = one->line;
        if (c->config->labels && !one->line) {
            if (a->num_taken[i] > 0) lines[i] = nothing;
            continue;
        }
        if (!one->line) {
            one = &missing[i];
            attempts_force(one, &c->plan, 0, c->config->cases[i], VERDICT_NOT_RUN,
                           "the client did not run it");
        } else {
            attempts_finish(one);
        }
        lines[i] = one->line;
    }
    a->reported = true;
    c->events->report(c->user, nth, lines, c->config->num_cases, &end, last);
    for (size_t i = 0; i < c->config->num_cases; i++) attempts_reset(&missing[i]);
    json_decref(nothing);
    free(missing);
    free(lines);
    return end.exit_code;
}

/* ---- Jobs ---------------------------------------------------------------------------------------------- */

static void jobs_start(clients *c);

job *clients_job_find(clients *c, unsigned agent, size_t slot) {
    for (job *j = c->jobs; j; j = j->next)
        if (j->agent == agent && j->slot == slot && !j->judged) return j;
    return NULL;
}

static void job_closed(uv_handle_t *handle) {
    free(handle->data);
}

void clients_job_free(job *j) {
    clients *c = j->all;
    for (job **at = &c->jobs; *at; at = &(*at)->next) {
        if (*at != j) continue;
        *at = j->next;
        break;
    }
    c->num_jobs--;
    case_run_free(j->run);
    uv_timer_stop(&j->timer);
    uv_close((uv_handle_t *)&j->timer, job_closed);
}

job *clients_job_new(clients *c, unsigned agent, size_t slot) {
    job *j = calloc(1, sizeof *j);
    if (!j) abort();
    *j = (job){.all = c, .next = c->jobs, .agent = agent, .slot = slot};
    c->jobs = j;
    c->num_jobs++;
    uv_timer_init(c->config->run.loop, &j->timer);
    j->timer.data = j;
    return j;
}

/* The case is judged and the client gone. */
static void job_end(job *j) {
    clients *c = j->all;
    if (j->crashed) {
        j->judgement.verdict = VERDICT_CRASHED;
        snprintf(j->judgement.why, sizeof j->judgement.why, "the client %.100s%s%.800s", j->exit_text,
                 *j->wrote ? "; it wrote: " : "", j->wrote);
    }
    if (!j->cancelled) {
        result_take(j);
        attempts *taken = &c->agents[j->agent].taken[clients_slot_case(c, j->slot)];
        if (j->killed) attempts_note(taken, "the client did not exit by itself after the case");
        if (j->key_again) attempts_note(taken, "an earlier connection had the same Sec-WebSocket-Key");
        if (j->masks_again) attempts_note(taken, "an earlier connection began with the same masking keys");
    }
    clients_job_free(j);
    if (!c->over) jobs_start(c);
}

static void job_look(job *j) {
    clients *c = j->all;
    if (!j->judged || j->process || j->stopping) return;
    job_end(j);
    clients_questions_answer(c);
}

static void job_stopped(void *user) {
    job *j = user;
    j->stopping = false;
    job_look(j);
}

/* Keeps what the process leaves behind, and ends it. */
static void process_end(job *j) {
    if (!j->process) return;
    target_process *process = j->process;
    j->stopping = true;
    j->crashed = !j->killed && (target_crashed(process) || *target_sanitizer_text(process));
    if (*target_sanitizer_text(process)) {
        j->crashed = j->all->sanitizer = true;
        snprintf(j->wrote, sizeof j->wrote, "%s", target_sanitizer_text(process));
    } else {
        const char *out = target_output(process);
        size_t len = strlen(out), skip = len > sizeof j->wrote - 1 ? len - (sizeof j->wrote - 1) : 0;
        snprintf(j->wrote, sizeof j->wrote, "%s", out + skip);
    }
    snprintf(j->exit_text, sizeof j->exit_text, "%s", target_exit_text(process));
    j->process = NULL;
    target_stop(process, job_stopped, j);
}

void clients_job_failed(job *j, const char *why) {
    j->judged = true;
    j->judgement = (judgement){.verdict = VERDICT_SETUP_FAILED, .behaviour = AXIS_FAIL, .outcome = -1};
    snprintf(j->judgement.why, sizeof j->judgement.why, "%s", why);
}

static void process_gone(void *user) {
    job *j = user;
    if (!j->judged && !j->run) {
        char why[JUDGE_TEXT_MAX];
        const char *out = target_output(j->process);
        size_t len = strlen(out);
        snprintf(why, sizeof why, "the client %s without connecting%s%s", target_exit_text(j->process),
                 len ? "; it wrote: " : "", out + (len > 600 ? len - 600 : 0));
        clients_job_failed(j, why);
    }
    process_end(j);
}

static const target_events process_events = {NULL, process_gone};

static void job_timeout(uv_timer_t *timer) {
    job *j = timer->data;
    if (!j->judged && !j->run) {
        char why[120];
        snprintf(why, sizeof why, "the client did not connect within %u ms", j->all->config->wait_ms);
        clients_job_failed(j, why);
    }
    if (!j->judged) return;
    j->killed = true;
    process_end(j);
    job_look(j);
}

static void run_done(void *user, case_run *run) {
    job *j = user;
    clients *c = j->all;
    c->last = wire_now();
    const observation *o = case_run_observation(run);
    size_t num_keys;
    const uint32_t *keys = observe_keys(o, &num_keys);
    j->masks_again = seen_masks(&c->seen, keys, num_keys);
    c->agents[j->agent].again.masks += j->masks_again;
    judge_question q;
    case_run_question(run, &q);
    judge(&j->judgement, &q, o);
    j->judged = true;
    if (j->process) uv_timer_start(&j->timer, job_timeout, c->config->leave_ms, 0);
    job_look(j);
}

/* The connection belongs to the job from now on, if it can be served. */
bool clients_job_accept(job *j, wire_conn *conn, const door_request *request) {
    clients *c = j->all;
    run_pacing pacing = attempts_pacing(&c->plan, slot_attempt(c, j->slot));
    uv_timer_stop(&j->timer);
    j->run = case_run_accept(&c->runs[pacing], clients_slot_test(c, j->slot), conn, request->octets,
                             request->len, run_done, j);
    if (!j->run) return false;
    c->came = true;
    const wsc_field *key = wsc_http_field(request->head, "Sec-WebSocket-Key", 0);
    j->key_again = key && seen_key(&c->seen, key->value);
    c->agents[j->agent].again.keys += j->key_again;
    /* Who comes by himself may have another URL, say through a port that is forwarded. */
    if (c->config->exec && !door_named(c->door, request->head))
        case_run_problem(j->run, "host-without-port", "6455-4.1-23");
    return true;
}

static void job_spawn(clients *c, size_t slot) {
    job *j = clients_job_new(c, 0, slot);
    char url[1024], why[256];
    snprintf(url, sizeof url, "ws%s://%s:%u/run/%zu/%s", c->config->listen->tls ? "s" : "", c->config->host,
             door_port(c->door), slot, clients_slot_test(c, slot)->id);
    j->process =
        target_start(c->config->run.loop, c->config->exec, 0, url, 0, &process_events, j, why, sizeof why);
    if (j->process) {
        uv_timer_start(&j->timer, job_timeout, c->config->wait_ms, 0);
        return;
    }
    j->judgement = (judgement){.verdict = VERDICT_HARNESS_ERROR, .outcome = -1};
    snprintf(j->judgement.why, sizeof j->judgement.why, "%s", why);
    j->judged = true;
    uv_timer_start(&j->timer, job_timeout, 0, 0);
}

static bool must_be_alone(const clients *c, size_t slot) {
    const test_case *test = clients_slot_test(c, slot);
    return test && test->exclusive;
}

static void jobs_start(clients *c) {
    if (!c->config->exec) return;
    while (!c->over && c->next_slot < c->num_slots && c->num_jobs < c->config->jobs) {
        bool alone = must_be_alone(c, c->next_slot) || (c->jobs && must_be_alone(c, c->jobs->slot));
        if (alone && c->num_jobs > 0) return;
        job_spawn(c, c->next_slot++);
    }
}

/* ---- The whole ----------------------------------------------------------------------------------------- */

static void ticked(uv_timer_t *timer) {
    clients *c = timer->data;
    if (c->over) return;
    uint64_t now = wire_now();
    bool quiet = c->num_jobs == 0 && door_busy(c->door) == 0;
    if (!quiet) c->last = now;
    uint64_t idle = (now - c->last) / 1000000;
    bool interrupted = c->config->interrupted && *c->config->interrupted;
    bool all_done = c->config->exec && c->next_slot == c->num_slots && c->num_jobs == 0;
    bool left = !c->config->exec && c->reports_asked && idle >= c->config->linger_ms;
    bool lost = !c->config->exec && c->config->idle_ms && idle >= c->config->idle_ms;
    if (interrupted || all_done || left || lost || (c->stop_asked && quiet)) {
        c->over = true;
        uv_stop(c->config->run.loop);
    }
}

/* Ends what still runs, and waits for the processes. */
static void jobs_cancel(clients *c) {
    for (job *j = c->jobs, *next; j; j = next) {
        next = j->next;
        if (!j->judged) {
            case_run_cancel(j->run);
            j->run = NULL;
            j->judged = j->cancelled = true;
        }
        j->killed |= j->process != NULL;
        process_end(j);
        job_look(j);
    }
    while (c->jobs) uv_run(c->config->run.loop, UV_RUN_ONCE);
}

static int end_code(clients *c, char *error, size_t error_len) {
    int code = 0;
    bool interrupted = c->config->interrupted && *c->config->interrupted;
    for (unsigned i = 0; i < c->num_agents; i++) {
        int one = clients_report(c, i, true);
        if (one > code) code = one;
    }
    size_t run = 0;
    for (unsigned i = 0; i < c->num_agents; i++)
        for (size_t k = 0; k < c->config->num_cases; k++) run += c->agents[i].taken[k].line != NULL;
    if (run == 0) {
        snprintf(error, error_len,
                 interrupted ? "interrupted before a client ran a case" : "no client ran a case");
        return 3;
    }
    if (c->sanitizer)
        snprintf(error, error_len, "a sanitizer reported an error in the client");
    else if (c->config->exec && !c->came)
        snprintf(error, error_len,
                 interrupted ? "interrupted" : "the client never connected: is --exec what starts it?");
    else if (code == 3)
        snprintf(error, error_len,
                 interrupted ? "interrupted" : "a client crashed, or did not run every case");
    return code;
}

int clients_run(const clients_config *config, const clients_events *events, void *user, char *error,
                size_t error_len) {
    clients *c = calloc(1, sizeof *c);
    if (!c) abort();
    *c = (clients){.config = config, .events = events, .user = user, .plan = config->plan};
    c->plan.begun = c->last = wire_now();
    c->num_slots = config->num_cases * attempts_number(&c->plan);
    for (int i = 0; i < PACING_COUNT; i++) {
        c->runs[i] = config->run;
        c->runs[i].pacing = (run_pacing)i;
    }
    error[0] = 0;
    (void)uv_loop_configure(config->run.loop, UV_METRICS_IDLE_TIME); /* see run_config */
    c->door = door_open(config->run.loop, config->listen, config->run.timeout_ms, clients_arrived, c, error,
                        error_len);
    if (!c->door) {
        free(c);
        return 5;
    }
    uv_timer_init(config->run.loop, &c->tick);
    c->tick.data = c;
    uv_timer_start(&c->tick, ticked, TICK_MS, TICK_MS);
    events->listening(user, door_port(c->door));
    if (config->exec) {
        client_agent *a = &c->agents[c->num_agents++];
        a->taken = calloc(config->num_cases + 1, sizeof *a->taken);
        a->num_taken = calloc(config->num_cases + 1, sizeof *a->num_taken);
        if (!a->taken || !a->num_taken) abort();
        events->agent(user, 0, "");
        jobs_start(c);
    }
    while (!c->over) uv_run(config->run.loop, UV_RUN_DEFAULT);
    jobs_cancel(c);
    for (question *q = c->questions, *next; q; q = next) {
        next = q->next;
        wire_close(q->conn);
        free(q);
    }
    commands_end(&c->commands);
    door_close(c->door);
    int code = end_code(c, error, error_len);
    uv_close((uv_handle_t *)&c->tick, NULL);
    for (int i = 0; i < 2000 && uv_run(config->run.loop, UV_RUN_NOWAIT); i++) {}
    for (unsigned i = 0; i < c->num_agents; i++) {
        for (size_t k = 0; k < config->num_cases; k++) attempts_reset(&c->agents[i].taken[k]);
        free(c->agents[i].taken);
        free(c->agents[i].num_taken);
    }
    seen_free(&c->seen);
    free(c);
    return code;
}
