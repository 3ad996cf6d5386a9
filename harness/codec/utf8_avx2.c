/* SPDX-License-Identifier: MIT */
/* UTF-8 validation with AVX2, after the idea of Keiser and Lemire ("Validating UTF-8 in less than one
   instruction per byte"): whether two octets may stand side by side is decided by three tables of 16 entries,
   looked up by the high nibble of the first octet, its low nibble, and the high nibble of the second. Each
   table tells which mistakes its nibble would allow, one bit each; a mistake that all three allow is there.
 */
#include "variants.h"

#if WSC_HAVE_AVX2
#include <immintrin.h>

/* Mistakes that a pair of octets can show. */
#define SHORT      0x01 /* a lead octet before one that does not continue it */
#define STRAY      0x02 /* ASCII before an octet that would continue something */
#define OVERLONG_3 0x04 /* E0 80-9F */
#define SURROGATE  0x08 /* ED A0-BF */
#define OVERLONG_2 0x10 /* C0-C1 80-BF */
#define ABOVE      0x20 /* F4 90-BF, F5-FF 90-BF: above U+10FFFF */
/* Two mistakes share a bit: F0 80-8F, an overlong form, and F5-FF 80-8F, above U+10FFFF. */
#define FOUR_80 0x40
/* Two continuations: right or wrong depending on the octets before. Has to be the top bit, see must_continue.
 */
#define TWO_TAILS 0x80

/* 16 entries for both halves of a vector, since a lookup does not cross them. */
#define TABLE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)
#define B(bits)    ((char)(bits))

/* What each nibble allows. Bits that do not depend on the low nibble of the first octet are in ANY. */
#define ANY   (SHORT | STRAY | TWO_TAILS)
#define HIGH  (ANY | ABOVE | FOUR_80) /* low nibbles of F5-FF that are no other first octet's affair */
#define TAIL8 (STRAY | TWO_TAILS | OVERLONG_2)

typedef struct utf8_step {
    __m256i previous; /* the vector before */
    __m256i mistakes; /* all bits so far */
} utf8_step;

#define AVX2_INLINE static inline __attribute__((always_inline)) WSC_AVX2

/* The octets at distance n before those of input. */
#define BEFORE(input, previous, n)                                                                           \
    _mm256_alignr_epi8(input, _mm256_permute2x128_si256(previous, input, 0x21), 16 - (n))

AVX2_INLINE __m256i high_nibbles(__m256i octets) {
    return _mm256_and_si256(_mm256_srli_epi16(octets, 4), _mm256_set1_epi8(0x0F));
}

/* Mistakes between the octets of input and the octet before each. */
AVX2_INLINE __m256i pair_mistakes(__m256i input, __m256i before1) {
    const __m256i first_high = TABLE(
        /* 0-7: ASCII */ STRAY, STRAY, STRAY, STRAY, STRAY, STRAY, STRAY, STRAY,
        /* 8-B: continuation */ B(TWO_TAILS), B(TWO_TAILS), B(TWO_TAILS), B(TWO_TAILS),
        /* C, D, E, F */ SHORT | OVERLONG_2, SHORT, SHORT | OVERLONG_3 | SURROGATE, SHORT | ABOVE | FOUR_80);
    const __m256i first_low = TABLE(B(ANY | OVERLONG_3 | OVERLONG_2 | FOUR_80), B(ANY | OVERLONG_2), B(ANY),
                                    B(ANY), B(ANY | ABOVE), B(HIGH), B(HIGH), B(HIGH), B(HIGH), B(HIGH),
                                    B(HIGH), B(HIGH), B(HIGH), B(HIGH | SURROGATE), B(HIGH), B(HIGH));
    const __m256i second_high = TABLE(
        /* 0-7: ASCII */ SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT,
        /* 8 */ B(TAIL8 | OVERLONG_3 | FOUR_80), /* 9 */ B(TAIL8 | OVERLONG_3 | ABOVE),
        /* A, B */ B(TAIL8 | SURROGATE | ABOVE), B(TAIL8 | SURROGATE | ABOVE),
        /* C-F: lead */ SHORT, SHORT, SHORT, SHORT);
    __m256i mistakes = _mm256_shuffle_epi8(first_high, high_nibbles(before1));
    mistakes = _mm256_and_si256(
        mistakes, _mm256_shuffle_epi8(first_low, _mm256_and_si256(before1, _mm256_set1_epi8(0x0F))));
    return _mm256_and_si256(mistakes, _mm256_shuffle_epi8(second_high, high_nibbles(input)));
}

