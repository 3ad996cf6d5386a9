/* SPDX-License-Identifier: MIT */
#include "runner/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/suite_impl.h"
#include "script/effort.h"

#define RESTARTS_MAX 20
/* Whether a target outlived what was done to it is asked so many times before it is called dead. */
#define PROBE_TRIES      4
#define PROBE_GAP_MS     150
#define PROBE_TIMEOUT_MS 3000 /* at least, whatever the cases are given */

/* ---- Results ------------------------------------------------------------------------------------------- */

static void verdict_force(suite *s, item *it, verdict v, const char *why) {
    attempts_unpack(&it->taken);
    attempts_force(&it->taken, &s->plan, it->attempt, it->test, v, why);
    if (it->state != ITEM_DONE && it->state != ITEM_CLEARED) s->done++;
    it->state = ITEM_CLEARED;
}

static void result_give(suite *s, item *it) {
    attempts_unpack(&it->taken);
    attempts_finish(&it->taken);
    if (it->second_look && it->crowded != it->taken.verdict) {
        char note[160];
        snprintf(note, sizeof note, "a first look, with %u cases at once, gave %s", s->config->jobs,
                 verdict_name(it->crowded));
        attempts_note(&it->taken, note);
    }
    s->events->result(s->user, it->test, it->taken.verdict, it->taken.line);
    json_decref(it->taken.line);
    it->taken.line = NULL;
}

void suite_results_give(suite *s) {
    while (s->next_result < s->num_items && s->items[s->next_result].state == ITEM_CLEARED)
        result_give(s, &s->items[s->next_result++]);
    if (s->events->progress) s->events->progress(s->user, s->done, s->num_items);
}

/* A connection begun at `started` got its 101: whatever was over by then did not kill the target. */
void suite_alive_at(suite *s, uint64_t started) {
    if (started > s->alive_since) s->alive_since = started;
    for (size_t i = s->next_result; i < s->num_items; i++) {
        item *it = &s->items[i];
        if (it->state == ITEM_DONE && it->finished <= s->alive_since) it->state = ITEM_CLEARED;
    }
}

static bool all_cleared(const suite *s) {
    for (size_t i = s->next_result; i < s->num_items; i++)
        if (s->items[i].state != ITEM_CLEARED) return false;
    return true;
}

/* ---- The end ------------------------------------------------------------------------------------------- */

static void process_stopped(void *user) {
    suite *s = user;
    s->process = NULL;
    uv_stop(s->config->run.loop);
}

static void over(suite *s) {
    if (s->phase == PHASE_OVER) return;
    s->phase = PHASE_OVER;
    for (size_t i = 0; i < s->num_items; i++) {
        case_run_cancel(s->items[i].run);
        s->items[i].run = NULL;
    }
    case_run_cancel(s->probe);
    s->probe = NULL;
    crowd_cancel(s->crowd);
    s->crowd = NULL;
    uv_close((uv_handle_t *)&s->timer, NULL);
    uv_close((uv_handle_t *)&s->tick, NULL);
    if (s->process) {
        if (*target_sanitizer_text(s->process)) s->sanitizer = true;
        free(s->target_output);
        s->target_output = strdup(target_output(s->process));
        target_stop(s->process, process_stopped, s);
    } else {
        uv_stop(s->config->run.loop);
    }
}

void suite_give_up(suite *s, int exit_code, const char *why) {
    s->exit_code = exit_code;
    s->stopped = true;
    if (!*s->error) snprintf(s->error, s->error_len, "%s", why);
    for (size_t i = s->next_result; i < s->num_items; i++) {
        item *it = &s->items[i];
        if (it->state == ITEM_CLEARED) continue;
        if (it->state == ITEM_DONE || (it->state == ITEM_WAITING && it->kept)) {
            it->state = ITEM_CLEARED;
        } else {
            verdict_force(s, it, VERDICT_NOT_RUN, why);
        }
    }
    suite_results_give(s);
    over(s);
}

/* ---- Death and resurrection ---------------------------------------------------------------------------- */

static void target_gone(void *user);
static void target_ready(void *user);
static const target_events process_events = {target_ready, target_gone};

static void process_start(suite *s) {
    char why[256];
    s->process = target_start(s->config->run.loop, s->config->exec, s->config->port, s->config->url,
                              s->config->wait_ms, &process_events, s, why, sizeof why);
    if (!s->process) suite_give_up(s, 3, why);
}

static void process_again(void *user) {
    suite *s = user;
    s->process = NULL;
    process_start(s);
}

