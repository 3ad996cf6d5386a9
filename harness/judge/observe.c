/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/observe_impl.h"

#define HEAD_KEPT 4096
/* Entries that are no frames have a reserve of their own, so that a flood of frames cannot push the end of a
   connection out of its log. */
#define ENTRIES_RESERVE 256

void *observe_grow(void *array, size_t *cap, size_t need, size_t size) {
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
    for (int i = 0; i < 2; i++) {
        side *s = &o->sides[i];
        s->from = (obs_party)i;
        s->entry = -1;
        s->pub.end = OBS_CONNECT;
        s->content.digest = EVP_MD_CTX_new();
        wsc_decoder_init(&s->decoder);
    }
    if (!o->sides[0].content.digest || !o->sides[1].content.digest) {
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
        free(o->entries[i].deflated);
    }
    free(o->entries);
    for (int i = 0; i < 2; i++) {
        side *s = &o->sides[i];
        EVP_MD_CTX_free(s->content.digest);
        free(s->inspector);
        free(s->pub.messages);
        free(s->pub.pings);
        free(s->pub.pongs);
    }
    free(o->known);
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
    o->fences = observe_grow(o->fences, &o->cap_fences, o->num_fences + 1, sizeof *o->fences);
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

long observe_entry_add(observation *o, obs_party from, uint64_t t, obs_kind kind) {
    bool bulk = kind == OBS_FRAME || kind == OBS_OCTETS || kind == OBS_HEAD;
    size_t limit = bulk ? OBSERVE_ENTRIES_MAX - ENTRIES_RESERVE : OBSERVE_ENTRIES_MAX;
    if (o->num_entries >= limit) return -1;
    o->entries = observe_grow(o->entries, &o->cap_entries, o->num_entries + 1, sizeof *o->entries);
    o->entries[o->num_entries] =
        (obs_entry){.t = t, .from = from, .kind = kind, .offset = o->sides[from].pub.octets};
    return (long)o->num_entries++;
}

void observe_entry_keep(observation *o, long index, const uint8_t *data, size_t len, size_t max) {
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

void observe_elide(observation *o, obs_party from, uint64_t t, uint64_t octets, uint64_t frames) {
    if (o->elided[from] < 0) o->elided[from] = observe_entry_add(o, from, t, OBS_ELIDED);
    if (o->elided[from] < 0) return;
    o->entries[o->elided[from]].len += octets;
    o->entries[o->elided[from]].frames += frames;
}

/* ---- Monitors ------------------------------------------------------------------------------------------ */

obs_problem *observe_problem_add(observation *o, uint64_t t, const char *fault, const char *requirement,
                                 wsc_faults bit) {
    for (size_t i = 0; i < o->num_problems; i++) {
        if (strcmp(o->problems[i].fault, fault) == 0) {
            o->problems[i].count++;
            return &o->problems[i];
        }
    }
    if (o->num_problems == PROBLEMS_MAX) return NULL;
    obs_problem *added = &o->problems[o->num_problems++];
    *added = (obs_problem){
        .fault = fault, .requirement = requirement, .t = t, .seq = ++o->seq, .count = 1, .bit = bit};
    return added;
}

void observe_monitor(observation *o, const side *s, uint64_t t, wsc_faults faults) {
    if (s->from != OBS_PEER) return;
    for (int f = 1; f < WSC_FAULT_COUNT; f++) {
        if (faults & WSC_FAULT_BIT(f))
            observe_problem_add(o, t, wsc_fault_name((wsc_fault)f), wsc_fault_requirement((wsc_fault)f),
                                WSC_FAULT_BIT(f));
    }
}

/* A client joins folded lines (RFC 9112 5.2), leaves out empty elements (RFC 9110 5.6.1.2), and takes the
   empty line for the end of a 101 whatever its fields say (RFC 9112 6.3). */
#define RESPONSE_LIVED_WITH                                                                                  \
    (WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_FIELD_FOLDED) |                                                       \
     WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_LIST_EMPTY_ELEMENT) |                                                 \
     WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_LENGTH_FORBIDDEN) |                                                   \
     WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_BODY_FORBIDDEN))

