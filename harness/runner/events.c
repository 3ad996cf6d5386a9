/* SPDX-License-Identifier: MIT */
#include "runner/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A message is looked for among so many of ours, beyond the one that is due. */
#define SEARCH_MAX 1024

typedef struct list {
    json_t *entries;
    json_int_t elided;
} list;

static json_t *hex(const uint8_t *data, size_t len) {
    char text[2 * WSC_CONTROL_MAX + 1];
    for (size_t i = 0; i < len; i++) snprintf(text + 2 * i, 3, "%02x", data[i]);
    return json_stringn(text, 2 * len);
}

/* Members in which two entries have to be equal to stand for one. */
static bool same(const json_t *a, const json_t *b) {
    static const char *const keys[] = {"kind", "type", "len", "sha256", "hex"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!json_equal(json_object_get(a, keys[i]), json_object_get(b, keys[i])) &&
            (json_object_get(a, keys[i]) || json_object_get(b, keys[i])))
            return false;
    return true;
}

/* Takes the entry. A run of equal ones, or of answers one after another, becomes one. */
static void add(list *l, json_t *entry) {
    if (!entry) abort();
    size_t num = json_array_size(l->entries);
    json_t *last = num ? json_array_get(l->entries, num - 1) : NULL;
    json_t *times = json_object_get(last, "times");
    json_int_t n = json_integer_value(times), of = json_integer_value(json_object_get(entry, "of"));
    json_int_t last_of = json_integer_value(json_object_get(last, "of"));
    bool joins = times && json_object_get(entry, "times") && same(last, entry) &&
                 (of ? last_of && of == last_of + n : !last_of);
    if (l->elided) {
        l->elided++;
    } else if (joins) {
        json_integer_set(times, n + 1);
    } else if (num == EVENTS_MAX) {
        l->elided = 1;
    } else {
        json_array_append(l->entries, entry);
    }
    json_decref(entry);
}

static json_t *list_end(list *l) {
    if (l->elided)
        json_array_append_new(l->entries, json_pack("{s:s,s:I}", "kind", "elided", "events", l->elided));
    return l->entries;
}

static json_t *message_entry(const obs_message *m) {
    char digest[2 * OBSERVE_DIGEST_LEN + 1];
    for (size_t i = 0; i < OBSERVE_DIGEST_LEN; i++) snprintf(digest + 2 * i, 3, "%02x", m->digest[i]);
    return json_pack("{s:s,s:s,s:I,s:s,s:i}", "kind", "message", "type",
                     m->opcode == WSC_OP_TEXT ? "text" : "binary", "len", (json_int_t)m->len, "sha256",
                     digest, "times", 1);
}

static json_t *control_entry(const char *kind, const obs_control *c) {
    return json_pack("{s:s,s:o,s:i}", "kind", kind, "hex", hex(c->data, c->len), "times", 1);
}

static json_t *answer_entry(const char *kind, size_t of) {
    return json_pack("{s:s,s:I,s:i}", "kind", kind, "of", (json_int_t)of, "times", 1);
}

json_t *events_sent(const observation *o) {
    const obs_side *own = observe_side(o, OBS_HARNESS);
    list l = {json_array(), 0};
    size_t m = 0, p = 0;
    while (m < own->num_messages || p < own->num_pings) {
        bool message =
            m < own->num_messages && (p == own->num_pings || own->messages[m].seq < own->pings[p].seq);
        if (message)
            add(&l, message_entry(&own->messages[m]));
        else if (!own->pings[p].fence)
            add(&l, control_entry("ping", &own->pings[p]));
        *(message ? &m : &p) += 1;
    }
    return list_end(&l);
}

/* ---- What came ----------------------------------------------------------------------------------------- */

typedef struct reading {
    const observation *o;
    const obs_side *peer, *own;
    const obs_problem *problems;
    list list;
    bool *echoed;  /* messages of ours */
    size_t due;    /* the message of ours behind the last one that was echoed */
    size_t *pings; /* their numbers, fences apart */
} reading;

static bool message_equal(const obs_message *a, const obs_message *b) {
    return a->opcode == b->opcode && a->len == b->len &&
           memcmp(a->digest, b->digest, OBSERVE_DIGEST_LEN) == 0;
}

