/* SPDX-License-Identifier: MIT */
/* Faults of messages that are compressed: of reading them, and of writing them. */
#include "endpoint/faults.h"

#include <string.h>

/* Larger frames are not collected. */
#define COLLECT_MAX ((uint64_t)1 << 20)
/* Octets of a buffer that some receivers read into. */
#define FULL_BUFFER 4096
#define OUTPUT_MAX  65536

static const uint8_t tail[4] = {0, 0, 0xFF, 0xFF};

/* ---- The inspector ------------------------------------------------------------------------------------ */

bool ep_fault_deflate_open(const endpoint_core *core, wsc_inspector_config *config) {
    if (core->fault == EP_DEFLATE_SMALL_WINDOW) config->window_bits = 10;
    return core->fault == EP_DEFLATE_TAKES_RSV1_UNAGREED;
}

/* Empties the window. */
static void forget(const endpoint_core *core) {
    const wsc_inspector_config config = core->deflate.inspector->config;
    wsc_inspector_init(core->deflate.inspector, &config);
}

/* Gives the inspector octets that are no payload of a compressed message; what comes out joins the message if
   that is asked for. */
static void inspect(endpoint_core *core, const uint8_t *data, size_t len, bool join) {
    wsc_inflate_event event;
    do {
        size_t used = wsc_inspector_push(core->deflate.inspector, data, len, &event);
        data += used;
        len -= used;
        if (join && event.len > 0 && !ep_buffer_append(&core->message, event.data, event.len))
            core->broken = true;
    } while (event.status == WSC_INFLATE_DATA);
}

/* A message that is not compressed, as one of stored blocks. */
static void inspect_plain(endpoint_core *core, const uint8_t *data, size_t len) {
    wsc_inflate_event event;
    while (len > 0) {
        const size_t size = len < 65535 ? len : 65535;
        const uint8_t header[5] = {0, (uint8_t)(size & 0xFF), (uint8_t)(size >> 8), (uint8_t)(~size & 0xFF),
                                   (uint8_t)(~size >> 8 & 0xFF)};
        inspect(core, header, sizeof header, false);
        inspect(core, data, size, false);
        data += size;
        len -= size;
    }
    inspect(core, tail, 1, false); /* the octet 00 */
    wsc_inspector_end(core->deflate.inspector, &event);
}

/* ---- Frames of the peer ------------------------------------------------------------------------------- */

ep_take ep_fault_deflate_header(endpoint_core *core, wsc_frame *frame) {
    const bool agreed = core->deflate.agreed, continuation = frame->opcode == WSC_OP_CONTINUATION;
    const bool start = frame->opcode == WSC_OP_TEXT || frame->opcode == WSC_OP_BINARY;
    const bool begins = start && frame->rsv1 && agreed;
    const bool goes_on = continuation && core->receive.message_open && wsc_session_compressed(&core->session);
    switch (core->fault) {
    case EP_DEFLATE_TAKES_RSV1_CONTINUATION:
        if (continuation && agreed) frame->rsv1 = false;
        break;
    case EP_DEFLATE_TAKES_RSV1_CONTROL:
        if (frame->opcode >= 8 && agreed) frame->rsv1 = false;
        break;
    case EP_DEFLATE_FORGETS_WINDOW:
        if (begins && !core->receive.message_open) forget(core);
        break;
    case EP_DEFLATE_TAIL_AFTER_EACH_FRAGMENT:
        if (goes_on) {
            const wsc_frame more = {.masked = !ep_is_client(core), .opcode = WSC_OP_CONTINUATION};
            ep_feed_frame(core, more, tail, sizeof tail);
        }
        break;
    case EP_DEFLATE_FIRST_FRAGMENT_ONLY:
        return goes_on && frame->length <= COLLECT_MAX ? EP_COLLECT : EP_FEED;
    case EP_DEFLATE_CUTS_AT_TAIL:
        return begins && frame->fin && frame->length <= COLLECT_MAX ? EP_COLLECT : EP_FEED;
    case EP_DEFLATE_DIES_ON_EMPTY:
        if (!begins || !frame->fin || frame->length > 0) break;
        ep_die(core);
        return EP_DROP;
    case EP_DEFLATE_TEXT_UNCHECKED:
        if (!start || core->receive.message_open) break;
        core->bent.as_text = begins && frame->opcode == WSC_OP_TEXT;
        if (core->bent.as_text) frame->opcode = WSC_OP_BINARY;
        break;
    case EP_DEFLATE_TEXT_CHECKED_BEFORE:
        if (start) core->bent.utf8 = (wsc_utf8){0};
        break;
    default: break;
    }
    return EP_FEED;
}

