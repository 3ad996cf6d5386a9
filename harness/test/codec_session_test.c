/* SPDX-License-Identifier: MIT */
/* The session as a strict peer: what it accepts, and each fault at its octet. */
#include "codec_session.h"

/* A conversation of a server: the octets that it sends, without masking keys; the log; how many octets are
   consumed, where 0 stands for all. Both roles are tested with it, whatever it says about a server. */
typedef struct talk {
    const char *octets;
    size_t len;
    const char *log;
    size_t consumed;
    uint64_t max_message;
} talk;

/* All octets are consumed; only the first `consumed`; a limit on messages besides. */
#define ALL(octets, log)                                                                                     \
    { octets, sizeof(octets) - 1, log, 0, 0 }
#define FIRST(octets, log, consumed)                                                                         \
    { octets, sizeof(octets) - 1, log, consumed, 0 }
#define LIMIT(octets, log, consumed, max_message)                                                            \
    { octets, sizeof(octets) - 1, log, consumed, max_message }

static const talk accepted[] = {
    ALL("\x88\x00", "close;eof;"),
    ALL("\x88\x02\x03\xE8", "close 1000 ;eof;"),
    ALL("\x88\x05\x03\xE9"
        "bye",
        "close 1001 bye;eof;"),
    ALL("\x88\x06\x0B\xB8z\xC5\xBE!", "close 3000 z\xC5\xBE!;eof;"),
    ALL("\x81\x05Hello\x88\x00", "begin text;text Hello;end text;close;eof;"),
    ALL("\x82\x03\xFF\x00\x80\x88\x00", "begin binary;binary \\xFF\\x00\\x80;end binary;close;eof;"),
    ALL("\x81\x00\x82\x00\x88\x00", "begin text;end text;begin binary;end binary;close;eof;"),
    /* fragments, some of them empty */
    ALL("\x01\x03Hel\x80\x02lo\x88\x00", "begin text;text Hello;end text;close;eof;"),
    ALL("\x01\x00\x00\x00\x80\x00\x88\x00", "begin text;end text;close;eof;"),
    ALL("\x02\x01x\x00\x00\x00\x01y\x80\x00\x88\x00", "begin binary;binary xy;end binary;close;eof;"),
    /* characters across fragments, and control frames between those */
    ALL("\x01\x01\xE2\x00\x01\x82\x80\x01\xAC\x88\x00",
        "begin text;text \\xE2\\x82\\xAC;end text;close;eof;"),
    ALL("\x01\x01\xC3\x89\x01\xFF\x8A\x00\x80\x01\xA9\x88\x00",
        "begin text;text \\xC3;ping;control \\xFF;sent;pong;text \\xA9;end text;close;eof;"),
    ALL("\x02\x01x\x89\x00\x80\x01y\x88\x00", "begin binary;binary x;ping;binary y;end binary;close;eof;"),
    /* unsolicited pongs and empty pings */
    ALL("\x8A\x02hi\x89\x00\x8A\x00\x88\x00", "pong;control hi;sent;ping;pong;close;eof;"),
    /* control frames after the Close frame */
    ALL("\x88\x00\x89\x01x\x8A\x00", "close;ping;control x;sent;pong;eof;"),
    /* a Close frame inside of a message, even inside of a character */
    ALL("\x01\x01\xC3\x88\x04\x03\xE8\xC3\xA9", "begin text;text \\xC3;close 1000 \xC3\xA9;eof;"),
    /* lengths in 16 bits, from 126 on */
    ALL("\x82\x7E\x00\x7E"
        "123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789."
        "123456789.123456789.123456789.123456\x88\x00",
        "begin binary;"
        "binary 123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789."
        "123456789.123456789.123456789.123456;end binary;close;eof;"),
};

