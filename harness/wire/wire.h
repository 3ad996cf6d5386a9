/* SPDX-License-Identifier: MIT */
/* Connections on a libuv loop: TCP over IPv4 and IPv6, unix sockets, TLS, HTTP proxies; segments, FIN, RST.

   - A wire_conn is created by wire_connect or handed out by a listener, reports through its owner's
   callbacks, and lives until wire_close; its memory is freed some loop turns later, no callback comes after
   wire_close returned.
   - Callbacks run on the loop, never inside a call of the owner, except where stated (`sent`). A callback may
   call any function of its own connection, wire_close included, and of any other.
   - Everything is bounded: unsent octets (WIRE_QUEUE_MAX), octets per read, time to connect.
   - Over TLS (tls.h) octets are those inside it, and a segment is a record.
   - Times are nanoseconds of a monotonic clock (wire_now). */
#ifndef WIRE_WIRE_H
#define WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "wire/tls.h"

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
    WIRE_END_TLS,     /* TLS cannot be agreed on, or was broken; trying again is of no use */
    WIRE_END_ERROR    /* anything else; wire_error says what */
} wire_end;
const char *wire_end_name(wire_end end);

typedef struct wire_events {
    /* The connection is established, TLS included (also for accepted ones, before anything else). */
    void (*opened)(void *user);
    /* Octets arrived; borrowed until the callback returns. */
    void (*received)(void *user, const uint8_t *data, size_t len);
    /* Octets were handed to the kernel: exactly these, in order, a call per write (transcripts are made from
       this). A segment that the kernel takes in parts gives several calls. Borrowed until the callback
       returns. NULL: not wanted. May be called from inside wire_send. */
    void (*sent)(void *user, const uint8_t *data, size_t len);
    /* The queue, which had held something when wire_send returned, is empty: all of it has been handed to the
       kernel, or the rest was dropped because the peer is gone. Never called from inside wire_send: if that
       leaves wire_queued at 0, nothing waits. NULL: not wanted. */
    void (*drained)(void *user);
    /* The peer's half ended, or the connection failed. Comes once, after everything received (also what the
       peer sent before a reset), and only while reading is on. After FIN the own half may still be written,
       with `sent` and `drained`; after the others no further callback comes. */
    void (*ended)(void *user, wire_end end);
} wire_events;

/* An address to connect to or to listen on. Parsed, not yet resolved. */
typedef struct wire_address {
    char host[256]; /* name or numeric address, no brackets */
    char port[6];   /* decimal */
    char path[108]; /* unix socket; empty for TCP */
} wire_address;

/* A ws:// or wss:// URL (RFC 6455 section 3), or ws+unix://SOCKET[:PATH] (wss+unix), which no RFC has: the
   path of a unix socket, without a colon in it. */
typedef struct wire_url {
    bool secure;
    wire_address address;
    char authority[300]; /* what belongs into Host: port only if it is not the default, IPv6 in brackets */
    char target[2048];   /* path and query, at least "/" */
} wire_url;
/* Returns 0, or -1 with a reason in error (text for a person; names the offending part). */
int wire_url_parse(wire_url *url, const char *text, char *error, size_t error_len);
/* "host:port", "[v6]:port", ":port" or "port", host defaulting to 127.0.0.1; port 0 allowed; "unix:path".
   Same result. */
int wire_address_parse(wire_address *address, const char *text, char *error, size_t error_len);

/* Nanoseconds of a monotonic clock. */
uint64_t wire_now(void);
/* Of a timer of ms milliseconds that was due at `due` (wire_now) and is looked at only now: true if that is
   so late that this process, or the machine, stood still in between. Then the wait has proved nothing about
   the peer, and is to begin anew. */
bool wire_stalled(uint64_t due, uint64_t ms);

