/* SPDX-License-Identifier: MIT */
/* Compression: whatever the settings and however messages are cut, a strict inspector and the inflater read
   back what went in; a message at once is as good as one in pieces, no longer than its bound, and leaves the
   compressor as good as new where it does not fit.

   The input is what is to be compressed, and behind it two octets of options: the last one has the bits of
   the window (0 to 2), no context takeover (3), final blocks (4) and the strategy (5 to 7), the one before it
   the level, the level of memory, and into how many messages the input is cut. */
#include "fuzz.h"

typedef struct question {
    const uint8_t *data;
    size_t size, num_messages;
    wsc_deflater_config config;
} question;

/* The message of that index. */
static const uint8_t *message_of(const question *q, size_t index, size_t *len) {
    size_t from = q->size * index / q->num_messages;
    *len = q->size * (index + 1) / q->num_messages - from;
    return q->size > 0 ? q->data + from : NULL;
}

typedef struct readers {
    wsc_inspector *inspector;
    wsc_inflater *inflater;
    void *memory;
} readers;

static readers readers_make(const wsc_deflater_config *config) {
    wsc_inspector_config inspect = {.window_bits = config->window_bits,
                                    .no_context_takeover = config->no_context_takeover,
                                    .strict = true};
    wsc_inflater_config inflate = {.no_context_takeover = config->no_context_takeover};
    size_t size = wsc_inflater_size(&inflate);
    readers r = {.inspector = fuzz_alloc(sizeof *r.inspector), .memory = fuzz_alloc_foreign(size)};
    wsc_inspector_init(r.inspector, &inspect);
    r.inflater = wsc_inflater_init(r.memory, size, &inflate);
    ORACLE(r.inflater != NULL, "inflater-memory");
    return r;
}

static void readers_free(readers *r) {
    free(r->inspector);
    free(r->memory);
}

/* What comes next of data, of which a reader has given `got` octets. Returns how many it has given now. */
static size_t check_data(const wsc_inflate_event *event, const uint8_t *data, size_t len, size_t got) {
    ORACLE(event->status != WSC_INFLATE_FAILED && event->len <= len - got, "compress-read");
    ORACLE(event->len == 0 || memcmp(event->data, data + got, event->len) == 0, "compress-read");
    return got + event->len;
}

/* Both have to read a message as what it was made of. */
static void check_message(readers *r, const fuzz_trace *packed, const uint8_t *data, size_t len,
                          bool final_blocks) {
    wsc_inflate_event event;
    size_t used = 0, got = 0;
    do {
        used += wsc_inspector_push(r->inspector, packed->data + used, packed->len - used, &event);
        got = check_data(&event, data, len, got);
    } while (event.status == WSC_INFLATE_DATA);
    wsc_inspector_end(r->inspector, &event);
    ORACLE(event.status == WSC_INFLATE_END && got == len, "compress-inspector");
    /* Behind a flush there may be nothing left that could end in a final block. */
    ORACLE(r->inspector->facts.num_final <= (final_blocks && len > 0 ? 1 : 0), "compress-final");
    used = got = 0;
    do {
        used += wsc_inflater_push(r->inflater, packed->data + used, packed->len - used, &event);
        got = check_data(&event, data, len, got);
    } while (event.status == WSC_INFLATE_DATA);
    do wsc_inflater_end(r->inflater, &event);
    while (event.status == WSC_INFLATE_DATA);
    ORACLE(event.status == WSC_INFLATE_END && got == len, "compress-inflater");
}

/* All that a compressor gives for a piece of a message. */
static void push_piece(wsc_deflater *deflater, const uint8_t *data, size_t len, wsc_flush flush,
                       fuzz_trace *packed, size_t out_len) {
    wsc_octets out;
    size_t used = 0;
    do {
        size_t consumed =
            wsc_deflater_push(deflater, data == NULL ? NULL : data + used, len - used, flush, &out);
        ORACLE(consumed <= len - used && out.len <= out_len, "compress-consumed");
        trace_put(packed, out.data, out.len);
        used += consumed;
    } while (out.len > 0);
    ORACLE(used == len, "compress-consumed");
}