static const talk refused[] = {
    FIRST("\xC1\x01x", "fail rsv1-set;", 2),
    FIRST("\xA1\x01x", "fail rsv2-set;", 2),
    FIRST("\x91\x01x", "fail rsv3-set;", 2),
    ALL("\x81\x00\xC9\x00", "begin text;end text;fail rsv1-set;"),
    FIRST("\x83\x01x", "fail opcode-reserved;", 2),
    ALL("\x87\x00", "fail opcode-reserved;"),
    ALL("\x8B\x00", "fail opcode-reserved;"),
    FIRST("\x8F\x01x", "fail opcode-reserved;", 2),
    ALL("\x09\x00", "fail control-fragmented;"),
    FIRST("\x08\x02\x03\xE8", "fail control-fragmented;", 2),
    ALL("\x89\x7E\x00\x7E", "fail control-too-long;"),
    FIRST("\x8A\x7F\x00\x00\x00\x00\x00\x01\x00\x00xyz", "fail control-too-long;", 10),
    FIRST("\x82\x7E\x00\x7Dxyz", "fail length-not-minimal;", 4),
    FIRST("\x82\x7F\x00\x00\x00\x00\x00\x00\xFF\xFFxyz", "fail length-not-minimal;", 10),
    FIRST("\x89\x7E\x00\x01x", "fail length-not-minimal;", 4),
    FIRST("\x82\x7F\x80\x00\x00\x00\x00\x00\x00\x00xyz", "fail length-top-bit;", 10),
    FIRST("\x80\x01x", "fail continuation-without-start;", 2),
    ALL("\x81\x01x\x00\x00", "begin text;text x;end text;fail continuation-without-start;"),
    FIRST("\x01\x01x\x81\x01y", "begin text;text x;fail message-interleaved;", 5),
    ALL("\x02\x00\x82\x00", "begin binary;fail message-interleaved;"),
    FIRST("\x01\x01x\x02\x01y", "begin text;text x;fail message-interleaved;", 5),
    /* text: at the octet that makes it ill-formed, or at its end */
    FIRST("\x81\x05zy\xFFxw", "begin text;text zy;fail text-not-utf8;", 5),
    ALL("\x81\x01\x80", "begin text;fail text-not-utf8;"),
    FIRST("\x81\x04\xF4\x90\x80\x80", "begin text;text \\xF4;fail text-not-utf8;", 4),
    ALL("\x81\x03z\xE2\x82", "begin text;text z\\xE2\\x82;fail text-not-utf8;"),
    ALL("\x01\x01\xE2\x80\x00", "begin text;text \\xE2;fail text-not-utf8;"),
    FIRST("\x01\x02z\xE2\x89\x00\x00\x02\x82z\x88\x00",
          "begin text;text z\\xE2;ping;text \\x82;fail text-not-utf8;", 10),
    FIRST("\x01\x02z\xED\x80\x02\xA0\x80\x88\x00", "begin text;text z\\xED;fail text-not-utf8;", 7),
    /* bodies of Close frames */
    FIRST("\x88\x01\x03", "fail close-one-octet;", 2),
    ALL("\x88\x02\x03\xE7", "fail close-code-illegal;"),
    FIRST("\x88\x05\x03\xEDxyz", "fail close-code-illegal;", 4),
    ALL("\x88\x02\x13\x88", "fail close-code-illegal;"),
    ALL("\x88\x04\x03\xE8x\xFF", "fail close-reason-not-utf8;"),
    FIRST("\x88\x06\x03\xE8\xC0\x80xy", "fail close-reason-not-utf8;", 5),
    ALL("\x88\x05\x03\xE8z\xE2\x82", "fail close-reason-not-utf8;"),
    /* after the Close frame */
    FIRST("\x88\x00\x81\x01x", "close;fail data-after-close;", 4),
    ALL("\x88\x00\x82\x00", "close;fail data-after-close;"),
    ALL("\x88\x00\x80\x00", "close;fail data-after-close;"),
    ALL("\x01\x00\x88\x00\x80\x00", "begin text;close;fail data-after-close;"),
    ALL("\x88\x00\x88\x00", "close;fail close-after-close;"),
    FIRST("\x88\x02\x03\xE8\x8A\x00\x88\x02\x03\xE8", "close 1000 ;pong;fail close-after-close;", 8),
    /* limits */
    LIMIT("\x82\x03xyz\x82\x04xyzw", "begin binary;binary xyz;end binary;fail message-too-big;", 7, 3),
    LIMIT("\x02\x02xy\x00\x01z\x00\x00\x89\x04ping\x80\x01w",
          "begin binary;binary xyz;ping;control ping;sent;fail message-too-big;", 17, 3),
    LIMIT("\x02\x03xyz\x80\x00\x01\x02xy\x80\x02zw",
          "begin binary;binary xyz;end binary;begin text;text xy;fail message-too-big;", 13, 3),
    LIMIT("\x02\x01x\x80\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "begin binary;binary x;fail message-too-big;",
          0, 3),
    /* the end of the stream */
    ALL("", "fail eof-without-close;"),
    ALL("\x81\x02hi", "begin text;text hi;end text;fail eof-without-close;"),
    ALL("\x01\x02hi", "begin text;text hi;fail eof-without-close;"),
    ALL("\x81", "fail eof-in-frame;"),
    ALL("\x81\x02", "begin text;fail eof-in-frame;"),
    ALL("\x81\x02h", "begin text;text h;fail eof-in-frame;"),
    ALL("\x88\x02\x03", "fail eof-in-frame;"),
    ALL("\x82\x7E\x01", "fail eof-in-frame;"),
    ALL("\x88\x00\x89\x02x", "close;fail eof-in-frame;"),
    ALL("\x88\x00\x89", "close;fail eof-in-frame;"),
};

