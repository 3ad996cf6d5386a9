/* SPDX-License-Identifier: MIT */
/* permessage-deflate: what the heads agree on, and what compressed messages hold. */
#include <stdlib.h>
#include <string.h>

#include "judge/observe_impl.h"

/* ---- Negotiation --------------------------------------------------------------------------------------- */

static void monitor_negotiation(observation *o, uint64_t t, wsc_deflate_faults faults) {
    for (int f = 1; f < WSC_DEFLATE_FAULT_COUNT; f++) {
        if (faults & WSC_DEFLATE_FAULT_BIT(f))
            observe_problem_add(o, t, wsc_deflate_fault_name((wsc_deflate_fault)f),
                                wsc_deflate_fault_requirement((wsc_deflate_fault)f), 0);
    }
}

/* Keeps the elements without fault: only they can be accepted. */
static size_t offers_sound(const wsc_deflate_offers *offers, wsc_deflate_params *sound) {
    size_t num = 0;
    for (size_t i = 0; i < offers->num_offers; i++)
        if (!offers->faults[i]) sound[num++] = offers->offers[i];
    return num;
}

void observe_offers(observation *o, uint64_t t) {
    wsc_deflate_offers offers;
    wsc_deflate_offers_read(&offers, &o->sides[OBS_PEER].http);
    for (size_t i = 0; i < offers.num_offers; i++) {
        o->deflate.offered |= !offers.faults[i];
        o->deflate.offer_faults |= offers.faults[i];
    }
    monitor_negotiation(o, t, o->deflate.offer_faults);
}

static wsc_role role_of(const observation *o, const side *s) {
    return s->from == OBS_PEER ? o->judged : (o->judged == WSC_SERVER ? WSC_CLIENT : WSC_SERVER);
}

static wsc_inspector *inspector_new(const observation *o, const side *s) {
    wsc_role sender = role_of(o, s);
    const wsc_inspector_config config = {
        .sender = sender,
        .window_bits = (uint8_t)wsc_deflate_window_bits(&o->deflate.params, sender),
        .no_context_takeover = !wsc_deflate_takeover(&o->deflate.params, sender),
        .max_message = OBSERVE_INFLATED_MAX};
    wsc_inspector *inspector = malloc(sizeof *inspector);
    if (!inspector) abort();
    wsc_inspector_init(inspector, &config);
    return inspector;
}

void observe_agree(observation *o, uint64_t t) {
    bool server = o->judged == WSC_SERVER;
    const side *asks = &o->sides[server ? OBS_HARNESS : OBS_PEER];
    const side *answers = &o->sides[server ? OBS_PEER : OBS_HARNESS];
    if (!asks->pub.head_done || !answers->pub.head_done || answers->http.status != 101) return;
    wsc_deflate_offers offers;
    wsc_deflate_params sound[WSC_DEFLATE_OFFERS_MAX];
    wsc_deflate_response response;
    wsc_deflate_offers_read(&offers, &asks->http);
    if (offers.num_offers == 0) return; /* an answer to nothing is a fault of its own */
    size_t num = offers_sound(&offers, sound);
    wsc_deflate_response_check(&response, &answers->http, sound, num);
    o->deflate.offered = num > 0;
    o->deflate.agreed = response.agreed;
    o->deflate.params = response.params;
    o->deflate.response_faults = response.faults;
    if (server) monitor_negotiation(o, t, response.faults & ~WSC_DEFLATE_FAULTS_TOLERATED);
    if (!response.agreed) return;
    for (int i = 0; i < 2; i++) o->sides[i].inspector = inspector_new(o, &o->sides[i]);
}

/* ---- Messages ------------------------------------------------------------------------------------------ */

/* Takes an event of the inspector; false once it has no more to give. */
static bool take(observation *o, side *s, uint64_t t, const wsc_inflate_event *ev) {
    if (ev->status == WSC_INFLATE_DATA) observe_content(o, s, t, ev->data, ev->len);
    if (ev->status == WSC_INFLATE_FAILED) {
        s->unreadable = true;
        observe_monitor(o, s, t, WSC_FAULT_BIT(ev->fault));
    }
    return ev->status == WSC_INFLATE_DATA;
}

void observe_inflate(observation *o, side *s, uint64_t t, const uint8_t *data, size_t len) {
    bool more = true;
    while (more && !s->unreadable) {
        wsc_inflate_event ev;
        size_t n = wsc_inspector_push(s->inspector, data, len, &ev);
        data += n;
        len -= n;
        more = take(o, s, t, &ev) || len > 0;
    }
}

static void count(obs_deflated *all, const wsc_deflate_facts *facts) {
    all->num_messages++;
    all->num_takeover += facts->max_reach > 0;
    all->compressed += facts->compressed;
    all->plain += facts->plain;
    all->num_stored += facts->num_stored;
    all->num_fixed += facts->num_fixed;
    all->num_dynamic += facts->num_dynamic;
    all->num_final += facts->num_final;
    if (facts->max_distance > all->max_distance) all->max_distance = facts->max_distance;
}

/* A tail that was left on where the context goes on: a receiver that does as 7.2.2 says has two of them, and
   takes the second for the beginning of a block with the next message in it. Told by itself then; returns the
   fault that stands for it otherwise. */
static wsc_faults tail_in_context(observation *o, const side *s, uint64_t t, wsc_faults faults) {
    if (!(faults & WSC_FAULT_BIT(WSC_FAULT_DEFLATE_TAIL_LEFT))) return 0;
    if (!wsc_deflate_takeover(&o->deflate.params, role_of(o, s))) return 0;
    if (s->from == OBS_PEER) observe_problem_add(o, t, "deflate-tail-in-context", "7692-7.2.1-3", 0);
    return WSC_FAULT_BIT(WSC_FAULT_DEFLATE_TAIL_LEFT);
}

wsc_faults observe_inflate_end(observation *o, side *s, uint64_t t) {
    const wsc_deflate_facts *facts = &s->inspector->facts;
    wsc_inflate_event ev;
    do wsc_inspector_end(s->inspector, &ev);
    while (take(o, s, t, &ev));
    wsc_faults faults = facts->faults;
    if (ev.status == WSC_INFLATE_FAILED) faults |= WSC_FAULT_BIT(ev.fault);
    observe_monitor(o, s, t, faults & ~tail_in_context(o, s, t, faults));
    count(&s->pub.deflated, facts);
    if (s->first_entry < 0) return faults;
    wsc_deflate_facts *kept = malloc(sizeof *kept);
    if (!kept) abort();
    *kept = *facts;
    o->entries[s->first_entry].deflated = kept;
    return faults;
}
