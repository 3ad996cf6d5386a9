/* SPDX-License-Identifier: MIT */
/* The reference endpoint: a strict echo server and a strict echo client, with named faults that can be
   switched on.

   Without a fault it keeps every rule of RFC 6455 that binds its role and echoes each data message with the
   same type and content. With a fault it deviates in exactly the way its name says, and in nothing else.

   What it does where the RFCs leave a choice:
   - A message is echoed when it is complete, as one frame. Pongs go out at once, also between fragments.
   - A Close is answered with the same code and no reason; an empty one with an empty one. Then the server
   ends its half of TCP, discards what still comes, and closes when the peer ends its half; the client
   discards what still comes until the server ends TCP (RFC 6455 7.1.1).
   - A peer that breaks a rule gets Close 1002, 1007 or 1009; then either role ends its half, discards what
   still comes, and closes when the peer ends its half.
   - Server: a request that is no legal opening handshake gets a 4xx (501 and 505 where HTTP has no better
   one), with a short text and `Connection: close`; after it the connection ends. It takes the first
   subprotocol offered that it speaks, the first offer of permessage-deflate that is right, with what that
   asks for, and no other extension.
   - Client: a response that is no legal answer ends the connection. It follows no redirection. It offers
   the subprotocols that it speaks, and permessage-deflate with client_max_window_bits.
   - With permessage-deflate a message is echoed compressed if it came compressed. What the peer compresses
   has to keep to what was agreed, and to RFC 7692 7.2.1. */
#ifndef ENDPOINT_ENDPOINT_H
#define ENDPOINT_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "codec/wsc.h"
#include "wire/wire.h"

typedef enum endpoint_role { ENDPOINT_SERVER = 1, ENDPOINT_CLIENT = 2, ENDPOINT_BOTH = 3 } endpoint_role;

typedef struct endpoint_fault {
    const char *name;   /* "echo-drops-last-octet" */
    endpoint_role role; /* that can have it */
    const char *area;   /* handshake, framing, masking, control, fragmentation, utf8, closing, data, deflate,
                           robustness */
    const char *requirement; /* that it breaks */
    const char *summary;     /* one sentence: what it does, as a real implementation had or could have it */
} endpoint_fault;

/* All faults, in a stable order. Static storage. */
const endpoint_fault *endpoint_faults(size_t *num_faults);
/* Index of a fault that an endpoint of that role can have, or -1. */
int endpoint_fault_find(const char *name, endpoint_role role);

/* What a client asks for. Nothing is copied: it must outlive the connection. */
typedef struct endpoint_request {
    const char *host;   /* value of Host */
    const char *target; /* request-target, "/" at least */
    uint64_t seed;      /* of key and masking keys: different for each connection, and not to be guessed */
} endpoint_request;

/* permessage-deflate (RFC 7692). All zero is the default. */
typedef struct endpoint_deflate {
    bool off;                  /* a server declines it, a client does not offer it */
    wsc_deflate_policy policy; /* of a server */
    /* Of a client: its offers, in order, as many as fit into 512 octets. NULL: client_max_window_bits. Not
       copied: must outlive the client. */
    const wsc_deflate_params *offers;
    size_t num_offers;
} endpoint_deflate;

/* All zero but for fault = -1 is the default: a server. */
typedef struct endpoint_config {
    int fault;                    /* index into endpoint_faults, or -1 for none */
    uint64_t max_message;         /* octets; a longer message is answered with 1009. 0: 64 MiB */
    const char *const *protocols; /* subprotocols it speaks, NULL-terminated; may be NULL. Not copied: must
                                     outlive the server or client */
    unsigned max_conns;           /* at once; 0: 1024 */
    unsigned head_ms;             /* for a complete head of the peer; 0: 30 s. Then a server answers 408 */
    unsigned idle_ms;             /* without an octet from the peer; 0: 5 min. Then Close 1001 */
    unsigned linger_ms;           /* for the peer to answer a Close, and to end its half; 0: 5 s */
    endpoint_deflate deflate;
    const endpoint_request *request; /* makes it a client */
    /* Takes complete messages in place of echoing them; data is borrowed. NULL: they are echoed. */
    void (*message)(void *user, bool text, const uint8_t *data, size_t len);
    void *user;
} endpoint_config;

/* ---- Server ------------------------------------------------------------------------------------------- */

typedef struct endpoint_server endpoint_server;
/* Listens on target and serves until endpoint_server_close. Returns NULL with a reason. config is copied. */
endpoint_server *endpoint_server_start(uv_loop_t *loop, const wire_target *target,
                                       const endpoint_config *config, char *error, size_t error_len);
unsigned endpoint_server_port(const endpoint_server *server);
/* True once a fault has made the server die: it resets its connections and listens no more, as if its process
   had ended. It still has to be closed. */
bool endpoint_server_died(const endpoint_server *server);
/* Drops all connections and stops listening. The object is freed on later loop turns. NULL is allowed. */
void endpoint_server_close(endpoint_server *server);

/* ---- Client ------------------------------------------------------------------------------------------- */

/* How a client came to its end. */
typedef enum endpoint_end {
    ENDPOINT_END_SERVED,      /* the handshake succeeded; later the connection ended, in whatever way */
    ENDPOINT_END_REFUSED,     /* the connection ended before the handshake succeeded */
    ENDPOINT_END_UNREACHABLE, /* no connection */
    ENDPOINT_END_DIED         /* by a fault */
} endpoint_end;

typedef struct endpoint_client endpoint_client;
/* Connects to target and echoes until the connection ends; then done is called, once, and the client is freed
   on later loop turns. config is copied; it has a request. Returns NULL without descriptors or memory. */
endpoint_client *endpoint_client_start(uv_loop_t *loop, const wire_target *target,
                                       const endpoint_config *config,
                                       void (*done)(void *user, endpoint_end end), void *user);
/* Drops the connection of a client that is not done; done is not called. NULL is allowed. */
void endpoint_client_close(endpoint_client *client);

#endif
