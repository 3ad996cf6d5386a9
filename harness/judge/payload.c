/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "judge/expect.h"

/* The nth (from 0) output of splitmix64 started with seed. It is a pure function of both, so any place of a
   stream made from it can be computed by itself. */
static uint64_t mix(uint64_t seed, uint64_t n) {
    uint64_t z = seed + (n + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Random payload: output n of splitmix64, least significant octet first, gives octets 8n to 8n+7. */
static void random_block(uint8_t block[8], uint64_t seed, uint64_t n) {
    uint64_t value = mix(seed, n);
    for (size_t i = 0; i < 8; i++) block[i] = (uint8_t)(value >> (8 * i));
}

/* 32 words, so that five bits choose one. */
static const char words[32][10] = {
    "a",     "and",    "answer", "anchor",  "boat",   "bridge", "calm", "cloud", "deep", "drift", "every",
    "ferry", "follow", "gull",   "harbour", "in",     "island", "keel", "light", "long", "of",    "quay",
    "reef",  "sail",   "salt",   "shore",   "signal", "storm",  "the",  "tide",  "to",   "water"};

#define LINE_LEN 64

/* Text payload: line n has 63 characters and a line feed. Its words are chosen by five bits each, lowest
   first, of outputs 8n, 8n+1, ... of splitmix64 (twelve words from each output); the last word is cut. */
static void words_block(uint8_t block[LINE_LEN], uint64_t seed, uint64_t n) {
    size_t len = 0;
    uint64_t bits = 0, draw = 8 * n;
    unsigned left = 0;
    while (len < LINE_LEN - 1) {
        if (left == 0) {
            bits = mix(seed, draw++);
            left = 12;
        }
        const char *word = words[bits & 31];
        bits >>= 5;
        left--;
        for (; *word != '\0' && len < LINE_LEN - 1; word++) block[len++] = (uint8_t)*word;
        if (len < LINE_LEN - 1) block[len++] = ' ';
    }
    block[len] = '\n';
}

static void read_random(const payload *source, uint64_t offset, uint8_t *dst, size_t len) {
    uint8_t block[8];
    while (len > 0) {
        size_t skip = (size_t)(offset % 8), take = 8 - skip < len ? 8 - skip : len;
        random_block(block, source->seed, offset / 8);
        memcpy(dst, block + skip, take);
        offset += take;
        dst += take;
        len -= take;
    }
}

static void read_words(const payload *source, uint64_t offset, uint8_t *dst, size_t len) {
    uint8_t block[LINE_LEN];
    while (len > 0) {
        size_t skip = (size_t)(offset % LINE_LEN), take = LINE_LEN - skip < len ? LINE_LEN - skip : len;
        words_block(block, source->seed, offset / LINE_LEN);
        memcpy(dst, block + skip, take);
        offset += take;
        dst += take;
        len -= take;
    }
}

static void read_repeat(const payload *source, uint64_t offset, uint8_t *dst, size_t len) {
    if (source->len == 1) {
        memset(dst, source->data[0], len);
        return;
    }
    while (len > 0) {
        size_t skip = (size_t)(offset % source->len);
        size_t take = source->len - skip < len ? source->len - skip : len;
        memcpy(dst, source->data + skip, take);
        offset += take;
        dst += take;
        len -= take;
    }
}

/* Any kind but a concatenation. */
static void read_plain(const payload *source, uint64_t offset, uint8_t *dst, size_t len) {
    switch (source->kind) {
    case PAYLOAD_BYTES: memcpy(dst, source->data + offset, len); break;
    case PAYLOAD_REPEAT: read_repeat(source, offset, dst, len); break;
    case PAYLOAD_RANDOM: read_random(source, offset, dst, len); break;
    case PAYLOAD_WORDS: read_words(source, offset, dst, len); break;
    case PAYLOAD_CONCAT: break;
    }
}

void payload_read(const payload *source, uint64_t offset, uint8_t *dst, size_t len) {
    if (len == 0) return;
    if (source->kind != PAYLOAD_CONCAT) {
        read_plain(source, offset, dst, len);
        return;
    }
    for (size_t i = 0; i < source->num_parts && len > 0; i++) {
        const payload *part = &source->parts[i];
        if (offset >= part->total) {
            offset -= part->total;
            continue;
        }
        size_t take = part->total - offset < len ? (size_t)(part->total - offset) : len;
        read_plain(part, offset, dst, take);
        offset = 0;
        dst += take;
        len -= take;
    }
}
