/* SPDX-License-Identifier: MIT */
/* A session that agreed on permessage-deflate (RFC 7692 6, 7.2): every talk in every way, as both roles. */
#include "codec_deflate.h"
#include "codec_session.h"

/* Frames as hex octets without masking keys, and what a session says. consumed: 0: all; SESSION_ANY. */
typedef struct talk {
    const char *frames, *log;
    uint64_t max_message;
    size_t consumed;
} talk;

#define CLOSE "880203e8"

/* f2 48 cd c9 c9 07 00 is Hello (RFC 7692 7.2.3.1), f2 00 11 00 00 Hello again (7.2.3.2). */
static const talk talks[] = {
    /* one frame, several, empty ones among them, pings between */
    {"c107f248cdc9c90700" CLOSE, "begin compressed text;text Hello;end text;close 1000 ;eof;", 0, 0},
    {"c207f248cdc9c90700" CLOSE, "begin compressed binary;binary Hello;end binary;close 1000 ;eof;", 0, 0},
    {"4103f248cd 8004c9c90700" CLOSE, "begin compressed text;text Hello;end text;close 1000 ;eof;", 0, 0},
    {"4100 0007f248cdc9c90700 0000 8000" CLOSE, "begin compressed text;text Hello;end text;close 1000 ;eof;",
     0, 0},
    {"4106f248cdc9c907 8900 8001"
     "00" CLOSE,
     "begin compressed text;text Hello;ping;end text;close 1000 ;eof;", 0, 0},
    {"4101f2 890548cdc9c907 8006"
     "48cdc9c90700" CLOSE,
     "begin compressed text;ping;control H\\xCD\\xC9\\xC9\\x07;sent;text Hello;end text;close 1000 ;eof;", 0,
     0},
    /* no octets: the octet 00, whole or behind empty fragments */
    {"c10100" CLOSE, "begin compressed text;end text;close 1000 ;eof;", 0, 0},
    {"4200 800100" CLOSE, "begin compressed binary;end binary;close 1000 ;eof;", 0, 0},
    /* taking over, also over messages that are not compressed and with other types */
    {"c107f248cdc9c90700 c105f200110000" CLOSE,
     "begin compressed text;text Hello;end text;begin compressed text;text Hello;end text;close 1000 ;eof;",
     0, 0},
    {"c107f248cdc9c90700 8102"
     "6162 8900 c205f200110000" CLOSE,
     "begin compressed text;text Hello;end text;begin text;text ab;end text;ping;begin compressed "
     "binary;binary Hello;end binary;close 1000 ;eof;",
     0, 0},
    /* a message that is not compressed, in fragments */
    {"0102"
     "6162 8001"
     "63" CLOSE,
     "begin text;text abc;end text;close 1000 ;eof;", 0, 0},
    /* BFINAL */
    {"c108f348cdc9c9070000 c105f200110000" CLOSE,
     "begin compressed text;text Hello;end text;begin compressed text;text Hello;end text;close 1000 ;eof;",
     0, 0},
    /* reserved bits */
    {"4103f248cd c004c9c90700", "begin compressed text;text He;fail rsv1-on-continuation;", 0, 7},
    {"0102"
     "6162 c000",
     "begin text;text ab;fail rsv1-on-continuation;", 0, 6},
    {"c000", "fail rsv1-on-continuation;", 0, 2},
    {"c900", "fail rsv1-on-control;", 0, 2},
    {"ca00", "fail rsv1-on-control;", 0, 2},
    {"c80203e8", "fail rsv1-on-control;", 0, 2},
    {"e100", "fail rsv2-set;", 0, 2},
    {"f100", "fail rsv2-set;", 0, 2},
    {"d100", "fail rsv3-set;", 0, 2},
    {"c300", "fail opcode-reserved;", 0, 2},
    {"cb00", "fail rsv1-on-control;", 0, 2},
    /* data that has no meaning: found in the octet that shows it */
    {"c10206"
     "ff",
     "begin compressed text;fail deflate-block-type;", 0, 3},
    {"c206000500000000", "begin compressed binary;fail deflate-stored-length;", 0, 7},
    /* likewise behind octets that are good, where the input ends with that octet but not the frame */
    {"c112f2f420666666", "begin compressed text;text IH;fail deflate-distance-before-start;", 0, 8},
    {"4205000500faff 800348656c", "begin compressed binary;binary Hel;fail deflate-end-in-block;", 0, 0},
    {"c100", "begin compressed text;fail deflate-end-without-block;", 0, 0},
    {"c10bf248cdc9c907000000ffff", "begin compressed text;text Hello;fail deflate-tail-left;", 0, 0},
    {"c107f348cdc9c90700", "begin compressed text;text Hello;fail deflate-end-without-block;", 0, 0},
    {"c105f200110000", "begin compressed text;text H;fail deflate-distance-before-start;", 0, 5},
    /* text has to be UTF-8 once it is decompressed: a stored block with "a", C3, "b" */
    {"c109"
     "000300fcff"
     "61c362"
     "00",
     "begin compressed text;text a\\xC3;fail text-not-utf8;", 0, SESSION_ANY},
    {"c109"
     "000300fcff"
     "61c3a4"
     "00" CLOSE,
     "begin compressed text;text a\\xC3\\xA4;end text;close 1000 ;eof;", 0, 0},
    {"c107"
     "000100feffff"
     "00",
     "begin compressed text;fail text-not-utf8;", 0, SESSION_ANY},
    {"c207"
     "000100feffff"
     "00" CLOSE,
     "begin compressed binary;binary \\xFF;end binary;close 1000 ;eof;", 0, 0},
    /* a character that ends with the message, or does not */
    {"c108"
     "000200fdff"
     "61c3"
     "00",
     "begin compressed text;text a\\xC3;fail text-not-utf8;", 0, 0},
    {"4108"
     "000200fdff"
     "61c3"
     "00 8001"
     "00",
     "begin compressed text;text a\\xC3;fail deflate-end-in-block;", 0, 0},
    /* the limit is one of what comes out */
    {"c107f248cdc9c90700" CLOSE, "begin compressed text;text Hello;end text;close 1000 ;eof;", 5, 0},
    {"c107f248cdc9c90700", "begin compressed text;text Hell;fail message-too-big;", 4, 8},
    {"c107f248cdc9c90700 c105f200110000" CLOSE,
     "begin compressed text;text Hello;end text;begin compressed text;text Hello;end text;close 1000 ;eof;",
     5, 0},
    /* of its frames: 8 octets and 1 and 64 more; 73 are all right in principle, 74 not */
    {"c24a", "fail message-too-big;", 8, 2},
    {"4249"
     "000000ffff"
     "000000ffff"
     "000000ffff"
     "000000ffff"
     "000000ffff"
     "000000ffff"
     "000000ffff"
     "000000ffff"
     "000000ffff"
     "000000ffff"
     "000000ffff"
     "000000ffff"
     "000000ffff"
     "000000ffff"
     "000000 8001"
     "00",
     "begin compressed binary;fail message-too-big;", 8, 77},
    {"8209", "fail message-too-big;", 8, 2},
};

