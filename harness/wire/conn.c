/* SPDX-License-Identifier: MIT */
/* Connections sit on uv_poll_t and sockets of their own instead of uv_tcp_t: only so is it known which octets
   the kernel took when a connection breaks in the middle of a write, and can a reset be told from an end of
   stream after a write has consumed the socket's error. */
#include "wire/conn_impl.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 64 << 10, READS_PER_TURN = 16, WRITES_PER_TURN = 256 };

/* Pacing of segments. A peer on the same machine needs some microseconds to wake up and read; then it mostly
   acknowledges at once, but may also delay that by 40 ms, so that waiting for it is bounded. Octets that the
   kernel has not even sent (the congestion window is full of tiny segments) would be merged with the next
   segment: these are worth a longer wait, bounded for a whole send. A parser that takes the first
   PACE_SEGMENTS of a send one by one takes the others too: they are written apart, but without a pause. So
   are those that follow after PACE_TIME_NS: on a machine that is so busy, each pause is a long one, and a
   peer does not wait for ever. */
#define PACE_SEGMENTS     512
#define PACE_TIME_NS      UINT64_C(2000000000)
#define PACE_GAP_NS       UINT64_C(20000)
#define PACE_ACK_NS       UINT64_C(150000)
#define PACE_UNSENT_NS    UINT64_C(50000000)
#define PACE_SEND_NS      UINT64_C(500000000)
#define PACE_SPIN_NS      UINT64_C(2000000)
#define PACE_UNSENT_TIMER 1

const char *wire_end_name(wire_end end) {
    switch (end) {
    case WIRE_END_NONE: return "none";
    case WIRE_END_FIN: return "fin";
    case WIRE_END_RESET: return "reset";
    case WIRE_END_REFUSED: return "refused";
    case WIRE_END_TIMEOUT: return "timeout";
    case WIRE_END_TLS: return "tls";
    case WIRE_END_ERROR: return "error";
    }
    return "unknown";
}

bool wire_stalled(uint64_t due, uint64_t ms) {
    uint64_t now = wire_now(), late_ms = now > due ? (now - due) / 1000000 : 0;
    return late_ms >= 100 && late_ms >= ms / 8;
}

uint64_t wire_now(void) {
    return uv_hrtime();
}

static void on_poll(uv_poll_t *handle, int status, int events);
static void on_idle(uv_idle_t *handle);
static void on_timer(uv_timer_t *handle);

void wire__conn_watch(wire_conn *conn) {
    int events = 0;
    if (conn->state == CONN_CONNECTING && conn->stage == STAGE_TCP && conn->connect_error == 0)
        events = UV_WRITABLE;
    if (conn->state == CONN_CONNECTING && conn->stage != STAGE_TCP)
        events = conn->blocked ? UV_READABLE | UV_WRITABLE : UV_READABLE;
    if (conn->state == CONN_OPEN) {
        if (conn->reading && !conn->read_done) events |= UV_READABLE;
        if (conn->blocked) events |= UV_WRITABLE;
    }
    if (events == conn->watched || conn->state == CONN_CLOSED) return;
    conn->watched = events;
    if (events == 0)
        uv_poll_stop(&conn->poll);
    else
        uv_poll_start(&conn->poll, events, on_poll);
}

static void chunk_free(wire_conn *conn, wire_chunk *chunk) {
    conn->overhead -= chunk->overhead;
    free(chunk);
}

static void queue_free(wire_conn *conn) {
    while (conn->head != NULL) {
        wire_chunk *next = conn->head->next;
        chunk_free(conn, conn->head);
        conn->head = next;
    }
    conn->tail = NULL;
}

/* Drops what waits to be written. */
static void queue_drop(wire_conn *conn) {
    conn->queued = 0;
    conn->blocked = false;
    if (conn->writing)
        conn->dropping = true; /* a `sent` callback may be looking at the head */
    else
        queue_free(conn);
}

static void writing_end(wire_conn *conn) {
    conn->writing = false;
    if (conn->dropping) queue_free(conn);
    conn->dropping = false;
}

