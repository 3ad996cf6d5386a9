/* SPDX-License-Identifier: MIT */
/* Faults of what is echoed, and of the limit on messages. */
#include "endpoint/faults.h"

#include <string.h>

/* Faults of the limit on messages have one that cases reach. */
#define LOW_LIMIT ((uint64_t)256 << 10)
/* Inside such a message HANGS_ON_LARGE_MESSAGE stops. */
#define LARGE ((size_t)512 << 10)

/* ---- The limit ---------------------------------------------------------------------------------------- */

uint64_t ep_fault_limit(const endpoint_core *core) {
    const uint64_t limit = core->config.max_message;
    const bool low = core->fault == EP_SKIPS_BIG_MESSAGES || core->fault == EP_FAILS_SIZE_WITH_1002;
    return low && limit > LOW_LIMIT ? LOW_LIMIT : limit;
}

size_t ep_fault_data(endpoint_core *core, size_t len) {
    const size_t used = core->message.len - EP_HEADROOM;
    if (core->fault == EP_CUTS_AT_LIMIT && len > LOW_LIMIT - used) return (size_t)LOW_LIMIT - used;
    if (core->fault == EP_HANGS_ON_LARGE_MESSAGE && used + len > LARGE) {
        ep_hang(core, true);
        return 0;
    }
    return len;
}

/* ---- Fragments ---------------------------------------------------------------------------------------- */

/* Removes the octets from start to end of the message. */
static void cut(ep_buffer *message, size_t start, size_t end) {
    memmove(message->data + start, message->data + end, message->len - end);
    message->len -= end - start;
}

static void reverse_fragments(endpoint_core *core, size_t num) {
    ep_buffer *message = &core->message;
    ep_keep(core, 0, message->data, message->len);
    if (core->broken) return;
    core->bent.has_kept = false;
    size_t pos = EP_HEADROOM, end = message->len;
    for (size_t i = num; i-- > 0; end = core->bent.bounds[i]) {
        size_t start = core->bent.bounds[i];
        memcpy(message->data + pos, core->bent.kept.data + start, end - start);
        pos += end - start;
    }
}

/* Sends the fragments as messages. */
static void echo_fragments(endpoint_core *core, size_t num) {
    const ep_buffer *message = &core->message;
    for (size_t i = 0; i < num; i++) {
        size_t start = core->bent.bounds[i], end = i + 1 < num ? core->bent.bounds[i + 1] : message->len;
        ep_send_message(core, core->message_opcode, message->data + start, end - start);
    }
}

/* What becomes of a message of several fragments; true if it has been sent. */
static bool fragments(endpoint_core *core) {
    ep_bent *bent = &core->bent;
    ep_buffer *message = &core->message;
    size_t num = bent->num_fragments < EP_BOUNDS_MAX ? bent->num_fragments : EP_BOUNDS_MAX;
    if (num < 2) return false;
    switch (core->fault) {
    case EP_LOSES_FIRST_FRAGMENT: cut(message, EP_HEADROOM, bent->bounds[1]); return false;
    case EP_LOSES_MIDDLE_FRAGMENTS: cut(message, bent->bounds[1], bent->bounds[num - 1]); return false;
    case EP_LOSES_LAST_FRAGMENT: message->len = bent->bounds[num - 1]; return false;
    case EP_REVERSES_FRAGMENTS: reverse_fragments(core, num); return false;
    case EP_ECHOES_EACH_FRAGMENT: echo_fragments(core, num); return true;
    case EP_ECHOES_FRAGMENTS_AS_BINARY: core->message_opcode = WSC_OP_BINARY; return false;
    default: return false;
    }
}

/* KEEPS_LAST_MESSAGE: the message before comes first, if it was fragmented. */
static void keep_last(endpoint_core *core) {
    ep_bent *bent = &core->bent;
    ep_buffer *message = &core->message;
    if (bent->has_kept) {
        size_t before = bent->kept.len;
        if (!ep_buffer_room(message, before)) {
            core->broken = true;
            return;
        }
        uint8_t *start = message->data + EP_HEADROOM;
        memmove(start + before, start, message->len - EP_HEADROOM);
        memcpy(start, bent->kept.data, before);
        message->len += before;
    }
    bent->has_kept = false;
    if (bent->num_fragments > 1) ep_keep(core, 0, message->data + EP_HEADROOM, message->len - EP_HEADROOM);
}

