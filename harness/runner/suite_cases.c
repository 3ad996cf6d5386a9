/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "runner/suite_impl.h"

/* A failure that other cases beside it may have caused (nothing came, or the connection broke) is only
   believed after a second look with few cases at once. A target that fails in hundreds of them gets so many
   such looks; if none of these changes a verdict, the rest is believed. */
#define AGAIN_MAX  24
#define AGAIN_JOBS 4
/* Cases paced octet by octet at a time. Each takes its turns of the loop by the hundred before its request is
   complete, and a server gives up waiting for that at some time. */
#define SLOW_JOBS 8

/* A case whose connection was not even answered, beside others, is tried again with fewer at once, so many
   times. */
#define CROWDED_MAX 8

/* So many cases of much work at a time: more would only take turns, and the longest of them, which does one
   thing after the other, would get fewer. */
#define LONG_JOBS 8

/* A case that cannot connect although the target lives gets so many tries. */
#define REFUSALS_MAX 3

/* ---- What a look is worth ------------------------------------------------------------------------------ */

/* Failures that may only mean that the target had too much to do, or too little memory, for all cases at
 * once. */
static bool doubtful(const judgement *j, const case_run *run) {
    const observation *o = case_run_observation(run);
    const obs_side *peer = observe_side(o, OBS_PEER);
    if (j->verdict != VERDICT_FAIL && j->verdict != VERDICT_SETUP_FAILED && j->verdict != VERDICT_TIMEOUT)
        return false;
    size_t problems;
    (void)observe_problems(o, &problems);
    bool broke = peer->end != OBS_CONNECT && !peer->num_closes;
    return !problems && (observe_deadline(o) || broke || !peer->head_done);
}

/* True if the case is to be looked at again before its verdict counts: with few others, and alone once such
   looks have shown that this target is impressed by a crowd. */
static bool look_again(suite *s, item *it, const judgement *j, const case_run *run) {
    if (it->stage == STAGE_ALONE || s->jobs == 1 || !doubtful(j, run)) return false;
    if (it->stage == STAGE_AGAIN) {
        if (!s->looks_changed) return false;
        it->stage = STAGE_ALONE;
        return true;
    }
    it->stage = s->jobs > AGAIN_JOBS ? STAGE_AGAIN : STAGE_ALONE;
    it->second_look = true;
    it->crowded = j->verdict;
    return true;
}

/* Takes the result of a look; if there will be another, so that it can be taken back. */
static void look_take(suite *s, item *it, const judgement *j, const case_run *run, bool again) {
    if (it->kept) {
        attempts_reset(&it->taken);
        it->taken = it->before;
        it->before = (attempts){.line = NULL};
        s->looks++;
        if (it->crowded != j->verdict) s->looks_changed++;
    }
    it->kept = again;
    if (again) it->before = attempts_copy(&it->taken);
    attempts_take(&it->taken, &s->plan, it->attempt, it->test, j, run);
}

/* The attempt is over. */
static void attempt_end(suite *s, item *it) {
    it->kept = false;
    attempts_reset(&it->before);
    it->attempt++;
    it->state = it->attempt < attempts_number(&s->plan) ? ITEM_WAITING : ITEM_DONE;
    it->stage = it->test->exclusive ? STAGE_ALONE : STAGE_MANY;
    if (it->state == ITEM_DONE) s->done++;
}

/* So many looks changed nothing: the rest is believed as it is. */
static void looks_abandon(suite *s) {
    if (s->looks < AGAIN_MAX || s->looks_changed) return;
    for (size_t i = s->next_result; i < s->num_items; i++)
        if (s->items[i].state == ITEM_WAITING && s->items[i].kept) attempt_end(s, &s->items[i]);
}

/* True if the target may have had no place for the case: it did not say a word to an ordinary request while
   other connections were open. Then it runs again, with fewer. */
static bool crowded_out(suite *s, item *it, const judgement *j, const case_run *run) {
    const observation *o = case_run_observation(run);
    if (s->stage == STAGE_ALONE || observe_side(o, OBS_PEER)->octets > 0 || it->crowded_out >= CROWDED_MAX)
        return false;
    bool limited = s->jobs < s->config->jobs;
    if (it->test->handshake_only ? !limited || s->jobs == 1 : j->verdict != VERDICT_SETUP_FAILED)
        return false;
    if (s->jobs == 1 && s->num_running == 0) return false;
    it->crowded_out++;
    if (!it->test->handshake_only) suite_jobs_reduce(s, observe_deadline(o) ? s->jobs / 8 : s->jobs / 2);
    if (it->crowded_out > 2 || it->test->handshake_only) it->stage = STAGE_ALONE;
    return true;
}

/* True if the target said that it is too busy, or that the request took too long (RFC 9110 15.5.9 and 15.6.4,
   RFC 6585 4), where it should not. Then the case runs again: with fewer, and after the target has served an
   ordinary connection; or alone, if it is about the answer itself. */
