/* SPDX-License-Identifier: MIT */
/* Faults of pings and pongs. */
#include "endpoint/faults.h"

#include <string.h>

/* An ordinary frame but for what the fault is about. */
static bool is_long(const endpoint_core *core, const wsc_frame *frame, uint8_t opcode) {
    return frame->opcode == opcode && frame->fin && !frame->rsv1 && !frame->rsv2 && !frame->rsv3 &&
           ep_masked_rightly(core, frame) && frame->length > WSC_CONTROL_MAX;
}

ep_take ep_fault_control_header(endpoint_core *core, wsc_frame *frame) {
    const bool ping = frame->opcode == WSC_OP_PING, pong = frame->opcode == WSC_OP_PONG;
    const bool open = core->receive.message_open;
    switch (core->fault) {
    case EP_REFUSES_PING_OF_125:
        if (!ping || frame->length != WSC_CONTROL_MAX) break;
        ep_fail(core, 1002);
        return EP_DROP;
    case EP_PING_JOINS_MESSAGE:
        if (!ping || !open) break;
        frame->opcode = WSC_OP_CONTINUATION;
        frame->fin = false;
        break;
    case EP_PONG_JOINS_MESSAGE:
        if (!pong || !open) break;
        frame->opcode = WSC_OP_CONTINUATION;
        frame->fin = false;
        break;
    case EP_ACCEPTS_LONG_PING:
    case EP_CUTS_LONG_PING:
        if (is_long(core, frame, WSC_OP_PING) && frame->length <= EP_COLLECT_MAX) return EP_COLLECT;
        break;
    case EP_SKIPS_LONG_PING: return is_long(core, frame, WSC_OP_PING) ? EP_DROP : EP_FEED;
    case EP_ACCEPTS_LONG_PONG: return is_long(core, frame, WSC_OP_PONG) ? EP_DROP : EP_FEED;
    case EP_ACCEPTS_FRAGMENTED_PING: frame->fin = frame->fin || ping; break;
    case EP_ACCEPTS_FRAGMENTED_PONG: frame->fin = frame->fin || pong; break;
    default: break;
    }
    return EP_FEED;
}

void ep_fault_collected_ping(endpoint_core *core) {
    const ep_buffer *payload = &core->receive.collected;
    bool cut = core->fault == EP_CUTS_LONG_PING && payload->len > WSC_CONTROL_MAX;
    ep_send_frame(core, WSC_OP_PONG, payload->data, cut ? WSC_CONTROL_MAX : payload->len);
}

static void pong(endpoint_core *core, const uint8_t *data, size_t len) {
    ep_send_frame(core, WSC_OP_PONG, data, len);
}

/* What is wrong with the payload of the pong; true if it has been sent. */
static bool ping_payload(endpoint_core *core, const uint8_t *data, size_t len) {
    static const uint8_t own[] = {'p', 'o', 'n', 'g'};
    ep_bent *bent = &core->bent;
    uint8_t payload[WSC_CONTROL_MAX + 1] = {0};
    memcpy(payload, data, len);
    switch (core->fault) {
    case EP_PONG_EMPTY: pong(core, NULL, 0); return true;
    case EP_PONG_CONSTANT: pong(core, own, sizeof own); return true;
    case EP_PONG_AT_MOST_64: pong(core, payload, len < 64 ? len : 64); return true;
    case EP_PONG_CUT_AT_NUL: pong(core, payload, strnlen((const char *)payload, len)); return true;
    case EP_PONG_WITH_NUL: pong(core, payload, len < WSC_CONTROL_MAX ? len + 1 : len); return true;
    case EP_PONG_TOO_LONG: pong(core, payload, sizeof payload); return true;
    case EP_PONG_STALE_TAIL:
        memcpy(bent->ping, data, len);
        if (len > bent->ping_len) bent->ping_len = len;
        pong(core, bent->ping, bent->ping_len);
        return true;
    case EP_PONG_OF_FIRST_PING:
        if (!bent->has_ping) memcpy(bent->ping, data, len);
        if (!bent->has_ping) bent->ping_len = len;
        bent->has_ping = true;
        pong(core, bent->ping, bent->ping_len);
        return true;
    default: return false;
    }
}

/* Remembers the ping for later; only the last one counts. */
static void ping_later(endpoint_core *core, const uint8_t *data, size_t len) {
    memcpy(core->bent.ping, data, len);
    core->bent.ping_len = len;
    core->bent.has_ping = true;
}

bool ep_fault_ping(endpoint_core *core, const uint8_t *data, size_t len) {
    ep_bent *bent = &core->bent;
    const bool inside = core->receive.message_open;
    size_t half = len / 2;
    bent->num_pings++;
    bent->segment_pings++;
    if (ep_fault_deflate_ping(core, data, len)) return true;
    switch (core->fault) {
    case EP_NO_PONG: return true;
    case EP_NO_PONG_TO_EMPTY_PING: return len == 0;
    case EP_NO_PONG_INSIDE_MESSAGE: return inside;
    case EP_NO_PONG_AFTER_16: return bent->num_pings > 16;
    case EP_PONG_FIRST_OF_SEGMENT: return bent->segment_pings > 1;
    case EP_PONG_AFTER_MESSAGE:
    case EP_PONG_INSIDE_FRAME:
        if (inside) ping_later(core, data, len);
        return inside;
    case EP_PONG_IN_TWO_FRAMES: {
        wsc_frame first = ep_new_frame(core, WSC_OP_PONG, half);
        wsc_frame last = ep_new_frame(core, WSC_OP_CONTINUATION, len - half);
        first.fin = false;
        ep_send_any_frame(core, &first, data, half);
        ep_send_any_frame(core, &last, data + half, len - half);
        return true;
    }
    case EP_PONG_AS_PING: ep_send_frame(core, WSC_OP_PING, data, len); return true;
    case EP_PONG_AS_TEXT:
        if (!wsc_utf8_valid(data, len)) return false;
        ep_send_frame(core, WSC_OP_TEXT, data, len);
        return true;
    case EP_PONG_TWICE: pong(core, data, len); return false;
    case EP_PING_AS_MESSAGE: ep_send_frame(core, WSC_OP_BINARY, data, len); return true;
    case EP_REFUSES_BINARY_PING:
        if (wsc_utf8_valid(data, len)) return false;
        ep_fail(core, 1007);
        return true;
    case EP_PING_CLEARS_MESSAGE:
        if (inside) core->message.len = EP_HEADROOM;
        return false;
    default: return ping_payload(core, data, len);
    }
}

void ep_fault_pong(endpoint_core *core, const uint8_t *data, size_t len) {
    if (core->fault == EP_ANSWERS_PONGS) pong(core, data, len);
    if (core->fault == EP_REFUSES_UNSOLICITED_PONG) ep_fail(core, 1002);
}
