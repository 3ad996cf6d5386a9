/* SPDX-License-Identifier: MIT */
#include "runner/door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/wsc.h"

/* A connection while it is here: its head is read, or its answer is being taken. */
typedef struct visit {
    door *door;
    struct visit *next, *before;
    wire_conn *conn;
    uv_timer_t *timer;
    bool answering, leaving;
    size_t len;
    uint8_t octets[DOOR_HEAD_MAX];
    wsc_http http;
    char buf[DOOR_HEAD_MAX];
    wsc_field fields[DOOR_FIELDS_MAX];
} visit;

struct door {
    uv_loop_t *loop;
    wire_listener *listener;
    unsigned head_ms;
    door_arrived *arrived;
    void *user;
    visit *visits;
    size_t num_visits;
};

/* ---- Visits -------------------------------------------------------------------------------------------- */

static void timer_closed(uv_handle_t *handle) {
    free(handle);
}

/* Ends the visit; the connection is somebody else's, or closed. */
static void visit_end(visit *v) {
    door *d = v->door;
    if (v->before)
        v->before->next = v->next;
    else
        d->visits = v->next;
    if (v->next) v->next->before = v->before;
    d->num_visits--;
    uv_timer_stop(v->timer);
    uv_close((uv_handle_t *)v->timer, timer_closed);
    free(v);
}

static void visit_close(visit *v) {
    wire_close(v->conn);
    visit_end(v);
}

static void timed_out(uv_timer_t *timer) {
    visit_close(timer->data);
}

static visit *visit_new(door *d, wire_conn *conn) {
    visit *v = malloc(sizeof *v);
    uv_timer_t *timer = malloc(sizeof *timer);
    if (!v || !timer) {
        free(v);
        free(timer);
        return NULL;
    }
    v->door = d;
    v->conn = conn;
    v->timer = timer;
    v->answering = v->leaving = false;
    v->len = 0;
    v->before = NULL;
    v->next = d->visits;
    if (v->next) v->next->before = v;
    d->visits = v;
    d->num_visits++;
    uv_timer_init(d->loop, timer);
    timer->data = v;
    return v;
}

/* ---- Answers ------------------------------------------------------------------------------------------- */

/* What a peer says to an answer is not looked at; only that it leaves. */
static void answer_received(void *user, const uint8_t *data, size_t len) {
    visit *v = user;
    (void)data;
    (void)len;
    if (v->leaving) return;
    /* Its Close, or more of a request: nothing of ours is to come, so the server ends TCP (7.1.1). */
    v->leaving = true;
    wire_fin(v->conn);
}

static void answer_ended(void *user, wire_end end) {
    visit *v = user;
    if (end == WIRE_END_FIN && wire_queued(v->conn) > 0 && !v->leaving) {
        v->leaving = true;
        wire_fin(v->conn);
        return;
    }
    visit_close(v);
}

static const wire_events answer_events = {NULL, answer_received, NULL, NULL, answer_ended};

/* Takes the connection back from whoever got it, to see its answer on its way. */
static visit *answer_begin(door *d, wire_conn *conn) {
    visit *v = visit_new(d, conn);
    if (!v) {
        wire_close(conn);
        return NULL;
    }
    v->answering = true;
    wire_own(conn, &answer_events, v);
    uv_timer_start(v->timer, timed_out, DOOR_ANSWER_MS, 0);
    return v;
}

void door_page(door *d, wire_conn *conn, unsigned status, const char *reason, const char *type,
               const char *body, size_t len) {
    char head[512];
    visit *v = answer_begin(d, conn);
    if (!v) return;
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                     status, reason, type, len);
    wire_send(conn, (const uint8_t *)head, (size_t)n, NULL);
    wire_send(conn, (const uint8_t *)body, len, NULL);
    v->leaving = true;
    wire_fin(conn);
}

void door_message(door *d, wire_conn *conn, wsc_span key, const char *text) {
    visit *v = answer_begin(d, conn);
    if (!v) return;
    char accept[WSC_ACCEPT_LEN + 1], head[256];
    wsc_accept_encode(accept, key);
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Accept: %s\r\n\r\n",
                     accept);
    wire_send(conn, (const uint8_t *)head, (size_t)n, NULL);
    uint8_t header[WSC_HEADER_MAX];
    if (text) {
        wsc_frame frame = {.fin = true, .opcode = WSC_OP_TEXT, .length = strlen(text)};
        wire_send(conn, header, wsc_frame_encode(header, &frame), NULL);
        wire_send(conn, (const uint8_t *)text, strlen(text), NULL);
    }
    uint8_t body[WSC_CONTROL_MAX];
    size_t len = wsc_close_encode(body, 1000, NULL, 0);
    wsc_frame close = {.fin = true, .opcode = WSC_OP_CLOSE, .length = len};
    wire_send(conn, header, wsc_frame_encode(header, &close), NULL);
    wire_send(conn, body, len, NULL);
}

/* ---- Heads --------------------------------------------------------------------------------------------- */

static void head_opened(void *user) {
    (void)user;
}

