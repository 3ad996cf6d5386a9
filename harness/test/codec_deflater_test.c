/* SPDX-License-Identifier: MIT */
/* The deflater, and both readers on what it makes; corrupt streams on which they have to agree. */
#include "codec_deflate.h"

/* A deflater with its memory. */
typedef struct test_deflater {
    wsc_deflater *deflater;
    void *memory;
} test_deflater;

static test_deflater deflater_make(const wsc_deflater_config *config) {
    size_t size = wsc_deflater_size(config);
    assert_true(size > 0);
    test_deflater made = {NULL, test_alloc(size)};
    memset(made.memory, 0xEE, size);
    made.deflater = wsc_deflater_init(made.memory, size, config);
    assert_non_null(made.deflater);
    return made;
}

/* Compresses a message in pieces by `way` (of test_piece), with a flush after each if `fragments`. */
static test_octets deflate_message(test_deflater *made, const uint8_t *src, size_t len, size_t way,
                                   bool fragments) {
    test_octets payload = {NULL, 0, 0};
    size_t pos = 0;
    wsc_octets out;
    do {
        size_t piece_len = pos < len ? piece_of(way, pos, len) : 0;
        uint8_t *piece = test_exact(src + pos, piece_len);
        bool last = pos + piece_len == len;
        wsc_flush flush = last ? WSC_FLUSH_MESSAGE : fragments ? WSC_FLUSH_FRAGMENT : WSC_FLUSH_NONE;
        size_t used = 0;
        do {
            used += wsc_deflater_push(made->deflater, used < piece_len ? piece + used : NULL,
                                      piece_len - used, flush, &out);
            assert_in_range(used, 0, piece_len);
            if (out.len > 0) test_put(&payload, out.data, out.len);
        } while (out.len > 0);
        assert_int_equal(used, piece_len);
        free(piece);
        pos += piece_len;
        /* A fragment ends with its tail, which stays on (RFC 7692 7.2.1). */
        if (flush == WSC_FLUSH_FRAGMENT) {
            assert_true(payload.len >= 4);
            assert_memory_equal(payload.data + payload.len - 4, "\x00\x00\xFF\xFF", 4);
        }
    } while (pos < len);
    return payload;
}

/* len octets: 0: zeros, 1: random, 2: words, 3: a short period, 4: far repetitions. */
#define NUM_KINDS 5
static void fill(uint8_t *data, size_t len, int kind, test_random *random) {
    static const char *const words[] = {"stream",  "window", "{\"id\": ", "the ",
                                        "message", ", ",     "\xC3\xA4",  "0"};
    for (size_t i = 0; i < len; i++) {
        const char *word = words[test_below(random, COUNT(words))];
        size_t word_len = strlen(word);
        if (kind == 0) data[i] = 0;
        if (kind == 1) data[i] = (uint8_t)test_next(random);
        if (kind == 2) {
            if (word_len > len - i) word_len = len - i;
            memcpy(data + i, word, word_len);
            i += word_len - 1;
        }
        if (kind == 3) data[i] = (uint8_t)(i % 7);
        if (kind == 4) data[i] = i < 30000 ? (uint8_t)test_next(random) : data[i - 30000];
    }
}

/* What goes in comes out, distances stay within the window, and takeover is what was agreed. */
static void check_round_trip(const wsc_deflater_config *config, const test_octets *plain, size_t num,
                             size_t way, bool fragments) {
    test_deflater made = deflater_make(config);
    wsc_inspector_config inspector_config = {.sender = WSC_CLIENT,
                                             .window_bits = config->window_bits,
                                             .no_context_takeover = config->no_context_takeover,
                                             .strict = true};
    wsc_inflater_config inflater_config = {.no_context_takeover = config->no_context_takeover,
                                           .out_len = 777};
    test_reader readers[2] = {reader_inspector(&inspector_config), reader_inflater(&inflater_config)};
    for (size_t i = 0; i < num; i++) {
        test_messages messages = {.num = 1};
        messages.payloads[0] = deflate_message(&made, plain[i].data, plain[i].len, way, fragments);
        if (!fragments) assert_in_range(messages.payloads[0].len, 1, wsc_deflate_bound(plain[i].len));
        if (plain[i].len == 0)
            assert_true(messages.payloads[0].len == 1 && messages.payloads[0].data[0] == 0);
        for (int r = 0; r < 2; r++) {
            reader_result result = reader_run(&readers[r], &messages, i % 3);
            assert_int_equal(result.fault, WSC_FAULT_NONE);
            assert_int_equal(result.num_ended, 1);
            assert_int_equal(result.plain.len, plain[i].len);
            if (plain[i].len > 0) assert_memory_equal(result.plain.data, plain[i].data, plain[i].len);
            result_clear(&result);
        }
        const wsc_deflate_facts *facts = &readers[0].inspector->facts;
        assert_int_equal(facts->faults, 0);
        if (config->strategy == WSC_DEFLATE_STORED)
            assert_int_equal(facts->num_fixed + facts->num_dynamic, 0);
        if (config->strategy == WSC_DEFLATE_FIXED) assert_int_equal(facts->num_dynamic, 0);
        if (config->strategy == WSC_DEFLATE_HUFFMAN) assert_int_equal(facts->num_matches, 0);
        if (config->strategy == WSC_DEFLATE_RLE) assert_in_range(facts->max_distance, 0, 1);
        if (config->final_blocks) {
            assert_int_equal(facts->num_final, plain[i].len > 0);
            assert_int_equal(facts->max_reach, 0);
        } else {
            assert_int_equal(facts->num_final, 0);
        }
        messages_clear(&messages);
    }
    for (int r = 0; r < 2; r++) reader_clear(&readers[r]);
    free(made.memory);
}

