/* SPDX-License-Identifier: MIT */
#include "judge/judge.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *judge_axis_name(judge_axis axis) {
    static const char *const names[] = {"none", "pass", "lenient", "info", "fail"};
    return names[axis];
}

/* ---- Parts of an outcome ------------------------------------------------------------------------------- */

static bool in_ranges(const uint16_t (*ranges)[2], size_t num, unsigned value) {
    for (size_t i = 0; i < num; i++)
        if (value >= ranges[i][0] && value <= ranges[i][1]) return true;
    return false;
}

static bool response_matches(const outcome *x, const observation *o) {
    if (!x->num_responses && !x->response_none) return true;
    unsigned status = observe_status(o);
    if (!status) return x->response_none;
    return in_ranges(x->responses, x->num_responses, status);
}

static bool span_equals(wsc_span span, const char *text) {
    return span.len == strlen(text) && memcmp(span.data, text, span.len) == 0;
}

static bool field_matches(const outcome_field *rule, const wsc_http *head) {
    const wsc_field *field = wsc_http_field(head, rule->name, 0);
    switch (rule->rule) {
    case FIELD_PRESENT: return field != NULL;
    case FIELD_ABSENT: return field == NULL;
    case FIELD_IS: return field && span_equals(field->value, rule->value);
    case FIELD_LIST_HAS: {
        wsc_list list;
        wsc_list_init(&list, head, rule->name);
        wsc_span token;
        while (wsc_list_token(&list, &token))
            if (wsc_span_is(token, rule->value)) return true;
        return false;
    }
    }
    return false;
}

static bool fields_match(const outcome *x, const observation *o) {
    if (!x->num_fields) return true;
    const wsc_http *head = observe_side(o, OBS_PEER)->head;
    if (!head) return false;
    for (size_t i = 0; i < x->num_fields; i++)
        if (!field_matches(&x->fields[i], head)) return false;
    return true;
}

static bool flag_matches(outcome_flag wanted, bool is) {
    return wanted == FLAG_ANY || is == (wanted == FLAG_YES);
}

static bool bits_match(uint16_t set, bool present, unsigned bits) {
    return !set || (set >> (present ? bits : 0) & 1);
}

static bool deflate_matches(const outcome_deflate *x, const observation *o) {
    const obs_deflate *seen = observe_deflate(o);
    const wsc_deflate_params *p = &seen->params;
    if (!flag_matches(x->agreed, seen->agreed)) return false;
    return !seen->agreed ||
           (flag_matches(x->server_no_context_takeover, p->server_no_context_takeover) &&
            flag_matches(x->client_no_context_takeover, p->client_no_context_takeover) &&
            bits_match(x->server_max_window_bits, p->has_server_max_window_bits, p->server_max_window_bits) &&
            bits_match(x->client_max_window_bits, p->has_client_max_window_bits, p->client_max_window_bits));
}

static bool same_message(const obs_message *a, const obs_message *b) {
    return a->opcode == b->opcode && a->len == b->len &&
           memcmp(a->digest, b->digest, OBSERVE_DIGEST_LEN) == 0;
}

static bool same_payload(const obs_message *message, const outcome_message *expected) {
    if (message->opcode != expected->opcode || message->len != expected->payload.total) return false;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1) abort();
    uint8_t part[4096], digest[EVP_MAX_MD_SIZE];
    for (uint64_t at = 0; at < expected->payload.total;) {
        uint64_t left = expected->payload.total - at;
        size_t n = left < sizeof part ? (size_t)left : sizeof part;
        payload_read(&expected->payload, at, part, n);
        if (EVP_DigestUpdate(ctx, part, n) != 1) abort();
        at += n;
    }
    if (EVP_DigestFinal_ex(ctx, digest, NULL) != 1) abort();
    EVP_MD_CTX_free(ctx);
    return memcmp(digest, message->digest, OBSERVE_DIGEST_LEN) == 0;
}

static bool messages_match(const outcome *x, const observation *o) {
    const obs_side *peer = observe_side(o, OBS_PEER), *own = observe_side(o, OBS_HARNESS);
    if (x->messages == MESSAGES_ANY) return true;
    if (peer->overflow || own->overflow) return false;
    if (x->messages == MESSAGES_LIST) {
        if (peer->num_messages != x->num_list) return false;
        for (size_t i = 0; i < x->num_list; i++)
            if (!same_payload(&peer->messages[i], &x->list[i])) return false;
        return true;
    }
    if (peer->num_messages > own->num_messages) return false;
    if (x->messages == MESSAGES_ECHO && peer->num_messages < own->num_messages) return false;
    for (size_t i = 0; i < peer->num_messages; i++)
        if (!same_message(&peer->messages[i], &own->messages[i])) return false;
    return true;
}

