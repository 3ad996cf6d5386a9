/* SPDX-License-Identifier: MIT */
/* The rules of one endpoint: what its peer may send, and in which order (RFC 6455 5, 7, 8.1; RFC 7692 6). */
#include "frame_impl.h"

/* Octets that are unmasked and validated at a time, so that the second finds them in the first-level cache.
 */
#define SESSION_CHUNK 4096

/* What legal messages never meet. */
#define COLD __attribute__((noinline, cold))

void wsc_session_init(wsc_session *session, const wsc_session_config *config) {
    memset(session, 0, sizeof *session);
    session->config = *config;
    if (config->inspector != NULL) config->inspector->config.max_message = config->max_message;
    wsc_decoder_init(&session->decoder);
}

static inline void event_set(wsc_session_event *event, wsc_session_event_type type, uint8_t opcode,
                             const uint8_t *data, size_t len) {
    event->type = type;
    event->fault = WSC_FAULT_NONE;
    event->opcode = opcode;
    event->data = data;
    event->len = len;
}

static COLD void session_fail(wsc_session *session, wsc_fault fault, wsc_session_event *event) {
    session->failed = true;
    session->fault = fault;
    event_set(event, WSC_SESSION_FAIL, 0, NULL, 0);
    event->fault = fault;
    event->code = wsc_fault_code(fault);
}

/* The first of some faults that is in the set, or WSC_FAULT_NONE. */
static COLD wsc_fault fault_first(wsc_faults faults, const wsc_fault *order, size_t num_order) {
    for (size_t i = 0; i < num_order; i++) {
        if ((faults & WSC_FAULT_BIT(order[i])) != 0) return order[i];
    }
    return WSC_FAULT_NONE;
}

/* With permessage-deflate RSV1 marks the first frame of a compressed message and no other (RFC 7692 6.1). */
static COLD wsc_faults rsv1_faults(const wsc_frame *frame, wsc_faults faults) {
    faults &= ~WSC_FAULT_BIT(WSC_FAULT_RSV1);
    if (frame->opcode >= WSC_OP_CLOSE) return faults | WSC_FAULT_BIT(WSC_FAULT_RSV1_ON_CONTROL);
    if (frame->opcode == WSC_OP_CONTINUATION) return faults | WSC_FAULT_BIT(WSC_FAULT_RSV1_ON_CONTINUATION);
    return faults;
}

/* The most that the frames of a message may have. What is compressed may be a little longer than what it
   stands for. */
static uint64_t wire_limit(const wsc_session *session, const wsc_frame *frame, bool continues) {
    uint64_t max = session->config.max_message;
    bool compressed = continues ? session->compressed : frame->rsv1;
    if (!compressed) return max;
    uint64_t more = max / 8 + 64;
    return max > UINT64_MAX - more ? UINT64_MAX : max + more;
}

/* The first fault of a complete header, as ordered in wsc.h. */
static wsc_fault header_fault(const wsc_session *session, const wsc_frame *frame, wsc_faults faults) {
    static const wsc_fault by_first_octet[] = {
        WSC_FAULT_RSV1, WSC_FAULT_RSV1_ON_CONTINUATION, WSC_FAULT_RSV1_ON_CONTROL,   WSC_FAULT_RSV2,
        WSC_FAULT_RSV3, WSC_FAULT_OPCODE_RESERVED,      WSC_FAULT_CONTROL_FRAGMENTED};
    static const wsc_fault by_length[] = {WSC_FAULT_CONTROL_TOO_LONG, WSC_FAULT_LENGTH_TOP_BIT,
                                          WSC_FAULT_LENGTH_NOT_MINIMAL};
    bool control = frame->opcode >= WSC_OP_CLOSE;
    bool continues = frame->opcode == WSC_OP_CONTINUATION;
    bool open = session->message_opcode != 0;
    wsc_fault fault = WSC_FAULT_NONE;
    if (faults != 0) {
        if (frame->rsv1 && session->config.inspector != NULL) faults = rsv1_faults(frame, faults);
        fault = fault_first(faults, by_first_octet, sizeof by_first_octet / sizeof *by_first_octet);
        if (fault != WSC_FAULT_NONE) return fault;
    }
    if (session->close_received) {
        if (frame->opcode == WSC_OP_CLOSE) return WSC_FAULT_CLOSE_AFTER_CLOSE;
        if (!control) return WSC_FAULT_DATA_AFTER_CLOSE;
    }
    if (!control && continues != open) {
        return continues ? WSC_FAULT_CONTINUATION_WITHOUT_START : WSC_FAULT_MESSAGE_INTERLEAVED;
    }
    if (session->config.role == WSC_SERVER) {
        if (!frame->masked) return WSC_FAULT_UNMASKED_FROM_CLIENT;
    } else if (frame->masked) {
        return WSC_FAULT_MASKED_FROM_SERVER;
    }
    if (faults != 0) return fault_first(faults, by_length, sizeof by_length / sizeof *by_length);
    if (frame->opcode == WSC_OP_CLOSE && frame->length == 1) return WSC_FAULT_CLOSE_ONE_OCTET;
    if (!control && session->config.max_message != 0) {
        uint64_t max = wire_limit(session, frame, continues);
        /* What the message had so far was within the limit, so this does not wrap. */
        uint64_t room = continues ? max - session->message_len : max;
        if (frame->length > room) return WSC_FAULT_MESSAGE_TOO_BIG;
    }
    return WSC_FAULT_NONE;
}

