/* SPDX-License-Identifier: MIT */
/* The variants of masking and of UTF-8 validation, for the functions that choose among them and for the tests
   and measurements that compare them. Not installed.

   The choice is made anew by each call, from what the C library's start-up code found out about the
   processor: there is no state of our own that threads could race for. */
#ifndef WSC_VARIANTS_H
#define WSC_VARIANTS_H

#include "wsc.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define WSC_HAVE_AVX2 1
#define WSC_AVX2      __attribute__((target("avx2")))
#else
#define WSC_HAVE_AVX2 0
#endif

/* True if this processor and its operating system can run the AVX2 variants. */
static inline bool wsc_cpu_has_avx2(void) {
#if WSC_HAVE_AVX2
    return __builtin_cpu_supports("avx2") != 0;
#else
    return false;
#endif
}

/* States of wsc_utf8: positions of 6-bit fields in the rows of the table automaton. */
enum {
    UTF8_START = 0,     /* at a character boundary */
    UTF8_FAILED = 6,    /* for good */
    UTF8_TAIL_1 = 12,   /* one more of 80-BF */
    UTF8_TAIL_2 = 18,   /* two more */
    UTF8_TAIL_3 = 24,   /* three more */
    UTF8_AFTER_E0 = 30, /* A0-BF (no overlong form), then one more */
    UTF8_AFTER_ED = 36, /* 80-9F (no surrogate), then one more */
    UTF8_AFTER_F0 = 42, /* 90-BF (no overlong form), then two more */
    UTF8_AFTER_F4 = 48  /* 80-8F (not above U+10FFFF), then two more */
};

/* As wsc_utf8_push, on any processor. */
WSC_API size_t wsc_utf8_push_portable(wsc_utf8 *utf8, const uint8_t *data, size_t len);
/* As wsc_mask, on any processor. */
WSC_API void wsc_mask_portable(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4],
                               uint64_t offset);

#if WSC_HAVE_AVX2
/* The size from which it pays to take wsc_utf8_push_avx2. */
#define WSC_UTF8_AVX2_FROM 64
/* As the above; only if wsc_cpu_has_avx2(). */
WSC_API size_t wsc_utf8_push_avx2(wsc_utf8 *utf8, const uint8_t *data, size_t len);
WSC_API void wsc_mask_avx2(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4],
                           uint64_t offset);
#endif

#endif
