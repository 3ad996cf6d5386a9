/* SPDX-License-Identifier: MIT */
/* The life of one connection: phases, and the rules of RFC 6455 5 to 7 for what an endpoint sends. */
#include "endpoint/faults.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_MESSAGE ((uint64_t)64 << 20)
#define DEFAULT_HEAD    30000
#define DEFAULT_IDLE    300000
#define DEFAULT_LINGER  5000
#define HUNG_MS         120000

/* Above so much output no more input is wanted. */
#define OUTPUT_MAX ((size_t)256 << 10)
/* Octets that are discarded while the peer is expected to end; so a Close behind which a large message was
   under way still arrives, and is not lost in a reset. */
#define LINGER_MAX ((uint64_t)128 << 20)

static bool bent(const endpoint_core *core) {
    return core->fault != EP_NONE;
}

endpoint_core *endpoint_core_new(const endpoint_config *config, unsigned serial) {
    endpoint_core *core = calloc(1, sizeof *core);
    ep_head *head = malloc(sizeof *head);
    if (core == NULL || head == NULL) {
        free(core);
        free(head);
        return NULL;
    }
    core->config = *config;
    if (core->config.max_message == 0) core->config.max_message = DEFAULT_MESSAGE;
    if (core->config.head_ms == 0) core->config.head_ms = DEFAULT_HEAD;
    if (core->config.idle_ms == 0) core->config.idle_ms = DEFAULT_IDLE;
    if (core->config.linger_ms == 0) core->config.linger_ms = DEFAULT_LINGER;
    core->fault = (ep_fault)config->fault;
    core->serial = serial;
    core->head = head;
    wsc_http_init(&head->http, config->request != NULL ? WSC_HTTP_RESPONSE : WSC_HTTP_REQUEST, head->buf,
                  sizeof head->buf, head->fields, EP_FIELDS_MAX);
    ep_enter(core, EP_HEAD);
    if (ep_is_client(core)) {
        core->random = core->config.request->seed;
        ep_request_send(core);
    } else if (bent(core)) {
        ep_fault_accepted(core);
    }
    return core;
}

void endpoint_core_free(endpoint_core *core) {
    if (core == NULL) return;
    free(core->head);
    free(core->scratch);
    ep_buffer_free(&core->message);
    ep_deflate_free(core);
    ep_buffer_free(&core->receive.collected);
    ep_buffer_free(&core->bent.kept);
    ep_queue_free(&core->out);
    free(core);
}

/* ---- Output ------------------------------------------------------------------------------------------- */

void ep_enter(endpoint_core *core, ep_phase phase) {
    core->phase = phase;
    core->turn++;
}

void ep_send(endpoint_core *core, const void *data, size_t len) {
    if (!ep_queue_copy(&core->out, data, len)) core->broken = true;
}

void ep_action(endpoint_core *core, endpoint_action_type type, unsigned delay_ms) {
    if (!ep_queue_action(&core->out, type, delay_ms)) core->broken = true;
}

