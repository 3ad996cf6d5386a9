/* SPDX-License-Identifier: MIT */
/* How a connection is established: the addresses of a target one after another, then the proxy, then TLS. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "codec/wsc.h"
#include "wire/conn_impl.h"

enum { PROXY_HEAD_MAX = 16384, PROXY_FIELDS_MAX = 64, PROXY_INTERIM_MAX = 8, PEEK_SIZE = 4096 };

socklen_t wire__addr_len(const struct sockaddr_storage *addr) {
    if (addr->ss_family == AF_INET) return sizeof(struct sockaddr_in);
    if (addr->ss_family == AF_INET6) return sizeof(struct sockaddr_in6);
    return sizeof(struct sockaddr_un);
}

static void no_delay(int fd) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void wire__no_linger(int fd) {
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

void wire__connect_failed(wire_conn *conn, wire_end end) {
    wire__conn_end(conn, end);
}

/* ---- The proxy ----------------------------------------------------------------------------------------- */

struct wire__tunnel_state {
    char request[1400];
    size_t len, sent;
    unsigned num_interim;
    wsc_http http;
    char buf[PROXY_HEAD_MAX];
    wsc_field fields[PROXY_FIELDS_MAX];
};

void wire__connect_free(wire_conn *conn) {
    free(conn->asking);
}

static void head_begin(wire__tunnel_state *asking) {
    wsc_http_init(&asking->http, WSC_HTTP_RESPONSE, asking->buf, sizeof asking->buf, asking->fields,
                  PROXY_FIELDS_MAX);
}

/* Without memory false. */
static bool tunnel_new(wire_conn *conn, const wire_tunnel *tunnel) {
    wire__tunnel_state *asking = malloc(sizeof *asking);
    if (asking == NULL) return false;
    const bool known = tunnel->authorization[0] != '\0';
    int n = snprintf(asking->request, sizeof asking->request, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s%s%s\r\n",
                     tunnel->authority, tunnel->authority, known ? "Proxy-Authorization: " : "",
                     tunnel->authorization, known ? "\r\n" : "");
    asking->len = (size_t)n;
    asking->sent = 0;
    asking->num_interim = 0;
    head_begin(asking);
    conn->asking = asking;
    return true;
}

static void proxy_failed(wire_conn *conn, const char *why) {
    snprintf(conn->error, sizeof conn->error, "the proxy %s %.180s", conn->target.tunnel->proxy, why);
    wire__connect_failed(conn, WIRE_END_REFUSED);
}

/* Sends what is left of the request. False if the connection has failed. */
static bool proxy_ask(wire_conn *conn) {
    wire__tunnel_state *asking = conn->asking;
    while (asking->sent < asking->len) {
        ssize_t n = wire__conn_write(conn, (const uint8_t *)asking->request + asking->sent,
                                     asking->len - asking->sent);
        if (n < 0) {
            conn->blocked = errno == EAGAIN || errno == EWOULDBLOCK;
            if (conn->blocked) return true;
            proxy_failed(conn, strerror(errno));
            return false;
        }
        asking->sent += (size_t)n;
    }
    conn->blocked = false;
    return true;
}

/* True if the answer is complete. What is behind it stays with the kernel. */
static bool proxy_hear(wire_conn *conn) {
    wire__tunnel_state *asking = conn->asking;
    uint8_t data[PEEK_SIZE];
    for (;;) {
        ssize_t n = recv(conn->fd, data, sizeof data, MSG_PEEK);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
        if (n <= 0) {
            proxy_failed(conn, n == 0 ? "ended the connection" : strerror(errno));
            return false;
        }
        wsc_http_status status;
        size_t used = wsc_http_push(&asking->http, data, (size_t)n, &status);
        if (status == WSC_HTTP_FAILED || (used == 0 && status == WSC_HTTP_MORE)) {
            proxy_failed(conn, "does not answer with HTTP");
            return false;
        }
        if (recv(conn->fd, data, used, 0) != (ssize_t)used) {
            proxy_failed(conn, "ended the connection");
            return false;
        }
        if (status == WSC_HTTP_MORE) continue;
        if (asking->http.status / 100 != 1) return true;
        if (asking->num_interim++ == PROXY_INTERIM_MAX) {
            proxy_failed(conn, "sends interim responses without end");
            return false;
        }
        head_begin(asking);
    }
}