void ep_fault_deflate_octets(endpoint_core *core, const uint8_t *data, size_t len) {
    if (core->fault != EP_DEFLATE_TEXT_CHECKED_BEFORE || core->receive.frame.opcode >= 8) return;
    if (core->session.message_opcode != WSC_OP_TEXT || !wsc_session_compressed(&core->session)) return;
    if (wsc_utf8_push(&core->bent.utf8, data, len) < len) ep_fail(core, 1007);
}

/* The first 00 00 ff ff, or the end. */
static size_t find_tail(const uint8_t *data, size_t len) {
    for (size_t i = 0; i + sizeof tail <= len; i++) {
        if (memcmp(data + i, tail, sizeof tail) == 0) return i;
    }
    return len;
}

void ep_fault_deflate_collected(endpoint_core *core) {
    const ep_buffer *payload = &core->receive.collected;
    if (core->fault == EP_DEFLATE_CUTS_AT_TAIL) {
        size_t len = payload->len > 0 ? find_tail(payload->data, payload->len) : 0;
        ep_feed_frame(core, core->receive.frame, payload->data, len);
        return;
    }
    if (payload->len > 0 && !ep_buffer_append(&core->message, payload->data, payload->len))
        core->broken = true;
    if (core->broken || !core->receive.frame.fin) return;
    ep_fault_echo(core);
    ep_skip_frame(core);
}

bool ep_fault_deflate_ping(endpoint_core *core, const uint8_t *data, size_t len) {
    if (core->fault == EP_DEFLATE_READS_PINGS_INSIDE && core->receive.message_open &&
        wsc_session_compressed(&core->session))
        inspect(core, data, len, true);
    if (core->fault != EP_DEFLATE_COMPRESSES_PONGS || !core->deflate.agreed || len == 0) return false;
    if (!ep_deflate_pack(core, data, len, WSC_FLUSH_MESSAGE)) {
        core->broken = true;
        return true;
    }
    const ep_buffer *packed = &core->deflate.packed;
    if (packed->len - EP_HEADROOM > WSC_CONTROL_MAX) return false;
    ep_send_data_frame(core, WSC_OP_PONG, true, packed->data + EP_HEADROOM, packed->len - EP_HEADROOM);
    return true;
}

/* ---- Messages of the peer ----------------------------------------------------------------------------- */

bool ep_fault_deflate_fail(endpoint_core *core, wsc_fault fault) {
    const bool ends = fault == WSC_FAULT_DEFLATE_END_IN_BLOCK || fault == WSC_FAULT_DEFLATE_END_WITHOUT_BLOCK;
    const bool corrupt =
        fault >= WSC_FAULT_DEFLATE_INVALID && fault <= WSC_FAULT_DEFLATE_DISTANCE_BEFORE_START;
    switch (core->fault) {
    case EP_DEFLATE_TAKES_CORRUPT:
        if (!corrupt) return false;
        break;
    case EP_DEFLATE_TAKES_TRUNCATED:
        if (!ends) return false;
        break;
    case EP_DEFLATE_SKIPS_CORRUPT:
        if (corrupt) ep_skip_frame(core);
        return corrupt;
    case EP_DEFLATE_HANGS_ON_CORRUPT:
        if (corrupt) ep_hang(core, true);
        return corrupt;
    case EP_DEFLATE_DIES_ON_CORRUPT:
        if (corrupt) ep_die(core);
        return corrupt;
    default: return false;
    }
    ep_fault_echo(core);
    ep_skip_frame(core);
    return true;
}

