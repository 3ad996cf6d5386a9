/* SPDX-License-Identifier: MIT */
/* The door at which clients knock: accepts connections, reads the head of the request, and hands it over; or
   answers it with a page, a message, or a refusal. Bounded: connections at once, octets and time of a head,
   time of an answer. */
#ifndef RUNNER_DOOR_H
#define RUNNER_DOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "codec/wsc.h"
#include "wire/wire.h"

#define DOOR_HEAD_MAX   32768 /* octets of a request head, with what came behind it in the same read */
#define DOOR_FIELDS_MAX 128
#define DOOR_ANSWER_MS  5000 /* a peer may take so long to take its leave */
#define DOOR_CONNS_MAX  512

typedef struct door door;

/* A complete request. Everything is borrowed until the callback returns. */
typedef struct door_request {
    const uint8_t *octets; /* the head, and octets behind it */
    size_t len;
    const wsc_http *head;
    bool upgrade; /* it asks for a WebSocket (has a key) */
} door_request;

/* The connection has to be given away in the callback: to door_page, door_message, door_refuse, wire_own or
   wire_close. */
typedef void door_arrived(void *user, wire_conn *conn, const door_request *request);

/* Returns NULL with a reason. head_ms: how long a head may take. */
door *door_open(uv_loop_t *loop, const wire_target *listen, unsigned head_ms, door_arrived *arrived,
                void *user, char *error, size_t error_len);
unsigned door_port(const door *d);
/* Connections that are being read or answered here. */
size_t door_busy(const door *d);
/* Closes everything that is still here. The loop has to turn afterwards. NULL is allowed. */
void door_close(door *d);

/* Answers with an HTTP response that has a body. */
void door_page(door *d, wire_conn *conn, unsigned status, const char *reason, const char *type,
               const char *body, size_t len);
/* Accepts the handshake with that key, sends one text message (none if text is NULL) and Close 1000. */
void door_message(door *d, wire_conn *conn, wsc_span key, const char *text);

/* Value of a query parameter of the target, percent-decoded; false if it is absent or longer than size - 1.
 */
bool door_parameter(const wsc_http *head, const char *name, char *value, size_t size);
/* True if the path of the target (without query) is this one. */
bool door_path_is(const wsc_http *head, const char *path);
/* True if the first Host field ends with the port of the door, as RFC 6455 4.1 wants it of a client that has
   it in its URL; also if there is no such field, or the port is 80, which need not be named. */
bool door_named(const door *d, const wsc_http *head);

#endif
