/* SPDX-License-Identifier: MIT */
/* The mutator as libFuzzer calls it. One call in four goes to libFuzzer's own, which knows nothing of frames.
   Of heads it is one in two: libFuzzer's has a dictionary. FUZZ_HEADS: octets of options, if the input is
   heads. */
#include "mutator.h"

#ifndef FUZZ_HAS_OPTION
#define FUZZ_HAS_OPTION 1
#endif

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
#ifdef FUZZ_HEADS

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    if (seed % 2 == 0 || size < FUZZ_HEADS) return LLVMFuzzerMutate(data, size, max_size);
    return mutate_heads(data, size, max_size, seed, FUZZ_HEADS);
}

#else

size_t LLVMFuzzerCustomCrossOver(const uint8_t *first, size_t first_size, const uint8_t *second,
                                 size_t second_size, uint8_t *out, size_t max_size, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    if (seed % 4 == 0) return LLVMFuzzerMutate(data, size, max_size);
    return mutate_frames(data, size, max_size, seed, FUZZ_HAS_OPTION);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *first, size_t first_size, const uint8_t *second,
                                 size_t second_size, uint8_t *out, size_t max_size, unsigned seed) {
    return cross_frames(first, first_size, second, second_size, out, max_size, seed, FUZZ_HAS_OPTION);
}

#endif
