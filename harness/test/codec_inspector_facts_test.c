/* SPDX-License-Identifier: MIT */
/* The inspector and the inflater: what was agreed, what is told that is no fault, and limits. */
#include "codec_deflate.h"

/* ---- What was agreed ---- */

/* A message of num stored octets that count up, then a match of 3 octets at a distance. */
static void put_counted(bit_stream *stream, size_t num, unsigned distance) {
    uint8_t *octets = test_alloc(num);
    for (size_t i = 0; i < num; i++) octets[i] = (uint8_t)i;
    put_stored(stream, false, octets, num);
    free(octets);
    put_block(stream, false, 1);
    put_match(stream, 3, distance);
    put_fixed(stream, 256);
    put_end(stream);
}

static void counted_plain(test_octets *plain, size_t num, unsigned distance) {
    size_t start = plain->len;
    for (size_t i = 0; i < num; i++) {
        uint8_t octet = (uint8_t)i;
        test_put(plain, &octet, 1);
    }
    for (int i = 0; i < 3; i++) {
        uint8_t octet = plain->data[plain->len - distance];
        test_put(plain, &octet, 1);
    }
    assert_int_equal(plain->len, start + num + 3);
}

static void distances_beyond_the_agreed_window(void **state) {
    (void)state;
    for (uint8_t bits = 8; bits <= 15; bits++) {
        unsigned limit = 1u << bits;
        for (unsigned beyond = 0; beyond < 2 && limit + beyond <= WSC_WINDOW_MAX; beyond++) {
            for (int sender = 0; sender < 2; sender++) {
                const char *fault = sender == WSC_CLIENT ? "deflate-window-client" : "deflate-window-server";
                char said[100];
                bit_stream stream = {{NULL, 0, 0}, 0};
                test_octets plain = {NULL, 0, 0};
                test_messages messages = {.num = 0};
                put_counted(&stream, 40000, limit + beyond);
                counted_plain(&plain, 40000, limit + beyond);
                messages_take(&messages, &stream);
                wsc_inspector_config config = {.sender = (wsc_role)sender, .window_bits = bits};
                for (int strict = 0; strict < 2; strict++) {
                    config.strict = strict;
                    test_reader reader = reader_inspector(&config);
                    reader_result result = reader_run(&reader, &messages, 0);
                    bool fails = beyond && strict;
                    assert_int_equal(result.plain.len, fails ? 40000 : plain.len);
                    assert_memory_equal(result.plain.data, plain.data, result.plain.len);
                    facts_text(said, sizeof said, &reader.inspector->facts);
                    if (fails)
                        assert_string_equal(wsc_fault_name(result.fault), fault);
                    else if (beyond)
                        assert_true(strncmp(said, "proper ", 7) == 0 && strcmp(said + 7, fault) == 0);
                    else
                        assert_string_equal(said, "proper");
                    assert_int_equal(reader.inspector->facts.max_distance, limit + beyond);
                    result_clear(&result);
                    reader_clear(&reader);
                }
                messages_clear(&messages);
                test_clear(&plain);
            }
        }
    }
}

static void takeover_that_was_not_agreed(void **state) {
    (void)state;
    for (int sender = 0; sender < 2; sender++) {
        const char *fault = sender == WSC_CLIENT ? "deflate-takeover-client" : "deflate-takeover-server";
        char said[100];
        test_messages messages;
        messages_read(&messages, HELLO "|f200110000");
        wsc_inspector_config config = {.sender = (wsc_role)sender, .no_context_takeover = true};
        (void)snprintf(said, sizeof said, "proper %s", fault);
        check_inspector(&messages, config, "HelloHello", 10, said, 0);
        config.strict = true;
        (void)snprintf(said, sizeof said, "fail %s", fault);
        /* "H", then 4 octets 5 octets back; known once the distance is: in the third octet */
        check_inspector(&messages, config, "HelloH", 6, said, 7 + 3);
        check_zlib(&messages, (wsc_inflater_config){.no_context_takeover = true}, "HelloH", 6,
                   "deflate-invalid");
        messages_clear(&messages);
        /* back to the first octet ever is a takeover, one octet more is nowhere */
        for (unsigned distance = 6; distance < 8; distance++) {
            bit_stream stream = {{NULL, 0, 0}, 0};
            messages_read(&messages, HELLO);
            put_block(&stream, false, 1);
            put_fixed(&stream, 'a');
            put_match(&stream, 3, distance);
            put_fixed(&stream, 256);
            put_end(&stream);
            messages_take(&messages, &stream);
            config.strict = false;
            (void)snprintf(said, sizeof said, "proper %s", fault);
            check_inspector(&messages, config, "HelloaHel", distance == 6 ? 9 : 6,
                            distance == 6 ? said : "fail deflate-distance-before-start", 0);
            messages_clear(&messages);
        }
    }
}

