/* SPDX-License-Identifier: MIT */
/* The inspector, and the inflater over zlib beside it: streams made by hand, in every way of cutting them. */
#include "codec_deflate.h"

/* Messages of one connection (hex, separated by "|") and what is to be said about them. */
typedef struct stream_case {
    const char *messages;
    const char *plain; /* of all messages, one after the other */
    const char *said; /* of the last message: how it ends and the names of its faults; or "fail" and a name */
    const char *strict; /* NULL: as said; else the name of the fault that it fails with */
    const char *zlib;   /* NULL: it inflates all; else the name of the fault that it fails with */
    size_t blame;       /* with "fail": octets of the last message up to the one that shows it */
} stream_case;

static const stream_case streams[] = {
    /* the examples of RFC 7692 7.2.3 */
    {HELLO, "Hello", "proper", NULL, NULL, 0},
    {HELLO "|f200110000", "HelloHello", "proper", NULL, NULL, 0},
    {HELLO "|" HELLO, "HelloHello", "proper", NULL, NULL, 0},
    {"000500faff48656c6c6f00", "Hello", "proper", NULL, NULL, 0},
    {"f348cdc9c9070000", "Hello", "proper", NULL, NULL, 0},
    {"f248050000 00ffffcac9c90700", "Hello", "proper", NULL, NULL, 0},
    {"00", "", "proper", NULL, NULL, 0},
    /* BFINAL */
    {"f348cdc9c90700f348cdc9c9070000", "HelloHello", "proper", NULL, NULL, 0},
    {"f348cdc9c9070000|f200110000", "HelloHello", "proper", NULL, NULL, 0},
    {"01", "", "proper", NULL, NULL, 0},
    {"010000ffff00", "", "proper", NULL, NULL, 0},
    {"f348cdc9c90780f248cdc9c90700", "HelloHello", "proper deflate-padding", NULL, NULL, 0},
    /* blocks without octets: stored, fixed, stored */
    {"000000ffff02000000ffff00", "", "proper", NULL, NULL, 0},
    /* padding in front of a stored block's length is ignored (RFC 1951 3.2.4) */
    {"f80000ffff" HELLO, "Hello", "proper", NULL, NULL, 0},
    /* ends */
    {"", "", "empty deflate-end-without-block", "deflate-end-without-block", "deflate-end-in-block", 0},
    {HELLO "0000ffff", "Hello", "tail-left deflate-tail-left", "deflate-tail-left", "deflate-end-in-block",
     0},
    {"f348cdc9c90700", "Hello", "final deflate-end-without-block", "deflate-end-without-block",
     "deflate-end-in-block", 0},
    {"000500faff48656c6c6f", "Hello", "block deflate-end-without-block", "deflate-end-without-block",
     "deflate-end-in-block", 0},
    {"f248cdc9c907", "Hello", "inside deflate-end-in-block", "deflate-end-in-block", "deflate-end-in-block",
     0},
    {HELLO "00", "Hello", "inside deflate-end-in-block", "deflate-end-in-block", "deflate-invalid", 0},
    {"000500faff48656c6c", "Hell", "inside deflate-end-in-block", "deflate-end-in-block",
     "deflate-end-in-block", 0},
    {"02", "", "inside deflate-end-in-block", "deflate-end-in-block", "deflate-end-in-block", 0},
    /* what follows a wrong end is read as if it had been right */
    {HELLO "0000ffff|" HELLO, "HelloHello", "proper", "deflate-tail-left", "deflate-end-in-block", 0},
    {"f348cdc9c90700|f200110000", "HelloHello", "proper", "deflate-end-without-block", "deflate-end-in-block",
     0},
    /* data without a meaning */
    {"06", "", "fail deflate-block-type", NULL, "deflate-invalid", 1},
    {"07", "", "fail deflate-block-type", NULL, "deflate-invalid", 1},
    {"000500faff48656c6c6f06", "Hello", "fail deflate-block-type", NULL, "deflate-invalid", 11},
    {"0005000000", "", "fail deflate-stored-length", NULL, "deflate-invalid", 5},
    {"00ffff0100", "", "fail deflate-stored-length", NULL, "deflate-invalid", 5},
    {HELLO "|0005000000", "Hello", "fail deflate-stored-length", NULL, "deflate-invalid", 5},
};

