/* SPDX-License-Identifier: MIT */
/* Inside the reference endpoint: its state, and what its files offer each other. */
#ifndef ENDPOINT_INTERNAL_H
#define ENDPOINT_INTERNAL_H

#include "codec/wsc.h"
#include "endpoint/endpoint_core.h"

/* A fault as a number: the index of endpoint_faults. */
typedef enum ep_fault {
    EP_NONE = -1,
#define X(symbol, name, role, area, requirement, summary) EP_##symbol,
#include "endpoint/faults.def"
#undef X
    EP_NUM_FAULTS
} ep_fault;

/* ---- Buffers and the output queue (queue.c) ----------------------------------------------------------- */

/* Growing octets; all zero is the empty one. */
typedef struct ep_buffer {
    uint8_t *data;
    size_t len, cap;
} ep_buffer;
/* Makes room for len more octets, growing geometrically. False if there is no memory. */
bool ep_buffer_room(ep_buffer *buffer, size_t len);
bool ep_buffer_append(ep_buffer *buffer, const uint8_t *data, size_t len);
void ep_buffer_free(ep_buffer *buffer);

/* Actions in their order. */
typedef struct ep_item ep_item;
typedef struct ep_queue {
    ep_item *first, *last;
    size_t octets; /* still to be sent */
} ep_queue;
/* Each returns false if there is no memory. */
bool ep_queue_copy(ep_queue *queue, const uint8_t *data, size_t len);
/* Takes the buffer over without a copy, from octet pos on, and leaves it empty. */
bool ep_queue_move(ep_queue *queue, ep_buffer *buffer, size_t pos);
bool ep_queue_action(ep_queue *queue, endpoint_action_type type, unsigned delay_ms);
void ep_queue_peek(const ep_queue *queue, endpoint_action *action);
void ep_queue_took(ep_queue *queue, size_t len);
void ep_queue_free(ep_queue *queue);

/* ---- One connection ----------------------------------------------------------------------------------- */

typedef enum ep_phase {
    EP_HEAD,    /* the head of the peer is being read */
    EP_OPEN,    /* frames go both ways */
    EP_CLOSING, /* Close was sent first, that of the peer is awaited */
    EP_LINGER,  /* what comes is discarded until the peer ends; the own half mostly is ended */
    EP_HUNG,    /* nothing happens any more (only with faults) */
    EP_DONE     /* the last action is in the queue */
} ep_phase;

#define EP_HEAD_MAX   ((size_t)16 << 10) /* octets of a request head */
#define EP_FIELDS_MAX 128
#define EP_SCRATCH    ((size_t)16 << 10)

/* What is needed until the head is complete. */
typedef struct ep_head {
    wsc_http http;
    wsc_field fields[EP_FIELDS_MAX];
    char buf[EP_HEAD_MAX];
    char key[WSC_KEY_LEN + 1]; /* of the own request */
} ep_head;

/* How frames of the peer reach the session while a fault is on (receive.c): decoded, bent, encoded again
   without a masking key. */
typedef enum ep_take {
    EP_FEED,   /* the frame goes to the session as it is now */
    EP_DROP,   /* its payload is skipped */
    EP_COLLECT /* its payload is gathered for ep_fault_collected */
} ep_take;
/* A frame with more is never collected. */
#define EP_COLLECT_MAX ((size_t)128 << 10)

typedef struct ep_receive {
    wsc_decoder decoder;
    wsc_frame wire;       /* as it came */
    wsc_frame frame;      /* as it goes on */
    uint64_t offset;      /* octets of its payload that have come */
    uint64_t mask_base;   /* its offset where the segment began */
    uint64_t message_len; /* octets of the fragments before */
    bool inside;          /* its payload is not complete */
    bool split_header;    /* its header began in a segment before */
    bool message_open;    /* as the session sees it */
    ep_take take;
    ep_buffer collected;
    uint8_t scratch[4096];
} ep_receive;

