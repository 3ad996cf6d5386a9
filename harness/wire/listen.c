/* SPDX-License-Identifier: MIT */
#include "wire/impl.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    LISTEN_BACKLOG = 4096,
    ACCEPTS_PER_TURN = 64,
    DEFAULT_MAX_CONNS = 1024,
    RETRY_MS = 20 /* after the process ran out of descriptors or memory */
};

struct wire_listener {
    uv_loop_t *loop;
    uv_poll_t poll;
    uv_timer_t timer;
    unsigned num_handles;
    wire_tls *tls;
    int fd;
    unsigned port;
    unsigned max_conns;
    unsigned num_conns;
    bool watching;
    bool closed;
    char path[108]; /* of a unix socket, to be removed; else empty */
    const wire_listen_events *events;
    void *user;
};

static void on_poll(uv_poll_t *handle, int status, int events);

static void listener_watch(wire_listener *listener, bool on) {
    if (listener->closed || listener->watching == on) return;
    listener->watching = on;
    if (on)
        uv_poll_start(&listener->poll, UV_READABLE, on_poll);
    else
        uv_poll_stop(&listener->poll);
}

static void listener_resume(wire_listener *listener) {
    if (listener->num_conns < listener->max_conns && !uv_is_active((uv_handle_t *)&listener->timer))
        listener_watch(listener, true);
}

static void on_timer(uv_timer_t *handle) {
    listener_resume(handle->data);
}

static void listener_free_if_unused(wire_listener *listener) {
    if (listener->num_handles == 0 && listener->num_conns == 0) free(listener);
}

void wire__listener_release(wire_listener *listener) {
    listener->num_conns--;
    if (listener->closed)
        listener_free_if_unused(listener);
    else
        listener_resume(listener);
}

/* True if accept failed for something that lies with this one connection. */
static bool accept_error_passes(int err) {
    return err == EINTR || err == ECONNABORTED || err == EPROTO || err == EPERM || err == ENETDOWN ||
           err == ENOPROTOOPT || err == EHOSTDOWN || err == EHOSTUNREACH || err == ENETUNREACH ||
           err == EOPNOTSUPP;
}

static void on_poll(uv_poll_t *handle, int status, int events) {
    (void)events;
    wire_listener *listener = handle->data;
    if (status < 0) listener->watching = false;
    for (unsigned i = 0; i < ACCEPTS_PER_TURN && !listener->closed; i++) {
        if (listener->num_conns >= listener->max_conns) {
            listener_watch(listener, false);
            return;
        }
        int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && accept_error_passes(errno)) continue;
        if (fd < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
        wire_conn *conn = fd < 0 ? NULL : wire__conn_adopt(listener->loop, fd, listener->tls, listener);
        if (conn == NULL) {
            /* Out of descriptors or memory: the connection stays in the backlog, and would wake us up again
             * and again. */
            listener_watch(listener, false);
            uv_timer_start(&listener->timer, on_timer, RETRY_MS, 0);
            return;
        }
        listener->num_conns++;
        listener->events->accepted(listener->user, conn);
        wire__conn_open(conn);
    }
    if (status < 0 && !listener->closed) listener_resume(listener);
}

static int socket_listen(const wire_target *target, unsigned *port, char *error, size_t error_len) {
    int fd = socket(target->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        snprintf(error, error_len, "cannot listen on %s: %s", target->text, strerror(errno));
        return -1;
    }
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (target->addr.ss_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    struct sockaddr_storage own = {0};
    socklen_t own_len = sizeof own;
    if (bind(fd, (const struct sockaddr *)&target->addr, wire__addr_len(&target->addr)) != 0 ||
        listen(fd, LISTEN_BACKLOG) != 0 || getsockname(fd, (struct sockaddr *)&own, &own_len) != 0) {
        snprintf(error, error_len, "cannot listen on %s: %s", target->text, strerror(errno));
        close(fd);
        return -1;
    }
    *port = 0;
    if (own.ss_family == AF_INET) *port = ntohs(((struct sockaddr_in *)&own)->sin_port);
    if (own.ss_family == AF_INET6) *port = ntohs(((struct sockaddr_in6 *)&own)->sin6_port);
    return fd;
}

wire_listener *wire_listen(uv_loop_t *loop, const wire_target *target, unsigned max_conns,
                           const wire_listen_events *events, void *user, char *error, size_t error_len) {
    unsigned port;
    int fd = socket_listen(target, &port, error, error_len);
    if (fd < 0) return NULL;
    wire_listener *listener = calloc(1, sizeof *listener);
    int result = listener == NULL ? UV_ENOMEM : uv_poll_init(loop, &listener->poll, fd);
    if (result != 0) {
        snprintf(error, error_len, "cannot listen on %s: %s", target->text, uv_strerror(result));
        free(listener);
        close(fd);
        return NULL;
    }
    uv_timer_init(loop, &listener->timer);
    listener->num_handles = 2;
    listener->poll.data = listener->timer.data = listener;
    listener->loop = loop;
    listener->tls = target->tls;
    listener->fd = fd;
    listener->port = port;
    listener->max_conns = max_conns != 0 ? max_conns : DEFAULT_MAX_CONNS;
    if (target->addr.ss_family == AF_UNIX)
        snprintf(listener->path, sizeof listener->path, "%s",
                 ((const struct sockaddr_un *)&target->addr)->sun_path);
    listener->events = events;
    listener->user = user;
    listener_watch(listener, true);
    return listener;
}

unsigned wire_listener_port(const wire_listener *listener) {
    return listener->port;
}

static void on_closed(uv_handle_t *handle) {
    wire_listener *listener = handle->data;
    listener->num_handles--;
    listener_free_if_unused(listener);
}

void wire_listener_close(wire_listener *listener) {
    if (listener == NULL || listener->closed) return;
    listener_watch(listener, false);
    listener->closed = true;
    uv_close((uv_handle_t *)&listener->poll, on_closed);
    uv_close((uv_handle_t *)&listener->timer, on_closed);
    close(listener->fd);
    if (listener->path[0] != '\0') unlink(listener->path);
}
