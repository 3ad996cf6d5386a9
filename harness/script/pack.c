/* SPDX-License-Identifier: MIT */
#include "script/pack.h"

#include <stdlib.h>
#include <string.h>

/* Octets that are made and compressed at a time. */
#define PIECE ((size_t)16 << 10)

static bool same_config(const wsc_deflater_config *a, const wsc_deflater_config *b) {
    return a->window_bits == b->window_bits && a->no_context_takeover == b->no_context_takeover &&
           a->level == b->level && a->strategy == b->strategy && a->final_blocks == b->final_blocks;
}

static wsc_deflater_config config_of(const packer *p, const case_compress *how) {
    bool takeover = how->takeover == TAKEOVER_AGREED ? wsc_deflate_takeover(p->agreed, p->sender)
                                                     : how->takeover == TAKEOVER_ON;
    unsigned agreed = wsc_deflate_window_bits(p->agreed, p->sender);
    return (wsc_deflater_config){.window_bits = how->window_bits ? how->window_bits : (uint8_t)agreed,
                                 .no_context_takeover = !takeover,
                                 .level = how->level,
                                 .strategy = how->strategy,
                                 .final_blocks = how->final,
                                 .out_len = PIECE};
}

/* A deflater whose window is empty has no past that a message could refer to. */
static void prepare(packer *p, const case_compress *how) {
    wsc_deflater_config config = config_of(p, how);
    if (p->deflater && same_config(&config, &p->config)) return;
    pack_forget(p);
    size_t len = wsc_deflater_size(&config);
    p->memory = len ? malloc(len) : NULL;
    p->deflater = p->memory ? wsc_deflater_init(p->memory, len, &config) : NULL;
    if (!p->deflater) abort(); /* the config comes from a case that was checked */
    p->config = config;
}

static void push(packer *p, const uint8_t *data, size_t len, wsc_flush flush, octets *out) {
    wsc_octets made;
    do {
        size_t n = wsc_deflater_push(p->deflater, data, len, flush, &made);
        if (n > 0) data += n; /* without octets there may be no pointer */
        len -= n;
        octets_add(out, made.data, made.len);
    } while (made.len > 0 || len > 0);
}

void pack_message(packer *p, const case_compress *how, const pack_piece *pieces, size_t num_pieces,
                  octets *out) {
    static const uint8_t tail[] = {0x00, 0x00, 0xff, 0xff};
    uint8_t plain[PIECE];
    uint64_t until_flush = how->flush;
    prepare(p, how);
    for (size_t i = 0; i < num_pieces; i++) {
        for (uint64_t at = 0; at < pieces[i].len;) {
            uint64_t left = pieces[i].len - at;
            size_t n = left < PIECE ? (size_t)left : PIECE;
            if (how->flush && n > until_flush) n = (size_t)until_flush;
            payload_read(pieces[i].payload, pieces[i].offset + at, plain, n);
            at += n;
            until_flush -= how->flush ? n : 0;
            bool last = i + 1 == num_pieces && at == pieces[i].len;
            bool flush = how->flush && until_flush == 0 && !last;
            push(p, plain, n, flush ? WSC_FLUSH_FRAGMENT : WSC_FLUSH_NONE, out);
            if (flush) until_flush = how->flush;
        }
    }
    push(p, NULL, 0, WSC_FLUSH_MESSAGE, out);
    if (how->tail) octets_add(out, tail, sizeof tail);
}

void pack_forget(packer *p) {
    free(p->memory);
    p->memory = NULL;
    p->deflater = NULL;
}

void pack_free(packer *p) {
    pack_forget(p);
}
