/* SPDX-License-Identifier: MIT */
/* Faults of reading frames: framing, masking, fragmentation. */
#include "endpoint/faults.h"

#include <string.h>

#define TOP_BIT ((uint64_t)1 << 63)

static bool is_control(const wsc_frame *frame) {
    return frame->opcode >= 8;
}

static bool is_start(const wsc_frame *frame) {
    return frame->opcode == WSC_OP_TEXT || frame->opcode == WSC_OP_BINARY;
}

/* Another length, in the form in which the session does not mind it. */
static void set_length(wsc_frame *frame, uint64_t length) {
    frame->length = length;
    frame->form = WSC_LENGTH_MINIMAL;
}

static ep_take fail(endpoint_core *core, uint16_t code) {
    ep_fail(core, code);
    return EP_DROP;
}

static ep_take header_framing(endpoint_core *core, wsc_frame *frame) {
    const bool start = is_start(frame), control = is_control(frame);
    const bool compressed = start && frame->rsv1 && core->deflate.agreed; /* RSV1 has a meaning */
    const bool continuation = frame->opcode == WSC_OP_CONTINUATION;
    const uint64_t length = frame->length;
    switch (core->fault) {
    case EP_ACCEPTS_RSV1_DATA: frame->rsv1 = frame->rsv1 && (!start || compressed); break;
    case EP_ACCEPTS_RSV2_DATA: frame->rsv2 = frame->rsv2 && !start; break;
    case EP_ACCEPTS_RSV3_DATA: frame->rsv3 = frame->rsv3 && !start; break;
    case EP_ACCEPTS_RSV1_CONTINUATION: frame->rsv1 = frame->rsv1 && !continuation; break;
    case EP_ACCEPTS_RSV2_CONTINUATION: frame->rsv2 = frame->rsv2 && !continuation; break;
    case EP_ACCEPTS_RSV3_CONTINUATION: frame->rsv3 = frame->rsv3 && !continuation; break;
    case EP_ACCEPTS_RSV1_CONTROL: frame->rsv1 = frame->rsv1 && !control; break;
    case EP_ACCEPTS_RSV2_CONTROL: frame->rsv2 = frame->rsv2 && !control; break;
    case EP_ACCEPTS_RSV3_CONTROL: frame->rsv3 = frame->rsv3 && !control; break;
    case EP_SKIPS_RSV_FRAMES:
        return (frame->rsv1 && !compressed) || frame->rsv2 || frame->rsv3 ? EP_DROP : EP_FEED;
    case EP_SKIPS_RESERVED_DATA: return frame->opcode > 2 && !control ? EP_DROP : EP_FEED;
    case EP_SKIPS_RESERVED_CONTROL: return frame->opcode > 10 ? EP_DROP : EP_FEED;
    case EP_RESERVED_DATA_AS_BINARY:
        if (frame->opcode > 2 && !control) frame->opcode = WSC_OP_BINARY;
        break;
    case EP_RESERVED_CONTROL_AS_PING:
        if (frame->opcode > 10) frame->opcode = WSC_OP_PING;
        break;
    case EP_ACCEPTS_LONG_FORM_16:
        if (frame->form == WSC_LENGTH_16) set_length(frame, length);
        break;
    case EP_ACCEPTS_LONG_FORM_64:
        if (frame->form == WSC_LENGTH_64) set_length(frame, length);
        break;
    case EP_CLEARS_LENGTH_TOP_BIT:
        if (length >= TOP_BIT) set_length(frame, length - TOP_BIT);
        break;
    case EP_WAITS_FOR_LENGTH_TOP_BIT: return length >= TOP_BIT ? EP_DROP : EP_FEED;
    case EP_LENGTH_64_AS_32:
        if (length > UINT32_MAX) set_length(frame, length & UINT32_MAX);
        break;
    case EP_LENGTH_16_SIGNED:
        if (frame->form == WSC_LENGTH_16 && length > INT16_MAX) return fail(core, 1002);
        break;
    case EP_LENGTH_16_LITTLE_ENDIAN:
        if (frame->form == WSC_LENGTH_16) set_length(frame, (length & 0xFF) << 8 | length >> 8);
        break;
    case EP_REFUSES_LENGTH_126: return length == 126 ? fail(core, 1002) : EP_FEED;
    case EP_REFUSES_LENGTH_65535: return length == 65535 ? fail(core, 1002) : EP_FEED;
    case EP_REFUSES_LENGTH_65536: return length == 65536 ? fail(core, 1002) : EP_FEED;
    case EP_REFUSES_SPLIT_HEADER: return core->receive.split_header ? fail(core, 1002) : EP_FEED;
    default: break;
    }
    return EP_FEED;
}

