/* SPDX-License-Identifier: MIT */
/* The reference server: cores on connections of the wire module. */
#include "endpoint/endpoint_core.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_CONNS 1024
/* More is handed to a connection only when it holds less than this; the rest waits in the core. */
#define QUEUE_LOW ((size_t)256 << 10)
#define PIECE_MAX ((size_t)256 << 10)

typedef struct client client;

struct endpoint_server {
    uv_loop_t *loop;
    endpoint_config config;
    wire_listener *listener;
    unsigned port;
    unsigned num_accepted;
    client *clients;      /* with a connection */
    unsigned num_clients; /* not yet freed */
    bool died, closed;
};

/* A connection, its core and its timers. */
struct client {
    endpoint_server *server;
    client *next, *prev;
    wire_conn *conn; /* NULL once it is given up */
    endpoint_core *core;
    uv_timer_t deadline; /* of the core's state */
    uv_timer_t delay;    /* of ENDPOINT_DELAY */
    unsigned turn;
    unsigned num_timers; /* not yet closed */
    bool delayed, reading;
};

static void server_free_if_unused(endpoint_server *server) {
    if (server->closed && server->num_clients == 0) free(server);
}

static void on_timer_closed(uv_handle_t *handle) {
    client *who = handle->data;
    if (--who->num_timers > 0) return;
    endpoint_server *server = who->server;
    free(who);
    server->num_clients--;
    server_free_if_unused(server);
}

/* Forgets the connection, which has been closed or reset. */
static void client_leave(client *who) {
    if (who->prev == NULL)
        who->server->clients = who->next;
    else
        who->prev->next = who->next;
    if (who->next != NULL) who->next->prev = who->prev;
    who->conn = NULL;
    endpoint_core_free(who->core);
    who->core = NULL;
    uv_close((uv_handle_t *)&who->deadline, on_timer_closed);
    uv_close((uv_handle_t *)&who->delay, on_timer_closed);
}

static void client_close(client *who) {
    wire_close(who->conn);
    client_leave(who);
}

static void client_reset(client *who) {
    wire_reset(who->conn);
    client_close(who);
}

static void server_die(endpoint_server *server) {
    server->died = true;
    wire_listener_close(server->listener);
    server->listener = NULL;
    for (client *who = server->clients, *next; who != NULL; who = next) {
        next = who->next;
        client_reset(who);
    }
}

static void client_run(client *who);

static void on_deadline(uv_timer_t *timer) {
    client *who = timer->data;
    endpoint_core_timeout(who->core);
    client_run(who);
}

static void on_delay(uv_timer_t *timer) {
    client *who = timer->data;
    who->delayed = false;
    client_run(who);
}

/* Carries out what the core wants. The client may be gone afterwards. */
static void client_run(client *who) {
    endpoint_action action;
    for (;;) {
        endpoint_core_next(who->core, &action);
        if (action.type == ENDPOINT_RESET) {
            client_reset(who);
            return;
        }
        if (action.type == ENDPOINT_NONE || who->delayed) break;
        if (action.type == ENDPOINT_STOP) {
            server_die(who->server);
            return;
        }
        if (action.type == ENDPOINT_CLOSE) {
            if (wire_queued(who->conn) > 0) break;
            client_close(who);
            return;
        }
        size_t len = 0;
        if (action.type == ENDPOINT_SEND) {
            if (wire_queued(who->conn) >= QUEUE_LOW) break;
            len = action.len < PIECE_MAX ? action.len : PIECE_MAX;
            if (wire_send(who->conn, action.data, len, NULL) != 0) {
                client_reset(who);
                return;
            }
        } else if (action.type == ENDPOINT_FIN) {
            wire_fin(who->conn);
        } else {
            who->delayed = true;
            uv_timer_start(&who->delay, on_delay, action.delay_ms, 0);
        }
        endpoint_core_took(who->core, len);
    }
    bool wants = endpoint_core_wants(who->core);
    if (wants != who->reading) wire_read(who->conn, wants);
    who->reading = wants;
    unsigned turn;
    unsigned deadline_ms = endpoint_core_deadline(who->core, &turn);
    if (turn != who->turn) uv_timer_start(&who->deadline, on_deadline, deadline_ms, 0);
    who->turn = turn;
}

static void on_opened(void *user) {
    (void)user;
}

static void on_received(void *user, const uint8_t *data, size_t len) {
    client *who = user;
    endpoint_core_push(who->core, data, len);
    client_run(who);
}

static void on_drained(void *user) {
    client_run(user);
}

static void on_ended(void *user, wire_end end) {
    client *who = user;
    if (end != WIRE_END_FIN) {
        client_close(who);
        return;
    }
    endpoint_core_eof(who->core);
    client_run(who);
}

static void on_accepted(void *user, wire_conn *conn) {
    static const wire_events events = {
        .opened = on_opened, .received = on_received, .drained = on_drained, .ended = on_ended};
    endpoint_server *server = user;
    client *who = calloc(1, sizeof *who);
    endpoint_core *core = who == NULL ? NULL : endpoint_core_new(&server->config, server->num_accepted);
    if (core == NULL) {
        free(who);
        wire_close(conn);
        return;
    }
    server->num_accepted++;
    server->num_clients++;
    who->server = server;
    who->conn = conn;
    who->core = core;
    who->reading = true;
    uv_timer_init(server->loop, &who->deadline);
    uv_timer_init(server->loop, &who->delay);
    who->num_timers = 2;
    who->deadline.data = who;
    who->delay.data = who;
    who->next = server->clients;
    if (who->next != NULL) who->next->prev = who;
    server->clients = who;
    wire_own(conn, &events, who);
    client_run(who);
}

endpoint_server *endpoint_server_start(uv_loop_t *loop, const wire_target *target,
                                       const endpoint_config *config, char *error, size_t error_len) {
    static const wire_listen_events events = {.accepted = on_accepted};
    endpoint_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        snprintf(error, error_len, "out of memory");
        return NULL;
    }
    server->loop = loop;
    server->config = *config;
    unsigned max_conns = config->max_conns != 0 ? config->max_conns : DEFAULT_CONNS;
    server->listener = wire_listen(loop, target, max_conns, &events, server, error, error_len);
    if (server->listener == NULL) {
        free(server);
        return NULL;
    }
    server->port = wire_listener_port(server->listener);
    return server;
}

unsigned endpoint_server_port(const endpoint_server *server) {
    return server->port;
}

bool endpoint_server_died(const endpoint_server *server) {
    return server->died;
}

void endpoint_server_close(endpoint_server *server) {
    if (server == NULL) return;
    if (server->listener != NULL) wire_listener_close(server->listener);
    server->listener = NULL;
    for (client *who = server->clients, *next; who != NULL; who = next) {
        next = who->next;
        client_close(who);
    }
    server->closed = true;
    server_free_if_unused(server);
}