/* Facts that are no fault. */
static void facts_are_told(void **state) {
    (void)state;
    test_messages messages = {.num = 0};
    bit_stream stream = {{NULL, 0, 0}, 0};
    put_stored(&stream, false, "abcdef", 6);
    put_stored(&stream, false, "", 0);
    put_block(&stream, false, 1);
    put_match(&stream, 5, 4);
    put_match(&stream, 3, 6);
    put_fixed(&stream, 256);
    put_block(&stream, true, 1);
    put_fixed(&stream, 256);
    put_align(&stream);
    size_t final_at = stream.octets.len;
    put_stored(&stream, true, "x", 1);
    test_code literals = {{0}, {0}}, distances = {{0}, {0}};
    literals.lengths['y'] = literals.lengths[256] = 1;
    put_dynamic(&stream, false, &literals, 257, &distances, 1);
    put_symbol(&stream, &literals, 'y');
    put_symbol(&stream, &literals, 256);
    put_end(&stream);
    messages_take(&messages, &stream);
    put_block(&stream, false, 1);
    put_fixed(&stream, 'z');
    put_match(&stream, 3, 9);
    put_fixed(&stream, 256);
    put_end(&stream);
    messages_take(&messages, &stream);
    for (size_t way = 0; way < test_ways(messages_longest(&messages)); way++) {
        test_reader reader = reader_inspector(&(wsc_inspector_config){.sender = WSC_CLIENT});
        const wsc_deflate_facts *facts = &reader.inspector->facts;
        test_messages first = {.num = 1};
        first.payloads[0] = messages.payloads[0];
        reader_result result = reader_run(&reader, &first, way);
        assert_int_equal(facts->compressed, messages.payloads[0].len);
        assert_int_equal(facts->plain, 6 + 5 + 3 + 1 + 1);
        assert_int_equal(facts->num_stored, 3);
        assert_int_equal(facts->num_fixed, 2);
        assert_int_equal(facts->num_dynamic, 1);
        assert_int_equal(facts->num_empty, 2);
        assert_int_equal(facts->num_final, 2);
        assert_int_equal(facts->num_matches, 2);
        assert_int_equal(facts->max_distance, 6);
        assert_int_equal(facts->max_reach, 0);
        assert_int_equal(facts->after_final, messages.payloads[0].len - final_at);
        assert_int_equal(facts->before_final, 6 + 5 + 3);
        assert_int_equal(facts->end, WSC_DEFLATE_END_PROPER);
        assert_int_equal(facts->faults, 0);
        result_clear(&result);
        first.payloads[0] = messages.payloads[1];
        result = reader_run(&reader, &first, way);
        assert_int_equal(facts->compressed, messages.payloads[1].len);
        assert_int_equal(facts->plain, 4);
        assert_int_equal(facts->num_stored + facts->num_dynamic + facts->num_empty + facts->num_final, 0);
        assert_int_equal(facts->max_distance, 9);
        assert_int_equal(facts->max_reach, 8);
        assert_int_equal(facts->after_final, 0);
        result_clear(&result);
        reader_clear(&reader);
    }
    messages_clear(&messages);
}

/* ---- Limits ---- */

static void messages_have_a_limit(void **state) {
    (void)state;
    test_messages messages;
    /* 5 octets; 5 octets by a match that goes beyond the limit; and by a stored block */
    static const char *const hexes[] = {HELLO, "000500faff48656c6c6f00", "f348cdc9c9070000"};
    for (size_t i = 0; i < COUNT(hexes); i++) {
        messages_read(&messages, hexes[i]);
        for (uint64_t max = 1; max < 8; max++) {
            size_t plain_len = max < 5 ? (size_t)max : 5;
            check_inspector(&messages, (wsc_inspector_config){.max_message = max}, "Hello", plain_len,
                            max < 5 ? "fail message-too-big" : "proper", 0);
            check_zlib(&messages, (wsc_inflater_config){.max_message = max, .out_len = 4}, "Hello", plain_len,
                       max < 5 ? "message-too-big" : NULL);
        }
        messages_clear(&messages);
    }
    /* The limit is one of each message. */
    messages_read(&messages, HELLO "|" HELLO "|f200110000");
    check_inspector(&messages, (wsc_inspector_config){.max_message = 5}, "HelloHelloHello", 15, "proper", 0);
    check_inspector(&messages, (wsc_inspector_config){.max_message = 4}, "Hell", 4, "fail message-too-big",
                    0);
    check_zlib(&messages, (wsc_inflater_config){.max_message = 5}, "HelloHelloHello", 15, NULL);
    messages_clear(&messages);
    /* A match of 258 octets of which the limit cuts all that can be cut. */
    bit_stream stream = {{NULL, 0, 0}, 0};
    put_block(&stream, false, 1);
    put_fixed(&stream, 'a');
    put_match(&stream, 258, 1);
    size_t match_at = stream.octets.len;
    for (int i = 0; i < 20; i++) put_match(&stream, 258, 1);
    put_fixed(&stream, 256);
    put_end(&stream);
    messages_take(&messages, &stream);
    char plain[260];
    memset(plain, 'a', sizeof plain);
    for (uint64_t max = 1; max < 259; max += 17) {
        check_inspector(&messages, (wsc_inspector_config){.max_message = max}, plain, (size_t)max,
                        "fail message-too-big", match_at);
        check_zlib(&messages, (wsc_inflater_config){.max_message = max}, plain, (size_t)max,
                   "message-too-big");
    }
    messages_clear(&messages);
}

