/* SPDX-License-Identifier: MIT */
#include "codec_test_support.h"

#include "codec/variants.h"

typedef size_t utf8_push(wsc_utf8 *utf8, const uint8_t *data, size_t len);

/* All variants that this processor has. */
static utf8_push *const variants[] = {wsc_utf8_push_plain, wsc_utf8_push_portable, wsc_utf8_push,
#if WSC_HAVE_AVX2
                                      wsc_utf8_push_avx2
#endif
};

static size_t num_variants(void) {
    return wsc_cpu_has_avx2() ? COUNT(variants) : 3;
}

/* ---- What is right, by another way than automata: by the definition of the encoding ---- */

/* RFC 3629 3: octets of a code point, without a look at whether it may be encoded. */
static size_t encode(uint8_t octets[4], uint32_t point) {
    if (point < 0x80) {
        octets[0] = (uint8_t)point;
        return 1;
    }
    size_t len = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const uint8_t leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = len - 1; i > 0; i--) {
        octets[i] = (uint8_t)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    octets[0] = (uint8_t)(leads[len] | point);
    return len;
}

static bool may_be_encoded(uint32_t point) {
    return point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
}

/* True if these octets are a code point as the encoder writes it. */
static bool is_character(const uint8_t *octets, size_t len) {
    static const uint8_t payload[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t point = octets[0] & payload[len];
    for (size_t i = 1; i < len; i++) point = point << 6 | (octets[i] & 0x3F);
    uint8_t again[4];
    return may_be_encoded(point) && encode(again, point) == len && memcmp(again, octets, len) == 0;
}

static size_t length_by_lead(uint8_t lead) {
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* True if something can follow that makes a character of these octets. Since the code points that begin with
   them are a range, and only its low or its high end can be forbidden, it is enough to try both ends. */
static bool may_go_on(const uint8_t *octets, size_t len) {
    uint8_t low[4] = {0x80, 0x80, 0x80, 0x80}, high[4] = {0xBF, 0xBF, 0xBF, 0xBF};
    size_t needed = length_by_lead(octets[0]);
    if (len > needed) return false;
    memcpy(low, octets, len);
    memcpy(high, octets, len);
    return is_character(low, needed) || is_character(high, needed);
}

/* Index of the first octet after which nothing well-formed can follow; len if there is none. *open is the
   number of octets of the character that the text ends in. */
static size_t first_bad(const uint8_t *data, size_t len, size_t *open) {
    size_t start = 0;
    for (size_t i = 0; i < len; i++) {
        if (!may_go_on(data + start, i - start + 1)) return i;
        if (i - start + 1 == length_by_lead(data[start])) start = i + 1;
    }
    *open = len - start;
    return len;
}

/* ---- Comparing ---- */

/* One variant on one text in one piece, from the start state. data should be an exact block. */
static void check_one(utf8_push *push, const uint8_t *data, size_t len, size_t expected, bool complete) {
    wsc_utf8 utf8 = {0};
    size_t result = push(&utf8, data, len);
    if (result != expected) fail_msg("%zu octets: %zu instead of %zu", len, result, expected);
    assert_int_equal(wsc_utf8_complete(&utf8), expected == len && complete);
    if (expected < len) {
        assert_int_equal(utf8.state, UTF8_FAILED);
        assert_int_equal(push(&utf8, (const uint8_t *)"a", 1), 0);
    }
}

/* All variants on one text, whole and cut in two everywhere if that is asked for. */
static void check_text(const uint8_t *data, size_t len, bool cuts) {
    size_t open = 0;
    size_t expected = first_bad(data, len, &open);
    uint8_t *exact = test_exact(data, len);
    for (size_t v = 0; v < num_variants(); v++) check_one(variants[v], exact, len, expected, open == 0);
    assert_int_equal(wsc_utf8_valid(exact, len), expected == len && open == 0);
    free(exact);
    for (size_t cut = 1; cuts && cut < len; cut++) {
        uint8_t *first = test_exact(data, cut), *second = test_exact(data + cut, len - cut);
        for (size_t v = 0; v < num_variants(); v++) {
            wsc_utf8 utf8 = {0};
            size_t result = variants[v](&utf8, first, cut);
            assert_int_equal(result, expected < cut ? expected : cut);
            /* The other half by another variant: the states are the same. */
            utf8_push *other = variants[(v + cut) % num_variants()];
            size_t rest = other(&utf8, second, len - cut);
            assert_int_equal(rest, expected < cut ? 0 : expected - cut);
            assert_int_equal(wsc_utf8_complete(&utf8), expected == len && open == 0);
        }
        free(first);
        free(second);
    }
}

static void the_empty_text_is_valid(void **state) {
    (void)state;
    assert_true(wsc_utf8_valid(NULL, 0));
    for (size_t v = 0; v < num_variants(); v++) {
        wsc_utf8 utf8 = {0};
        assert_int_equal(variants[v](&utf8, NULL, 0), 0);
        assert_true(wsc_utf8_complete(&utf8));
    }
}

static void every_code_point_is_valid(void **state) {
    (void)state;
    test_octets text = {NULL, 0, 0};
    for (uint32_t point = 0; point <= 0x10FFFF; point++) {
        uint8_t octets[4];
        size_t len = encode(octets, point);
        if (may_be_encoded(point)) {
            test_put(&text, octets, len);
            assert_true(wsc_utf8_valid(octets, len));
        } else {
            wsc_utf8 utf8 = {0};
            assert_int_equal(wsc_utf8_push(&utf8, octets, len), 1);
        }
    }
    uint8_t *exact = test_exact(text.data, text.len);
    for (size_t v = 0; v < num_variants(); v++) {
        check_one(variants[v], exact, text.len, text.len, true);
        /* In pieces of all sizes. */
        wsc_utf8 utf8 = {0};
        size_t most = 1;
        for (size_t pos = 0; pos < text.len; most = most % 400 + 1) {
            size_t len = most < text.len - pos ? most : text.len - pos;
            assert_int_equal(variants[v](&utf8, exact + pos, len), len);
            pos += len;
        }
        assert_true(wsc_utf8_complete(&utf8));
    }
    free(exact);
    test_clear(&text);
}

/* ---- Short sequences, all of them ---- */

/* Octets of a round of AVX2, and the place in it where its two vectors meet. */
enum { ROUND = 64, MEET = 32 };

/* What is expected of a sequence by itself; the sequence has `open` octets of a character at its end. */
typedef struct verdict {
    size_t good, open;
} verdict;

/* One variant on one sequence. No assertion of cmocka, since there are millions of sequences. */
static void check_quick(utf8_push *push, const uint8_t *octets, size_t len, verdict expected) {
    wsc_utf8 utf8 = {0};
    size_t good = push(&utf8, octets, len);
    bool complete = expected.good == len && expected.open == 0;
    if (good != expected.good || wsc_utf8_complete(&utf8) != complete) {
        fail_msg("%02x %02x %02x..: %zu instead of %zu", octets[0], octets[1], octets[2], good,
                 expected.good);
    }
}

/* Without optimisation a round of AVX2 takes a microsecond: of the sequences that are bad from their first
   octet on, such builds leave out those whose third octet is like one that is tried. */
#ifdef __OPTIMIZE__
#define ALL_ROUNDS true
#else
#define ALL_ROUNDS false
#endif

/* A sequence by itself, and in a round of letters across the place where the vectors meet. */
static void check_sequence(const uint8_t octets[4], size_t len, verdict expected) {
    static uint8_t rounds[4][ROUND];
    check_quick(wsc_utf8_push_plain, octets, len, expected);
    check_quick(wsc_utf8_push_portable, octets, len, expected);
    if (octets[0] < 0x80) return;
    if (!ALL_ROUNDS && expected.good == 0 && (octets[len - 1] & 0x0F) % 15 != 0) return;
    size_t back = 1 + octets[len - 1] % 3;
    uint8_t *round = rounds[back];
    memset(round, 'a', ROUND);
    memcpy(round + MEET - back, octets, len);
    /* What is open is closed badly by the letter that follows. */
    bool right = expected.good == len && expected.open == 0;
    check_quick(wsc_utf8_push, round, ROUND, (verdict){right ? ROUND : MEET - back + expected.good, 0});
}

static verdict judge(const uint8_t *octets, size_t len) {
    verdict result = {0, 0};
    result.good = first_bad(octets, len, &result.open);
    return result;
}

static void every_sequence_up_to_three_octets(void **state) {
    (void)state;
    for (unsigned a = 0; a < 256; a++) {
        uint8_t octets[4] = {(uint8_t)a, 0, 0, 0};
        check_sequence(octets, 1, judge(octets, 1));
        for (unsigned b = 0; b < 256; b++) {
            octets[1] = (uint8_t)b;
            verdict two = judge(octets, 2);
            check_sequence(octets, 2, two);
            for (unsigned c = 0; c < 256; c++) {
                octets[2] = (uint8_t)c;
                check_sequence(octets, 3, two.good < 2 ? two : judge(octets, 3));
            }
        }
    }
}

static void edges_of_four_octets(void **state) {
    (void)state;
    static const uint8_t edges[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                    0xC0, 0xC2, 0xE0, 0xED, 0xF0, 0xF4, 0xFF};
    for (unsigned a = 0xE0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            for (size_t c = 0; c < COUNT(edges); c++) {
                for (size_t d = 0; d < COUNT(edges); d++) {
                    uint8_t octets[4] = {(uint8_t)a, (uint8_t)b, edges[c], edges[d]};
                    check_sequence(octets, 4, judge(octets, 4));
                }
            }
        }
    }
}

static const char *const fillers[] = {"a", "\xC3\xA9", "\xE6\xBC\xA2", "\xF0\x9F\x9A\x80",
                                      "z\xE2\x82\xACz\xC2\xA2"};

/* Something bad, or open, or right, behind any number of octets and before some others, at any alignment. */
static void exact_places_around_block_edges(void **state) {
    (void)state;
    static const char *const inserts[] = {"\x80",
                                          "\xBF",
                                          "\xC0\x80",
                                          "\xC1\xBF",
                                          "\xC2",
                                          "\xE0\x80",
                                          "\xE0\x9F\xBF",
                                          "\xE0\xA0",
                                          "\xED\xA0\x80",
                                          "\xED\xBF\xBF",
                                          "\xEF\xBF",
                                          "\xF0\x80",
                                          "\xF0\x8F\xBF\xBF",
                                          "\xF0\x90\x80",
                                          "\xF4\x90\x80\x80",
                                          "\xF4\x8F\xBF",
                                          "\xF5",
                                          "\xF8\x88\x80\x80\x80",
                                          "\xFE",
                                          "\xFF",
                                          "\xC3\xA9",
                                          "\xED\x9F\xBF",
                                          "\xF4\x8F\xBF\xBF",
                                          "\xEF\xBB\xBF",
                                          "z"};
    for (size_t f = 0; f < COUNT(fillers); f++) {
        for (size_t i = 0; i < COUNT(inserts); i++) {
            for (size_t before = 0; before < 200; before++) {
                test_octets text = {NULL, 0, 0};
                size_t unit = strlen(fillers[f]);
                for (size_t k = 0; k < before % unit; k++) test_put(&text, "x", 1);
                while (text.len < before) test_put(&text, fillers[f], unit);
                test_put(&text, inserts[i], strlen(inserts[i]));
                check_text(text.data, text.len, false);
                for (size_t k = 0; k < 1 + before % 100 / unit; k++) test_put(&text, fillers[f], unit);
                check_text(text.data, text.len, false);
                test_clear(&text);
            }
        }
    }
}

static void alignment_changes_nothing(void **state) {
    (void)state;
    uint8_t *block = test_alloc(512);
    for (size_t shift = 0; shift < 64; shift++) {
        for (size_t bad = 0; bad < 300; bad += 7) {
            for (size_t i = 0; i < 300; i += 3) memcpy(block + shift + i, fillers[2], 3);
            block[shift + bad] = 0xFF;
            for (size_t v = 0; v < num_variants(); v++) {
                wsc_utf8 utf8 = {0};
                assert_int_equal(variants[v](&utf8, block + shift, 300), bad);
            }
        }
    }
    free(block);
}

/* A random text: characters of all lengths, or mostly ASCII; then perhaps some octets changed. */
static test_octets random_text(test_random *random, size_t most) {
    test_octets text = {NULL, 0, 0};
    size_t len = test_below(random, most + 1);
    bool mostly_ascii = test_below(random, 3) == 0;
    while (text.len < len) {
        uint32_t point = 'a';
        if (!mostly_ascii || test_below(random, 30) == 0) {
            static const uint32_t limits[] = {0x80, 0x800, 0x10000, 0x110000};
            point = test_next(random) % limits[test_below(random, COUNT(limits))];
        }
        uint8_t octets[4];
        if (may_be_encoded(point)) test_put(&text, octets, encode(octets, point));
    }
    for (size_t changes = test_below(random, 3); text.len > 0 && changes > 0; changes--) {
        static const uint8_t values[] = {0x80, 0xBF, 0xC0, 0xC2, 0xE0, 0xED, 0xF0, 0xF4, 0xF5, 0xFF, 'a'};
        size_t place = test_below(random, text.len);
        text.data[place] = test_below(random, 2) == 0 ? (uint8_t)test_next(random)
                                                      : values[test_below(random, COUNT(values))];
    }
    if (text.len > 0) text.len -= test_below(random, text.len < 4 ? text.len : 4);
    return text;
}

static void random_texts_cut_everywhere(void **state) {
    (void)state;
    test_random random = {11};
    for (int round = 0; round < 400; round++) {
        test_octets text = random_text(&random, 300);
        check_text(text.data, text.len, true);
        test_clear(&text);
    }
}

static void random_texts_in_many_pieces(void **state) {
    (void)state;
    test_random random = {13};
    for (int round = 0; round < 2000; round++) {
        test_octets text = random_text(&random, 1500);
        size_t open = 0;
        size_t expected = first_bad(text.data, text.len, &open);
        for (size_t v = 0; v < num_variants(); v++) {
            wsc_utf8 utf8 = {0};
            size_t most = 1 + test_below(&random, 200);
            size_t pos = 0;
            while (pos < text.len) {
                size_t len = 1 + test_below(&random, most);
                if (len > text.len - pos) len = text.len - pos;
                uint8_t *piece = test_exact(text.data + pos, len);
                size_t good = variants[v](&utf8, piece, len);
                free(piece);
                pos += good;
                if (good < len) break;
            }
            assert_int_equal(pos, expected);
            assert_int_equal(wsc_utf8_complete(&utf8), expected == text.len && open == 0);
        }
        test_clear(&text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_empty_text_is_valid),           cmocka_unit_test(every_code_point_is_valid),
        cmocka_unit_test(every_sequence_up_to_three_octets), cmocka_unit_test(edges_of_four_octets),
        cmocka_unit_test(exact_places_around_block_edges),   cmocka_unit_test(alignment_changes_nothing),
        cmocka_unit_test(random_texts_cut_everywhere),       cmocka_unit_test(random_texts_in_many_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