static void proxy_poll(wire_conn *conn) {
    if (!proxy_ask(conn)) return;
    bool answered = proxy_hear(conn);
    if (conn->state != CONN_CONNECTING) return;
    if (!answered) {
        wire__conn_watch(conn);
        return;
    }
    unsigned status = conn->asking->http.status;
    if (status / 100 != 2) {
        char why[180];
        snprintf(why, sizeof why, "refused to connect to %.120s: status %u", conn->target.tunnel->authority,
                 status);
        proxy_failed(conn, why);
        return;
    }
    free(conn->asking);
    conn->asking = NULL;
    conn->blocked = false;
    wire__connect_go_on(conn);
}

/* ---- Stages -------------------------------------------------------------------------------------------- */

void wire__connect_go_on(wire_conn *conn) {
    if (conn->stage == STAGE_TCP && conn->asking != NULL) {
        conn->stage = STAGE_PROXY;
        proxy_poll(conn);
        return;
    }
    if (conn->stage != STAGE_TLS && conn->session != NULL) {
        conn->stage = STAGE_TLS;
        wire__secure_handshake(conn);
        return;
    }
    uv_timer_stop(&conn->timer);
    wire__conn_established(conn);
}

/* ---- TCP ----------------------------------------------------------------------------------------------- */

/* A port of the ephemeral range that nobody listens on may be picked as the source port too: TCP then
   connects the socket with itself. */
static bool connected_to_itself(int fd) {
    struct sockaddr_storage own = {0};
    struct sockaddr_storage peer = {0};
    socklen_t own_len = sizeof own;
    socklen_t peer_len = sizeof peer;
    if (getsockname(fd, (struct sockaddr *)&own, &own_len) != 0) return false;
    if (getpeername(fd, (struct sockaddr *)&peer, &peer_len) != 0) return false;
    return (own.ss_family == AF_INET || own.ss_family == AF_INET6) && own_len == peer_len &&
           memcmp(&own, &peer, own_len) == 0;
}

static const struct sockaddr_storage *connect_addr(const wire_conn *conn) {
    return conn->next_addr == 0 ? &conn->target.addr : &conn->target.more[conn->next_addr - 1];
}

/* Starts to connect to the present address; the time left is shared among the addresses left. */
static void connect_start(wire_conn *conn) {
    const struct sockaddr_storage *addr = connect_addr(conn);
    int result;
    do result = connect(conn->fd, (const struct sockaddr *)addr, wire__addr_len(addr));
    while (result != 0 && errno == EINTR);
    conn->connect_error = result == 0 || errno == EINPROGRESS ? 0 : errno;
    if (conn->connect_error != 0) wire__conn_next_turn(conn);
    uint64_t now = uv_hrtime();
    uint64_t left = conn->deadline > now ? (conn->deadline - now) / 1000000 : 0;
    unsigned num_left = conn->target.num_more + 1 - conn->next_addr;
    wire__conn_timer(conn, left / num_left);
    wire__conn_watch(conn);
}

