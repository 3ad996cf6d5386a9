/* SPDX-License-Identifier: MIT */
/* Frame headers, legal or not: to octets, and what is wrong with them (RFC 6455 5.2). */
#include "frame_impl.h"

size_t wsc_frame_encode(uint8_t dst[WSC_HEADER_MAX], const wsc_frame *frame) {
    if (frame->opcode > 15) return 0;
    unsigned extended; /* octets of extended length */
    switch (frame->form) {
    case WSC_LENGTH_MINIMAL: extended = frame->length <= 125 ? 0 : frame->length <= 0xFFFF ? 2 : 8; break;
    case WSC_LENGTH_7:
        if (frame->length > 125) return 0;
        extended = 0;
        break;
    case WSC_LENGTH_16:
        if (frame->length > 0xFFFF) return 0;
        extended = 2;
        break;
    case WSC_LENGTH_64: extended = 8; break;
    default: return 0;
    }
    unsigned length7 = extended == 0   ? (unsigned)frame->length
                       : extended == 2 ? FRAME_LENGTH_16
                                       : FRAME_LENGTH_64;
    size_t size = 0;
    dst[size++] = (uint8_t)((frame->fin ? FRAME_FIN : 0) | (frame->rsv1 ? FRAME_RSV1 : 0) |
                            (frame->rsv2 ? FRAME_RSV2 : 0) | (frame->rsv3 ? FRAME_RSV3 : 0) | frame->opcode);
    dst[size++] = (uint8_t)((frame->masked ? FRAME_MASKED : 0) | length7);
    while (extended-- > 0) dst[size++] = (uint8_t)(frame->length >> (8 * extended) & 0xFF);
    if (frame->masked) {
        memcpy(dst + size, frame->key, 4);
        size += 4;
    }
    return size;
}

wsc_faults wsc_frame_faults(const wsc_frame *frame) {
    wsc_faults faults = 0;
    if (frame->rsv1) faults |= WSC_FAULT_BIT(WSC_FAULT_RSV1);
    if (frame->rsv2) faults |= WSC_FAULT_BIT(WSC_FAULT_RSV2);
    if (frame->rsv3) faults |= WSC_FAULT_BIT(WSC_FAULT_RSV3);
    if ((frame->opcode & 7) > 2) faults |= WSC_FAULT_BIT(WSC_FAULT_OPCODE_RESERVED);
    if ((frame->form == WSC_LENGTH_16 && frame->length <= 125) ||
        (frame->form == WSC_LENGTH_64 && frame->length <= 0xFFFF)) {
        faults |= WSC_FAULT_BIT(WSC_FAULT_LENGTH_NOT_MINIMAL);
    }
    if (frame->length >> 63 != 0) faults |= WSC_FAULT_BIT(WSC_FAULT_LENGTH_TOP_BIT);
    /* 5.5: the most significant bit of the opcode makes a control frame, also a reserved one. */
    if (frame->opcode >= 8 && !frame->fin) faults |= WSC_FAULT_BIT(WSC_FAULT_CONTROL_FRAGMENTED);
    if (frame->opcode >= 8 && frame->length > WSC_CONTROL_MAX) {
        faults |= WSC_FAULT_BIT(WSC_FAULT_CONTROL_TOO_LONG);
    }
    return faults;
}