/* Suspects are those in flight, and those after which nobody has seen the target alive, also if they are to
   run once more. */
static bool suspect(const suite *s, const item *it) {
    return it->state == ITEM_RUNNING || it->state == ITEM_DONE ||
           (it->state == ITEM_WAITING && it->connected && it->finished > s->alive_since);
}

void suite_count_out(suite *s, const item *it) {
    s->num_running--;
    s->num_slow -= attempts_pacing(&s->plan, it->attempt) == PACING_OCTETS;
    s->num_long -= it->work >= LONG_WORK;
}

/* Runs the suspects alone. */
static void suspects_again(suite *s) {
    for (size_t i = s->next_result; i < s->num_items; i++) {
        item *it = &s->items[i];
        if (!suspect(s, it)) continue;
        if (it->run) suite_count_out(s, it);
        case_run_cancel(it->run);
        it->run = NULL;
        if (it->state == ITEM_DONE) s->done--;
        attempts_reset(&it->taken);
        attempts_reset(&it->before);
        it->kept = false;
        it->attempt = 0;
        it->finished = 0;
        it->state = ITEM_WAITING;
        it->stage = STAGE_ALONE;
    }
}

static void suspects_condemn(suite *s, const char *why) {
    for (size_t i = s->next_result; i < s->num_items; i++) {
        item *it = &s->items[i];
        if (!suspect(s, it)) continue;
        if (it->run) suite_count_out(s, it);
        case_run_cancel(it->run);
        it->run = NULL;
        verdict_force(s, it, VERDICT_CRASHED, why);
    }
}

static void died(suite *s, const char *how) {
    if (s->phase == PHASE_OVER || s->restarting) return;
    s->died_ever = true;
    case_run_cancel(s->probe);
    s->probe = NULL;
    crowd_cancel(s->crowd);
    s->crowd = NULL;
    uv_timer_stop(&s->timer);
    size_t suspects = 0;
    for (size_t i = s->next_result; i < s->num_items; i++) suspects += suspect(s, &s->items[i]);
    char text[256];
    snprintf(text, sizeof text, "the target died: %s", how);
    if (s->events->message) s->events->message(s->user, text);
    if (!s->config->exec || s->restarts >= RESTARTS_MAX) {
        char why[300];
        snprintf(why, sizeof why, "the target died (%s) during this case%s", how,
                 suspects > 1 ? " or one beside it" : "");
        suspects_condemn(s, why);
        snprintf(s->error, s->error_len, "%s", text);
        suite_give_up(s, 3, text);
        return;
    }
    s->restarts++;
    s->restarting = true;
    /* What is left to do is done by the next life, without a further crowd. */
    if (s->phase == PHASE_CROWD || s->phase == PHASE_LAST_PROBE) s->phase = PHASE_CASES;
    s->stage = STAGE_MANY;
    s->paused = false;
    if (suspects == 1) {
        char why[300];
        snprintf(why, sizeof why, "the target died: %s", how);
        suspects_condemn(s, why);
    } else {
        suspects_again(s);
    }
    suite_results_give(s);
    if (s->process) {
        if (*target_sanitizer_text(s->process)) s->sanitizer = true;
        free(s->target_output);
        s->target_output = strdup(target_output(s->process));
        target_stop(s->process, process_again, s);
    } else {
        process_start(s);
    }
}

static void target_ready(void *user) {
    suite *s = user;
    s->restarting = false;
    if (s->phase == PHASE_START) s->phase = PHASE_FIRST_PROBE;
    s->probe_deadline = wire_now() + (uint64_t)s->config->wait_ms * 1000000;
    s->probe_tries = 0;
    suite_probe_start(s);
}

static void target_gone(void *user) {
    suite *s = user;
    char how[200];
    snprintf(how, sizeof how, "%s", target_exit_text(s->process));
    if (s->phase == PHASE_START || s->restarting || s->phase == PHASE_FIRST_PROBE) {
        char why[TARGET_OUTPUT_MAX / 16];
        const char *out = target_output(s->process);
        size_t n = strlen(out);
        snprintf(why, sizeof why, "the target %s%s%s", how, n ? "; it wrote:\n" : "",
                 out + (n > 2000 ? n - 2000 : 0));
        s->died_ever = true;
        suite_give_up(s, 3, why);
        return;
    }
    died(s, how);
}

/* ---- Crowds -------------------------------------------------------------------------------------------- */

