/* SPDX-License-Identifier: MIT */
/* The reference client: one link that connects. */
#include "endpoint/link.h"

#include <stdlib.h>

#define CONNECT_MS 10000

struct endpoint_client {
    ep_link *link;
    void (*done)(void *user, endpoint_end end);
    void *user;
    bool closed; /* by endpoint_client_close: nobody wants to know */
};

static void on_over(ep_link *link, ep_link_end end) {
    endpoint_client *client = link->user;
    if (client->closed) return;
    endpoint_end how = endpoint_core_opened(link->core) ? ENDPOINT_END_SERVED : ENDPOINT_END_REFUSED;
    if (end == EP_LINK_FAILED) how = ENDPOINT_END_UNREACHABLE;
    if (end == EP_LINK_STOPPED) how = ENDPOINT_END_DIED;
    client->closed = true;
    client->done(client->user, how);
}

static void on_freed(ep_link *link) {
    free(link->user);
}

endpoint_client *endpoint_client_start(uv_loop_t *loop, const wire_target *target,
                                       const endpoint_config *config,
                                       void (*done)(void *user, endpoint_end end), void *user) {
    static const ep_link_events events = {.over = on_over, .freed = on_freed};
    endpoint_client *client = calloc(1, sizeof *client);
    if (client == NULL) return NULL;
    client->done = done;
    client->user = user;
    client->link = ep_link_new(loop, endpoint_core_new(config, 0), &events, client);
    if (client->link == NULL) {
        free(client);
        return NULL;
    }
    if (ep_link_connect(client->link, loop, target, CONNECT_MS)) return client;
    endpoint_client_close(client);
    return NULL;
}

void endpoint_client_close(endpoint_client *client) {
    if (client == NULL) return;
    client->closed = true;
    ep_link_drop(client->link);
}