/* A bomb costs no more than its limit: of 16 MiB of zeros in some 16 KiB exactly the limit comes out. */
static void bombs_are_cut_off(void **state) {
    (void)state;
    bit_stream stream = {{NULL, 0, 0}, 0};
    put_block(&stream, false, 1);
    put_fixed(&stream, 0);
    for (int i = 0; i < 65536; i++) put_match(&stream, 258, 1);
    put_fixed(&stream, 256);
    put_end(&stream);
    test_messages messages = {.num = 0};
    messages_take(&messages, &stream);
    static const uint64_t limits[] = {1, 4095, 4096, 4097, 32768, 65535, 65536, 65537, 100000, 1 << 20};
    for (size_t i = 0; i < COUNT(limits); i++) {
        test_reader reader = reader_inspector(&(wsc_inspector_config){.max_message = limits[i]});
        reader_result result = reader_run(&reader, &messages, 0);
        assert_int_equal(result.plain.len, limits[i]);
        assert_int_equal(result.fault, WSC_FAULT_MESSAGE_TOO_BIG);
        assert_in_range(result.consumed, 1, limits[i] / 100 + 10);
        result_clear(&result);
        reader_clear(&reader);
        reader = reader_inflater(&(wsc_inflater_config){.max_message = limits[i]});
        result = reader_run(&reader, &messages, 0);
        assert_int_equal(result.plain.len, limits[i]);
        assert_int_equal(result.fault, WSC_FAULT_MESSAGE_TOO_BIG);
        result_clear(&result);
        reader_clear(&reader);
    }
    test_reader reader = reader_inspector(&(wsc_inspector_config){.max_message = 258 * 65536 + 1});
    reader_result result = reader_run(&reader, &messages, 0);
    assert_int_equal(result.plain.len, 258 * 65536 + 1);
    assert_int_equal(result.fault, WSC_FAULT_NONE);
    result_clear(&result);
    reader_clear(&reader);
    messages_clear(&messages);
}

/* A stored block with BFINAL ends with the octet that is one too many, or behind it: it has not ended. */
static void final_block_at_the_limit(void **state) {
    (void)state;
    for (size_t len = 0; len < 4; len++) {
        bit_stream stream = {{NULL, 0, 0}, 0};
        put_stored(&stream, false, "abcd", 4);
        put_stored(&stream, true, "efgh", len);
        put_end(&stream);
        test_messages messages = {.num = 0};
        messages_take(&messages, &stream);
        for (size_t way = 0; way < test_ways(messages_longest(&messages)); way++) {
            test_reader reader = reader_inspector(&(wsc_inspector_config){.max_message = 5});
            const wsc_deflate_facts *facts = &reader.inspector->facts;
            reader_result result = reader_run(&reader, &messages, way);
            assert_int_equal(result.fault, len > 1 ? WSC_FAULT_MESSAGE_TOO_BIG : WSC_FAULT_NONE);
            assert_int_equal(facts->plain, len > 1 ? 5 : 4 + len);
            assert_int_equal(facts->num_final, 1);
            assert_int_equal(facts->before_final, len > 1 ? 0 : 4 + len);
            result_clear(&result);
            reader_clear(&reader);
        }
        messages_clear(&messages);
    }
}

static void an_inflater_needs_its_memory(void **state) {
    (void)state;
    wsc_inflater_config config = {.out_len = 100};
    size_t size = wsc_inflater_size(&config);
    assert_in_range(size, WSC_WINDOW_MAX, 65536);
    /* At any alignment that malloc does not give, too. */
    uint8_t *memory = test_alloc(size + 64);
    for (size_t shift = 0; shift < 64; shift += 16)
        assert_non_null(wsc_inflater_init(memory + shift, size, &config));
    size_t failed = 0;
    for (size_t len = 0; len < size; len += 500) failed += wsc_inflater_init(memory, len, &config) == NULL;
    /* All but what lies within its margin. */
    assert_true(failed >= WSC_WINDOW_MAX / 500);
    assert_null(wsc_inflater_init(memory, WSC_WINDOW_MAX, &config));
    config.out_len = SIZE_MAX;
    assert_int_equal(wsc_inflater_size(&config), 0);
    assert_null(wsc_inflater_init(memory, size, &config));
    free(memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_beyond_the_agreed_window),
        cmocka_unit_test(takeover_that_was_not_agreed),
        cmocka_unit_test(facts_are_told),
        cmocka_unit_test(messages_have_a_limit),
        cmocka_unit_test(final_block_at_the_limit),
        cmocka_unit_test(bombs_are_cut_off),
        cmocka_unit_test(an_inflater_needs_its_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
