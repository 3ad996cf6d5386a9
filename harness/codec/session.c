/* SPDX-License-Identifier: MIT */
/* The rules of one endpoint: what its peer may send, in which order (RFC 6455 5, 7, 8.1). */
#include "wsc.h"

#include <string.h>

void wsc_session_init(wsc_session *session, const wsc_session_config *config) {
    memset(session, 0, sizeof *session);
    session->config = *config;
    wsc_decoder_init(&session->decoder);
}

static void event_clear(wsc_session_event *event) {
    memset(event, 0, sizeof *event);
}

static void session_fail(wsc_session *session, wsc_session_event *event, wsc_fault fault) {
    session->failed = true;
    session->fault = fault;
    event_clear(event);
    event->type = WSC_SESSION_FAIL;
    event->fault = fault;
    event->code = wsc_fault_code(fault);
}

/* The first fault of a frame header in the order of its octets; WSC_FAULT_NONE if the frame may come now. */
static wsc_fault header_fault(const wsc_session *session, const wsc_frame *frame, wsc_faults faults) {
    static const wsc_fault first_octet[] = {WSC_FAULT_RSV1, WSC_FAULT_RSV2, WSC_FAULT_RSV3,
                                            WSC_FAULT_OPCODE_RESERVED, WSC_FAULT_CONTROL_FRAGMENTED};
    static const wsc_fault length[] = {WSC_FAULT_CONTROL_TOO_LONG, WSC_FAULT_LENGTH_TOP_BIT,
                                       WSC_FAULT_LENGTH_NOT_MINIMAL};
    for (size_t i = 0; i < sizeof first_octet / sizeof *first_octet; i++) {
        if ((faults & WSC_FAULT_BIT(first_octet[i])) != 0) return first_octet[i];
    }
    bool control = frame->opcode >= 8;
    if (session->close_received) {
        if (frame->opcode == WSC_OP_CLOSE) return WSC_FAULT_CLOSE_AFTER_CLOSE;
        if (!control) return WSC_FAULT_DATA_AFTER_CLOSE;
    }
    if (!control && (frame->opcode == WSC_OP_CONTINUATION) != (session->message_opcode != 0)) {
        return session->message_opcode == 0 ? WSC_FAULT_CONTINUATION_WITHOUT_START
                                            : WSC_FAULT_MESSAGE_INTERLEAVED;
    }
    if (session->config.role == WSC_SERVER && !frame->masked) return WSC_FAULT_UNMASKED_FROM_CLIENT;
    if (session->config.role == WSC_CLIENT && frame->masked) return WSC_FAULT_MASKED_FROM_SERVER;
    for (size_t i = 0; i < sizeof length / sizeof *length; i++) {
        if ((faults & WSC_FAULT_BIT(length[i])) != 0) return length[i];
    }
    if (frame->opcode == WSC_OP_CLOSE && frame->length == 1) return WSC_FAULT_CLOSE_ONE_OCTET;
    uint64_t max = session->config.max_message;
    uint64_t before = frame->opcode == WSC_OP_CONTINUATION ? session->message_len : 0;
    if (!control && max != 0 && frame->length > max - before) return WSC_FAULT_MESSAGE_TOO_BIG;
    return WSC_FAULT_NONE;
}

/* Takes note of a frame that may come; true if the event is set. */
static bool session_header(wsc_session *session, const wsc_frame *frame, wsc_session_event *event) {
    if (frame->opcode >= 8) {
        session->control_len = 0;
        /* No data may follow a Close frame, so the state of a text message is free for the reason. */
        if (frame->opcode == WSC_OP_CLOSE) session->utf8.state = 0;
        return false;
    }
    if (frame->opcode == WSC_OP_CONTINUATION) {
        session->message_len += frame->length;
        return false;
    }
    session->message_opcode = frame->opcode;
    session->message_len = frame->length;
    session->utf8.state = 0;
    event->type = WSC_SESSION_MESSAGE_BEGIN;
    event->opcode = frame->opcode;
    return true;
}

/* Collects the payload of a control frame and checks that of a Close frame octet by octet. Returns how many
   octets were consumed, and the fault that the last of them shows. */
static size_t session_control(wsc_session *session, const wsc_event *piece, wsc_fault *fault) {
    *fault = WSC_FAULT_NONE;
    for (size_t i = 0; i < piece->len; i++) {
        unsigned pos = session->control_len++;
        uint8_t octet = piece->data[i];
        if (piece->frame.masked) octet ^= piece->frame.key[pos & 3];
        session->control[pos] = octet;
        if (piece->frame.opcode != WSC_OP_CLOSE) continue;
        if (pos == 1 && !wsc_code_sendable((uint16_t)(session->control[0] << 8 | octet))) {
            *fault = WSC_FAULT_CLOSE_CODE_ILLEGAL;
        } else if (pos >= 2 && wsc_utf8_push(&session->utf8, &octet, 1) == 0) {
            *fault = WSC_FAULT_CLOSE_REASON_NOT_UTF8;
        }
        if (*fault != WSC_FAULT_NONE) return i + 1;
    }
    return piece->len;
}

