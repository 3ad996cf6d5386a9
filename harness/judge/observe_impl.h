/* SPDX-License-Identifier: MIT */
/* Inside of the observation: its state, and what its files offer each other. */
#ifndef JUDGE_OBSERVE_IMPL_H
#define JUDGE_OBSERVE_IMPL_H

#include <openssl/evp.h>
#include <string.h>

#include "judge/observe.h"

#define FIELDS_MAX   256
#define PROBLEMS_MAX 64

/* A message as its octets come. */
typedef struct content {
    obs_message message; /* opcode, and of what has come: len, start, and at last digest and t */
    wsc_utf8 utf8;
    bool ill_formed; /* it is text, and no UTF-8 */
    EVP_MD_CTX *digest;
} content;

typedef struct side {
    obs_side pub;
    obs_party from;
    uint64_t head_left, body_left; /* harness: octets still to come of each */
    wsc_http http;
    char head_buf[OBSERVE_HEAD_MAX];
    wsc_field fields[FIELDS_MAX];
    bool frames; /* what comes now are frames; else octets that mean nothing to us */
    wsc_decoder decoder;
    long entry;               /* of the frame, head or octets in progress; -1: none, or not logged */
    content content;          /* peer: of the message that is open; harness: as the strict peer sees it */
    bool compressed;          /* the message that is open is: its payload goes to the inspector */
    wsc_inspector *inspector; /* once permessage-deflate is agreed on */
    bool unreadable;          /* the inspector has failed for good */
    long first_entry;         /* of the first frame of the message that is open, as `entry` */
    uint8_t control[WSC_CONTROL_MAX];
    size_t control_len;
    uint8_t close_body[WSC_CONTROL_MAX];
    size_t cap_messages, cap_pings, cap_pongs;
} side;

/* A message of ours whose content need not be read from its compressed octets. */
typedef struct obs_known {
    uint64_t offset; /* of its first frame in our stream */
    obs_message message;
} obs_known;

struct observation {
    wsc_role judged;
    side sides[2];
    wsc_session strict; /* what a strict peer would make of our octets, compressed messages apart */
    bool strict_failed; /* for what the session does not see */
    bool strict_known;  /* the message that is open was announced */
    uint8_t scratch[4096];
    obs_known *known; /* announced messages of ours */
    size_t next_known, num_known, cap_known;
    obs_deflate deflate;
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
    uint64_t seq, seq_probing;
    bool deadline;
    unsigned status;
    bool open;
};

/* ---- observe.c ----------------------------------------------------------------------------------------- */

/* An array with room for `need` elements of that size. */
void *observe_grow(void *array, size_t *cap, size_t need, size_t size);
/* Index of a new entry of the log, or -1 if it is full. */
long observe_entry_add(observation *o, obs_party from, uint64_t t, obs_kind kind);
/* Keeps octets of it, up to max in all; index -1 is allowed. */
void observe_entry_keep(observation *o, long index, const uint8_t *data, size_t len, size_t max);
/* Counts what does not fit into the log. */
void observe_elide(observation *o, obs_party from, uint64_t t, uint64_t octets, uint64_t frames);
/* Both texts must outlive the observation; bit: see obs_problem. The problem, whether it is new or not; NULL
   if there is no room. */
obs_problem *observe_problem_add(observation *o, uint64_t t, const char *fault, const char *requirement,
                                 wsc_faults bit);
/* Faults of what that side sent; only those of the peer are problems. */
void observe_monitor(observation *o, const side *s, uint64_t t, wsc_faults faults);
/* The side has begun to close. */
void observe_closing(observation *o, side *s);
static inline bool control_is(const obs_control *c, const uint8_t *data, size_t len) {
    return c->len == len && (len == 0 || memcmp(c->data, data, len) == 0);
}
/* True if the payload is that of a fence. */
bool observe_is_fence(const observation *o, const uint8_t *data, size_t len);

/* ---- observe_frames.c ---------------------------------------------------------------------------------- */

/* Octets of frames. */
void observe_frames(observation *o, side *s, uint64_t t, const uint8_t *data, size_t len);
/* Octets of the content of the message that is open. */
void observe_content(observation *o, side *s, uint64_t t, const uint8_t *data, size_t len);

/* ---- observe_deflate.c --------------------------------------------------------------------------------- */

/* Both heads are complete: what they agree on. */
void observe_agree(observation *o, uint64_t t);
/* The request of a client that is judged is complete. */
void observe_offers(observation *o, uint64_t t);
/* Payload of a compressed message; what it holds goes to observe_content. */
void observe_inflate(observation *o, side *s, uint64_t t, const uint8_t *data, size_t len);
/* The payload is complete. Returns the faults of the message; it has no content that could be compared if
   there are other ones than OBSERVE_LEGIBLE. */
wsc_faults observe_inflate_end(observation *o, side *s, uint64_t t);
/* Faults of the sender that no receiver sees, if it does what RFC 7692 7.2.2 says. */
#define OBSERVE_LEGIBLE                                                                                      \
    (WSC_FAULT_BIT(WSC_FAULT_DEFLATE_TAIL_LEFT) | WSC_FAULT_BIT(WSC_FAULT_DEFLATE_PADDING))

#endif
