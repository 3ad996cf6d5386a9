/* SPDX-License-Identifier: MIT */
/* What the entry points share: oracles, blocks of exact size, ways to cut an input, traces. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/wsc.h"

/* The entry point that every file *_fuzzer.c defines: checks one input, and ends the program by abort() if an
   oracle is wrong. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same in every way that there is, where an input chooses one of several: for inputs that come once. Only
   entry points that choose define it. */
__attribute__((weak)) int fuzz_every_way(const uint8_t *data, size_t size);

/* A longer input is not looked at: it would find nothing that a shorter one does not. */
#define FUZZ_MAX 65536

/* A property that holds for every input. The name of what is broken stands in the report, and each use is a
   place of its own on the stack, so that findings can be told apart. */
#define ORACLE(holds, name)                                                                                  \
    do {                                                                                                     \
        if (!(holds)) {                                                                                      \
            (void)fprintf(stderr, "\nORACLE %s: %s:%d: %s\n", name, __FILE__, __LINE__, #holds);             \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* Branches of ours that tell an engine nothing about the code under test. */
#if defined(__clang__)
#define FUZZ_QUIET __attribute__((no_sanitize("coverage")))
#else
#define FUZZ_QUIET
#endif

FUZZ_QUIET static inline void *fuzz_alloc(size_t len) {
    void *data = malloc(len > 0 ? len : 1);
    if (data == NULL) abort();
    return data;
}

/* For what zlib will write to: MemorySanitizer, which does not see into it, is to take it for initialised. */
#ifdef __has_feature
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define FUZZ_FOREIGN(data, len) __msan_unpoison(data, len)
#endif
#endif
#ifndef FUZZ_FOREIGN
#define FUZZ_FOREIGN(data, len) ((void)(data), (void)(len))
#endif

FUZZ_QUIET static inline void *fuzz_alloc_foreign(size_t len) {
    void *data = fuzz_alloc(len);
    FUZZ_FOREIGN(data, len);
    return data;
}

/* A copy in a block of exactly that size, so that a sanitizer sees an octet too many. To be freed. */
FUZZ_QUIET static inline uint8_t *fuzz_copy(const void *data, size_t len) {
    uint8_t *copy = fuzz_alloc(len);
    if (len > 0) memcpy(copy, data, len);
    return copy;
}

/* Options of an entry point are the last octet of its input, so that the rest is what a wire carries.
   0 if the input is empty. */
FUZZ_QUIET static inline uint8_t fuzz_option(const uint8_t *data, size_t *size) {
    return *size > 0 ? data[--*size] : 0;
}

/* ---- Cuts ---- */

typedef enum fuzz_way { FUZZ_WHOLE, FUZZ_OCTETS, FUZZ_RANDOM } fuzz_way;

typedef struct fuzz_cuts {
    fuzz_way way;
    uint64_t random;
    uint8_t *held; /* block of the piece that is open */
} fuzz_cuts;

/* A number that any change of the input changes. What is random depends on it alone, so that a finding can be
   repeated. */
FUZZ_QUIET static inline uint64_t fuzz_seed(const uint8_t *data, size_t size) {
    uint64_t seed = 0xCBF29CE484222325u ^ size, word = 0;
    for (; size >= sizeof word; data += sizeof word, size -= sizeof word) {
        memcpy(&word, data, sizeof word);
        seed = (seed ^ word) * 0x9E3779B97F4A7C15u;
        seed ^= seed >> 32;
    }
    word = 0;
    if (size > 0) memcpy(&word, data, size);
    seed = (seed ^ word) * 0x9E3779B97F4A7C15u;
    return seed ^ seed >> 29;
}

FUZZ_QUIET static inline fuzz_cuts fuzz_cuts_seeded(fuzz_way way, uint64_t seed) {
    return (fuzz_cuts){way, seed, NULL};
}

FUZZ_QUIET static inline fuzz_cuts fuzz_cuts_make(fuzz_way way, const uint8_t *data, size_t size) {
    return fuzz_cuts_seeded(way, fuzz_seed(data, size));
}

FUZZ_QUIET static inline uint32_t fuzz_random(fuzz_cuts *cuts) {
    cuts->random = cuts->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(cuts->random >> 33);
}

/* Length of the next piece of the `left` (at least 1) octets that are left. */
FUZZ_QUIET static inline size_t fuzz_piece(fuzz_cuts *cuts, size_t left) {
    if (cuts->way == FUZZ_WHOLE) return left;
    if (cuts->way == FUZZ_OCTETS) return 1;
    size_t most = (size_t)1 << fuzz_random(cuts) % 10;
    size_t len = 1 + fuzz_random(cuts) % most;
    return len < left ? len : left;
}

/* The next piece as the code under test gets it: in a block of its own if there are several, but not where
   each octet is a piece, since that would take most of the time. */
FUZZ_QUIET static inline const uint8_t *fuzz_piece_open(fuzz_cuts *cuts, const uint8_t *data, size_t len) {
    cuts->held = cuts->way == FUZZ_RANDOM ? fuzz_copy(data, len) : NULL;
    return cuts->held != NULL ? cuts->held : data;
}

FUZZ_QUIET static inline void fuzz_piece_close(fuzz_cuts *cuts) {
    free(cuts->held);
    cuts->held = NULL;
}

/* ---- Traces: what was observed, as octets ---- */

typedef struct fuzz_trace {
    uint8_t *data;
    size_t len, cap;
    size_t run; /* where the length of the octets that came last stands; 0: an event came last */
} fuzz_trace;

/* Room for so many octets more. */
FUZZ_QUIET static inline uint8_t *trace_room(fuzz_trace *trace, size_t len) {
    if (trace->data == NULL || trace->cap - trace->len < len) {
        trace->cap = 2 * trace->cap + len + 1024;
        trace->data = realloc(trace->data, trace->cap);
        if (trace->data == NULL) abort();
    }
    trace->len += len;
    trace->run = 0;
    return trace->data + trace->len - len;
}

FUZZ_QUIET static inline void trace_put(fuzz_trace *trace, const void *data, size_t len) {
    uint8_t *room = trace_room(trace, len);
    if (len > 0) memcpy(room, data, len);
}

/* An event: what it is, and a number that belongs to it. */
FUZZ_QUIET static inline void trace_event(fuzz_trace *trace, char kind, uint64_t number) {
    uint8_t *room = trace_room(trace, 1 + sizeof number);
    room[0] = (uint8_t)kind;
    memcpy(room + 1, &number, sizeof number);
}

/* Octets that come in pieces of any size: the trace does not tell where one ends. */
FUZZ_QUIET static inline void trace_octets(fuzz_trace *trace, const uint8_t *data, size_t len) {
    if (len == 0) return;
    uint64_t total = 0;
    size_t run = trace->run;
    if (run == 0) {
        trace_event(trace, '.', 0);
        run = trace->len - sizeof total;
    }
    memcpy(trace_room(trace, len), data, len);
    memcpy(&total, trace->data + run, sizeof total);
    total += len;
    memcpy(trace->data + run, &total, sizeof total);
    trace->run = run;
}

FUZZ_QUIET static inline bool trace_equal(const fuzz_trace *a, const fuzz_trace *b) {
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

FUZZ_QUIET static inline void trace_clear(fuzz_trace *trace) {
    free(trace->data);
    *trace = (fuzz_trace){.data = NULL};
}

#endif
