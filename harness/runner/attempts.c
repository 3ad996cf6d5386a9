/* SPDX-License-Identifier: MIT */
#include "runner/attempts.h"

#include <stdio.h>
#include <stdlib.h>

#include "runner/record.h"

/* Smaller lines are not worth the time. */
#define PACK_EVENTS 64

static int severity(verdict v) {
    static const int order[VERDICT_COUNT] = {
        [VERDICT_PASS] = 0,    [VERDICT_INFO] = 1,    [VERDICT_LENIENT] = 2,       [VERDICT_UNSUPPORTED] = 3,
        [VERDICT_BLOCKED] = 4, [VERDICT_NOT_RUN] = 5, [VERDICT_SETUP_FAILED] = 6,  [VERDICT_FAIL] = 7,
        [VERDICT_TIMEOUT] = 8, [VERDICT_CRASHED] = 9, [VERDICT_HARNESS_ERROR] = 10};
    return order[v];
}

unsigned attempts_number(const attempts_plan *plan) {
    unsigned pacings = 0;
    for (int i = 0; i < PACING_COUNT; i++) pacings += plan->pacings[i];
    return pacings * plan->repeat;
}

run_pacing attempts_pacing(const attempts_plan *plan, unsigned nth) {
    unsigned n = nth / plan->repeat;
    for (int i = 0; i < PACING_COUNT; i++)
        if (plan->pacings[i] && n-- == 0) return (run_pacing)i;
    return PACING_WHOLE;
}

void attempts_take(attempts *a, const attempts_plan *plan, unsigned nth, const test_case *test,
                   const judgement *j, const case_run *run) {
    run_pacing pacing = attempts_pacing(plan, nth);
    char name[32] = "";
    if (attempts_number(plan) > 1) {
        snprintf(name, sizeof name, "%s#%u", run_pacing_name(pacing), nth % plan->repeat + 1);
        if (!a->by_attempt) a->by_attempt = json_object();
        json_object_set_new(a->by_attempt, name, json_string(verdict_name(j->verdict)));
        if (a->line && j->verdict != a->verdict) a->unstable = true;
    }
    bool worst = !a->line || severity(j->verdict) > severity(a->verdict);
    if (!worst && (a->other || j->verdict == a->verdict)) return;
    char rerun[4096];
    snprintf(rerun, sizeof rerun, "%s%s%s '%s'", plan->rerun, pacing == PACING_WHOLE ? "" : " --pacing ",
             pacing == PACING_WHOLE ? "" : run_pacing_name(pacing), test->id);
    record_attempt attempt = {.test = test, .judgement = *j, .pacing = pacing, .rerun = rerun};
    if (run) {
        attempt.observation = case_run_observation(run);
        attempt.started_us = (case_run_started(run) - plan->begun) / 1000;
        attempt.duration_us = (case_run_finished(run) - case_run_started(run)) / 1000;
    }
    json_t *line = record_case(&attempt);
    if (*name) json_object_set_new(line, "attempt", json_string(name));
    if (!worst) {
        a->other = line;
        return;
    }
    if (a->line && !a->other)
        a->other = a->line;
    else
        json_decref(a->line);
    a->line = line;
    a->verdict = j->verdict;
}

void attempts_force(attempts *a, const attempts_plan *plan, unsigned nth, const test_case *test, verdict v,
                    const char *why) {
    if (a->line) {
        json_object_set_new(a->line, "verdict", json_string(verdict_name(v)));
        json_object_set_new(a->line, "why", json_string(why));
        a->verdict = v;
        return;
    }
    judgement j = {.verdict = v, .outcome = -1};
    snprintf(j.why, sizeof j.why, "%s", why);
    attempts_take(a, plan, nth, test, &j, NULL);
}

void attempts_note(attempts *a, const char *text) {
    json_array_append_new(json_object_get(a->line, "notes"), json_string(text));
}

/* What of a line is about one attempt, and not about the case. */
static json_t *evidence_of(const json_t *line) {
    static const char *const keys[] = {"attempt",  "pacing", "verdict",    "behaviour",   "closing",
                                       "outcome",  "why",    "seen",       "problems",    "notes",
                                       "response", "close",  "started_us", "duration_us", "wire"};
    json_t *part = json_object();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        json_t *value = json_object_get(line, keys[i]);
        if (value) json_object_set(part, keys[i], value);
    }
    return part;
}

void attempts_finish(attempts *a) {
    if (!a->by_attempt) return;
    json_object_set(a->line, "attempts", a->by_attempt);
    if (!a->unstable) return;
    attempts_note(a, "the verdict differs between attempts");
    if (a->other) json_object_set_new(a->line, "other", evidence_of(a->other));
}

attempts attempts_copy(const attempts *a) {
    return (attempts){.verdict = a->verdict,
                      .line = json_deep_copy(a->line),
                      .other = json_deep_copy(a->other),
                      .by_attempt = json_deep_copy(a->by_attempt),
                      .unstable = a->unstable};
}

void attempts_pack(attempts *a) {
    if (json_array_size(json_object_get(a->line, "wire")) < PACK_EVENTS) return;
    a->packed = json_dumps(a->line, JSON_COMPACT);
    if (!a->packed) return;
    json_decref(a->line);
    a->line = NULL;
}

void attempts_unpack(attempts *a) {
    if (!a->packed) return;
    a->line = json_loads(a->packed, JSON_ALLOW_NUL, NULL);
    if (!a->line) abort();
    free(a->packed);
    a->packed = NULL;
}

void attempts_reset(attempts *a) {
    free(a->packed);
    json_decref(a->line);
    json_decref(a->other);
    json_decref(a->by_attempt);
    *a = (attempts){.line = NULL};
}
