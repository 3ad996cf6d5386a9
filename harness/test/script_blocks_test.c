/* SPDX-License-Identifier: MIT */
/* DEFLATE streams written by hand: what the loader makes of them, read back by the codec. */
#include "script_fixture.h"

/* The payload of the one frame that the case sends. */
static const payload *stream_of(const catalogue *all) {
    assert_int_equal(all->num_cases, 1);
    return &all->cases[0].steps[0].send.frames[0].payload;
}

#define STREAM(blocks)                                                                                       \
    FIXTURE_STEPS("{'send': {'opcode': 'text', 'rsv1': true, 'payload': {'deflate': [" blocks "]}}}, "       \
                  "{'until': 'failed'}")

/* The examples of RFC 7692 7.2.3, octet by octet. */
static void test_examples(void **state) {
    (void)state;
    static const struct {
        const char *text, *octets;
        size_t len;
    } rows[] = {
        {STREAM("{'fixed': {'text': 'Hello'}}, 'end'"), "\xf2\x48\xcd\xc9\xc9\x07\x00", 7},
        {STREAM("{'fixed': {'text': 'Hello'}}, 'flush'"), "\xf2\x48\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff", 11},
        {STREAM("{'fixed': [{'text': 'H'}, {'copy': [4, 5]}]}, 'end'"), "\xf2\x00\x11\x00\x00", 5},
        {STREAM("{'stored': {'text': 'Hello'}}, 'end'"), "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11},
        {STREAM("{'fixed': {'text': 'Hello'}, 'final': true}, 'end'"), "\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8},
        {STREAM("{'fixed': {'text': 'He'}}, 'flush', {'fixed': {'text': 'llo'}}, 'end'"),
         "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13},
        {STREAM("'end'"), "\x00", 1},
        {STREAM("{'bits': '111'}"), "\x07", 1},
        {STREAM("{'bits': '1 01'}, {'octets': 'ab cd'}, {'bits': '1'}"), "\x05\xab\xcd\x01", 4},
        {STREAM("{'stored': {'text': ''}, 'final': true}"), "\x01\x00\x00\xff\xff", 5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        catalogue *all = fixture_good(rows[i].text);
        const payload *made = stream_of(all);
        assert_int_equal(made->total, rows[i].len);
        assert_memory_equal(made->data, rows[i].octets, rows[i].len);
        catalogue_free(all);
    }
}

/* Decompresses a stream; returns what came out. */
static size_t inflated(const payload *made, wsc_inspector *inspector, uint8_t *out, size_t max) {
    const wsc_inspector_config config = {.sender = WSC_CLIENT};
    wsc_inflate_event ev;
    size_t len = 0, at = 0;
    wsc_inspector_init(inspector, &config);
    do {
        at += wsc_inspector_push(inspector, made->data + at, made->len - at, &ev);
        assert_true(len + ev.len <= max);
        if (ev.len) memcpy(out + len, ev.data, ev.len);
        len += ev.len;
    } while (ev.status == WSC_INFLATE_DATA || at < made->len);
    do {
        wsc_inspector_end(inspector, &ev);
        assert_true(len + ev.len <= max);
        if (ev.len) memcpy(out + len, ev.data, ev.len);
        len += ev.len;
    } while (ev.status == WSC_INFLATE_DATA);
    assert_int_equal(ev.status, WSC_INFLATE_END);
    return len;
}

/* Each length with its least and greatest distances, in both kinds of codes. */
static void test_copies(void **state) {
    (void)state;
    static wsc_inspector inspector;
    static uint8_t out[40000], expected[40000];
    for (size_t i = 0; i < 33000; i++) expected[i] = (uint8_t) "abcdefghijk"[i % 11];
    for (int dynamic = 0; dynamic < 2; dynamic++) {
        for (unsigned length = 3; length <= 258; length++) {
            unsigned distances[] = {
                1, length, 4, 5, 7, 9, 24577, 32768, (1u << length % 15) + 1, 1u << (length % 15 + 1)};
            for (size_t i = 0; i < sizeof distances / sizeof *distances; i++) {
                char text[1024];
                snprintf(text, sizeof text,
                         STREAM("{'stored': {'repeat': ['abcdefghijk', 33000]}}, {'%s': [{'text': 'Z'}, "
                                "{'copy': [%u, %u]}]}, 'end'"),
                         dynamic ? "dynamic" : "fixed", length, distances[i]);
                catalogue *all = fixture_good(text);
                size_t len = inflated(stream_of(all), &inspector, out, sizeof out);
                assert_int_equal(len, 33001 + length);
                expected[33000] = 'Z';
                for (size_t k = 33001; k < len; k++) expected[k] = expected[k - distances[i]];
                assert_memory_equal(out, expected, len);
                assert_int_equal(inspector.facts.max_distance, distances[i]);
                assert_int_equal(inspector.facts.num_dynamic, dynamic);
                assert_int_equal(inspector.facts.faults, 0);
                catalogue_free(all);
            }
        }
    }
}

/* All 256 octets as literals, and stored blocks beyond the largest one. */
static void test_literals(void **state) {
    (void)state;
    static wsc_inspector inspector;
    static uint8_t out[200000], expected[200000];
    static const char *const kinds[] = {"stored", "fixed", "dynamic"};
    for (size_t i = 0; i < 3; i++) {
        char text[1024];
        snprintf(text, sizeof text, STREAM("{'%s': {'random': {'seed': 3, 'bytes': 140000}}}, 'end'"),
                 kinds[i]);
        catalogue *all = fixture_good(text);
        const payload random = {.kind = PAYLOAD_RANDOM, .seed = 3, .total = 140000};
        assert_int_equal(inflated(stream_of(all), &inspector, out, sizeof out), 140000);
        payload_read(&random, 0, expected, 140000);
        assert_memory_equal(out, expected, 140000);
        assert_int_equal(inspector.facts.num_stored, i == 0 ? 3 : 0);
        catalogue_free(all);
    }
}

static void test_wrong(void **state) {
    (void)state;
#define AT "4: /cases/0/steps/0/send/payload/deflate"
    static const row rows[] = {
        {STREAM(""), AT ": the list has no block"},
        {STREAM("1"), AT "/0: must be \"flush\", \"end\" or an object"},
        {STREAM("'stop'"), AT "/0: must be \"flush\", \"end\" or an object"},
        {STREAM("{}"),
         AT "/0: must have one of stored, fixed, dynamic (with these also final), bits and octets"},
        {STREAM("{'bits': '1', 'final': true}"),
         AT "/0: must have one of stored, fixed, dynamic (with these also final), bits and octets"},
        {STREAM("{'bits': '12'}"), AT "/0/bits: must be a string of 0 and 1"},
        {STREAM("{'bits': ''}"), AT "/0/bits: must be a string of 0 and 1"},
        {STREAM("{'fixed': {'copy': [2, 1]}}"), AT "/0/fixed/copy/0: must be from 3 to 258, not 2"},
        {STREAM("{'fixed': [{'copy': [3, 32769]}]}"),
         AT "/0/fixed/0/copy/1: must be from 1 to 32768, not 32769"},
        {STREAM("{'dynamic': {'copy': 3}}"), AT "/0/dynamic/copy: must be [length, distance]"},
        {STREAM("{'stored': {'repeat': ['a', 1048577]}}"), AT "/0/stored: makes more than 1048576 octets"},
        {STREAM("{'fixed': {'text': 'a'}, 'last': true}"), AT "/0/last: unknown key"},
    };
    CHECK_ROWS(rows);
}

/* Streams inside of streams end with the nesting of the file. */
static void test_nested(void **state) {
    (void)state;
    catalogue *all = fixture_good(
        STREAM("{'stored': {'deflate': [{'stored': {'deflate': [{'fixed': {'text': 'Hello'}}, 'end']}}]}}"));
    assert_int_equal(stream_of(all)->total, 17);
    catalogue_free(all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples), cmocka_unit_test(test_copies), cmocka_unit_test(test_literals),
        cmocka_unit_test(test_wrong),    cmocka_unit_test(test_nested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