uint64_t ep_random(endpoint_core *core) {
    uint64_t z = core->random += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

wsc_frame ep_new_frame(endpoint_core *core, uint8_t opcode, uint64_t length) {
    wsc_frame frame = {.fin = true, .opcode = opcode, .length = length};
    if (!ep_is_client(core)) return frame;
    const uint64_t random = ep_random(core);
    frame.masked = true;
    for (unsigned i = 0; i < sizeof frame.key; i++) frame.key[i] = (uint8_t)(random >> (8 * i) & 0xFF);
    if (bent(core)) ep_fault_mask(core, &frame);
    return frame;
}

void ep_send_header(endpoint_core *core, const wsc_frame *frame) {
    uint8_t header[WSC_HEADER_MAX];
    ep_send(core, header, wsc_frame_encode(header, frame));
}

void ep_send_payload(endpoint_core *core, const wsc_frame *frame, const uint8_t *data, uint64_t offset,
                     size_t len) {
    uint8_t piece[1024];
    if (!frame->masked) {
        ep_send(core, data, len);
        return;
    }
    for (size_t pos = 0, size; pos < len; pos += size) {
        size = len - pos < sizeof piece ? len - pos : sizeof piece;
        wsc_mask(piece, data + pos, size, frame->key, offset + pos);
        ep_send(core, piece, size);
    }
}

void ep_send_frame(endpoint_core *core, uint8_t opcode, const uint8_t *data, size_t len) {
    ep_send_data_frame(core, opcode, false, data, len);
}

void ep_send_data_frame(endpoint_core *core, uint8_t opcode, bool compressed, const uint8_t *data,
                        size_t len) {
    wsc_frame frame = ep_new_frame(core, opcode, len);
    frame.rsv1 = compressed;
    if (bent(core)) {
        ep_fault_send(core, &frame, data, len);
        return;
    }
    ep_send_header(core, &frame);
    ep_send_payload(core, &frame, data, 0, len);
}

void ep_send_close(endpoint_core *core, bool has_code, uint16_t code) {
    uint8_t body[WSC_CONTROL_MAX];
    ep_send_frame(core, WSC_OP_CLOSE, body, has_code ? wsc_close_encode(body, code, NULL, 0) : 0);
}

void ep_end(endpoint_core *core) {
    ep_action(core, ENDPOINT_FIN, 0);
    core->fin = true;
    ep_buffer_free(&core->message);
    ep_enter(core, EP_LINGER);
}

void ep_closed(endpoint_core *core) {
    if (!ep_is_client(core)) {
        ep_end(core);
        return;
    }
    ep_buffer_free(&core->message);
    ep_enter(core, EP_LINGER);
}

void ep_fail(endpoint_core *core, uint16_t code) {
    ep_send_close(core, true, code);
    ep_end(core);
}

/* Echoes the message by writing the frame header in front of its octets, or of what they compress to. */
static void echo(endpoint_core *core) {
    uint8_t header[WSC_HEADER_MAX];
    ep_buffer *from = &core->message;
    const bool compressed = core->deflate.compressed;
    if (compressed) {
        const uint8_t *plain = from->data + EP_HEADROOM;
        if (!ep_deflate_pack(core, plain, from->len - EP_HEADROOM, WSC_FLUSH_MESSAGE)) {
            core->broken = true;
            return;
        }
        from = &core->deflate.packed;
    }
    uint8_t *data = from->data + EP_HEADROOM;
    const size_t len = from->len - EP_HEADROOM;
    wsc_frame frame = ep_new_frame(core, core->message_opcode, len);
    frame.rsv1 = compressed;
    size_t size = wsc_frame_encode(header, &frame);
    size_t pos = EP_HEADROOM - size;
    if (frame.masked) wsc_mask(data, data, len, frame.key, 0);
    memcpy(from->data + pos, header, size);
    if (!ep_queue_move(&core->out, from, pos)) core->broken = true;
}

/* ---- Input -------------------------------------------------------------------------------------------- */

bool ep_open_session(endpoint_core *core) {
    if (core->scratch == NULL) core->scratch = malloc(EP_SCRATCH);
    if (core->scratch == NULL) return false;
    wsc_session_config config = {.role = ep_is_client(core) ? WSC_CLIENT : WSC_SERVER,
                                 .max_message = bent(core) ? ep_fault_limit(core) : core->config.max_message,
                                 .scratch = core->scratch,
                                 .scratch_len = EP_SCRATCH};
    if (!ep_deflate_open(core, &config)) return false;
    wsc_session_init(&core->session, &config);
    core->opened = true;
    return true;
}

static void message_begin(endpoint_core *core, uint8_t opcode) {
    static const uint8_t headroom[EP_HEADROOM] = {0};
    core->message_opcode = opcode;
    core->deflate.compressed = wsc_session_compressed(&core->session);
    core->message.len = 0;
    if (!ep_buffer_append(&core->message, headroom, sizeof headroom)) core->broken = true;
}

static void message_data(endpoint_core *core, const uint8_t *data, size_t len) {
    if (bent(core)) len = ep_fault_data(core, len);
    if (!ep_buffer_append(&core->message, data, len)) core->broken = true;
}

void ep_close_received(endpoint_core *core, const wsc_close *close) {
    if (core->phase == EP_OPEN) {
        if (bent(core) && ep_fault_close(core, close)) return;
        ep_send_close(core, close->has_code, close->code);
    }
    ep_closed(core);
}

/* What comes while the own Close waits for that of the peer is not answered any more. */
static void session_event(endpoint_core *core, const wsc_session_event *event) {
    bool open = core->phase == EP_OPEN;
    switch (event->type) {
    case WSC_SESSION_MORE:
    case WSC_SESSION_MESSAGE: break;
    case WSC_SESSION_MESSAGE_BEGIN:
        if (open) message_begin(core, event->opcode);
        break;
    case WSC_SESSION_DATA:
        if (open) message_data(core, event->data, event->len);
        break;
    case WSC_SESSION_MESSAGE_END:
        if (!open) break;
        if (core->config.message != NULL)
            core->config.message(core->config.user, core->message_opcode == WSC_OP_TEXT,
                                 core->message.data + EP_HEADROOM, core->message.len - EP_HEADROOM);
        else if (bent(core))
            ep_fault_echo(core);
        else
            echo(core);
        break;
    case WSC_SESSION_PING:
        if (!open || (bent(core) && ep_fault_ping(core, event->data, event->len))) break;
        ep_send_frame(core, WSC_OP_PONG, event->data, event->len);
        break;
    case WSC_SESSION_PONG:
        if (open && bent(core)) ep_fault_pong(core, event->data, event->len);
        break;
    case WSC_SESSION_CLOSE: ep_close_received(core, &event->close); break;
    case WSC_SESSION_FAIL:
        if (!open)
            ep_end(core);
        else if (!bent(core) || !ep_fault_fail(core, event->fault, event->code))
            ep_fail(core, event->code);
        break;
    }
}

void ep_session_push(endpoint_core *core, const uint8_t *data, size_t len) {
    wsc_session_event event;
    do {
        size_t used = wsc_session_push(&core->session, data, len, &event);
        data += used;
        len -= used;
        session_event(core, &event);
        if (core->broken || event.type == WSC_SESSION_FAIL) return;
    } while (event.type != WSC_SESSION_MORE && (core->phase == EP_OPEN || core->phase == EP_CLOSING));
}

static void push(endpoint_core *core, const uint8_t *data, size_t len) {
    if (core->phase == EP_HEAD) {
        size_t used =
            ep_is_client(core) ? ep_response_push(core, data, len) : ep_handshake_push(core, data, len);
        if (core->phase == EP_HEAD || core->broken) return;
        data += used;
        len -= used;
        if (bent(core)) ep_fault_after_head(core, &len);
    }
    if (core->phase == EP_OPEN || core->phase == EP_CLOSING) {
        if (core->phase == EP_OPEN) core->turn++;
        if (bent(core)) {
            size_t skipped = ep_fault_content(core, len);
            data += skipped;
            len -= skipped;
        }
        if (!bent(core))
            ep_session_push(core, data, len);
        else if (!ep_fault_frames(core, data, len))
            ep_receive_push(core, data, len);
    } else if (core->phase == EP_LINGER) {
        core->discarded += len;
        if (core->discarded > LINGER_MAX) core->broken = true;
    }
}

void endpoint_core_push(endpoint_core *core, const uint8_t *data, size_t len) {
    if (len == 0 || core->broken) return;
    if (bent(core)) ep_fault_segment_begin(core);
    push(core, data, len);
    if (bent(core)) ep_fault_segment_end(core);
}

void endpoint_core_eof(endpoint_core *core) {
    if (core->phase == EP_DONE) return;
    if (bent(core) && ep_fault_eof(core)) return;
    if (core->phase != EP_LINGER) ep_end(core);
    ep_action(core, ENDPOINT_CLOSE, 0);
    ep_enter(core, EP_DONE);
}

/* ---- Actions and time --------------------------------------------------------------------------------- */

bool endpoint_core_opened(const endpoint_core *core) {
    return core->opened;
}

bool endpoint_core_wants(const endpoint_core *core) {
    return !core->deaf && core->out.octets <= OUTPUT_MAX;
}

void endpoint_core_next(const endpoint_core *core, endpoint_action *action) {
    if (core->broken) {
        *action = (endpoint_action){.type = ENDPOINT_RESET};
        return;
    }
    ep_queue_peek(&core->out, action);
}

void endpoint_core_took(endpoint_core *core, size_t len) {
    if (!core->broken) ep_queue_took(&core->out, len);
}

unsigned endpoint_core_deadline(const endpoint_core *core, unsigned *turn) {
    *turn = core->turn;
    switch (core->phase) {
    case EP_HEAD: return core->config.head_ms;
    case EP_OPEN: return core->config.idle_ms;
    case EP_HUNG: return HUNG_MS;
    default: return core->config.linger_ms;
    }
}

void endpoint_core_timeout(endpoint_core *core) {
    switch (core->phase) {
    case EP_HEAD:
        if (ep_is_client(core))
            ep_end(core);
        else
            ep_handshake_timeout(core);
        break;
    case EP_OPEN:
        /* A peer that does not even take its echoes will not take a Close. */
        if (core->out.first != NULL) {
            core->broken = true;
        } else {
            ep_send_close(core, true, 1001);
            wsc_session_close_sent(&core->session);
            ep_enter(core, EP_CLOSING);
        }
        break;
    case EP_CLOSING: ep_end(core); break;
    case EP_LINGER:
        if (!core->fin)
            ep_end(core);
        else
            core->broken = true;
        break;
    case EP_HUNG:
    case EP_DONE: core->broken = true; break;
    }
}