static void check_talks(const talk *talks, size_t num_talks) {
    for (size_t i = 0; i < num_talks; i++) {
        size_t consumed = talks[i].consumed == 0 ? talks[i].len : talks[i].consumed;
        session_check(talks[i].octets, talks[i].len, talks[i].max_message, talks[i].log, consumed);
    }
}

static void legal_talks_are_accepted(void **state) {
    (void)state;
    check_talks(accepted, COUNT(accepted));
}

static void illegal_talks_are_refused(void **state) {
    (void)state;
    check_talks(refused, COUNT(refused));
}

/* The mask is what the role of the sender demands (5.1). */
static void check_mask(wsc_role role, const void *octets, size_t len, const char *expected, size_t consumed) {
    test_octets input = {NULL, 0, 0};
    test_put(&input, octets, len);
    session_check_role(&input, (session_way){.role = role}, expected, consumed);
    test_clear(&input);
}

static void the_mask_has_to_fit_the_role(void **state) {
    (void)state;
    check_mask(WSC_SERVER, "\x81\x01x", 3, "fail unmasked-from-client;", 2);
    check_mask(WSC_SERVER, "\x88\x00", 2, "fail unmasked-from-client;", 2);
    check_mask(WSC_SERVER, "\x82\x80\x01\x02\x03\x04\x8A\x00", 8,
               "begin binary;end binary;fail unmasked-from-client;", 8);
    check_mask(WSC_CLIENT, "\x81\x81\x01\x02\x03\x04y", 7, "fail masked-from-server;", 6);
    check_mask(WSC_CLIENT, "\x88\x80\x00\x00\x00\x00", 6, "fail masked-from-server;", 6);
}

