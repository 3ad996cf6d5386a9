/* SPDX-License-Identifier: MIT */
#include "judge/observe.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX   256
#define PROBLEMS_MAX 64
#define HEAD_KEPT    4096
/* Entries that are no frames have a reserve of their own, so that a flood of frames cannot push the end of a
   connection out of its log. */
#define ENTRIES_RESERVE 256

typedef struct side {
    obs_side pub;
    obs_party from;
    uint64_t head_left, body_left; /* harness: octets still to come of each */
    wsc_http http;
    char head_buf[OBSERVE_HEAD_MAX];
    wsc_field fields[FIELDS_MAX];
    bool frames; /* what comes now are frames; else octets that mean nothing to us */
    wsc_decoder decoder;
    long entry; /* of the frame, head or octets in progress; -1: none, or not logged */
    uint8_t message_opcode;
    uint64_t message_len;
    uint8_t message_start[16];
    wsc_utf8 utf8;
    bool utf8_failed;
    EVP_MD_CTX *digest;
    uint8_t control[WSC_CONTROL_MAX];
    size_t control_len;
    uint8_t close_body[WSC_CONTROL_MAX];
    size_t cap_messages, cap_pings, cap_pongs;
} side;

struct observation {
    wsc_role judged;
    side sides[2];
    wsc_session strict; /* what a strict peer would make of our octets */
    uint8_t scratch[4096];
    EVP_MD_CTX *strict_digest;
    obs_message strict_message;
    obs_entry *entries;
    size_t num_entries, cap_entries;
    long elided[2];
    obs_problem problems[PROBLEMS_MAX];
    size_t num_problems;
    obs_control *fences;
    size_t num_fences, cap_fences;
    uint8_t probe[16];
    size_t probe_len;
    bool probe_sent, probe_echoed;
    uint32_t *keys;
    size_t num_keys, cap_keys;
    uint64_t seq;
    bool deadline;
    unsigned status;
    bool open;
};

static void *grow(void *array, size_t *cap, size_t need, size_t size) {
    if (need <= *cap) return array;
    size_t new_cap = *cap ? *cap * 2 : 8;
    while (new_cap < need) new_cap *= 2;
    void *bigger = realloc(array, new_cap * size);
    if (!bigger) abort();
    *cap = new_cap;
    return bigger;
}

observation *observe_new(wsc_role judged) {
    observation *o = calloc(1, sizeof *o);
    if (!o) return NULL;
    o->judged = judged;
    o->elided[0] = o->elided[1] = -1;
    o->strict_digest = EVP_MD_CTX_new();
    for (int i = 0; i < 2; i++) {
        side *s = &o->sides[i];
        s->from = (obs_party)i;
        s->entry = -1;
        s->pub.end = OBS_CONNECT;
        s->digest = EVP_MD_CTX_new();
        wsc_decoder_init(&s->decoder);
    }
    if (!o->strict_digest || !o->sides[0].digest || !o->sides[1].digest) {
        observe_free(o);
        return NULL;
    }
    o->sides[OBS_HARNESS].frames = true;
    side *peer = &o->sides[OBS_PEER];
    wsc_http_init(&peer->http, judged == WSC_SERVER ? WSC_HTTP_RESPONSE : WSC_HTTP_REQUEST, peer->head_buf,
                  sizeof peer->head_buf, peer->fields, FIELDS_MAX);
    wsc_session_config config = {.role = judged, .scratch = o->scratch, .scratch_len = sizeof o->scratch};
    wsc_session_init(&o->strict, &config);
    return o;
}

void observe_free(observation *o) {
    if (!o) return;
    for (size_t i = 0; i < o->num_entries; i++) {
        free(o->entries[i].kept);
        free(o->entries[i].text);
    }
    free(o->entries);
    for (int i = 0; i < 2; i++) {
        side *s = &o->sides[i];
        EVP_MD_CTX_free(s->digest);
        free(s->pub.messages);
        free(s->pub.pings);
        free(s->pub.pongs);
    }
    EVP_MD_CTX_free(o->strict_digest);
    free(o->fences);
    free(o->keys);
    free(o);
}