static void streams_are_read(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(streams); i++) {
        const stream_case *one = &streams[i];
        test_messages messages;
        char said[100];
        messages_read(&messages, one->messages);
        size_t before = messages_total(&messages) - messages.payloads[messages.num - 1].len;
        size_t blame = one->blame > 0 ? before + one->blame : 0;
        wsc_inspector_config config = {.sender = WSC_SERVER};
        check_inspector(&messages, config, one->plain, strlen(one->plain), one->said, blame);
        (void)snprintf(said, sizeof said, "%s%s", one->strict != NULL ? "fail " : "",
                       one->strict != NULL ? one->strict : one->said);
        config.strict = true;
        size_t plain_len = strlen(one->plain);
        /* A strict reader does not come to the message behind a wrong end. */
        if (one->strict != NULL && strncmp(one->said, "proper", 6) == 0) plain_len = 5;
        check_inspector(&messages, config, one->plain, plain_len, said, blame);
        wsc_inflater_config zlib_config = {.out_len = i % 2 == 0 ? 0 : 1 + i % 7};
        check_zlib(&messages, zlib_config, one->plain, strlen(one->plain), one->zlib);
        messages_clear(&messages);
    }
}

/* A message without payload is no DEFLATE stream, also behind one that was. */
static void no_payload_at_all(void **state) {
    (void)state;
    test_messages messages;
    messages_read(&messages, "|");
    messages.num = 1;
    check_zlib(&messages, (wsc_inflater_config){0}, "", 0, "deflate-end-in-block");
    messages_clear(&messages);
    messages_read(&messages, "f248cdc9c90700|");
    check_zlib(&messages, (wsc_inflater_config){0}, "Hello", 5, "deflate-end-in-block");
    messages_clear(&messages);
}

/* ---- Fixed and dynamic codes ---- */

/* Every literal, every length and every distance there is, in fixed blocks. */
static void every_length_and_distance(void **state) {
    (void)state;
    test_octets plain = {NULL, 0, 0};
    test_random random = {7};
    for (size_t i = 0; i < WSC_WINDOW_MAX; i++) {
        uint8_t octet = (uint8_t)test_next(&random);
        test_put(&plain, &octet, 1);
    }
    bit_stream stream = {{NULL, 0, 0}, 0};
    put_stored(&stream, false, plain.data, plain.len);
    put_block(&stream, false, 1);
    for (unsigned literal = 0; literal < 256; literal++) {
        uint8_t octet = (uint8_t)literal;
        put_fixed(&stream, literal);
        test_put(&plain, &octet, 1);
    }
    unsigned num_matches = 0;
    for (unsigned i = 0; i < 3 * WSC_WINDOW_MAX; i += i < 600 ? 1 : 1 + (unsigned)test_below(&random, 200)) {
        unsigned length = 3 + i % 256;
        unsigned distance = i < 600 ? 1 + i % 300 : 1 + i % WSC_WINDOW_MAX;
        put_match(&stream, length, distance);
        for (unsigned n = 0; n < length; n++) {
            uint8_t octet = plain.data[plain.len - distance];
            test_put(&plain, &octet, 1);
        }
        num_matches++;
    }
    put_match(&stream, 258, WSC_WINDOW_MAX);
    for (unsigned n = 0; n < 258; n++) {
        uint8_t octet = plain.data[plain.len - WSC_WINDOW_MAX];
        test_put(&plain, &octet, 1);
    }
    put_fixed(&stream, 256);
    put_end(&stream);
    test_messages messages = {.num = 0};
    messages_take(&messages, &stream);
    wsc_inspector_config config = {.sender = WSC_SERVER, .strict = true};
    for (size_t way = 0; way < 2; way++) {
        test_reader reader = reader_inspector(&config);
        reader_result result = reader_run(&reader, &messages, way);
        assert_int_equal(result.fault, WSC_FAULT_NONE);
        assert_int_equal(result.plain.len, plain.len);
        assert_memory_equal(result.plain.data, plain.data, plain.len);
        const wsc_deflate_facts *facts = &reader.inspector->facts;
        assert_int_equal(facts->plain, plain.len);
        assert_int_equal(facts->compressed, messages.payloads[0].len);
        assert_int_equal(facts->num_matches, num_matches + 1);
        assert_int_equal(facts->max_distance, WSC_WINDOW_MAX);
        assert_int_equal(facts->max_reach, 0);
        result_clear(&result);
        reader_clear(&reader);
        test_reader zlib = reader_inflater(&(wsc_inflater_config){.out_len = 1000});
        result = reader_run(&zlib, &messages, way);
        assert_int_equal(result.plain.len, plain.len);
        assert_memory_equal(result.plain.data, plain.data, plain.len);
        result_clear(&result);
        reader_clear(&zlib);
    }
    messages_clear(&messages);
    test_clear(&plain);
}

