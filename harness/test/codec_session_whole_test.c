/* SPDX-License-Identifier: MIT */
/* Messages as one event, scratch buffers, and long payloads. */
#include "codec_session.h"

/* One push to a new session. */
typedef struct pushed {
    wsc_session_event event;
    size_t consumed;
} pushed;

/* The first event of a whole input, and a check that its data lie where they may. */
static pushed push_first(session_run *run, const session_way *way, const uint8_t *data, size_t len) {
    pushed first;
    session_start(run, way);
    first.consumed = wsc_session_push(&run->session, data, len, &first.event);
    return first;
}

static test_octets one_frame(bool masked, uint8_t opcode, const void *payload, size_t len) {
    test_octets frame = {NULL, 0, 0};
    wsc_frame header = {.fin = true, .opcode = opcode, .masked = masked};
    if (masked) memcpy(header.key, "\x9A\x01\xC3\x7F", 4);
    test_put_frame(&frame, header, payload, len);
    return frame;
}

/* A message of that payload is one event exactly if it is whole and fits into scratch. */
static void check_whole(wsc_role role, uint8_t opcode, const uint8_t *payload, size_t len, size_t scratch_len,
                        size_t extra) {
    session_way way = {.role = role, .whole_messages = true, .scratch_len = scratch_len};
    test_octets frame = one_frame(role == WSC_SERVER, opcode, payload, len);
    size_t size = frame.len;
    for (size_t i = 0; i < extra; i++) test_put(&frame, "\x8A", 1);
    uint8_t *exact = test_exact(frame.data, frame.len);
    session_run run;
    pushed first = push_first(&run, &way, exact, frame.len);
    bool fits = role == WSC_CLIENT || len <= scratch_len;
    if (fits) {
        assert_int_equal(first.event.type, WSC_SESSION_MESSAGE);
        assert_int_equal(first.consumed, size);
        assert_int_equal(first.event.opcode, opcode);
        assert_int_equal(first.event.len, len);
        if (len > 0) assert_memory_equal(first.event.data, payload, len);
        if (role == WSC_CLIENT) assert_ptr_equal(first.event.data, exact + size - len);
        if (role == WSC_SERVER && len > 0) assert_ptr_equal(first.event.data, run.scratch);
    } else {
        assert_int_equal(first.event.type, WSC_SESSION_MESSAGE_BEGIN);
    }
    session_end(&run);
    /* One octet short of the whole, or without being asked for: no such event. */
    if (len > 0) {
        uint8_t *shorter = test_exact(frame.data, size - 1);
        first = push_first(&run, &way, shorter, size - 1);
        assert_int_equal(first.event.type, WSC_SESSION_MESSAGE_BEGIN);
        session_end(&run);
        free(shorter);
    }
    way.whole_messages = false;
    first = push_first(&run, &way, exact, frame.len);
    assert_int_equal(first.event.type, WSC_SESSION_MESSAGE_BEGIN);
    session_end(&run);
    free(exact);
    test_clear(&frame);
}

static void messages_are_whole_when_they_can_be(void **state) {
    (void)state;
    static const size_t lens[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 125, 126, 127, 4096, 5000};
    static const size_t scratch_lens[] = {0, 1, 8, 15, 16, 17, 126, 4096, 5000};
    uint8_t *payload = test_alloc(5000);
    for (size_t i = 0; i < 5000; i++) payload[i] = (uint8_t)(' ' + i % 90);
    for (size_t i = 0; i < COUNT(lens); i++) {
        for (size_t k = 0; k < COUNT(scratch_lens); k++) {
            for (size_t extra = 0; extra < 24; extra += 23) {
                check_whole(WSC_CLIENT, WSC_OP_TEXT, payload, lens[i], scratch_lens[k], extra);
                check_whole(WSC_CLIENT, WSC_OP_BINARY, payload, lens[i], scratch_lens[k], extra);
                check_whole(WSC_SERVER, WSC_OP_TEXT, payload, lens[i], scratch_lens[k], extra);
                check_whole(WSC_SERVER, WSC_OP_BINARY, payload, lens[i], scratch_lens[k], extra);
            }
        }
    }
    free(payload);
}