void suite_jobs_reduce(suite *s, unsigned jobs) {
    if (jobs < 1) jobs = 1;
    if (jobs >= s->jobs) return;
    s->jobs = jobs;
    char text[160];
    snprintf(text, sizeof text,
             "the target does not serve %u connections at once: %u case%s at once from here on",
             s->config->jobs, jobs, jobs == 1 ? "" : "s");
    if (s->events->message) s->events->message(s->user, text);
}

static void crowd_done(void *user, unsigned served) {
    suite *s = user;
    s->crowd = NULL;
    s->phase = PHASE_CASES;
    /* One place is left to the probe. */
    if (served < s->config->jobs) suite_jobs_reduce(s, served > 2 ? served - 1 : 1);
    suite_fill(s);
}

/* ---- Liveness ------------------------------------------------------------------------------------------ */

static void probe_again(uv_timer_t *timer) {
    suite_probe_start(timer->data);
}

static void first_probe_failed(suite *s, const case_run *run) {
    if (wire_now() < s->probe_deadline && *case_run_error(run) && !case_run_hopeless(run)) {
        uv_timer_start(&s->timer, probe_again, 50, 0);
        return;
    }
    char why[512];
    unsigned status = observe_status(case_run_observation(run));
    const char *error = case_run_error(run);
    if (strncmp(error, "connect to ", 11) == 0)
        snprintf(why, sizeof why, "cannot %s", error);
    else if (*error)
        snprintf(why, sizeof why, "cannot connect to %s: %s", s->config->run.address->text, error);
    else if (status == 101)
        snprintf(why, sizeof why, "the target does not answer as its profile (--target-profile) says");
    else if (status)
        snprintf(why, sizeof why, "the target refused an ordinary opening handshake: status %u", status);
    else
        snprintf(why, sizeof why, "the target did not answer an ordinary opening handshake");
    suite_give_up(s, 3, why);
}

static void probe_done(void *user, case_run *run) {
    suite *s = user;
    const observation *seen = case_run_observation(run);
    bool alive = observe_status(seen) == 101 && (!s->config->probe_answers || !observe_deadline(seen));
    uint64_t started = case_run_started(run);
    s->probe = NULL;
    if (alive) {
        s->probe_tries = 0;
        s->paused = false;
        suite_alive_at(s, started);
        suite_results_give(s);
        if (s->phase == PHASE_FIRST_PROBE) {
            s->phase = s->jobs > 1 && !s->died_ever ? PHASE_CROWD : PHASE_CASES;
            judge_question q;
            judgement j;
            case_run_question(run, &q);
            judge(&j, &q, case_run_observation(run));
            if (j.verdict == VERDICT_FAIL && s->events->message) {
                char text[JUDGE_TEXT_MAX + 64];
                snprintf(text, sizeof text, "an ordinary exchange is not echoed properly: %s", j.seen);
                s->events->message(s->user, text);
            }
        }
        case_run_free(run);
        if (s->phase == PHASE_LAST_PROBE && all_cleared(s)) {
            over(s);
            return;
        }
        if (s->phase == PHASE_CROWD) s->crowd = crowd_start(&s->probe_config, s->jobs, crowd_done, s);
        suite_fill(s);
        return;
    }
    if (s->phase == PHASE_FIRST_PROBE) {
        first_probe_failed(s, run);
        case_run_free(run);
        return;
    }
    char how[320];
    snprintf(how, sizeof how, "%s",
             *case_run_error(run) ? case_run_error(run) : "no opening handshake any more");
    case_run_free(run);
    if (s->num_running > 0) { /* it may only have no place for one more: asked again when it is alone */
        s->paused = s->probe_wanted = true;
        suite_jobs_reduce(s, s->jobs / 2);
        return;
    }
    if (++s->probe_tries < PROBE_TRIES) {
        uv_timer_start(&s->timer, probe_again, PROBE_GAP_MS, 0);
        return;
    }
    died(s, how);
}

void suite_probe_start(suite *s) {
    if (s->probe || s->phase == PHASE_OVER) return;
    s->probe_wanted = false;
    s->probe = case_run_start(&s->probe_config, s->config->probe, probe_done, s);
    if (!s->probe) suite_give_up(s, 5, "out of file descriptors or memory");
}

static void ticked(uv_timer_t *timer) {
    suite *s = timer->data;
    if (s->config->interrupted && *s->config->interrupted) suite_give_up(s, 3, "interrupted");
}

/* ---- The whole ----------------------------------------------------------------------------------------- */