static size_t hex_octets(test_octets *octets, const char *hex) {
    for (; *hex != '\0'; hex++) {
        unsigned octet;
        if (*hex == ' ') continue;
        assert_int_equal(sscanf(hex, "%2x", &octet), 1);
        uint8_t value = (uint8_t)octet;
        test_put(octets, &value, 1);
        hex++;
    }
    return octets->len;
}

/* Both roles, every way. */
static void check_talk(const test_octets *frames, const wsc_inspector_config *deflate, uint64_t max_message,
                       const char *log, size_t consumed) {
    session_input input = session_input_make(frames->data, frames->len);
    session_way way = {.role = WSC_CLIENT, .max_message = max_message, .deflate = deflate};
    session_check_role(&input.plain, way, log, consumed);
    way.role = WSC_SERVER;
    session_check_role(&input.masked, way, log, consumed == SESSION_ANY ? consumed : input.at[consumed]);
    session_input_clear(&input);
}

static void talks_are_judged(void **state) {
    (void)state;
    static const wsc_inspector_config deflate = {.strict = true};
    for (size_t i = 0; i < COUNT(talks); i++) {
        test_octets frames = {NULL, 0, 0};
        hex_octets(&frames, talks[i].frames);
        check_talk(&frames, &deflate, talks[i].max_message, talks[i].log,
                   talks[i].consumed == 0 ? frames.len : talks[i].consumed);
        test_clear(&frames);
    }
}