static ep_take header_masking(endpoint_core *core, wsc_frame *frame) {
    static const uint8_t zero[4] = {0};
    const uint8_t opcode = frame->opcode;
    switch (core->fault) {
    case EP_ACCEPTS_UNMASKED_DATA: frame->masked = frame->masked || is_start(frame); break;
    case EP_ACCEPTS_UNMASKED_CONTINUATION:
        frame->masked = frame->masked || opcode == WSC_OP_CONTINUATION;
        break;
    case EP_ACCEPTS_UNMASKED_PING:
        frame->masked = frame->masked || opcode == WSC_OP_PING || opcode == WSC_OP_PONG;
        break;
    case EP_ACCEPTS_UNMASKED_CLOSE: frame->masked = frame->masked || opcode == WSC_OP_CLOSE; break;
    case EP_ACCEPTS_UNMASKED_EMPTY: frame->masked = frame->masked || frame->length == 0; break;
    case EP_SKIPS_UNMASKED_FRAMES: return frame->masked ? EP_FEED : EP_DROP;
    case EP_REFUSES_ZERO_KEY: frame->masked = frame->masked && memcmp(frame->key, zero, 4) != 0; break;
    case EP_MASK_KEY_OF_FIRST_FRAME:
        if (!core->bent.has_key) memcpy(core->bent.key, frame->key, 4);
        core->bent.has_key = true;
        break;
    default: break;
    }
    return EP_FEED;
}

void ep_fault_unmask(endpoint_core *core, uint8_t *dst, const uint8_t *src, size_t len) {
    const ep_receive *receive = &core->receive;
    const wsc_frame *wire = &receive->wire;
    uint64_t offset = receive->offset;
    size_t masked = wire->masked ? len : 0; /* the rest stays as it is */
    uint8_t key[4];
    memcpy(key, wire->key, 4);
    switch (core->fault) {
    case EP_MASK_RESTARTS_PER_SEGMENT: offset -= receive->mask_base; break;
    case EP_MASK_GOES_ON_IN_FRAGMENTS:
        if (!is_control(wire)) offset += receive->message_len;
        break;
    case EP_MASK_LEAVES_TAIL: {
        uint64_t end = wire->length & ~(uint64_t)3;
        if (offset + masked > end) masked = end > offset ? (size_t)(end - offset) : 0;
        break;
    }
    case EP_MASK_KEY_OF_FIRST_FRAME: memcpy(key, core->bent.key, 4); break;
    case EP_MASK_KEY_REVERSED:
        for (unsigned i = 0; i < 4; i++) key[i] = wire->key[3 - i];
        break;
    case EP_MASK_ENDS_AT_65536:
        if (offset + masked > 65536) masked = offset < 65536 ? (size_t)(65536 - offset) : 0;
        break;
    case EP_MASK_STAYS_ON_CONTROL:
        if (is_control(wire)) masked = 0;
        break;
    default: break;
    }
    wsc_mask(dst, src, masked, key, offset);
    memcpy(dst + masked, src + masked, len - masked);
}

/* Ends the open message as the peer did not. */
static void end_message(endpoint_core *core) {
    ep_feed_frame(core,
                  (wsc_frame){.fin = true, .masked = !ep_is_client(core), .opcode = WSC_OP_CONTINUATION},
                  NULL, 0);
    core->receive.message_open = false;
}