/* What faults have to remember. */
#define EP_BOUNDS_MAX 64
typedef struct ep_bent {
    uint8_t head_octet; /* the last octet of the head that was read */
    bool skip_octet;    /* the next octet is lost */
    bool head_rest;     /* the head was answered before its end */
    unsigned head_end;  /* octets of the end of that head that have come */
    bool as_text;       /* the session is told that the text message is binary */
    bool discard;       /* the message that ends next is not echoed */
    bool resume;        /* a continuation frame goes on as a message of its own */
    bool ending;        /* the connection ends with the segment */
    bool final_seen;    /* a block with BFINAL set came */
    bool header_sent;   /* the header of zlib's format */
    uint64_t content;   /* octets of a 101's content that are still skipped */
    wsc_utf8 utf8;      /* of text before it is decompressed */
    bool has_key, has_ping, has_kept;
    uint8_t kept_opcode;
    uint8_t key[4]; /* of the first frame */
    uint8_t ping[WSC_CONTROL_MAX + 1];
    size_t ping_len;
    unsigned segments; /* that came so far */
    unsigned num_pings, num_messages;
    unsigned segment_pings, segment_messages, segment_frames;
    size_t bounds[EP_BOUNDS_MAX]; /* where the fragments of the message begin in its buffer */
    size_t num_fragments;
    size_t checked; /* text before this place has been checked */
    ep_buffer kept; /* a message, octets to be sent, or octets to be read */
} ep_bent;

/* permessage-deflate of one connection. */
typedef struct ep_deflate {
    bool agreed;
    wsc_deflate_params params; /* agreed on */
    wsc_inspector *inspector;  /* of what the peer compresses; NULL unless it may */
    void *memory;              /* of the deflater */
    wsc_deflater *deflater;    /* NULL until something was compressed */
    ep_buffer packed;          /* EP_HEADROOM octets, then what was compressed last */
    bool compressed;           /* the message that came last came compressed */
} ep_deflate;

struct endpoint_core {
    endpoint_config config;
    ep_fault fault;
    unsigned serial;
    ep_phase phase;
    unsigned turn;
    bool broken; /* no memory, or no patience: nothing but a reset */
    bool deaf;   /* reads no more (only with faults) */
    bool opened; /* the opening handshake has succeeded */
    bool fin;    /* the own half is, or is to be, ended */
    uint64_t random;
    ep_queue out;
    ep_head *head; /* in EP_HEAD */
    wsc_session session;
    uint8_t *scratch;       /* of the session */
    ep_buffer message;      /* EP_HEADROOM octets, then what has come of the message */
    uint8_t message_opcode; /* of that message */
    ep_deflate deflate;
    uint64_t discarded; /* octets in EP_LINGER */
    ep_receive receive; /* only with faults */
    ep_bent bent;       /* likewise */
};

/* A head to be sent, a response or a request: what a fault bends before it is written. The strings live as
   long as it does. */
#define EP_ANSWER_FIELDS 16
typedef struct ep_answer {
    const char *method, *target; /* of a request; NULL for a response */
    const char *version;         /* "HTTP/1.1" */
    unsigned status;
    const char *phrase;
    struct {
        const char *name, *value;
    } fields[EP_ANSWER_FIELDS];
    size_t num_fields;
    const char *content; /* text behind the head; NULL for none */
    bool omit_content;   /* announced, but not sent: the answer to HEAD */
    bool bare_phrase;    /* no space before the phrase (only with faults) */
    const char *gap;     /* between the parts of a request line: " " */
    const char *colon;   /* ": " */
    const char *line_end;
    char accept[WSC_ACCEPT_LEN + 1];
    char extensions[512]; /* value of Sec-WebSocket-Extensions; empty if there is none */
    char text[1024];      /* room for what a fault makes of a field */
} ep_answer;

/* Room before the payload for the header of a frame. */
#define EP_HEADROOM WSC_HEADER_MAX

/* core.c */
/* Changes the phase and starts its deadline. */
void ep_enter(endpoint_core *core, ep_phase phase);
void ep_send(endpoint_core *core, const void *data, size_t len);
void ep_action(endpoint_core *core, endpoint_action_type type, unsigned delay_ms);
/* One complete frame. */
void ep_send_frame(endpoint_core *core, uint8_t opcode, const uint8_t *data, size_t len);
/* The same of a data message, with RSV1 if it is compressed. */
void ep_send_data_frame(endpoint_core *core, uint8_t opcode, bool compressed, const uint8_t *data,
                        size_t len);
