/* SPDX-License-Identifier: MIT */
/* The reference server: a listener, and a link for each connection. */
#include "endpoint/link.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_CONNS 1024

struct endpoint_server {
    uv_loop_t *loop;
    endpoint_config config;
    wire_listener *listener;
    unsigned port;
    unsigned num_accepted;
    ep_link *links;     /* with a connection */
    unsigned num_links; /* not yet freed */
    bool died, closed;
};

static void free_if_unused(endpoint_server *server) {
    if (server->closed && server->num_links == 0) free(server);
}

static void stop_listening(endpoint_server *server) {
    wire_listener_close(server->listener);
    server->listener = NULL;
}

static void die(endpoint_server *server) {
    server->died = true;
    stop_listening(server);
    while (server->links != NULL) ep_link_reset(server->links);
}

static void on_over(ep_link *link, ep_link_end end) {
    endpoint_server *server = link->user;
    if (link->prev == NULL)
        server->links = link->next;
    else
        link->prev->next = link->next;
    if (link->next != NULL) link->next->prev = link->prev;
    if (end == EP_LINK_STOPPED) die(server);
}

static void on_freed(ep_link *link) {
    endpoint_server *server = link->user;
    server->num_links--;
    free_if_unused(server);
}

static void on_accepted(void *user, wire_conn *conn) {
    static const ep_link_events events = {.over = on_over, .freed = on_freed};
    endpoint_server *server = user;
    endpoint_core *core = endpoint_core_new(&server->config, server->num_accepted);
    ep_link *link = ep_link_new(server->loop, core, &events, server);
    if (link == NULL) {
        wire_close(conn);
        return;
    }
    server->num_accepted++;
    server->num_links++;
    link->next = server->links;
    if (link->next != NULL) link->next->prev = link;
    server->links = link;
    ep_link_accept(link, conn);
}

endpoint_server *endpoint_server_start(uv_loop_t *loop, const wire_target *target,
                                       const endpoint_config *config, char *error, size_t error_len) {
    static const wire_listen_events events = {.accepted = on_accepted};
    endpoint_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        (void)snprintf(error, error_len, "out of memory");
        return NULL;
    }
    server->loop = loop;
    server->config = *config;
    server->config.request = NULL;
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
    stop_listening(server);
    while (server->links != NULL) ep_link_drop(server->links);
    server->closed = true;
    free_if_unused(server);
}