/* Checks one message in all readers and ways. fault: what the inspector fails with (NULL: a proper end). */
static void check_stream(bit_stream *stream, const char *plain, const char *fault) {
    test_messages messages = {.num = 0};
    char said[100];
    size_t blame = fault != NULL ? stream->octets.len : 0;
    messages_take(&messages, stream);
    (void)snprintf(said, sizeof said, "%s%s", fault != NULL ? "fail " : "", fault != NULL ? fault : "proper");
    wsc_inspector_config config = {.sender = WSC_SERVER, .strict = true};
    check_inspector(&messages, config, plain, strlen(plain), said, blame);
    check_zlib(&messages, (wsc_inflater_config){.out_len = 3}, plain, strlen(plain),
               fault != NULL ? "deflate-invalid" : NULL);
    /* More octets behind change nothing, and let the fast way see it. */
    if (fault != NULL) {
        for (int i = 0; i < 20; i++) test_put(&messages.payloads[0], &i, 1);
        check_inspector(&messages, config, plain, strlen(plain), said, blame);
    }
    messages_clear(&messages);
}

static void fixed_codes_that_never_occur(void **state) {
    (void)state;
    for (unsigned symbol = 286; symbol < 288; symbol++) {
        bit_stream stream = {{NULL, 0, 0}, 0};
        put_block(&stream, false, 1);
        put_fixed_text(&stream, "ab");
        put_fixed(&stream, symbol);
        check_stream(&stream, "ab", "deflate-length-symbol");
    }
    for (unsigned symbol = 30; symbol < 32; symbol++) {
        bit_stream stream = {{NULL, 0, 0}, 0};
        put_block(&stream, false, 1);
        put_fixed_text(&stream, "abc");
        put_fixed(&stream, 257);
        put_code(&stream, symbol, 5);
        check_stream(&stream, "abc", "deflate-distance-symbol");
    }
}

static void distances_before_the_start(void **state) {
    (void)state;
    for (unsigned distance = 4; distance < 40000; distance = distance * 2 - 1) {
        bit_stream stream = {{NULL, 0, 0}, 0};
        put_block(&stream, false, 1);
        put_fixed_text(&stream, "abc");
        put_match(&stream, 3, distance);
        check_stream(&stream, "abc", "deflate-distance-before-start");
    }
    bit_stream stream = {{NULL, 0, 0}, 0};
    put_block(&stream, false, 1);
    put_match(&stream, 3, 1);
    check_stream(&stream, "", "deflate-distance-before-start");
}