static void totals(const suite *s, record_end *end) {
    memset(end, 0, sizeof *end);
    for (size_t i = 0; i < s->num_items; i++) {
        end->totals[s->items[i].taken.verdict]++;
        end->total++;
    }
    end->planned = s->num_items;
    end->duration_ms = (wire_now() - s->begun) / 1000000;
    end->alive = s->died_ever && s->exit_code == 3 ? 0 : 1;
    end->complete = end->totals[VERDICT_NOT_RUN] == 0;
}

int suite_run(const suite_config *config, const suite_events *events, void *user, record_end *end,
              char *error, size_t error_len) {
    uv_loop_t *loop = config->run.loop;
    suite s = {.config = config,
               .events = events,
               .user = user,
               .error = error,
               .error_len = error_len,
               .begun = wire_now()};
    error[0] = 0;
    s.plan = (attempts_plan){.repeat = config->repeat, .rerun = s.rerun, .begun = s.begun};
    memcpy(s.plan.pacings, config->pacings, sizeof s.plan.pacings);
    snprintf(s.rerun, sizeof s.rerun, "%s server%s%s%s%s", config->program, config->url ? " " : "",
             config->url ? config->url : "", *config->rerun_options ? " " : "", config->rerun_options);
    s.jobs = config->jobs;
    s.num_items = config->num_cases;
    s.items = calloc(s.num_items ? s.num_items : 1, sizeof *s.items);
    if (!s.items) abort();
    for (size_t i = 0; i < s.num_items; i++) {
        s.items[i].test = config->cases[i];
        s.items[i].stage = config->cases[i]->exclusive ? STAGE_ALONE : STAGE_MANY;
        s.items[i].work = effort_work(config->cases[i], config->run.full);
    }
    for (int i = 0; i < PACING_COUNT; i++) {
        s.runs[i] = config->run;
        s.runs[i].pacing = (run_pacing)i;
    }
    s.probe_config = config->run;
    s.probe_config.pacing = PACING_WHOLE;
    /* A sign of life is not hurried, but need not be complete: the 101 is what counts. */
    if (s.probe_config.timeout_ms < PROBE_TIMEOUT_MS) s.probe_config.timeout_ms = PROBE_TIMEOUT_MS;
    s.probe_config.case_ms = 3 * s.probe_config.timeout_ms;
    (void)uv_loop_configure(loop, UV_METRICS_IDLE_TIME); /* see run_config */
    uv_timer_init(loop, &s.timer);
    uv_timer_init(loop, &s.tick);
    s.timer.data = s.tick.data = &s;
    uv_timer_start(&s.tick, ticked, 100, 100);
    if (config->exec) {
        process_start(&s);
    } else {
        s.phase = PHASE_FIRST_PROBE;
        s.probe_deadline = wire_now() + (uint64_t)config->wait_ms * 1000000;
        suite_probe_start(&s);
    }
    while (s.phase != PHASE_OVER || s.process) uv_run(loop, UV_RUN_DEFAULT);
    /* Let the closing handles go; they refer to memory of this frame. */
    for (int i = 0; i < 100 && uv_is_closing((uv_handle_t *)&s.timer); i++)
        if (uv_run(loop, UV_RUN_NOWAIT) == 0) break;

    totals(&s, end);
    if (!s.exit_code) {
        size_t bad =
            end->totals[VERDICT_FAIL] + end->totals[VERDICT_TIMEOUT] + end->totals[VERDICT_SETUP_FAILED];
        for (size_t i = 0; i < s.num_items; i++) bad += s.items[i].taken.unstable;
        if (end->totals[VERDICT_CRASHED] || s.sanitizer || s.restarts)
            s.exit_code = 3;
        else if (end->totals[VERDICT_HARNESS_ERROR])
            s.exit_code = 5;
        else if (bad)
            s.exit_code = 1;
        if (s.sanitizer && !*error) snprintf(error, error_len, "a sanitizer reported an error in the target");
        if (s.restarts && !end->totals[VERDICT_CRASHED] && !*error)
            snprintf(error, error_len, "the target died, but of no case in particular");
        else if (end->totals[VERDICT_CRASHED] && !*error)
            snprintf(error, error_len, "the target crashed");
    }
    end->exit_code = s.exit_code;
    end->target_output = s.target_output;
    for (size_t i = 0; i < s.num_items; i++) {
        attempts_reset(&s.items[i].taken);
        attempts_reset(&s.items[i].before);
    }
    free(s.items);
    return s.exit_code;
}
