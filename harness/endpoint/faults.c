/* SPDX-License-Identifier: MIT */
/* What faults have in common, and those that concern segments and the connection as a whole. */
#include "endpoint/faults.h"

#include <string.h>

/* Octets that ONE_FRAME_PER_SEGMENT keeps at most. */
#define KEPT_MAX ((size_t)1 << 20)

void ep_hang(endpoint_core *core, bool deaf) {
    core->deaf = deaf;
    ep_buffer_free(&core->message);
    ep_enter(core, EP_HUNG);
}

void ep_die(endpoint_core *core) {
    ep_action(core, ENDPOINT_STOP, 0);
    ep_enter(core, EP_DONE);
}

void ep_send_any_frame(endpoint_core *core, const wsc_frame *frame, const uint8_t *data, size_t len) {
    ep_send_header(core, frame);
    ep_send_payload(core, frame, data, 0, len);
}

void ep_skip_frame(endpoint_core *core) {
    core->receive.take = EP_DROP;
    core->receive.message_open = false;
    if (!ep_open_session(core)) core->broken = true;
}

void ep_keep(endpoint_core *core, uint8_t opcode, const uint8_t *data, size_t len) {
    core->bent.has_kept = true;
    core->bent.kept_opcode = opcode;
    core->bent.kept.len = 0;
    if (!ep_buffer_append(&core->bent.kept, data, len)) core->broken = true;
}

void ep_fault_accepted(endpoint_core *core) {
    if (core->fault == EP_DIES_AFTER_THREE_CONNECTIONS && core->serial >= 3) ep_die(core);
}

void ep_fault_segment_begin(endpoint_core *core) {
    core->bent.segments++;
    core->bent.segment_pings = 0;
    core->bent.segment_messages = 0;
    core->bent.segment_frames = 0;
}

void ep_fault_segment_end(endpoint_core *core) {
    ep_bent *bent = &core->bent;
    if (core->phase == EP_HEAD && core->fault == EP_HANGS_ON_SPLIT_HEAD) ep_hang(core, false);
    if (core->phase == EP_HEAD && core->fault == EP_ANSWERS_UNFINISHED_HEAD) ep_fault_unfinished_head(core);
    if (core->phase != EP_OPEN) return;
    switch (core->fault) {
    case EP_MERGES_MESSAGES_OF_SEGMENT:
    case EP_SWAPS_ECHOES:
        if (bent->has_kept) ep_send_message(core, bent->kept_opcode, bent->kept.data, bent->kept.len);
        bent->has_kept = false;
        break;
    case EP_SENDS_INTERLEAVED_MESSAGES: ep_fault_send_rest(core); break;
    case EP_ECHOES_AFTER_CLOSE:
        if (bent->ending) ep_closed(core);
        break;
    case EP_UTF8_CHECKED_PER_SEGMENT:
        if (!core->receive.message_open && !core->receive.inside) break;
        if (core->session.message_opcode != WSC_OP_TEXT || core->message.len < bent->checked) break;
        if (!wsc_utf8_valid(core->message.data + bent->checked, core->message.len - bent->checked)) {
            ep_fail(core, 1007);
            return;
        }
        bent->checked = core->message.len;
        break;
    case EP_REFUSES_SPLIT_FRAME:
        if (core->receive.inside || core->receive.split_header) ep_fail(core, 1002);
        break;
    case EP_HANGS_ON_SPLIT_FRAME:
        if (core->receive.inside || core->receive.split_header) ep_hang(core, true);
        break;
    default: break;
    }
}

void ep_fault_after_head(endpoint_core *core, size_t *len) {
    if (core->fault == EP_LOSES_OCTET_AFTER_HEAD) core->bent.skip_octet = true;
    if (core->fault == EP_LOSES_FRAMES_BEHIND_101) *len = 0;
}

/* Skips what is left of a head that was answered before its end; returns how many octets. */
static size_t skip_head(ep_bent *bent, const uint8_t *data, size_t len) {
    static const uint8_t end[] = {'\r', '\n', '\r', '\n'};
    for (size_t i = 0; i < len; i++) {
        bent->head_end = data[i] == end[bent->head_end] ? bent->head_end + 1 : data[i] == '\r';
        bent->head_rest = bent->head_end < 4;
        if (!bent->head_rest) return i + 1;
    }
    return len;
}

bool ep_fault_frames(endpoint_core *core, const uint8_t *data, size_t len) {
    ep_bent *bent = &core->bent;
    if (bent->head_rest) {
        size_t used = skip_head(bent, data, len);
        if (used < len) ep_receive_push(core, data + used, len - used);
        return true;
    }
    if (core->fault == EP_LOSES_OCTET_AFTER_HEAD && bent->skip_octet && len > 0) {
        bent->skip_octet = false;
        ep_receive_push(core, data + 1, len - 1);
        return true;
    }
    if (core->fault == EP_ONE_FRAME_PER_SEGMENT && bent->kept.len > 0 && len > 0) {
        /* What was kept goes first; it is copied because more may be kept meanwhile. */
        ep_buffer input = bent->kept;
        memset(&bent->kept, 0, sizeof bent->kept);
        if (input.len + len > KEPT_MAX)
            ep_hang(core, true);
        else if (!ep_buffer_append(&input, data, len))
            core->broken = true;
        else
            ep_receive_push(core, input.data, input.len);
        ep_buffer_free(&input);
        return true;
    }
    return false;
}

bool ep_fault_frame_end(endpoint_core *core, const uint8_t *rest, size_t len) {
    core->bent.segment_frames++;
    if (core->fault == EP_LOSES_SECOND_FRAME_OF_SEGMENT) return true;
    if (core->fault == EP_ONE_FRAME_PER_SEGMENT && len > 0) {
        ep_keep(core, 0, rest, len);
        return true;
    }
    return false;
}

bool ep_fault_eof(endpoint_core *core) {
    bool inside = core->receive.inside || wsc_decoder_inside(&core->receive.decoder);
    switch (core->fault) {
    case EP_STAYS_WHEN_SERVER_ENDS:
        if (core->phase != EP_LINGER) return false;
        ep_hang(core, false);
        return true;
    case EP_HANGS_ON_FIN:
        if (core->phase != EP_OPEN) return false;
        ep_hang(core, false);
        return true;
    case EP_CLOSE_1006_ON_FIN:
        if (core->phase == EP_OPEN) ep_send_close(core, true, 1006);
        return false;
    case EP_DIES_ON_FIN_IN_FRAME:
        if (core->phase != EP_OPEN || !inside) return false;
        ep_die(core);
        return true;
    default: return false;
    }
}
