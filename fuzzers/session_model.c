/* SPDX-License-Identifier: MIT */
#include "session_model.h"

/* Octets that are unmasked at once: a multiple of the length of a masking key. */
#define PIECE ((size_t)256)

typedef struct model {
    fuzz_trace *trace;
    const session_rules *rules;
    bool compressed; /* the message that is open is */
    uint8_t open;    /* opcode of the message that is open; 0: none */
    uint64_t so_far; /* octets of it on the wire */
    bool closed;     /* the peer sent its Close frame */
    wsc_utf8 text;   /* of the message that is open */
    wsc_fault fault;
    size_t consumed;
} model;

typedef struct model_frame {
    bool fin, masked;
    unsigned rsv, opcode;
    unsigned form; /* bits of length */
    uint64_t length;
    uint8_t key[4];
    size_t size; /* of the header */
} model_frame;

/* Reads a header. False if the input ends inside. */
static bool read_frame(model_frame *frame, const uint8_t *data, size_t left) {
    if (left < 2) return false;
    unsigned length7 = data[1] % 128;
    size_t more = length7 == 126 ? 2 : length7 == 127 ? 8 : 0;
    frame->masked = data[1] >= 128;
    frame->size = 2 + more + (frame->masked ? 4 : 0);
    if (left < frame->size) return false;
    frame->fin = data[0] >= 128;
    frame->rsv = data[0] / 16 % 8;
    frame->opcode = data[0] % 16;
    frame->form = length7 == 126 ? 16 : length7 == 127 ? 64 : 7;
    frame->length = more == 0 ? length7 : 0;
    for (size_t i = 0; i < more; i++) frame->length = frame->length * 256 + data[2 + i];
    memset(frame->key, 0, 4);
    if (frame->masked) memcpy(frame->key, data + frame->size - 4, 4);
    return true;
}

static wsc_fault frame_fault(const model *m, const model_frame *frame) {
    bool control = frame->opcode >= 8, server = m->rules->role == WSC_SERVER;
    unsigned shortest = frame->length > 65535 ? 64 : frame->length > 125 ? 16 : 7;
    if (frame->rsv >= 4 && m->rules->inspector == NULL) return WSC_FAULT_RSV1;
    if (frame->rsv >= 4 && frame->opcode == 0) return WSC_FAULT_RSV1_ON_CONTINUATION;
    if (frame->rsv >= 4 && control) return WSC_FAULT_RSV1_ON_CONTROL;
    if (frame->rsv % 4 >= 2) return WSC_FAULT_RSV2;
    if (frame->rsv % 2 == 1) return WSC_FAULT_RSV3;
    if ((frame->opcode > 2 && !control) || frame->opcode > 10) return WSC_FAULT_OPCODE_RESERVED;
    if (control && !frame->fin) return WSC_FAULT_CONTROL_FRAGMENTED;
    if (m->closed && frame->opcode == 8) return WSC_FAULT_CLOSE_AFTER_CLOSE;
    if (m->closed && !control) return WSC_FAULT_DATA_AFTER_CLOSE;
    if (frame->opcode == 0 && m->open == 0) return WSC_FAULT_CONTINUATION_WITHOUT_START;
    if ((frame->opcode == 1 || frame->opcode == 2) && m->open != 0) return WSC_FAULT_MESSAGE_INTERLEAVED;
    if (server && !frame->masked) return WSC_FAULT_UNMASKED_FROM_CLIENT;
    if (!server && frame->masked) return WSC_FAULT_MASKED_FROM_SERVER;
    if (control && frame->length > 125) return WSC_FAULT_CONTROL_TOO_LONG;
    if (frame->length > INT64_MAX) return WSC_FAULT_LENGTH_TOP_BIT;
    if (frame->form != shortest) return WSC_FAULT_LENGTH_NOT_MINIMAL;
    if (frame->opcode == 8 && frame->length == 1) return WSC_FAULT_CLOSE_ONE_OCTET;
    uint64_t before = frame->opcode == 0 ? m->so_far : 0, max = m->rules->max_message;
    /* What is compressed may be a little longer than what it holds. */
    if (frame->opcode == 0 ? m->compressed : frame->rsv >= 4) max += max / 8 + 64;
    if (!control && m->rules->max_message != 0 && frame->length > max - before)
        return WSC_FAULT_MESSAGE_TOO_BIG;
    return WSC_FAULT_NONE;
}