/* Puts a new socket for the next address in the place of the one that could not be connected. */
static bool connect_next(wire_conn *conn) {
    if (conn->next_addr >= conn->target.num_more || conn->next_addr >= WIRE_TARGET_MORE) return false;
    conn->next_addr++;
    int fd = socket(connect_addr(conn)->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    no_delay(fd);
    uv_idle_stop(&conn->idle);
    uv_poll_stop(&conn->poll);
    conn->watched = 0;
    int result = dup3(fd, conn->fd, O_CLOEXEC);
    close(fd);
    if (result < 0) return false;
    connect_start(conn);
    return true;
}

static void address_failed(wire_conn *conn, int err) {
    wire_end end = WIRE_END_REFUSED;
    if (err == ETIMEDOUT) end = WIRE_END_TIMEOUT;
    if (err == EADDRNOTAVAIL || err == EMFILE || err == ENFILE || err == ENOBUFS || err == ENOMEM)
        end = WIRE_END_ERROR;
    if (end != WIRE_END_ERROR && connect_next(conn)) return;
    snprintf(conn->error, sizeof conn->error, "connect to %s: %s", conn->target.text, strerror(err));
    wire__conn_end(conn, end);
}

static void connect_done(wire_conn *conn) {
    int err = conn->connect_error;
    socklen_t len = sizeof err;
    if (err == 0 && getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0) err = errno;
    if (err == 0 && connected_to_itself(conn->fd)) {
        wire__no_linger(conn->fd);
        err = ECONNREFUSED;
    }
    if (err != 0) {
        address_failed(conn, err);
        return;
    }
    uint64_t now = uv_hrtime();
    wire__conn_timer(conn, conn->deadline > now ? (conn->deadline - now) / 1000000 : 0);
    wire__connect_go_on(conn);
}

/* ---- Beginnings ---------------------------------------------------------------------------------------- */

void wire__connect_poll(wire_conn *conn) {
    if (conn->stage == STAGE_TCP)
        connect_done(conn);
    else if (conn->stage == STAGE_PROXY)
        proxy_poll(conn);
    else
        wire__secure_handshake(conn);
}

void wire__connect_timeout(wire_conn *conn) {
    if (conn->stage == STAGE_TCP) {
        address_failed(conn, ETIMEDOUT);
        return;
    }
    if (conn->stage == STAGE_PROXY)
        snprintf(conn->error, sizeof conn->error, "the proxy %s does not answer", conn->target.tunnel->proxy);
    else
        snprintf(conn->error, sizeof conn->error, "TLS handshake: the peer does not answer");
    wire__connect_failed(conn, WIRE_END_TIMEOUT);
}

wire_conn *wire_connect(uv_loop_t *loop, const wire_target *target, unsigned timeout_ms,
                        const wire_events *events, void *user) {
    int fd = socket(target->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return NULL;
    wire_conn *conn = wire__conn_new(loop, fd);
    if (conn == NULL) return NULL;
    no_delay(fd);
    conn->events = events;
    conn->user = user;
    conn->target = *target;
    conn->state = CONN_CONNECTING;
    if (target->tls != NULL) conn->session = wire__session_new(target->tls);
    if ((target->tls != NULL && conn->session == NULL) ||
        (target->tunnel != NULL && !tunnel_new(conn, target->tunnel))) {
        wire_close(conn);
        errno = ENOMEM;
        return NULL;
    }
    conn->deadline = uv_hrtime() + (uint64_t)timeout_ms * 1000000;
    connect_start(conn);
    return conn;
}

wire_conn *wire__conn_adopt(uv_loop_t *loop, int fd, wire_tls *tls, wire_listener *listener) {
    wire_conn *conn = wire__conn_new(loop, fd);
    if (conn == NULL) return NULL;
    no_delay(fd);
    conn->stage = STAGE_TLS;
    conn->state = tls != NULL ? CONN_CONNECTING : CONN_OPEN;
    if (tls != NULL && (conn->session = wire__session_new(tls)) == NULL) {
        wire_close(conn);
        return NULL;
    }
    conn->listener = listener;
    return conn;
}

void wire__conn_open(wire_conn *conn) {
    if (conn->state == CONN_CLOSED) return;
    if (conn->events == NULL) {
        wire_close(conn);
        return;
    }
    if (conn->state == CONN_OPEN) wire__conn_established(conn);
    if (conn->state != CONN_CONNECTING) return;
    wire__conn_timer(conn, WIRE_TLS_ACCEPT_MS);
    wire__conn_watch(conn);
}
