/* SPDX-License-Identifier: MIT */
/* A session and Debian's libwslay over the same octets: the same messages, and both go on or both refuse.

   Differences that are argued, and nothing else:
   - libwslay looks at a Close frame when it is whole, the session at each octet; libwslay looks at some
   headers when two octets of them are there, the session when they are whole. So either may refuse later, but
   at the latest when the frame, or its header, has been completed.
   - A Close frame with a body of one octet is accepted by libwslay (RFC 6455 5.5.1: the body MUST begin with
   a 2-byte integer).
   - Status codes 1012 to 1014 are refused by libwslay (registered after RFC 6455).
   - libwslay reads nothing after a Close frame.
   libwslay reads 4096 octets at a time and leaves out the first two of each such piece when it validates the
   reason of a Close frame; inputs are shorter, so that it sees them in one.

   The last octet are options: bit 0 turns the role that the first frame suggests, bit 1 sets a lower limit
   for messages. */
#include "fuzz.h"

#include <sys/types.h>
#include <wslay/wslay.h>

/* Inputs, and what completes a frame behind them, fit into one read of libwslay. */
#define INPUT_MAX 3900
#define PADDING   (WSC_HEADER_MAX + WSC_CONTROL_MAX)

typedef struct side {
    fuzz_trace trace; /* messages and control frames, whole */
    fuzz_trace message;
    bool refused, closed;
} side;

/* ---- libwsc ---- */

static void whole(side *s, unsigned opcode, const uint8_t *data, size_t len) {
    trace_event(&s->trace, 'm', opcode);
    trace_event(&s->trace, 'l', len);
    trace_put(&s->trace, data, len);
}

typedef struct ours {
    side side;
    wsc_fault fault;
    wsc_close close;
} ours;

static void run_session(ours *o, const uint8_t *data, size_t size, wsc_role role, uint64_t max_message) {
    uint8_t scratch[256];
    wsc_session_config config = {
        .role = role, .max_message = max_message, .scratch = scratch, .scratch_len = sizeof scratch};
    wsc_session session;
    wsc_session_event event;
    side *s = &o->side;
    size_t pos = 0;
    wsc_session_init(&session, &config);
    do {
        pos += wsc_session_push(&session, data + pos, size - pos, &event);
        switch (event.type) {
        case WSC_SESSION_DATA: trace_put(&s->message, event.data, event.len); break;
        case WSC_SESSION_MESSAGE_END:
            whole(s, event.opcode, s->message.data, s->message.len);
            s->message.len = 0;
            break;
        case WSC_SESSION_PING:
        case WSC_SESSION_PONG: whole(s, event.opcode, event.data, event.len); break;
        case WSC_SESSION_CLOSE:
            s->closed = true;
            o->close = event.close;
            break;
        case WSC_SESSION_FAIL:
            s->refused = true;
            o->fault = event.fault;
            break;
        default: break;
        }
    } while (event.type != WSC_SESSION_MORE && !s->refused && !s->closed);
}

/* ---- libwslay ---- */

typedef struct theirs {
    side side;
    const uint8_t *data;
    size_t left;
    wslay_event_context_ptr context;
} theirs;