static wsc_deflater *deflater_make(void **memory, const wsc_deflater_config *config) {
    size_t size = wsc_deflater_size(config);
    ORACLE(size > 0, "compress-size");
    *memory = fuzz_alloc_foreign(size);
    wsc_deflater *deflater = wsc_deflater_init(*memory, size, config);
    ORACLE(deflater != NULL, "compress-size");
    return deflater;
}

static void check_pieces(const question *q) {
    void *memory;
    wsc_deflater *deflater = deflater_make(&memory, &q->config);
    readers r = readers_make(&q->config);
    fuzz_cuts cuts = fuzz_cuts_make(FUZZ_RANDOM, q->data, q->size);
    for (size_t i = 0; i < q->num_messages; i++) {
        fuzz_trace packed = {.data = NULL};
        size_t len, pos = 0;
        const uint8_t *data = message_of(q, i, &len);
        while (pos < len && fuzz_random(&cuts) % 8 != 0) {
            size_t piece_len = fuzz_piece(&cuts, len - pos);
            const uint8_t *piece = fuzz_piece_open(&cuts, data + pos, piece_len);
            wsc_flush flush = fuzz_random(&cuts) % 3 == 0 ? WSC_FLUSH_FRAGMENT : WSC_FLUSH_NONE;
            push_piece(deflater, piece, piece_len, flush, &packed, q->config.out_len);
            fuzz_piece_close(&cuts);
            pos += piece_len;
        }
        push_piece(deflater, len == 0 ? NULL : data + pos, len - pos, WSC_FLUSH_MESSAGE, &packed,
                   q->config.out_len);
        ORACLE(packed.len > 0, "compress-empty");
        check_message(&r, &packed, data, len, q->config.final_blocks);
        trace_clear(&packed);
    }
    readers_free(&r);
    free(memory);
}

static void check_at_once(const question *q) {
    void *memory;
    wsc_deflater *deflater = deflater_make(&memory, &q->config);
    readers r = readers_make(&q->config);
    for (size_t i = 0; i < q->num_messages; i++) {
        size_t len;
        const uint8_t *data = message_of(q, i, &len);
        size_t bound = wsc_deflate_bound(len);
        fuzz_trace packed = {.data = fuzz_alloc_foreign(bound), .cap = bound};
        packed.len = wsc_deflater_message(deflater, data, len, packed.data, bound);
        ORACLE(packed.len > 0 && packed.len <= bound, "compress-bound");
        check_message(&r, &packed, data, len, q->config.final_blocks);
        if (i == 0 && packed.len > 1) {
            /* An octet too few: nothing comes out, and the next message refers to nothing. */
            uint8_t *small = fuzz_alloc_foreign(packed.len - 1);
            wsc_deflater *fresh = wsc_deflater_init(memory, wsc_deflater_size(&q->config), &q->config);
            ORACLE(wsc_deflater_message(fresh, data, len, small, packed.len - 1) == 0, "compress-cap");
            free(small);
            readers_free(&r);
            r = readers_make(&q->config);
            packed.len = wsc_deflater_message(fresh, data, len, packed.data, bound);
            check_message(&r, &packed, data, len, q->config.final_blocks);
            deflater = fresh;
        }
        trace_clear(&packed);
    }
    readers_free(&r);
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > FUZZ_MAX) return 0;
    uint8_t option = fuzz_option(data, &size), more = fuzz_option(data, &size);
    question q = {.data = data,
                  .size = size,
                  .num_messages = 1 + more / 81 % 3,
                  .config = {.window_bits = (uint8_t)(WSC_WINDOW_BITS_MAX - option % 8),
                             .no_context_takeover = option / 8 % 2 == 1,
                             .final_blocks = option / 16 % 2 == 1,
                             .strategy = (wsc_deflate_strategy)(option / 32 % 5),
                             .level = (uint8_t)(1 + more % 9),
                             .mem_level = (uint8_t)(1 + more / 9 % 9),
                             .out_len = 64 + size % 3 * 500}};
    if (q.config.window_bits == WSC_WINDOW_BITS_MIN && q.config.strategy == WSC_DEFLATE_FIXED) {
        ORACLE(wsc_deflater_size(&q.config) == 0, "compress-config");
        return 0;
    }
    check_pieces(&q);
    check_at_once(&q);
    return 0;
}
