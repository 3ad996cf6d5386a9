/* SPDX-License-Identifier: MIT */
/* Outcomes that cannot match, and cases that cannot fail. */
#include <string.h>
#include <strings.h>

#include "script/load.h"

/* ---- One outcome inside of another --------------------------------------------------------------------- */

/* Each of the following tells whether whatever matches b in one respect matches a as well. */

static bool range_covered(const uint16_t (*ranges)[2], size_t num, bool sendable, const uint16_t range[2]) {
    for (uint32_t value = range[0]; value <= range[1]; value++) {
        size_t i = 0;
        while (i < num && (value < ranges[i][0] || value > ranges[i][1])) i++;
        if (i < num) {
            value = ranges[i][1];
        } else if (!sendable || !wsc_code_sendable((uint16_t)value)) {
            return false;
        } else if (value >= 3000) {
            value = 4999; /* RFC 6455 7.4.2: all up to here */
        }
    }
    return true;
}

static bool response_given(const outcome *o) {
    return o->num_responses > 0 || o->response_none;
}

static bool response_covers(const outcome *a, const outcome *b) {
    if (!response_given(a)) return true;
    if (!response_given(b) || (b->response_none && !a->response_none)) return false;
    for (size_t i = 0; i < b->num_responses; i++) {
        if (!range_covered(a->responses, a->num_responses, false, b->responses[i])) return false;
    }
    return true;
}

static bool fields_cover(const outcome *a, const outcome *b) {
    for (size_t i = 0; i < a->num_fields; i++) {
        const outcome_field *wanted = &a->fields[i];
        bool found = false;
        for (size_t j = 0; j < b->num_fields && !found; j++) {
            const outcome_field *given = &b->fields[j];
            if (strcasecmp(wanted->name, given->name) != 0) continue;
            found = (wanted->rule == FIELD_PRESENT && given->rule != FIELD_ABSENT) ||
                    (wanted->rule == given->rule && strcmp(wanted->value, given->value) == 0);
        }
        if (!found) return false;
    }
    return true;
}

/* The same generator with the same arguments. */
static bool payloads_equal(const payload *a, const payload *b) {
    if (a->kind != b->kind || a->total != b->total || a->seed != b->seed || a->len != b->len ||
        a->num_parts != b->num_parts || (a->len > 0 && memcmp(a->data, b->data, a->len) != 0)) {
        return false;
    }
    /* Parts are no concatenations, so this ends one level below. */
    for (size_t i = 0; i < a->num_parts; i++) {
        if (!payloads_equal(&a->parts[i], &b->parts[i])) return false;
    }
    return true;
}

static bool messages_cover(const outcome *a, const outcome *b) {
    if (a->messages == MESSAGES_ANY) return true;
    if (a->messages == MESSAGES_PREFIX && b->messages == MESSAGES_LIST) return b->num_list == 0;
    if (a->messages == MESSAGES_PREFIX && b->messages == MESSAGES_ECHO) return true;
    if (a->messages != b->messages || a->num_list != b->num_list) return false;
    for (size_t i = 0; i < a->num_list; i++) {
        if (a->list[i].opcode != b->list[i].opcode ||
            !payloads_equal(&a->list[i].payload, &b->list[i].payload)) {
            return false;
        }
    }
    return true;
}

static bool flag_covers(outcome_flag a, outcome_flag b) {
    return a == FLAG_ANY || a == b;
}

static bool set_covers(uint16_t a, uint16_t b) {
    return !a || (b && !(b & ~(unsigned)a));
}

static bool deflate_covers(const outcome_deflate *a, const outcome_deflate *b) {
    return flag_covers(a->agreed, b->agreed) &&
           flag_covers(a->server_no_context_takeover, b->server_no_context_takeover) &&
           flag_covers(a->client_no_context_takeover, b->client_no_context_takeover) &&
           set_covers(a->server_max_window_bits, b->server_max_window_bits) &&
           set_covers(a->client_max_window_bits, b->client_max_window_bits);
}

static bool close_covers(const outcome_close *a, const outcome_close *b) {
    if (!a->given) return true;
    if (!b->given || (b->any_legal && !a->any_legal) || (b->echo && !a->echo) || (b->none && !a->none) ||
        (b->empty && !a->empty && !a->any_legal) || (b->dropped && !a->dropped && !a->any_legal)) {
        return false;
    }
    for (size_t i = 0; i < b->num_ranges; i++) {
        if (!range_covered(a->ranges, a->num_ranges, a->any_legal, b->ranges[i])) return false;
    }
    return true;
}

