/* SPDX-License-Identifier: MIT */
/* The reference endpoint: a strict echo server (later also a client), with named faults that can be switched
   on.

   Without a fault it keeps every rule of RFC 6455 that binds a server and echoes each data message with the
   same type and content. With a fault it deviates in exactly the way its name says, and in nothing else. */
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

/* All faults, in a stable order. */
const endpoint_fault *endpoint_faults(size_t *num_faults);
/* Index of a fault, or -1. */
int endpoint_fault_find(const char *name);

typedef struct endpoint_config {
    int fault;                    /* index, or -1 for none */
    uint64_t max_message;         /* octets; 0: 64 MiB */
    const char *const *protocols; /* subprotocols it speaks, NULL-terminated; may be NULL */
    unsigned max_conns;           /* at once; 0: 1024 */
} endpoint_config;

typedef struct endpoint_server endpoint_server;
/* Listens on target and serves until endpoint_server_close. Returns NULL with a reason. */
endpoint_server *endpoint_server_start(uv_loop_t *loop, const wire_target *target,
                                       const endpoint_config *config, char *error, size_t error_len);
unsigned endpoint_server_port(const endpoint_server *server);
/* Drops all connections and stops listening. The object is freed on later loop turns. */
void endpoint_server_close(endpoint_server *server);

#endif
