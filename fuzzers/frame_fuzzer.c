/* SPDX-License-Identifier: MIT */
/* Frames: whatever the cuts and the decoder, the events are those of a second reading of RFC 6455 5.2, each
   where its octets stand in the input; all octets are accounted for; a header that was decoded encodes to the
   same octets; its faults are those of the definition; unmasking equals the plain way.

   An execution is one way to read the input, which the input itself chooses. */
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

/* The size of the header that begins at data, or 0 if it is not there to its end. */
FUZZ_QUIET static size_t expected_size(const uint8_t *data, size_t left) {
    if (left < 2) return 0;
    size_t length7 = data[1] % 128;
    size_t size = (size_t)(length7 == 127 ? 10 : length7 == 126 ? 4 : 2) + (data[1] >= 128 ? 4 : 0);
    return left < size ? 0 : size;
}

FUZZ_QUIET static uint64_t expected_length(const uint8_t *data) {
    unsigned length7 = data[1] % 128;
    if (length7 < 126) return length7;
    uint64_t length = 0;
    for (size_t i = 2; i < (length7 == 126 ? 4 : 10); i++) length = length * 256 + data[i];
    return length;
}

/* memcmp waits for octets that were written one by one, which takes longer than all else here. */
FUZZ_QUIET static bool same_octets(const uint8_t *a, const uint8_t *b, size_t len) {
    if (len > 32) return memcmp(a, b, len) == 0;
    unsigned difference = 0;
    for (size_t i = 0; i < len; i++) difference |= (unsigned)(a[i] ^ b[i]);
    return difference == 0;
}

/* What was read from a header of so many octets. */
FUZZ_QUIET static void check_header(const wsc_frame *got, const uint8_t *data, size_t size) {
    static const uint8_t no_key[4];
    unsigned length7 = data[1] % 128;
    unsigned first = (unsigned)got->fin << 7 | (unsigned)got->rsv1 << 6 | (unsigned)got->rsv2 << 5 |
                     (unsigned)got->rsv3 << 4 | got->opcode;
    ORACLE(first == data[0] && got->opcode < 16, "frame-header");
    ORACLE(got->masked == (data[1] >= 128), "frame-header");
    ORACLE(got->form == (length7 == 127   ? WSC_LENGTH_64
                         : length7 == 126 ? WSC_LENGTH_16
                                          : WSC_LENGTH_7),
           "frame-header");
    ORACLE(got->length == expected_length(data), "frame-header");
    ORACLE(same_octets(got->key, got->masked ? data + size - 4 : no_key, 4), "frame-key");
}

/* State of one way through an input. */
typedef struct walk {
    wsc_decoder decoder;
    const uint8_t *data; /* the input */
    size_t size;
    size_t eaten;      /* octets of it consumed */
    size_t told;       /* octets of it that events were about */
    bool inside;       /* of a frame, whose header was told */
    uint64_t length;   /* of its payload */
    uint64_t in_frame; /* octets of its payload told */
    bool again;        /* other ways look at what does not depend on the way */
} walk;

/* What is true of a header however it was read. In the shortest form it is what it was, or the same but for
   the form. */
FUZZ_QUIET static void check_once(const wsc_event *event, const uint8_t *data) {
    uint8_t header[WSC_HEADER_MAX];
    wsc_frame frame = event->frame;
    wsc_decoder decoder;
    wsc_event again;
    ORACLE(wsc_frame_faults(&frame) == event->faults, "frame-faults");
    ORACLE(wsc_frame_encode(header, &frame) == event->header_len, "frame-round-trip");
    ORACLE(same_octets(header, data, event->header_len), "frame-round-trip");
    frame.form = WSC_LENGTH_MINIMAL;
    size_t len = wsc_frame_encode(header, &frame);
    if ((event->faults & WSC_FAULT_BIT(WSC_FAULT_LENGTH_NOT_MINIMAL)) == 0) {
        ORACLE(len == event->header_len && same_octets(header, data, len), "frame-minimal");
        return;
    }
    wsc_decoder_init(&decoder);
    ORACLE(wsc_decode(&decoder, header, len, &again) == len, "frame-minimal");
    ORACLE((again.faults & WSC_FAULT_BIT(WSC_FAULT_LENGTH_NOT_MINIMAL)) == 0, "frame-minimal");
    ORACLE(again.frame.length == frame.length && again.frame.opcode == frame.opcode &&
               again.frame.fin == frame.fin && again.frame.masked == frame.masked &&
               memcmp(again.frame.key, frame.key, 4) == 0,
           "frame-minimal");
}

FUZZ_QUIET static void take_header(walk *w, const wsc_event *event) {
    const uint8_t *data = w->data + w->told;
    ORACLE(!w->inside, "frame-event");
    size_t size = expected_size(data, w->size - w->told);
    ORACLE(size != 0 && size == event->header_len, "frame-header-size");
    check_header(&event->frame, data, size);
    ORACLE(event->faults == expected_faults(&event->frame), "frame-faults");
    if (!w->again) check_once(event, data);
    w->told += size;
    w->inside = true;
    w->in_frame = 0;
    w->length = event->frame.length;
}

