/* SPDX-License-Identifier: MIT */
/* Inside the reference endpoint: its state, and what its files offer each other. */
#ifndef ENDPOINT_INTERNAL_H
#define ENDPOINT_INTERNAL_H

#include "codec/wsc.h"
#include "endpoint/endpoint_core.h"

/* A fault as a number: the index of endpoint_faults. */
typedef enum ep_fault {
    EP_NONE = -1,
#define X(symbol, name, area, requirement, summary) EP_##symbol,
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
    EP_HEAD,    /* the request head is being read */
    EP_OPEN,    /* frames go both ways */
    EP_CLOSING, /* Close was sent first, that of the peer is awaited */
    EP_LINGER,  /* the own half is ended; what comes is discarded until the peer ends too */
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
} ep_head;

struct endpoint_core {
    endpoint_config config;
    ep_fault fault;
    unsigned serial;
    ep_phase phase;
    unsigned turn;
    bool broken; /* no memory: nothing but a reset */
    ep_queue out;
    ep_head *head; /* in EP_HEAD */
    wsc_session session;
    uint8_t *scratch;       /* of the session */
    ep_buffer message;      /* EP_HEADROOM octets, then what has come of the message */
    uint8_t message_opcode; /* of that message */
    uint64_t discarded;     /* octets in EP_LINGER */
};

/* The answer to a request: what a fault bends before it is written. The strings live as long as it does. */
#define EP_ANSWER_FIELDS 16
typedef struct ep_answer {
    const char *version; /* "HTTP/1.1" */
    unsigned status;
    const char *phrase;
    struct {
        const char *name, *value;
    } fields[EP_ANSWER_FIELDS];
    size_t num_fields;
    const char *content; /* text behind the head; NULL for a 101 */
    bool omit_content;   /* announced, but not sent: the answer to HEAD */
    char accept[WSC_ACCEPT_LEN + 1];
} ep_answer;

/* Room before the payload for the header of a frame that is not masked. */
#define EP_HEADROOM 10

/* Changes the phase and starts its deadline. */
void ep_enter(endpoint_core *core, ep_phase phase);
void ep_send(endpoint_core *core, const void *data, size_t len);
void ep_action(endpoint_core *core, endpoint_action_type type, unsigned delay_ms);
/* One complete frame. */
void ep_send_frame(endpoint_core *core, uint8_t opcode, const uint8_t *data, size_t len);
/* Ends the own half and discards from here on. */
void ep_end(endpoint_core *core);
/* Close with this code, then the end (RFC 6455 7.1.7). */
void ep_fail(endpoint_core *core, uint16_t code);

/* Reads the head; returns how many octets belong to it. Answers when it is complete. (handshake.c) */
size_t ep_handshake_push(endpoint_core *core, const uint8_t *data, size_t len);
/* The head did not come in time. */
void ep_handshake_timeout(endpoint_core *core);

#endif