/* Short masked messages go a way of their own: each length, each octet, at each place. */
static void short_messages_hold_any_octet(void **state) {
    (void)state;
    enum { LONGEST = 18 };
    session_way way = {.role = WSC_SERVER, .whole_messages = true, .scratch_len = 64};
    for (size_t len = 1; len <= LONGEST; len++) {
        for (size_t at = 0; at < len; at++) {
            for (unsigned octet = 0; octet < 256; octet++) {
                uint8_t payload[LONGEST];
                memset(payload, 'p', sizeof payload);
                payload[at] = (uint8_t)octet;
                for (int text = 0; text < 2; text++) {
                    uint8_t opcode = text == 1 ? WSC_OP_TEXT : WSC_OP_BINARY;
                    test_octets frame = one_frame(true, opcode, payload, len);
                    for (int i = 0; i < 20; i++) test_put(&frame, "\xFF", 1);
                    session_run run;
                    pushed first = push_first(&run, &way, frame.data, frame.len);
                    if (opcode == WSC_OP_BINARY || octet < 0x80) {
                        assert_int_equal(first.event.type, WSC_SESSION_MESSAGE);
                        assert_int_equal(first.event.len, len);
                        assert_memory_equal(first.event.data, payload, len);
                        assert_int_equal(first.consumed, 6 + len);
                    } else {
                        assert_int_equal(first.event.type, WSC_SESSION_MESSAGE_BEGIN);
                    }
                    session_end(&run);
                    test_clear(&frame);
                }
            }
        }
    }
}

/* What is no legal message by itself is never one event. */
static void other_frames_are_no_messages(void **state) {
    (void)state;
    static const struct {
        const char *octets;
        size_t len;
        uint64_t max_message;
        wsc_session_event_type type;
    } cases[] = {
        {"\x01\x05Hello", 7, 0, WSC_SESSION_MESSAGE_BEGIN},
        {"\x02\x05Hello", 7, 0, WSC_SESSION_MESSAGE_BEGIN},
        {"\x80\x05Hello", 7, 0, WSC_SESSION_FAIL},
        {"\xC1\x05Hello", 7, 0, WSC_SESSION_FAIL},
        {"\x83\x05Hello", 7, 0, WSC_SESSION_FAIL},
        {"\x89\x05Hello", 7, 0, WSC_SESSION_PING},
        {"\x8A\x05Hello", 7, 0, WSC_SESSION_PONG},
        {"\x88\x05\x03\xE8llo", 7, 0, WSC_SESSION_CLOSE},
        {"\x81\x05Hello", 7, 4, WSC_SESSION_FAIL},
        {"\x81\x05Hello", 7, 5, WSC_SESSION_MESSAGE},
        {"\x81\x05Hell\xC3", 7, 0, WSC_SESSION_MESSAGE_BEGIN},
        {"\x81\x05Hell\xFF", 7, 0, WSC_SESSION_MESSAGE_BEGIN},
        {"\x82\x05Hell\xFF", 7, 0, WSC_SESSION_MESSAGE},
        {"\x81\x7E\x00\x05Hello", 9, 0, WSC_SESSION_FAIL},
        {"\x81\x7F\x00\x00\x00\x00\x00\x00\x00\x05Hello", 15, 0, WSC_SESSION_FAIL},
    };
    /* Octets behind the frame, so that each of the ways to recognise a message is tried. */
    for (size_t extra = 0; extra <= 24; extra += 24) {
        for (size_t i = 0; i < COUNT(cases); i++) {
            session_input input = session_input_make(cases[i].octets, cases[i].len);
            for (size_t k = 0; k < extra; k++) {
                test_put(&input.plain, "\x8A", 1);
                test_put(&input.masked, "\x8A", 1);
            }
            for (int role = 0; role < 2; role++) {
                session_way way = {.role = role == 0 ? WSC_CLIENT : WSC_SERVER,
                                   .whole_messages = true,
                                   .scratch_len = 100,
                                   .max_message = cases[i].max_message};
                test_octets *octets = role == 0 ? &input.plain : &input.masked;
                session_run run;
                pushed first = push_first(&run, &way, octets->data, octets->len);
                if (first.event.type != cases[i].type) fail_msg("case %zu role %d", i, role);
                session_end(&run);
            }
            session_input_clear(&input);
        }
    }
}

static void the_wrong_mask_makes_no_message(void **state) {
    (void)state;
    /* Short and long: there are two ways to recognise a message. */
    for (size_t len = 0; len <= 27; len += 9) {
        session_run run;
        session_way way = {.role = WSC_CLIENT, .whole_messages = true, .scratch_len = 100};
        test_octets frame = one_frame(true, WSC_OP_TEXT, "Hello, and so on, and so on", len);
        for (int i = 0; i < 24; i++) test_put(&frame, "\x8A", 1);
        assert_int_equal(push_first(&run, &way, frame.data, frame.len).event.fault,
                         WSC_FAULT_MASKED_FROM_SERVER);
        session_end(&run);
        test_clear(&frame);
        frame = one_frame(false, WSC_OP_TEXT, "Hello, and so on, and so on", len);
        for (int i = 0; i < 24; i++) test_put(&frame, "\x8A", 1);
        way.role = WSC_SERVER;
        assert_int_equal(push_first(&run, &way, frame.data, frame.len).event.fault,
                         WSC_FAULT_UNMASKED_FROM_CLIENT);
        session_end(&run);
        test_clear(&frame);
    }
}