/* What a block in the message makes the fault do; true if that is all that is to be done with it. */
static bool blocks(endpoint_core *core, const wsc_deflate_facts *facts) {
    bool refused = false;
    switch (core->fault) {
    case EP_DEFLATE_REFUSES_SECOND_BLOCK:
        refused = facts->num_stored + facts->num_fixed + facts->num_dynamic > 1;
        break;
    case EP_DEFLATE_REFUSES_STORED: refused = facts->num_stored > 0; break;
    case EP_DEFLATE_REFUSES_DYNAMIC: refused = facts->num_dynamic > 0; break;
    case EP_DEFLATE_REFUSES_FINAL: refused = facts->num_final > 0; break;
    case EP_DEFLATE_FINAL_ENDS_MESSAGE:
        if (facts->after_final > 0) core->message.len = EP_HEADROOM + (size_t)facts->before_final;
        break;
    case EP_DEFLATE_FINAL_ENDS_ALL:
        if (core->bent.final_seen) core->message.len = EP_HEADROOM;
        core->bent.final_seen = core->bent.final_seen || facts->num_final > 0;
        break;
    default: break;
    }
    if (refused) ep_fail(core, 1007);
    return refused;
}

bool ep_fault_deflate_message(endpoint_core *core) {
    ep_deflate *deflate = &core->deflate;
    ep_buffer *message = &core->message;
    const size_t len = message->len - EP_HEADROOM;
    if (!deflate->compressed) {
        if (core->fault == EP_DEFLATE_PLAIN_CLEARS_WINDOW && deflate->inspector != NULL) forget(core);
        if (core->fault == EP_DEFLATE_PLAIN_IN_WINDOW && deflate->inspector != NULL)
            inspect_plain(core, message->data + EP_HEADROOM, len);
        return false;
    }
    switch (core->fault) {
    case EP_DEFLATE_LOSES_EMPTY: return len == 0;
    case EP_DEFLATE_LOSES_FULL_BUFFER: return len > 0 && len % FULL_BUFFER == 0;
    case EP_DEFLATE_ENDS_AT_65536:
        if (len > OUTPUT_MAX) message->len = EP_HEADROOM + OUTPUT_MAX;
        return false;
    case EP_DEFLATE_TYPE_LOST: core->message_opcode = WSC_OP_BINARY; return false;
    /* It answers in kind only where that was agreed on, which is another fault. */
    case EP_DEFLATE_TAKES_RSV1_UNAGREED: deflate->compressed = deflate->agreed; return false;
    default: return blocks(core, &deflate->inspector->facts);
    }
}

/* ---- Own messages ------------------------------------------------------------------------------------- */

void ep_fault_deflate_deflater(const endpoint_core *core, wsc_deflater_config *config) {
    if (core->fault == EP_DEFLATE_SENDS_TAKEOVER) config->no_context_takeover = false;
    if (core->fault == EP_DEFLATE_SENDS_LARGE_WINDOW) config->window_bits = WSC_WINDOW_BITS_MAX;
}

/* What was compressed, without its last octets, as a frame. */
static void send_packed(endpoint_core *core, wsc_frame frame, size_t stripped) {
    const ep_buffer *packed = &core->deflate.packed;
    frame.length = packed->len - EP_HEADROOM - stripped;
    ep_send_any_frame(core, &frame, packed->data + EP_HEADROOM, (size_t)frame.length);
}

static bool pack(endpoint_core *core, const uint8_t *data, size_t len, wsc_flush flush) {
    if (ep_deflate_pack(core, data, len, flush)) return true;
    core->broken = true;
    return false;
}