static bool end_covers(outcome_end a, outcome_end b) {
    return a == END_ANY || a == b || (a == END_PEER && (b == END_FIN || b == END_RESET));
}

static bool outcome_covers(const outcome *a, const outcome *b) {
    bool pongs = a->pongs == PONGS_ANY || a->pongs == b->pongs ||
                 (a->pongs == PONGS_ANSWERED && b->pongs == PONGS_ALL);
    /* One further down is reached by what it tolerates, too. */
    bool tolerates = !(b->tolerate & ~a->tolerate);
    return tolerates && pongs && response_covers(a, b) && fields_cover(a, b) &&
           deflate_covers(&a->deflate, &b->deflate) && messages_cover(a, b) &&
           close_covers(&a->close, &b->close) &&
           (a->closed_by == PARTY_ANY || a->closed_by == b->closed_by) && end_covers(a->end, b->end) &&
           a->keys <= b->keys && (a->probe == PROBE_ANY || a->probe == b->probe);
}

/* ---- One outcome by itself ----------------------------------------------------------------------------- */

static bool only_none(const outcome_close *close) {
    return close->given && close->none && close->num_ranges == 0 && !close->empty && !close->dropped &&
           !close->any_legal && !close->echo;
}

/* True if it matches only with a Close frame. */
static bool needs_frame(const outcome_close *close) {
    return close->given && !close->none && !close->dropped && !close->any_legal;
}

/* True if a code of it may be sent. */
static bool has_sendable(const uint16_t range[2]) {
    for (uint32_t code = range[0]; code <= range[1] && code < 5000; code++) {
        if (wsc_code_sendable((uint16_t)code)) return true;
    }
    return false;
}

/* Why an outcome can match nothing, whatever the case; NULL if it may. */
static const char *contradiction(const outcome *o) {
    bool upgraded = !response_given(o);
    for (size_t i = 0; i < o->num_responses; i++) {
        upgraded = upgraded || (o->responses[i][0] <= 101 && o->responses[i][1] >= 101);
    }
    if (o->num_fields > 0 && o->response_none && o->num_responses == 0) return "no response has fields";
    if (!upgraded && needs_frame(&o->close)) return "without a 101 there is no Close frame";
    if (!upgraded && o->messages == MESSAGES_LIST && o->num_list > 0)
        return "without a 101 there is no message";
    bool ended = o->end == END_PEER || o->end == END_FIN || o->end == END_RESET;
    if (only_none(&o->close) && ended) return "close \"none\" means that TCP did not end";
    if (only_none(&o->close) && o->closed_by == PARTY_PEER)
        return "close \"none\" means that the peer did not close";
    if (o->close.given && o->close.dropped && o->end == END_OPEN && !o->close.none && !o->close.empty &&
        !o->close.any_legal && !o->close.echo && o->close.num_ranges == 0) {
        return "close \"dropped\" means that TCP ended";
    }
    if (o->verdict == VERDICT_PASS && o->closed_by != PARTY_ANY && !o->close.given) {
        return "passes on closed_by, but close does not say how";
    }
    if (o->verdict != VERDICT_FAIL && (o->tolerate & WSC_FAULT_BIT(WSC_FAULT_CLOSE_CODE_ILLEGAL)) == 0) {
        for (size_t i = 0; i < o->close.num_ranges; i++) {
            if (!has_sendable(o->close.ranges[i])) return "lists a close code that no endpoint may send";
        }
    }
    return NULL;
}

/* ---- In its case --------------------------------------------------------------------------------------- */

/* What the steps and the request of a case do. */
typedef struct case_deeds {
    bool closes;      /* something of ours may begin the closing handshake or end TCP */
    bool sends_close; /* a Close frame among them */
    bool until_failed;
    bool resets; /* nothing of the peer can be seen afterwards but that it lives */
} case_deeds;

static bool frames_close(const case_frame *frames, size_t num) {
    for (size_t i = 0; i < num; i++) {
        if (frames[i].header.opcode == WSC_OP_CLOSE) return true;
    }
    return false;
}

static void find_deeds(case_deeds *deeds, const case_step *steps, size_t num) {
    for (size_t i = 0; i < num; i++) {
        const case_step *step = &steps[i];
        bool frame = step->kind == STEP_RAW || step->kind == STEP_CLOSE ||
                     (step->kind == STEP_SEND && frames_close(step->send.frames, step->send.num_frames)) ||
                     ((step->kind == STEP_MESSAGE || step->kind == STEP_MESSAGES) &&
                      step->message.between != NULL && frames_close(step->message.between, 1));
        deeds->sends_close = deeds->sends_close || frame;
        deeds->closes =
            deeds->closes || frame || step->kind == STEP_FIN || step->kind == STEP_RESET ||
            (step->kind == STEP_TLS && (step->tls == CASE_TLS_FIN || step->tls == CASE_TLS_CLOSE_NOTIFY));
        deeds->resets = deeds->resets || step->kind == STEP_RESET;
        deeds->until_failed =
            deeds->until_failed || (step->kind == STEP_UNTIL && step->until.condition == UNTIL_FAILED);
        if (step->kind == STEP_REPEAT) find_deeds(deeds, step->repeat.steps, step->repeat.num_steps);
    }
}

