/* SPDX-License-Identifier: MIT */
/* Sessions of both roles, with permessage-deflate and without: what a session says is what a model of its
   rules says, however the input is cut, whatever the scratch buffer, with messages at once or not; a session
   that has failed stays failed and delivers nothing more; what it delivers lies where it may. An execution is
   the model and one session, set as the input itself chooses.

   The last octet are options: bit 0 turns the role that the first frame suggests, bits 1 and 2 choose the
   limit of a message, bit 3 agrees on permessage-deflate, bit 4 makes its inspector strict, bit 5 takes
   context takeover away, bits 6 and 7 choose the window. */
#include "fuzz.h"
#include "session_model.h"

typedef struct setting {
    size_t scratch_len;
    bool whole_messages;
    fuzz_way way;
} setting;

/* What all sessions of an input have in common. */
typedef struct common {
    session_rules rules;
    wsc_inspector_config inspect;
    fuzz_trace expected;
    size_t consumed;
} common;

typedef struct run {
    wsc_session session;
    uint8_t *scratch;
    fuzz_trace trace;
    size_t consumed;
    bool closed; /* the peer's Close frame was reported */
} run;

/* Data lie in src or in scratch, in the session itself if there is no scratch, or in the inspector. */
static void check_data(const run *r, const wsc_session_event *event, const uint8_t *src, size_t consumed) {
    const wsc_session_config *config = &r->session.config;
    const uint8_t *own = (const uint8_t *)&r->session;
    if (event->type == WSC_SESSION_DATA && wsc_session_compressed(&r->session)) {
        const uint8_t *inflated = (const uint8_t *)config->inspector;
        ORACLE(event->data >= inflated && event->data + event->len <= inflated + sizeof *config->inspector,
               "session-data");
    } else if (config->role == WSC_CLIENT) {
        ORACLE(event->len <= consumed && event->data == src + consumed - event->len, "session-data");
    } else if (config->scratch_len > 0) {
        ORACLE(event->data == r->scratch && event->len <= config->scratch_len, "session-data");
    } else if (event->len > 0) {
        ORACLE(event->data >= own && event->data + event->len <= own + sizeof r->session, "session-data");
    }
}

static void check_control(const run *r, const wsc_session_event *event) {
    const uint8_t *own = (const uint8_t *)&r->session;
    ORACLE(event->len <= WSC_CONTROL_MAX, "session-control");
    ORACLE(event->data >= own && event->data + event->len <= own + sizeof r->session, "session-control");
}

static void take_event(run *r, const wsc_session_event *event, const uint8_t *src, size_t consumed) {
    ORACLE((event->type == WSC_SESSION_FAIL) == (event->fault != WSC_FAULT_NONE), "session-fault");
    switch (event->type) {
    case WSC_SESSION_MORE:
    case WSC_SESSION_MESSAGE_END: break;
    case WSC_SESSION_MESSAGE_BEGIN: ORACLE(!r->closed, "session-closed"); break;
    case WSC_SESSION_DATA:
        ORACLE(!r->closed && event->len > 0, "session-closed");
        check_data(r, event, src, consumed);
        break;
    case WSC_SESSION_MESSAGE:
        ORACLE(!r->closed && r->session.config.whole_messages, "session-whole");
        check_data(r, event, src, consumed);
        break;
    case WSC_SESSION_PING:
    case WSC_SESSION_PONG: check_control(r, event); break;
    case WSC_SESSION_CLOSE:
        ORACLE(!r->closed && event->close.faults == 0, "session-close");
        r->closed = true;
        break;
    case WSC_SESSION_FAIL:
        ORACLE(event->code == wsc_fault_code(event->fault) && event->len == 0, "session-code");
        break;
    default: ORACLE(false, "session-event");
    }
    session_trace(&r->trace, event);
}

static void check_sticky(run *r, wsc_fault fault, const uint8_t *rest, size_t len) {
    wsc_session_event event;
    ORACLE(wsc_session_push(&r->session, rest, len, &event) == len, "session-sticky");
    ORACLE(event.type == WSC_SESSION_FAIL && event.fault == fault, "session-sticky");
    ORACLE(wsc_session_push(&r->session, NULL, 0, &event) == 0, "session-sticky");
    ORACLE(event.type == WSC_SESSION_FAIL && event.fault == fault, "session-sticky");
    wsc_session_eof(&r->session, &event);
    ORACLE(event.type == WSC_SESSION_FAIL && event.fault == fault, "session-sticky");
}

/* One piece. False if the session has failed. */
static bool take_piece(run *r, const uint8_t *piece, size_t len) {
    wsc_session_event event;
    size_t used = 0;
    do {
        size_t consumed = wsc_session_push(&r->session, piece + used, len - used, &event);
        ORACLE(consumed <= len - used, "session-consumed");
        take_event(r, &event, piece + used, consumed);
        used += consumed;
    } while (event.type != WSC_SESSION_MORE && event.type != WSC_SESSION_FAIL);
    r->consumed += used;
    if (event.type == WSC_SESSION_FAIL) {
        check_sticky(r, event.fault, piece + used, len - used);
        return false;
    }
    ORACLE(used == len, "session-consumed");
    return true;
}

