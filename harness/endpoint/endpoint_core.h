/* SPDX-License-Identifier: MIT */
/* One connection of the reference endpoint without its socket: octets in, actions out. No I/O, no clock.

   The owner pushes what it receives, carries out the actions in their order, and tells when the deadline is
   over. A core never fails: when memory runs out its next action is ENDPOINT_RESET. */
#ifndef ENDPOINT_ENDPOINT_CORE_H
#define ENDPOINT_ENDPOINT_CORE_H

#include "endpoint/endpoint.h"

typedef enum endpoint_action_type {
    ENDPOINT_NONE = 0, /* nothing to do now */
    ENDPOINT_SEND,     /* data, len: to be sent; take any part of it */
    ENDPOINT_DELAY,    /* nothing may be done for delay_ms (only with faults) */
    ENDPOINT_FIN,      /* end the own half of the connection */
    ENDPOINT_CLOSE,    /* close the connection once what was sent has left; the core is done */
    ENDPOINT_RESET,    /* reset the connection at once; the core is done */
    ENDPOINT_STOP      /* the whole server dies (only with faults); the core is done */
} endpoint_action_type;

typedef struct endpoint_action {
    endpoint_action_type type;
    const uint8_t *data; /* borrowed until the next call with this core */
    size_t len;          /* never 0 with ENDPOINT_SEND */
    unsigned delay_ms;
} endpoint_action;

typedef struct endpoint_core endpoint_core;

/* A connection just accepted; or, with a request in config, one that was or is being established. serial: how
   many the server accepted before it. config is copied. NULL if there is no memory. */
endpoint_core *endpoint_core_new(const endpoint_config *config, unsigned serial);
/* NULL is allowed. */
void endpoint_core_free(endpoint_core *core);

/* Octets of the peer, as one segment of any size; all are consumed. Its memory is bounded only if this is
   called while endpoint_core_wants says so: the output grows by at most one message, and by about what was
   pushed. */
void endpoint_core_push(endpoint_core *core, const uint8_t *data, size_t len);
/* The peer ended its half of the connection. */
void endpoint_core_eof(endpoint_core *core);

/* True once the opening handshake has succeeded. */
bool endpoint_core_opened(const endpoint_core *core);
/* True if input is wanted: little output waits. */
bool endpoint_core_wants(const endpoint_core *core);
/* The action to carry out next. */
void endpoint_core_next(const endpoint_core *core, endpoint_action *action);
/* The next action was carried out; of ENDPOINT_SEND the first len octets. Must not be called after
   ENDPOINT_NONE. */
void endpoint_core_took(endpoint_core *core, size_t len);

/* How long the state may last, in ms. It starts anew whenever *turn (a counter) differs from its last value.
 */
unsigned endpoint_core_deadline(const endpoint_core *core, unsigned *turn);
/* The deadline is over. */
void endpoint_core_timeout(endpoint_core *core);

#endif