static void what_goes_in_comes_out(void **state) {
    (void)state;
    static const size_t lens[] = {0, 1, 5, 300, 70000, 0, 0, 4096, 33000};
    test_random random = {3};
    for (int kind = 0; kind < NUM_KINDS; kind++) {
        test_octets plain[COUNT(lens)];
        for (size_t i = 0; i < COUNT(lens); i++) {
            plain[i] = (test_octets){test_alloc(lens[i]), lens[i], lens[i]};
            fill(plain[i].data, lens[i], kind, &random);
        }
        for (unsigned bits = 7; bits <= 15; bits++) {
            wsc_deflater_config config = {.window_bits = (uint8_t)(bits == 7 ? 0 : bits)};
            check_round_trip(&config, plain, COUNT(lens), bits % 3, false);
            config.no_context_takeover = true;
            config.level = (uint8_t)(1 + bits % 9);
            config.mem_level = (uint8_t)(1 + (bits + 4) % 9);
            config.out_len = 64 + 100 * bits;
            check_round_trip(&config, plain, COUNT(lens), 0, false);
        }
        for (unsigned strategy = 0; strategy <= WSC_DEFLATE_RLE; strategy++) {
            for (int final = 0; final < 2; final++) {
                wsc_deflater_config config = {
                    .strategy = (wsc_deflate_strategy)strategy, .final_blocks = final, .out_len = 64};
                check_round_trip(&config, plain, COUNT(lens), 2000, false);
                config.no_context_takeover = true;
                check_round_trip(&config, plain, COUNT(lens), 2000, true);
            }
        }
        for (size_t i = 0; i < COUNT(lens); i++) test_clear(&plain[i]);
    }
}

/* Any size of output buffer, also where the flush just does not fit: the stream has to stay right. */
static void flushes_at_the_end_of_the_buffer(void **state) {
    (void)state;
    test_random random = {9};
    uint8_t data[200];
    fill(data, sizeof data, 1, &random);
    for (size_t len = 1; len <= sizeof data; len++) {
        for (size_t out_len = 64; out_len < 72; out_len++) {
            wsc_deflater_config config = {.out_len = out_len, .window_bits = 9, .mem_level = 1};
            test_octets plain[2] = {{data, len, len}, {data, len / 2, len / 2}};
            check_round_trip(&config, plain, 2, 0, false);
            config.final_blocks = true;
            check_round_trip(&config, plain, 2, 0, false);
            check_round_trip(&config, plain, 2, 2 + len / 3, true);
        }
    }
}