/* Top bit set where the octet has to be the third or fourth of a character: where E0-FF stands two before,
   or F0-FF three before. There TWO_TAILS has to be set as well, and nowhere else. */
AVX2_INLINE __m256i must_continue(__m256i before2, __m256i before3) {
    __m256i third = _mm256_subs_epu8(before2, _mm256_set1_epi8(0xE0 - 0x80));
    __m256i fourth = _mm256_subs_epu8(before3, _mm256_set1_epi8(0xF0 - 0x80));
    return _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8(B(0x80)));
}

AVX2_INLINE void check_vector(utf8_step *step, __m256i input) {
    __m256i pairs = pair_mistakes(input, BEFORE(input, step->previous, 1));
    __m256i tails = must_continue(BEFORE(input, step->previous, 2), BEFORE(input, step->previous, 3));
    step->mistakes = _mm256_or_si256(step->mistakes, _mm256_xor_si256(pairs, tails));
    step->previous = input;
}

/* The vector before a run of ASCII must not end inside a character. */
AVX2_INLINE void check_ascii(utf8_step *step) {
    const __m256i last =
        _mm256_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                         -1, -1, -1, -1, -1, -1, -1, -1, B(0xEF), B(0xDF), B(0xBF));
    step->mistakes = _mm256_or_si256(step->mistakes, _mm256_subs_epu8(step->previous, last));
}

AVX2_INLINE __m256i load(const uint8_t *data) {
    return _mm256_loadu_si256((const __m256i *)(const void *)data);
}

/* Octets of a round. */
#define ROUND 64

AVX2_INLINE bool check_round(utf8_step *step, const uint8_t *data) {
    __m256i first = load(data);
    __m256i second = load(data + 32);
    if (_mm256_movemask_epi8(_mm256_or_si256(first, second)) == 0) {
        check_ascii(step);
        step->previous = second;
    } else {
        check_vector(step, first);
        check_vector(step, second);
    }
    return _mm256_testz_si256(step->mistakes, step->mistakes) != 0;
}

/* Where the character starts that the octets before end have begun and not completed; end if there is none.
   data[begin] starts a character, and all is right up to end. */
static size_t character_start(const uint8_t *data, size_t begin, size_t end) {
    /* A lead octet at this distance before end reaches beyond it if it is as high as this. */
    static const uint8_t reaching[] = {0, 0xC0, 0xE0, 0xF0};
    for (size_t back = 1; back <= 3 && back <= end - begin; back++) {
        if (data[end - back] >= reaching[back]) return end - back;
    }
    return end;
}

WSC_AVX2 size_t wsc_utf8_push_avx2(wsc_utf8 *utf8, const uint8_t *data, size_t len) {
    /* First to a character boundary, or to the failure. */
    size_t begin = 0;
    while (begin < len && utf8->state != UTF8_START) {
        if (wsc_utf8_push_portable(utf8, data + begin, 1) == 0) return begin;
        begin++;
    }
    utf8_step step = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    size_t end = begin;
    bool right = true;
    while (right && len - end >= ROUND) {
        right = check_round(&step, data + end);
        if (right) end += ROUND;
    }
    /* What is left is less than a round: a round that overlaps the last one covers it. */
    if (right && end != len && len - begin >= ROUND + 32) {
        step.previous = load(data + len - ROUND - 32);
        if (check_round(&step, data + len - ROUND)) end = len;
    }
    /* The table automaton goes on from the last boundary before the end of what is known to be right. It
       finds the state at the end, or the exact place of a mistake. */
    size_t start = character_start(data, begin, end);
    if (start == len) return len;
    return start + wsc_utf8_push_portable(utf8, data + start, len - start);
}
#endif