static void take_message(reading *r, const obs_message *m) {
    size_t num = r->own->num_messages, found = num;
    if (m->opcode != WSC_OP_TEXT && m->opcode != WSC_OP_BINARY) return; /* a fault, and named as such */
    if (r->due < num && !r->echoed[r->due] && message_equal(m, &r->own->messages[r->due])) found = r->due;
    for (size_t i = 0; found == num && i < num && i < SEARCH_MAX; i++)
        if (!r->echoed[i] && message_equal(m, &r->own->messages[i])) found = i;
    if (found == num) {
        add(&r->list, message_entry(m));
        return;
    }
    r->echoed[found] = true;
    r->due = found + 1;
    add(&r->list, answer_entry("echo", found + 1));
}

static void take_pong(reading *r, const obs_control *c) {
    if (c->fence) return;
    if (c->match < 0)
        add(&r->list, control_entry("pong", c));
    else
        add(&r->list, answer_entry("pong", r->pings[c->match]));
}

/* Of what comes next on its list each source has the order number; the smallest is taken. */
enum { MESSAGE, PING, PONG, PROBLEM, PEER_CLOSING, OWN_CLOSING, PROBING, SOURCES };

static uint64_t next_seq(const reading *r, int source, size_t at, size_t num_problems) {
    switch (source) {
    case MESSAGE: return at < r->peer->num_messages ? r->peer->messages[at].seq : UINT64_MAX;
    case PING: return at < r->peer->num_pings ? r->peer->pings[at].seq : UINT64_MAX;
    case PONG: return at < r->peer->num_pongs ? r->peer->pongs[at].seq : UINT64_MAX;
    case PROBLEM: return at < num_problems ? r->problems[at].seq : UINT64_MAX;
    case PEER_CLOSING: return !at && r->peer->seq_closing ? r->peer->seq_closing : UINT64_MAX;
    case OWN_CLOSING: return !at && r->own->seq_closing ? r->own->seq_closing : UINT64_MAX;
    default: return !at && observe_seq_probing(r->o) ? observe_seq_probing(r->o) : UINT64_MAX;
    }
}

static void take(reading *r, int source, size_t at) {
    switch (source) {
    case MESSAGE: take_message(r, &r->peer->messages[at]); return;
    case PING: add(&r->list, control_entry("ping", &r->peer->pings[at])); return;
    case PONG: take_pong(r, &r->peer->pongs[at]); return;
    case PROBLEM:
        /* Those without a bit are about heads. */
        if (r->problems[at].bit)
            add(&r->list, json_pack("{s:s,s:s}", "kind", "fault", "name", r->problems[at].fault));
        return;
    case PEER_CLOSING: add(&r->list, json_pack("{s:s,s:s}", "kind", "closing", "from", "peer")); return;
    case OWN_CLOSING: add(&r->list, json_pack("{s:s,s:s}", "kind", "closing", "from", "harness")); return;
    default: add(&r->list, json_pack("{s:s}", "kind", "probe")); return;
    }
}

json_t *events_received(const observation *o) {
    reading r = {.o = o,
                 .peer = observe_side(o, OBS_PEER),
                 .own = observe_side(o, OBS_HARNESS),
                 .list = {json_array(), 0}};
    size_t num_problems, at[SOURCES] = {0}, number = 0;
    r.problems = observe_problems(o, &num_problems);
    r.echoed = calloc(r.own->num_messages + 1, sizeof *r.echoed);
    r.pings = calloc(r.own->num_pings + 1, sizeof *r.pings);
    if (!r.echoed || !r.pings) abort();
    for (size_t i = 0; i < r.own->num_pings; i++) r.pings[i] = r.own->pings[i].fence ? 0 : ++number;
    for (;;) {
        int first = -1;
        uint64_t least = UINT64_MAX;
        for (int i = 0; i < SOURCES; i++) {
            uint64_t seq = next_seq(&r, i, at[i], num_problems);
            if (seq >= least) continue;
            least = seq;
            first = i;
        }
        if (first < 0) break;
        take(&r, first, at[first]++);
    }
    free(r.echoed);
    free(r.pings);
    return list_end(&r.list);
}
