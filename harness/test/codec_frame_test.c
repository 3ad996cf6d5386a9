/* SPDX-License-Identifier: MIT */
#include "codec_test_support.h"

typedef size_t decode_function(wsc_decoder *decoder, const uint8_t *src, size_t len, wsc_event *event);

/* What one frame amounts to in a log; also checks what holds for every event. */
static void log_header(test_log *log, const wsc_event *event) {
    const wsc_frame *f = &event->frame;
    test_word(log, "%s %d%d%d%d form %d length %llu key %s%02x%02x%02x%02x size %zu faults %llx",
              wsc_opcode_name(f->opcode), f->fin, f->rsv1, f->rsv2, f->rsv3, (int)f->form,
              (unsigned long long)f->length, f->masked ? "" : "none ", f->key[0], f->key[1], f->key[2],
              f->key[3], event->header_len, (unsigned long long)event->faults);
}

static void log_payload(test_log *log, const wsc_event *event) {
    uint8_t *plain = test_alloc(event->len);
    wsc_mask_plain(plain, event->data, event->len, event->frame.key, event->offset);
    test_payload(log, "payload", plain, event->len);
    free(plain);
}

/* Feeds an input in one way and logs the events; both functions give the same log. Every piece is an exact
   block. */
static void decode_log(test_log *log, decode_function *decode, const test_octets *input, size_t way) {
    wsc_decoder decoder;
    wsc_decoder_init(&decoder);
    uint64_t in_frame = 0;
    for (size_t pos = 0; pos < input->len || pos == 0;) {
        size_t len = test_piece(way, pos, input->len);
        if (input->len == 0) len = 0;
        uint8_t *piece = test_exact(input->data + pos, len);
        size_t used = 0;
        wsc_event event;
        do {
            size_t consumed = decode(&decoder, len - used == 0 ? NULL : piece + used, len - used, &event);
            assert_in_range(consumed, 0, len - used);
            switch (event.type) {
            case WSC_EVENT_MORE: assert_int_equal(used + consumed, len); break;
            case WSC_EVENT_HEADER:
                log_header(log, &event);
                assert_int_equal(event.offset, 0);
                in_frame = 0;
                break;
            case WSC_EVENT_PAYLOAD:
                assert_ptr_equal(event.data, piece + used);
                assert_int_equal(event.len, consumed);
                assert_true(event.len > 0 && event.offset == in_frame);
                in_frame += event.len;
                log_payload(log, &event);
                break;
            case WSC_EVENT_END:
                assert_int_equal(consumed, 0);
                assert_true(in_frame == event.frame.length);
                test_word(log, "end");
                break;
            case WSC_EVENT_FRAME:
                assert_ptr_equal(decode, wsc_decode_whole);
                assert_int_equal(consumed, event.header_len + event.len);
                assert_int_equal(event.len, event.frame.length);
                assert_int_equal(event.offset, 0);
                assert_ptr_equal(event.data, piece + used + event.header_len);
                log_header(log, &event);
                if (event.len > 0) log_payload(log, &event);
                test_word(log, "end");
                break;
            default: fail_msg("event %d", (int)event.type);
            }
            if (event.type != WSC_EVENT_MORE) assert_true(event.faults == wsc_frame_faults(&event.frame));
            if (event.type != WSC_EVENT_PAYLOAD && event.type != WSC_EVENT_FRAME)
                assert_true(event.data == NULL && event.len == 0);
            used += consumed;
        } while (event.type != WSC_EVENT_MORE);
        free(piece);
        pos += len;
        if (len == 0) break;
    }
    test_word(log, wsc_decoder_inside(&decoder) ? "inside" : "between");
}

/* The log of an input, which is the same for both functions and at every cut. To be cleared. */
static test_log decode_every_way(const test_octets *input) {
    test_log whole = {{NULL, 0, 0}, false};
    decode_log(&whole, wsc_decode, input, 0);
    for (size_t way = 0; way < test_ways(input->len); way++) {
        test_log log = {{NULL, 0, 0}, false};
        decode_log(&log, wsc_decode, input, way);
        assert_string_equal(test_text(&log), test_text(&whole));
        test_log_clear(&log);
        decode_log(&log, wsc_decode_whole, input, way);
        assert_string_equal(test_text(&log), test_text(&whole));
        test_log_clear(&log);
    }
    return whole;
}