/* 5.5.3: of several pings a peer may answer only the latest. A pong of the same payload that came after the
   ping is its answer, whatever earlier ping was alike; the answered ping of a fence behind it covers all
   before it. */
bool judge_last_ping_answered(const observation *o) {
    const obs_side *peer = observe_side(o, OBS_PEER), *own = observe_side(o, OBS_HARNESS);
    for (size_t i = own->num_pings; i-- > 0;) {
        const obs_control *ping = &own->pings[i];
        for (size_t k = peer->num_pongs; k-- > 0 && peer->pongs[k].t >= ping->t;)
            if (peer->pongs[k].len == ping->len && memcmp(peer->pongs[k].data, ping->data, ping->len) == 0)
                return true;
        if (!ping->fence) return false;
    }
    return true;
}

static bool pongs_match(const outcome *x, const observation *o) {
    const obs_side *peer = observe_side(o, OBS_PEER), *own = observe_side(o, OBS_HARNESS);
    if (x->pongs == PONGS_ANY) return true;
    if (peer->overflow || own->overflow) return false;
    if (x->pongs == PONGS_NONE) {
        for (size_t i = 0; i < own->num_pings; i++)
            if (own->pings[i].answered && !own->pings[i].fence) return false;
        return true;
    }
    if (x->pongs == PONGS_ANSWERED) return judge_last_ping_answered(o);
    long last = -1;
    for (size_t i = 0; i < peer->num_pongs; i++) {
        long match = peer->pongs[i].match;
        if (match < 0 || own->pings[match].fence) continue;
        if (match <= last) return false;
        last = match;
    }
    for (size_t i = 0; i < own->num_pings; i++)
        if (!own->pings[i].fence && !own->pings[i].answered) return false;
    return true;
}