static const char *impossible(const outcome *o, const test_case *test, const case_deeds *deeds) {
    const char *why = contradiction(o);
    if (why != NULL) return why;
    if (response_given(o) && !test->judges_server) return "a client sends no response";
    if (o->keys != KEYS_ANY && !test->judges_client) return "a server masks nothing";
    if (o->closed_by == PARTY_HARNESS && !deeds->closes) return "no step closes";
    if (o->close.given && o->close.echo && !deeds->sends_close && needs_frame(&o->close) && !o->close.empty &&
        o->close.num_ranges == 0) {
        return "no step sends a Close frame that could be repeated";
    }
    if (o->probe != PROBE_ANY && !deeds->until_failed) return "no step is until failed";
    return NULL;
}

/* True if the outcome asks nothing: whatever the peer does matches. */
static bool matches_all(const outcome *o) {
    static const uint16_t all[1][2] = {{100, 999}};
    const outcome anything = {.responses = all, .num_responses = 1, .response_none = true};
    outcome rest = *o;
    if (response_given(o)) {
        if (!response_covers(o, &anything)) return false;
        rest.num_responses = 0;
        rest.response_none = false;
    }
    const outcome nothing = {0};
    return outcome_covers(&rest, &nothing);
}

/* Comparing all outcomes with each other takes time, which counts as much as memory. */
static bool charge_comparisons(load_context *loader, const test_case *test) {
    size_t ranges = 0;
    for (size_t i = 0; i < test->num_outcomes; i++)
        ranges += 1 + test->outcomes[i].close.num_ranges + test->outcomes[i].num_responses;
    return load_charge(loader, ranges * ranges);
}

bool check_outcomes(load_context *loader, const test_case *test, const place *at, const size_t *written) {
    place list = {.up = at, .key = "outcomes"};
    case_deeds deeds = {0};
    if (!charge_comparisons(loader, test)) return false;
    find_deeds(&deeds, test->steps, test->num_steps);
    const case_head *head = case_own_head(test);
    bool in_request =
        frames_close(head->frames, head->num_frames) || head->body.total > 0 || head->raw.total > 0;
    deeds.closes = deeds.closes || in_request;
    deeds.sends_close = deeds.sends_close || in_request;
    bool good = true, passes = false, fails = true;
    for (size_t i = 0; i < test->num_outcomes; i++) {
        const outcome *o = &test->outcomes[i];
        bool own = written[i] != SIZE_MAX;
        place here = {.up = &list, .index = own ? written[i] : 0};
        const char *why = impossible(o, test, &deeds);
        passes =
            passes || (o->verdict == VERDICT_PASS && (why == NULL || (!own && o->probe == PROBE_SILENT)));
        fails = fails && (o->verdict == VERDICT_FAIL || !matches_all(o));
        for (size_t j = 0; j < i && own && why == NULL; j++) {
            if (outcome_covers(&test->outcomes[j], o)) why = "an earlier outcome always wins";
        }
        if (why == NULL || !own) continue;
        load_error(loader, &here, "can never match: %s", why);
        good = false;
    }
    if (good && !passes && test->level <= LEVEL_SHOULD) {
        load_error(loader, &list, "no outcome that passes can match");
        good = false;
    }
    if (good && !fails && !deeds.resets && test->level <= LEVEL_SHOULD) {
        load_error(loader, &list, "nothing can fail: an outcome matches whatever happens");
        good = false;
    }
    return good;
}

bool check_named(load_context *loader, const outcome *outcomes, size_t num_outcomes, const place *at) {
    bool good = true;
    for (size_t i = 0; i < num_outcomes; i++) {
        const char *why = contradiction(&outcomes[i]);
        for (size_t j = 0; j < i && why == NULL; j++) {
            if (outcome_covers(&outcomes[j], &outcomes[i])) why = "an earlier outcome always wins";
        }
        if (why == NULL) continue;
        load_error(loader, &(place){.up = at, .index = i}, "can never match: %s", why);
        good = false;
    }
    return good;
}
