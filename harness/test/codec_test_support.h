/* SPDX-License-Identifier: MIT */
/* What the tests of the codec share: exact blocks, random numbers, logs of events, ways to cut an input. */
#ifndef CODEC_TEST_SUPPORT_H
#define CODEC_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/wsc.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static inline void *test_alloc(size_t len) {
    void *data = malloc(len > 0 ? len : 1);
    if (data == NULL) abort();
    return data;
}

/* A copy in a block of exactly that size (but not of none), so that a sanitizer sees one octet read too many.
   To be freed. */
static inline uint8_t *test_exact(const void *data, size_t len) {
    uint8_t *copy = test_alloc(len);
    *copy = 0;
    if (len > 0) memcpy(copy, data, len);
    return copy;
}

/* Random numbers that are the same in every run. */
typedef struct test_random {
    uint64_t state;
} test_random;

static inline uint32_t test_next(test_random *random) {
    random->state = random->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random->state >> 33);
}

/* 0 to below - 1. */
static inline size_t test_below(test_random *random, size_t below) {
    return below > 0 ? test_next(random) % below : 0;
}

/* Octets that grow. */
typedef struct test_octets {
    uint8_t *data;
    size_t len, cap;
} test_octets;

static inline void test_put(test_octets *octets, const void *data, size_t len) {
    if (octets->cap - octets->len < len) {
        octets->cap = 2 * octets->cap + len;
        octets->data = realloc(octets->data, octets->cap);
        if (octets->data == NULL) abort();
    }
    if (len > 0) memcpy(octets->data + octets->len, data, len);
    octets->len += len;
}

static inline void test_clear(test_octets *octets) {
    free(octets->data);
    *octets = (test_octets){NULL, 0, 0};
}

/* Appends a frame with its payload, masked as the frame says. frame->length and form may lie if they are
   given: length 0 and form minimal stand for the length of the payload. */
static inline void test_put_frame(test_octets *octets, wsc_frame frame, const void *payload, size_t len) {
    uint8_t header[WSC_HEADER_MAX];
    uint8_t *masked = test_exact(payload, len);
    if (frame.length == 0) frame.length = len;
    if (frame.masked) wsc_mask_plain(masked, masked, len, frame.key, 0);
    size_t size = wsc_frame_encode(header, &frame);
    assert_true(size > 0);
    test_put(octets, header, size);
    test_put(octets, masked, len);
    free(masked);
}

/* Events as text: words, each followed by ";". Neighbouring pieces of payload become one word. */
typedef struct test_log {
    test_octets text;
    bool payload_open;
} test_log;

__attribute__((format(printf, 2, 3))) static inline void test_word(test_log *log, const char *format, ...) {
    char word[200];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(word, sizeof word, format, args);
    va_end(args);
    assert_in_range(len, 0, sizeof word - 1);
    if (log->payload_open) test_put(&log->text, ";", 1);
    log->payload_open = false;
    test_put(&log->text, word, (size_t)len);
    test_put(&log->text, ";", 1);
}

/* Printable octets as they are, others as \xNN. */
static inline void test_payload(test_log *log, const char *name, const uint8_t *data, size_t len) {
    if (!log->payload_open) {
        test_put(&log->text, name, strlen(name));
        test_put(&log->text, " ", 1);
    }
    log->payload_open = true;
    for (size_t i = 0; i < len; i++) {
        char code[5];
        bool printable = data[i] >= ' ' && data[i] <= '~' && data[i] != '\\' && data[i] != ';';
        int size = printable ? 1 : snprintf(code, sizeof code, "\\x%02X", data[i]);
        if (printable) code[0] = (char)data[i];
        test_put(&log->text, code, (size_t)size);
    }
}

/* The text of the log; it belongs to the log. */
static inline const char *test_text(test_log *log) {
    if (log->payload_open) test_put(&log->text, ";", 1);
    log->payload_open = false;
    test_put(&log->text, "", 1);
    log->text.len--;
    return (const char *)log->text.data;
}

static inline void test_log_clear(test_log *log) {
    test_clear(&log->text);
    log->payload_open = false;
}

/* Ways to feed an input of len octets: 0: whole; 1: octet by octet; 2 and on: in two pieces, cut at any
   place. Returns how many ways there are. */
static inline size_t test_ways(size_t len) {
    return len < 2 ? 2 : len + 1;
}

/* Length of the piece that begins at pos when an input is fed that way. */
static inline size_t test_piece(size_t way, size_t pos, size_t len) {
    if (way == 0) return len - pos;
    if (way == 1) return 1;
    size_t cut = way - 1;
    return pos < cut ? cut - pos : len - pos;
}

#endif