/* Codes of every length from 1 to 15, for literals and for distances. */
static void long_codes(void **state) {
    (void)state;
    test_code literals = {{0}, {0}}, distances = {{0}, {0}};
    for (unsigned i = 0; i < 14; i++) literals.lengths['a' + i] = (uint8_t)(i + 1);
    literals.lengths[256] = 15;
    literals.lengths[285] = 15;
    for (unsigned i = 0; i < 14; i++) distances.lengths[i] = (uint8_t)(14 - i);
    distances.lengths[14] = 15;
    distances.lengths[15] = 15;
    distances.lengths[13] = 0;
    distances.lengths[16] = 1;
    bit_stream stream = {{NULL, 0, 0}, 0};
    put_dynamic(&stream, false, &literals, 286, &distances, 17);
    for (unsigned i = 0; i < 14; i++) put_symbol(&stream, &literals, 'a' + i);
    put_symbol(&stream, &literals, 285);
    put_symbol(&stream, &distances, 0);
    put_symbol(&stream, &literals, 'a');
    put_symbol(&stream, &literals, 285);
    put_symbol(&stream, &distances, 14);
    put_bits(&stream, 3, 6);
    put_symbol(&stream, &literals, 256);
    put_end(&stream);
    char plain[600] = "abcdefghijklmn";
    size_t len = 14;
    for (int i = 0; i < 258; i++, len++) plain[len] = plain[len - 1];
    plain[len++] = 'a';
    for (int i = 0; i < 258; i++, len++) plain[len] = plain[len - 132];
    plain[len] = '\0';
    check_stream(&stream, plain, NULL);
}

static void codes_for_distances_may_be_few(void **state) {
    (void)state;
    /* none, if there are only literals */
    test_code literals = {{0}, {0}}, distances = {{0}, {0}};
    literals.lengths['x'] = 1;
    literals.lengths[256] = 2;
    literals.lengths[257] = 2;
    bit_stream stream = {{NULL, 0, 0}, 0};
    put_dynamic(&stream, false, &literals, 258, &distances, 1);
    put_symbol(&stream, &literals, 'x');
    put_symbol(&stream, &literals, 256);
    put_end(&stream);
    check_stream(&stream, "x", NULL);
    /* none, though one is wanted */
    stream = (bit_stream){{NULL, 0, 0}, 0};
    put_dynamic(&stream, false, &literals, 258, &distances, 1);
    put_symbol(&stream, &literals, 'x');
    put_symbol(&stream, &literals, 257);
    put_bits(&stream, 0, 1);
    check_stream(&stream, "x", "deflate-distance-symbol");
    /* one, of one bit */
    distances.lengths[0] = 1;
    stream = (bit_stream){{NULL, 0, 0}, 0};
    put_dynamic(&stream, false, &literals, 258, &distances, 1);
    put_symbol(&stream, &literals, 'x');
    put_symbol(&stream, &literals, 257);
    put_bits(&stream, 0, 1);
    put_symbol(&stream, &literals, 256);
    put_end(&stream);
    check_stream(&stream, "xxxx", NULL);
    /* the bit that is no code */
    stream = (bit_stream){{NULL, 0, 0}, 0};
    put_dynamic(&stream, false, &literals, 258, &distances, 1);
    put_symbol(&stream, &literals, 'x');
    put_symbol(&stream, &literals, 257);
    put_bits(&stream, 1, 1);
    check_stream(&stream, "x", "deflate-distance-symbol");
    /* a single code for the end alone */
    test_code end = {{0}, {0}};
    end.lengths[256] = 1;
    stream = (bit_stream){{NULL, 0, 0}, 0};
    put_dynamic(&stream, true, &end, 257, &distances, 1);
    put_symbol(&stream, &end, 256);
    put_align(&stream);
    put_end(&stream);
    check_stream(&stream, "", NULL);
    stream = (bit_stream){{NULL, 0, 0}, 0};
    put_dynamic(&stream, true, &end, 257, &distances, 1);
    put_bits(&stream, 1, 1);
    check_stream(&stream, "", "deflate-length-symbol");
}

/* The format has room for 32 distance codes of which 30 can occur; zlib refuses more than 30. */
static void distance_codes_31_and_32(void **state) {
    (void)state;
    for (unsigned num = 31; num <= 32; num++) {
        test_code literals = {{0}, {0}}, distances = {{0}, {0}};
        literals.lengths['x'] = 1;
        literals.lengths[256] = 1;
        distances.lengths[0] = 1;
        distances.lengths[num - 1] = 1;
        bit_stream stream = {{NULL, 0, 0}, 0};
        put_dynamic(&stream, false, &literals, 257, &distances, num);
        put_symbol(&stream, &literals, 'x');
        put_symbol(&stream, &literals, 256);
        put_end(&stream);
        test_messages messages = {.num = 0};
        messages_take(&messages, &stream);
        check_inspector(&messages, (wsc_inspector_config){.strict = true}, "x", 1, "proper", 0);
        check_zlib(&messages, (wsc_inflater_config){0}, "", 0, "deflate-invalid");
        messages_clear(&messages);
    }
}

