/* SPDX-License-Identifier: MIT */
/* Outcomes and observations in words. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "judge/judge.h"

typedef struct words {
    char *text;
    size_t cap, len;
    const char *separator; /* put before the next piece */
} words;

static void say(words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(words *w, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char piece[512];
    vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    int n = snprintf(w->text + w->len, w->cap - w->len, "%s%s", w->separator, piece);
    if (n > 0) w->len = w->len + (size_t)n < w->cap ? w->len + (size_t)n : w->cap - 1;
    w->separator = "";
}

static void part(words *w) {
    if (w->len) w->separator = "; ";
}

static void alternative(words *w, bool *first) {
    if (!*first) w->separator = " or ";
    *first = false;
}

static void say_ranges(words *w, const uint16_t (*ranges)[2], size_t num, bool *first) {
    for (size_t i = 0; i < num; i++) {
        alternative(w, first);
        if (ranges[i][0] == ranges[i][1])
            say(w, "%u", ranges[i][0]);
        else
            say(w, "%u-%u", ranges[i][0], ranges[i][1]);
    }
}

static void say_close(words *w, const outcome *x) {
    const outcome_close *c = &x->close;
    const char *by = x->closed_by == PARTY_PEER      ? "the peer begins to close"
                     : x->closed_by == PARTY_HARNESS ? "the peer answers our Close"
                                                     : "";
    part(w);
    if (*by) say(w, "%s", by);
    if (!c->given) return;
    if (*by) say(w, ": ");
    bool first = true;
    if (c->num_ranges) {
        say(w, "Close ");
        say_ranges(w, c->ranges, c->num_ranges, &first);
    }
    if (c->echo) alternative(w, &first), say(w, "Close with our code");
    if (c->empty) alternative(w, &first), say(w, "Close without a code");
    if (c->any_legal) alternative(w, &first), say(w, "Close with any legal code, or the end of TCP alone");
    if (c->dropped) alternative(w, &first), say(w, "the end of TCP alone");
    if (c->none) alternative(w, &first), say(w, "not closed at all");
}

static void say_response(words *w, const outcome *x) {
    if (!x->num_responses && !x->response_none) return;
    part(w);
    say(w, "response ");
    bool first = true;
    say_ranges(w, x->responses, x->num_responses, &first);
    if (x->response_none) alternative(w, &first), say(w, "none");
}

static void say_fields(words *w, const outcome *x) {
    for (size_t i = 0; i < x->num_fields; i++) {
        const outcome_field *f = &x->fields[i];
        part(w);
        if (f->rule == FIELD_PRESENT) say(w, "field %s present", f->name);
        if (f->rule == FIELD_ABSENT) say(w, "no field %s", f->name);
        if (f->rule == FIELD_IS) say(w, "field %s is \"%s\"", f->name, f->value);
        if (f->rule == FIELD_LIST_HAS) say(w, "field %s lists %s", f->name, f->value);
    }
}

static void say_flag(words *w, outcome_flag flag, const char *name) {
    if (flag == FLAG_ANY) return;
    part(w);
    say(w, "%s%s", flag == FLAG_NO ? "no " : "", name);
}

static void say_bits(words *w, uint16_t set, const char *name) {
    if (!set) return;
    part(w);
    say(w, "%s ", name);
    bool first = true;
    if (set & 1) alternative(w, &first), say(w, "absent");
    for (unsigned bits = WSC_WINDOW_BITS_MIN; bits <= WSC_WINDOW_BITS_MAX; bits++)
        if (set >> bits & 1) alternative(w, &first), say(w, "%u", bits);
}

static void say_deflate(words *w, const outcome_deflate *x) {
    if (x->agreed != FLAG_ANY) {
        part(w);
        say(w, "permessage-deflate is %s", x->agreed == FLAG_YES ? "agreed on" : "declined");
    }
    say_flag(w, x->server_no_context_takeover, "server_no_context_takeover");
    say_flag(w, x->client_no_context_takeover, "client_no_context_takeover");
    say_bits(w, x->server_max_window_bits, "server_max_window_bits");
    say_bits(w, x->client_max_window_bits, "client_max_window_bits");
}

static void say_messages(words *w, const outcome *x) {
    if (x->messages == MESSAGES_ANY) return;
    part(w);
    if (x->messages == MESSAGES_ECHO) {
        say(w, "every message echoed");
    } else if (x->messages == MESSAGES_PREFIX) {
        say(w, "nothing received but echoes of valid messages, in order");
    } else if (!x->num_list) {
        say(w, "no message received");
    } else {
        say(w, "%zu message(s):", x->num_list);
        for (size_t i = 0; i < x->num_list; i++)
            say(w, " %s of %" PRIu64 " octets%s", wsc_opcode_name(x->list[i].opcode),
                x->list[i].payload.total, i + 1 < x->num_list ? "," : "");
    }
}

static void say_blocks(words *w, uint64_t num, const char *kind) {
    if (!num) return;
    say(w, "%" PRIu64 " %s block%s", num, kind, num == 1 ? "" : "s");
    w->separator = ", ";
}

void judge_deflated_text(const wsc_deflate_facts *facts, char *text, size_t len) {
    static const char *const ends[] = {[WSC_DEFLATE_END_PROPER] = "",
                                       [WSC_DEFLATE_END_TAIL_LEFT] = "00 00 ff ff left at the end",
                                       [WSC_DEFLATE_END_FINAL] = "no 00 behind the final block",
                                       [WSC_DEFLATE_END_BLOCK] = "no empty stored block at the end",
                                       [WSC_DEFLATE_END_INSIDE] = "the end lies inside a block",
                                       [WSC_DEFLATE_END_EMPTY] = "nothing at all"};
    words w = {.text = text, .cap = len, .separator = ""};
    text[0] = 0;
    say(&w, "%" PRIu64 " octets that hold %" PRIu64, facts->compressed, facts->plain);
    w.separator = ": ";
    say_blocks(&w, facts->num_stored, "stored");
    say_blocks(&w, facts->num_fixed, "fixed");
    say_blocks(&w, facts->num_dynamic, "dynamic");
    if (facts->num_final) say(&w, "%" PRIu64 " with BFINAL set", facts->num_final), w.separator = ", ";
    if (facts->max_distance) say(&w, "distances up to %" PRIu32, facts->max_distance), w.separator = ", ";
    if (facts->max_reach)
        say(&w, "%" PRIu32 " octets into what came before", facts->max_reach), w.separator = ", ";
    if (*ends[facts->end]) say(&w, "%s", ends[facts->end]);
}

void judge_outcome_text(const outcome *x, char *text, size_t len) {
    words w = {.text = text, .cap = len, .separator = ""};
    text[0] = 0;
    say_response(&w, x);
    say_fields(&w, x);
    say_deflate(&w, &x->deflate);
    say_messages(&w, x);
    static const char *const pongs[] = {"", "each ping answered once, in order", "the last ping answered",
                                        "no ping answered"};
    if (x->pongs != PONGS_ANY) part(&w), say(&w, "%s", pongs[x->pongs]);
    static const char *const keys[] = {"", "a new masking key for each frame",
                                       "masking keys without a pattern", "masking keys that look random"};
    if (x->keys != KEYS_ANY) part(&w), say(&w, "%s", keys[x->keys]);
    if (x->probe != PROBE_ANY)
        part(&w), say(&w, "a ping behind it is %s", x->probe == PROBE_SILENT ? "not answered" : "answered");
    if (x->close.given || x->closed_by != PARTY_ANY) say_close(&w, x);
    static const char *const ends[] = {"", "the peer ends TCP", "the peer ends TCP by FIN",
                                       "the peer resets TCP", "TCP stays open"};
    if (x->end != END_ANY) part(&w), say(&w, "%s", ends[x->end]);
    if (!w.len) say(&w, "anything");
}

static void say_observed_messages(words *w, const obs_side *peer) {
    part(w);
    if (!peer->num_messages) {
        say(w, "no message");
        return;
    }
    say(w, "%zu message%s:", peer->num_messages, peer->num_messages == 1 ? "" : "s");
    for (size_t i = 0; i < peer->num_messages && i < 4; i++)
        say(w, "%s %s of %" PRIu64 " octets", i ? "," : "", wsc_opcode_name(peer->messages[i].opcode),
            peer->messages[i].len);
    if (peer->num_messages > 4) say(w, ", ...");
}

static void say_observed_close(words *w, const observation *o) {
    const obs_side *peer = observe_side(o, OBS_PEER), *own = observe_side(o, OBS_HARNESS);
    part(w);
    if (peer->num_closes) {
        const char *answer =
            own->seq_closing && own->seq_closing < peer->seq_closing ? " in answer to ours" : "";
        if (peer->close.has_code)
            say(w, "Close %u%s", peer->close.code, answer);
        else
            say(w, "Close without a code%s", answer);
        if (peer->num_closes > 1) say(w, " (%u times)", peer->num_closes);
    } else {
        say(w, "no Close frame");
    }
    part(w);
    if (peer->end == OBS_FIN)
        say(w, "the peer ended TCP");
    else if (peer->end == OBS_RESET)
        say(w, "the peer reset TCP");
    else
        say(w, "the peer left TCP open");
}

void judge_seen_text(const observation *o, char *text, size_t len) {
    words w = {.text = text, .cap = len, .separator = ""};
    text[0] = 0;
    const obs_side *peer = observe_side(o, OBS_PEER);
    if (observe_judged(o) == WSC_SERVER) {
        unsigned status = observe_status(o);
        if (!status)
            say(&w, peer->head_failed ? "something that is no HTTP response" : "no response");
        else if (status != 101)
            say(&w, "response %u", status);
    }
    const obs_deflate *deflate = observe_deflate(o);
    char element[WSC_DEFLATE_ELEMENT_MAX];
    if (deflate->agreed && wsc_deflate_element_write(element, sizeof element, &deflate->params))
        part(&w), say(&w, "%s agreed on", element);
    else if (deflate->offered && peer->head_done)
        part(&w), say(&w, "permessage-deflate declined");
    if (peer->head_done && (observe_judged(o) == WSC_CLIENT || observe_status(o) == 101)) {
        say_observed_messages(&w, peer);
        if (peer->num_plain_pongs)
            part(&w), say(&w, "%zu pong%s", peer->num_plain_pongs, peer->num_plain_pongs == 1 ? "" : "s");
        if (peer->message_open) part(&w), say(&w, "an unfinished message");
    }
    say_observed_close(&w, o);
    if (observe_deadline(o)) part(&w), say(&w, "a wait ran into its deadline");
}
