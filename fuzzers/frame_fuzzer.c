/* SPDX-License-Identifier: MIT */
/* Frames: any cut and either decoder gives the same events; all octets are accounted for; a header that was
   decoded encodes to the same octets; its faults are those of the definition; unmasking equals the plain way.
 */
#include "fuzz.h"

typedef size_t decode_function(wsc_decoder *decoder, const uint8_t *src, size_t len, wsc_event *event);

FUZZ_QUIET static wsc_faults expected_faults(const wsc_frame *frame) {
    wsc_faults faults = 0;
    bool control = frame->opcode >= 8;
    unsigned shortest = frame->length < 126 ? 7 : frame->length < 65536 ? 16 : 64;
    if (frame->rsv1) faults |= WSC_FAULT_BIT(WSC_FAULT_RSV1);
    if (frame->rsv2) faults |= WSC_FAULT_BIT(WSC_FAULT_RSV2);
    if (frame->rsv3) faults |= WSC_FAULT_BIT(WSC_FAULT_RSV3);
    if ((frame->opcode > 2 && frame->opcode < 8) || frame->opcode > 10)
        faults |= WSC_FAULT_BIT(WSC_FAULT_OPCODE_RESERVED);
    if ((unsigned)frame->form != shortest) faults |= WSC_FAULT_BIT(WSC_FAULT_LENGTH_NOT_MINIMAL);
    if (frame->length > INT64_MAX) faults |= WSC_FAULT_BIT(WSC_FAULT_LENGTH_TOP_BIT);
    if (control && !frame->fin) faults |= WSC_FAULT_BIT(WSC_FAULT_CONTROL_FRAGMENTED);
    if (control && frame->length > 125) faults |= WSC_FAULT_BIT(WSC_FAULT_CONTROL_TOO_LONG);
    return faults;
}

/* Everything about a header, by way of the octets that it encodes to. */
FUZZ_QUIET static void trace_header(fuzz_trace *trace, const wsc_event *event) {
    uint8_t header[WSC_HEADER_MAX];
    size_t size = wsc_frame_encode(header, &event->frame);
    ORACLE(size == event->header_len && size >= 2 && size <= WSC_HEADER_MAX, "frame-header-size");
    ORACLE(event->faults == expected_faults(&event->frame), "frame-faults");
    ORACLE(wsc_frame_faults(&event->frame) == event->faults, "frame-faults");
    ORACLE(event->frame.masked || memcmp(event->frame.key, "\0\0\0\0", 4) == 0, "frame-key");
    trace_event(trace, 'h', size);
    trace_put(trace, header, size);
}

FUZZ_QUIET static void trace_payload(fuzz_trace *trace, const wsc_event *event) {
    /* A block of its own for long pieces, so that writing too much is seen; short ones come by the thousand.
       Not at a boundary of anything. */
    uint8_t room[64];
    bool is_short = event->len <= sizeof room / 2;
    size_t shift = is_short ? 0 : 1 + event->len % 31;
    uint8_t *block = is_short ? room : fuzz_alloc(shift + event->len);
    uint8_t *fast = block + shift;
    uint8_t *plain = is_short ? room + sizeof room / 2 : fuzz_alloc(event->len);
    wsc_mask(fast, event->data, event->len, event->frame.key, event->offset);
    wsc_mask_plain(plain, event->data, event->len, event->frame.key, event->offset);
    ORACLE(memcmp(fast, plain, event->len) == 0, "mask-plain");
    wsc_mask(fast, fast, event->len, event->frame.key, event->offset);
    ORACLE(memcmp(fast, event->data, event->len) == 0, "mask-involution");
    trace_octets(trace, plain, event->len);
    if (is_short) return;
    free(block);
    free(plain);
}

/* State of one way through an input. */
typedef struct walk {
    wsc_decoder decoder;
    decode_function *decode; /* NULL: both take turns */
    fuzz_trace trace;
    uint64_t in_frame; /* octets of payload seen */
    size_t eaten;      /* octets of the input consumed */
    size_t told;       /* octets of the input that events were about */
} walk;

FUZZ_QUIET static void take_event(walk *w, const wsc_event *event, const uint8_t *src, size_t consumed) {
    switch (event->type) {
    case WSC_EVENT_MORE: break;
    case WSC_EVENT_HEADER:
        trace_header(&w->trace, event);
        w->told += event->header_len;
        w->in_frame = 0;
        break;
    case WSC_EVENT_PAYLOAD:
        ORACLE(event->data == src && event->len == consumed && event->len > 0, "frame-payload");
        ORACLE(event->offset == w->in_frame, "frame-offset");
        w->in_frame += event->len;
        ORACLE(w->in_frame <= event->frame.length, "frame-payload");
        w->told += event->len;
        trace_payload(&w->trace, event);
        break;
    case WSC_EVENT_END:
        ORACLE(consumed == 0 && w->in_frame == event->frame.length, "frame-end");
        trace_event(&w->trace, 'e', event->frame.length);
        break;
    case WSC_EVENT_FRAME:
        ORACLE(w->decode != wsc_decode, "frame-whole");
        ORACLE(event->data == src + event->header_len && event->len == event->frame.length, "frame-whole");
        ORACLE(consumed == event->header_len + event->len && event->offset == 0, "frame-whole");
        trace_header(&w->trace, event);
        trace_payload(&w->trace, event);
        trace_event(&w->trace, 'e', event->len);
        w->told += consumed;
        break;
    default: ORACLE(false, "frame-event");
    }
}