static void conn_stop(wire_conn *conn, conn_state state) {
    if (conn->state == CONN_CLOSED) return;
    conn->state = state;
    queue_drop(conn);
    uv_idle_stop(&conn->idle);
    uv_timer_stop(&conn->timer);
    wire__conn_watch(conn);
}

void wire__conn_end(wire_conn *conn, wire_end end) {
    if (end != WIRE_END_FIN) conn_stop(conn, CONN_DEAD);
    if (conn->events->ended != NULL) conn->events->ended(conn->user, end);
}

void wire__conn_read_end(wire_conn *conn, int err) {
    conn->read_done = true;
    /* The write that failed has consumed the socket's error, so that reading ends as if by FIN. */
    if (err == 0) err = conn->write_error;
    if (err == 0) {
        wire__conn_watch(conn);
        wire__conn_end(conn, WIRE_END_FIN);
        return;
    }
    snprintf(conn->error, sizeof conn->error, "%s", strerror(err));
    wire__conn_end(conn, err == ECONNRESET || err == EPIPE ? WIRE_END_RESET : WIRE_END_ERROR);
}

static void write_failed(wire_conn *conn, int err) {
    conn->write_error = err;
    snprintf(conn->error, sizeof conn->error, "write: %s", strerror(err));
    queue_drop(conn);
    uv_idle_stop(&conn->idle);
    uv_timer_stop(&conn->timer);
}

ssize_t wire__conn_write(wire_conn *conn, const uint8_t *data, size_t len) {
    ssize_t n;
    do n = send(conn->fd, data, len, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n >= 0) {
        conn->wrote_at = uv_hrtime();
        conn->turned = false;
    }
    return n;
}

/* Octets of a send: how many are with the kernel now, or -1 with errno. */
static ssize_t write_once(wire_conn *conn, const uint8_t *data, size_t len) {
    return conn->session != NULL ? wire__secure_write(conn, data, len) : wire__conn_write(conn, data, len);
}

/* May the next segment go, given that the one before and this one are to arrive apart? */
static bool pace_over(wire_conn *conn) {
    uint64_t since = uv_hrtime() - conn->wrote_at;
    if (since >= PACE_UNSENT_NS) return true;
    if (!conn->turned || since < PACE_GAP_NS) return false;
    int octets = 0;
    if (ioctl(conn->fd, SIOCOUTQ, &octets) != 0 || octets == 0) return true;
    if (since < PACE_ACK_NS) return false;
    if (conn->unsent_waited + since >= PACE_SEND_NS) return true;
    return ioctl(conn->fd, SIOCOUTQNSD, &octets) != 0 || octets == 0;
}

static void pace_done(wire_conn *conn) {
    uint64_t since = uv_hrtime() - conn->wrote_at;
    if (since > PACE_ACK_NS && since < PACE_UNSENT_NS * 2) conn->unsent_waited += since;
}

static bool would_block(int err) {
    return err == EAGAIN || err == EWOULDBLOCK;
}

/* What TLS has to say for itself. False if the kernel takes no more for now. */
static bool session_flush(wire_conn *conn) {
    if (conn->session == NULL || conn->write_error != 0 || wire__secure_flush(conn) == 0) return true;
    if (would_block(errno)) {
        conn->blocked = true;
        return false;
    }
    write_failed(conn, errno);
    return true;
}

static void fin_send(wire_conn *conn) {
    if (!conn->fin_wanted || conn->fin_sent || conn->state != CONN_OPEN || conn->head != NULL) return;
    wire__secure_shut(conn);
    if (!session_flush(conn)) return;
    conn->fin_sent = true;
    if (conn->write_error == 0) shutdown(conn->fd, SHUT_WR);
}