/* ---- Content ------------------------------------------------------------------------------------------ */

static void flip(ep_buffer *message, size_t offset) {
    if (message->len > EP_HEADROOM + offset) message->data[EP_HEADROOM + offset] ^= 1;
}

static bool is_space(uint8_t octet) {
    return octet == ' ' || (octet >= '\t' && octet <= '\r');
}

static void trim(ep_buffer *message) {
    while (message->len > EP_HEADROOM && is_space(message->data[message->len - 1])) message->len--;
    size_t start = EP_HEADROOM;
    while (start < message->len && is_space(message->data[start])) start++;
    cut(message, EP_HEADROOM, start);
}

static void crlf_to_lf(ep_buffer *message) {
    size_t kept = EP_HEADROOM;
    for (size_t i = EP_HEADROOM; i < message->len; i++) {
        bool goes = message->data[i] == '\r' && i + 1 < message->len && message->data[i + 1] == '\n';
        if (!goes) message->data[kept++] = message->data[i];
    }
    message->len = kept;
}

/* Writes each octet anew: LF as CR LF, or as UTF-8 of Latin-1. */
static void expand(endpoint_core *core, bool latin1) {
    ep_buffer *message = &core->message;
    ep_keep(core, 0, message->data, message->len);
    core->bent.has_kept = false;
    message->len = EP_HEADROOM;
    for (size_t i = EP_HEADROOM; i < core->bent.kept.len && !core->broken; i++) {
        const uint8_t octet = core->bent.kept.data[i];
        uint8_t out[2] = {octet, 0};
        size_t len = 1;
        if (latin1 && octet >= 0x80) {
            out[0] = (uint8_t)(0xC0 | octet >> 6);
            out[1] = 0x80 | (octet & 0x3F);
            len = 2;
        } else if (!latin1 && octet == '\n') {
            out[0] = '\r';
            out[1] = '\n';
            len = 2;
        }
        if (!ep_buffer_append(message, out, len)) core->broken = true;
    }
}

/* STALE_TAIL: the longest message so far stays behind in the buffer. */
static void stale_tail(endpoint_core *core) {
    ep_buffer *message = &core->message, *kept = &core->bent.kept;
    if (core->bent.has_kept && kept->len > message->len &&
        !ep_buffer_append(message, kept->data + message->len, kept->len - message->len))
        core->broken = true;
    ep_keep(core, 0, message->data, message->len);
}

static void content(endpoint_core *core) {
    ep_buffer *message = &core->message;
    const bool binary = core->message_opcode == WSC_OP_BINARY;
    const size_t len = message->len - EP_HEADROOM;
    switch (core->fault) {
    case EP_TEXT_AS_BINARY: core->message_opcode = WSC_OP_BINARY; break;
    case EP_BINARY_AS_TEXT: core->message_opcode = WSC_OP_TEXT; break;
    case EP_CORRUPTS_FIRST_OCTET:
        if (binary) flip(message, 0);
        break;
    case EP_CORRUPTS_LAST_OCTET:
        if (binary && len > 0) flip(message, len - 1);
        break;
    case EP_CORRUPTS_OCTET_4096: flip(message, 4096); break;
    case EP_CORRUPTS_OCTET_65536: flip(message, 65536); break;
    case EP_DROPS_LAST_OCTET:
        if (len > 0) message->len--;
        break;
    case EP_APPENDS_NUL:
        if (!ep_buffer_append(message, (const uint8_t *)"", 1)) core->broken = true;
        break;
    case EP_CUTS_AT_NUL:
        message->len = EP_HEADROOM + strnlen((const char *)message->data + EP_HEADROOM, len);
        break;
    case EP_CUTS_AT_65535:
        if (len > 65535) message->len = EP_HEADROOM + 65535;
        break;
    case EP_STRIPS_HIGH_BITS:
        for (size_t i = EP_HEADROOM; binary && i < message->len; i++) message->data[i] &= 0x7F;
        break;
    case EP_BINARY_THROUGH_LATIN1:
        if (binary) expand(core, true);
        break;
    case EP_CRLF_TO_LF: crlf_to_lf(message); break;
    case EP_LF_TO_CRLF: expand(core, false); break;
    case EP_TRIMS_SPACE: trim(message); break;
    case EP_STALE_TAIL: stale_tail(core); break;
    case EP_KEEPS_LAST_MESSAGE: keep_last(core); break;
    case EP_REPEATS_FIRST_MESSAGE:
        if (!core->bent.has_kept) ep_keep(core, core->message_opcode, message->data, message->len);
        message->len = 0;
        core->message_opcode = core->bent.kept_opcode;
        if (!ep_buffer_append(message, core->bent.kept.data, core->bent.kept.len)) core->broken = true;
        break;
    default: break;
    }
}

