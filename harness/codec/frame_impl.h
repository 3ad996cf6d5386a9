/* SPDX-License-Identifier: MIT */
/* Frame headers from octets: what the decoder and the session share. Not installed. */
#ifndef WSC_FRAME_IMPL_H
#define WSC_FRAME_IMPL_H

#include "wsc.h"

#include <string.h>

#define FRAME_FIN     0x80u
#define FRAME_RSV1    0x40u
#define FRAME_RSV2    0x20u
#define FRAME_RSV3    0x10u
#define FRAME_OPCODE  0x0Fu
#define FRAME_MASKED  0x80u
#define FRAME_LENGTH7 0x7Fu
/* Values of the 7-bit length that announce 16 or 64 bits of length. */
#define FRAME_LENGTH_16 126u
#define FRAME_LENGTH_64 127u

/* What is kept out of functions that short frames pass, so that those save no registers for it. */
#define SLOW __attribute__((noinline))

/* States of wsc_decoder. */
enum {
    DECODER_HEADER,  /* before or inside a header: header_len octets of it are known */
    DECODER_PAYLOAD, /* offset octets of a payload that is longer are known */
    DECODER_END      /* all octets of the frame are known, END was not reported */
};

/* Size of the header that starts with these two octets. */
static inline unsigned header_size(const uint8_t *header) {
    unsigned length7 = header[1] & FRAME_LENGTH7;
    unsigned size = length7 < FRAME_LENGTH_16 ? 2 : length7 == FRAME_LENGTH_16 ? 4 : 10;
    return (header[1] & FRAME_MASKED) != 0 ? size + 4 : size;
}

static inline uint64_t read_number(const uint8_t *data, unsigned octets) {
    uint64_t value = 0;
    for (unsigned i = 0; i < octets; i++) value = value << 8 | data[i];
    return value;
}

/* Reads a complete header. The frame is written last so that the compiler need not read the header again. */
static inline void header_read(wsc_frame *frame, const uint8_t *header) {
    unsigned first = header[0], second = header[1];
    unsigned length7 = second & FRAME_LENGTH7;
    wsc_length_form form = WSC_LENGTH_7;
    uint64_t length = length7;
    unsigned size = 2;
    if (length7 >= FRAME_LENGTH_16) {
        form = length7 == FRAME_LENGTH_16 ? WSC_LENGTH_16 : WSC_LENGTH_64;
        length = form == WSC_LENGTH_16 ? read_number(header + 2, 2) : read_number(header + 2, 8);
        size = form == WSC_LENGTH_16 ? 4 : 10;
    }
    uint32_t key = 0;
    if ((second & FRAME_MASKED) != 0) memcpy(&key, header + size, sizeof key);
    memcpy(frame->key, &key, sizeof key);
    frame->fin = (first & FRAME_FIN) != 0;
    frame->rsv1 = (first & FRAME_RSV1) != 0;
    frame->rsv2 = (first & FRAME_RSV2) != 0;
    frame->rsv3 = (first & FRAME_RSV3) != 0;
    frame->masked = (second & FRAME_MASKED) != 0;
    frame->opcode = (uint8_t)(first & FRAME_OPCODE);
    frame->form = form;
    frame->length = length;
}

/* True for short data frames with an assigned opcode and no reserved bit: they cannot have a fault by
   themselves. */
static inline bool header_is_plain(const uint8_t *header) {
    return (header[0] & 0x7C) == 0 && (header[0] & 3) != 3 && (header[1] & FRAME_LENGTH7) < FRAME_LENGTH_16;
}

/* Sets the state after the last octet of a header. */
static inline void decoder_start_payload(wsc_decoder *decoder, const uint8_t *header, size_t size) {
    header_read(&decoder->frame, header);
    decoder->faults = header_is_plain(header) ? 0 : wsc_frame_faults(&decoder->frame);
    decoder->header_len = (uint8_t)size;
    decoder->offset = 0;
    decoder->state = decoder->frame.length == 0 ? DECODER_END : DECODER_PAYLOAD;
}

static inline void decoder_start_header(wsc_decoder *decoder) {
    decoder->state = DECODER_HEADER;
    decoder->header_len = 0;
}

/* Gathers the octets of a header that is not whole in the input. */
size_t wsc_decoder_gather(wsc_decoder *decoder, const uint8_t *src, size_t len);

/* Takes octets in state DECODER_HEADER and returns how many. The header is complete when the state is another
   one; otherwise all were taken. */
static inline size_t decoder_header(wsc_decoder *decoder, const uint8_t *src, size_t len) {
    if (decoder->header_len == 0 && len >= 2) {
        size_t size = header_size(src);
        if (len >= size) {
            decoder_start_payload(decoder, src, size);
            return size;
        }
    }
    return wsc_decoder_gather(decoder, src, len);
}

#endif
