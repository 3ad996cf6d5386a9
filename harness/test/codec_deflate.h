/* SPDX-License-Identifier: MIT */
/* For the tests of permessage-deflate: DEFLATE streams made bit by bit, and what readers say about them. */
#ifndef CODEC_DEFLATE_H
#define CODEC_DEFLATE_H

#include "codec_test_support.h"

/* ---- Streams made by hand (RFC 1951) ---- */

typedef struct bit_stream {
    test_octets octets;
    unsigned num_bits; /* used of the last octet; 0: it is full */
} bit_stream;

/* num bits, the lowest first: numbers. */
static inline void put_bits(bit_stream *stream, uint32_t value, unsigned num) {
    for (unsigned i = 0; i < num; i++) {
        if (stream->num_bits == 0) test_put(&stream->octets, "", 1);
        uint8_t *last = stream->octets.data + stream->octets.len - 1;
        *last = (uint8_t)(*last | (value >> i & 1) << stream->num_bits);
        stream->num_bits = (stream->num_bits + 1) % 8;
    }
}

/* num bits, the highest first: Huffman codes. */
static inline void put_code(bit_stream *stream, uint32_t code, unsigned num) {
    while (num-- > 0) put_bits(stream, code >> num, 1);
}

static inline void put_align(bit_stream *stream) {
    stream->num_bits = 0;
}

static inline void put_octets(bit_stream *stream, const void *data, size_t len) {
    put_align(stream);
    test_put(&stream->octets, data, len);
}

/* A block's header: type 0 stored, 1 fixed, 2 dynamic, 3 none. */
static inline void put_block(bit_stream *stream, bool final, unsigned type) {
    put_bits(stream, final, 1);
    put_bits(stream, type, 2);
}

static inline void put_stored(bit_stream *stream, bool final, const void *data, size_t len) {
    uint8_t lens[4] = {(uint8_t)len, (uint8_t)(len >> 8), (uint8_t)~len, (uint8_t)(~len >> 8)};
    put_block(stream, final, 0);
    put_octets(stream, lens, 4);
    put_octets(stream, data, len);
}

/* The header of the empty stored block whose tail is taken off: a proper end. */
static inline void put_end(bit_stream *stream) {
    put_block(stream, false, 0);
    put_align(stream);
}

/* A symbol of the fixed code for literals and lengths (3.2.6). */
static inline void put_fixed(bit_stream *stream, unsigned symbol) {
    if (symbol < 144)
        put_code(stream, 0x30 + symbol, 8);
    else if (symbol < 256)
        put_code(stream, 0x190 + symbol - 144, 9);
    else if (symbol < 280)
        put_code(stream, symbol - 256, 7);
    else
        put_code(stream, 0xC0 + symbol - 280, 8);
}

static inline void put_fixed_text(bit_stream *stream, const char *text) {
    while (*text != '\0') put_fixed(stream, (uint8_t)*text++);
}

static inline unsigned test_log2(unsigned number) {
    unsigned log = 0;
    while (number >>= 1) log++;
    return log;
}

/* Symbol and extra bits of a length (3 to 258) or of a distance (1 to 32768), by 3.2.5. */
typedef struct test_symbol {
    unsigned symbol, extra, num_extra;
} test_symbol;

static inline test_symbol length_symbol(unsigned length) {
    unsigned rest = length - 3;
    if (length == 258) return (test_symbol){285, 0, 0};
    if (rest < 8) return (test_symbol){257 + rest, 0, 0};
    unsigned num = test_log2(rest) - 2;
    return (test_symbol){257 + 4 * num + 4 + (rest >> num & 3), rest & ((1u << num) - 1), num};
}

static inline test_symbol distance_symbol(unsigned distance) {
    unsigned rest = distance - 1;
    if (rest < 4) return (test_symbol){rest, 0, 0};
    unsigned num = test_log2(rest) - 1;
    return (test_symbol){2 * num + 2 + (rest >> num & 1), rest & ((1u << num) - 1), num};
}

static inline void put_match(bit_stream *stream, unsigned length, unsigned distance) {
    test_symbol of_length = length_symbol(length), of_distance = distance_symbol(distance);
    put_fixed(stream, of_length.symbol);
    put_bits(stream, of_length.extra, of_length.num_extra);
    put_code(stream, of_distance.symbol, 5);
    put_bits(stream, of_distance.extra, of_distance.num_extra);
}

/* A Huffman code: the codes that lengths make (3.2.2). */
typedef struct test_code {
    uint8_t lengths[288];
    uint16_t codes[288];
} test_code;

static inline void code_make(test_code *code) {
    unsigned next = 0;
    for (unsigned len = 1; len <= 15; len++) {
        for (unsigned i = 0; i < 288; i++) {
            if (code->lengths[i] == len) code->codes[i] = (uint16_t)next++;
        }
        next <<= 1;
    }
}

static inline void put_symbol(bit_stream *stream, const test_code *code, unsigned symbol) {
    assert_true(code->lengths[symbol] > 0);
    put_code(stream, code->codes[symbol], code->lengths[symbol]);
}