FUZZ_QUIET static void take_piece(walk *w, const uint8_t *piece, size_t len, fuzz_cuts *cuts) {
    wsc_event event;
    size_t used = 0;
    do {
        decode_function *decode = w->decode;
        if (decode == NULL) decode = fuzz_random(cuts) % 2 == 0 ? wsc_decode : wsc_decode_whole;
        size_t consumed = decode(&w->decoder, piece + used, len - used, &event);
        ORACLE(consumed <= len - used, "frame-consumed");
        take_event(w, &event, piece + used, consumed);
        used += consumed;
    } while (event.type != WSC_EVENT_MORE);
    ORACLE(used == len, "frame-consumed");
    w->eaten += used;
}

FUZZ_QUIET static fuzz_trace run(decode_function *decode, const uint8_t *data, size_t size, fuzz_way way) {
    walk w = {.decode = decode};
    fuzz_cuts cuts = fuzz_cuts_make(way, data, size);
    wsc_decoder_init(&w.decoder);
    for (size_t pos = 0; pos < size;) {
        size_t len = fuzz_piece(&cuts, size - pos);
        const uint8_t *piece = fuzz_piece_open(&cuts, data + pos, len);
        take_piece(&w, piece, len, &cuts);
        fuzz_piece_close(&cuts);
        pos += len;
    }
    ORACLE(w.eaten == size && w.eaten - w.told < WSC_HEADER_MAX, "frame-octets");
    trace_event(&w.trace, wsc_decoder_inside(&w.decoder) ? 'i' : 'b', w.eaten - w.told);
    return w.trace;
}

/* The octets that a trace of frames stands for, encoded again: what the input was, up to its last header if
   that is incomplete. */
static void check_encoding(const uint8_t *data, size_t size) {
    wsc_decoder decoder;
    wsc_event event;
    size_t pos = 0, out = 0;
    wsc_decoder_init(&decoder);
    do {
        size_t begin = pos;
        pos += wsc_decode(&decoder, data + pos, size - pos, &event);
        if (event.type == WSC_EVENT_HEADER) {
            uint8_t header[WSC_HEADER_MAX];
            size_t len = wsc_frame_encode(header, &event.frame);
            ORACLE(out == begin && memcmp(header, data + out, len) == 0, "frame-round-trip");
            out += len;
            /* In the shortest form, and written once more: the same but for the form. */
            wsc_frame frame = event.frame, again;
            frame.form = WSC_LENGTH_MINIMAL;
            len = wsc_frame_encode(header, &frame);
            wsc_decoder other;
            wsc_event shorter;
            wsc_decoder_init(&other);
            ORACLE(wsc_decode(&other, header, len, &shorter) == len, "frame-minimal");
            again = shorter.frame;
            ORACLE((shorter.faults & WSC_FAULT_BIT(WSC_FAULT_LENGTH_NOT_MINIMAL)) == 0, "frame-minimal");
            ORACLE(again.length == frame.length && again.opcode == frame.opcode && again.fin == frame.fin &&
                       again.masked == frame.masked && memcmp(again.key, frame.key, 4) == 0,
                   "frame-minimal");
        }
        if (event.type == WSC_EVENT_PAYLOAD) out += event.len;
    } while (event.type != WSC_EVENT_MORE);
    ORACLE(pos == size && size - out < WSC_HEADER_MAX, "frame-octets");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > FUZZ_MAX) return 0;
    static const struct {
        decode_function *decode; /* NULL: both take turns */
        fuzz_way way;
    } others[] = {{wsc_decode, FUZZ_OCTETS},
                  {wsc_decode, FUZZ_RANDOM},
                  {wsc_decode_whole, FUZZ_WHOLE},
                  {wsc_decode_whole, FUZZ_RANDOM},
                  {NULL, FUZZ_RANDOM}};
    fuzz_trace whole = run(wsc_decode, data, size, FUZZ_WHOLE);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        fuzz_trace trace = run(others[i].decode, data, size, others[i].way);
        ORACLE(trace_equal(&trace, &whole), "frame-cuts");
        trace_clear(&trace);
    }
    trace_clear(&whole);
    check_encoding(data, size);
    return 0;
}
