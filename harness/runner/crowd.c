/* SPDX-License-Identifier: MIT */
#include "runner/crowd.h"

#include <stdlib.h>
#include <string.h>

#include "codec/wsc.h"
#include "script/head.h"

#define TICK_MS  20
#define QUIET_MS 1500 /* without any news: no further connection will be served */
#define LEAVE_MS 1000 /* for the target to end what it has served */
#define HEAD_MAX 65536

/* The key of RFC 6455 1.3: what is answered to it is not looked at. */
static const char sample_key[] = "dGhlIHNhbXBsZSBub25jZQ==";
static const char served_prefix[] = "HTTP/1.1 101";

typedef struct member {
    crowd *crowd;
    wire_conn *conn;
    char start[sizeof served_prefix - 1];
    size_t len;
    bool served, ended;
} member;

struct crowd {
    const run_config *config;
    void (*done)(void *user, unsigned served);
    void *user;
    uv_timer_t timer;
    unsigned num, served, ended;
    bool leaving;
    uint64_t news; /* wire_now */
    member members[];
};

static void on_opened(void *user) {
    member *m = user;
    const run_config *config = m->crowd->config;
    const case_head head = {.ordinary = true};
    const head_values values = {
        .target = config->target, .host = config->host, .key = sample_key, .fields = config->fields};
    octets out = {.max = HEAD_MAX};
    head_build(&out, &head, &values);
    (void)wire_send(m->conn, out.data, out.len, NULL);
    octets_free(&out);
}

static void on_received(void *user, const uint8_t *data, size_t len) {
    member *m = user;
    if (m->served) return;
    size_t room = sizeof m->start - m->len, n = len < room ? len : room;
    memcpy(m->start + m->len, data, n);
    m->len += n;
    if (m->len < sizeof m->start || memcmp(m->start, served_prefix, sizeof m->start) != 0) return;
    m->served = true;
    m->crowd->served++;
    m->crowd->news = wire_now();
}

static void on_ended(void *user, wire_end end) {
    member *m = user;
    (void)end;
    m->ended = true;
    m->crowd->ended++;
    m->crowd->news = wire_now();
}

static const wire_events events = {on_opened, on_received, NULL, NULL, on_ended};

static void leave(crowd *c) {
    c->leaving = true;
    c->news = wire_now();
    uint8_t frame[WSC_HEADER_MAX + WSC_CONTROL_MAX], body[WSC_CONTROL_MAX];
    size_t len = wsc_close_encode(body, 1000, NULL, 0);
    wsc_frame header = {.fin = true, .opcode = WSC_OP_CLOSE, .masked = true, .length = len};
    size_t n = wsc_frame_encode(frame, &header);
    wsc_mask(frame + n, body, len, header.key, 0);
    for (unsigned i = 0; i < c->num; i++) {
        member *m = &c->members[i];
        if (m->served && !m->ended)
            (void)wire_send(m->conn, frame, n + len, NULL);
        else if (!m->ended) {
            wire_close(m->conn);
            m->conn = NULL;
            m->ended = true;
            c->ended++;
        }
    }
}

static void timer_closed(uv_handle_t *handle) {
    free(handle->data);
}

void crowd_cancel(crowd *c) {
    if (!c) return;
    for (unsigned i = 0; i < c->num; i++) wire_close(c->members[i].conn);
    uv_timer_stop(&c->timer);
    uv_close((uv_handle_t *)&c->timer, timer_closed);
}

static void ticked(uv_timer_t *timer) {
    crowd *c = timer->data;
    uint64_t quiet = (wire_now() - c->news) / 1000000;
    if (!c->leaving && (c->served == c->num || c->ended == c->num || quiet >= QUIET_MS)) leave(c);
    if (!c->leaving || (c->ended < c->num && quiet < LEAVE_MS)) return;
    void (*done)(void *, unsigned) = c->done;
    void *user = c->user;
    unsigned served = c->served;
    crowd_cancel(c);
    done(user, served);
}

crowd *crowd_start(const run_config *config, unsigned want, void (*done)(void *user, unsigned served),
                   void *user) {
    crowd *c = calloc(1, sizeof *c + want * sizeof(member));
    if (!c) abort();
    *c = (crowd){.config = config, .done = done, .user = user, .num = want, .news = wire_now()};
    uv_timer_init(config->loop, &c->timer);
    c->timer.data = c;
    uv_timer_start(&c->timer, ticked, TICK_MS, TICK_MS);
    for (unsigned i = 0; i < want; i++) {
        member *m = &c->members[i];
        m->crowd = c;
        m->conn = wire_connect(config->loop, config->address, config->timeout_ms, &events, m);
        if (m->conn) continue;
        m->ended = true;
        c->ended++;
    }
    return c;
}