/* The code for code lengths that the tests use: 4 bits for each of 0 to 15. */
static inline void put_plain_code_lengths(bit_stream *stream) {
    for (unsigned i = 0; i < 19; i++) put_bits(stream, i < 3 ? 0 : 4, 3);
}

/* The header of a dynamic block (3.2.7) for these codes, of which num_literals and num_distances are told. */
static inline void put_dynamic(bit_stream *stream, bool final, test_code *literals, unsigned num_literals,
                               test_code *distances, unsigned num_distances) {
    put_block(stream, final, 2);
    put_bits(stream, num_literals - 257, 5);
    put_bits(stream, num_distances - 1, 5);
    put_bits(stream, 15, 4);
    put_plain_code_lengths(stream);
    for (unsigned i = 0; i < num_literals; i++) put_code(stream, literals->lengths[i], 4);
    for (unsigned i = 0; i < num_distances; i++) put_code(stream, distances->lengths[i], 4);
    code_make(literals);
    code_make(distances);
}

/* ---- Messages and their readers ---- */

#define HELLO "f248cdc9c90700" /* RFC 7692 7.2.3.1 */

/* Payloads of compressed messages of one connection. */
typedef struct test_messages {
    test_octets payloads[4];
    size_t num;
} test_messages;

static inline void messages_clear(test_messages *messages) {
    for (size_t i = 0; i < messages->num; i++) test_clear(&messages->payloads[i]);
    messages->num = 0;
}

/* Takes the stream over as the next message. */
static inline void messages_take(test_messages *messages, bit_stream *stream) {
    assert_true(messages->num < COUNT(messages->payloads));
    messages->payloads[messages->num++] = stream->octets;
    *stream = (bit_stream){{NULL, 0, 0}, 0};
}

/* "f248..", several messages separated by "|". */
static inline void messages_read(test_messages *messages, const char *hex) {
    memset(messages, 0, sizeof *messages);
    messages->num = 1;
    for (; *hex != '\0'; hex++) {
        unsigned octet;
        if (*hex == '|') messages->num++;
        if (*hex == '|' || *hex == ' ') continue;
        assert_int_equal(sscanf(hex, "%2x", &octet), 1);
        uint8_t value = (uint8_t)octet;
        test_put(&messages->payloads[messages->num - 1], &value, 1);
        hex++;
    }
}

/* One of the two readers. */
typedef struct test_reader {
    wsc_inspector *inspector;
    wsc_inflater *inflater;
    void *memory;
} test_reader;

static inline test_reader reader_inspector(const wsc_inspector_config *config) {
    test_reader reader = {test_alloc(sizeof(wsc_inspector)), NULL, NULL};
    /* What was in its memory before says nothing. */
    memset(reader.inspector, 0xEE, sizeof *reader.inspector);
    wsc_inspector_init(reader.inspector, config);
    return reader;
}

static inline test_reader reader_inflater(const wsc_inflater_config *config) {
    size_t size = wsc_inflater_size(config);
    assert_true(size > 0);
    test_reader reader = {NULL, NULL, test_alloc(size)};
    memset(reader.memory, 0xEE, size);
    reader.inflater = wsc_inflater_init(reader.memory, size, config);
    assert_non_null(reader.inflater);
    return reader;
}

static inline void reader_clear(test_reader *reader) {
    free(reader->inspector);
    free(reader->memory);
    *reader = (test_reader){NULL, NULL, NULL};
}

static inline size_t reader_push(test_reader *reader, const uint8_t *src, size_t len,
                                 wsc_inflate_event *event) {
    if (reader->inspector != NULL) return wsc_inspector_push(reader->inspector, src, len, event);
    return wsc_inflater_push(reader->inflater, src, len, event);
}

static inline void reader_end(test_reader *reader, wsc_inflate_event *event) {
    if (reader->inspector != NULL)
        wsc_inspector_end(reader->inspector, event);
    else
        wsc_inflater_end(reader->inflater, event);
}

static inline void reader_stays_failed(test_reader *reader, wsc_fault fault) {
    wsc_inflate_event event;
    for (size_t len = 0; len < 20; len += 7) {
        assert_int_equal(reader_push(reader, (const uint8_t *)"abcdefghijklmnopqrst", len, &event), len);
        assert_int_equal(event.status, WSC_INFLATE_FAILED);
        assert_int_equal(event.fault, fault);
        assert_true(event.data == NULL && event.len == 0);
    }
    reader_end(reader, &event);
    assert_int_equal(event.status, WSC_INFLATE_FAILED);
    assert_int_equal(event.fault, fault);
}

/* What a reader made of one connection. */
typedef struct reader_result {
    test_octets plain;
    size_t consumed; /* octets, up to the end of all messages or the fault */
    size_t num_ended;
    wsc_fault fault;
} reader_result;

static inline void result_clear(reader_result *result) {
    test_clear(&result->plain);
}

