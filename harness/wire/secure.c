/* SPDX-License-Identifier: MIT */
/* TLS on a connection: carries octets between the session and the socket. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "wire/conn_impl.h"

/* A turn of the loop takes so many octets of one peer at most: making sense of TLS costs more than reading.
 */
enum { READ_SIZE = 16 << 10, READS_PER_TURN = 16, RECORDS_MAX = 64 << 10 };

static bool would_block(int err) {
    return err == EAGAIN || err == EWOULDBLOCK;
}

static ssize_t receive(wire_conn *conn, uint8_t *data, size_t size) {
    ssize_t n;
    do n = recv(conn->fd, data, size, 0);
    while (n < 0 && errno == EINTR);
    return n;
}

/* ---- Writing ------------------------------------------------------------------------------------------- */

int wire__secure_flush(wire_conn *conn) {
    for (;;) {
        size_t len;
        const uint8_t *out = wire__session_out(conn->session, &len);
        if (len == 0) return 0;
        ssize_t n = wire__conn_write(conn, out, len);
        if (n < 0) return -1;
        wire__session_took(conn->session, (size_t)n);
    }
}

ssize_t wire__secure_write(wire_conn *conn, const uint8_t *data, size_t len) {
    if (conn->record_len == 0) {
        size_t taken = len < RECORDS_MAX ? len : RECORDS_MAX;
        if (wire__session_write(conn->session, data, taken) != 0) {
            errno = EPROTO;
            return -1;
        }
        conn->record_len = taken;
    }
    if (wire__secure_flush(conn) != 0) return -1;
    ssize_t done = (ssize_t)conn->record_len;
    conn->record_len = 0;
    return done;
}

void wire__secure_shut(wire_conn *conn) {
    if (conn->session == NULL || conn->shut) return;
    conn->shut = true;
    wire__session_close(conn->session);
}

/* An octet more than the ciphertext of a record may have in TLS 1.2, which allows more than 1.3. */
#define LONG_RECORD ((1u << 14) + 2048 + 1)

static int long_record(wire__session *session) {
    static const uint8_t header[] = {23, 3, 3, LONG_RECORD >> 8, LONG_RECORD & 0xff};
    uint8_t block[1024];
    memset(block, 0x5a, sizeof block);
    if (wire__session_raw(session, header, sizeof header) != 0) return -1;
    for (size_t left = LONG_RECORD; left > 0;) {
        size_t len = left < sizeof block ? left : sizeof block;
        if (wire__session_raw(session, block, len) != 0) return -1;
        left -= len;
    }
    return 0;
}

int wire_tls_do(wire_conn *conn, wire_tls_act act) {
    int result = 0;
    if (conn->session == NULL || conn->state != CONN_OPEN || conn->fin_wanted || conn->shut ||
        conn->queued > 0 || conn->record_len > 0 || conn->write_error != 0)
        return -1;
    switch (act) {
    case WIRE_TLS_BARE_END: conn->shut = true; return 0;
    case WIRE_TLS_NOTIFY: wire__secure_shut(conn); break;
    case WIRE_TLS_KEY_UPDATE: result = wire__session_key_update(conn->session); break;
    case WIRE_TLS_LONG_RECORD: result = long_record(conn->session); break;
    }
    if (result != 0) return -1;
    if (wire__secure_flush(conn) != 0) {
        if (would_block(errno))
            conn->blocked = true;
        else
            conn->write_error = errno;
    }
    wire__conn_watch(conn);
    return 0;
}

/* ---- The handshake ------------------------------------------------------------------------------------- */

static void handshake_failed(wire_conn *conn, wire_end end, const char *why) {
    snprintf(conn->error, sizeof conn->error, "TLS handshake: %s", why);
    wire__connect_failed(conn, end);
}

/* The peer hears why, if it takes that; what it has said itself is worth more than that it is gone. */
static void handshake_flush(wire_conn *conn) {
    conn->blocked = false;
    if (conn->write_error != 0 || wire__secure_flush(conn) == 0) return;
    if (would_block(errno))
        conn->blocked = true;
    else
        conn->write_error = errno;
}

void wire__secure_handshake(wire_conn *conn) {
    uint8_t data[READ_SIZE];
    for (unsigned i = 0; i < READS_PER_TURN; i++) {
        wire__session_result result = wire__session_handshake(conn->session);
        handshake_flush(conn);
        if (result == WIRE__SESSION_FAILED) {
            handshake_failed(conn, WIRE_END_TLS, wire__session_error(conn->session));
            return;
        }
        if (result == WIRE__SESSION_DONE) {
            wire__connect_go_on(conn);
            return;
        }
        ssize_t n = receive(conn, data, sizeof data);
        if (n < 0 && would_block(errno)) break;
        if (n <= 0) {
            handshake_failed(conn, WIRE_END_REFUSED,
                             n == 0 || errno == ECONNRESET ? "the peer ended the connection"
                                                           : strerror(errno));
            return;
        }
        (void)wire__session_feed(conn->session, data, (size_t)n); /* a failure shows in the next round */
    }
    wire__conn_watch(conn);
}

/* ---- Reading ------------------------------------------------------------------------------------------- */

static bool may_read(const wire_conn *conn) {
    return conn->state == CONN_OPEN && conn->reading && !conn->read_done;
}

static void broken(wire_conn *conn) {
    if (conn->write_error == 0) (void)wire__secure_flush(conn);
    snprintf(conn->error, sizeof conn->error, "TLS: %s", wire__session_error(conn->session));
    conn->read_done = true;
    wire__conn_end(conn, WIRE_END_TLS);
}

/* Hands on what the session holds. True if it takes more to go on. */
static bool hand_on(wire_conn *conn, uint8_t *data, size_t size) {
    while (may_read(conn)) {
        size_t len;
        switch (wire__session_read(conn->session, data, size, &len)) {
        case WIRE__SESSION_DONE:
            if (conn->events->received != NULL) conn->events->received(conn->user, data, len);
            break;
        case WIRE__SESSION_MORE: return true;
        case WIRE__SESSION_CLOSED: wire__conn_read_end(conn, 0); return false;
        case WIRE__SESSION_FAILED: broken(conn); return false;
        }
    }
    return false;
}

void wire__secure_read(wire_conn *conn) {
    uint8_t data[READ_SIZE];
    bool more = hand_on(conn, data, sizeof data);
    for (unsigned i = 0; more && i < READS_PER_TURN; i++) {
        ssize_t n = receive(conn, data, sizeof data);
        if (n < 0 && would_block(errno)) break;
        if (n <= 0) {
            wire__conn_read_end(conn, n == 0 ? 0 : errno);
            return;
        }
        (void)wire__session_feed(conn->session, data, (size_t)n);
        more = hand_on(conn, data, sizeof data);
    }
    /* Answers to what was no data. In the middle of a send they go with the rest of it. */
    if (conn->state == CONN_OPEN && conn->record_len == 0 && conn->write_error == 0 && !conn->blocked &&
        wire__secure_flush(conn) != 0 && would_block(errno))
        conn->blocked = true;
}

bool wire_tls_describe(const wire_conn *conn, wire_tls_info *info) {
    return conn->session != NULL && wire__session_describe(conn->session, info);
}