/* The two fragments of a message, compressed as a whole or one after the other. */
static void send_fragments(endpoint_core *core, uint8_t opcode, const uint8_t *data, size_t len) {
    wsc_frame first = ep_new_frame(core, opcode, 0), last = ep_new_frame(core, WSC_OP_CONTINUATION, 0);
    first.fin = false;
    first.rsv1 = true;
    if (core->fault == EP_DEFLATE_STRIPS_IN_FRAGMENTS) {
        if (!pack(core, data, len / 2, WSC_FLUSH_FRAGMENT)) return;
        send_packed(core, first, sizeof tail);
        if (pack(core, data + len / 2, len - len / 2, WSC_FLUSH_MESSAGE)) send_packed(core, last, 0);
        return;
    }
    if (!pack(core, data, len, WSC_FLUSH_MESSAGE)) return;
    const uint8_t *octets = core->deflate.packed.data + EP_HEADROOM;
    const size_t size = core->deflate.packed.len - EP_HEADROOM;
    last.rsv1 = true;
    first.length = size / 2;
    last.length = size - size / 2;
    ep_send_any_frame(core, &first, octets, size / 2);
    ep_send_any_frame(core, &last, octets + size / 2, size - size / 2);
}

bool ep_fault_deflate_send(endpoint_core *core, uint8_t opcode, const uint8_t *data, size_t len) {
    const ep_buffer *packed = &core->deflate.packed;
    if (core->fault == EP_DEFLATE_SENDS_UNAGREED && !core->deflate.agreed) {
        if (pack(core, data, len, WSC_FLUSH_MESSAGE))
            ep_send_data_frame(core, opcode, true, packed->data + EP_HEADROOM, packed->len - EP_HEADROOM);
        return true;
    }
    if (!core->deflate.compressed) return false;
    switch (core->fault) {
    case EP_DEFLATE_SENDS_WITHOUT_RSV1:
        if (pack(core, data, len, WSC_FLUSH_MESSAGE))
            ep_send_data_frame(core, opcode, false, packed->data + EP_HEADROOM, packed->len - EP_HEADROOM);
        return true;
    case EP_DEFLATE_SENDS_RSV1_ALONE: ep_send_data_frame(core, opcode, true, data, len); return true;
    case EP_DEFLATE_STRIPS_IN_FRAGMENTS:
        if (len < 2) return false;
        send_fragments(core, opcode, data, len);
        return true;
    case EP_DEFLATE_SENDS_RSV1_IN_FRAGMENTS: send_fragments(core, opcode, data, len); return true;
    case EP_DEFLATE_SENDS_EMPTY_WITHOUT_OCTET:
        if (len > 0) return false;
        ep_send_data_frame(core, opcode, true, data, 0);
        return true;
    case EP_DEFLATE_DRIFTS:
        if (!pack(core, data, len, WSC_FLUSH_MESSAGE)) return true;
        if (packed->len - EP_HEADROOM < len || len == 0)
            ep_send_data_frame(core, opcode, true, packed->data + EP_HEADROOM, packed->len - EP_HEADROOM);
        else
            ep_send_data_frame(core, opcode, false, data, len);
        return true;
    default: return false;
    }
}

void ep_fault_deflate_packed(endpoint_core *core) {
    static const uint8_t header[2] = {0x78, 0x9C};
    ep_buffer *packed = &core->deflate.packed;
    switch (core->fault) {
    case EP_DEFLATE_LEAVES_TAIL:
        if (!ep_buffer_append(packed, tail, sizeof tail)) core->broken = true;
        break;
    case EP_DEFLATE_STRIPS_FIVE:
        if (packed->len > EP_HEADROOM) packed->len--;
        break;
    case EP_DEFLATE_SENDS_ZLIB_HEADER:
        /* Once: it is the header of the stream. */
        if (core->bent.header_sent) break;
        core->bent.header_sent = true;
        if (!ep_buffer_append(packed, header, sizeof header)) {
            core->broken = true;
            break;
        }
        memmove(packed->data + EP_HEADROOM + sizeof header, packed->data + EP_HEADROOM,
                packed->len - EP_HEADROOM - sizeof header);
        memcpy(packed->data + EP_HEADROOM, header, sizeof header);
        break;
    default: break;
    }
}
