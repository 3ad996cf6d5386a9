/* SPDX-License-Identifier: MIT */
/* Frames of both directions, and what a strict peer makes of ours. */
#include <stdlib.h>
#include <string.h>

#include "judge/observe_impl.h"

/* ---- Control frames and messages ----------------------------------------------------------------------- */

static obs_control *control_add(observation *o, obs_control **array, size_t *num, size_t *cap, side *s,
                                uint64_t t, const uint8_t *data, size_t len) {
    if (*num >= OBSERVE_MESSAGES_MAX) {
        s->pub.overflow = true;
        return NULL;
    }
    *array = observe_grow(*array, cap, *num + 1, sizeof **array);
    obs_control *c = &(*array)[(*num)++];
    *c = (obs_control){.t = t, .seq = ++o->seq, .len = (uint8_t)len, .match = -1};
    if (len) memcpy(c->data, data, len);
    return c;
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

static void message_add(observation *o, side *s, const obs_message *message) {
    if (s->pub.num_messages >= OBSERVE_MESSAGES_MAX) {
        s->pub.overflow = true;
        return;
    }
    s->pub.messages =
        observe_grow(s->pub.messages, &s->cap_messages, s->pub.num_messages + 1, sizeof *s->pub.messages);
    s->pub.messages[s->pub.num_messages] = *message;
    s->pub.messages[s->pub.num_messages++].seq = ++o->seq;
}

/* ---- The content of a message -------------------------------------------------------------------------- */

static void content_begin(content *c, uint8_t opcode) {
    *c = (content){.message = {.opcode = opcode}, .digest = c->digest};
    if (EVP_DigestInit_ex(c->digest, EVP_sha256(), NULL) != 1) abort();
}

void observe_content(observation *o, side *s, uint64_t t, const uint8_t *data, size_t len) {
    content *c = &s->content;
    uint64_t before = c->message.len;
    for (size_t i = 0; i < len && before + i < sizeof c->message.start; i++)
        c->message.start[before + i] = data[i];
    c->message.len += len;
    if (EVP_DigestUpdate(c->digest, data, len) != 1) abort();
    if (c->message.opcode != WSC_OP_TEXT || c->ill_formed || wsc_utf8_push(&c->utf8, data, len) == len)
        return;
    c->ill_formed = true;
    observe_monitor(o, s, t, WSC_FAULT_BIT(WSC_FAULT_TEXT_NOT_UTF8));
}

static void content_end(observation *o, side *s, uint64_t t) {
    content *c = &s->content;
    unsigned len = 0;
    if (EVP_DigestFinal_ex(c->digest, c->message.digest, &len) != 1 || len != OBSERVE_DIGEST_LEN) abort();
    c->message.t = t;
    if (c->message.opcode != WSC_OP_TEXT || c->ill_formed || wsc_utf8_complete(&c->utf8)) return;
    c->ill_formed = true;
    observe_monitor(o, s, t, WSC_FAULT_BIT(WSC_FAULT_TEXT_NOT_UTF8));
}

/* ---- Frames -------------------------------------------------------------------------------------------- */

static void key_add(observation *o, const uint8_t key[4]) {
    if (o->num_keys == OBSERVE_KEYS_MAX) return;
    o->keys = observe_grow(o->keys, &o->cap_keys, o->num_keys + 1, sizeof *o->keys);
    o->keys[o->num_keys++] =
        (uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 | (uint32_t)key[2] << 8 | (uint32_t)key[3];
}

static void frame_begin(observation *o, side *s, uint64_t t, const wsc_event *ev) {
    const wsc_frame *f = &ev->frame;
    wsc_faults faults = ev->faults;
    wsc_role sender = s->from == OBS_PEER ? o->judged : (o->judged == WSC_SERVER ? WSC_CLIENT : WSC_SERVER);
    if (sender == WSC_SERVER && f->masked) faults |= WSC_FAULT_BIT(WSC_FAULT_MASKED_FROM_SERVER);
    if (sender == WSC_CLIENT && !f->masked) faults |= WSC_FAULT_BIT(WSC_FAULT_UNMASKED_FROM_CLIENT);
    bool control = f->opcode & 8, begins = f->opcode == WSC_OP_TEXT || f->opcode == WSC_OP_BINARY;
    if (o->deflate.agreed && f->rsv1) {
        faults &= ~WSC_FAULT_BIT(WSC_FAULT_RSV1);
        if (control) faults |= WSC_FAULT_BIT(WSC_FAULT_RSV1_ON_CONTROL);
        if (f->opcode == WSC_OP_CONTINUATION) faults |= WSC_FAULT_BIT(WSC_FAULT_RSV1_ON_CONTINUATION);
    }
    if (!control) {
        if (s->pub.num_closes) faults |= WSC_FAULT_BIT(WSC_FAULT_DATA_AFTER_CLOSE);
        if (f->opcode == WSC_OP_CONTINUATION) {
            if (!s->pub.message_open) faults |= WSC_FAULT_BIT(WSC_FAULT_CONTINUATION_WITHOUT_START);
        } else {
            if (s->pub.message_open) faults |= WSC_FAULT_BIT(WSC_FAULT_MESSAGE_INTERLEAVED);
            s->pub.message_open = true;
            s->compressed = o->deflate.agreed && f->rsv1 && begins;
            if (s->from == OBS_PEER) content_begin(&s->content, f->opcode);
        }
    } else {
        s->control_len = 0;
        if (f->opcode == WSC_OP_CLOSE && s->pub.num_closes)
            faults |= WSC_FAULT_BIT(WSC_FAULT_CLOSE_AFTER_CLOSE);
    }
    if (s->pub.num_frames++ == 0) s->pub.t_first = t;
    if (s->from == OBS_PEER && f->masked && f->length > 0) key_add(o, f->key);
    s->entry = observe_entry_add(o, s->from, t, OBS_FRAME);
    if (s->entry >= 0) {
        obs_entry *entry = &o->entries[s->entry];
        entry->offset = s->pub.octets - ev->header_len;
        entry->frame = *f;
        entry->faults = faults;
        entry->header_len = (uint8_t)wsc_frame_encode(entry->header, f);
    } else {
        observe_elide(o, s->from, t, ev->header_len, 1);
    }
    if (begins) s->first_entry = s->entry;
    observe_monitor(o, s, t, faults);
}

/* Of long logs only the first entries and the last are shown: what lies between need not be whole. */
static size_t kept_max(const side *s, bool data_frame) {
    return data_frame && s->entry >= OBSERVE_WHOLE_ENTRIES ? OBSERVE_KEPT_LATER : OBSERVE_KEPT_MAX;
}

static void frame_payload(observation *o, side *s, uint64_t t, const wsc_event *ev) {
    uint8_t plain[4096];
    const wsc_frame *f = &ev->frame;
    bool data_frame = !(f->opcode & 8);
    if (s->entry < 0) observe_elide(o, s->from, t, ev->len, 0);
    for (size_t at = 0; at < ev->len;) {
        size_t n = ev->len - at < sizeof plain ? ev->len - at : sizeof plain;
        const uint8_t *octets = ev->data + at;
        if (f->masked) {
            wsc_mask(plain, octets, n, f->key, ev->offset + at);
            octets = plain;
        }
        observe_entry_keep(o, s->entry, octets, n, kept_max(s, data_frame));
        if (s->entry >= 0) o->entries[s->entry].len += n;
        if (!data_frame) {
            size_t room = sizeof s->control - s->control_len;
            size_t m = n < room ? n : room;
            memcpy(s->control + s->control_len, octets, m);
            s->control_len += m;
        } else if (s->pub.message_open && s->from == OBS_PEER) {
            if (s->compressed)
                observe_inflate(o, s, t, octets, n);
            else
                observe_content(o, s, t, octets, n);
        }
        at += n;
    }
}

static void peer_control(observation *o, side *s, uint64_t t, const wsc_frame *f) {
    if (f->length > WSC_CONTROL_MAX) return; /* a fault that is noted already; its payload means nothing */
    if (f->opcode == WSC_OP_PING) {
        control_add(o, &s->pub.pings, &s->pub.num_pings, &s->cap_pings, s, t, s->control, s->control_len);
    } else if (f->opcode == WSC_OP_PONG) {
        obs_control *pong =
            control_add(o, &s->pub.pongs, &s->pub.num_pongs, &s->cap_pongs, s, t, s->control, s->control_len);
        if (!pong) return;
        pong_match(o, pong);
        pong->fence = observe_is_fence(o, pong->data, pong->len);
        if (!pong->fence) s->pub.num_plain_pongs++;
    }
}

/* A message of the peer is complete. */
static void peer_message(observation *o, side *s, uint64_t t) {
    bool readable = true;
    if (s->compressed)
        readable = !(observe_inflate_end(o, s, t) & ~OBSERVE_LEGIBLE);
    else
        s->pub.deflated.num_plain++;
    content_end(o, s, t);
    const obs_message *message = &s->content.message;
    if (!readable) return;
    if (o->probe_sent && message->len == o->probe_len && memcmp(message->start, o->probe, o->probe_len) == 0)
        o->probe_echoed = true;
    else
        message_add(o, s, message);
}

static void frame_end(observation *o, side *s, uint64_t t, const wsc_event *ev) {
    const wsc_frame *f = &ev->frame;
    s->entry = -1;
    if (f->opcode == WSC_OP_CLOSE) {
        if (s->pub.num_closes++ == 0) {
            memcpy(s->close_body, s->control, s->control_len);
            wsc_close_parse(&s->pub.close, s->close_body, s->control_len);
            s->pub.t_close = t;
            observe_closing(o, s);
            observe_monitor(o, s, t, s->pub.close.faults);
        }
        return;
    }
    if (f->opcode & 8) {
        if (s->from == OBS_PEER) peer_control(o, s, t, f);
        return;
    }
    if (!f->fin || !s->pub.message_open) return;
    s->pub.message_open = false;
    if (s->from == OBS_PEER) peer_message(o, s, t);
}

/* ---- What a strict peer makes of our octets: only that may be expected back ------------------------------
 */

/* Our message is complete, as far as frames and text go. */
static void strict_message(observation *o, side *s, uint64_t t) {
    if (o->strict_known) {
        s->content.message.t = t;
        message_add(o, s, &s->content.message);
        return;
    }
    if (s->compressed && (observe_inflate_end(o, s, t) & ~OBSERVE_LEGIBLE)) o->strict_failed = true;
    if (!s->compressed) s->pub.deflated.num_plain++;
    content_end(o, s, t);
    o->strict_failed |= s->content.ill_formed;
    if (!o->strict_failed) message_add(o, s, &s->content.message);
}

static void strict_event(observation *o, side *s, uint64_t t, const wsc_session_event *ev) {
    switch (ev->type) {
    case WSC_SESSION_DATA:
        if (o->strict_known) break;
        if (s->compressed)
            observe_inflate(o, s, t, ev->data, ev->len);
        else
            observe_content(o, s, t, ev->data, ev->len);
        o->strict_failed |= s->content.ill_formed || s->unreadable;
        break;
    case WSC_SESSION_MESSAGE_END: strict_message(o, s, t); break;
    case WSC_SESSION_PING: {
        if (o->strict.close_received) break; /* needs no answer (5.5.2) */
        obs_control *ping =
            control_add(o, &s->pub.pings, &s->pub.num_pings, &s->cap_pings, s, t, ev->data, ev->len);
        if (ping) ping->fence = observe_is_fence(o, ev->data, ev->len);
        break;
    }
    case WSC_SESSION_FAIL: o->strict_failed = true; break;
    case WSC_SESSION_MESSAGE_BEGIN:
    case WSC_SESSION_MESSAGE:
    case WSC_SESSION_PONG:
    case WSC_SESSION_CLOSE:
    case WSC_SESSION_MORE: break;
    }
}

static void strict_push(observation *o, side *s, uint64_t t, const uint8_t *data, size_t len) {
    wsc_session_event ev;
    do {
        size_t n = wsc_session_push(&o->strict, data, len, &ev);
        data += n;
        len -= n;
        strict_event(o, s, t, &ev);
    } while (!o->strict_failed && (len > 0 || ev.type != WSC_SESSION_MORE));
}

/* True if the message that begins at this offset of our stream was announced. */
static bool strict_knows(observation *o, uint64_t offset) {
    while (o->next_known < o->num_known && o->known[o->next_known].offset < offset) o->next_known++;
    return o->next_known < o->num_known && o->known[o->next_known].offset == offset;
}

/* A frame of ours as the session is to see it: compressed messages are binary ones to it, since what they
   hold is looked at here. */
static void strict_header(observation *o, side *s, uint64_t t, const wsc_event *ev) {
    wsc_frame frame = ev->frame;
    uint8_t header[WSC_HEADER_MAX];
    bool begins = frame.opcode == WSC_OP_TEXT || frame.opcode == WSC_OP_BINARY;
    if (begins) {
        uint64_t offset = s->pub.octets - ev->header_len;
        content_begin(&s->content, frame.opcode);
        o->strict_known = s->compressed && strict_knows(o, offset);
        if (o->strict_known) s->content.message = o->known[o->next_known++].message;
    }
    if (begins && s->compressed) {
        frame.rsv1 = false;
        frame.opcode = WSC_OP_BINARY;
    }
    strict_push(o, s, t, header, wsc_frame_encode(header, &frame));
}

/* ---- Octets -------------------------------------------------------------------------------------------- */

void observe_frames(observation *o, side *s, uint64_t t, const uint8_t *data, size_t len) {
    while (len > 0) {
        wsc_event ev;
        size_t n = wsc_decode(&s->decoder, data, len, &ev);
        s->pub.octets += n;
        data += n;
        len -= n;
        for (;;) {
            bool strict = s->from == OBS_HARNESS && !o->strict_failed;
            if (ev.type == WSC_EVENT_HEADER) frame_begin(o, s, t, &ev);
            if (ev.type == WSC_EVENT_HEADER && strict) strict_header(o, s, t, &ev);
            if (ev.type == WSC_EVENT_PAYLOAD) frame_payload(o, s, t, &ev);
            if (ev.type == WSC_EVENT_PAYLOAD && strict) strict_push(o, s, t, ev.data, ev.len);
            if (ev.type == WSC_EVENT_END) frame_end(o, s, t, &ev);
            if (ev.type == WSC_EVENT_MORE || len > 0) break;
            /* The decoder may hold an event that needs no further octets. */
            (void)wsc_decode(&s->decoder, data, 0, &ev);
        }
    }
    s->pub.inside = wsc_decoder_inside(&s->decoder);
}