/* An inspector that is not strict notes what it can, and the session goes on. */
static void deviations_may_be_noted_only(void **state) {
    (void)state;
    static const wsc_inspector_config deflate = {.no_context_takeover = true, .sender = WSC_CLIENT};
    test_octets frames = {NULL, 0, 0};
    hex_octets(&frames, "c10bf248cdc9c907000000ffff c105f200110000 c100" CLOSE);
    check_talk(&frames, &deflate, 0,
               "begin compressed text;text Hello;end text;begin compressed text;text Hello;end text;begin "
               "compressed text;end text;close 1000 ;eof;",
               frames.len);
    test_clear(&frames);
}

static void what_was_not_agreed_is_refused(void **state) {
    (void)state;
    wsc_inspector_config deflate = {.no_context_takeover = true, .sender = WSC_CLIENT, .strict = true};
    test_octets frames = {NULL, 0, 0};
    hex_octets(&frames, "c107f248cdc9c90700 c105f200110000");
    check_talk(&frames, &deflate, 0,
               "begin compressed text;text Hello;end text;begin compressed text;text H;fail "
               "deflate-takeover-client;",
               9 + 5);
    deflate.sender = WSC_SERVER;
    check_talk(&frames, &deflate, 0,
               "begin compressed text;text Hello;end text;begin compressed text;text H;fail "
               "deflate-takeover-server;",
               9 + 5);
    /* without an agreement there is no RSV1 */
    check_talk(&frames, NULL, 0, "fail rsv1-set;", 2);
    test_clear(&frames);
}

/* A distance of 300 octets where 256 were agreed. */
static void the_window_is_what_was_agreed(void **state) {
    (void)state;
    for (int strict = 0; strict < 2; strict++) {
        wsc_inspector_config deflate = {.window_bits = 8, .sender = WSC_SERVER, .strict = strict};
        bit_stream stream = {{NULL, 0, 0}, 0};
        test_octets input = {NULL, 0, 0};
        uint8_t octets[400];
        memset(octets, 'x', sizeof octets);
        put_stored(&stream, false, octets, sizeof octets);
        put_block(&stream, false, 1);
        put_match(&stream, 3, 300);
        put_fixed(&stream, 256);
        put_end(&stream);
        test_put_frame(&input, (wsc_frame){.fin = true, .rsv1 = true, .opcode = WSC_OP_TEXT},
                       stream.octets.data, stream.octets.len);
        session_way way = {.role = WSC_CLIENT, .deflate = &deflate};
        for (way.pieces = 0; way.pieces < test_ways(input.len); way.pieces++) {
            session_run run;
            session_log(&run, &way, input.data, input.len);
            assert_int_equal(run.session.fault,
                             strict ? WSC_FAULT_DEFLATE_WINDOW_SERVER : WSC_FAULT_EOF_WITHOUT_CLOSE);
            assert_int_equal(run.inspector->facts.max_distance, 300);
            assert_int_equal(run.inspector->facts.faults, WSC_FAULT_BIT(WSC_FAULT_DEFLATE_WINDOW_SERVER));
            session_end(&run);
        }
        test_clear(&stream.octets);
        test_clear(&input);
    }
}

