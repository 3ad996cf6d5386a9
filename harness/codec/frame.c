/* SPDX-License-Identifier: MIT */
/* Frames, legal or not, to octets and back (RFC 6455 5.2). */
#include "wsc.h"

#include <string.h>

#define FRAME_FIN  0x80u
#define FRAME_RSV1 0x40u
#define FRAME_RSV2 0x20u
#define FRAME_RSV3 0x10u
#define FRAME_MASK 0x80u
/* Values of the 7-bit length that announce 16 or 64 bits of length. */
#define FRAME_LENGTH_16 126u
#define FRAME_LENGTH_64 127u

enum { DECODER_HEADER, DECODER_PAYLOAD, DECODER_END };

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
    dst[size++] = (uint8_t)((frame->masked ? FRAME_MASK : 0) | length7);
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

/* Size of the header that starts with these two octets. */
static unsigned header_size(const uint8_t *header) {
    unsigned length7 = header[1] & 0x7Fu;
    unsigned size = length7 == FRAME_LENGTH_16 ? 4 : length7 == FRAME_LENGTH_64 ? 10 : 2;
    return (header[1] & FRAME_MASK) != 0 ? size + 4 : size;
}

static uint64_t read_number(const uint8_t *data, unsigned octets) {
    uint64_t value = 0;
    for (unsigned i = 0; i < octets; i++) value = value << 8 | data[i];
    return value;
}

/* Reads a complete header of that size. */
static void header_read(wsc_frame *frame, const uint8_t *header, unsigned size) {
    unsigned length7 = header[1] & 0x7Fu;
    frame->fin = (header[0] & FRAME_FIN) != 0;
    frame->rsv1 = (header[0] & FRAME_RSV1) != 0;
    frame->rsv2 = (header[0] & FRAME_RSV2) != 0;
    frame->rsv3 = (header[0] & FRAME_RSV3) != 0;
    frame->opcode = header[0] & 0x0Fu;
    frame->masked = (header[1] & FRAME_MASK) != 0;
    if (length7 == FRAME_LENGTH_16) {
        frame->form = WSC_LENGTH_16;
        frame->length = read_number(header + 2, 2);
    } else if (length7 == FRAME_LENGTH_64) {
        frame->form = WSC_LENGTH_64;
        frame->length = read_number(header + 2, 8);
    } else {
        frame->form = WSC_LENGTH_7;
        frame->length = length7;
    }
    if (frame->masked)
        memcpy(frame->key, header + size - 4, 4);
    else
        memset(frame->key, 0, 4);
}

void wsc_decoder_init(wsc_decoder *decoder) {
    memset(decoder, 0, sizeof *decoder);
}

static inline void event_set(wsc_event *event, const wsc_decoder *decoder, wsc_event_type type,
                             const uint8_t *data, size_t len) {
    event->type = type;
    event->frame = decoder->frame;
    event->faults = decoder->faults;
    event->header_len = decoder->header_len;
    event->data = data;
    event->len = len;
    event->offset = decoder->offset;
}

/* Takes the octets of a header, which may come in pieces; returns how many were consumed. The header is
   complete when the state has changed. */
static size_t decode_header(wsc_decoder *decoder, const uint8_t *src, size_t len) {
    size_t used = 0;
    if (decoder->header_len == 0 && len >= 2 && len >= (used = header_size(src))) {
        /* Whole in the input, the usual case: no need to gather it. */
        decoder->header_len = (uint8_t)used;
        header_read(&decoder->frame, src, (unsigned)used);
    } else {
        used = 0;
        do {
            if (used == len) return used;
            decoder->header[decoder->header_len++] = src[used++];
            if (decoder->header_len == 2) decoder->header_need = (uint8_t)header_size(decoder->header);
        } while (decoder->header_len < 2 || decoder->header_len < decoder->header_need);
        header_read(&decoder->frame, decoder->header, decoder->header_len);
    }
    decoder->faults = wsc_frame_faults(&decoder->frame);
    decoder->offset = 0;
    decoder->state = decoder->frame.length == 0 ? DECODER_END : DECODER_PAYLOAD;
    return used;
}

size_t wsc_decode(wsc_decoder *decoder, const uint8_t *src, size_t len, wsc_event *event) {
    switch (decoder->state) {
    case DECODER_HEADER: {
        size_t used = decode_header(decoder, src, len);
        bool complete = decoder->state != DECODER_HEADER;
        event_set(event, decoder, complete ? WSC_EVENT_HEADER : WSC_EVENT_MORE, NULL, 0);
        return used;
    }
    case DECODER_PAYLOAD: {
        uint64_t rest = decoder->frame.length - decoder->offset;
        size_t piece = rest < len ? (size_t)rest : len;
        event_set(event, decoder, piece > 0 ? WSC_EVENT_PAYLOAD : WSC_EVENT_MORE, piece > 0 ? src : NULL,
                  piece);
        decoder->offset += piece;
        if (piece == rest) decoder->state = DECODER_END;
        return piece;
    }
    default:
        event_set(event, decoder, WSC_EVENT_END, NULL, 0);
        decoder->state = DECODER_HEADER;
        decoder->header_len = 0;
        return 0;
    }
}

bool wsc_decoder_inside(const wsc_decoder *decoder) {
    return decoder->state == DECODER_PAYLOAD || (decoder->state == DECODER_HEADER && decoder->header_len > 0);
}