/* Lengths that fit a shorter form are refused also where the message is whole; those that just do not fit are
   none of that. */
static void lengths_have_to_be_minimal(void **state) {
    (void)state;
    static const struct {
        wsc_length_form form;
        size_t len;
        bool minimal;
    } cases[] = {{WSC_LENGTH_16, 0, false},     {WSC_LENGTH_16, 16, false},  {WSC_LENGTH_16, 125, false},
                 {WSC_LENGTH_16, 126, true},    {WSC_LENGTH_64, 125, false}, {WSC_LENGTH_64, 126, false},
                 {WSC_LENGTH_64, 65535, false}, {WSC_LENGTH_64, 65536, true}};
    uint8_t *payload = test_alloc(65536);
    memset(payload, 'm', 65536);
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        size_t k = i / 2;
        session_way way = {
            .role = i % 2 == 0 ? WSC_CLIENT : WSC_SERVER, .whole_messages = true, .scratch_len = 65536};
        wsc_frame header = {
            .fin = true, .opcode = WSC_OP_TEXT, .masked = way.role == WSC_SERVER, .form = cases[k].form};
        test_octets frame = {NULL, 0, 0};
        test_put_frame(&frame, header, payload, cases[k].len);
        session_run run;
        pushed first = push_first(&run, &way, frame.data, frame.len);
        assert_int_equal(first.event.type, cases[k].minimal ? WSC_SESSION_MESSAGE : WSC_SESSION_FAIL);
        assert_int_equal(first.event.fault, cases[k].minimal ? WSC_FAULT_NONE : WSC_FAULT_LENGTH_NOT_MINIMAL);
        session_end(&run);
        test_clear(&frame);
    }
    free(payload);
}

static void limits_hold_for_whole_messages(void **state) {
    (void)state;
    for (uint64_t max = 1; max <= 40; max++) {
        for (size_t len = 0; len <= 41; len++) {
            for (int role = 0; role < 2; role++) {
                session_way way = {.role = role == 0 ? WSC_CLIENT : WSC_SERVER,
                                   .whole_messages = true,
                                   .scratch_len = 64,
                                   .max_message = max};
                test_octets frame =
                    one_frame(role == 1, WSC_OP_BINARY, "0123456789abcdef0123456789abcdef0123456789", len);
                for (int i = 0; i < 24; i++) test_put(&frame, "\x8A", 1);
                session_run run;
                pushed first = push_first(&run, &way, frame.data, frame.len);
                assert_int_equal(first.event.type, len <= max ? WSC_SESSION_MESSAGE : WSC_SESSION_FAIL);
                session_end(&run);
                test_clear(&frame);
            }
        }
    }
}

