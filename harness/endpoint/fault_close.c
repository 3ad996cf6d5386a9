/* SPDX-License-Identifier: MIT */
/* Faults of the closing handshake and of failing a connection. */
#include "endpoint/faults.h"

#include <string.h>

#define LATE_MS 3000

ep_take ep_fault_close_header(endpoint_core *core, wsc_frame *frame) {
    if (frame->opcode != WSC_OP_CLOSE || !ep_masked_rightly(core, frame)) return EP_FEED;
    if (frame->rsv1 || frame->rsv2 || frame->rsv3) return EP_FEED;
    const bool usual = frame->fin && frame->length <= WSC_CONTROL_MAX;
    switch (core->fault) {
    case EP_HANGS_ON_CLOSE_INSIDE_MESSAGE: return core->receive.message_open ? EP_DROP : EP_FEED;
    case EP_ACCEPTS_FRAGMENTED_CLOSE: frame->fin = true; return EP_FEED;
    case EP_ACCEPTS_LONG_CLOSE:
        return frame->length > WSC_CONTROL_MAX && frame->length <= EP_COLLECT_MAX ? EP_COLLECT : EP_FEED;
    case EP_ACCEPTS_CLOSE_OF_ONE_OCTET:
    case EP_ECHOES_CLOSE_OF_ONE_OCTET:
    case EP_ECHOES_CODE_BELOW_1000:
    case EP_ECHOES_CODE_1005:
    case EP_ECHOES_CODE_1006:
    case EP_ECHOES_CODE_1015:
    case EP_ECHOES_UNASSIGNED_CODES:
    case EP_REASON_UNCHECKED:
    case EP_REASON_ECHOED_UNCHECKED: return usual ? EP_COLLECT : EP_FEED;
    default: return EP_FEED;
    }
}

/* Answers with the payload as it came. */
static void repeat(endpoint_core *core, const ep_buffer *payload) {
    ep_send_frame(core, WSC_OP_CLOSE, payload->data, payload->len);
    ep_closed(core);
}

/* Codes that the fault takes for legal, but that are not. */
static bool passes(ep_fault fault, uint16_t code) {
    switch (fault) {
    case EP_ECHOES_CODE_BELOW_1000: return code < 1000;
    case EP_ECHOES_CODE_1005: return code == 1005;
    case EP_ECHOES_CODE_1006: return code == 1006;
    case EP_ECHOES_CODE_1015: return code == 1015;
    case EP_ECHOES_UNASSIGNED_CODES: return code >= 1016 && code <= 2999;
    default: return false;
    }
}

void ep_fault_collected_close(endpoint_core *core) {
    const ep_buffer *payload = &core->receive.collected;
    wsc_close close;
    wsc_close_parse(&close, payload->data, payload->len);
    const bool legal_code = !close.has_code || wsc_code_sendable(close.code);
    if (core->phase == EP_OPEN) {
        switch (core->fault) {
        case EP_ACCEPTS_LONG_CLOSE:
            if (!legal_code) break;
            ep_close_received(core, &close);
            return;
        case EP_ACCEPTS_CLOSE_OF_ONE_OCTET:
            if (payload->len != 1) break;
            ep_close_received(core, &close);
            return;
        case EP_ECHOES_CLOSE_OF_ONE_OCTET:
            if (payload->len != 1) break;
            repeat(core, payload);
            return;
        case EP_REASON_UNCHECKED:
            if (!close.has_code || !legal_code) break;
            ep_close_received(core, &close);
            return;
        case EP_REASON_ECHOED_UNCHECKED:
            if (!close.has_code || !legal_code) break;
            repeat(core, payload);
            return;
        default:
            if (!close.has_code || !passes(core->fault, close.code)) break;
            ep_close_received(core, &close);
            return;
        }
    }
    ep_feed_frame(core, core->receive.frame, payload->data, payload->len);
}

static void send_body(endpoint_core *core, const uint8_t *body, size_t len) {
    ep_send_frame(core, WSC_OP_CLOSE, body, len);
    ep_closed(core);
}

/* A code and a reason of any length and content. */
static void send_reason(endpoint_core *core, uint16_t code, const char *reason, size_t len) {
    uint8_t body[512];
    body[0] = (uint8_t)(code >> 8);
    body[1] = (uint8_t)(code & 0xFF);
    if (len > 0) memcpy(body + 2, reason, len);
    send_body(core, body, len + 2);
}

static void send_long_reason(endpoint_core *core, uint16_t code) {
    char reason[WSC_CONTROL_MAX - 1];
    memset(reason, '.', sizeof reason);
    send_reason(core, code, reason, sizeof reason);
}

