/* SPDX-License-Identifier: MIT */
/* The reference endpoint: a strict echo server (later also a client), with named faults that can be switched
   on.

   Without a fault it keeps every rule of RFC 6455 that binds a server and echoes each data message with the
   same type and content. With a fault it deviates in exactly the way its name says, and in nothing else.

   What it does where the RFCs leave a choice:
   - A request that is no legal opening handshake gets a 4xx (501 and 505 where HTTP has no better one), with
   a short text and `Connection: close`; after it the connection ends.
   - It takes the first subprotocol offered that it speaks, and declines all extensions.
   - A message is echoed when it is complete, as one frame. Pongs go out at once, also between fragments.
   - A Close is answered with the same code and no reason; an empty one with an empty one. Then the server
   ends its half of TCP, discards what still comes, and closes when the peer ends its half.
   - A peer that breaks a rule gets Close 1002, 1007 or 1009, and then the same. */
#ifndef ENDPOINT_ENDPOINT_H
#define ENDPOINT_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "wire/wire.h"

typedef struct endpoint_fault {
    const char *name; /* "echo-drops-last-octet" */
    const char
        *area; /* handshake, framing, masking, control, fragmentation, utf8, closing, data, robustness */
    const char *requirement; /* that it breaks */
    const char *summary;     /* one sentence: what it does, as a real implementation had or could have it */
} endpoint_fault;

/* All faults, in a stable order. Static storage. */
const endpoint_fault *endpoint_faults(size_t *num_faults);
/* Index of a fault, or -1. */
int endpoint_fault_find(const char *name);

/* All zero but for fault = -1 is the default. */
typedef struct endpoint_config {
    int fault;                    /* index into endpoint_faults, or -1 for none */
    uint64_t max_message;         /* octets; a longer message is answered with 1009. 0: 64 MiB */
    const char *const *protocols; /* subprotocols it speaks, NULL-terminated; may be NULL. Not copied: must
                                     outlive the server */
    unsigned max_conns;           /* at once; 0: 1024 */
    unsigned head_ms;             /* for a complete request head; 0: 30 s. Then 408 */
    unsigned idle_ms;             /* without an octet from the peer; 0: 5 min. Then Close 1001 */
    unsigned linger_ms;           /* for the peer to answer a Close, and to end its half; 0: 5 s */
} endpoint_config;

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

#endif