/* ---- When, and how often ------------------------------------------------------------------------------ */

/* Puts a message aside and sends the one that was; true if so. */
static bool held_back(endpoint_core *core, const uint8_t *data, size_t len) {
    ep_bent *bent = &core->bent;
    const uint8_t opcode = core->message_opcode;
    switch (core->fault) {
    case EP_ECHO_WAITS_FOR_NEXT:
        if (bent->has_kept) ep_send_message(core, bent->kept_opcode, bent->kept.data, bent->kept.len);
        ep_keep(core, opcode, data, len);
        return true;
    case EP_SWAPS_ECHOES:
        if (!bent->has_kept) {
            ep_keep(core, opcode, data, len);
            return true;
        }
        ep_send_message(core, opcode, data, len);
        ep_send_message(core, bent->kept_opcode, bent->kept.data, bent->kept.len);
        bent->has_kept = false;
        return true;
    case EP_MERGES_MESSAGES_OF_SEGMENT:
        if (!bent->has_kept)
            ep_keep(core, opcode, data, len);
        else if (!ep_buffer_append(&bent->kept, data, len))
            core->broken = true;
        return true;
    default: return false;
    }
}

/* Messages that are not echoed, or that are the last thing to happen. */
static bool not_echoed(endpoint_core *core, size_t len) {
    ep_bent *bent = &core->bent;
    bent->num_messages++;
    bent->segment_messages++;
    switch (core->fault) {
    case EP_LOSES_EMPTY_MESSAGES: return len == 0;
    case EP_LOSES_EVERY_16TH: return bent->num_messages % 16 == 0;
    case EP_LOSES_SECOND_OF_SEGMENT: return bent->segment_messages > 1;
    case EP_HANGS_AFTER_100_MESSAGES:
        if (bent->num_messages <= 100) return false;
        ep_hang(core, true);
        return true;
    case EP_DIES_ON_EMPTY_MESSAGE:
        bent->has_kept = bent->has_kept || len > 0;
        if (len > 0 || !bent->has_kept) return false;
        ep_die(core);
        return true;
    case EP_INTERLEAVED_MESSAGE_REPLACES: {
        bool discarded = bent->discard;
        bent->discard = false;
        return discarded;
    }
    default: return false;
    }
}

/* PONG_INSIDE_FRAME: the pong comes after the first half of the payload, which is not compressed. */
static void send_torn(endpoint_core *core, const uint8_t *data, size_t len) {
    wsc_frame frame = ep_new_frame(core, core->message_opcode, len);
    ep_send_header(core, &frame);
    ep_send_payload(core, &frame, data, 0, len / 2);
    ep_send_frame(core, WSC_OP_PONG, core->bent.ping, core->bent.ping_len);
    ep_send_payload(core, &frame, data + len / 2, len / 2, len - len / 2);
}

static void send_message(endpoint_core *core) {
    const uint8_t *data = core->message.data + EP_HEADROOM;
    const size_t len = core->message.len - EP_HEADROOM;
    const bool torn = core->fault == EP_PONG_INSIDE_FRAME && core->bent.has_ping;
    if (held_back(core, data, len)) return;
    if (torn)
        send_torn(core, data, len);
    else
        ep_send_message(core, core->message_opcode, data, len);
    if (core->fault == EP_ECHOES_TWICE) ep_send_message(core, core->message_opcode, data, len);
    if (core->fault == EP_PONG_AFTER_MESSAGE && core->bent.has_ping)
        ep_send_frame(core, WSC_OP_PONG, core->bent.ping, core->bent.ping_len);
    core->bent.has_ping = false;
}

void ep_fault_echo(endpoint_core *core) {
    if (not_echoed(core, core->message.len - EP_HEADROOM)) return;
    if (ep_fault_deflate_message(core)) return;
    ep_text text = ep_fault_text(core);
    if (text == EP_TEXT_BAD) ep_fail(core, 1007);
    if (text != EP_TEXT_GOOD || fragments(core)) return;
    content(core);
    if (!core->broken) send_message(core);
}