/* Where an HTTP proxy is to connect to (RFC 9110 section 9.3.6). */
typedef struct wire_tunnel {
    char authority[300];     /* "host:port" */
    char authorization[512]; /* value of Proxy-Authorization; empty: none */
    char proxy[128];         /* the proxy itself, for messages */
} wire_tunnel;

/* A resolved address. A name may stand for several (localhost mostly for ::1 and 127.0.0.1): wire_connect
   tries them in order, wire_listen takes the first. */
#define WIRE_TARGET_MORE 3
typedef struct wire_target {
    struct sockaddr_storage addr;
    struct sockaddr_storage more[WIRE_TARGET_MORE];
    unsigned num_more;
    char text[128]; /* the first one, numeric, with its port, for messages */
    /* What is spoken there; wire_resolve leaves them empty. Both must outlive the connections and listeners
       made with the target. */
    wire_tls *tls;
    const wire_tunnel *tunnel; /* connections: a proxy is there, which is asked for this first */
} wire_target;
/* Resolves by the system's resolver; blocking (done once per run, before the loop). Returns 0, or -1 with a
   reason, which names the host. */
int wire_resolve(wire_target *target, const wire_address *address, char *error, size_t error_len);

/* Starts to connect; target is copied. timeout_ms bounds the establishing, over all addresses of the target,
   with proxy and TLS. Returns NULL only if no handle could be made (out of descriptors or memory; errno says
   which). events and user must outlive the connection. Octets may be sent before `opened`, they wait. */
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
/* Writes data, and queues a copy of what cannot be written at once. cut may be NULL: one segment. Returns 0,
   or -1 if the queue would exceed WIRE_QUEUE_MAX, memory is short, or the own half has ended (wire_fin,
   wire_reset, wire_close). Sending on a connection whose peer is gone is no error: the octets are dropped. */
int wire_send(wire_conn *conn, const uint8_t *data, size_t len, const wire_cut *cut);
/* Octets not yet handed to the kernel. */
size_t wire_queued(const wire_conn *conn);
/* Ends the own half (FIN, over TLS close_notify before it) once everything queued is written. */
void wire_fin(wire_conn *conn);
/* Resets the connection (RST) at once, dropping what is queued. No callback follows, not even `ended`. The
   object still has to be given up by wire_close. */
void wire_reset(wire_conn *conn);
/* Stops or resumes reading. A new connection reads. While it is off neither `received` nor `ended` comes, not
   even if the peer is gone. */
void wire_read(wire_conn *conn, bool on);
/* Gives the connection up: closes it if it is open, dropping what is queued (the kernel then sends FIN, or
   RST if octets of the peer have not been read; TLS says close_notify if nothing was dropped). NULL is
   allowed. */
void wire_close(wire_conn *conn);
/* What went wrong, for messages; "" if nothing. */
const char *wire_error(const wire_conn *conn);

/* A listener. `accepted` hands over a new connection that has no owner yet: call wire_own, or wire_close,
   before it returns (else it is closed). max_conns bounds the connections that exist at once (0: 1024);
   further ones wait in the backlog. */
typedef struct wire_listen_events {
    void (*accepted)(void *user, wire_conn *conn);
} wire_listen_events;
/* Listens on the first address of target (copied), IPv6 without IPv4, and accepts TLS if it has that; a
   client whose handshake fails is handed over, too, and has `ended`. A unix socket is made here and removed
   by wire_listener_close; one that exists already is an error. Returns NULL with a reason. */
wire_listener *wire_listen(uv_loop_t *loop, const wire_target *target, unsigned max_conns,
                           const wire_listen_events *events, void *user, char *error, size_t error_len);
/* The port that is listened on (useful after asking for port 0). */
unsigned wire_listener_port(const wire_listener *listener);
/* Stops listening; its connections live on. NULL is allowed. No callback comes after it returned. */
void wire_listener_close(wire_listener *listener);
/* Gives an accepted connection its owner: `opened` comes when `accepted` has returned. */
void wire_own(wire_conn *conn, const wire_events *events, void *user);

#endif