void observe_own_head(observation *o, size_t head_len, size_t body_len) {
    side *s = &o->sides[OBS_HARNESS];
    s->head_left = head_len;
    s->body_left = body_len;
    wsc_http_init(&s->http, o->judged == WSC_SERVER ? WSC_HTTP_REQUEST : WSC_HTTP_RESPONSE, s->head_buf,
                  sizeof s->head_buf, s->fields, FIELDS_MAX);
}

void observe_fence(observation *o, const uint8_t *data, size_t len) {
    assert(len <= WSC_CONTROL_MAX);
    if (o->num_fences >= OBSERVE_MESSAGES_MAX) return;
    o->fences = grow(o->fences, &o->cap_fences, o->num_fences + 1, sizeof *o->fences);
    obs_control *fence = &o->fences[o->num_fences++];
    *fence = (obs_control){.len = (uint8_t)len};
    if (len) memcpy(fence->data, data, len);
}

void observe_probe(observation *o, const uint8_t *data, size_t len) {
    assert(len <= sizeof o->probe);
    memcpy(o->probe, data, len);
    o->probe_len = len;
    o->probe_sent = true;
}

/* ---- The wire log -------------------------------------------------------------------------------------- */

static long entry_add(observation *o, obs_party from, uint64_t t, obs_kind kind) {
    bool bulk = kind == OBS_FRAME || kind == OBS_OCTETS || kind == OBS_HEAD;
    size_t limit = bulk ? OBSERVE_ENTRIES_MAX - ENTRIES_RESERVE : OBSERVE_ENTRIES_MAX;
    if (o->num_entries >= limit) return -1;
    o->entries = grow(o->entries, &o->cap_entries, o->num_entries + 1, sizeof *o->entries);
    o->entries[o->num_entries] =
        (obs_entry){.t = t, .from = from, .kind = kind, .offset = o->sides[from].pub.octets};
    return (long)o->num_entries++;
}

static void entry_keep(observation *o, long index, const uint8_t *data, size_t len, size_t max) {
    if (index < 0) return;
    obs_entry *entry = &o->entries[index];
    if (len == 0 || entry->kept_len >= max) return;
    size_t n = max - entry->kept_len < len ? max - entry->kept_len : len;
    uint8_t *kept = realloc(entry->kept, entry->kept_len + n);
    if (!kept) abort();
    memcpy(kept + entry->kept_len, data, n);
    entry->kept = kept;
    entry->kept_len += n;
}

static void elide(observation *o, obs_party from, uint64_t t, uint64_t octets, uint64_t frames) {
    if (o->elided[from] < 0) o->elided[from] = entry_add(o, from, t, OBS_ELIDED);
    if (o->elided[from] < 0) return;
    o->entries[o->elided[from]].len += octets;
    o->entries[o->elided[from]].frames += frames;
}

/* ---- Monitors ------------------------------------------------------------------------------------------ */

static void problem_add(observation *o, uint64_t t, const char *fault, const char *requirement,
                        wsc_faults bit) {
    for (size_t i = 0; i < o->num_problems; i++) {
        if (strcmp(o->problems[i].fault, fault) == 0) {
            o->problems[i].count++;
            return;
        }
    }
    if (o->num_problems == PROBLEMS_MAX) return;
    o->problems[o->num_problems++] =
        (obs_problem){.fault = fault, .requirement = requirement, .t = t, .count = 1, .bit = bit};
}

static void monitor(observation *o, const side *s, uint64_t t, wsc_faults faults) {
    if (s->from != OBS_PEER) return;
    for (int f = 1; f < WSC_FAULT_COUNT; f++) {
        if (faults & WSC_FAULT_BIT(f))
            problem_add(o, t, wsc_fault_name((wsc_fault)f), wsc_fault_requirement((wsc_fault)f),
                        WSC_FAULT_BIT(f));
    }
}