FUZZ_QUIET static void check_mask(const wsc_event *event, bool again) {
    /* A block of its own for long pieces, so that writing too much is seen; short ones come by the thousand.
       Not at a boundary of anything. */
    uint8_t room[256];
    bool is_short = event->len <= sizeof room / 2 - 31;
    size_t shift = 1 + event->len % 31;
    uint8_t *block = is_short ? room : fuzz_alloc(shift + event->len);
    uint8_t *fast = block + shift;
    uint8_t *plain = is_short ? room + sizeof room / 2 : fuzz_alloc(event->len);
    wsc_mask(fast, event->data, event->len, event->frame.key, event->offset);
    wsc_mask_plain(plain, event->data, event->len, event->frame.key, event->offset);
    ORACLE(same_octets(fast, plain, event->len), "mask-plain");
    if (!again) {
        wsc_mask(fast, fast, event->len, event->frame.key, event->offset);
        ORACLE(same_octets(fast, event->data, event->len), "mask-involution");
    }
    if (is_short) return;
    free(block);
    free(plain);
}

/* Octets of the frame's payload, which begin at src. */
FUZZ_QUIET static void take_payload(walk *w, const wsc_event *event, const uint8_t *src) {
    ORACLE(w->inside && event->data == src, "frame-payload");
    ORACLE(event->offset == w->in_frame, "frame-offset");
    ORACLE(event->len <= w->length - w->in_frame, "frame-payload");
    w->in_frame += event->len;
    w->told += event->len;
    if (event->frame.masked) check_mask(event, w->again);
}

FUZZ_QUIET static void take_end(walk *w) {
    ORACLE(w->inside && w->in_frame == w->length, "frame-end");
    w->inside = false;
}

FUZZ_QUIET static void take_event(walk *w, const wsc_event *event, decode_function *decode,
                                  const uint8_t *src, size_t consumed) {
    switch (event->type) {
    case WSC_EVENT_MORE: break;
    case WSC_EVENT_HEADER:
        take_header(w, event);
        ORACLE(w->told == w->eaten, "frame-octets");
        break;
    case WSC_EVENT_PAYLOAD:
        ORACLE(event->len == consumed && event->len > 0, "frame-payload");
        take_payload(w, event, src);
        ORACLE(w->told == w->eaten, "frame-octets");
        break;
    case WSC_EVENT_END:
        ORACLE(consumed == 0, "frame-end");
        take_end(w);
        break;
    case WSC_EVENT_FRAME:
        ORACLE(decode == wsc_decode_whole && consumed == event->header_len + event->len, "frame-whole");
        take_header(w, event);
        ORACLE(event->data == src + event->header_len && event->len == w->length, "frame-whole");
        take_payload(w, event, src + event->header_len);
        take_end(w);
        ORACLE(w->told == w->eaten, "frame-octets");
        break;
    default: ORACLE(false, "frame-event");
    }
}

/* decode: NULL if both take turns. */
FUZZ_QUIET static void take_piece(walk *w, decode_function *decode, const uint8_t *piece, size_t len,
                                  fuzz_cuts *cuts) {
    wsc_event event;
    size_t used = 0;
    do {
        decode_function *next = decode;
        if (next == NULL) next = fuzz_random(cuts) % 2 == 0 ? wsc_decode : wsc_decode_whole;
        size_t consumed = next(&w->decoder, piece + used, len - used, &event);
        ORACLE(consumed <= len - used, "frame-consumed");
        w->eaten += consumed;
        take_event(w, &event, next, piece + used, consumed);
        used += consumed;
    } while (event.type != WSC_EVENT_MORE);
    ORACLE(used == len, "frame-consumed");
}

FUZZ_QUIET static void run(decode_function *decode, const uint8_t *data, size_t size, fuzz_way way,
                           uint64_t seed) {
    walk w = {.data = data, .size = size, .again = decode != wsc_decode || way != FUZZ_WHOLE};
    fuzz_cuts cuts = fuzz_cuts_seeded(way, seed);
    wsc_decoder_init(&w.decoder);
    for (size_t pos = 0; pos < size;) {
        size_t len = fuzz_piece(&cuts, size - pos);
        const uint8_t *piece = fuzz_piece_open(&cuts, data + pos, len);
        take_piece(&w, decode, piece, len, &cuts);
        fuzz_piece_close(&cuts);
        pos += len;
    }
    ORACLE(w.eaten == size, "frame-octets");
    if (w.inside)
        ORACLE(w.told == size && w.in_frame < w.length, "frame-octets");
    else
        ORACLE(expected_size(data + w.told, size - w.told) == 0, "frame-octets");
    ORACLE(wsc_decoder_inside(&w.decoder) == (w.inside || w.told < size), "frame-inside");
}

static const struct {
    decode_function *decode; /* NULL: both take turns */
    fuzz_way way;
} ways[] = {{wsc_decode, FUZZ_WHOLE}, {wsc_decode, FUZZ_RANDOM},      {wsc_decode_whole, FUZZ_RANDOM},
            {NULL, FUZZ_RANDOM},      {wsc_decode_whole, FUZZ_WHOLE}, {wsc_decode, FUZZ_OCTETS}};

#define NUM_WAYS (sizeof ways / sizeof *ways)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > FUZZ_MAX) return 0;
    uint64_t seed = fuzz_seed(data, size);
    /* Octet by octet takes the most time, and finds what random cuts find. */
    size_t way = seed / 16 % 32 == 0 ? NUM_WAYS - 1 : seed % (NUM_WAYS - 1);
    run(ways[way].decode, data, size, ways[way].way, seed);
    return 0;
}

int fuzz_every_way(const uint8_t *data, size_t size) {
    if (size > FUZZ_MAX) return 0;
    for (size_t i = 0; i < NUM_WAYS; i++) run(ways[i].decode, data, size, ways[i].way, fuzz_seed(data, size));
    return 0;
}