/* Writes the next octets of the head. False if there is to be a pause, for whatever reason. */
static bool head_write(wire_conn *conn) {
    wire_chunk *chunk = conn->head;
    if (chunk->pos == chunk->seg_end) {
        if (conn->paced || chunk->paced) {
            if (!pace_over(conn)) {
                if (!uv_is_active((uv_handle_t *)&conn->timer)) uv_idle_start(&conn->idle, on_idle);
                return false;
            }
            if (chunk->pos == chunk->base) conn->unsent_waited = 0;
            pace_done(conn);
        }
        chunk->seg_end = wire__segments_end(&chunk->segments, chunk->pos);
        if (chunk->num_segments++ == 0) chunk->begun = uv_hrtime();
        if (chunk->num_segments >= PACE_SEGMENTS || uv_hrtime() - chunk->begun > PACE_TIME_NS)
            chunk->paced = false;
    }
    const uint8_t *data = chunk->data + (chunk->pos - chunk->base);
    ssize_t n = write_once(conn, data, chunk->seg_end - chunk->pos);
    if (n < 0) {
        if (would_block(errno))
            conn->blocked = true;
        else
            write_failed(conn, errno);
        return false;
    }
    chunk->pos += (size_t)n;
    conn->queued -= (size_t)n;
    conn->paced = chunk->paced;
    if (conn->events->sent != NULL) conn->events->sent(conn->user, data, (size_t)n);
    if (conn->dropping) return false;
    if (chunk->pos == chunk->segments.len) {
        conn->head = chunk->next;
        if (conn->head == NULL) conn->tail = NULL;
        chunk_free(conn, chunk);
    }
    return true;
}

/* The loop need not come back at once, as far as writing goes. */
static void idle_stop(wire_conn *conn) {
    if (!conn->resume) uv_idle_stop(&conn->idle);
}

/* Writes what can be written now; runs from the loop only. */
static void flush(wire_conn *conn) {
    if (conn->state != CONN_OPEN || conn->blocked || conn->writing) return;
    bool had = conn->head != NULL;
    if (!had && !session_flush(conn)) {
        wire__conn_watch(conn);
        return;
    }
    conn->writing = true;
    for (unsigned i = 0; conn->head != NULL && !conn->dropping && head_write(conn); i++) {
        if (i == WRITES_PER_TURN) {
            conn->blocked = true; /* the loop comes back at once */
            break;
        }
    }
    writing_end(conn);
    if (conn->state != CONN_OPEN) return;
    if (conn->head == NULL) {
        idle_stop(conn);
        uv_timer_stop(&conn->timer);
        fin_send(conn);
    }
    wire__conn_watch(conn);
    if (had && conn->head == NULL && conn->events->drained != NULL) conn->events->drained(conn->user);
}

static void read_some(wire_conn *conn) {
    uint8_t data[READ_SIZE];
    if (conn->session != NULL) {
        wire__secure_read(conn);
        return;
    }
    for (unsigned i = 0; i < READS_PER_TURN; i++) {
        if (conn->state != CONN_OPEN || !conn->reading || conn->read_done) return;
        ssize_t n = recv(conn->fd, data, sizeof data, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && would_block(errno)) return;
        if (n <= 0) {
            wire__conn_read_end(conn, n == 0 ? 0 : errno);
            return;
        }
        if (conn->events->received != NULL) conn->events->received(conn->user, data, (size_t)n);
        if ((size_t)n < sizeof data) return;
    }
}

static void on_idle(uv_idle_t *handle) {
    wire_conn *conn = handle->data;
    if (conn->state == CONN_CONNECTING) {
        wire__connect_poll(conn);
        return;
    }
    if (conn->resume) {
        conn->resume = false;
        read_some(conn);
        if (conn->head == NULL || conn->blocked) idle_stop(conn);
        if (conn->state != CONN_OPEN) return;
    }
    conn->turned = true;
    flush(conn);
    if (conn->state != CONN_OPEN || !uv_is_active((uv_handle_t *)handle) || conn->resume) return;
    if (uv_hrtime() - conn->wrote_at > PACE_SPIN_NS) {
        uv_idle_stop(handle);
        uv_timer_start(&conn->timer, on_timer, PACE_UNSENT_TIMER, PACE_UNSENT_TIMER);
    } else {
        sched_yield();
    }
}

static void on_timer(uv_timer_t *handle) {
    wire_conn *conn = handle->data;
    if (conn->state == CONN_CONNECTING) {
        if (wire_stalled(conn->timer_due, conn->timer_ms)) {
            conn->deadline += wire_now() - conn->timer_due + conn->timer_ms * 1000000;
            wire__conn_timer(conn, conn->timer_ms);
        } else {
            wire__connect_timeout(conn);
        }
        return;
    }
    conn->turned = true;
    flush(conn);
    if (conn->state == CONN_OPEN && conn->head != NULL && !conn->blocked && !conn->turned) {
        /* A segment went: the next ones get their chance to go quickly. */
        uv_timer_stop(handle);
        uv_idle_start(&conn->idle, on_idle);
    }
}