/* Not inside of a message, and not after the Close frame either. */
static void whole_messages_come_only_where_messages_may(void **state) {
    (void)state;
    static const struct {
        const char *before;
        size_t len;
        const char *log;
    } cases[] = {{"\x01\x01x", 3, "begin text;text x;fail message-interleaved;"},
                 {"\x88\x00", 2, "close;fail data-after-close;"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        test_octets octets = {NULL, 0, 0};
        test_put(&octets, cases[i].before, cases[i].len);
        test_put(&octets, "\x82\x20", 2);
        test_put(&octets, "0123456789abcdef0123456789abcdef", 32);
        session_check(octets.data, octets.len, 0, cases[i].log, cases[i].len + 2);
        test_clear(&octets);
    }
}

/* ---- Long payloads ---- */

enum { LONG_LEN = 70001 };

/* Text of characters of three octets behind some letters, so that chunks of any size cut characters. */
static uint8_t *long_text(size_t letters) {
    static const uint8_t character[3] = {0xE6, 0xBC, 0xA2};
    uint8_t *text = test_alloc(LONG_LEN);
    memset(text, 'a', LONG_LEN);
    for (size_t i = letters; LONG_LEN - i >= 3; i += 3) memcpy(text + i, character, 3);
    return text;
}

/* What a session makes of one long text message that is ill-formed from octet `bad` on: the octets of DATA or
   MESSAGE, and whether it ends well. Pieces of `piece` octets. */
static void check_long(session_way way, const uint8_t *text, size_t bad, size_t piece) {
    test_octets frame = one_frame(way.role == WSC_SERVER, WSC_OP_TEXT, text, LONG_LEN);
    size_t header = frame.len - LONG_LEN;
    session_run run;
    session_start(&run, &way);
    size_t seen = 0, consumed = 0;
    bool ended = false, failed = false;
    for (size_t pos = 0; pos < frame.len && !failed; pos += piece) {
        size_t len = piece < frame.len - pos ? piece : frame.len - pos;
        uint8_t *exact = test_exact(frame.data + pos, len);
        size_t used = 0;
        wsc_session_event event;
        do {
            used += wsc_session_push(&run.session, exact + used, len - used, &event);
            if (event.type == WSC_SESSION_DATA || event.type == WSC_SESSION_MESSAGE) {
                assert_true(event.len <= LONG_LEN - seen);
                assert_memory_equal(event.data, text + seen, event.len);
                seen += event.len;
            }
            ended |= event.type == WSC_SESSION_MESSAGE_END || event.type == WSC_SESSION_MESSAGE;
            failed = event.type == WSC_SESSION_FAIL;
        } while (event.type != WSC_SESSION_MORE && !failed);
        consumed += used;
        free(exact);
    }
    assert_int_equal(seen, bad);
    assert_int_equal(ended, bad == LONG_LEN);
    assert_int_equal(failed, bad < LONG_LEN);
    assert_int_equal(consumed, failed ? header + bad + 1 : frame.len);
    session_end(&run);
    test_clear(&frame);
}

static void long_texts_are_checked_in_chunks(void **state) {
    (void)state;
    static const size_t pieces[] = {LONG_LEN + WSC_HEADER_MAX, 4096, 1000, 17, 1};
    static const size_t scratch_lens[] = {0, 5, 4096, 10000, LONG_LEN};
    static const size_t bads[] = {0, 1, 4095, 4096, 4097, 8191, 40000, LONG_LEN - 1, LONG_LEN};
    for (size_t i = 0; i < COUNT(bads); i++) {
        uint8_t *text = long_text(i % 3);
        size_t bad = bads[i];
        /* What was open before is closed by the letter, and then the octet is bad. */
        if (bad < LONG_LEN) {
            for (size_t k = bad < 3 ? 0 : bad - 3; k < bad; k++) text[k] = 'a';
            if (bad >= 3) {
                size_t k = bad - 3;
                while (k > 0 && (text[k - 1] & 0xC0) == 0x80) text[--k] = 'a';
                if (k > 0 && text[k - 1] >= 0xC0) text[k - 1] = 'a';
            }
            text[bad] = 0xFF;
        }
        for (size_t k = 0; k < COUNT(pieces) * COUNT(scratch_lens); k++) {
            size_t scratch_len = scratch_lens[k % COUNT(scratch_lens)];
            size_t piece = pieces[k / COUNT(scratch_lens)];
            for (int whole = 0; whole < 2; whole++) {
                session_way way = {
                    .role = WSC_SERVER, .whole_messages = whole == 1, .scratch_len = scratch_len};
                check_long(way, text, bad, piece);
                way.role = WSC_CLIENT;
                if (k % COUNT(scratch_lens) == 0) check_long(way, text, bad, piece);
            }
        }
        free(text);
    }
}

/* DATA events fill the scratch buffer as far as there is input. */
static void data_fill_the_scratch_buffer(void **state) {
    (void)state;
    uint8_t *text = long_text(0);
    test_octets frame = one_frame(true, WSC_OP_BINARY, text, LONG_LEN);
    session_way way = {.role = WSC_SERVER, .scratch_len = 10000};
    session_run run;
    pushed next = push_first(&run, &way, frame.data, frame.len);
    size_t pos = next.consumed;
    for (size_t left = LONG_LEN; left > 0;) {
        pos += wsc_session_push(&run.session, frame.data + pos, frame.len - pos, &next.event);
        assert_int_equal(next.event.type, WSC_SESSION_DATA);
        assert_int_equal(next.event.len, left < 10000 ? left : 10000);
        left -= next.event.len;
    }
    assert_int_equal(pos, frame.len);
    session_end(&run);
    test_clear(&frame);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_whole_when_they_can_be),
        cmocka_unit_test(short_messages_hold_any_octet),
        cmocka_unit_test(other_frames_are_no_messages),
        cmocka_unit_test(the_wrong_mask_makes_no_message),
        cmocka_unit_test(lengths_have_to_be_minimal),
        cmocka_unit_test(limits_hold_for_whole_messages),
        cmocka_unit_test(whole_messages_come_only_where_messages_may),
        cmocka_unit_test(long_texts_are_checked_in_chunks),
        cmocka_unit_test(data_fill_the_scratch_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