/* A frame that may come begins. */
static void frame_begin(wsc_session *session, const wsc_frame *frame) {
    switch (frame->opcode) {
    case WSC_OP_CONTINUATION: session->message_len += frame->length; break;
    case WSC_OP_TEXT:
    case WSC_OP_BINARY:
        session->message_opcode = frame->opcode;
        session->message_len = frame->length;
        session->compressed = frame->rsv1; /* which is only legal where it means this */
        session->utf8.state = 0;
        break;
    default:
        session->control_len = 0;
        /* No data may follow a Close frame, so the state of a text message is free for the reason. */
        if (frame->opcode == WSC_OP_CLOSE) session->utf8.state = 0;
    }
}

/* Octets of the payload were taken. */
static void payload_advance(wsc_decoder *decoder, size_t len) {
    decoder->offset += len;
    if (decoder->offset == decoder->frame.length) decoder->state = DECODER_END;
}

/* Octets of a Close frame, the last of which is at pos: the fault that it shows. */
static wsc_fault close_octet_fault(wsc_session *session, unsigned pos) {
    const uint8_t *body = session->control;
    if (pos == 1 && !wsc_code_sendable((uint16_t)(body[0] << 8 | body[1])))
        return WSC_FAULT_CLOSE_CODE_ILLEGAL;
    if (pos >= 2 && wsc_utf8_push(&session->utf8, body + pos, 1) == 0) return WSC_FAULT_CLOSE_REASON_NOT_UTF8;
    return WSC_FAULT_NONE;
}

/* Collects octets of a control frame. Returns how many were taken, and the fault that the last one shows. */
static COLD size_t control_payload(wsc_session *session, const uint8_t *src, size_t len, wsc_fault *fault) {
    const wsc_frame *frame = &session->decoder.frame;
    size_t taken = 0;
    while (taken < len && *fault == WSC_FAULT_NONE) {
        unsigned pos = session->control_len++;
        session->control[pos] = (uint8_t)(src[taken++] ^ frame->key[pos & 3]); /* no mask: the key is zero */
        if (frame->opcode == WSC_OP_CLOSE) *fault = close_octet_fault(session, pos);
    }
    payload_advance(&session->decoder, taken);
    return taken;
}

/* Octets of a message as they are on the wire, and where they are unmasked if they are masked. */
typedef struct data_piece {
    const uint8_t *src;
    size_t len;
    const uint8_t *key; /* NULL if not masked */
    uint64_t offset;
    uint8_t *scratch;
} data_piece;

/* Unmasks and, if it is text, validates a piece. Returns how many octets are good. */
static inline size_t data_check(wsc_session *session, const data_piece *piece, bool text) {
    if (piece->key == NULL) return text ? wsc_utf8_push(&session->utf8, piece->src, piece->len) : piece->len;
    size_t good = 0;
    while (good < piece->len) {
        size_t chunk = piece->len - good < SESSION_CHUNK ? piece->len - good : SESSION_CHUNK;
        wsc_mask(piece->scratch + good, piece->src + good, chunk, piece->key, piece->offset + good);
        size_t valid = text ? wsc_utf8_push(&session->utf8, piece->scratch + good, chunk) : chunk;
        good += valid;
        if (valid < chunk) break;
    }
    return good;
}