static void fail(model *m, wsc_fault fault, size_t consumed) {
    m->fault = fault;
    m->consumed = consumed;
}

/* Octets of the message that is open. Returns how many may be there. */
static size_t plain_octets(model *m, const uint8_t *data, size_t len) {
    size_t good = m->open == WSC_OP_TEXT ? wsc_utf8_push_plain(&m->text, data, len) : len;
    trace_octets(m->trace, data, good);
    return good;
}

/* What the inspector says about an octet of a compressed message, or about its end. */
static wsc_fault inflate(model *m, const uint8_t *octet) {
    wsc_inflate_event event;
    size_t used = 0;
    do {
        if (octet != NULL)
            used += wsc_inspector_push(m->rules->inspector, octet + used, 1 - used, &event);
        else
            wsc_inspector_end(m->rules->inspector, &event);
        if (plain_octets(m, event.data, event.len) < event.len) return WSC_FAULT_TEXT_NOT_UTF8;
    } while (event.status == WSC_INFLATE_DATA);
    return event.fault;
}

/* Octets of a data frame, of which `len` are there. */
static void data_frame(model *m, const model_frame *frame, const uint8_t *data, size_t len, size_t pos) {
    wsc_fault fault = WSC_FAULT_NONE;
    if (frame->opcode != 0) {
        m->open = (uint8_t)frame->opcode;
        m->compressed = frame->rsv >= 4;
        m->so_far = 0;
        m->text.state = 0;
        trace_event(m->trace, 'b', frame->opcode);
    }
    m->so_far += frame->length;
    for (size_t i = 0; i < len && m->compressed; i++) {
        uint8_t octet = data[i] ^ frame->key[i % 4];
        fault = inflate(m, &octet);
        if (fault != WSC_FAULT_NONE) {
            fail(m, fault, pos + i + 1);
            return;
        }
    }
    for (size_t begin = 0; begin < len && !m->compressed; begin += PIECE) {
        uint8_t plain[PIECE];
        size_t num = len - begin < PIECE ? len - begin : PIECE;
        for (size_t i = 0; i < num; i++) plain[i] = data[begin + i] ^ frame->key[i % 4];
        size_t good = plain_octets(m, plain, num);
        if (good < num) {
            fail(m, WSC_FAULT_TEXT_NOT_UTF8, pos + begin + good + 1);
            return;
        }
    }
    if (len < frame->length || !frame->fin) return;
    if (m->compressed) fault = inflate(m, NULL);
    if (fault == WSC_FAULT_NONE && m->open == WSC_OP_TEXT && !wsc_utf8_complete(&m->text))
        fault = WSC_FAULT_TEXT_NOT_UTF8;
    if (fault != WSC_FAULT_NONE)
        fail(m, fault, pos + len);
    else
        trace_event(m->trace, 'e', m->open);
    m->open = 0;
}

