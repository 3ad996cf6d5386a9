/* SPDX-License-Identifier: MIT */
#include "runner/commands.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct commands {
    commands **list, *next;
    wire_conn *conn;
    uv_timer_t *idle; /* freed by its close callback */
    wsc_session session;
    uint8_t scratch[4096];
    char *text; /* of the message that is open */
    size_t len, cap;
    bool is_text, closing;
};

static void timer_closed(uv_handle_t *handle) {
    free(handle);
}

static void release(commands *c) {
    uv_timer_stop(c->idle);
    uv_close((uv_handle_t *)c->idle, timer_closed);
    wire_close(c->conn);
    free(c->text);
    free(c);
}

static void drop(commands *c) {
    for (commands **at = c->list; *at; at = &(*at)->next) {
        if (*at != c) continue;
        *at = c->next;
        break;
    }
    release(c);
}

static void idle_over(uv_timer_t *timer) {
    drop(timer->data);
}

/* ---- Sending ------------------------------------------------------------------------------------------- */

static int send_frame(commands *c, wsc_frame *frame, const char *payload, size_t len, size_t total,
                      size_t every) {
    if (total > COMMANDS_PAYLOAD_MAX || (total > 0 && len == 0)) return -1;
    uint8_t *octets = malloc(WSC_HEADER_MAX + total);
    if (!octets) return -1;
    frame->length = total;
    frame->form = 0;
    size_t n = wsc_frame_encode(octets, frame);
    for (size_t i = 0; i < total; i++) octets[n + i] = (uint8_t)payload[i % len];
    if (frame->masked) wsc_mask(octets + n, octets + n, total, frame->key, 0);
    const wire_cut cut = {.every = every};
    int result = wire_send(c->conn, octets, n + total, every ? &cut : NULL);
    free(octets);
    return result;
}

static int key_of(const json_t *value, uint8_t key[4]) {
    unsigned part[4];
    char rest;
    const char *text = json_string_value(value);
    if (!text || strlen(text) != 8 ||
        sscanf(text, "%2x%2x%2x%2x%c", &part[0], &part[1], &part[2], &part[3], &rest) != 4)
        return -1;
    for (size_t i = 0; i < 4; i++) key[i] = (uint8_t)part[i];
    return 0;
}

/* A number from 0 to max; absent: what is there already. */
static int number_of(const json_t *object, const char *name, json_int_t max, size_t *value) {
    const json_t *number = json_object_get(object, name);
    if (!number || json_is_null(number)) return 0;
    json_int_t n = json_integer_value(number);
    if (!json_is_integer(number) || n < 0 || n > max) return -1;
    *value = (size_t)n;
    return 0;
}

static int payload_of(const json_t *object, const char **payload, size_t *len, size_t *total) {
    const json_t *text = json_object_get(object, "payload");
    *payload = json_string_value(text);
    if (text && !json_is_null(text) && !*payload) return -1;
    *len = *payload ? json_string_length(text) : 0;
    *total = *len;
    return number_of(object, "payload_len", (json_int_t)COMMANDS_PAYLOAD_MAX, total);
}

static int do_frame(commands *c, const json_t *object) {
    const char *payload;
    size_t opcode = 16, rsv = 0, every = 0, len, total;
    const json_t *fin = json_object_get(object, "fin"), *mask = json_object_get(object, "mask");
    if (!json_is_object(object) || number_of(object, "opcode", 15, &opcode) || opcode > 15 ||
        number_of(object, "rsv", 7, &rsv) || number_of(object, "chopsize", 1 << 20, &every) ||
        payload_of(object, &payload, &len, &total))
        return -1;
    wsc_frame frame = {.fin = !json_is_false(fin),
                       .rsv1 = (rsv & 4) != 0,
                       .rsv2 = (rsv & 2) != 0,
                       .rsv3 = (rsv & 1) != 0,
                       .opcode = (uint8_t)opcode};
    if (mask && !json_is_null(mask)) {
        if (key_of(mask, frame.key)) return -1;
        frame.masked = true;
    }
    return send_frame(c, &frame, payload, len, total, every);
}

static int do_frames(commands *c, const json_t *list) {
    size_t i;
    const json_t *object;
    if (!json_is_array(list)) return -1;
    json_array_foreach(list, i, object) {
        if (do_frame(c, object)) return -1;
    }
    return 0;
}

static int do_echo(commands *c, const json_t *object) {
    const char *payload;
    size_t len, total;
    if (payload_of(object, &payload, &len, &total)) return -1;
    wsc_frame frame = {.fin = true, .opcode = WSC_OP_TEXT};
    return send_frame(c, &frame, payload, len, total, 0);
}

static int send_close(commands *c, bool has_code, uint16_t code, const char *reason) {
    uint8_t body[WSC_CONTROL_MAX];
    size_t len = has_code ? wsc_close_encode(body, code, reason, strlen(reason)) : 0;
    if (has_code && len == 0) return -1;
    wsc_frame frame = {.fin = true, .opcode = WSC_OP_CLOSE};
    wsc_session_close_sent(&c->session);
    c->closing = true;
    return send_frame(c, &frame, (const char *)body, len, len, 0);
}