/* What comes out may be far more than what went in, in one piece of input; the log has it all. */
static void large_messages(void **state) {
    (void)state;
    wsc_inspector_config deflate = {.strict = true, .sender = WSC_CLIENT};
    bit_stream stream = {{NULL, 0, 0}, 0};
    put_block(&stream, false, 1);
    put_fixed(&stream, 'a');
    for (int i = 0; i < 2000; i++) put_match(&stream, 258, 1);
    put_fixed(&stream, 256);
    put_end(&stream);
    test_octets input = {NULL, 0, 0};
    wsc_frame frame = {.rsv1 = true, .opcode = WSC_OP_TEXT, .masked = true, .key = {1, 2, 3, 4}};
    test_put_frame(&input, frame, stream.octets.data, 100);
    frame = (wsc_frame){.fin = true, .opcode = WSC_OP_CONTINUATION, .masked = true, .key = {9, 8, 7, 6}};
    test_put_frame(&input, frame, stream.octets.data + 100, stream.octets.len - 100);
    const size_t plain = 1 + 2000 * 258;
    for (int limited = 0; limited < 2; limited++) {
        session_way way = {.role = WSC_SERVER, .deflate = &deflate, .max_message = plain - (size_t)limited};
        static const size_t scratch_lens[] = {0, 1, 64, 20000};
        for (size_t i = 0; i < COUNT(scratch_lens); i++) {
            way.scratch_len = scratch_lens[i];
            for (way.pieces = 0; way.pieces < 2; way.pieces++) {
                session_run run;
                session_log(&run, &way, input.data, input.len);
                const char *text = test_text(&run.log);
                size_t len = strlen("begin compressed text;text ");
                assert_memory_equal(text, "begin compressed text;text ", len);
                assert_int_equal(strspn(text + len, "a"), plain - (size_t)limited);
                assert_string_equal(text + len + plain - (size_t)limited,
                                    limited ? ";fail message-too-big;" : ";end text;fail eof-without-close;");
                session_end(&run);
            }
        }
    }
    test_clear(&input);
    test_clear(&stream.octets);
}

/* Every fault of compressed messages was seen here, except those of the inflater and what is only noted. */
static void every_fault_was_seen(void **state) {
    (void)state;
    wsc_faults seen =
        WSC_FAULT_BIT(WSC_FAULT_DEFLATE_INVALID) | WSC_FAULT_BIT(WSC_FAULT_DEFLATE_PADDING) |
        /* in the tests above and in those of the inspector */
        WSC_FAULT_BIT(WSC_FAULT_DEFLATE_WINDOW_SERVER) | WSC_FAULT_BIT(WSC_FAULT_DEFLATE_WINDOW_CLIENT) |
        WSC_FAULT_BIT(WSC_FAULT_DEFLATE_TAKEOVER_SERVER) | WSC_FAULT_BIT(WSC_FAULT_DEFLATE_TAKEOVER_CLIENT) |
        WSC_FAULT_BIT(WSC_FAULT_DEFLATE_CODE_LENGTHS) | WSC_FAULT_BIT(WSC_FAULT_DEFLATE_LENGTH_SYMBOL) |
        WSC_FAULT_BIT(WSC_FAULT_DEFLATE_DISTANCE_SYMBOL);
    for (size_t i = 0; i < COUNT(talks); i++) {
        for (int fault = 1; fault < WSC_FAULT_COUNT; fault++) {
            char word[80];
            (void)snprintf(word, sizeof word, "fail %s;", wsc_fault_name((wsc_fault)fault));
            if (strstr(talks[i].log, word) != NULL) seen |= WSC_FAULT_BIT(fault);
        }
    }
    for (int i = WSC_FAULT_RSV1_ON_CONTINUATION; i < WSC_FAULT_COUNT; i++) {
        if ((seen & WSC_FAULT_BIT(i)) == 0) fail_msg("%s was not seen", wsc_fault_name((wsc_fault)i));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(talks_are_judged),
        cmocka_unit_test(deviations_may_be_noted_only),
        cmocka_unit_test(what_was_not_agreed_is_refused),
        cmocka_unit_test(the_window_is_what_was_agreed),
        cmocka_unit_test(large_messages),
        cmocka_unit_test(every_fault_was_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
