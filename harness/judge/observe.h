/* SPDX-License-Identifier: MIT */
/* Observation of one connection: octets of both directions go in, with their times; what they mean comes out.

   Pure: no I/O and no clock; the same calls in the same order give the same observation, so a recorded
   transcript can be judged again. Bounded: whatever a peer sends, memory stays under about
   OBSERVE_MEMORY_MAX. All results belong to the observation and stay valid until the next call that feeds it.
   Times are nanoseconds since the connection began. */
#ifndef JUDGE_OBSERVE_H
#define JUDGE_OBSERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/wsc.h"

#define OBSERVE_ENTRIES_MAX   4096 /* entries of the wire log; what comes after is counted only */
#define OBSERVE_KEPT_MAX      256  /* octets kept of a frame's payload */
#define OBSERVE_WHOLE_ENTRIES 128  /* entries behind these keep less of the payload of data frames */
#define OBSERVE_KEPT_LATER    32
#define OBSERVE_HEAD_MAX      65536 /* octets of a message head of the peer */
#define OBSERVE_MESSAGES_MAX  65536 /* messages, pings and pongs that are compared, each direction */
#define OBSERVE_MEMORY_MAX    ((size_t)16 << 20)
#define OBSERVE_DIGEST_LEN    32
#define OBSERVE_INFLATED_MAX  ((uint64_t)1 << 30) /* octets of a compressed message, decompressed */

typedef enum obs_party { OBS_HARNESS, OBS_PEER } obs_party;

typedef enum obs_kind {
    OBS_CONNECT,
    OBS_HEAD,
    OBS_FRAME,
    OBS_OCTETS, /* neither head nor frame */
    OBS_FIN,
    OBS_RESET,
    OBS_DEADLINE, /* text: what was waited for */
    OBS_STOP,     /* reading */
    OBS_RESUME,
    OBS_ELIDED, /* len octets in `frames` frames were left out of the log from here on */
    OBS_NOTE
} obs_kind;

typedef struct obs_entry {
    uint64_t t;
    obs_party from;
    obs_kind kind;
    uint64_t offset; /* in the stream of its direction */
    uint64_t len;    /* octets of payload (frame), head or octets so far; ELIDED: octets */
    uint64_t frames; /* ELIDED */
    wsc_frame frame;
    wsc_faults faults;
    uint8_t header[WSC_HEADER_MAX];
    uint8_t header_len;
    uint8_t *kept; /* first octets; frames: unmasked, at most OBSERVE_KEPT_MAX; heads: at most 4096 */
    size_t kept_len;
    char *text;                  /* DEADLINE, NOTE; else NULL */
    wsc_deflate_facts *deflated; /* of the compressed message that begins with this frame, once it is
                                    complete; else NULL */
} obs_entry;

typedef struct obs_message {
    uint8_t opcode;                     /* text or binary */
    uint64_t len;                       /* of its content: compressed messages are decompressed */
    uint64_t t;                         /* complete */
    uint64_t seq;                       /* order number, see obs_side */
    uint8_t digest[OBSERVE_DIGEST_LEN]; /* SHA-256 of the content */
    uint8_t start[16];                  /* its first octets, for texts */
} obs_message;

typedef struct obs_control {
    uint64_t t, seq;
    uint8_t data[WSC_CONTROL_MAX];
    uint8_t len;
    bool fence;    /* ping of a fence, or the pong that answers one */
    bool answered; /* pings */
    long match;    /* pongs: index of the ping that it answers, or -1 */
} obs_control;

/* A fault that a monitor saw in what the peer sent. */
typedef struct obs_problem {
    const char *fault;       /* name */
    const char *requirement; /* id */
    uint64_t t, seq;         /* first time */
    uint64_t count;
    wsc_faults bit;  /* 0 for faults of a head */
    bool lived_with; /* the RFCs tell who receives it to go on */
} obs_problem;

/* permessage-deflate, as the opening handshake left it. */
typedef struct obs_deflate {
    bool offered;              /* the client offered it, in an element without fault */
    bool agreed;               /* and the server accepted. RSV1 on a message means that it is compressed */
    wsc_deflate_params params; /* of the response; valid if agreed */
    wsc_deflate_faults offer_faults;    /* of a client that is judged, in elements that it offered */
    wsc_deflate_faults response_faults; /* of the response, whoever sent it */
} obs_deflate;