static void head_received(void *user, const uint8_t *data, size_t len) {
    visit *v = user;
    door *d = v->door;
    wire_conn *conn = v->conn;
    if (len > sizeof v->octets - v->len) {
        visit_end(v);
        static const char text[] = "The request is too long.\n";
        door_page(d, conn, 431, "Request Header Fields Too Large", "text/plain", text, sizeof text - 1);
        return;
    }
    memcpy(v->octets + v->len, data, len);
    wsc_http_status status;
    (void)wsc_http_push(&v->http, v->octets + v->len, len, &status);
    v->len += len;
    if (status == WSC_HTTP_MORE) return;
    if (status == WSC_HTTP_FAILED) {
        visit_end(v);
        static const char text[] = "This is no HTTP request that can be read.\n";
        door_page(d, conn, 400, "Bad Request", "text/plain", text, sizeof text - 1);
        return;
    }
    door_request request = {.octets = v->octets,
                            .len = v->len,
                            .head = &v->http,
                            .upgrade = wsc_http_field(&v->http, "Sec-WebSocket-Key", 0) != NULL};
    d->arrived(d->user, conn, &request);
    visit_end(v);
}

static void head_ended(void *user, wire_end end) {
    (void)end;
    visit_close(user);
}

static const wire_events head_events = {head_opened, head_received, NULL, NULL, head_ended};

static void accepted(void *user, wire_conn *conn) {
    door *d = user;
    visit *v = visit_new(d, conn);
    if (!v) {
        wire_close(conn);
        return;
    }
    wsc_http_init(&v->http, WSC_HTTP_REQUEST, v->buf, sizeof v->buf, v->fields, DOOR_FIELDS_MAX);
    wire_own(conn, &head_events, v);
    uv_timer_start(v->timer, timed_out, d->head_ms, 0);
}

static const wire_listen_events listen_events = {accepted};

door *door_open(uv_loop_t *loop, const wire_target *listen, unsigned head_ms, door_arrived *arrived,
                void *user, char *error, size_t error_len) {
    door *d = calloc(1, sizeof *d);
    if (!d) abort();
    *d = (door){.loop = loop, .head_ms = head_ms, .arrived = arrived, .user = user};
    d->listener = wire_listen(loop, listen, DOOR_CONNS_MAX, &listen_events, d, error, error_len);
    if (d->listener) return d;
    free(d);
    return NULL;
}

unsigned door_port(const door *d) {
    return wire_listener_port(d->listener);
}

size_t door_busy(const door *d) {
    return d->num_visits;
}

void door_close(door *d) {
    if (!d) return;
    for (visit *v = d->visits, *next; v; v = next) {
        next = v->next;
        wire_close(v->conn);
        uv_timer_stop(v->timer);
        uv_close((uv_handle_t *)v->timer, timer_closed);
        free(v);
    }
    wire_listener_close(d->listener);
    free(d);
}

/* ---- Targets ------------------------------------------------------------------------------------------- */

/* The target without the scheme and authority of the absolute form. */
static wsc_span origin_form(const wsc_http *head) {
    wsc_span target = head->target;
    if (target.len == 0 || target.data[0] == '/') return target;
    for (size_t i = 0; i + 3 <= target.len; i++) {
        if (memcmp(target.data + i, "://", 3) != 0) continue;
        for (i += 3; i < target.len && target.data[i] != '/' && target.data[i] != '?';) i++;
        return (wsc_span){target.data + i, target.len - i};
    }
    return target;
}

bool door_path_is(const wsc_http *head, const char *path) {
    wsc_span target = origin_form(head);
    size_t len = strlen(path);
    return target.len >= len && memcmp(target.data, path, len) == 0 &&
           (target.len == len || target.data[len] == '?');
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool decode(const char *text, size_t len, char *value, size_t size) {
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i] == '+' ? ' ' : text[i];
        if (c == '%' && i + 2 < len && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
            c = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        }
        if (n + 1 >= size || c == 0) return false;
        value[n++] = c;
    }
    value[n] = 0;
    return true;
}

bool door_parameter(const wsc_http *head, const char *name, char *value, size_t size) {
    wsc_span target = origin_form(head);
    const char *at = target.len ? memchr(target.data, '?', target.len) : NULL;
    const char *end = target.data + target.len;
    size_t name_len = strlen(name);
    while (at && at < end) {
        const char *part = at + 1;
        at = memchr(part, '&', (size_t)(end - part));
        size_t len = (size_t)((at ? at : end) - part);
        if (len > name_len && memcmp(part, name, name_len) == 0 && part[name_len] == '=')
            return decode(part + name_len + 1, len - name_len - 1, value, size);
    }
    return false;
}

bool door_named(const door *d, const wsc_http *head) {
    const wsc_field *host = wsc_http_field(head, "Host", 0);
    char port[8];
    size_t len = (size_t)snprintf(port, sizeof port, ":%u", door_port(d));
    if (!host || door_port(d) == 80 || door_port(d) == 443) return true;
    return host->value.len > len && memcmp(host->value.data + host->value.len - len, port, len) == 0;
}
