/* SPDX-License-Identifier: MIT */
/* The mutator as AFL++ calls it, in the program that fuzzes: no sanitizer, and no state but this. AFL++
   mutates in its own ways besides. */
#include "mutator.h"

#include <stdlib.h>
#include <string.h>

#ifndef FUZZ_HAS_OPTION
#define FUZZ_HAS_OPTION 1
#endif

typedef struct afl_mutator {
    uint64_t seed;
    uint8_t *out;
    size_t room;
} afl_mutator;

void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(void *state, uint8_t *data, size_t size, uint8_t **out, uint8_t *other,
                       size_t other_size, size_t max_size);
void afl_custom_deinit(void *state);

void *afl_custom_init(void *afl, unsigned seed) {
    (void)afl;
    afl_mutator *mutator = calloc(1, sizeof *mutator);
    if (mutator != NULL) mutator->seed = seed;
    return mutator;
}

/* One call in four crosses the input with another one of the queue. 0: AFL++ is to leave this one out. */
size_t afl_custom_fuzz(void *state, uint8_t *data, size_t size, uint8_t **out, uint8_t *other,
                       size_t other_size, size_t max_size) {
    afl_mutator *mutator = state;
    mutator->seed = mutator->seed * 6364136223846793005u + 1442695040888963407u;
    if (mutator->room < max_size) {
        uint8_t *room = realloc(mutator->out, max_size);
        if (room == NULL) return 0;
        mutator->out = room;
        mutator->room = max_size;
    }
    *out = mutator->out;
    if (other != NULL && mutator->seed >> 62 == 0) {
        return cross_frames(data, size, other, other_size, mutator->out, max_size, mutator->seed,
                            FUZZ_HAS_OPTION);
    }
    if (size > max_size) size = max_size;
    memcpy(mutator->out, data, size);
    return mutate_frames(mutator->out, size, max_size, mutator->seed, FUZZ_HAS_OPTION);
}

void afl_custom_deinit(void *state) {
    afl_mutator *mutator = state;
    free(mutator->out);
    free(mutator);
}