static void check_log(const void *octets, size_t len, const char *expected) {
    test_octets input = {NULL, 0, 0};
    test_put(&input, octets, len);
    test_log log = decode_every_way(&input);
    assert_string_equal(test_text(&log), expected);
    test_log_clear(&log);
    test_clear(&input);
}

#define CHECK_LOG(octets, expected) check_log(octets, sizeof(octets) - 1, expected)

static void examples_of_the_rfc(void **state) {
    (void)state;
    /* RFC 6455 5.7, in its order; the two long ones are in the next test. */
    CHECK_LOG("\x81\x05Hello",
              "text 1000 form 7 length 5 key none 00000000 size 2 faults 0;payload Hello;end;between;");
    CHECK_LOG("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
              "text 1000 form 7 length 5 key 37fa213d size 6 faults 0;payload Hello;end;between;");
    CHECK_LOG("\x01\x03Hel\x80\x02lo",
              "text 0000 form 7 length 3 key none 00000000 size 2 faults 0;payload Hel;end;"
              "continuation 1000 form 7 length 2 key none 00000000 size 2 faults 0;payload lo;end;between;");
    CHECK_LOG("\x89\x05Hello",
              "ping 1000 form 7 length 5 key none 00000000 size 2 faults 0;payload Hello;end;between;");
    CHECK_LOG("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
              "pong 1000 form 7 length 5 key 37fa213d size 6 faults 0;payload Hello;end;between;");
}

