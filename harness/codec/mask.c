/* SPDX-License-Identifier: MIT */
/* Masking (RFC 6455 5.3). */
#include "variants.h"

#include <string.h>

/* Octets that a step of the variants takes. */
#define MASK_STEP ((size_t)32)

/* Below this size the choice of a variant costs more than it gains. */
#define MASK_SMALL 64
/* From this size on it pays to bring dst to a vector boundary first. */
#define MASK_ALIGN_FROM 512

void wsc_mask_plain(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4], uint64_t offset) {
    for (size_t i = 0; i < len; i++) dst[i] = src[i] ^ key[(offset + i) & 3];
}

/* A key as a number in the processor's own order, turned on by n octets. */
static inline uint32_t mask_turn(uint32_t key32, uint64_t n) {
    unsigned bits = 8 * (unsigned)(n & 3);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return key32 >> bits | key32 << (-bits & 31);
#else
    return key32 << bits | key32 >> (-bits & 31);
#endif
}

static inline uint32_t load32(const uint8_t *src) {
    uint32_t word;
    memcpy(&word, src, sizeof word);
    return word;
}

static inline uint64_t load64(const uint8_t *src) {
    uint64_t word;
    memcpy(&word, src, sizeof word);
    return word;
}

static inline uint64_t mask_twice(uint32_t key32) {
    return (uint64_t)key32 << 32 | key32;
}

/* Any length, best up to MASK_SMALL. The last word may overlap what comes before it; since dst may be src, it
   is read before anything is written. */
static inline void mask_small(uint8_t *dst, const uint8_t *src, size_t len, uint32_t key32) {
    if (len >= 8) {
        uint64_t last = load64(src + len - 8) ^ mask_twice(mask_turn(key32, len));
        for (size_t i = 0; i < len - 8; i += 8) {
            uint64_t word = load64(src + i) ^ mask_twice(key32);
            memcpy(dst + i, &word, sizeof word);
        }
        memcpy(dst + len - 8, &last, sizeof last);
    } else if (len >= 4) {
        uint32_t first = load32(src) ^ key32;
        uint32_t last = load32(src + len - 4) ^ mask_turn(key32, len);
        memcpy(dst, &first, sizeof first);
        memcpy(dst + len - 4, &last, sizeof last);
    } else {
        uint8_t key[4];
        memcpy(key, &key32, sizeof key);
        for (size_t i = 0; i < len; i++) dst[i] = src[i] ^ key[i];
    }
}

/* Masks MASK_STEP octets. A type argument would do, if C had one. */
typedef void mask_step(uint8_t *dst, const uint8_t *src, uint32_t key32);

#define MASK_INLINE static inline __attribute__((always_inline))

MASK_INLINE void mask_step_16(uint8_t *dst, const uint8_t *src, uint32_t key32) {
    typedef uint32_t vector __attribute__((vector_size(16)));
    vector first, second;
    memcpy(&first, src, sizeof first);
    memcpy(&second, src + 16, sizeof second);
    first ^= key32;
    second ^= key32;
    memcpy(dst, &first, sizeof first);
    memcpy(dst + 16, &second, sizeof second);
}

MASK_INLINE void mask_step_32(uint8_t *dst, const uint8_t *src, uint32_t key32) {
    typedef uint32_t vector __attribute__((vector_size(32)));
    vector block;
    memcpy(&block, src, sizeof block);
    block ^= key32;
    memcpy(dst, &block, sizeof block);
}

/* The body of the variants, compiled for the instructions of each. */
MASK_INLINE void mask_steps(uint8_t *dst, const uint8_t *src, size_t len, uint32_t key32, mask_step *step) {
    if (len >= MASK_ALIGN_FROM) {
        size_t head = -(uintptr_t)dst & (MASK_STEP - 1);
        mask_small(dst, src, head, key32);
        dst += head;
        src += head;
        len -= head;
        key32 = mask_turn(key32, head);
    }
    size_t i = 0;
    for (; len - i >= 4 * MASK_STEP; i += 4 * MASK_STEP) {
        step(dst + i, src + i, key32);
        step(dst + i + MASK_STEP, src + i + MASK_STEP, key32);
        step(dst + i + 2 * MASK_STEP, src + i + 2 * MASK_STEP, key32);
        step(dst + i + 3 * MASK_STEP, src + i + 3 * MASK_STEP, key32);
    }
    for (; len - i >= MASK_STEP; i += MASK_STEP) step(dst + i, src + i, key32);
    mask_small(dst + i, src + i, len - i, key32);
}

void wsc_mask_portable(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4], uint64_t offset) {
    mask_steps(dst, src, len, mask_turn(load32(key), offset), mask_step_16);
}

#if WSC_HAVE_AVX2
WSC_AVX2 void wsc_mask_avx2(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4],
                            uint64_t offset) {
    mask_steps(dst, src, len, mask_turn(load32(key), offset), mask_step_32);
}
#endif

void wsc_mask(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4], uint64_t offset) {
    if (len < MASK_SMALL) {
        mask_small(dst, src, len, mask_turn(load32(key), offset));
        return;
    }
#if WSC_HAVE_AVX2
    if (wsc_cpu_has_avx2()) {
        wsc_mask_avx2(dst, src, len, key, offset);
        return;
    }
#endif
    wsc_mask_portable(dst, src, len, key, offset);
}