static bool turned_away(suite *s, item *it, const judgement *j, const case_run *run) {
    unsigned status = observe_status(case_run_observation(run));
    if ((status != 408 && status != 429 && status != 503) || it->crowded_out >= CROWDED_MAX) return false;
    if (it->test->handshake_only) {
        if (j->verdict != VERDICT_FAIL || s->stage == STAGE_ALONE) return false;
        it->stage = STAGE_ALONE;
    } else {
        if (j->verdict != VERDICT_SETUP_FAILED) return false;
        suite_jobs_reduce(s, s->jobs / 2);
        s->paused = true;
    }
    it->crowded_out++;
    return true;
}

static void case_done(void *user, case_run *run) {
    item *it = NULL;
    suite *s = user;
    for (size_t i = s->next_result; i < s->num_items && !it; i++)
        if (s->items[i].run == run) it = &s->items[i];
    if (!it) abort();
    it->run = NULL;
    suite_count_out(s, it);
    judge_question q;
    judgement j;
    case_run_question(run, &q);
    judge(&j, &q, case_run_observation(run));
    if (j.verdict == VERDICT_SETUP_FAILED && *case_run_error(run))
        snprintf(j.why, sizeof j.why, "no connection: %s", case_run_error(run));
    bool answered = observe_status(case_run_observation(run)) == 101;
    uint64_t started = case_run_started(run);
    it->finished = case_run_finished(run);
    it->connected = q.connected;
    if (!q.connected && ++it->refusals < REFUSALS_MAX) {
        it->state = ITEM_WAITING;
        s->paused = true;
    } else if (crowded_out(s, it, &j, run) || turned_away(s, it, &j, run)) {
        it->state = ITEM_WAITING;
    } else if (look_again(s, it, &j, run)) {
        look_take(s, it, &j, run, true);
        it->state = ITEM_WAITING;
    } else {
        look_take(s, it, &j, run, false);
        attempt_end(s, it);
    }
    bool bad = j.verdict != VERDICT_PASS && j.verdict != VERDICT_INFO && j.verdict != VERDICT_LENIENT;
    case_run_free(run);
    if (answered) suite_alive_at(s, started);
    if (bad || s->stage == STAGE_ALONE || s->paused) s->probe_wanted = true;
    suite_results_give(s);
    if (it->state == ITEM_DONE || it->state == ITEM_CLEARED) attempts_pack(&it->taken);
    suite_fill(s);
}

/* ---- Which case runs when ------------------------------------------------------------------------------ */

/* The case to be begun next: in catalogue order, but those of much work before all others, since one that
   begins last would run alone when all others are over. */
static item *next_item(suite *s, stage at) {
    item *next = NULL;
    for (size_t i = s->next_result; i < s->num_items; i++) {
        item *it = &s->items[i];
        if (it->state != ITEM_WAITING || it->stage != at) continue;
        bool slow = attempts_pacing(&s->plan, it->attempt) == PACING_OCTETS;
        if (slow && s->num_slow >= SLOW_JOBS) continue;
        if (it->work >= LONG_WORK && s->num_long >= LONG_JOBS) continue;
        if (!next || (it->work >= LONG_WORK && it->work > next->work)) next = it;
    }
    return next;
}

static unsigned stage_jobs(const suite *s) {
    if (s->stage == STAGE_ALONE) return 1;
    return s->stage == STAGE_AGAIN && s->jobs > AGAIN_JOBS ? AGAIN_JOBS : s->jobs;
}

static bool item_start(suite *s, item *it) {
    run_pacing pacing = attempts_pacing(&s->plan, it->attempt);
    it->state = ITEM_RUNNING;
    s->num_running++;
    s->num_slow += pacing == PACING_OCTETS;
    s->num_long += it->work >= LONG_WORK;
    it->run = case_run_start(&s->runs[pacing], it->test, case_done, s);
    if (it->run) return true;
    suite_count_out(s, it);
    it->state = ITEM_WAITING;
    return false;
}

static bool may_start(const suite *s) {
    return s->phase == PHASE_CASES && !s->paused && !s->restarting;
}

void suite_fill(suite *s) {
    if (s->phase != PHASE_CASES || s->restarting || s->filling) return;
    s->filling = true;
    /* Alone means alone: there the probe waits for the case, and the next case for the probe. */
    bool alone = s->stage == STAGE_ALONE;
    if (s->probe_wanted && !s->probe && (!alone || s->num_running == 0)) suite_probe_start(s);
    if (may_start(s)) looks_abandon(s);
    if (may_start(s) && s->num_running == 0 && !(alone && s->probe)) {
        stage next = STAGE_MANY;
        while (next < STAGE_COUNT && !next_item(s, next)) next++;
        if (next == STAGE_COUNT) {
            if (!s->probe) {
                s->phase = PHASE_LAST_PROBE;
                suite_probe_start(s);
            }
        } else if (next != STAGE_ALONE || !s->probe) {
            s->stage = next;
        }
    }
    while (may_start(s) && s->num_running < stage_jobs(s) && !(s->stage == STAGE_ALONE && s->probe)) {
        item *it = next_item(s, s->stage);
        if (!it) break;
        if (!item_start(s, it)) {
            if (s->num_running == 0) suite_give_up(s, 5, "out of file descriptors or memory");
            break;
        }
    }
    s->filling = false;
}
