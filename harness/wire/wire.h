/* SPDX-License-Identifier: MIT */
/* Connections on a libuv loop: TCP over IPv4 and IPv6 (later TLS and unix sockets), segments, FIN, RST.

   - A wire_conn is created by wire_connect or handed out by a listener, reports through its owner's
   callbacks, and lives until wire_close; its memory is freed some loop turns later, no callback comes after
   wire_close returned.
   - Callbacks run on the loop, never inside a call of the owner, except where stated. A callback may call any
   function of its own connection, wire_close included.
   - Everything is bounded: unsent octets (WIRE_QUEUE_MAX), octets per read, time to connect.
   - Times are nanoseconds of a monotonic clock (wire_now). */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* Octets that may wait to be written on one connection: 80 MiB. */
#define WIRE_QUEUE_MAX ((size_t)80 << 20)

typedef struct wire_conn wire_conn;
typedef struct wire_listener wire_listener;

/* How the peer's half of a connection ended. */
typedef enum wire_end {
    WIRE_END_NONE,
    WIRE_END_FIN,     /* end of stream */
    WIRE_END_RESET,   /* reset, or a broken pipe when writing */
    WIRE_END_REFUSED, /* could not be established */
    WIRE_END_TIMEOUT, /* could not be established in time */
    WIRE_END_ERROR    /* anything else; wire_error says what */
} wire_end;
const char *wire_end_name(wire_end end);

typedef struct wire_events {
    /* The connection is established (also for accepted ones, before anything else). */
    void (*opened)(void *user);
    /* Octets arrived; borrowed until the callback returns. */
    void (*received)(void *user, const uint8_t *data, size_t len);
    /* Octets were handed to the kernel, in order, a call per segment (transcripts are made from this). NULL:
       not wanted. May be called from inside wire_send. */
    void (*sent)(void *user, const uint8_t *data, size_t len);
    /* Everything queued has been handed to the kernel. NULL: not wanted. */
    void (*drained)(void *user);
    /* The peer's half ended, or the connection failed. Comes once, last. After FIN the own half may still be
     * written. */
    void (*ended)(void *user, wire_end end);
} wire_events;

/* An address to connect to or to listen on. Parsed, not yet resolved. */
typedef struct wire_address {
    char host[256]; /* name or numeric address, no brackets */
    char port[6];   /* decimal */
    char path[108]; /* unix socket; empty for TCP */
} wire_address;

/* A ws:// or wss:// URL (RFC 6455 section 3). */
typedef struct wire_url {
    bool secure;
    wire_address address;
    char authority[300]; /* what belongs into Host: port only if it is not the default */
    char target[2048];   /* path and query, at least "/" */
} wire_url;
/* Returns 0, or -1 with a reason in error (text for a person; names the offending part). */
int wire_url_parse(wire_url *url, const char *text, char *error, size_t error_len);
/* "host:port", "[v6]:port", ":port" or "port", host defaulting to 127.0.0.1; port 0 allowed. Same result. */
int wire_address_parse(wire_address *address, const char *text, char *error, size_t error_len);

uint64_t wire_now(void);

/* A resolved address; fills the first usable one of either family. Blocking (done once per run, before the
   loop). Returns 0, or -1 with a reason. */
typedef struct wire_target {
    struct sockaddr_storage addr;
    char text[64]; /* numeric, for messages */
} wire_target;
int wire_resolve(wire_target *target, const wire_address *address, char *error, size_t error_len);

/* Starts to connect. timeout_ms bounds the establishing. Returns NULL only if no handle could be made (out of
   descriptors or memory). events and user must outlive the connection. */
wire_conn *wire_connect(uv_loop_t *loop, const wire_target *target, unsigned timeout_ms,
                        const wire_events *events, void *user);

/* Segmentation of the octets of one wire_send: each segment is written by a call of its own, with
   TCP_NODELAY, and the loop turns in between so that a peer on the same machine can take it. */
typedef struct wire_cut {
    const size_t *cuts; /* ascending offsets; may be NULL */
    size_t num_cuts;
    size_t every;       /* additionally after every so many octets; 0: no */
    size_t every_limit; /* `every` holds for the first so many octets of this send, later ones go in large
                           segments; 0: for all */
} wire_cut;
/* Queues a copy of data. cut may be NULL: one segment. Returns 0, or -1 if the queue would exceed
   WIRE_QUEUE_MAX or the own half has ended. Sending on a connection whose peer is gone is no error: the
   octets are dropped. */
int wire_send(wire_conn *conn, const uint8_t *data, size_t len, const wire_cut *cut);
/* Octets not yet handed to the kernel. */
size_t wire_queued(const wire_conn *conn);
/* Ends the own half (FIN) once everything queued is written. */
void wire_fin(wire_conn *conn);
/* Resets the connection (RST) at once, dropping what is queued. No callback follows but `ended` does not come
 * either. */
void wire_reset(wire_conn *conn);
/* Stops or resumes reading. A new connection reads. */
void wire_read(wire_conn *conn, bool on);
/* Gives the connection up: closes it if it is open. NULL is allowed. */
void wire_close(wire_conn *conn);
/* What went wrong, for messages; "" if nothing. */
const char *wire_error(const wire_conn *conn);

/* A listener. `accepted` hands over a new connection that has no owner yet: call wire_own, or wire_close,
   before it returns. max_conns bounds the connections that exist at once; further ones wait in the backlog.
 */
typedef struct wire_listen_events {
    void (*accepted)(void *user, wire_conn *conn);
} wire_listen_events;
wire_listener *wire_listen(uv_loop_t *loop, const wire_target *target, unsigned max_conns,
                           const wire_listen_events *events, void *user, char *error, size_t error_len);
/* The port that is listened on (useful after asking for port 0). */
unsigned wire_listener_port(const wire_listener *listener);
void wire_listener_close(wire_listener *listener);
void wire_own(wire_conn *conn, const wire_events *events, void *user);

#endif