static void monitor_head(observation *o, uint64_t t, wsc_http_faults faults) {
    for (int f = 1; f < WSC_HTTP_FAULT_COUNT; f++) {
        if (faults & WSC_HTTP_FAULT_BIT(f))
            problem_add(o, t, wsc_http_fault_name((wsc_http_fault)f),
                        wsc_http_fault_requirement((wsc_http_fault)f), 0);
    }
}

/* ---- Frames -------------------------------------------------------------------------------------------- */

static void closing(observation *o, side *s) {
    if (!s->pub.seq_closing) s->pub.seq_closing = ++o->seq;
}

static obs_control *control_add(obs_control **array, size_t *num, size_t *cap, side *s, uint64_t t,
                                const uint8_t *data, size_t len) {
    if (*num >= OBSERVE_MESSAGES_MAX) {
        s->pub.overflow = true;
        return NULL;
    }
    *array = grow(*array, cap, *num + 1, sizeof **array);
    obs_control *c = &(*array)[(*num)++];
    *c = (obs_control){.t = t, .len = (uint8_t)len, .match = -1};
    if (len) memcpy(c->data, data, len);
    return c;
}

static bool control_is(const obs_control *c, const uint8_t *data, size_t len) {
    return c->len == len && (len == 0 || memcmp(c->data, data, len) == 0);
}

static bool is_fence(const observation *o, const uint8_t *data, size_t len) {
    for (size_t i = o->num_fences; i-- > 0;)
        if (control_is(&o->fences[i], data, len)) return true;
    return false;
}

/* A pong answers the oldest unanswered ping with its payload, or, if all of those are answered, the last such
 * ping. */
static void pong_match(observation *o, obs_control *pong) {
    side *harness = &o->sides[OBS_HARNESS];
    long found = -1;
    for (size_t i = 0; i < harness->pub.num_pings; i++) {
        if (!control_is(&harness->pub.pings[i], pong->data, pong->len)) continue;
        found = (long)i;
        if (!harness->pub.pings[i].answered) break;
    }
    pong->match = found;
    if (found < 0) return;
    harness->pub.pings[found].answered = true;
}

static void message_add(side *s, const obs_message *message) {
    if (s->pub.num_messages >= OBSERVE_MESSAGES_MAX) {
        s->pub.overflow = true;
        return;
    }
    s->pub.messages =
        grow(s->pub.messages, &s->cap_messages, s->pub.num_messages + 1, sizeof *s->pub.messages);
    s->pub.messages[s->pub.num_messages++] = *message;
}

static void digest_begin(EVP_MD_CTX *digest) {
    if (EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1) abort();
}

static void digest_end(EVP_MD_CTX *digest, uint8_t out[OBSERVE_DIGEST_LEN]) {
    unsigned len = 0;
    if (EVP_DigestFinal_ex(digest, out, &len) != 1 || len != OBSERVE_DIGEST_LEN) abort();
}

static void start_keep(uint8_t start[16], uint64_t offset, const uint8_t *data, size_t len) {
    for (size_t i = 0; i < len && offset + i < 16; i++) start[offset + i] = data[i];
}

