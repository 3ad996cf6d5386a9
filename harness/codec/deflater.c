/* SPDX-License-Identifier: MIT */
/* Compression of messages (RFC 7692 7.2.1) over zlib. */
#include "arena.h"
#include "wsc.h"

#include <assert.h>
#include <string.h>
#include <zlib.h>

#define TAIL_LEN        4 /* 00 00 ff ff */
#define OUT_LEN_MIN     64
#define OUT_LEN_DEFAULT 4096
/* What zlib is given at a time: its counters are narrower than size_t. */
#define PIECE_MAX ((size_t)1 << 30)
/* zlib's own state beside its window and tables, generously. */
#define STATE_LEN 16384

struct wsc_deflater {
    z_stream stream;
    wsc_arena arena;
    wsc_deflater_config config;
    uint8_t *out;
    size_t out_len;
    size_t carry;    /* octets at the end of what out was filled with that may be the tail */
    size_t carry_at; /* where they lie in out */
    bool empty_window;
    bool clean;    /* nothing came since the start of the message or since the last flush */
    bool flushed;  /* the flush asked for is complete, which the next call reports */
    bool finished; /* BFINAL was written, the octet 00 behind it was not */
};

/* zlib's names for what the config asks for. */
static int zlib_level(const wsc_deflater_config *config) {
    if (config->strategy == WSC_DEFLATE_STORED) return 0;
    return config->level != 0 ? config->level : 6;
}

static int zlib_strategy(const wsc_deflater_config *config) {
    switch (config->strategy) {
    case WSC_DEFLATE_FIXED: return Z_FIXED;
    case WSC_DEFLATE_HUFFMAN: return Z_HUFFMAN_ONLY;
    case WSC_DEFLATE_RLE: return Z_RLE;
    default: return config->window_bits == 8 ? Z_RLE : Z_DEFAULT_STRATEGY;
    }
}

/* zlib makes no raw window of 8 bits. Distances of its one of 9 bits are limited to 1 by RLE. */
static int zlib_window_bits(const wsc_deflater_config *config) {
    if (config->window_bits == 0) return WSC_WINDOW_BITS_MAX;
    return config->window_bits == 8 ? 9 : config->window_bits;
}

static int zlib_mem_level(const wsc_deflater_config *config) {
    return config->mem_level != 0 ? config->mem_level : 8;
}

static size_t out_length(const wsc_deflater_config *config) {
    return config->out_len != 0 ? config->out_len : OUT_LEN_DEFAULT;
}

static bool config_valid(const wsc_deflater_config *config) {
    unsigned bits = config->window_bits;
    if (bits != 0 && (bits < WSC_WINDOW_BITS_MIN || bits > WSC_WINDOW_BITS_MAX)) return false;
    /* Fixed blocks alone do not keep zlib's distances within 256 octets. */
    if (bits == 8 && config->strategy == WSC_DEFLATE_FIXED) return false;
    if (config->level > 9 || config->mem_level > 9 || (unsigned)config->strategy > WSC_DEFLATE_RLE)
        return false;
    return out_length(config) >= OUT_LEN_MIN && out_length(config) <= PIECE_MAX;
}

size_t wsc_deflater_size(const wsc_deflater_config *config) {
    if (!config_valid(config)) return 0;
    /* zconf.h: (1 << (windowBits + 2)) + (1 << (memLevel + 9)), plus "a few kilobytes"; later releases take
       more of them, of which the shift by 7 is known. */
    size_t zlib = ((size_t)1 << (zlib_window_bits(config) + 2)) +
                  ((size_t)1 << (zlib_mem_level(config) + 9)) + ((size_t)1 << (zlib_mem_level(config) + 7)) +
                  STATE_LEN;
    return sizeof(wsc_deflater) + out_length(config) + zlib + ARENA_GAPS;
}

wsc_deflater *wsc_deflater_init(void *memory, size_t len, const wsc_deflater_config *config) {
    if (!config_valid(config)) return NULL;
    wsc_arena arena = {memory, len, 0};
    wsc_deflater *deflater = arena_take(&arena, sizeof *deflater);
    uint8_t *out = arena_take(&arena, out_length(config));
    if (deflater == NULL || out == NULL) return NULL;
    memset(deflater, 0, sizeof *deflater);
    deflater->arena = arena;
    deflater->config = *config;
    deflater->out = out;
    deflater->out_len = out_length(config);
    deflater->empty_window = true;
    deflater->clean = true;
    deflater->stream.zalloc = arena_alloc;
    deflater->stream.zfree = arena_free;
    deflater->stream.opaque = &deflater->arena;
    int result = deflateInit2(&deflater->stream, zlib_level(config), Z_DEFLATED, -zlib_window_bits(config),
                              zlib_mem_level(config), zlib_strategy(config));
    return result == Z_OK ? deflater : NULL;
}