static void messages_in_one_go(void **state) {
    (void)state;
    test_random random = {5};
    wsc_deflater_config config = {.out_len = 100};
    test_deflater made = deflater_make(&config);
    uint8_t data[3000], out[4000];
    /* RFC 7692 7.2.3.1 and 7.2.3.2, which is what zlib makes of it. */
    size_t len = wsc_deflater_message(made.deflater, (const uint8_t *)"Hello", 5, out, sizeof out);
    assert_int_equal(len, 7);
    assert_memory_equal(out, "\xF2\x48\xCD\xC9\xC9\x07\x00", 7);
    len = wsc_deflater_message(made.deflater, (const uint8_t *)"Hello", 5, out, sizeof out);
    assert_int_equal(len, 5);
    assert_memory_equal(out, "\xF2\x00\x11\x00\x00", 5);
    len = wsc_deflater_message(made.deflater, NULL, 0, out, sizeof out);
    assert_true(len == 1 && out[0] == 0);
    fill(data, sizeof data, 1, &random);
    len = wsc_deflater_message(made.deflater, data, sizeof data, out, wsc_deflate_bound(sizeof data));
    assert_in_range(len, sizeof data, wsc_deflate_bound(sizeof data));
    /* Too small: nothing, and no trace of it in the next message. */
    size_t full = len;
    for (size_t cap = 0; cap < full; cap += 97) {
        assert_int_equal(wsc_deflater_message(made.deflater, data, sizeof data, out, cap), 0);
        len = wsc_deflater_message(made.deflater, (const uint8_t *)"Hello", 5, out, 7);
        assert_int_equal(len, 7);
        assert_memory_equal(out, "\xF2\x48\xCD\xC9\xC9\x07\x00", 7);
    }
    assert_int_equal(wsc_deflater_message(made.deflater, NULL, 0, out, 0), 0);
    free(made.memory);
    assert_int_equal(wsc_deflate_bound(SIZE_MAX), SIZE_MAX);
    assert_int_equal(wsc_deflate_bound(SIZE_MAX - 100), SIZE_MAX);
}

static void flushes_without_anything_give_nothing(void **state) {
    (void)state;
    test_deflater made = deflater_make(&(wsc_deflater_config){0});
    wsc_octets out;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(wsc_deflater_push(made.deflater, NULL, 0, WSC_FLUSH_NONE, &out), 0);
        assert_int_equal(out.len, 0);
        assert_int_equal(wsc_deflater_push(made.deflater, NULL, 0, WSC_FLUSH_FRAGMENT, &out), 0);
        assert_int_equal(out.len, 0);
    }
    /* A fragment, and then an end without more: RFC 7692 7.2.3.6. */
    assert_int_equal(wsc_deflater_push(made.deflater, (const uint8_t *)"ab", 2, WSC_FLUSH_FRAGMENT, &out), 2);
    assert_true(out.len > 4);
    assert_int_equal(wsc_deflater_push(made.deflater, NULL, 0, WSC_FLUSH_FRAGMENT, &out), 0);
    assert_int_equal(out.len, 0);
    assert_int_equal(wsc_deflater_push(made.deflater, NULL, 0, WSC_FLUSH_MESSAGE, &out), 0);
    assert_true(out.len == 1 && out.data[0] == 0);
    assert_int_equal(wsc_deflater_push(made.deflater, NULL, 0, WSC_FLUSH_MESSAGE, &out), 0);
    assert_int_equal(out.len, 0);
    free(made.memory);
}

static void configs_out_of_range(void **state) {
    (void)state;
    static const wsc_deflater_config configs[] = {
        {.window_bits = 7}, {.window_bits = 16},   {.window_bits = 8, .strategy = WSC_DEFLATE_FIXED},
        {.level = 10},      {.mem_level = 10},     {.strategy = (wsc_deflate_strategy)5},
        {.out_len = 63},    {.out_len = SIZE_MAX},
    };
    uint8_t *memory = test_alloc(500000);
    for (size_t i = 0; i < COUNT(configs); i++) {
        assert_int_equal(wsc_deflater_size(&configs[i]), 0);
        assert_null(wsc_deflater_init(memory, 500000, &configs[i]));
    }
    /* Each config gets by with what it is said to need, and not with much less. */
    for (uint8_t bits = 8; bits <= 15; bits++) {
        for (uint8_t mem_level = 1; mem_level <= 9; mem_level++) {
            wsc_deflater_config config = {.window_bits = bits, .mem_level = mem_level};
            size_t size = wsc_deflater_size(&config);
            assert_in_range(size, 10000, 499000);
            assert_non_null(wsc_deflater_init(memory + 16, size, &config));
            assert_null(wsc_deflater_init(memory, size / 3, &config));
        }
    }
    assert_null(wsc_deflater_init(memory, 0, &(wsc_deflater_config){0}));
    assert_null(wsc_deflater_init(memory, 1000, &(wsc_deflater_config){0}));
    free(memory);
}

/* ---- Corrupt streams ---- */