static void long_examples_of_the_rfc(void **state) {
    (void)state;
    static const struct {
        const char *header;
        size_t header_len, payload;
        wsc_length_form form;
    } examples[] = {{"\x82\x7e\x01\x00", 4, 256, WSC_LENGTH_16},
                    {"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10, 65536, WSC_LENGTH_64}};
    for (size_t i = 0; i < COUNT(examples); i++) {
        size_t size = examples[i].header_len + examples[i].payload;
        uint8_t *octets = test_alloc(size);
        memset(octets, 'b', size);
        memcpy(octets, examples[i].header, examples[i].header_len);
        wsc_decoder decoder;
        wsc_decoder_init(&decoder);
        wsc_event event;
        assert_int_equal(wsc_decode(&decoder, octets, size, &event), examples[i].header_len);
        assert_int_equal(event.type, WSC_EVENT_HEADER);
        assert_true(event.frame.fin && event.frame.opcode == WSC_OP_BINARY && !event.frame.masked);
        assert_int_equal(event.frame.form, examples[i].form);
        assert_int_equal(event.frame.length, examples[i].payload);
        assert_int_equal(event.faults, 0);
        uint8_t *rest = octets + examples[i].header_len;
        assert_int_equal(wsc_decode(&decoder, rest, examples[i].payload, &event), examples[i].payload);
        assert_int_equal(event.type, WSC_EVENT_PAYLOAD);
        assert_int_equal(wsc_decode(&decoder, NULL, 0, &event), 0);
        assert_int_equal(event.type, WSC_EVENT_END);
        assert_int_equal(wsc_decode_whole(&decoder, octets, size, &event), size);
        assert_int_equal(event.type, WSC_EVENT_FRAME);
        assert_int_equal(event.len, examples[i].payload);
        free(octets);
    }
}

/* The faults of a header, said once more in the words of RFC 6455 5.2 and 5.5. */
static wsc_faults faults_expected(const wsc_frame *frame) {
    static const bool assigned[16] = {true, true, true, [8] = true, [9] = true, [10] = true};
    wsc_faults faults = 0;
    unsigned needed = frame->length <= 125 ? 7 : frame->length <= 65535 ? 16 : 64;
    bool control = frame->opcode / 8 == 1;
    if (frame->rsv1) faults |= WSC_FAULT_BIT(WSC_FAULT_RSV1);
    if (frame->rsv2) faults |= WSC_FAULT_BIT(WSC_FAULT_RSV2);
    if (frame->rsv3) faults |= WSC_FAULT_BIT(WSC_FAULT_RSV3);
    if (!assigned[frame->opcode]) faults |= WSC_FAULT_BIT(WSC_FAULT_OPCODE_RESERVED);
    if ((unsigned)frame->form != needed) faults |= WSC_FAULT_BIT(WSC_FAULT_LENGTH_NOT_MINIMAL);
    if (frame->length > INT64_MAX) faults |= WSC_FAULT_BIT(WSC_FAULT_LENGTH_TOP_BIT);
    if (control && !frame->fin) faults |= WSC_FAULT_BIT(WSC_FAULT_CONTROL_FRAGMENTED);
    if (control && needed != 7) faults |= WSC_FAULT_BIT(WSC_FAULT_CONTROL_TOO_LONG);
    return faults;
}

static void assert_same_frame(const wsc_frame *frame, const wsc_frame *expected) {
    assert_int_equal(frame->fin, expected->fin);
    assert_int_equal(frame->rsv1, expected->rsv1);
    assert_int_equal(frame->rsv2, expected->rsv2);
    assert_int_equal(frame->rsv3, expected->rsv3);
    assert_int_equal(frame->opcode, expected->opcode);
    assert_int_equal(frame->masked, expected->masked);
    assert_memory_equal(frame->key, expected->key, 4);
    assert_int_equal(frame->form, expected->form);
    assert_true(frame->length == expected->length);
}

/* Decodes a header whole, octet by octet, and cut at every place. */
static void check_header(const uint8_t *octets, size_t size, const wsc_frame *expected) {
    for (size_t way = 0; way < test_ways(size); way++) {
        wsc_decoder decoder;
        wsc_event event = {.type = WSC_EVENT_MORE};
        wsc_decoder_init(&decoder);
        for (size_t pos = 0; pos < size;) {
            size_t len = test_piece(way, pos, size);
            uint8_t *piece = test_exact(octets + pos, len);
            assert_int_equal(wsc_decoder_inside(&decoder), pos > 0);
            assert_int_equal(wsc_decode(&decoder, piece, len, &event), len);
            free(piece);
            pos += len;
            assert_int_equal(event.type, pos < size ? WSC_EVENT_MORE : WSC_EVENT_HEADER);
        }
        assert_same_frame(&event.frame, expected);
        assert_true(event.faults == faults_expected(expected));
        assert_true(wsc_frame_faults(expected) == event.faults);
        assert_int_equal(event.header_len, size);
        assert_int_equal(wsc_decoder_inside(&decoder), expected->length > 0);
    }
}

static const uint64_t lengths[] = {0,
                                   1,
                                   124,
                                   125,
                                   126,
                                   127,
                                   128,
                                   65534,
                                   65535,
                                   65536,
                                   UINT32_MAX,
                                   (uint64_t)UINT32_MAX + 1,
                                   INT64_MAX,
                                   (uint64_t)INT64_MAX + 1,
                                   UINT64_MAX - 1,
                                   UINT64_MAX};
static const wsc_length_form forms[] = {WSC_LENGTH_MINIMAL, WSC_LENGTH_7, WSC_LENGTH_16, WSC_LENGTH_64};

/* Encodes a header and reads it again. */
static void check_round_trip(wsc_frame frame) {
    uint64_t most = frame.form == WSC_LENGTH_7 ? 125 : frame.form == WSC_LENGTH_16 ? 65535 : UINT64_MAX;
    uint8_t *octets = test_alloc(WSC_HEADER_MAX);
    size_t size = wsc_frame_encode(octets, &frame);
    if (frame.length > most) {
        assert_int_equal(size, 0);
        free(octets);
        return;
    }
    if (frame.form == WSC_LENGTH_MINIMAL) {
        frame.form = frame.length <= 125     ? WSC_LENGTH_7
                     : frame.length <= 65535 ? WSC_LENGTH_16
                                             : WSC_LENGTH_64;
    }
    size_t extended = frame.form == WSC_LENGTH_7 ? 0 : frame.form == WSC_LENGTH_16 ? 2 : 8;
    assert_int_equal(size, 2 + extended + (frame.masked ? 4 : 0));
    check_header(octets, size, &frame);
    free(octets);
}

static void every_header_makes_a_round_trip(void **state) {
    (void)state;
    for (unsigned bits = 0; bits < 256; bits++) {
        for (unsigned masked = 0; masked < 2; masked++) {
            for (size_t i = 0; i < COUNT(lengths); i++) {
                for (size_t k = 0; k < COUNT(forms); k++) {
                    wsc_frame frame = {.fin = (bits & 0x80) != 0,
                                       .rsv1 = (bits & 0x40) != 0,
                                       .rsv2 = (bits & 0x20) != 0,
                                       .rsv3 = (bits & 0x10) != 0,
                                       .opcode = bits & 0x0F,
                                       .masked = masked != 0,
                                       .form = forms[k],
                                       .length = lengths[i]};
                    if (masked != 0) memcpy(frame.key, "\x01\x80\x00\xFF", 4);
                    check_round_trip(frame);
                }
            }
        }
    }
}

static void what_no_header_can_hold_is_refused(void **state) {
    (void)state;
    uint8_t octets[WSC_HEADER_MAX];
    wsc_frame frame = {.opcode = 16};
    assert_int_equal(wsc_frame_encode(octets, &frame), 0);
    frame = (wsc_frame){.opcode = 1, .form = (wsc_length_form)8};
    assert_int_equal(wsc_frame_encode(octets, &frame), 0);
    frame = (wsc_frame){.opcode = 1, .form = WSC_LENGTH_7, .length = 126};
    assert_int_equal(wsc_frame_encode(octets, &frame), 0);
    frame = (wsc_frame){.opcode = 1, .form = WSC_LENGTH_16, .length = 65536};
    assert_int_equal(wsc_frame_encode(octets, &frame), 0);
}

/* Frames of all kinds one after the other, with payloads, legal and not. */
static test_octets mixed_frames(test_random *random, size_t num_frames) {
    test_octets input = {NULL, 0, 0};
    for (size_t i = 0; i < num_frames; i++) {
        static const size_t payloads[] = {0, 1, 2, 5, 16, 17, 60, 125, 126, 130};
        uint8_t payload[130];
        size_t len = payloads[test_below(random, COUNT(payloads))];
        for (size_t k = 0; k < len; k++) payload[k] = (uint8_t)test_next(random);
        uint32_t bits = test_next(random);
        wsc_frame frame = {.fin = (bits & 1) != 0,
                           .rsv1 = (bits & 14) == 2,
                           .rsv2 = (bits & 14) == 4,
                           .rsv3 = (bits & 14) == 6,
                           .opcode = (uint8_t)(bits >> 4 & 15),
                           .masked = (bits & 0x100) != 0,
                           .form = (bits & 0xE00) == 0       ? WSC_LENGTH_16
                                   : (bits & 0xE00) == 0x200 ? WSC_LENGTH_64
                                                             : WSC_LENGTH_MINIMAL};
        if (frame.masked) memcpy(frame.key, &bits, 4);
        test_put_frame(&input, frame, payload, len);
    }
    return input;
}

static void cuts_change_nothing(void **state) {
    (void)state;
    test_random random = {7};
    for (int round = 0; round < 25; round++) {
        test_octets input = mixed_frames(&random, 1 + test_below(&random, 5));
        /* Also inputs that end anywhere inside. */
        for (size_t drop = 0; drop < 40 && drop < input.len; drop += 13) {
            test_octets shorter = {input.data, input.len - drop, 0};
            test_log log = decode_every_way(&shorter);
            test_log_clear(&log);
        }
        test_clear(&input);
    }
}

/* Every frame that is whole is one event, and one that lacks an octet is not. */
static void whole_frames_are_one_event(void **state) {
    (void)state;
    static const size_t lens[] = {0, 1, 5, 16, 125, 126, 130, 65536};
    static const uint8_t behind[16] = {0x81, 0x85};
    uint8_t *payload = test_alloc(65536);
    for (size_t i = 0; i < 65536; i++) payload[i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < COUNT(lens) * 256 * 2; i++) {
        size_t len = lens[i % COUNT(lens)];
        unsigned first = (unsigned)(i / COUNT(lens)) % 256;
        if (len == 65536 && first % 37 != 0) continue;
        wsc_frame frame = {.fin = (first & 0x80) != 0,
                           .rsv1 = (first & 0x40) != 0,
                           .rsv2 = (first & 0x20) != 0,
                           .rsv3 = (first & 0x10) != 0,
                           .opcode = first & 0x0F,
                           .masked = i >= COUNT(lens) * 256,
                           .form = len < 126     ? WSC_LENGTH_7
                                   : len < 65536 ? WSC_LENGTH_16
                                                 : WSC_LENGTH_64,
                           .length = len};
        if (frame.masked) memcpy(frame.key, "\x01\x80\x00\xFF", 4);
        for (size_t extra = 0; extra <= 16; extra += 8) {
            test_octets octets = {NULL, 0, 0};
            test_put_frame(&octets, frame, payload, len);
            size_t size = octets.len;
            test_put(&octets, behind, extra);
            uint8_t *exact = test_exact(octets.data, octets.len);
            wsc_decoder decoder;
            wsc_event event;
            wsc_decoder_init(&decoder);
            assert_int_equal(wsc_decode_whole(&decoder, exact, octets.len, &event), size);
            assert_int_equal(event.type, WSC_EVENT_FRAME);
            assert_same_frame(&event.frame, &frame);
            assert_true(event.faults == faults_expected(&frame));
            assert_int_equal(event.len, len);
            assert_ptr_equal(event.data, exact + size - len);
            assert_int_equal(event.header_len, size - len);
            assert_int_equal(event.offset, 0);
            assert_false(wsc_decoder_inside(&decoder));
            (void)wsc_decode_whole(&decoder, exact, size - 1, &event);
            assert_int_equal(event.type, len > 0 ? WSC_EVENT_HEADER : WSC_EVENT_MORE);
            assert_true(wsc_decoder_inside(&decoder));
            free(exact);
            test_clear(&octets);
        }
    }
    free(payload);
}

static void nothing_is_between_frames(void **state) {
    (void)state;
    wsc_decoder decoder;
    wsc_event event;
    wsc_decoder_init(&decoder);
    assert_false(wsc_decoder_inside(&decoder));
    assert_int_equal(wsc_decode(&decoder, NULL, 0, &event), 0);
    assert_int_equal(event.type, WSC_EVENT_MORE);
    assert_int_equal(wsc_decode_whole(&decoder, NULL, 0, &event), 0);
    assert_int_equal(event.type, WSC_EVENT_MORE);
    assert_false(wsc_decoder_inside(&decoder));
}

static void an_end_is_reported_without_input(void **state) {
    (void)state;
    wsc_decoder decoder;
    wsc_event event;
    wsc_decoder_init(&decoder);
    assert_int_equal(wsc_decode(&decoder, (const uint8_t *)"\x8A\x00", 2, &event), 2);
    assert_int_equal(event.type, WSC_EVENT_HEADER);
    assert_false(wsc_decoder_inside(&decoder));
    assert_int_equal(wsc_decode(&decoder, NULL, 0, &event), 0);
    assert_int_equal(event.type, WSC_EVENT_END);
    assert_int_equal(event.frame.opcode, WSC_OP_PONG);
    assert_int_equal(wsc_decode(&decoder, NULL, 0, &event), 0);
    assert_int_equal(event.type, WSC_EVENT_MORE);
}

/* A length of 2^64-1 needs no memory and does not wrap. */
static void the_longest_payload_goes_on(void **state) {
    (void)state;
    static const uint8_t header[] = {0x82, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    wsc_decoder decoder;
    wsc_event event;
    wsc_decoder_init(&decoder);
    assert_int_equal(wsc_decode(&decoder, header, sizeof header, &event), sizeof header);
    assert_true(event.frame.length == UINT64_MAX);
    assert_true(event.faults == WSC_FAULT_BIT(WSC_FAULT_LENGTH_TOP_BIT));
    uint8_t *piece = test_alloc(100000);
    memset(piece, 0x81, 100000);
    for (uint64_t offset = 0; offset < 5000000; offset += 100000) {
        assert_int_equal(wsc_decode(&decoder, piece, 100000, &event), 100000);
        assert_int_equal(event.type, WSC_EVENT_PAYLOAD);
        assert_true(event.offset == offset && event.len == 100000);
    }
    assert_true(wsc_decoder_inside(&decoder));
    free(piece);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_the_rfc),
        cmocka_unit_test(long_examples_of_the_rfc),
        cmocka_unit_test(every_header_makes_a_round_trip),
        cmocka_unit_test(what_no_header_can_hold_is_refused),
        cmocka_unit_test(cuts_change_nothing),
        cmocka_unit_test(whole_frames_are_one_event),
        cmocka_unit_test(nothing_is_between_frames),
        cmocka_unit_test(an_end_is_reported_without_input),
        cmocka_unit_test(the_longest_payload_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