/* An empty window, whatever state the message is in. */
static void window_reset(wsc_deflater *deflater) {
    int result = deflateReset(&deflater->stream);
    assert(result == Z_OK);
    (void)result;
    deflater->empty_window = true;
}

/* The message is complete: what the next one begins with. */
static void message_end(wsc_deflater *deflater) {
    deflater->clean = true;
    deflater->finished = false;
    if ((deflater->config.no_context_takeover || deflater->config.final_blocks) && !deflater->empty_window)
        window_reset(deflater);
}

/* An octet that stands for itself. */
static void give_zero(wsc_deflater *deflater, wsc_octets *out) {
    deflater->out[0] = 0;
    *out = (wsc_octets){deflater->out, 1};
    deflater->flushed = true;
}

/* Runs zlib over the input. Returns how much of it was taken; *len: octets now in out, *done: the flush is
   complete. */
static size_t run_zlib(wsc_deflater *deflater, const uint8_t *src, size_t src_len, int flush, size_t *len,
                       bool *done) {
    z_stream *stream = &deflater->stream;
    size_t piece = src_len < PIECE_MAX ? src_len : PIECE_MAX;
    stream->next_in = (z_const Bytef *)src;
    stream->avail_in = (uInt)piece;
    stream->next_out = deflater->out + *len;
    stream->avail_out = (uInt)(deflater->out_len - *len);
    int result = deflate(stream, piece < src_len ? Z_NO_FLUSH : flush);
    /* Z_BUF_ERROR: there was nothing to do. */
    assert(result == Z_OK || result == Z_BUF_ERROR || result == Z_STREAM_END);
    *len = deflater->out_len - stream->avail_out;
    *done = flush == Z_FINISH ? result == Z_STREAM_END : piece == src_len && stream->avail_out > 0;
    if (piece > 0) {
        deflater->clean = false;
        deflater->empty_window = false;
    }
    return piece - stream->avail_in;
}

size_t wsc_deflater_push(wsc_deflater *deflater, const uint8_t *src, size_t len, wsc_flush flush,
                         wsc_octets *out) {
    *out = (wsc_octets){NULL, 0};
    if (deflater->flushed) {
        deflater->flushed = false;
        if (flush == WSC_FLUSH_MESSAGE) message_end(deflater);
        return 0;
    }
    if (len == 0 && deflater->clean && flush != WSC_FLUSH_MESSAGE) return 0;
    if ((len == 0 && deflater->clean) || deflater->finished) {
        give_zero(deflater, out);
        return 0;
    }
    bool final = flush == WSC_FLUSH_MESSAGE && deflater->config.final_blocks;
    bool strip = flush == WSC_FLUSH_MESSAGE && !final;
    int how = final ? Z_FINISH : flush == WSC_FLUSH_NONE ? Z_NO_FLUSH : Z_SYNC_FLUSH;
    size_t filled = deflater->carry, used = 0;
    bool done = false;
    if (filled > 0) memmove(deflater->out, deflater->out + deflater->carry_at, filled);
    deflater->carry = 0;
    do {
        used += run_zlib(deflater, src == NULL ? NULL : src + used, len - used, how, &filled, &done);
    } while (used < len && filled < deflater->out_len);
    if (strip) {
        /* The flush ends with the tail, so there is more than that. */
        assert(filled > TAIL_LEN);
        filled -= TAIL_LEN;
        if (!done) {
            deflater->carry = TAIL_LEN;
            deflater->carry_at = filled;
        }
    }
    if (done && final) {
        deflater->finished = true;
        if (filled == 0) {
            give_zero(deflater, out);
            return used;
        }
    } else if (done && flush != WSC_FLUSH_NONE) {
        deflater->clean = true;
        deflater->flushed = filled > 0;
    }
    if (filled > 0) *out = (wsc_octets){deflater->out, filled};
    return used;
}

size_t wsc_deflater_message(wsc_deflater *deflater, const uint8_t *src, size_t len, uint8_t *dst,
                            size_t cap) {
    size_t used = 0, size = 0;
    wsc_octets out;
    for (;;) {
        used +=
            wsc_deflater_push(deflater, src == NULL ? NULL : src + used, len - used, WSC_FLUSH_MESSAGE, &out);
        if (out.len == 0) return size;
        if (out.len > cap - size) break;
        memcpy(dst + size, out.data, out.len);
        size += out.len;
    }
    window_reset(deflater);
    deflater->clean = true;
    deflater->flushed = false;
    deflater->finished = false;
    deflater->carry = 0;
    return 0;
}

size_t wsc_deflate_bound(size_t len) {
    /* zlib's own bound for any setting, and the blocks that flushing adds. */
    size_t extra = (len >> 3) + (len >> 5) + 64;
    return len > SIZE_MAX - extra ? SIZE_MAX : len + extra;
}