static void monitor_head(observation *o, uint64_t t, wsc_http_faults faults) {
    wsc_http_faults lived_with = o->judged == WSC_SERVER ? RESPONSE_LIVED_WITH : WSC_HTTP_FAULTS_TOLERATED;
    for (int f = 1; f < WSC_HTTP_FAULT_COUNT; f++) {
        if (!(faults & WSC_HTTP_FAULT_BIT(f))) continue;
        obs_problem *problem = observe_problem_add(o, t, wsc_http_fault_name((wsc_http_fault)f),
                                                   wsc_http_fault_requirement((wsc_http_fault)f), 0);
        if (problem) problem->lived_with = (lived_with & WSC_HTTP_FAULT_BIT(f)) != 0;
    }
}

void observe_closing(observation *o, side *s) {
    if (!s->pub.seq_closing) s->pub.seq_closing = ++o->seq;
}

bool observe_is_fence(const observation *o, const uint8_t *data, size_t len) {
    for (size_t i = o->num_fences; i-- > 0;)
        if (control_is(&o->fences[i], data, len)) return true;
    return false;
}

/* ---- Heads --------------------------------------------------------------------------------------------- */

static void head_entry(observation *o, side *s, uint64_t t, const uint8_t *data, size_t len, obs_kind kind) {
    if (s->entry < 0 || o->entries[s->entry].kind != kind) s->entry = observe_entry_add(o, s->from, t, kind);
    if (s->entry < 0) {
        observe_elide(o, s->from, t, len, 0);
        return;
    }
    observe_entry_keep(o, s->entry, data, len, HEAD_KEPT);
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
    if (!extensions_bad) observe_agree(o, t);
    peer->frames = o->status == 101;
}

/* The peer's request. What can be answered is answered, so that the rest of the client is seen too. */
static void request_judge(observation *o, uint64_t t) {
    side *peer = &o->sides[OBS_PEER];
    wsc_request request;
    wsc_request_check(&request, &peer->http);
    o->open = request.key.len > 0 && !(request.faults & WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_UPGRADE_MISSING));
    monitor_head(o, t, request.faults);
    observe_offers(o, t);
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
        if (s->pub.head_done && o->judged == WSC_CLIENT) observe_agree(o, t);
    }
    s->pub.octets += n;
    *left -= n;
    if (*left == 0) s->entry = -1;
    return n;
}

void observe_known(observation *o, uint64_t offset, const obs_message *message) {
    if (o->next_known == o->num_known) o->next_known = o->num_known = 0;
    if (o->num_known >= OBSERVE_MESSAGES_MAX) return;
    o->known = observe_grow(o->known, &o->cap_known, o->num_known + 1, sizeof *o->known);
    o->known[o->num_known++] = (obs_known){offset, *message};
}

void observe_probing(observation *o) {
    if (!o->seq_probing) o->seq_probing = ++o->seq;
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
            observe_frames(o, s, t, data, len);
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
    long index = observe_entry_add(o, from, t, kind);
    if (index >= 0 && text) o->entries[index].text = strdup(text);
    if (kind == OBS_DEADLINE) o->deadline = true;
    if (kind != OBS_FIN && kind != OBS_RESET) return;
    if (s->pub.end == OBS_CONNECT || kind == OBS_RESET) {
        s->pub.end = kind;
        s->pub.t_end = t;
    }
    observe_closing(o, s);
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
    observe_problem_add(o, t, fault, requirement, 0);
}

bool observe_fence_answered(const observation *o, const uint8_t *data, size_t len) {
    const side *peer = &o->sides[OBS_PEER];
    for (size_t i = peer->pub.num_pongs; i-- > 0;)
        if (control_is(&peer->pub.pongs[i], data, len)) return true;
    return false;
}

uint64_t observe_seq_probing(const observation *o) {
    return o->seq_probing;
}

bool observe_probe_echoed(const observation *o) {
    return o->probe_echoed;
}

bool observe_deadline(const observation *o) {
    return o->deadline;
}

const obs_deflate *observe_deflate(const observation *o) {
    return &o->deflate;
}

unsigned observe_status(const observation *o) {
    return o->status;
}

bool observe_open(const observation *o) {
    return o->open;
}