/* Reports octets of a message, up to one that is bad; that one fails the next call, whose first it is.
   Returns how many were taken. */
static size_t data_payload(wsc_session *session, const uint8_t *src, size_t len, wsc_session_event *event) {
    const wsc_frame *frame = &session->decoder.frame;
    data_piece piece = {src, len, NULL, session->decoder.offset, NULL};
    if (frame->masked) {
        /* The buffer for control frames is idle inside a data frame. */
        bool own = session->config.scratch_len == 0;
        size_t room = own ? sizeof session->control : session->config.scratch_len;
        piece.key = frame->key;
        piece.scratch = own ? session->control : session->config.scratch;
        if (piece.len > room) piece.len = room;
    }
    size_t good = data_check(session, &piece, session->message_opcode == WSC_OP_TEXT);
    if (good == 0) {
        session_fail(session, WSC_FAULT_TEXT_NOT_UTF8, event);
        return 1;
    }
    payload_advance(&session->decoder, good);
    event_set(event, WSC_SESSION_DATA, session->message_opcode, frame->masked ? piece.scratch : src, good);
    return good;
}

/* Octets that came out of the inspector: validates them if they are text, and reports them up to one that is
   bad, which fails the next call. Other events of the inspector: true if they are one of the session's. */
static bool inflated(wsc_session *session, const wsc_inflate_event *plain, wsc_session_event *event) {
    if (plain->status == WSC_INFLATE_FAILED) {
        session_fail(session, plain->fault, event);
        return true;
    }
    if (plain->status != WSC_INFLATE_DATA) return false;
    size_t good = plain->len;
    if (session->message_opcode == WSC_OP_TEXT) good = wsc_utf8_push(&session->utf8, plain->data, plain->len);
    if (good < plain->len) session->pending = WSC_FAULT_TEXT_NOT_UTF8;
    if (good == 0)
        session_fail(session, WSC_FAULT_TEXT_NOT_UTF8, event);
    else
        event_set(event, WSC_SESSION_DATA, session->message_opcode, plain->data, good);
    return true;
}

/* Decompresses octets of a message. Returns how many were taken; *found: there is an event. */
static SLOW size_t compressed_payload(wsc_session *session, const uint8_t *src, size_t len,
                                      wsc_session_event *event, bool *found) {
    const wsc_frame *frame = &session->decoder.frame;
    const uint8_t *octets = src;
    if (frame->masked && len > 0) {
        bool own = session->config.scratch_len == 0;
        uint8_t *scratch = own ? session->control : session->config.scratch;
        size_t room = own ? sizeof session->control : session->config.scratch_len;
        if (room > SESSION_CHUNK) room = SESSION_CHUNK;
        if (len > room) len = room;
        wsc_mask(scratch, src, len, frame->key, session->decoder.offset);
        octets = scratch;
    }
    wsc_inflate_event plain;
    size_t used = wsc_inspector_push(session->config.inspector, octets, len, &plain);
    if (len > 0) payload_advance(&session->decoder, used);
    *found = inflated(session, &plain, event);
    return used;
}

/* A frame of a compressed message ends. What is still in the inspector comes before that. True if there is an
   event. */
static SLOW bool compressed_end(wsc_session *session, wsc_session_event *event) {
    wsc_inflate_event plain;
    bool found;
    (void)compressed_payload(session, NULL, 0, event, &found);
    if (found || !session->decoder.frame.fin) return found;
    wsc_inspector_end(session->config.inspector, &plain);
    return inflated(session, &plain, event);
}

/* A control frame ends, which is an event. */
static COLD void control_end(wsc_session *session, wsc_session_event *event) {
    switch (session->decoder.frame.opcode) {
    case WSC_OP_PING:
        event_set(event, WSC_SESSION_PING, WSC_OP_PING, session->control, session->control_len);
        break;
    case WSC_OP_PONG:
        event_set(event, WSC_SESSION_PONG, WSC_OP_PONG, session->control, session->control_len);
        break;
    default:
        if (!wsc_utf8_complete(&session->utf8)) {
            session_fail(session, WSC_FAULT_CLOSE_REASON_NOT_UTF8, event);
            break;
        }
        session->close_received = true;
        event_set(event, WSC_SESSION_CLOSE, WSC_OP_CLOSE, NULL, 0);
        wsc_close_parse(&event->close, session->control, session->control_len);
    }
}