/* What one side compressed. Messages that were announced are not counted. */
typedef struct obs_deflated {
    uint64_t num_messages, num_plain; /* complete messages that were compressed, and those that were not */
    uint64_t num_takeover;            /* compressed ones that refer to what came before them */
    uint64_t compressed, plain;       /* octets of the compressed ones, as sent and as meant */
    uint64_t num_stored, num_fixed, num_dynamic, num_final; /* blocks */
    uint32_t max_distance;
} obs_deflated;

#define OBSERVE_KEYS_MAX 16384 /* masking keys that are kept */

/* One direction of the connection. */
typedef struct obs_side {
    uint64_t octets;
    uint64_t num_frames;
    uint64_t t_first;      /* of the first frame; valid if num_frames > 0 */
    bool head_done;        /* the (final) head is complete */
    bool head_failed;      /* it never will be: not HTTP */
    const wsc_http *head;  /* valid if head_done */
    unsigned num_interim;  /* 1xx heads before the final one */
    obs_message *messages; /* peer: all complete ones; harness: those that a strict peer accepts */
    size_t num_messages;
    obs_control *pings, *pongs; /* harness: only those that a strict peer accepts, before its own Close */
    size_t num_pings, num_pongs;
    size_t num_plain_pongs; /* pongs that do not answer a fence */
    bool overflow;          /* more than is compared */
    bool inside;            /* in the middle of a frame, or of a head */
    bool message_open;      /* in the middle of a fragmented message */
    obs_deflated deflated;
    unsigned num_closes;
    wsc_close close; /* of the first Close frame; valid if num_closes > 0 */
    uint64_t t_close;
    obs_kind end; /* OBS_FIN or OBS_RESET once the stream has ended, else OBS_CONNECT */
    uint64_t t_end;
    uint64_t seq_closing; /* order number of the first Close frame or end; 0: none yet. Order numbers count
                             messages, control frames, problems and closings of both sides together */
} obs_side;

typedef struct observation observation;

/* judged: the peer's role. Returns NULL without memory. */
observation *observe_new(wsc_role judged);
void observe_free(observation *o);

/* Our own first head_len octets are a head, and then body_len octets belong to neither head nor frames. To be
   called before they are fed; without it our stream consists of frames from the start. */
void observe_own_head(observation *o, size_t head_len, size_t body_len);
/* The following ping of ours with this payload belongs to a fence. */
void observe_fence(observation *o, const uint8_t *data, size_t len);
/* From now on a message of the peer with this payload (at most 16 octets) is the echo of a probe: it is not
   among its messages. */
void observe_probe(observation *o, const uint8_t *data, size_t len);
/* The compressed message of ours whose first frame begins at this offset of our stream holds what `message`
   says (but for t), so that its payload need not be decompressed. Whoever announces has to be right; a
   message behind it that refers to it cannot be read. Offsets ascend. */
void observe_known(observation *o, uint64_t offset, const obs_message *message);
/* From now on our steps only ask whether the peer is still there; what it sends may answer that. */
void observe_probing(observation *o);
void observe_octets(observation *o, obs_party from, uint64_t t, const uint8_t *data, size_t len);
/* CONNECT, FIN, RESET, DEADLINE, STOP, RESUME or NOTE. text is copied; may be NULL. */
void observe_event(observation *o, obs_party from, uint64_t t, obs_kind kind, const char *text);

/* A fault that only the caller could see; both texts must outlive the observation. */
void observe_problem(observation *o, uint64_t t, const char *fault, const char *requirement);

const obs_deflate *observe_deflate(const observation *o);
const obs_side *observe_side(const observation *o, obs_party from);
wsc_role observe_judged(const observation *o);
/* Masking keys of the peer's frames that have a payload, in order: the first OBSERVE_KEYS_MAX. */
const uint32_t *observe_keys(const observation *o, size_t *num_keys);
const obs_entry *observe_entries(const observation *o, size_t *num_entries);
const obs_problem *observe_problems(const observation *o, size_t *num_problems);
/* True once the pong of the fence with that payload came. */
bool observe_fence_answered(const observation *o, const uint8_t *data, size_t len);
/* Order number of observe_probing, or 0. */
uint64_t observe_seq_probing(const observation *o);
/* True once the echo of the probe came. */
bool observe_probe_echoed(const observation *o);
/* True if a wait of that kind ran into its deadline. */
bool observe_deadline(const observation *o);
/* The response (judged servers): status, or 0 if none is complete. */
unsigned observe_status(const observation *o);
/* Judged servers: true if the response is a 101 that a client accepts as far as frames can follow. Judged
   clients: true if the request asks for a WebSocket and has a key that can be answered. */
bool observe_open(const observation *o);

#endif
