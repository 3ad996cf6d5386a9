/* SPDX-License-Identifier: MIT */
/* Frames from octets that come in pieces (RFC 6455 5.2). */
#include "frame_impl.h"

void wsc_decoder_init(wsc_decoder *decoder) {
    memset(decoder, 0, sizeof *decoder);
}

size_t wsc_decoder_gather(wsc_decoder *decoder, const uint8_t *src, size_t len) {
    for (size_t i = 0; i < len; i++) {
        decoder->header[decoder->header_len++] = src[i];
        if (decoder->header_len >= 2 && decoder->header_len == header_size(decoder->header)) {
            decoder_start_payload(decoder, decoder->header, decoder->header_len);
            return i + 1;
        }
    }
    return len;
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

size_t wsc_decode(wsc_decoder *decoder, const uint8_t *src, size_t len, wsc_event *event) {
    switch (decoder->state) {
    case DECODER_HEADER: {
        size_t used = decoder_header(decoder, src, len);
        bool complete = decoder->state != DECODER_HEADER;
        event_set(event, decoder, complete ? WSC_EVENT_HEADER : WSC_EVENT_MORE, NULL, 0);
        return used;
    }
    case DECODER_PAYLOAD: {
        uint64_t rest = decoder->frame.length - decoder->offset;
        size_t piece = rest < len ? (size_t)rest : len;
        event_set(event, decoder, len > 0 ? WSC_EVENT_PAYLOAD : WSC_EVENT_MORE, src, piece);
        decoder->offset += piece;
        if (piece == rest) decoder->state = DECODER_END;
        return piece;
    }
    default:
        event_set(event, decoder, WSC_EVENT_END, NULL, 0);
        decoder_start_header(decoder);
        return 0;
    }
}

/* A frame at src, whose header has been read into the event, as one event. */
static inline size_t event_whole(wsc_event *event, const uint8_t *src, size_t size) {
    event->type = WSC_EVENT_FRAME;
    event->header_len = size;
    event->data = src + size;
    event->len = (size_t)event->frame.length;
    event->offset = 0;
    return size + event->len;
}

/* The masked frame that header_is_plain, whole at src: by far the most frequent one, so it gets a way of its
   own on which nothing is computed that is known. Returns 0 if it is another frame. */
static inline size_t decode_plain(const uint8_t *src, size_t len, wsc_event *event) {
    const size_t size = 6;
    unsigned first = src[0], length = src[1] ^ FRAME_MASKED;
    if (!header_is_plain(src) || length >= FRAME_LENGTH_16 || len - size < length) return 0;
    memcpy(event->frame.key, src + 2, 4);
    event->frame.fin = (first & FRAME_FIN) != 0;
    event->frame.rsv1 = event->frame.rsv2 = event->frame.rsv3 = false;
    event->frame.masked = true;
    event->frame.opcode = (uint8_t)(first & FRAME_OPCODE);
    event->frame.form = WSC_LENGTH_7;
    event->frame.length = length;
    event->faults = 0;
    return event_whole(event, src, size);
}

static SLOW size_t decode_any(wsc_decoder *decoder, const uint8_t *src, size_t len, bool fresh,
                              wsc_event *event) {
    size_t size = fresh && len >= 2 ? header_size(src) : SIZE_MAX;
    if (size > len) return wsc_decode(decoder, src, len, event);
    /* Until it is known that the frame is whole only the caller's event is written. */
    header_read(&event->frame, src);
    if (event->frame.length > len - size) return wsc_decode(decoder, src, len, event);
    event->faults = wsc_frame_faults(&event->frame);
    return event_whole(event, src, size);
}

size_t wsc_decode_whole(wsc_decoder *decoder, const uint8_t *src, size_t len, wsc_event *event) {
    bool fresh = decoder->state == DECODER_HEADER && decoder->header_len == 0;
    if (fresh && len >= 6) {
        size_t used = decode_plain(src, len, event);
        if (used > 0) return used;
    }
    return decode_any(decoder, src, len, fresh, event);
}

bool wsc_decoder_inside(const wsc_decoder *decoder) {
    return decoder->state == DECODER_PAYLOAD || (decoder->state == DECODER_HEADER && decoder->header_len > 0);
}