/* A frame ends. True if that is an event. */
static inline bool frame_end(wsc_session *session, wsc_session_event *event) {
    const wsc_frame *frame = &session->decoder.frame;
    if (session->compressed && frame->opcode < WSC_OP_CLOSE && compressed_end(session, event)) return true;
    decoder_start_header(&session->decoder);
    if (frame->opcode >= WSC_OP_CLOSE) {
        control_end(session, event);
        return true;
    }
    if (!frame->fin) return false;
    uint8_t opcode = session->message_opcode;
    session->message_opcode = 0;
    if (opcode == WSC_OP_TEXT && session->utf8.state != 0)
        session_fail(session, WSC_FAULT_TEXT_NOT_UTF8, event);
    else
        event_set(event, WSC_SESSION_MESSAGE_END, opcode, NULL, 0);
    return true;
}

static SLOW size_t session_run(wsc_session *session, const uint8_t *src, size_t len,
                               wsc_session_event *event) {
    wsc_decoder *decoder = &session->decoder;
    size_t used = 0;
    if (session->failed) {
        session_fail(session, session->fault, event);
        return len;
    }
    if (session->pending != WSC_FAULT_NONE) {
        session_fail(session, session->pending, event);
        return 0;
    }
    /* Ends of frames need no input, all else does. */
    while (used < len || decoder->state == DECODER_END) {
        wsc_fault fault = WSC_FAULT_NONE;
        if (decoder->state == DECODER_HEADER) {
            used += decoder_header(decoder, src + used, len - used);
            if (decoder->state == DECODER_HEADER) break;
            fault = header_fault(session, &decoder->frame, decoder->faults);
            if (fault == WSC_FAULT_NONE) {
                uint8_t opcode = decoder->frame.opcode;
                frame_begin(session, &decoder->frame);
                if (opcode == WSC_OP_TEXT || opcode == WSC_OP_BINARY) {
                    event_set(event, WSC_SESSION_MESSAGE_BEGIN, opcode, NULL, 0);
                    return used;
                }
            }
        } else if (decoder->state == DECODER_PAYLOAD) {
            uint64_t rest = decoder->frame.length - decoder->offset;
            size_t piece = rest < len - used ? (size_t)rest : len - used;
            if (decoder->frame.opcode < WSC_OP_CLOSE) {
                if (!session->compressed) return used + data_payload(session, src + used, piece, event);
                bool found;
                used += compressed_payload(session, src + used, piece, event, &found);
                if (found) return used;
                continue;
            }
            used += control_payload(session, src + used, piece, &fault);
        } else if (frame_end(session, event)) {
            return used;
        }
        if (fault != WSC_FAULT_NONE) {
            session_fail(session, fault, event);
            return used;
        }
    }
    /* The last octets of a compressed message may hold more than was reported with them, or a fault. */
    bool found = false;
    if (session->compressed && decoder->state == DECODER_PAYLOAD && decoder->frame.opcode < WSC_OP_CLOSE)
        (void)compressed_payload(session, NULL, 0, event, &found);
    if (!found) event_set(event, WSC_SESSION_MORE, 0, NULL, 0);
    return used;
}

/* A legal message that is one frame and lies whole at src, as one event. Returns its octets on the wire; 0,
   and nothing has changed, if that is not what there is. */