static void key_add(observation *o, const uint8_t key[4]) {
    if (o->num_keys == OBSERVE_KEYS_MAX) return;
    o->keys = grow(o->keys, &o->cap_keys, o->num_keys + 1, sizeof *o->keys);
    o->keys[o->num_keys++] =
        (uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 | (uint32_t)key[2] << 8 | (uint32_t)key[3];
}

static void frame_begin(observation *o, side *s, uint64_t t, const wsc_event *ev) {
    const wsc_frame *f = &ev->frame;
    wsc_faults faults = ev->faults;
    wsc_role sender = s->from == OBS_PEER ? o->judged : (o->judged == WSC_SERVER ? WSC_CLIENT : WSC_SERVER);
    if (sender == WSC_SERVER && f->masked) faults |= WSC_FAULT_BIT(WSC_FAULT_MASKED_FROM_SERVER);
    if (sender == WSC_CLIENT && !f->masked) faults |= WSC_FAULT_BIT(WSC_FAULT_UNMASKED_FROM_CLIENT);
    bool control = f->opcode & 8;
    if (!control) {
        if (s->pub.num_closes) faults |= WSC_FAULT_BIT(WSC_FAULT_DATA_AFTER_CLOSE);
        if (f->opcode == WSC_OP_CONTINUATION) {
            if (!s->pub.message_open) faults |= WSC_FAULT_BIT(WSC_FAULT_CONTINUATION_WITHOUT_START);
        } else {
            if (s->pub.message_open) faults |= WSC_FAULT_BIT(WSC_FAULT_MESSAGE_INTERLEAVED);
            s->pub.message_open = true;
            s->message_opcode = f->opcode;
            s->message_len = 0;
            s->utf8 = (wsc_utf8){0};
            s->utf8_failed = false;
            memset(s->message_start, 0, sizeof s->message_start);
            digest_begin(s->digest);
        }
    } else {
        s->control_len = 0;
        if (f->opcode == WSC_OP_CLOSE && s->pub.num_closes)
            faults |= WSC_FAULT_BIT(WSC_FAULT_CLOSE_AFTER_CLOSE);
    }
    if (s->pub.num_frames++ == 0) s->pub.t_first = t;
    if (s->from == OBS_PEER && f->masked && f->length > 0) key_add(o, f->key);
    s->entry = entry_add(o, s->from, t, OBS_FRAME);
    if (s->entry >= 0) {
        obs_entry *entry = &o->entries[s->entry];
        entry->offset = s->pub.octets - ev->header_len;
        entry->frame = *f;
        entry->faults = faults;
        entry->header_len = (uint8_t)wsc_frame_encode(entry->header, f);
    } else {
        elide(o, s->from, t, ev->header_len, 1);
    }
    monitor(o, s, t, faults);
}

static void frame_payload(observation *o, side *s, uint64_t t, const wsc_event *ev) {
    uint8_t plain[4096];
    const wsc_frame *f = &ev->frame;
    bool data_frame = !(f->opcode & 8);
    if (s->entry < 0) elide(o, s->from, t, ev->len, 0);
    for (size_t at = 0; at < ev->len;) {
        size_t n = ev->len - at < sizeof plain ? ev->len - at : sizeof plain;
        const uint8_t *octets = ev->data + at;
        if (f->masked) {
            wsc_mask(plain, octets, n, f->key, ev->offset + at);
            octets = plain;
        }
        entry_keep(o, s->entry, octets, n, OBSERVE_KEPT_MAX);
        if (s->entry >= 0) o->entries[s->entry].len += n;
        if (!data_frame) {
            size_t room = sizeof s->control - s->control_len;
            size_t m = n < room ? n : room;
            memcpy(s->control + s->control_len, octets, m);
            s->control_len += m;
        } else if (s->pub.message_open && s->from == OBS_PEER) {
            start_keep(s->message_start, s->message_len, octets, n);
            s->message_len += n;
            if (EVP_DigestUpdate(s->digest, octets, n) != 1) abort();
            if (s->message_opcode == WSC_OP_TEXT && !s->utf8_failed &&
                wsc_utf8_push(&s->utf8, octets, n) != n) {
                s->utf8_failed = true;
                monitor(o, s, t, WSC_FAULT_BIT(WSC_FAULT_TEXT_NOT_UTF8));
            }
        }
        at += n;
    }
}

static void peer_control(observation *o, side *s, uint64_t t, const wsc_frame *f) {
    if (f->length > WSC_CONTROL_MAX) return; /* a fault that is noted already; its payload means nothing */
    if (f->opcode == WSC_OP_PING) {
        control_add(&s->pub.pings, &s->pub.num_pings, &s->cap_pings, s, t, s->control, s->control_len);
    } else if (f->opcode == WSC_OP_PONG) {
        obs_control *pong =
            control_add(&s->pub.pongs, &s->pub.num_pongs, &s->cap_pongs, s, t, s->control, s->control_len);
        if (!pong) return;
        pong_match(o, pong);
        pong->fence = is_fence(o, pong->data, pong->len);
        if (!pong->fence) s->pub.num_plain_pongs++;
    }
}

static void frame_end(observation *o, side *s, uint64_t t, const wsc_event *ev) {
    const wsc_frame *f = &ev->frame;
    s->entry = -1;
    if (f->opcode == WSC_OP_CLOSE) {
        if (s->pub.num_closes++ == 0) {
            memcpy(s->close_body, s->control, s->control_len);
            wsc_close_parse(&s->pub.close, s->close_body, s->control_len);
            s->pub.t_close = t;
            closing(o, s);
            monitor(o, s, t, s->pub.close.faults);
        }
        return;
    }
    if (f->opcode & 8) {
        if (s->from == OBS_PEER) peer_control(o, s, t, f);
        return;
    }
    if (!f->fin || !s->pub.message_open) return;
    s->pub.message_open = false;
    if (s->from != OBS_PEER) return;
    if (s->message_opcode == WSC_OP_TEXT && !s->utf8_failed && !wsc_utf8_complete(&s->utf8))
        monitor(o, s, t, WSC_FAULT_BIT(WSC_FAULT_TEXT_NOT_UTF8));
    obs_message message = {.opcode = s->message_opcode, .len = s->message_len, .t = t};
    memcpy(message.start, s->message_start, sizeof message.start);
    digest_end(s->digest, message.digest);
    if (o->probe_sent && message.len == o->probe_len && memcmp(message.start, o->probe, o->probe_len) == 0)
        o->probe_echoed = true;
    else
        message_add(s, &message);
}

static void feed_frames(observation *o, side *s, uint64_t t, const uint8_t *data, size_t len) {
    while (len > 0) {
        wsc_event ev;
        size_t n = wsc_decode(&s->decoder, data, len, &ev);
        s->pub.octets += n;
        data += n;
        len -= n;
        for (;;) {
            if (ev.type == WSC_EVENT_HEADER) frame_begin(o, s, t, &ev);
            if (ev.type == WSC_EVENT_PAYLOAD) frame_payload(o, s, t, &ev);
            if (ev.type == WSC_EVENT_END) frame_end(o, s, t, &ev);
            if (ev.type == WSC_EVENT_MORE || len > 0) break;
            /* The decoder may hold an event that needs no further octets. */
            (void)wsc_decode(&s->decoder, data, 0, &ev);
        }
    }
    s->pub.inside = wsc_decoder_inside(&s->decoder);
}

/* What a strict peer makes of our octets: only that may be expected back. */
static void feed_strict(observation *o, uint64_t t, const uint8_t *data, size_t len) {
    side *s = &o->sides[OBS_HARNESS];
    bool more = true;
    while (more && !o->strict.failed) {
        wsc_session_event ev;
        size_t n = wsc_session_push(&o->strict, data, len, &ev);
        data += n;
        len -= n;
        switch (ev.type) {
        case WSC_SESSION_MESSAGE_BEGIN:
            o->strict_message = (obs_message){.opcode = ev.opcode};
            digest_begin(o->strict_digest);
            break;
        case WSC_SESSION_DATA:
            start_keep(o->strict_message.start, o->strict_message.len, ev.data, ev.len);
            o->strict_message.len += ev.len;
            if (EVP_DigestUpdate(o->strict_digest, ev.data, ev.len) != 1) abort();
            break;
        case WSC_SESSION_MESSAGE_END:
            o->strict_message.t = t;
            digest_end(o->strict_digest, o->strict_message.digest);
            message_add(s, &o->strict_message);
            break;
        case WSC_SESSION_PING: {
            if (o->strict.close_received) break; /* needs no answer (5.5.2) */
            obs_control *ping =
                control_add(&s->pub.pings, &s->pub.num_pings, &s->cap_pings, s, t, ev.data, ev.len);
            if (ping) ping->fence = is_fence(o, ev.data, ev.len);
            break;
        }
        case WSC_SESSION_MESSAGE:
        case WSC_SESSION_PONG:
        case WSC_SESSION_CLOSE:
        case WSC_SESSION_FAIL: break;
        case WSC_SESSION_MORE: more = len > 0; break;
        }
    }
}

/* ---- Heads --------------------------------------------------------------------------------------------- */

static void head_entry(observation *o, side *s, uint64_t t, const uint8_t *data, size_t len, obs_kind kind) {
    if (s->entry < 0 || o->entries[s->entry].kind != kind) s->entry = entry_add(o, s->from, t, kind);
    if (s->entry < 0) {
        elide(o, s->from, t, len, 0);
        return;
    }
    entry_keep(o, s->entry, data, len, HEAD_KEPT);
    o->entries[s->entry].len += len;
}

static size_t offered(const wsc_http *request, const char *name, bool extensions, wsc_span *spans, size_t max,
                      bool *malformed) {
    size_t n = 0;
    wsc_list list;
    wsc_list_init(&list, request, name);
    wsc_span token;
    wsc_extension extension;
    while (n < max && (extensions ? wsc_list_extension(&list, &extension) : wsc_list_token(&list, &token)))
        spans[n++] = extensions ? extension.name : token;
    *malformed = list.malformed;
    return n;
}

/* The peer's final response: measured against what our request offered, as far as that can be read. */
static void response_judge(observation *o, uint64_t t) {
    side *peer = &o->sides[OBS_PEER];
    const side *own = &o->sides[OBS_HARNESS];
    wsc_span protocols[32], extensions[32];
    wsc_offer offer = {.protocols = protocols, .extensions = extensions};
    bool one_key = false, protocols_bad = false, extensions_bad = false;
    if (own->pub.head_done) {
        const wsc_field *key = wsc_http_field(&own->http, "Sec-WebSocket-Key", 0);
        if (key) offer.key = key->value;
        one_key = key && !wsc_http_field(&own->http, "Sec-WebSocket-Key", 1);
        offer.num_protocols =
            offered(&own->http, "Sec-WebSocket-Protocol", false, protocols, 32, &protocols_bad);
        offer.num_extensions =
            offered(&own->http, "Sec-WebSocket-Extensions", true, extensions, 32, &extensions_bad);
    }
    wsc_response response;
    wsc_response_check(&response, &peer->http, &offer);
    wsc_http_faults faults = response.faults;
    o->status = peer->http.status;
    /* What a malformed offer of ours offers nobody can say; whether it had to be refused is for the case. */
    if (protocols_bad) faults &= ~WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_PROTOCOL_NOT_OFFERED);
    if (extensions_bad) faults &= ~WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_EXTENSION_NOT_OFFERED);
    if (!one_key) faults &= ~WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_ACCEPT_WRONG);
    faults &=
        ~WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_STATUS_NOT_101); /* what the case is about, not a fault as such */
    o->open = o->status == 101 && !(faults & WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_ACCEPT_WRONG)) &&
              !(faults & WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_ACCEPT_MISSING));
    monitor_head(o, t, faults);
    peer->frames = o->status == 101;
}

