/* SPDX-License-Identifier: MIT */
/* Faults of the frames that are sent. */
#include "endpoint/faults.h"

#include <string.h>

/* Writes a header by hand, where the encoder knows better. */
static void send_by_hand(endpoint_core *core, const wsc_frame *frame, uint8_t length7, unsigned num_octets,
                         bool little_endian, const uint8_t *data, size_t len) {
    uint8_t header[WSC_HEADER_MAX] = {0};
    header[0] = (uint8_t)((frame->fin ? 0x80 : 0) | (frame->rsv1 ? 0x40 : 0) | frame->opcode);
    header[1] = length7;
    for (unsigned i = 0; i < num_octets; i++) {
        unsigned shift = 8 * (little_endian ? i : num_octets - 1 - i);
        header[2 + i] = (uint8_t)(frame->length >> shift & 0xFF);
    }
    if (frame->masked) {
        header[1] |= 0x80;
        memcpy(header + 2 + num_octets, frame->key, sizeof frame->key);
    }
    ep_send(core, header, 2 + num_octets + (frame->masked ? sizeof frame->key : 0));
    ep_send_payload(core, frame, data, 0, len);
}

/* Sends a message in two fragments with these opcodes and FIN bits. */
static void send_halves(endpoint_core *core, const wsc_frame *frame, bool fin, uint8_t opcode,
                        const uint8_t *data, size_t len) {
    size_t half = len / 2;
    wsc_frame first = ep_new_frame(core, frame->opcode, half);
    wsc_frame last = ep_new_frame(core, opcode, len - half);
    first.fin = fin;
    first.rsv1 = frame->rsv1;
    ep_send_any_frame(core, &first, data, half);
    ep_send_any_frame(core, &last, data + half, len - half);
}

void ep_fault_send_rest(endpoint_core *core) {
    ep_bent *bent = &core->bent;
    wsc_frame last = ep_new_frame(core, WSC_OP_CONTINUATION, bent->kept.len);
    if (bent->has_kept) ep_send_any_frame(core, &last, bent->kept.data, bent->kept.len);
    bent->has_kept = false;
}

static bool send_interleaved(endpoint_core *core, const wsc_frame *frame, const uint8_t *data, size_t len) {
    size_t half = len / 2;
    wsc_frame first = ep_new_frame(core, frame->opcode, half);
    first.fin = false;
    first.rsv1 = frame->rsv1;
    if (core->bent.has_kept) {
        ep_send_any_frame(core, frame, data, len);
        ep_fault_send_rest(core);
        return true;
    }
    if (half == 0) return false;
    ep_send_any_frame(core, &first, data, half);
    ep_keep(core, WSC_OP_CONTINUATION, data + half, len - half);
    return true;
}

static bool send_form(endpoint_core *core, wsc_frame *frame, const uint8_t *data, size_t len) {
    const uint64_t length = frame->length;
    switch (core->fault) {
    case EP_SENDS_LONG_FORM_16:
        if (length <= UINT16_MAX) frame->form = WSC_LENGTH_16;
        return false;
    case EP_SENDS_126_IN_7_BITS:
        if (length != 126 && length != 127) return false;
        send_by_hand(core, frame, (uint8_t)length, 0, false, data, len);
        return true;
    case EP_SENDS_65536_IN_16_BITS:
        if (length != 65536) return false;
        send_by_hand(core, frame, 126, 2, false, data, len);
        return true;
    case EP_SENDS_LENGTH_32:
        if (length <= UINT16_MAX) return false;
        send_by_hand(core, frame, 127, 4, false, data, len);
        return true;
    case EP_SENDS_LENGTH_LITTLE_ENDIAN:
        if (length <= WSC_CONTROL_MAX) return false;
        send_by_hand(core, frame, length <= UINT16_MAX ? 126 : 127, length <= UINT16_MAX ? 2 : 8, true, data,
                     len);
        return true;
    case EP_SENDS_LENGTH_TOP_BIT:
        if (length > UINT16_MAX) frame->length |= UINT64_C(0xFFFFFFFF) << 32;
        return false;
    default: return false;
    }
}

/* Messages only. */
static bool send_message(endpoint_core *core, wsc_frame *frame, const uint8_t *data, size_t len) {
    static const uint8_t key[4] = {0x37, 0xFA, 0x21, 0x3D};
    switch (core->fault) {
    case EP_SENDS_LONG_FORM_64: frame->form = WSC_LENGTH_64; return false;
    case EP_SENDS_LENGTH_TOO_LARGE: frame->length++; return false;
    case EP_SENDS_LENGTH_TOO_SMALL:
        if (len > 0) frame->length--;
        return false;
    case EP_SENDS_RSV1: frame->rsv1 = true; return false;
    case EP_SENDS_RSV2: frame->rsv2 = true; return false;
    case EP_SENDS_RSV3: frame->rsv3 = true; return false;
    case EP_SENDS_RESERVED_OPCODE:
        if (frame->opcode == WSC_OP_BINARY) frame->opcode = 3;
        return false;
    case EP_SENDS_WITHOUT_FIN: frame->fin = false; return false;
    case EP_SENDS_ORPHAN_CONTINUATION: frame->opcode = WSC_OP_CONTINUATION; return false;
    case EP_MASKS_MESSAGES:
        memcpy(frame->key, key, sizeof key);
        frame->masked = true;
        return false;
    case EP_MASKS_WITH_ZERO_KEY: frame->masked = true; return false;
    case EP_SENDS_MASK_BIT_WITHOUT_KEY: {
        uint8_t header[WSC_HEADER_MAX];
        size_t size = wsc_frame_encode(header, frame);
        header[1] |= 0x80;
        ep_send(core, header, size);
        ep_send(core, data, len);
        return true;
    }
    case EP_SENDS_FRAGMENTS_WITH_TYPE: send_halves(core, frame, false, frame->opcode, data, len); return true;
    case EP_SENDS_FIN_IN_EACH_FRAGMENT:
        send_halves(core, frame, true, WSC_OP_CONTINUATION, data, len);
        return true;
    case EP_SENDS_INTERLEAVED_MESSAGES: return send_interleaved(core, frame, data, len);
    default: return false;
    }
}

static void mask(wsc_frame *frame) {
    static const uint8_t key[4] = {0xA5, 0x5A, 0x0F, 0xF0};
    frame->masked = true;
    memcpy(frame->key, key, sizeof key);
}

void ep_fault_send(endpoint_core *core, wsc_frame *frame, const uint8_t *data, size_t len) {
    if (core->fault == EP_MASKS_PONGS && frame->opcode == WSC_OP_PONG) mask(frame);
    if (core->fault == EP_MASKS_CLOSE && frame->opcode == WSC_OP_CLOSE) mask(frame);
    if (core->fault == EP_CLOSE_REPLY_WITHOUT_FIN && frame->opcode == WSC_OP_CLOSE) frame->fin = false;
    if (send_form(core, frame, data, len)) return;
    if (frame->opcode < 8 && send_message(core, frame, data, len)) return;
    ep_send_any_frame(core, frame, data, len);
}
