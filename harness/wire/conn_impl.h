/* SPDX-License-Identifier: MIT */
/* A connection from the inside: what conn.c (queue, reading, writing), connect.c (how it is established) and
   secure.c (TLS on it) share. */
#ifndef WIRE_CONN_IMPL_H
#define WIRE_CONN_IMPL_H

#include <sys/types.h>

#include "wire/impl.h"
#include "wire/tls_impl.h"

#define WIRE__ERROR_MAX 320

typedef struct wire_chunk {
    struct wire_chunk *next;
    wire__segments segments;
    size_t base;    /* offset in the send of data[0] */
    size_t pos;     /* offset in the send of what is written next */
    size_t seg_end; /* end of the segment that pos is in; equal to pos: the next one has not begun */
    size_t overhead;
    bool paced;            /* the next segment is to arrive apart from the one before */
    unsigned num_segments; /* begun */
    uint64_t begun;        /* uv_hrtime of the first of them */
    uint8_t *data;
} wire_chunk;

typedef enum conn_state {
    CONN_CONNECTING,
    CONN_OPEN,
    CONN_DEAD,  /* failed or reset by the peer: nothing can be read or written */
    CONN_RESET, /* by wire_reset */
    CONN_CLOSED /* by wire_close */
} conn_state;

/* Where a connection that is being established has come to. */
typedef enum wire__stage { STAGE_TCP, STAGE_PROXY, STAGE_TLS } wire__stage;

typedef struct wire__tunnel_state wire__tunnel_state;

struct wire_conn {
    uv_loop_t *loop;
    uv_poll_t poll;
    uv_idle_t idle; /* runs a connect error or the next segment from a later turn */
    uv_timer_t timer;
    unsigned num_handles;
    int fd;
    int watched; /* events that poll is started for */
    conn_state state;
    const wire_events *events;
    void *user;
    wire_listener *listener;

    wire_target target;
    wire__stage stage; /* of connecting */
    unsigned next_addr;
    uint64_t deadline;
    uint64_t timer_due, timer_ms; /* of the latest wire__conn_timer */
    int connect_error;
    wire__tunnel_state *asking; /* the proxy */

    wire__session *session; /* of TLS; NULL: plain */
    size_t record_len;      /* octets of a send whose records are made, but not all with the kernel */
    bool resume;            /* octets that have been read wait for a turn of the loop */
    bool shut;              /* our close_notify is made */

    bool reading;
    bool read_done;
    int write_error; /* errno of the write that failed; nothing is written any more */
    bool fin_wanted;
    bool fin_sent;

    wire_chunk *head;
    wire_chunk *tail;
    size_t queued;
    size_t overhead;
    bool blocked;  /* the kernel takes no more for now */
    bool writing;  /* flush or send is on the stack and holds the head */
    bool dropping; /* the queue was dropped meanwhile */

    bool paced;  /* the last segment written belongs to a cut send */
    bool turned; /* the loop turned since the last segment */
    uint64_t wrote_at;
    uint64_t unsent_waited; /* of the running send */

    char error[WIRE__ERROR_MAX];
};

/* Adapts what the loop waits for to the state. */
void wire__conn_watch(wire_conn *conn);
/* The peer's half, or all of it, is over. */
void wire__conn_end(wire_conn *conn, wire_end end);
/* Reading has come to its end; err is 0 after an end of stream. */
void wire__conn_read_end(wire_conn *conn, int err);
/* One write to the socket: how much it took, or -1 with errno. */
ssize_t wire__conn_write(wire_conn *conn, const uint8_t *data, size_t len);
/* While it is being established: wire__connect_poll in the next turn of the loop, wire__connect_timeout after
   ms. */
void wire__conn_next_turn(wire_conn *conn);
void wire__conn_timer(wire_conn *conn, uint64_t ms);
/* A connection on fd, which it owns from now on; NULL with errno, then fd is closed. */
wire_conn *wire__conn_new(uv_loop_t *loop, int fd);
/* TCP, proxy and TLS are there. */
void wire__conn_established(wire_conn *conn);
void wire__no_linger(int fd);

/* ---- connect.c ----------------------------------------------------------------------------------------- */

/* Something happened to the socket of a connection that is being established, or its time is up. */
void wire__connect_poll(wire_conn *conn);
void wire__connect_timeout(wire_conn *conn);
/* The next stage is done. */
void wire__connect_go_on(wire_conn *conn);
/* It will not be established. */
void wire__connect_failed(wire_conn *conn, wire_end end);
void wire__connect_free(wire_conn *conn);

/* ---- secure.c: connections with a session -------------------------------------------------------------- */

/* Goes on with the handshake. */
void wire__secure_handshake(wire_conn *conn);
/* Hands what is made to the kernel: 0 if all is there, -1 with errno. */
int wire__secure_flush(wire_conn *conn);
/* Like wire__conn_write, for octets of a send: how many of them are with the kernel now. Has to be called
   again with the same ones after EAGAIN. */
ssize_t wire__secure_write(wire_conn *conn, const uint8_t *data, size_t len);
void wire__secure_read(wire_conn *conn);
/* Makes the close_notify, once. */
void wire__secure_shut(wire_conn *conn);

#endif