/* Which faults the tables above show: all but those of permessage-deflate, which are tested by themselves. */
static void every_fault_was_seen(void **state) {
    (void)state;
    wsc_faults seen = WSC_FAULT_BIT(WSC_FAULT_UNMASKED_FROM_CLIENT) | /* their test is the one above */
                      WSC_FAULT_BIT(WSC_FAULT_MASKED_FROM_SERVER);
    for (size_t i = 0; i < COUNT(refused); i++) {
        const char *name = strstr(refused[i].log, "fail ");
        assert_non_null(name);
        char copy[64];
        int len = snprintf(copy, sizeof copy, "%s", name + 5);
        assert_in_range(len, 2, sizeof copy - 1);
        copy[len - 1] = '\0';
        wsc_fault fault = wsc_fault_from_name(copy);
        assert_int_not_equal(fault, WSC_FAULT_NONE);
        seen |= WSC_FAULT_BIT(fault);
    }
    for (int i = 1; i < WSC_FAULT_RSV1_ON_CONTINUATION; i++) {
        if ((seen & WSC_FAULT_BIT(i)) == 0) fail_msg("%s was not seen", wsc_fault_name((wsc_fault)i));
    }
}

/* ---- The first fault of a header, when it has several ---- */

/* What came before the header. */
typedef enum before { BEFORE_NOTHING, BEFORE_FRAGMENT, BEFORE_CLOSE, NUM_BEFORE } before;
#define FRAGMENT_LEN 2
#define MAX_MESSAGE  100

typedef struct header_case {
    wsc_frame frame;
    wsc_role role;
    before before;
    bool limited;
} header_case;

/* The faults of a header in its context, in the order of wsc.h, said once more along RFC 6455. */
static wsc_fault header_expected(const header_case *one) {
    const wsc_frame *frame = &one->frame;
    bool control = frame->opcode >= 8;
    bool open = one->before == BEFORE_FRAGMENT, closed = one->before == BEFORE_CLOSE;
    bool assigned = frame->opcode <= 2 || (frame->opcode >= 8 && frame->opcode <= 10);
    uint64_t needed = frame->length < 126 ? 7 : frame->length < 65536 ? 16 : 64;
    uint64_t room = open ? MAX_MESSAGE - FRAGMENT_LEN : MAX_MESSAGE;
    if (frame->rsv1) return WSC_FAULT_RSV1;
    if (frame->rsv2) return WSC_FAULT_RSV2;
    if (frame->rsv3) return WSC_FAULT_RSV3;
    if (!assigned) return WSC_FAULT_OPCODE_RESERVED;
    if (control && !frame->fin) return WSC_FAULT_CONTROL_FRAGMENTED;
    if (closed && frame->opcode == WSC_OP_CLOSE) return WSC_FAULT_CLOSE_AFTER_CLOSE;
    if (closed && !control) return WSC_FAULT_DATA_AFTER_CLOSE;
    if (frame->opcode == WSC_OP_CONTINUATION && !open) return WSC_FAULT_CONTINUATION_WITHOUT_START;
    if (!control && frame->opcode != WSC_OP_CONTINUATION && open) return WSC_FAULT_MESSAGE_INTERLEAVED;
    if (one->role == WSC_SERVER && !frame->masked) return WSC_FAULT_UNMASKED_FROM_CLIENT;
    if (one->role == WSC_CLIENT && frame->masked) return WSC_FAULT_MASKED_FROM_SERVER;
    if (control && frame->length > 125) return WSC_FAULT_CONTROL_TOO_LONG;
    if (frame->length >= (uint64_t)1 << 63) return WSC_FAULT_LENGTH_TOP_BIT;
    if ((unsigned)frame->form != needed) return WSC_FAULT_LENGTH_NOT_MINIMAL;
    if (frame->opcode == WSC_OP_CLOSE && frame->length == 1) return WSC_FAULT_CLOSE_ONE_OCTET;
    if (one->limited && !control && frame->length > room) return WSC_FAULT_MESSAGE_TOO_BIG;
    return WSC_FAULT_NONE;
}