static SLOW size_t message_whole(wsc_session *session, const uint8_t *src, size_t len,
                                 wsc_session_event *event) {
    unsigned opcode = src[0] ^ FRAME_FIN; /* if no other bit is set */
    bool masked = (src[1] & FRAME_MASKED) != 0;
    unsigned size = header_size(src);
    if (opcode != WSC_OP_TEXT && opcode != WSC_OP_BINARY) return 0;
    if (masked != (session->config.role == WSC_SERVER) || size > len) return 0;
    unsigned length7 = src[1] & FRAME_LENGTH7;
    uint64_t length = length7;
    if (length7 == FRAME_LENGTH_16) length = read_number(src + 2, 2);
    if (length7 == FRAME_LENGTH_64) length = read_number(src + 2, 8);
    bool minimal = length7 < FRAME_LENGTH_16 || length > (length7 == FRAME_LENGTH_16 ? 125 : 0xFFFF);
    uint64_t max = session->config.max_message;
    if (!minimal || length > len - size || (max != 0 && length > max)) return 0;
    data_piece piece = {src + size, (size_t)length, NULL, 0, NULL};
    if (masked) {
        if (length > session->config.scratch_len) return 0;
        piece.key = src + size - 4;
        piece.scratch = session->config.scratch;
    }
    session->utf8.state = 0;
    bool good = data_check(session, &piece, opcode == WSC_OP_TEXT) == piece.len;
    if (!good || session->utf8.state != 0) return 0;
    event_set(event, WSC_SESSION_MESSAGE, (uint8_t)opcode, masked ? piece.scratch : piece.src, piece.len);
    return size + piece.len;
}

/* Octets of payload up to which a masked message is dealt with in registers. */
#define SHORT_MAX 16
/* What has to be readable then: header and SHORT_MAX octets, however short the payload is. */
#define SHORT_INPUT (6 + SHORT_MAX)

static inline uint64_t load64(const uint8_t *src) {
    uint64_t word;
    memcpy(&word, src, sizeof word);
    return word;
}

/* As message_whole, for what short chats are made of: masked, binary or ASCII, up to SHORT_MAX octets. */
static inline size_t message_short(wsc_session *session, const uint8_t *src, wsc_session_event *event) {
    /* At SHORT_MAX - len begin the top bits of len octets, then zeros. */
    static const uint8_t top_bits[2 * SHORT_MAX] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                                                    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};
    unsigned opcode = src[0] ^ FRAME_FIN;
    unsigned length = src[1] ^ FRAME_MASKED;
    if ((opcode != WSC_OP_TEXT && opcode != WSC_OP_BINARY) || length > SHORT_MAX) return 0;
    if (session->config.role != WSC_SERVER || session->config.scratch_len < SHORT_MAX) return 0;
    if (session->config.max_message != 0 && length > session->config.max_message) return 0;
    uint32_t key;
    memcpy(&key, src + 2, sizeof key);
    uint64_t twice = (uint64_t)key << 32 | key;
    uint64_t words[2] = {load64(src + 6) ^ twice, load64(src + 14) ^ twice};
    const uint8_t *bits = top_bits + SHORT_MAX - length;
    bool ascii = ((words[0] & load64(bits)) | (words[1] & load64(bits + 8))) == 0;
    if (opcode == WSC_OP_TEXT && !ascii) return 0;
    uint8_t *scratch = session->config.scratch;
    memcpy(scratch, words, sizeof words);
    event_set(event, WSC_SESSION_MESSAGE, (uint8_t)opcode, scratch, length);
    return 6 + length;
}

size_t wsc_session_push(wsc_session *session, const uint8_t *src, size_t len, wsc_session_event *event) {
    bool fresh = session->decoder.state == DECODER_HEADER && session->decoder.header_len == 0 &&
                 session->message_opcode == 0 && !session->close_received && !session->failed;
    if (fresh && session->config.whole_messages && len >= 2) {
        size_t used = len >= SHORT_INPUT ? message_short(session, src, event) : 0;
        if (used == 0) used = message_whole(session, src, len, event);
        if (used > 0) return used;
    }
    return session_run(session, src, len, event);
}

void wsc_session_eof(wsc_session *session, wsc_session_event *event) {
    wsc_fault fault = WSC_FAULT_NONE;
    if (session->failed)
        fault = session->fault;
    else if (wsc_decoder_inside(&session->decoder))
        fault = WSC_FAULT_EOF_IN_FRAME;
    else if (!session->close_received)
        fault = WSC_FAULT_EOF_WITHOUT_CLOSE;
    if (fault != WSC_FAULT_NONE)
        session_fail(session, fault, event);
    else
        event_set(event, WSC_SESSION_MORE, 0, NULL, 0);
}

void wsc_session_close_sent(wsc_session *session) {
    session->close_sent = true;
}

bool wsc_session_compressed(const wsc_session *session) {
    return session->compressed;
}

bool wsc_session_closed(const wsc_session *session) {
    return session->close_sent && session->close_received;
}