static bool reply_body(endpoint_core *core, const wsc_close *close) {
    const uint8_t low = (uint8_t)(close->code & 0xFF), high = (uint8_t)(close->code >> 8);
    const uint8_t swapped[] = {low, high}, zero[] = {0, 0};
    const uint16_t code = close->has_code ? close->code : 1000;
    switch (core->fault) {
    case EP_CLOSE_REPLY_1005:
        if (close->has_code) return false;
        ep_fail(core, 1005);
        return true;
    case EP_CLOSE_REPLY_1006: ep_fail(core, 1006); return true;
    case EP_CLOSE_REPLY_ZERO:
        if (close->has_code) return false;
        send_body(core, zero, sizeof zero);
        return true;
    case EP_CLOSE_REPLY_SWAPPED:
        if (!close->has_code) return false;
        send_body(core, swapped, sizeof swapped);
        return true;
    case EP_CLOSE_REPLY_ONE_OCTET:
        if (!close->has_code) return false;
        send_body(core, &low, 1);
        return true;
    case EP_CLOSE_REPLY_BAD_REASON: send_reason(core, code, "gr\xFC\xDF", 4); return true;
    case EP_CLOSE_REPLY_CUT_REASON:
        send_reason(core, code, close->reason.data, close->reason.len < 10 ? close->reason.len : 10);
        return true;
    case EP_CLOSE_REPLY_TOO_LONG: send_long_reason(core, code); return true;
    default: return false;
    }
}

/* Legal codes that the fault does not know. */
static bool is_refused(ep_fault fault, const wsc_close *close) {
    const uint16_t code = close->has_code ? close->code : 0;
    switch (fault) {
    case EP_REFUSES_CODES_1007_TO_1011: return code >= 1007 && code <= 1011;
    case EP_REFUSES_CODES_1012_TO_1014: return code >= 1012 && code <= 1014;
    case EP_REFUSES_CODES_FROM_3000: return code >= 3000 && code <= 3999;
    case EP_REFUSES_CODES_FROM_4000: return code >= 4000 && code <= 4999;
    case EP_REFUSES_EMPTY_CLOSE: return !close->has_code;
    case EP_REFUSES_REASON: return close->reason.len > 0;
    default: return false;
    }
}

bool ep_fault_close(endpoint_core *core, const wsc_close *close) {
    static const uint8_t farewell[] = {'b', 'y', 'e'};
    if (is_refused(core->fault, close)) {
        ep_fail(core, 1002);
        return true;
    }
    switch (core->fault) {
    case EP_NO_CLOSE_REPLY: ep_end(core); return true;
    case EP_HANGS_ON_CLOSE: ep_hang(core, false); return true;
    case EP_ENDS_TCP_FIRST:
        ep_send_close(core, close->has_code, close->code);
        ep_end(core);
        return true;
    case EP_NEVER_ENDS_TCP:
        ep_send_close(core, close->has_code, close->code);
        ep_hang(core, false);
        return true;
    case EP_ENDS_TCP_LATE:
        ep_send_close(core, close->has_code, close->code);
        ep_action(core, ENDPOINT_DELAY, LATE_MS);
        ep_end(core);
        return true;
    case EP_RESETS_AFTER_CLOSE:
        /* A reset at once would often destroy the Close, which is another fault. */
        ep_send_close(core, close->has_code, close->code);
        ep_action(core, ENDPOINT_DELAY, 50);
        ep_action(core, ENDPOINT_RESET, 0);
        ep_enter(core, EP_DONE);
        return true;
    case EP_CLOSE_REPLY_LATE: ep_action(core, ENDPOINT_DELAY, LATE_MS); return false;
    case EP_CLOSE_REPLY_TWICE: ep_send_close(core, close->has_code, close->code); return false;
    case EP_SENDS_DATA_AFTER_CLOSE:
        ep_send_close(core, close->has_code, close->code);
        ep_send_frame(core, WSC_OP_TEXT, farewell, sizeof farewell);
        ep_closed(core);
        return true;
    case EP_ECHOES_AFTER_CLOSE:
        if (!core->bent.ending) ep_send_close(core, close->has_code, close->code);
        core->bent.ending = true;
        ep_skip_frame(core);
        return true;
    case EP_ECHOES_PARTIAL_MESSAGE_ON_CLOSE:
        if (core->receive.message_open) ep_fault_echo(core);
        return false;
    default: return reply_body(core, close);
    }
}

bool ep_fault_fail(endpoint_core *core, wsc_fault fault, uint16_t code) {
    if (ep_fault_deflate_fail(core, fault)) return true;
    switch (core->fault) {
    case EP_SKIPS_BAD_FRAMES: ep_skip_frame(core); return true;
    case EP_SKIPS_BIG_MESSAGES:
        if (fault != WSC_FAULT_MESSAGE_TOO_BIG) return false;
        ep_skip_frame(core);
        return true;
    case EP_GOES_ON_AFTER_FAILURE:
        ep_send_close(core, true, code);
        ep_skip_frame(core);
        return true;
    case EP_FAILURE_LEAVES_TCP_OPEN:
        ep_send_close(core, true, code);
        ep_hang(core, false);
        return true;
    case EP_FAILS_WITHOUT_CODE:
        ep_send_close(core, false, 0);
        ep_end(core);
        return true;
    case EP_FAILS_WITH_1000: ep_fail(core, 1000); return true;
    case EP_FAILS_WITH_1006: ep_fail(core, 1006); return true;
    case EP_FAILS_WITH_1010: ep_fail(core, 1010); return true;
    case EP_FAILS_WITH_2000: ep_fail(core, 2000); return true;
    case EP_FAILS_WITH_LONG_REASON: send_long_reason(core, code); return true;
    case EP_FAILS_UTF8_WITH_1003:
        if (code != 1007) return false;
        ep_fail(core, 1003);
        return true;
    case EP_FAILS_SIZE_WITH_1002:
        if (code != 1009) return false;
        ep_fail(core, 1002);
        return true;
    default: return false;
    }
}
