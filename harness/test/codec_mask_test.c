/* SPDX-License-Identifier: MIT */
#include "codec_test_support.h"

#include "codec/variants.h"

typedef void mask_function(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4],
                           uint64_t offset);

static const uint8_t key[4] = {0x37, 0xFA, 0x21, 0x3D};

static const size_t long_lengths[] = {511,  512,  513,  543,   544,   607,   1023,  1024,  1025,
                                      4095, 4096, 4097, 16384, 65535, 65536, 65537, 100003};

/* One call, dst and src each so many octets behind a boundary of 64, against the definition. */
static void check_case(mask_function *mask, size_t len, size_t src_shift, size_t dst_shift, uint64_t offset) {
    uint8_t *src_block = aligned_alloc(64, (src_shift + len + 64) / 64 * 64);
    uint8_t *dst_block = aligned_alloc(64, (dst_shift + len + 64) / 64 * 64);
    if (src_block == NULL || dst_block == NULL) abort();
    uint8_t *src = src_block + src_shift;
    uint8_t *dst = dst_block + dst_shift;
    memset(dst_block, 0xA5, (dst_shift + len + 64) / 64 * 64);
    for (size_t i = 0; i < len; i++) src[i] = (uint8_t)(i * 151 + i / 256);
    mask(dst, src, len, key, offset);
    for (size_t i = 0; i < len; i++) {
        uint8_t expected = (uint8_t)((uint8_t)(i * 151 + i / 256) ^ key[(offset % 4 + i) % 4]);
        if (dst[i] != expected) fail_msg("length %zu shifts %zu %zu octet %zu", len, src_shift, dst_shift, i);
    }
    for (size_t i = 0; i < dst_shift; i++) assert_int_equal(dst_block[i], 0xA5);
    assert_int_equal(dst[len], 0xA5);
    /* In place, twice: what it was. */
    mask(dst, dst, len, key, offset);
    assert_true(len == 0 || memcmp(dst, src, len) == 0);
    free(src_block);
    free(dst_block);
}

static void check_function(mask_function *mask) {
    for (size_t len = 0; len <= 300; len++) {
        for (uint64_t offset = 0; offset < 4; offset++) check_case(mask, len, len % 33, len % 29, offset);
    }
    for (size_t shift = 0; shift < 64; shift++) {
        check_case(mask, 700, shift, 0, shift);
        check_case(mask, 701, 0, shift, shift);
        check_case(mask, 702, shift, 63 - shift, shift);
        check_case(mask, 96 + shift, shift, shift, 1);
    }
    for (size_t i = 0; i < COUNT(long_lengths); i++) {
        check_case(mask, long_lengths[i], i, 7 * i % 64, i);
        check_case(mask, long_lengths[i], 0, 0, UINT64_MAX - i);
    }
}

static void plain_follows_the_definition(void **state) {
    (void)state;
    check_function(wsc_mask_plain);
}

static void mask_follows_the_definition(void **state) {
    (void)state;
    check_function(wsc_mask);
}

static void portable_follows_the_definition(void **state) {
    (void)state;
    check_function(wsc_mask_portable);
}

static void avx2_follows_the_definition(void **state) {
    (void)state;
#if WSC_HAVE_AVX2
    if (wsc_cpu_has_avx2()) {
        check_function(wsc_mask_avx2);
        return;
    }
#endif
    skip();
}

/* Exact blocks of every length, so that a sanitizer sees an octet too many on either side. */
static void nothing_beyond_the_ends_is_touched(void **state) {
    (void)state;
    for (size_t len = 0; len <= 700; len++) {
        uint8_t *src = test_alloc(len);
        uint8_t *dst = test_alloc(len);
        uint8_t *expected = test_alloc(len);
        for (size_t i = 0; i < len; i++) src[i] = (uint8_t)(i * 7);
        wsc_mask_plain(expected, src, len, key, len);
        wsc_mask(dst, src, len, key, len);
        assert_true(len == 0 || memcmp(dst, expected, len) == 0);
        wsc_mask(src, src, len, key, len);
        assert_true(len == 0 || memcmp(src, expected, len) == 0);
        free(src);
        free(dst);
        free(expected);
    }
    wsc_mask(NULL, NULL, 0, key, 3);
    wsc_mask_plain(NULL, NULL, 0, key, 3);
}

/* A payload may be unmasked in pieces of any size. */
static void pieces_give_the_whole(void **state) {
    (void)state;
    enum { LEN = 3000 };
    uint8_t *src = test_alloc(LEN), *whole = test_alloc(LEN), *pieces = test_alloc(LEN);
    test_random random = {1};
    for (size_t i = 0; i < LEN; i++) src[i] = (uint8_t)test_next(&random);
    wsc_mask_plain(whole, src, LEN, key, 0);
    for (int round = 0; round < 300; round++) {
        size_t most = 1 + test_below(&random, 900);
        for (size_t pos = 0; pos < LEN;) {
            size_t len = 1 + test_below(&random, most);
            if (len > LEN - pos) len = LEN - pos;
            wsc_mask(pieces + pos, src + pos, len, key, pos);
            pos += len;
        }
        assert_memory_equal(pieces, whole, LEN);
    }
    free(src);
    free(whole);
    free(pieces);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_follows_the_definition),       cmocka_unit_test(mask_follows_the_definition),
        cmocka_unit_test(portable_follows_the_definition),    cmocka_unit_test(avx2_follows_the_definition),
        cmocka_unit_test(nothing_beyond_the_ends_is_touched), cmocka_unit_test(pieces_give_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