static void on_poll(uv_poll_t *handle, int status, int events) {
    wire_conn *conn = handle->data;
    if (status < 0) {
        /* The socket has an error; libuv has stopped the handle. Reading and writing tell which it is. */
        conn->watched = 0;
        events = UV_READABLE | UV_WRITABLE;
    }
    if (conn->state == CONN_CONNECTING) {
        wire__connect_poll(conn);
        return;
    }
    /* Reading goes first: data that came before a reset are to be delivered. */
    if ((events & UV_READABLE) != 0) read_some(conn);
    if ((events & UV_WRITABLE) != 0 && conn->blocked) {
        conn->blocked = false;
        flush(conn);
    }
    wire__conn_watch(conn);
}

void wire__conn_next_turn(wire_conn *conn) {
    uv_idle_start(&conn->idle, on_idle);
}

void wire__conn_timer(wire_conn *conn, uint64_t ms) {
    uv_update_time(conn->loop);
    conn->timer_ms = ms;
    conn->timer_due = wire_now() + ms * 1000000;
    uv_timer_start(&conn->timer, on_timer, ms, 0);
}

static void on_closed(uv_handle_t *handle) {
    wire_conn *conn = handle->data;
    if (--conn->num_handles != 0) return;
    queue_free(conn);
    wire__session_free(conn->session);
    wire__connect_free(conn);
    free(conn);
}

wire_conn *wire__conn_new(uv_loop_t *loop, int fd) {
    wire_conn *conn = calloc(1, sizeof *conn);
    if (conn == NULL) {
        close(fd);
        errno = ENOMEM;
        return NULL;
    }
    int result = uv_poll_init(loop, &conn->poll, fd);
    if (result != 0) {
        free(conn);
        close(fd);
        errno = -result;
        return NULL;
    }
    uv_idle_init(loop, &conn->idle);
    uv_timer_init(loop, &conn->timer);
    conn->num_handles = 3;
    conn->poll.data = conn->idle.data = conn->timer.data = conn;
    conn->loop = loop;
    conn->fd = fd;
    conn->reading = true;
    return conn;
}

void wire_own(wire_conn *conn, const wire_events *events, void *user) {
    conn->events = events;
    conn->user = user;
}

void wire__conn_established(wire_conn *conn) {
    conn->state = CONN_OPEN;
    if (conn->events->opened != NULL) conn->events->opened(conn->user);
    flush(conn);
    if (conn->state != CONN_OPEN) return;
    fin_send(conn);
    if (conn->session != NULL) {
        /* Data may have come with the last octets of the handshake. */
        conn->resume = true;
        uv_idle_start(&conn->idle, on_idle);
    }
    wire__conn_watch(conn);
}

/* Queues data[done .. len). */
static int queue_add(wire_conn *conn, const uint8_t *data, size_t done, size_t seg_end,
                     const wire__segments *segments, bool paced) {
    size_t rest = segments->len - done;
    size_t num_cuts = segments->num_cuts - segments->next_cut;
    if (num_cuts > WIRE_QUEUE_MAX / sizeof(size_t)) return -1;
    size_t overhead = sizeof(wire_chunk) + num_cuts * sizeof(size_t);
    if (overhead > WIRE_QUEUE_MAX - conn->overhead) return -1;
    wire_chunk *chunk = malloc(overhead + rest);
    if (chunk == NULL) return -1;
    *chunk = (wire_chunk){.segments = *segments, .base = done, .pos = done, .seg_end = seg_end};
    chunk->overhead = overhead;
    chunk->paced = paced;
    size_t *cuts = (size_t *)(chunk + 1);
    if (num_cuts != 0) memcpy(cuts, segments->cuts + segments->next_cut, num_cuts * sizeof(size_t));
    chunk->segments.cuts = cuts;
    chunk->segments.num_cuts = num_cuts;
    chunk->segments.next_cut = 0;
    chunk->data = (uint8_t *)(cuts + num_cuts);
    memcpy(chunk->data, data + done, rest);
    if (conn->tail != NULL)
        conn->tail->next = chunk;
    else
        conn->head = chunk;
    conn->tail = chunk;
    conn->queued += rest;
    conn->overhead += overhead;
    return 0;
}