static int compare_keys(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

/* The number of keys less that of different ones; the array is sorted on the way. */
static size_t repetitions(uint32_t *keys, size_t num) {
    size_t same = 0;
    if (num > 0) qsort(keys, num, sizeof *keys, compare_keys);
    for (size_t i = 1; i < num; i++) same += keys[i] == keys[i - 1];
    return same;
}

/* Random keys of 32 bits meet each other with probability num * num / 2^33: once is bad luck, more is not. */
#define REPETITIONS_BY_CHANCE 1

static uint32_t turned(uint32_t key) {
    return key >> 24 | (key >> 8 & 0xff00) | (key << 8 & 0xff0000) | key << 24;
}

/* Steps between keys that follow each other, in both octet orders and by exclusive or, are as different as
   random keys. */
static bool patternless(const uint32_t *keys, size_t num, uint32_t *scratch) {
    for (size_t i = 0; i < num; i++)
        if (keys[i] == 0) return false;
    if (num < 3) return true;
    for (int way = 0; way < 3; way++) {
        for (size_t i = 1; i < num; i++)
            scratch[i - 1] = way == 0   ? keys[i] - keys[i - 1]
                             : way == 1 ? turned(keys[i]) - turned(keys[i - 1])
                                        : keys[i] ^ keys[i - 1];
        if (repetitions(scratch, num - 1) > REPETITIONS_BY_CHANCE) return false;
    }
    return true;
}

/* Each bit within six standard deviations of the middle: chance alone fails that once in 10^7 cases. */
static bool bits_balanced(const uint32_t *keys, size_t num) {
    if (num < 64) return true;
    for (int bit = 0; bit < 32; bit++) {
        size_t set = 0;
        for (size_t i = 0; i < num; i++) set += keys[i] >> bit & 1;
        double away = (double)set * 2 - (double)num;
        if (away * away > 36.0 * (double)num) return false;
    }
    return true;
}

static bool keys_match(const outcome *x, const observation *o) {
    if (x->keys == KEYS_ANY) return true;
    size_t num;
    const uint32_t *keys = observe_keys(o, &num);
    uint32_t *scratch = malloc((num ? num : 1) * sizeof *scratch);
    if (!scratch) abort();
    if (num) memcpy(scratch, keys, num * sizeof *keys);
    bool good = repetitions(scratch, num) <= REPETITIONS_BY_CHANCE;
    if (good && x->keys >= KEYS_PATTERNLESS) good = patternless(keys, num, scratch);
    if (good && x->keys == KEYS_RANDOM) good = bits_balanced(keys, num);
    free(scratch);
    return good;
}

static bool probe_matches(const outcome *x, const judge_question *q) {
    if (x->probe == PROBE_ANY || !q->probe_sent) return true;
    return q->probe_answered == (x->probe == PROBE_ANSWERED);
}

static bool close_matches(const outcome_close *x, const observation *o) {
    if (!x->given) return true;
    const obs_side *peer = observe_side(o, OBS_PEER), *own = observe_side(o, OBS_HARNESS);
    bool ended = peer->end == OBS_FIN || peer->end == OBS_RESET;
    if (!peer->num_closes) {
        if (!ended) return x->none;
        return x->dropped || x->any_legal;
    }
    const wsc_close *c = &peer->close;
    if (!c->has_code) {
        bool empty = !c->faults;
        if (x->echo && own->num_closes && !own->close.has_code && empty) return true;
        return (x->empty || x->any_legal) && empty;
    }
    if (x->any_legal && wsc_code_sendable(c->code)) return true;
    if (x->echo && own->num_closes && own->close.has_code && own->close.code == c->code) return true;
    return in_ranges(x->ranges, x->num_ranges, c->code);
}

static outcome_party closer(const observation *o) {
    uint64_t peer = observe_side(o, OBS_PEER)->seq_closing, own = observe_side(o, OBS_HARNESS)->seq_closing;
    if (!peer && !own) return PARTY_ANY;
    if (!own) return PARTY_PEER;
    if (!peer) return PARTY_HARNESS;
    return peer < own ? PARTY_PEER : PARTY_HARNESS;
}

static bool end_matches(const outcome *x, const observation *o) {
    obs_kind end = observe_side(o, OBS_PEER)->end;
    bool ended = end == OBS_FIN || end == OBS_RESET;
    switch (x->end) {
    case END_ANY: return true;
    case END_PEER: return ended;
    case END_FIN: return end == OBS_FIN;
    case END_RESET: return end == OBS_RESET;
    case END_OPEN: return !ended;
    }
    return false;
}

static bool behaviour_matches(const outcome *x, const judge_question *q, const observation *o) {
    return response_matches(x, o) && fields_match(x, o) && deflate_matches(&x->deflate, o) &&
           (q->talks || messages_match(x, o)) && pongs_match(x, o) && keys_match(x, o) && probe_matches(x, q);
}

static bool closing_matches(const outcome *x, const observation *o) {
    return close_matches(&x->close, o) && (x->closed_by == PARTY_ANY || x->closed_by == closer(o)) &&
           end_matches(x, o);
}

static judge_axis axis_of(verdict v) {
    if (v == VERDICT_PASS) return AXIS_PASS;
    if (v == VERDICT_LENIENT) return AXIS_LENIENT;
    if (v == VERDICT_INFO) return AXIS_INFO;
    return v == VERDICT_FAIL ? AXIS_FAIL : AXIS_NONE;
}

static judge_axis better(judge_axis a, judge_axis b) {
    static const int order[] = {
        [AXIS_PASS] = 0, [AXIS_INFO] = 1, [AXIS_LENIENT] = 2, [AXIS_FAIL] = 3, [AXIS_NONE] = 4};
    return order[a] <= order[b] ? a : b;
}

/* ---- The verdict --------------------------------------------------------------------------------------- */

bool judge_lived_with(const obs_problem *problem, const char *const *checks) {
    if (!problem->lived_with) return false;
    for (const char *const *check = checks; check && *check; check++)
        if (strcmp(*check, problem->requirement) == 0) return false;
    return true;
}

/* The first fault of the peer that fails the case: not tolerated, nor one that whoever receives it has to
   live with, unless the case is about that. NULL if there is none. */
static const obs_problem *problem(const judge_question *q, const observation *o, wsc_faults tolerated) {
    size_t num;
    const obs_problem *problems = observe_problems(o, &num);
    for (size_t i = 0; i < num; i++) {
        if (!(problems[i].bit & tolerated) && !judge_lived_with(&problems[i], q->checks)) return &problems[i];
    }
    return NULL;
}

/* Faults of the peer fail the case whatever its outcomes say. */
static bool monitors_fail(judgement *r, const judge_question *q, const observation *o, wsc_faults tolerated) {
    const obs_problem *first = problem(q, o, tolerated);
    if (!first) return false;
    snprintf(r->why, sizeof r->why, "the peer broke %s: %s", first->requirement, first->fault);
    return true;
}

/* A target that declares the size of its messages may refuse a larger one as 7.4.1 says, or drop it; but not
   with a wrong answer, nor by silence. */
static bool refused_as_declared(const judge_question *q, const observation *o) {
    if (!q->too_large) return false;
    const obs_side *peer = observe_side(o, OBS_PEER);
    bool ended = peer->end == OBS_FIN || peer->end == OBS_RESET;
    const outcome prefix = {.messages = MESSAGES_PREFIX};
    if ((!q->talks && !messages_match(&prefix, o)) || closer(o) == PARTY_HARNESS) return false;
    return peer->num_closes ? peer->close.has_code && peer->close.code == 1009 : ended;
}

/* Which axis it is that no outcome allows. */
static void say_mismatch(judgement *r, const observation *o) {
    const char *wait = observe_deadline(o) ? ", and a wait for it ran into its deadline" : "";
    if (r->behaviour == AXIS_FAIL && r->closing == AXIS_FAIL)
        snprintf(r->why, sizeof r->why, "neither what came nor how the connection ended is expected%s", wait);
    else if (r->behaviour == AXIS_FAIL)
        snprintf(r->why, sizeof r->why, "what came is not expected; how the connection ended is%s", wait);
    else if (r->closing == AXIS_FAIL)
        snprintf(r->why, sizeof r->why, "what came is expected; how the connection ended is not%s", wait);
    else
        snprintf(r->why, sizeof r->why, "what came and how the connection ended do not go together%s", wait);
}

void judge(judgement *r, const judge_question *q, const observation *o) {
    memset(r, 0, sizeof *r);
    r->outcome = -1;
    judge_seen_text(o, r->seen, sizeof r->seen);
    if (!q->connected) {
        r->verdict = VERDICT_SETUP_FAILED;
        snprintf(r->why, sizeof r->why, "no connection to the target");
        return;
    }
    if (!q->handshake_only && !observe_open(o)) {
        size_t num;
        const obs_problem *problems = observe_problems(o, &num);
        r->verdict = VERDICT_SETUP_FAILED;
        r->behaviour = AXIS_FAIL;
        unsigned status = observe_status(o);
        if (observe_judged(o) == WSC_CLIENT && !num)
            snprintf(r->why, sizeof r->why, "the client left before it was answered");
        else if (num)
            snprintf(r->why, sizeof r->why, "the opening handshake failed: %s (%s)", problems[0].fault,
                     problems[0].requirement);
        else if (status)
            snprintf(r->why, sizeof r->why, "the opening handshake was answered with status %u", status);
        else
            snprintf(r->why, sizeof r->why, "the opening handshake was not answered");
        return;
    }
    if (q->lacks && !problem(q, o, 0)) {
        r->verdict = VERDICT_UNSUPPORTED;
        snprintf(r->why, sizeof r->why, "it takes %s", q->lacks);
        return;
    }
    if (q->deflate && !q->handshake_only && !observe_deflate(o)->agreed && !problem(q, o, 0)) {
        if (observe_judged(o) == WSC_CLIENT && !observe_side(o, OBS_HARNESS)->head_done) {
            r->verdict = VERDICT_SETUP_FAILED;
            r->behaviour = AXIS_FAIL;
            snprintf(r->why, sizeof r->why, "the client left before it was answered");
            return;
        }
        r->verdict = VERDICT_UNSUPPORTED;
        snprintf(r->why, sizeof r->why,
                 observe_judged(o) == WSC_SERVER ? "this offer of permessage-deflate was declined"
                                                 : "permessage-deflate was not offered in a way that fits");
        return;
    }
    if (q->timed_out) {
        r->verdict = VERDICT_TIMEOUT;
        snprintf(r->why, sizeof r->why,
                 "the bound on the whole case was reached while the peer was still sending");
        return;
    }
    /* The first that matches; but one further down that tolerates what the monitors saw comes before it. */
    bool excused = false;
    for (size_t i = 0; i < q->num_outcomes; i++) {
        const outcome *x = &q->outcomes[i];
        bool behaves = behaviour_matches(x, q, o), closes = closing_matches(x, o);
        if (behaves) r->behaviour = better(r->behaviour, axis_of(x->verdict));
        if (closes) r->closing = better(r->closing, axis_of(x->verdict));
        if (!behaves || !closes || excused) continue;
        bool excuses = !problem(q, o, x->tolerate);
        if (r->outcome < 0 || excuses) {
            excused = excuses;
            r->outcome = (long)i;
            r->verdict = x->verdict;
            r->tolerated = x->tolerate;
            snprintf(r->why, sizeof r->why, "%s", x->why);
        }
    }
    if (excused && problem(q, o, 0)) r->behaviour = axis_of(r->verdict);
    if (r->behaviour == AXIS_NONE) r->behaviour = AXIS_FAIL;
    if (r->closing == AXIS_NONE) r->closing = AXIS_FAIL;
    if (r->outcome < 0) {
        r->verdict = VERDICT_FAIL;
        say_mismatch(r, o);
    }
    if (r->verdict != VERDICT_PASS && refused_as_declared(q, o)) {
        r->verdict = VERDICT_UNSUPPORTED;
        snprintf(r->why, sizeof r->why, "larger than the messages that the target declares to take");
    }
    if (monitors_fail(r, q, o, r->tolerated)) {
        r->verdict = VERDICT_FAIL;
        r->behaviour = AXIS_FAIL;
    }
}