/* The peer's request. What can be answered is answered, so that the rest of the client is seen too. */
static void request_judge(observation *o, uint64_t t) {
    side *peer = &o->sides[OBS_PEER];
    wsc_request request;
    wsc_request_check(&request, &peer->http);
    o->open = request.key.len > 0 && !(request.faults & WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_UPGRADE_MISSING));
    monitor_head(o, t, request.faults);
    peer->frames = o->open;
}

static size_t feed_peer_head(observation *o, side *s, uint64_t t, const uint8_t *data, size_t len) {
    wsc_http_status status;
    size_t n = wsc_http_push(&s->http, data, len, &status);
    if (n) head_entry(o, s, t, data, n, OBS_HEAD);
    s->pub.octets += n;
    s->pub.inside = status == WSC_HTTP_MORE;
    if (status == WSC_HTTP_FAILED) {
        s->pub.head_failed = true;
        s->entry = -1;
        monitor_head(o, t, s->http.faults);
    } else if (status == WSC_HTTP_DONE) {
        s->entry = -1;
        if (o->judged == WSC_SERVER && s->http.status >= 100 && s->http.status < 200 &&
            s->http.status != 101) {
            s->pub.num_interim++;
            wsc_http_init(&s->http, WSC_HTTP_RESPONSE, s->head_buf, sizeof s->head_buf, s->fields,
                          FIELDS_MAX);
            return n;
        }
        s->pub.head_done = true;
        s->pub.head = &s->http;
        if (o->judged == WSC_SERVER)
            response_judge(o, t);
        else
            request_judge(o, t);
    }
    return n;
}