void ep_send_close(endpoint_core *core, bool has_code, uint16_t code);
static inline bool ep_is_client(const endpoint_core *core) {
    return core->config.request != NULL;
}
/* Whether frames of the peer are masked as they have to be. */
static inline bool ep_masked_rightly(const endpoint_core *core, const wsc_frame *frame) {
    return frame->masked != ep_is_client(core);
}
/* A final frame, masked with a new key if the role wants it. */
wsc_frame ep_new_frame(endpoint_core *core, uint8_t opcode, uint64_t length);
/* Sends a header, and octets that begin at an offset of its payload. */
void ep_send_header(endpoint_core *core, const wsc_frame *frame);
void ep_send_payload(endpoint_core *core, const wsc_frame *frame, const uint8_t *data, uint64_t offset,
                     size_t len);
/* Numbers from the seed of the request (splitmix64). */
uint64_t ep_random(endpoint_core *core);
/* Ends the own half and discards from here on. */
void ep_end(endpoint_core *core);
/* The closing handshake is complete: a server ends, a client waits for that (RFC 6455 7.1.1). */
void ep_closed(endpoint_core *core);
/* Close with this code, then the end (RFC 6455 7.1.7). */
void ep_fail(endpoint_core *core, uint16_t code);
bool ep_open_session(endpoint_core *core);
/* Frames of the peer. */
void ep_session_push(endpoint_core *core, const uint8_t *data, size_t len);
/* A Close of the peer that is, or passes for, legal. */
void ep_close_received(endpoint_core *core, const wsc_close *close);

/* answer.c */
ep_answer ep_answer_new(unsigned status, const char *phrase);
void ep_answer_add(ep_answer *answer, const char *name, const char *value);
/* These are for faults; they concern all fields of that name. */
void ep_answer_drop(ep_answer *answer, const char *name);
void ep_answer_set(ep_answer *answer, const char *name, const char *value);
const char *ep_answer_value(const ep_answer *answer, const char *name);
void ep_answer_send(endpoint_core *core, const ep_answer *answer);

/* request.c: the client's part of the opening handshake */
void ep_request_send(endpoint_core *core);
/* Reads the response; returns how many octets belong to it. Opens or ends the connection when it is complete.
 */
size_t ep_response_push(endpoint_core *core, const uint8_t *data, size_t len);

/* handshake.c: the server's part */
/* Reads the head; returns how many octets belong to it. Answers when it is complete. */
size_t ep_handshake_push(endpoint_core *core, const uint8_t *data, size_t len);
/* The head did not come in time. */
void ep_handshake_timeout(endpoint_core *core);

/* deflate.c */
/* The server's answer to offers; adds to the answer. */
void ep_deflate_answer(endpoint_core *core, ep_answer *answer);
/* The client's offer; adds to the request. */
void ep_deflate_offer(endpoint_core *core, ep_answer *request);
bool ep_deflate_offered(const endpoint_core *core);
/* Reads the response to it; false if the connection has to be failed. */
bool ep_deflate_judge(endpoint_core *core);
/* Gives a session what it takes for what was agreed. False if there is no memory. */
bool ep_deflate_open(endpoint_core *core, wsc_session_config *session);
/* Compresses octets into deflate.packed; false if there is no memory. */
bool ep_deflate_pack(endpoint_core *core, const uint8_t *data, size_t len, wsc_flush flush);
/* A whole message, compressed if the last one came compressed (only with faults). */
void ep_send_message(endpoint_core *core, uint8_t opcode, const uint8_t *data, size_t len);
void ep_deflate_free(endpoint_core *core);

/* receive.c */
void ep_receive_push(endpoint_core *core, const uint8_t *data, size_t len);
/* Gives the session a frame that the peer did not send, or not like this. */
void ep_feed_frame(endpoint_core *core, wsc_frame frame, const uint8_t *data, size_t len);

#endif