/* Both readers on the same messages: they agree on what is refused and on every octet before. */
static void check_agreement(const test_messages *messages, uint64_t max_message, size_t way) {
    test_reader inspector = reader_inspector(&(wsc_inspector_config){.max_message = max_message});
    test_reader inflater =
        reader_inflater(&(wsc_inflater_config){.max_message = max_message, .out_len = 500});
    bool compare = true;
    for (size_t i = 0; compare && i < messages->num; i++) {
        test_messages one = {.num = 1};
        one.payloads[0] = messages->payloads[i];
        reader_result mine = reader_run(&inspector, &one, way);
        reader_result other = reader_run(&inflater, &one, way);
        const wsc_deflate_facts *facts = &inspector.inspector->facts;
        assert_int_equal(facts->plain, mine.plain.len);
        /* zlib refuses blocks with more than 30 distance codes, which are legal. */
        bool refused_early = other.fault == WSC_FAULT_DEFLATE_INVALID && other.plain.len < mine.plain.len;
        if (mine.fault != WSC_FAULT_NONE) {
            if (!refused_early) {
                assert_int_not_equal(other.fault, WSC_FAULT_NONE);
                assert_int_equal(other.plain.len, mine.plain.len);
                assert_memory_equal(other.plain.data == NULL ? (uint8_t *)"" : other.plain.data,
                                    mine.plain.data == NULL ? (uint8_t *)"" : mine.plain.data,
                                    mine.plain.len);
            }
            compare = false;
        } else if (facts->end == WSC_DEFLATE_END_PROPER && !refused_early) {
            assert_int_equal(other.fault, WSC_FAULT_NONE);
            assert_int_equal(other.plain.len, mine.plain.len);
            if (mine.plain.len > 0) assert_memory_equal(other.plain.data, mine.plain.data, mine.plain.len);
        } else {
            /* What zlib reads out of the tail is another matter. */
            size_t len = mine.plain.len < other.plain.len ? mine.plain.len : other.plain.len;
            if (len > 0) assert_memory_equal(other.plain.data, mine.plain.data, len);
            compare = false;
        }
        result_clear(&mine);
        result_clear(&other);
    }
    reader_clear(&inspector);
    reader_clear(&inflater);
}

static void corrupt_streams_are_judged_alike(void **state) {
    (void)state;
    test_random random = {11};
    for (int round = 0; round < 400; round++) {
        wsc_deflater_config config = {.strategy = (wsc_deflate_strategy)(round % 5),
                                      .level = (uint8_t)(1 + round % 9)};
        test_deflater made = deflater_make(&config);
        test_messages messages = {.num = 2};
        uint8_t plain[2000];
        for (size_t i = 0; i < messages.num; i++) {
            size_t len = test_below(&random, sizeof plain);
            fill(plain, len, round % NUM_KINDS, &random);
            messages.payloads[i] = deflate_message(&made, plain, len, 0, false);
        }
        check_agreement(&messages, 0, 0);
        for (int change = 0; change < 20; change++) {
            test_messages changed = {.num = 2};
            for (size_t i = 0; i < 2; i++) {
                test_put(&changed.payloads[i], messages.payloads[i].data, messages.payloads[i].len);
                size_t at = test_below(&random, changed.payloads[i].len);
                if (i == (size_t)change % 2 || at > 100) at = test_below(&random, at < 30 ? at + 1 : 30);
                if (change % 4 != 0 && changed.payloads[i].data)
                    changed.payloads[i].data[at] ^= (uint8_t)(1u << test_below(&random, 8));
                if (change % 4 == 0) changed.payloads[i].len = at;
                if (change % 7 == 0) test_put(&changed.payloads[i], "\x00\xFF\x01\x00", 1 + at % 4);
            }
            check_agreement(&changed, change % 5 == 0 ? 1 + test_below(&random, 1000) : 0,
                            (size_t)change % 3);
            messages_clear(&changed);
        }
        messages_clear(&messages);
        free(made.memory);
    }
}

/* Random octets: mostly refused, always within bounds, and the same octet by octet. */
static void random_octets_are_judged_alike(void **state) {
    (void)state;
    test_random random = {13};
    for (int round = 0; round < 20000; round++) {
        test_messages messages = {.num = 1};
        size_t len = 1 + test_below(&random, 60);
        for (size_t i = 0; i < len; i++) {
            uint8_t octet = (uint8_t)test_next(&random);
            /* Half of them begin a dynamic block. */
            if (i == 0 && round % 2 == 0) octet = (uint8_t)((octet & 0xF8) | 4);
            test_put(&messages.payloads[0], &octet, 1);
        }
        check_agreement(&messages, round % 3 == 0 ? 50 : 0, (size_t)round % 2);
        messages_clear(&messages);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_out),
        cmocka_unit_test(flushes_at_the_end_of_the_buffer),
        cmocka_unit_test(messages_in_one_go),
        cmocka_unit_test(flushes_without_anything_give_nothing),
        cmocka_unit_test(configs_out_of_range),
        cmocka_unit_test(corrupt_streams_are_judged_alike),
        cmocka_unit_test(random_octets_are_judged_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