static size_t feed_own_head(observation *o, side *s, uint64_t t, const uint8_t *data, size_t len) {
    bool head = s->head_left > 0;
    uint64_t *left = head ? &s->head_left : &s->body_left;
    size_t n = len < *left ? len : (size_t)*left;
    head_entry(o, s, t, data, n, head ? OBS_HEAD : OBS_OCTETS);
    if (head && !s->pub.head_done) {
        wsc_http_status status;
        (void)wsc_http_push(&s->http, data, n, &status);
        s->pub.head_done = status == WSC_HTTP_DONE;
        if (s->pub.head_done) s->pub.head = &s->http;
    }
    s->pub.octets += n;
    *left -= n;
    if (*left == 0) s->entry = -1;
    return n;
}

void observe_octets(observation *o, obs_party from, uint64_t t, const uint8_t *data, size_t len) {
    side *s = &o->sides[from];
    while (len > 0) {
        size_t n;
        if (from == OBS_HARNESS && (s->head_left || s->body_left)) {
            n = feed_own_head(o, s, t, data, len);
        } else if (from == OBS_PEER && !s->pub.head_done && !s->pub.head_failed) {
            n = feed_peer_head(o, s, t, data, len);
        } else if (s->frames) {
            feed_frames(o, s, t, data, len);
            if (from == OBS_HARNESS) feed_strict(o, t, data, len);
            n = len;
        } else {
            head_entry(o, s, t, data, len, OBS_OCTETS);
            s->pub.octets += len;
            n = len;
        }
        data += n;
        len -= n;
    }
}

