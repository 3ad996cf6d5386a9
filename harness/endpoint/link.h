/* SPDX-License-Identifier: MIT */
/* A connection of the wire module with the core that runs it, and its timers. */
#ifndef ENDPOINT_LINK_H
#define ENDPOINT_LINK_H

#include "endpoint/endpoint_core.h"

typedef struct ep_link ep_link;

typedef enum ep_link_end {
    EP_LINK_OVER,   /* the core was done, the peer is gone, or ep_link_drop or ep_link_reset was called */
    EP_LINK_FAILED, /* no connection could be made */
    EP_LINK_STOPPED /* by ENDPOINT_STOP */
} ep_link_end;

typedef struct ep_link_events {
    /* The connection is given up, the core still there. Comes once, also from inside the calls below. */
    void (*over)(ep_link *link, ep_link_end end);
    /* Comes last; then the link is freed. */
    void (*freed)(ep_link *link);
} ep_link_events;

struct ep_link {
    void *user;           /* of the owner */
    ep_link *next, *prev; /* likewise */
    endpoint_core *core;
    /* private */
    const ep_link_events *events;
    wire_conn *conn;     /* NULL before it begins, and once it is given up */
    uv_timer_t deadline; /* of the core's state */
    uv_timer_t delay;    /* of ENDPOINT_DELAY */
    unsigned turn;
    unsigned num_timers; /* not yet closed */
    bool delayed, reading, over;
};

/* Takes the core over, also if it fails: NULL without memory. core may be NULL, which fails. */
ep_link *ep_link_new(uv_loop_t *loop, endpoint_core *core, const ep_link_events *events, void *user);
/* Begins with a connection that was just accepted. The link may be over when this returns. */
void ep_link_accept(ep_link *link, wire_conn *conn);
/* Begins by connecting. False without descriptors or memory: then it has to be dropped. */
bool ep_link_connect(ep_link *link, uv_loop_t *loop, const wire_target *target, unsigned timeout_ms);
/* Closes, or resets, the connection; nothing if it is over. */
void ep_link_drop(ep_link *link);
void ep_link_reset(ep_link *link);

#endif