static void put_before(test_octets *input, const header_case *one) {
    wsc_frame frame = {.masked = one->role == WSC_SERVER, .key = {1, 2, 3, 4}};
    if (!frame.masked) memset(frame.key, 0, 4);
    if (one->before == BEFORE_FRAGMENT) {
        frame.opcode = WSC_OP_BINARY;
        test_put_frame(input, frame, "ab", FRAGMENT_LEN);
    } else if (one->before == BEFORE_CLOSE) {
        frame.opcode = WSC_OP_CLOSE;
        frame.fin = true;
        test_put_frame(input, frame, "", 0);
    }
}

static void check_header_fault(const header_case *one) {
    test_octets input = {NULL, 0, 0};
    uint8_t header[WSC_HEADER_MAX], scratch[64];
    size_t size = wsc_frame_encode(header, &one->frame);
    if (size == 0) return;
    put_before(&input, one);
    size_t before_len = input.len;
    test_put(&input, header, size);
    wsc_fault expected = header_expected(one);
    for (int whole = 0; whole < 2; whole++) {
        wsc_session_config config = {.role = one->role,
                                     .max_message = one->limited ? MAX_MESSAGE : 0,
                                     .scratch = scratch,
                                     .scratch_len = sizeof scratch,
                                     .whole_messages = whole == 1};
        wsc_session session;
        wsc_session_event event;
        wsc_session_init(&session, &config);
        size_t pos = 0;
        while (pos < before_len)
            pos += wsc_session_push(&session, input.data + pos, before_len - pos, &event);
        /* Whatever was left to say about it. */
        do wsc_session_push(&session, NULL, 0, &event);
        while (event.type != WSC_SESSION_MORE);
        assert_int_equal(wsc_session_push(&session, input.data + pos, size, &event), size);
        if (event.fault != expected) {
            fail_msg("%s %llu octets before %d role %d: %s instead of %s", wsc_opcode_name(one->frame.opcode),
                     (unsigned long long)one->frame.length, (int)one->before, (int)one->role,
                     wsc_fault_name(event.fault), wsc_fault_name(expected));
        }
    }
    test_clear(&input);
}

static void the_first_fault_of_a_header_counts(void **state) {
    (void)state;
    static const uint64_t lengths[] = {0,   1,   2,     98,    99,    100,       101,
                                       125, 126, 65535, 65536, 70000, INT64_MAX, (uint64_t)INT64_MAX + 1};
    static const wsc_length_form forms[] = {WSC_LENGTH_7, WSC_LENGTH_16, WSC_LENGTH_64};
    header_case one = {.role = WSC_CLIENT};
    for (unsigned bits = 0; bits < 0x2000; bits++) {
        one.frame = (wsc_frame){.fin = (bits & 0x80) != 0,
                                .rsv1 = (bits & 0x40) != 0,
                                .rsv2 = (bits & 0x20) != 0,
                                .rsv3 = (bits & 0x10) != 0,
                                .opcode = bits & 0x0F,
                                .masked = (bits & 0x100) != 0};
        one.role = (bits & 0x200) != 0 ? WSC_SERVER : WSC_CLIENT;
        one.limited = (bits & 0x400) != 0;
        one.before = (before)(bits >> 11);
        if (one.before >= NUM_BEFORE) continue;
        for (size_t i = 0; i < COUNT(lengths) * COUNT(forms); i++) {
            one.frame.length = lengths[i / COUNT(forms)];
            one.frame.form = forms[i % COUNT(forms)];
            check_header_fault(&one);
        }
    }
}

/* ---- The rest of the contract ---- */

static void every_close_code_is_judged(void **state) {
    (void)state;
    for (unsigned code = 0; code <= 65535; code++) {
        uint8_t frame[4] = {0x88, 2, (uint8_t)(code >> 8), (uint8_t)(code & 0xFF)};
        wsc_session_config config = {.role = WSC_CLIENT};
        wsc_session session;
        wsc_session_event event;
        wsc_session_init(&session, &config);
        assert_int_equal(wsc_session_push(&session, frame, sizeof frame, &event), sizeof frame);
        if (wsc_code_sendable((uint16_t)code)) {
            assert_int_equal(event.type, WSC_SESSION_CLOSE);
            assert_int_equal(event.close.code, code);
        } else {
            assert_int_equal(event.fault, WSC_FAULT_CLOSE_CODE_ILLEGAL);
        }
    }
}