/* The end of a frame; true if the event is set. */
static bool session_end(wsc_session *session, const wsc_frame *frame, wsc_session_event *event) {
    switch (frame->opcode) {
    case WSC_OP_PING:
    case WSC_OP_PONG:
        event->type = frame->opcode == WSC_OP_PING ? WSC_SESSION_PING : WSC_SESSION_PONG;
        event->opcode = frame->opcode;
        event->data = session->control;
        event->len = session->control_len;
        return true;
    case WSC_OP_CLOSE:
        if (!wsc_utf8_complete(&session->utf8)) {
            session_fail(session, event, WSC_FAULT_CLOSE_REASON_NOT_UTF8);
            return true;
        }
        session->close_received = true;
        wsc_close_parse(&event->close, session->control, session->control_len);
        event->type = WSC_SESSION_CLOSE;
        event->opcode = WSC_OP_CLOSE;
        return true;
    default:
        if (!frame->fin) return false;
        if (session->message_opcode == WSC_OP_TEXT && !wsc_utf8_complete(&session->utf8)) {
            session_fail(session, event, WSC_FAULT_TEXT_NOT_UTF8);
            return true;
        }
        event->type = WSC_SESSION_MESSAGE_END;
        event->opcode = session->message_opcode;
        session->message_opcode = 0;
        return true;
    }
}

/* Unmasks and checks a piece of a message. Returns how many octets were consumed; sets the event. */
static size_t session_data(wsc_session *session, const wsc_event *piece, wsc_session_event *event) {
    const uint8_t *data = piece->data;
    size_t len = piece->len;
    if (piece->frame.masked) {
        wsc_mask(session->config.scratch, data, len, piece->frame.key, piece->offset);
        data = session->config.scratch;
    }
    size_t good = len;
    if (session->message_opcode == WSC_OP_TEXT) good = wsc_utf8_push(&session->utf8, data, len);
    if (good == 0) {
        session_fail(session, event, WSC_FAULT_TEXT_NOT_UTF8);
        return 1;
    }
    event->type = WSC_SESSION_DATA;
    event->opcode = session->message_opcode;
    event->data = data;
    event->len = good;
    return good;
}

size_t wsc_session_push(wsc_session *session, const uint8_t *src, size_t len, wsc_session_event *event) {
    event_clear(event);
    if (session->failed) {
        session_fail(session, event, session->fault);
        return len;
    }
    size_t used = 0;
    for (;;) {
        wsc_event piece;
        size_t room = len - used;
        if (session->config.role == WSC_SERVER && room > session->config.scratch_len) {
            room = session->config.scratch_len;
        }
        size_t taken = wsc_decode(&session->decoder, src == NULL ? NULL : src + used, room, &piece);
        wsc_fault fault = WSC_FAULT_NONE;
        switch (piece.type) {
        case WSC_EVENT_MORE:
            used += taken;
            if (used == len) return used;
            break;
        case WSC_EVENT_HEADER:
            used += taken;
            fault = header_fault(session, &piece.frame, piece.faults);
            if (fault == WSC_FAULT_NONE && session_header(session, &piece.frame, event)) return used;
            break;
        case WSC_EVENT_PAYLOAD:
            if (piece.frame.opcode < 8) {
                size_t good = session_data(session, &piece, event);
                /* The offending octet and what follows go back, to be met again by the next call. */
                if (!session->failed && good < taken) {
                    session->decoder.offset -= taken - good;
                    session->decoder.state = 1;
                }
                return used + good;
            }
            used += session_control(session, &piece, &fault);
            break;
        case WSC_EVENT_END:
            if (session_end(session, &piece.frame, event)) return used;
            break;
        }
        if (fault != WSC_FAULT_NONE) {
            session_fail(session, event, fault);
            return used;
        }
    }
}

void wsc_session_eof(wsc_session *session, wsc_session_event *event) {
    event_clear(event);
    if (session->failed)
        session_fail(session, event, session->fault);
    else if (wsc_decoder_inside(&session->decoder))
        session_fail(session, event, WSC_FAULT_EOF_IN_FRAME);
    else if (!session->close_received)
        session_fail(session, event, WSC_FAULT_EOF_WITHOUT_CLOSE);
}

void wsc_session_close_sent(wsc_session *session) {
    session->close_sent = true;
}
