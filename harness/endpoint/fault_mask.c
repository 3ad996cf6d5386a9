/* SPDX-License-Identifier: MIT */
/* Faults of the masking of what a client sends, and of its looking at the mask bit. */
#include "endpoint/faults.h"

#include <string.h>

void ep_fault_mask(endpoint_core *core, wsc_frame *frame) {
    ep_bent *bent = &core->bent;
    const uint8_t opcode = frame->opcode;
    const bool message = opcode < 8;
    switch (core->fault) {
    case EP_NEVER_MASKS: frame->masked = false; break;
    case EP_NEVER_MASKS_MESSAGES: frame->masked = !message; break;
    case EP_NEVER_MASKS_PONGS: frame->masked = opcode != WSC_OP_PONG; break;
    case EP_NEVER_MASKS_CLOSE: frame->masked = opcode != WSC_OP_CLOSE; break;
    case EP_NEVER_MASKS_EMPTY: frame->masked = frame->length > 0; break;
    case EP_MASKS_FIRST_FRAME_ONLY:
        frame->masked = !bent->has_key;
        bent->has_key = true;
        break;
    case EP_KEY_ALWAYS_ZERO: memset(frame->key, 0, sizeof frame->key); break;
    case EP_KEY_ALWAYS_SAME: memcpy(frame->key, "\x37\xFA\x21\x3D", sizeof frame->key); break;
    case EP_KEY_PER_CONNECTION:
        if (!bent->has_key) memcpy(bent->key, frame->key, sizeof bent->key);
        bent->has_key = true;
        memcpy(frame->key, bent->key, sizeof frame->key);
        break;
    case EP_KEY_COUNTS:
        if (!bent->has_key) memcpy(bent->key, frame->key, sizeof bent->key);
        bent->has_key = true;
        memcpy(frame->key, bent->key, sizeof frame->key);
        for (size_t i = 4; i-- > 0 && ++bent->key[i] == 0;) {}
        break;
    case EP_KEY_OF_16_BITS:
        frame->key[0] = 0;
        frame->key[1] = 0;
        break;
    case EP_KEY_OF_ASCII:
        for (size_t i = 0; i < 4; i++) frame->key[i] = (uint8_t)(frame->key[i] & 0x7F);
        break;
    default: break;
    }
}

ep_take ep_fault_mask_bit(endpoint_core *core, wsc_frame *frame) {
    const uint8_t opcode = frame->opcode;
    switch (core->fault) {
    case EP_ACCEPTS_MASKED_FRAMES: frame->masked = false; break;
    case EP_ACCEPTS_MASKED_DATA: frame->masked = frame->masked && opcode >= 8; break;
    case EP_ACCEPTS_MASKED_CONTROL: frame->masked = frame->masked && opcode < 8; break;
    case EP_ACCEPTS_MASKED_EMPTY: frame->masked = frame->masked && frame->length > 0; break;
    case EP_ACCEPTS_ZERO_MASK: {
        static const uint8_t zero[4] = {0};
        frame->masked = frame->masked && memcmp(frame->key, zero, sizeof zero) != 0;
        break;
    }
    case EP_SKIPS_MASKED_FRAMES: return frame->masked ? EP_DROP : EP_FEED;
    default: break;
    }
    return EP_FEED;
}