int wire_send(wire_conn *conn, const uint8_t *data, size_t len, const wire_cut *cut) {
    if (conn->fin_wanted || conn->state == CONN_RESET || conn->state == CONN_CLOSED) return -1;
    if (conn->state == CONN_DEAD || conn->write_error != 0 || len == 0) return 0;
    if (len > WIRE_QUEUE_MAX - conn->queued) return -1;

    wire__segments segments;
    wire__segments_init(&segments, len, cut);
    bool paced = wire__segments_end(&segments, 0) < len;
    size_t done = 0;
    size_t seg_end = 0;
    bool direct = conn->state == CONN_OPEN && conn->head == NULL && !conn->writing && !conn->blocked;
    if (direct && (!(paced || conn->paced) || uv_hrtime() - conn->wrote_at > PACE_ACK_NS)) {
        seg_end = wire__segments_end(&segments, 0);
        ssize_t n = write_once(conn, data, seg_end);
        if (n < 0 && !would_block(errno)) {
            write_failed(conn, errno);
            return 0;
        }
        done = n > 0 ? (size_t)n : 0;
        conn->paced = paced;
        conn->unsent_waited = 0;
        conn->blocked = done < seg_end;
    }
    if (done < len && queue_add(conn, data, done, done == 0 ? 0 : seg_end, &segments, paced) != 0) {
        /* Half a send cannot be taken back. */
        if (done > 0 || conn->record_len > 0) write_failed(conn, ENOMEM);
        return -1;
    }
    if (conn->state == CONN_OPEN && conn->head != NULL && !conn->blocked && !conn->writing)
        uv_idle_start(&conn->idle, on_idle);
    wire__conn_watch(conn);
    if (done > 0 && conn->events->sent != NULL) {
        conn->writing = true; /* what is sent from inside is queued behind */
        conn->events->sent(conn->user, data, done);
        writing_end(conn);
        if (conn->state == CONN_OPEN && conn->head != NULL && !conn->blocked)
            uv_idle_start(&conn->idle, on_idle);
        fin_send(conn);
    }
    return 0;
}

size_t wire_queued(const wire_conn *conn) {
    return conn->queued;
}

void wire_fin(wire_conn *conn) {
    if (conn->state != CONN_CONNECTING && conn->state != CONN_OPEN) return;
    conn->fin_wanted = true;
    if (conn->writing) return;
    fin_send(conn);
    wire__conn_watch(conn);
}

void wire_reset(wire_conn *conn) {
    if (conn->state == CONN_CLOSED || conn->state == CONN_RESET) return;
    conn_stop(conn, CONN_RESET);
    wire__no_linger(conn->fd);
    close(conn->fd);
    conn->fd = -1;
}

void wire_read(wire_conn *conn, bool on) {
    conn->reading = on;
    if (on && conn->session != NULL && conn->state == CONN_OPEN) {
        /* The socket may have nothing to tell any more. */
        conn->resume = true;
        uv_idle_start(&conn->idle, on_idle);
    }
    wire__conn_watch(conn);
}

void wire_close(wire_conn *conn) {
    if (conn == NULL || conn->state == CONN_CLOSED) return;
    /* Who drops octets does not say that this was all. */
    if (conn->state == CONN_OPEN && conn->head == NULL && conn->write_error == 0 && conn->session != NULL) {
        wire__secure_shut(conn);
        (void)wire__secure_flush(conn);
    }
    conn_stop(conn, CONN_CLOSED);
    uv_close((uv_handle_t *)&conn->poll, on_closed);
    uv_close((uv_handle_t *)&conn->idle, on_closed);
    uv_close((uv_handle_t *)&conn->timer, on_closed);
    if (conn->fd >= 0) close(conn->fd);
    conn->fd = -1;
    if (conn->listener != NULL) wire__listener_release(conn->listener);
    conn->listener = NULL;
}

const char *wire_error(const wire_conn *conn) {
    return conn->error;
}
