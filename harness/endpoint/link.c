/* SPDX-License-Identifier: MIT */
/* Carries out on a socket what a core wants. */
#include "endpoint/link.h"

#include <stdlib.h>

/* More is handed to a connection only when it holds less than this; the rest waits in the core. */
#define QUEUE_LOW ((size_t)256 << 10)
#define PIECE_MAX ((size_t)256 << 10)

static void on_timer_closed(uv_handle_t *handle) {
    ep_link *link = handle->data;
    if (--link->num_timers > 0) return;
    link->events->freed(link);
    free(link);
}

/* The connection has been closed or reset. */
static void leave(ep_link *link, ep_link_end end) {
    if (link->over) return;
    link->over = true;
    wire_close(link->conn);
    link->conn = NULL;
    link->events->over(link, end);
    endpoint_core_free(link->core);
    link->core = NULL;
    uv_close((uv_handle_t *)&link->deadline, on_timer_closed);
    uv_close((uv_handle_t *)&link->delay, on_timer_closed);
}

void ep_link_drop(ep_link *link) {
    leave(link, EP_LINK_OVER);
}

void ep_link_reset(ep_link *link) {
    if (!link->over && link->conn != NULL) wire_reset(link->conn);
    leave(link, EP_LINK_OVER);
}

static void run(ep_link *link);

static void on_deadline(uv_timer_t *timer) {
    ep_link *link = timer->data;
    endpoint_core_timeout(link->core);
    run(link);
}

static void on_delay(uv_timer_t *timer) {
    ep_link *link = timer->data;
    link->delayed = false;
    run(link);
}

/* One action that is not SEND; false if the link is over, or the action has to wait. */
static bool act(ep_link *link, const endpoint_action *action) {
    switch (action->type) {
    case ENDPOINT_FIN: wire_fin(link->conn); return true;
    case ENDPOINT_DELAY:
        link->delayed = true;
        uv_timer_start(&link->delay, on_delay, action->delay_ms, 0);
        return true;
    case ENDPOINT_CLOSE:
        if (wire_queued(link->conn) == 0) ep_link_drop(link);
        return false;
    case ENDPOINT_STOP:
        wire_reset(link->conn);
        leave(link, EP_LINK_STOPPED);
        return false;
    default: return false;
    }
}

static bool hand_over(ep_link *link, const endpoint_action *action, size_t *took) {
    if (wire_queued(link->conn) >= QUEUE_LOW) return false;
    *took = action->len < PIECE_MAX ? action->len : PIECE_MAX;
    if (wire_send(link->conn, action->data, *took, NULL) == 0) return true;
    ep_link_reset(link);
    return false;
}

/* Carries out what the core wants. The link may be over afterwards. */
static void run(ep_link *link) {
    for (;;) {
        endpoint_action action;
        size_t took = 0;
        endpoint_core_next(link->core, &action);
        if (action.type == ENDPOINT_RESET) ep_link_reset(link);
        if (link->over || link->delayed || action.type == ENDPOINT_NONE) break;
        bool done = action.type == ENDPOINT_SEND ? hand_over(link, &action, &took) : act(link, &action);
        if (!done) break;
        endpoint_core_took(link->core, took);
    }
    if (link->over) return;
    bool wants = endpoint_core_wants(link->core);
    if (wants != link->reading) wire_read(link->conn, wants);
    link->reading = wants;
    unsigned turn;
    unsigned deadline_ms = endpoint_core_deadline(link->core, &turn);
    if (turn != link->turn) uv_timer_start(&link->deadline, on_deadline, deadline_ms, 0);
    link->turn = turn;
}

static void on_opened(void *user) {
    run(user);
}

static void on_received(void *user, const uint8_t *data, size_t len) {
    ep_link *link = user;
    endpoint_core_push(link->core, data, len);
    run(link);
}

static void on_drained(void *user) {
    run(user);
}

static void on_ended(void *user, wire_end end) {
    ep_link *link = user;
    if (end != WIRE_END_FIN) {
        bool failed = end == WIRE_END_REFUSED || end == WIRE_END_TIMEOUT;
        leave(link, failed ? EP_LINK_FAILED : EP_LINK_OVER);
        return;
    }
    endpoint_core_eof(link->core);
    run(link);
}

static const wire_events events_of_wire = {
    .opened = on_opened, .received = on_received, .drained = on_drained, .ended = on_ended};

ep_link *ep_link_new(uv_loop_t *loop, endpoint_core *core, const ep_link_events *events, void *user) {
    ep_link *link = core == NULL ? NULL : calloc(1, sizeof *link);
    if (link == NULL) {
        endpoint_core_free(core);
        return NULL;
    }
    link->user = user;
    link->events = events;
    link->core = core;
    link->reading = true;
    uv_timer_init(loop, &link->deadline);
    uv_timer_init(loop, &link->delay);
    link->num_timers = 2;
    link->deadline.data = link;
    link->delay.data = link;
    return link;
}

void ep_link_accept(ep_link *link, wire_conn *conn) {
    link->conn = conn;
    wire_own(conn, &events_of_wire, link);
    run(link);
}

bool ep_link_connect(ep_link *link, uv_loop_t *loop, const wire_target *target, unsigned timeout_ms) {
    link->conn = wire_connect(loop, target, timeout_ms, &events_of_wire, link);
    return link->conn != NULL;
}
