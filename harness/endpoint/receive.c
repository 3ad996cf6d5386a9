/* SPDX-License-Identifier: MIT */
/* The way of the peer's frames to the session while a fault is on: each frame is decoded, its header offered
   to the faults, its payload unmasked, and what is left of it encoded again with a masking key of zero. A
   frame that no fault touches reaches the session as it came. */
#include "endpoint/faults.h"

#include <string.h>

static void feed_header(endpoint_core *core, wsc_frame frame) {
    uint8_t header[WSC_HEADER_MAX];
    memset(frame.key, 0, sizeof frame.key);
    ep_session_push(core, header, wsc_frame_encode(header, &frame));
}

void ep_feed_frame(endpoint_core *core, wsc_frame frame, const uint8_t *data, size_t len) {
    frame.length = len;
    feed_header(core, frame);
    if (core->phase == EP_OPEN && len > 0) ep_session_push(core, data, len);
}

/* Notes where the fragments of a message lie in its buffer. */
static void note_fragment(endpoint_core *core, const wsc_frame *frame) {
    ep_bent *bent = &core->bent;
    if (frame->opcode != WSC_OP_CONTINUATION) {
        bent->num_fragments = 0;
        bent->checked = EP_HEADROOM;
        core->receive.message_len = 0;
    }
    if (bent->num_fragments < EP_BOUNDS_MAX) {
        bent->bounds[bent->num_fragments] =
            frame->opcode == WSC_OP_CONTINUATION ? core->message.len : EP_HEADROOM;
    }
    bent->num_fragments++;
}

static void header_complete(endpoint_core *core, const wsc_frame *wire) {
    ep_receive *receive = &core->receive;
    wsc_decoder_init(&receive->decoder);
    receive->wire = *wire;
    receive->frame = *wire;
    receive->offset = 0;
    receive->mask_base = 0;
    receive->inside = true;
    receive->collected.len = 0;
    receive->take = ep_fault_header(core, &receive->frame);
    if (core->phase != EP_OPEN && core->phase != EP_CLOSING) return;
    if (receive->take != EP_FEED) return;
    const wsc_frame frame = receive->frame;
    if (frame.opcode < 8) {
        note_fragment(core, &frame);
        receive->message_open = !frame.fin;
    }
    feed_header(core, frame);
}

static void payload_piece(endpoint_core *core, const uint8_t *data, size_t len) {
    ep_receive *receive = &core->receive;
    if (receive->take != EP_DROP) ep_fault_unmask(core, receive->scratch, data, len);
    if (receive->take == EP_FEED) ep_fault_deflate_octets(core, receive->scratch, len);
    if (core->phase != EP_OPEN && core->phase != EP_CLOSING) return;
    receive->offset += len;
    if (receive->take == EP_COLLECT) {
        if (!ep_buffer_append(&receive->collected, receive->scratch, len)) core->broken = true;
    } else if (receive->take == EP_FEED) {
        ep_session_push(core, receive->scratch, len);
    }
}

static void frame_complete(endpoint_core *core) {
    ep_receive *receive = &core->receive;
    receive->inside = false;
    receive->split_header = false;
    if (receive->take == EP_FEED && receive->frame.opcode < 8) receive->message_len += receive->frame.length;
    if (receive->take != EP_COLLECT) return;
    if (receive->frame.opcode < 8)
        ep_fault_deflate_collected(core);
    else if (receive->frame.opcode == WSC_OP_CLOSE)
        ep_fault_collected_close(core);
    else
        ep_fault_collected_ping(core);
}

void ep_receive_push(endpoint_core *core, const uint8_t *data, size_t len) {
    ep_receive *receive = &core->receive;
    receive->mask_base = receive->offset;
    while ((core->phase == EP_OPEN || core->phase == EP_CLOSING) && !core->broken) {
        if (!receive->inside) {
            wsc_event event;
            size_t used = wsc_decode(&receive->decoder, data, len, &event);
            data += used;
            len -= used;
            if (event.type == WSC_EVENT_MORE) {
                receive->split_header = wsc_decoder_inside(&receive->decoder);
                return;
            }
            header_complete(core, &event.frame);
        } else if (receive->offset < receive->frame.length) {
            uint64_t rest = receive->frame.length - receive->offset;
            size_t piece = len < sizeof receive->scratch ? len : sizeof receive->scratch;
            if (rest < piece) piece = (size_t)rest;
            if (piece == 0) return;
            payload_piece(core, data, piece);
            data += piece;
            len -= piece;
        }
        bool open = core->phase == EP_OPEN || core->phase == EP_CLOSING;
        if (open && receive->inside && receive->offset >= receive->frame.length) {
            frame_complete(core);
            if (ep_fault_frame_end(core, data, len)) return;
        }
    }
}