static void a_reason_may_have_123_octets(void **state) {
    (void)state;
    uint8_t frame[2 + WSC_CONTROL_MAX] = {0x88, WSC_CONTROL_MAX, 0x0F, 0xA0};
    char expected[200] = "close 4000 ";
    memset(frame + 4, 'r', WSC_CONTROL_MAX - 2);
    memset(expected + 11, 'r', WSC_CONTROL_MAX - 2);
    memcpy(expected + 11 + WSC_CONTROL_MAX - 2, ";eof;", 6);
    session_check(frame, sizeof frame, 0, expected, sizeof frame);
}

static void the_closing_handshake_takes_two(void **state) {
    (void)state;
    for (int first = 0; first < 2; first++) {
        wsc_session_config config = {.role = WSC_CLIENT};
        wsc_session session;
        wsc_session_event event;
        wsc_session_init(&session, &config);
        assert_false(wsc_session_closed(&session));
        if (first == 0) {
            wsc_session_close_sent(&session);
            assert_false(wsc_session_closed(&session));
            /* The peer may send on until it answers. */
            assert_int_equal(wsc_session_push(&session, (const uint8_t *)"\x81\x00", 2, &event), 2);
            assert_int_equal(event.type, WSC_SESSION_MESSAGE_BEGIN);
            assert_int_equal(wsc_session_push(&session, NULL, 0, &event), 0);
            assert_int_equal(event.type, WSC_SESSION_MESSAGE_END);
        }
        assert_int_equal(wsc_session_push(&session, (const uint8_t *)"\x88\x00", 2, &event), 2);
        assert_int_equal(event.type, WSC_SESSION_CLOSE);
        assert_int_equal(wsc_session_closed(&session), first == 0);
        if (first == 1) wsc_session_close_sent(&session);
        assert_true(wsc_session_closed(&session));
        wsc_session_eof(&session, &event);
        assert_int_equal(event.type, WSC_SESSION_MORE);
    }
}

/* No limit means none, and lengths do not wrap: fragments that claim 2^63-1 octets. */
static void without_a_limit_there_is_none(void **state) {
    (void)state;
    static const uint8_t header[] = {0x02, 0x7F, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    wsc_session_config config = {.role = WSC_CLIENT};
    wsc_session session;
    wsc_session_event event;
    wsc_session_init(&session, &config);
    assert_int_equal(wsc_session_push(&session, header, sizeof header, &event), sizeof header);
    assert_int_equal(event.type, WSC_SESSION_MESSAGE_BEGIN);
    uint8_t *piece = test_alloc(65536);
    memset(piece, 0xFF, 65536);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(wsc_session_push(&session, piece, 65536, &event), 65536);
        assert_int_equal(event.type, WSC_SESSION_DATA);
        assert_int_equal(event.len, 65536);
    }
    free(piece);
    config.max_message = UINT64_MAX;
    wsc_session_init(&session, &config);
    wsc_session_push(&session, header, sizeof header, &event);
    assert_int_equal(event.type, WSC_SESSION_MESSAGE_BEGIN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(legal_talks_are_accepted),
        cmocka_unit_test(illegal_talks_are_refused),
        cmocka_unit_test(the_mask_has_to_fit_the_role),
        cmocka_unit_test(every_fault_was_seen),
        cmocka_unit_test(the_first_fault_of_a_header_counts),
        cmocka_unit_test(every_close_code_is_judged),
        cmocka_unit_test(a_reason_may_have_123_octets),
        cmocka_unit_test(the_closing_handshake_takes_two),
        cmocka_unit_test(without_a_limit_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