static void close_frame(model *m, const uint8_t *body, size_t len, bool whole, size_t pos) {
    wsc_utf8 reason = {0};
    if (len >= 2 && !wsc_code_sendable((uint16_t)(body[0] * 256 + body[1]))) {
        fail(m, WSC_FAULT_CLOSE_CODE_ILLEGAL, pos + 2);
        return;
    }
    size_t reason_len = len < 2 ? 0 : len - 2;
    size_t good = wsc_utf8_push_plain(&reason, body + 2, reason_len);
    if (good < reason_len) {
        fail(m, WSC_FAULT_CLOSE_REASON_NOT_UTF8, pos + 2 + good + 1);
        return;
    }
    if (!whole) return;
    if (!wsc_utf8_complete(&reason)) {
        fail(m, WSC_FAULT_CLOSE_REASON_NOT_UTF8, pos + len);
        return;
    }
    m->closed = true;
    trace_event(m->trace, 'c', len < 2 ? 0 : (uint64_t)body[0] * 256 + body[1]);
    trace_event(m->trace, 'l', reason_len);
    trace_octets(m->trace, body + 2, reason_len);
}

/* A control frame, of which `len` octets are there. */
static void control_frame(model *m, const model_frame *frame, const uint8_t *data, size_t len, size_t pos) {
    uint8_t body[WSC_CONTROL_MAX + 2] = {0};
    for (size_t i = 0; i < len; i++) body[i] = data[i] ^ frame->key[i % 4];
    bool whole = len == frame->length;
    if (frame->opcode == WSC_OP_CLOSE) {
        close_frame(m, body, len, whole, pos);
    } else if (whole) {
        trace_event(m->trace, frame->opcode == WSC_OP_PING ? 'i' : 'o', len);
        trace_octets(m->trace, body, len);
    }
}

void session_trace(fuzz_trace *trace, const wsc_session_event *event) {
    switch (event->type) {
    case WSC_SESSION_MESSAGE_BEGIN: trace_event(trace, 'b', event->opcode); break;
    case WSC_SESSION_DATA: trace_octets(trace, event->data, event->len); break;
    case WSC_SESSION_MESSAGE_END: trace_event(trace, 'e', event->opcode); break;
    case WSC_SESSION_MESSAGE:
        trace_event(trace, 'b', event->opcode);
        trace_octets(trace, event->data, event->len);
        trace_event(trace, 'e', event->opcode);
        break;
    case WSC_SESSION_PING:
    case WSC_SESSION_PONG:
        trace_event(trace, event->type == WSC_SESSION_PING ? 'i' : 'o', event->len);
        trace_octets(trace, event->data, event->len);
        break;
    case WSC_SESSION_CLOSE:
        trace_event(trace, 'c', event->close.has_code ? event->close.code : 0);
        trace_event(trace, 'l', event->close.reason.len);
        trace_octets(trace, (const uint8_t *)event->close.reason.data, event->close.reason.len);
        break;
    case WSC_SESSION_FAIL: trace_event(trace, 'f', event->fault); break;
    case WSC_SESSION_MORE: break;
    }
}

void session_model(fuzz_trace *trace, const uint8_t *data, size_t size, const session_rules *rules,
                   size_t *consumed) {
    model m = {.trace = trace, .rules = rules};
    size_t pos = 0;
    bool inside = false;
    while (pos < size && m.fault == WSC_FAULT_NONE && !inside) {
        model_frame frame;
        inside = !read_frame(&frame, data + pos, size - pos);
        if (inside) break;
        pos += frame.size;
        wsc_fault fault = frame_fault(&m, &frame);
        if (fault != WSC_FAULT_NONE) {
            fail(&m, fault, pos);
            break;
        }
        size_t len = frame.length < size - pos ? (size_t)frame.length : size - pos;
        inside = len < frame.length;
        if (frame.opcode >= 8)
            control_frame(&m, &frame, data + pos, len, pos);
        else
            data_frame(&m, &frame, data + pos, len, pos);
        pos += len;
    }
    if (m.fault == WSC_FAULT_NONE) {
        m.consumed = size;
        if (inside)
            m.fault = WSC_FAULT_EOF_IN_FRAME;
        else if (!m.closed)
            m.fault = WSC_FAULT_EOF_WITHOUT_CLOSE;
    }
    trace_event(trace, 'f', m.fault);
    *consumed = m.consumed;
}