static ep_take header_fragments(endpoint_core *core, wsc_frame *frame) {
    const bool open = core->receive.message_open;
    const bool continuation = frame->opcode == WSC_OP_CONTINUATION;
    const bool orphan = continuation && !open, interleaved = is_start(frame) && open;
    ep_bent *bent = &core->bent;
    switch (core->fault) {
    case EP_SKIPS_ORPHAN_CONTINUATION: return orphan ? EP_DROP : EP_FEED;
    case EP_ECHOES_ORPHAN_CONTINUATION:
        if (orphan) frame->opcode = WSC_OP_BINARY;
        break;
    case EP_MERGES_INTERLEAVED_MESSAGE:
        if (interleaved) frame->opcode = WSC_OP_CONTINUATION;
        break;
    case EP_SKIPS_INTERLEAVED_MESSAGE: return interleaved ? EP_DROP : EP_FEED;
    case EP_INTERLEAVED_MESSAGE_REPLACES:
        if (!interleaved) break;
        bent->discard = true;
        end_message(core);
        break;
    case EP_REFUSES_FRAGMENTS: return is_start(frame) && !frame->fin ? fail(core, 1003) : EP_FEED;
    case EP_REFUSES_EMPTY_FRAGMENT:
        if (frame->length == 0 && (continuation || (is_start(frame) && !frame->fin))) return fail(core, 1002);
        break;
    case EP_EMPTY_FRAGMENT_ENDS_MESSAGE:
        if (continuation && frame->length == 0) frame->fin = true;
        break;
    case EP_REFUSES_17_FRAGMENTS:
        return continuation && open && bent->num_fragments == 16 ? fail(core, 1009) : EP_FEED;
    case EP_PING_ENDS_MESSAGE:
        if (frame->opcode == WSC_OP_PING && open) {
            end_message(core);
            bent->resume = true;
        } else if (orphan && bent->resume) {
            frame->opcode = core->message_opcode;
            bent->resume = false;
        }
        break;
    case EP_REFUSES_PING_INSIDE_MESSAGE:
        return frame->opcode == WSC_OP_PING && open ? fail(core, 1002) : EP_FEED;
    default: break;
    }
    return EP_FEED;
}

/* The faults of size and robustness that show in a header. */
static ep_take header_other(endpoint_core *core, const wsc_frame *frame) {
    bool dies = false;
    switch (core->fault) {
    case EP_HANGS_ON_LENGTH_TOP_BIT:
        if (frame->length < TOP_BIT) break;
        ep_hang(core, true);
        return EP_DROP;
    case EP_DIES_ON_LENGTH_TOP_BIT: dies = frame->length >= TOP_BIT; break;
    case EP_DIES_ON_HUGE_LENGTH: dies = frame->length > INT32_MAX; break;
    case EP_DIES_ON_LONG_CONTROL: dies = is_control(frame) && frame->length > WSC_CONTROL_MAX; break;
    case EP_DIES_ON_CLOSE_OF_ONE_OCTET: dies = frame->opcode == WSC_OP_CLOSE && frame->length == 1; break;
    default: break;
    }
    if (!dies) return EP_FEED;
    ep_die(core);
    return EP_DROP;
}

ep_take ep_fault_header(endpoint_core *core, wsc_frame *frame) {
    ep_take take = header_framing(core, frame);
    if (take == EP_FEED) take = header_masking(core, frame);
    if (take == EP_FEED) take = ep_fault_mask_bit(core, frame);
    if (take == EP_FEED) take = header_fragments(core, frame);
    if (take == EP_FEED) take = header_other(core, frame);
    if (take == EP_FEED) take = ep_fault_control_header(core, frame);
    if (take == EP_FEED) take = ep_fault_close_header(core, frame);
    if (take == EP_FEED) take = ep_fault_text_header(core, frame);
    if (take == EP_FEED) take = ep_fault_deflate_header(core, frame);
    return take;
}