/* One event; false if that is the end of it all. */
static inline bool result_event(reader_result *result, const wsc_inflate_event *event) {
    assert_int_equal(event->status == WSC_INFLATE_DATA, event->len > 0);
    assert_int_equal(event->status == WSC_INFLATE_FAILED, event->fault != WSC_FAULT_NONE);
    if (event->len > 0) test_put(&result->plain, event->data, event->len);
    result->fault = event->fault;
    if (event->status == WSC_INFLATE_END) result->num_ended++;
    return event->status != WSC_INFLATE_FAILED;
}

/* As test_piece, for a way that may be one of a longer message. */
static inline size_t piece_of(size_t way, size_t pos, size_t len) {
    size_t piece = test_piece(way, pos, len);
    return piece < len - pos ? piece : len - pos;
}

/* Feeds messages, each in pieces by `way` (of test_piece). */
static inline reader_result reader_run(test_reader *reader, const test_messages *messages, size_t way) {
    reader_result result = {{NULL, 0, 0}, 0, 0, WSC_FAULT_NONE};
    wsc_inflate_event event;
    bool alive = true;
    for (size_t i = 0; alive && i < messages->num; i++) {
        const test_octets *payload = &messages->payloads[i];
        for (size_t pos = 0; alive && pos < payload->len;) {
            size_t len = piece_of(way, pos, payload->len);
            uint8_t *piece = test_exact(payload->data + pos, len);
            size_t used = 0;
            do {
                used += reader_push(reader, used < len ? piece + used : NULL, len - used, &event);
                alive = result_event(&result, &event);
            } while (alive && event.status != WSC_INFLATE_MORE);
            assert_true(!alive || used == len);
            result.consumed += used;
            pos += len;
            free(piece);
        }
        do {
            if (!alive) break;
            reader_end(reader, &event);
            alive = result_event(&result, &event);
        } while (event.status == WSC_INFLATE_DATA);
    }
    if (!alive) reader_stays_failed(reader, result.fault);
    return result;
}

/* How the last message ended and its faults. */
static inline void facts_text(char *dst, size_t cap, const wsc_deflate_facts *facts) {
    int len = snprintf(dst, cap, "%s", wsc_deflate_end_name(facts->end));
    for (int i = 1; i < WSC_FAULT_COUNT; i++) {
        if ((facts->faults & WSC_FAULT_BIT(i)) == 0) continue;
        len += snprintf(dst + len, cap - (size_t)len, " %s", wsc_fault_name((wsc_fault)i));
        assert_in_range(len, 1, cap - 1);
    }
}

static inline size_t messages_longest(const test_messages *messages) {
    size_t longest = 0;
    for (size_t i = 0; i < messages->num; i++) {
        if (messages->payloads[i].len > longest) longest = messages->payloads[i].len;
    }
    return longest;
}

static inline size_t messages_total(const test_messages *messages) {
    size_t total = 0;
    for (size_t i = 0; i < messages->num; i++) total += messages->payloads[i].len;
    return total;
}

/* Runs the inspector in every way; `said` as in stream_case. */
static inline void check_inspector(const test_messages *messages, wsc_inspector_config config,
                                   const void *plain, size_t plain_len, const char *said, size_t blame) {
    bool fails = strncmp(said, "fail ", 5) == 0;
    for (size_t way = 0; way < test_ways(messages_longest(messages)); way++) {
        test_reader reader = reader_inspector(&config);
        reader_result result = reader_run(&reader, messages, way);
        assert_int_equal(result.plain.len, plain_len);
        if (plain_len > 0) assert_memory_equal(result.plain.data, plain, plain_len);
        if (fails) {
            assert_string_equal(wsc_fault_name(result.fault), said + 5);
            assert_true((reader.inspector->facts.faults & WSC_FAULT_BIT(result.fault)) != 0);
            if (blame > 0) assert_int_equal(result.consumed, blame);
        } else {
            char text[200];
            facts_text(text, sizeof text, &reader.inspector->facts);
            assert_string_equal(text, said);
            assert_int_equal(result.num_ended, messages->num);
            assert_int_equal(result.consumed, messages_total(messages));
        }
        result_clear(&result);
        reader_clear(&reader);
    }
}

static inline void check_zlib(const test_messages *messages, wsc_inflater_config config, const void *plain,
                              size_t plain_len, const char *fault) {
    for (size_t way = 0; way < test_ways(messages_longest(messages)); way++) {
        test_reader reader = reader_inflater(&config);
        reader_result result = reader_run(&reader, messages, way);
        assert_string_equal(wsc_fault_name(result.fault), fault != NULL ? fault : "none");
        /* Before it fails it may have given octets that it read out of the tail. */
        if (fault == NULL) assert_int_equal(result.plain.len, plain_len);
        size_t same = result.plain.len < plain_len ? result.plain.len : plain_len;
        if (same > 0) assert_memory_equal(result.plain.data, plain, same);
        if (fault == NULL) assert_int_equal(result.num_ended, messages->num);
        result_clear(&result);
        reader_clear(&reader);
    }
}

#endif