static void check_run(const uint8_t *data, size_t size, const setting *s, const common *c, uint64_t seed) {
    run r = {.scratch = s->scratch_len > 0 ? fuzz_alloc(s->scratch_len) : NULL};
    wsc_session_config config = {.role = c->rules.role,
                                 .max_message = c->rules.max_message,
                                 .scratch = r.scratch,
                                 .scratch_len = s->scratch_len,
                                 .whole_messages = s->whole_messages,
                                 .inspector = c->rules.inspector};
    fuzz_cuts cuts = fuzz_cuts_seeded(s->way, seed);
    bool alive = true;
    if (config.inspector != NULL) wsc_inspector_init(config.inspector, &c->inspect);
    wsc_session_init(&r.session, &config);
    for (size_t pos = 0; alive && pos < size;) {
        size_t len = fuzz_piece(&cuts, size - pos);
        const uint8_t *piece = fuzz_piece_open(&cuts, data + pos, len);
        alive = take_piece(&r, piece, len);
        fuzz_piece_close(&cuts);
        pos += len;
    }
    if (alive) {
        wsc_session_event event;
        wsc_session_eof(&r.session, &event);
        ORACLE(event.type == (event.fault == WSC_FAULT_NONE ? WSC_SESSION_MORE : WSC_SESSION_FAIL),
               "session-eof");
        trace_event(&r.trace, 'f', event.fault);
        if (event.type == WSC_SESSION_FAIL) check_sticky(&r, event.fault, data, size);
    }
    ORACLE(trace_equal(&r.trace, &c->expected), "session-model");
    /* More may have been decompressed than up to the octet that is no UTF-8. */
    bool late = r.session.fault == WSC_FAULT_TEXT_NOT_UTF8 && wsc_session_compressed(&r.session);
    ORACLE(r.consumed == c->consumed || (late && r.consumed > c->consumed), "session-blame");
    wsc_session_close_sent(&r.session);
    ORACLE(wsc_session_closed(&r.session) == r.closed, "session-closed");
    trace_clear(&r.trace);
    free(r.scratch);
}

static const setting settings[] = {
    {.way = FUZZ_RANDOM, .scratch_len = 7},
    {.way = FUZZ_WHOLE, .scratch_len = 16, .whole_messages = true},
    {.way = FUZZ_RANDOM, .scratch_len = 300, .whole_messages = true},
    {.way = FUZZ_WHOLE, .scratch_len = 4096},
    {.way = FUZZ_OCTETS, .scratch_len = 0},
};

#define NUM_SETTINGS (sizeof settings / sizeof *settings)

static void check(const uint8_t *data, size_t size, uint8_t option, size_t begin, size_t end, uint64_t seed) {
    static const uint64_t limits[] = {0, 1, 4, 100};
    bool server = size >= 2 && data[1] >= 0x80, deflate = option / 8 % 2 == 1;
    common c = {.rules = {.role = server != (option % 2 == 1) ? WSC_SERVER : WSC_CLIENT,
                          .max_message = limits[option / 2 % 4]}};
    if (deflate) {
        /* What is compressed is short enough to hold very much. */
        if (c.rules.max_message == 0) c.rules.max_message = 5000;
        c.rules.inspector = fuzz_alloc(sizeof *c.rules.inspector);
        c.inspect = (wsc_inspector_config){.sender = c.rules.role == WSC_SERVER ? WSC_CLIENT : WSC_SERVER,
                                           .strict = option / 16 % 2 == 1,
                                           .no_context_takeover = option / 32 % 2 == 1,
                                           .window_bits = (uint8_t)(WSC_WINDOW_BITS_MAX - option / 64 * 2),
                                           .max_message = c.rules.max_message};
        wsc_inspector_init(c.rules.inspector, &c.inspect);
    }
    session_model(&c.expected, data, size, &c.rules, &c.consumed);
    for (size_t i = begin; i < end; i++) check_run(data, size, &settings[i], &c, seed);
    trace_clear(&c.expected);
    free(c.rules.inspector);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > FUZZ_MAX) return 0;
    uint64_t seed = fuzz_seed(data, size);
    uint8_t option = fuzz_option(data, &size);
    /* Octet by octet takes the most time, and finds what random cuts find. */
    size_t chosen = seed / 16 % 32 == 0 ? NUM_SETTINGS - 1 : seed % (NUM_SETTINGS - 1);
    check(data, size, option, chosen, chosen + 1, seed);
    return 0;
}

int fuzz_every_way(const uint8_t *data, size_t size) {
    if (size > FUZZ_MAX) return 0;
    uint64_t seed = fuzz_seed(data, size);
    uint8_t option = fuzz_option(data, &size);
    check(data, size, option, 0, NUM_SETTINGS, seed);
    return 0;
}