static int do_close(commands *c, const json_t *object) {
    const json_t *reason = json_object_get(object, "reason"), *given = json_object_get(object, "code");
    size_t code = 1000;
    if (number_of(object, "code", 65535, &code)) return -1;
    if (reason && !json_is_null(reason) && !json_is_string(reason)) return -1;
    bool has_code = (given && !json_is_null(given)) || json_is_string(reason);
    return send_close(c, has_code, (uint16_t)code, json_is_string(reason) ? json_string_value(reason) : "");
}

/* ---- Commands ------------------------------------------------------------------------------------------ */

static int obey(commands *c) {
    static const struct {
        const char *name;
        int (*run)(commands *c, const json_t *arguments);
    } all[] = {{"sendframe", do_frame}, {"sendframes", do_frames}, {"echo", do_echo}, {"close", do_close}};
    json_t *command = json_loadb(c->text ? c->text : "", c->len, JSON_ALLOW_NUL, NULL);
    const char *name = json_string_value(json_array_get(command, 0));
    int result = -1;
    for (size_t i = 0; name && json_array_size(command) == 2 && i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].name, name) == 0) result = all[i].run(c, json_array_get(command, 1));
    json_decref(command);
    return result;
}

static int take(commands *c, const uint8_t *data, size_t len) {
    if (len > COMMANDS_MESSAGE_MAX - c->len) return -1;
    if (c->len + len > c->cap) {
        size_t cap = c->cap ? c->cap : 1024;
        while (cap < c->len + len) cap *= 2;
        char *text = realloc(c->text, cap);
        if (!text) return -1;
        c->text = text;
        c->cap = cap;
    }
    memcpy(c->text + c->len, data, len);
    c->len += len;
    return 0;
}

static int pong(commands *c, const uint8_t *data, size_t len) {
    wsc_frame frame = {.fin = true, .opcode = WSC_OP_PONG};
    return c->closing ? 0 : send_frame(c, &frame, (const char *)data, len, len, 0);
}

/* Returns -1 if the connection is to end. */
static int event(commands *c, const wsc_session_event *ev) {
    switch (ev->type) {
    case WSC_SESSION_MESSAGE_BEGIN:
        c->len = 0;
        c->is_text = ev->opcode == WSC_OP_TEXT;
        return 0;
    case WSC_SESSION_DATA: return take(c, ev->data, ev->len);
    case WSC_SESSION_MESSAGE_END: return c->closing ? 0 : c->is_text ? obey(c) : -1;
    case WSC_SESSION_PING: return pong(c, ev->data, ev->len);
    case WSC_SESSION_CLOSE:
        if (!c->closing && send_close(c, ev->close.has_code, ev->close.code, "")) return -1;
        wire_fin(c->conn);
        return 0;
    case WSC_SESSION_FAIL: return -1;
    case WSC_SESSION_MESSAGE:
    case WSC_SESSION_PONG:
    case WSC_SESSION_MORE: return 0;
    }
    return 0;
}

static void received(void *user, const uint8_t *data, size_t len) {
    commands *c = user;
    wsc_session_event ev;
    uv_timer_start(c->idle, idle_over, COMMANDS_IDLE_MS, 0);
    do {
        size_t n = wsc_session_push(&c->session, data, len, &ev);
        data += n;
        len -= n;
        if (event(c, &ev)) {
            drop(c);
            return;
        }
    } while (ev.type != WSC_SESSION_MORE || len > 0);
}

static void ended(void *user, wire_end end) {
    (void)end;
    drop(user);
}

static const wire_events conn_events = {NULL, received, NULL, NULL, ended};

void commands_start(commands **list, uv_loop_t *loop, wire_conn *conn, wsc_span key) {
    commands *c = calloc(1, sizeof *c);
    uv_timer_t *idle = malloc(sizeof *idle);
    if (!c || !idle) {
        free(c);
        free(idle);
        wire_close(conn);
        return;
    }
    *c = (commands){.list = list, .next = *list, .conn = conn, .idle = idle};
    *list = c;
    uv_timer_init(loop, idle);
    idle->data = c;
    uv_timer_start(idle, idle_over, COMMANDS_IDLE_MS, 0);
    wsc_session_init(&c->session, &(wsc_session_config){.role = WSC_SERVER,
                                                        .max_message = COMMANDS_MESSAGE_MAX,
                                                        .scratch = c->scratch,
                                                        .scratch_len = sizeof c->scratch});
    wire_own(conn, &conn_events, c);
    char accept[WSC_ACCEPT_LEN + 1], head[256];
    wsc_accept_encode(accept, key);
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Accept: %s\r\n\r\n",
                     accept);
    wire_send(conn, (const uint8_t *)head, (size_t)n, NULL);
}

void commands_end(commands **list) {
    for (commands *c = *list, *next; c; c = next) {
        next = c->next;
        release(c);
    }
    *list = NULL;
}