/* The start of a dynamic block with codes for code lengths 0 to 15 by 4 bits each, or others. */
static bit_stream dynamic_start(unsigned hlit, unsigned hdist) {
    bit_stream stream = {{NULL, 0, 0}, 0};
    put_block(&stream, false, 2);
    put_bits(&stream, hlit, 5);
    put_bits(&stream, hdist, 5);
    return stream;
}

static void code_lengths_that_make_no_code(void **state) {
    (void)state;
    static const char *const fault = "deflate-code-lengths";
    /* more literals than there are; shown by HCLEN's last bit, when all three numbers are there */
    bit_stream stream = dynamic_start(30, 0);
    put_bits(&stream, 0, 4);
    check_stream(&stream, "", fault);
    /* the code for code lengths: too many of one bit; only one; none */
    stream = dynamic_start(0, 0);
    put_bits(&stream, 0, 4);
    for (int i = 0; i < 4; i++) put_bits(&stream, 1, 3);
    check_stream(&stream, "", fault);
    stream = dynamic_start(0, 0);
    put_bits(&stream, 0, 4);
    for (int i = 0; i < 4; i++) put_bits(&stream, i == 3, 3);
    check_stream(&stream, "", fault);
    stream = dynamic_start(0, 0);
    put_bits(&stream, 0, 4);
    for (int i = 0; i < 4; i++) put_bits(&stream, 0, 3);
    /* zlib finds that out only when it uses it */
    test_messages messages = {.num = 0};
    messages_take(&messages, &stream);
    check_inspector(&messages, (wsc_inspector_config){.strict = true}, "", 0, "fail deflate-code-lengths", 0);
    messages_clear(&messages);
    /* a repetition of nothing: codes of 1 bit for 16 and 17 */
    stream = dynamic_start(0, 0);
    put_bits(&stream, 0, 4);
    for (int i = 0; i < 4; i++) put_bits(&stream, i < 2, 3);
    put_bits(&stream, 0, 1);
    put_bits(&stream, 0, 2);
    check_stream(&stream, "", fault);
    /* a repetition beyond the last one: codes of 1 bit for 17 and 18 */
    stream = dynamic_start(0, 0);
    put_bits(&stream, 0, 4);
    for (int i = 0; i < 4; i++) put_bits(&stream, i == 1 || i == 2, 3);
    for (int i = 0; i < 2; i++) {
        put_bits(&stream, 1, 1);
        put_bits(&stream, 127, 7);
    }
    check_stream(&stream, "", fault);
    /* no end of the block; too many codes; too few; too many distances; too few */
    test_code none = {{0}, {0}}, literals = {{0}, {0}}, distances = {{0}, {0}};
    distances.lengths[0] = 1;
    literals.lengths['a'] = literals.lengths['b'] = 1;
    stream = (bit_stream){{NULL, 0, 0}, 0};
    put_dynamic(&stream, false, &literals, 257, &distances, 1);
    check_stream(&stream, "", fault);
    literals.lengths[256] = 2;
    stream = (bit_stream){{NULL, 0, 0}, 0};
    put_dynamic(&stream, false, &literals, 257, &distances, 1);
    check_stream(&stream, "", fault);
    literals.lengths['b'] = 0;
    stream = (bit_stream){{NULL, 0, 0}, 0};
    put_dynamic(&stream, false, &literals, 257, &none, 1);
    check_stream(&stream, "", fault);
    literals.lengths[256] = 1;
    distances.lengths[1] = distances.lengths[2] = 1;
    stream = (bit_stream){{NULL, 0, 0}, 0};
    put_dynamic(&stream, false, &literals, 257, &distances, 3);
    check_stream(&stream, "", fault);
    distances.lengths[0] = distances.lengths[1] = 0;
    distances.lengths[2] = 2;
    stream = (bit_stream){{NULL, 0, 0}, 0};
    put_dynamic(&stream, false, &literals, 257, &distances, 3);
    check_stream(&stream, "", fault);
    stream = (bit_stream){{NULL, 0, 0}, 0};
    put_dynamic(&stream, false, &none, 257, &none, 1);
    check_stream(&stream, "", fault);
}

