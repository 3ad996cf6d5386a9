/* SPDX-License-Identifier: MIT */
/* Decompression of messages (RFC 7692 7.2.2) over zlib. */
#include "arena.h"
#include "wsc.h"

#include <assert.h>
#include <string.h>
#include <zlib.h>

#define OUT_LEN_DEFAULT 4096
#define PIECE_MAX       ((size_t)1 << 30)
/* zlib's own state beside its window, generously. */
#define STATE_LEN 16384

struct wsc_inflater {
    z_stream stream;
    wsc_arena arena;
    wsc_inflater_config config;
    uint8_t *out;
    size_t out_len;
    uint64_t plain; /* octets of the message so far */
    wsc_fault fault;
    uint8_t tail; /* octets of 00 00 ff ff that were appended */
    bool in_message, failed;
    bool boundary; /* the stream stands at the end of a block, which is the end of an octet */
    bool dirty;    /* the window has something */
    bool full;     /* the output ended before the stream had said all */
};

static size_t out_length(const wsc_inflater_config *config) {
    return config->out_len != 0 ? config->out_len : OUT_LEN_DEFAULT;
}

size_t wsc_inflater_size(const wsc_inflater_config *config) {
    if (out_length(config) > PIECE_MAX) return 0;
    return sizeof(wsc_inflater) + out_length(config) + WSC_WINDOW_MAX + STATE_LEN + ARENA_GAPS;
}

wsc_inflater *wsc_inflater_init(void *memory, size_t len, const wsc_inflater_config *config) {
    static const Bytef octet = 0;
    if (out_length(config) > PIECE_MAX) return NULL;
    wsc_arena arena = {memory, len, 0};
    wsc_inflater *inflater = arena_take(&arena, sizeof *inflater);
    uint8_t *out = arena_take(&arena, out_length(config));
    if (inflater == NULL || out == NULL) return NULL;
    memset(inflater, 0, sizeof *inflater);
    inflater->arena = arena;
    inflater->config = *config;
    inflater->out = out;
    inflater->out_len = out_length(config);
    inflater->stream.zalloc = arena_alloc;
    inflater->stream.zfree = arena_free;
    inflater->stream.opaque = &inflater->arena;
    if (inflateInit2(&inflater->stream, -WSC_WINDOW_BITS_MAX) != Z_OK) return NULL;
    /* zlib allocates its window when it first has something for it. Better to know now. */
    if (inflateSetDictionary(&inflater->stream, &octet, 1) != Z_OK) return NULL;
    return inflateReset(&inflater->stream) == Z_OK ? inflater : NULL;
}

static void message_begin(wsc_inflater *inflater) {
    inflater->in_message = true;
    inflater->plain = 0;
    inflater->tail = 0;
    inflater->boundary = true;
    if (!inflater->config.no_context_takeover || !inflater->dirty) return;
    int result = inflateReset(&inflater->stream);
    assert(result == Z_OK);
    (void)result;
    inflater->dirty = false;
}

static void event_fail(wsc_inflater *inflater, wsc_inflate_event *event) {
    inflater->failed = true;
    *event = (wsc_inflate_event){.status = WSC_INFLATE_FAILED, .fault = inflater->fault};
}

/* Runs zlib until the input is used up, the output is full, or the data is refused, which is noted in fault.
   Returns the input that was used; *filled: the octets in out. */
static size_t decompress(wsc_inflater *inflater, const uint8_t *src, size_t len, size_t *filled) {
    z_stream *stream = &inflater->stream;
    uint64_t room = inflater->config.max_message - inflater->plain; /* if there is a limit */
    bool limited = inflater->config.max_message != 0 && room < inflater->out_len;
    /* One octet more than there may be shows that there are too many. */
    size_t cap = limited ? (size_t)room + 1 : inflater->out_len;
    size_t piece = len < PIECE_MAX ? len : PIECE_MAX;
    stream->next_in = (z_const Bytef *)src;
    stream->avail_in = (uInt)piece;
    stream->next_out = inflater->out;
    stream->avail_out = (uInt)cap;
    inflater->dirty = true;
    int result;
    do {
        result = inflate(stream, Z_SYNC_FLUSH);
        if (result == Z_STREAM_END) {
            /* BFINAL: for zlib the end, here a block like others. What zlib.h lists without words is the one
               way to go on with the window as it is; to set it anew would cost 32 KiB of copying for 2
               octets. */
            int kept = inflateResetKeep(stream);
            assert(kept == Z_OK);
            (void)kept;
            inflater->boundary = true;
            continue;
        }
        inflater->boundary = (stream->data_type & 128) != 0 && (stream->data_type & 63) == 0;
        if (result != Z_OK && result != Z_BUF_ERROR) {
            inflater->fault = WSC_FAULT_DEFLATE_INVALID;
            break;
        }
        /* No progress: all that can be said about this input was said. */
        if (result == Z_BUF_ERROR) break;
    } while (stream->avail_in > 0 && stream->avail_out > 0);
    *filled = cap - stream->avail_out;
    inflater->full = stream->avail_out == 0 && !(result == Z_STREAM_END && stream->avail_in == 0);
    if (limited && *filled == cap) {
        inflater->fault = WSC_FAULT_MESSAGE_TOO_BIG;
        *filled -= 1;
    }
    inflater->plain += *filled;
    return piece - stream->avail_in;
}

size_t wsc_inflater_push(wsc_inflater *inflater, const uint8_t *src, size_t len, wsc_inflate_event *event) {
    size_t used = 0, filled = 0;
    if (inflater->fault != WSC_FAULT_NONE) {
        used = inflater->failed ? len : 0;
        event_fail(inflater, event);
        return used;
    }
    if (!inflater->in_message) message_begin(inflater);
    while (filled == 0 && (used < len || inflater->full) && inflater->fault == WSC_FAULT_NONE)
        used += decompress(inflater, src == NULL ? NULL : src + used, len - used, &filled);
    if (filled > 0)
        *event = (wsc_inflate_event){.status = WSC_INFLATE_DATA, .data = inflater->out, .len = filled};
    else if (inflater->fault != WSC_FAULT_NONE)
        event_fail(inflater, event);
    else
        *event = (wsc_inflate_event){.status = WSC_INFLATE_MORE};
    return used;
}

void wsc_inflater_end(wsc_inflater *inflater, wsc_inflate_event *event) {
    static const uint8_t tail[4] = {0, 0, 0xFF, 0xFF};
    /* A message without payload begins and ends here. */
    if (!inflater->in_message && inflater->fault == WSC_FAULT_NONE) message_begin(inflater);
    size_t used = wsc_inflater_push(inflater, tail + inflater->tail, sizeof tail - inflater->tail, event);
    if (event->status == WSC_INFLATE_FAILED) return;
    inflater->tail = (uint8_t)(inflater->tail + used);
    if (event->status == WSC_INFLATE_DATA) return;
    if (!inflater->boundary) {
        inflater->fault = WSC_FAULT_DEFLATE_END_IN_BLOCK;
        event_fail(inflater, event);
        return;
    }
    inflater->in_message = false;
    *event = (wsc_inflate_event){.status = WSC_INFLATE_END};
}