void observe_event(observation *o, obs_party from, uint64_t t, obs_kind kind, const char *text) {
    side *s = &o->sides[from];
    long index = entry_add(o, from, t, kind);
    if (index >= 0 && text) o->entries[index].text = strdup(text);
    if (kind == OBS_DEADLINE) o->deadline = true;
    if (kind != OBS_FIN && kind != OBS_RESET) return;
    if (s->pub.end == OBS_CONNECT || kind == OBS_RESET) {
        s->pub.end = kind;
        s->pub.t_end = t;
    }
    closing(o, s);
}

/* ---- Results ------------------------------------------------------------------------------------------- */

const obs_side *observe_side(const observation *o, obs_party from) {
    return &o->sides[from].pub;
}

wsc_role observe_judged(const observation *o) {
    return o->judged;
}

const obs_entry *observe_entries(const observation *o, size_t *num_entries) {
    *num_entries = o->num_entries;
    return o->entries;
}

const obs_problem *observe_problems(const observation *o, size_t *num_problems) {
    *num_problems = o->num_problems;
    return o->problems;
}

const uint32_t *observe_keys(const observation *o, size_t *num_keys) {
    *num_keys = o->num_keys;
    return o->keys;
}

void observe_problem(observation *o, uint64_t t, const char *fault, const char *requirement) {
    problem_add(o, t, fault, requirement, 0);
}

bool observe_fence_answered(const observation *o, const uint8_t *data, size_t len) {
    const side *peer = &o->sides[OBS_PEER];
    for (size_t i = peer->pub.num_pongs; i-- > 0;)
        if (control_is(&peer->pub.pongs[i], data, len)) return true;
    return false;
}

bool observe_probe_echoed(const observation *o) {
    return o->probe_echoed;
}

bool observe_deadline(const observation *o) {
    return o->deadline;
}

unsigned observe_status(const observation *o) {
    return o->status;
}

bool observe_open(const observation *o) {
    return o->open;
}