/* Repetitions of lengths that go from literals over to distances (3.2.7). */
static void repetitions_cross_over(void **state) {
    (void)state;
    bit_stream stream = dynamic_start(0, 1);
    /* order 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1: 16: 2 bits, 18: 2, 2: 2, 1: 2 */
    static const uint8_t plain_codes[18] = {2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2};
    put_bits(&stream, COUNT(plain_codes) - 4, 4);
    for (size_t i = 0; i < COUNT(plain_codes); i++) put_bits(&stream, plain_codes[i], 3);
    /* canonical: 1 is 00, 2 is 01, 16 is 10, 18 is 11 */
    put_code(&stream, 3, 2); /* 18: 97 zeros, up to 'a' */
    put_bits(&stream, 97 - 11, 7);
    put_code(&stream, 1, 2); /* 'a': 2 bits */
    put_code(&stream, 1, 2); /* 'b': 2 bits */
    put_code(&stream, 3, 2); /* 138 zeros */
    put_bits(&stream, 127, 7);
    put_code(&stream, 3, 2); /* 19 zeros, up to 256 */
    put_bits(&stream, 19 - 11, 7);
    put_code(&stream, 0, 2); /* the end: 1 bit; 259 are wanted, 2 of them distances */
    put_code(&stream, 0, 2);
    put_code(&stream, 0, 2);
    test_code literals = {{0}, {0}};
    literals.lengths['a'] = literals.lengths['b'] = 2;
    literals.lengths[256] = 1;
    code_make(&literals);
    put_symbol(&stream, &literals, 'a');
    put_symbol(&stream, &literals, 'b');
    put_symbol(&stream, &literals, 256);
    put_end(&stream);
    check_stream(&stream, "ab", NULL);

    /* The same with a repetition over the border: end, then 3 times the same for distances. */
    stream = dynamic_start(0, 3);
    put_bits(&stream, COUNT(plain_codes) - 4, 4);
    for (size_t i = 0; i < COUNT(plain_codes); i++) put_bits(&stream, plain_codes[i], 3);
    put_code(&stream, 3, 2);
    put_bits(&stream, 97 - 11, 7);
    put_code(&stream, 0, 2); /* 'a': 1 bit */
    put_code(&stream, 3, 2);
    put_bits(&stream, 127, 7);
    put_code(&stream, 3, 2); /* 19 zeros, up to 255 */
    put_bits(&stream, 19 - 11, 7);
    put_code(&stream, 1, 2); /* 255: 2 bits, and again for 256 and the four distances */
    put_code(&stream, 2, 2);
    put_bits(&stream, 5 - 3, 2);
    literals = (test_code){{0}, {0}};
    literals.lengths['a'] = 1;
    literals.lengths[255] = literals.lengths[256] = 2;
    code_make(&literals);
    put_symbol(&stream, &literals, 'a');
    put_symbol(&stream, &literals, 256);
    put_end(&stream);
    check_stream(&stream, "a", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_read),
        cmocka_unit_test(no_payload_at_all),
        cmocka_unit_test(every_length_and_distance),
        cmocka_unit_test(fixed_codes_that_never_occur),
        cmocka_unit_test(distances_before_the_start),
        cmocka_unit_test(long_codes),
        cmocka_unit_test(codes_for_distances_may_be_few),
        cmocka_unit_test(distance_codes_31_and_32),
        cmocka_unit_test(code_lengths_that_make_no_code),
        cmocka_unit_test(repetitions_cross_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