static ssize_t receive(wslay_event_context_ptr context, uint8_t *buf, size_t len, int flags, void *user) {
    theirs *t = user;
    (void)flags;
    if (t->left == 0) {
        wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    if (len > t->left) len = t->left;
    memcpy(buf, t->data, len);
    t->data += len;
    t->left -= len;
    return (ssize_t)len;
}

static void received(wslay_event_context_ptr context, const struct wslay_event_on_msg_recv_arg *arg,
                     void *user) {
    theirs *t = user;
    (void)context;
    if (arg->opcode == WSLAY_CONNECTION_CLOSE)
        t->side.closed = true;
    else
        whole(&t->side, arg->opcode, arg->msg, arg->msg_length);
}

static void feed_wslay(theirs *t, const uint8_t *data, size_t size) {
    t->data = data;
    t->left = size;
    wslay_event_recv(t->context);
    t->data = NULL;
    t->left = 0;
    t->side.refused = !t->side.closed && !wslay_event_get_read_enabled(t->context);
}

static void start_wslay(theirs *t, wsc_role role, uint64_t max_message) {
    struct wslay_event_callbacks callbacks = {.recv_callback = receive, .on_msg_recv_callback = received};
    int failed = role == WSC_SERVER ? wslay_event_context_server_init(&t->context, &callbacks, t)
                                    : wslay_event_context_client_init(&t->context, &callbacks, t);
    if (failed != 0) abort();
    wslay_event_config_set_max_recv_msg_length(t->context, max_message);
}

/* ---- The comparison ---- */

/* They accept and we refuse, for a reason that is argued above. */
static bool argued_leniency(const ours *o) {
    return o->fault == WSC_FAULT_CLOSE_ONE_OCTET;
}

/* We accept and they refuse, for a reason that is argued above. */
static bool argued_strictness(const ours *o) {
    return o->side.closed && o->close.code >= 1012 && o->close.code <= 1014;
}

/* How many octets complete the header that the input ends in; 0 if it does not end in one. */
static size_t header_rest(const uint8_t *data, size_t size) {
    wsc_decoder decoder;
    wsc_event event;
    size_t pos = 0, rest = 0;
    wsc_decoder_init(&decoder);
    do pos += wsc_decode(&decoder, data + pos, size - pos, &event);
    while (event.type != WSC_EVENT_MORE);
    while (wsc_decoder_inside(&decoder)) {
        const uint8_t zero = 0;
        (void)wsc_decode(&decoder, &zero, 1, &event);
        if (event.type == WSC_EVENT_PAYLOAD) return 0;
        rest++;
        if (event.type == WSC_EVENT_HEADER) break;
    }
    return rest;
}

/* True if we refuse too, once the header that the input ends in is complete. */
static bool refused_with_header(const uint8_t *data, size_t size, wsc_role role, uint64_t max_message) {
    ours o = {.fault = WSC_FAULT_NONE};
    size_t rest = header_rest(data, size);
    uint8_t *longer = fuzz_alloc(size + rest);
    memset(longer, 0, size + rest);
    if (size > 0) memcpy(longer, data, size);
    if (rest > 0) run_session(&o, longer, size + rest, role, max_message);
    free(longer);
    trace_clear(&o.side.trace);
    trace_clear(&o.side.message);
    return o.side.refused;
}

static void compare(const ours *o, theirs *t, bool we_refuse_late) {
    ORACLE(trace_equal(&o->side.trace, &t->side.trace), "wslay-messages");
    if (o->side.refused && !t->side.refused) {
        if (!t->side.closed && !argued_leniency(o)) {
            uint8_t padding[PADDING] = {0};
            feed_wslay(t, padding, sizeof padding);
        }
        ORACLE(t->side.refused || argued_leniency(o), "wslay-accepts");
    } else if (t->side.refused && !o->side.refused) {
        ORACLE(argued_strictness(o) || we_refuse_late, "wslay-refuses");
    } else {
        ORACLE(o->side.closed == t->side.closed, "wslay-close");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > INPUT_MAX) return 0;
    uint8_t option = fuzz_option(data, &size);
    bool server = size >= 2 && data[1] >= 0x80;
    wsc_role role = server != (option % 2 == 1) ? WSC_SERVER : WSC_CLIENT;
    /* Control frames count for libwslay, so the limit is not below theirs. */
    uint64_t max_message = option / 2 % 2 == 0 ? INPUT_MAX : WSC_CONTROL_MAX;
    ours o = {.fault = WSC_FAULT_NONE};
    theirs t = {.data = NULL};
    run_session(&o, data, size, role, max_message);
    start_wslay(&t, role, max_message);
    feed_wslay(&t, data, size);
    bool we_refuse_late =
        t.side.refused && !o.side.refused && refused_with_header(data, size, role, max_message);
    compare(&o, &t, we_refuse_late);
    wslay_event_context_free(t.context);
    trace_clear(&o.side.trace);
    trace_clear(&o.side.message);
    trace_clear(&t.side.trace);
    return 0;
}
