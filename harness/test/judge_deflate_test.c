/* SPDX-License-Identifier: MIT */
/* permessage-deflate as the observation sees it: what the heads agree on, what compressed messages hold, what
   the monitors find in them, and what outcomes say about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "judge/judge.h"

/* ---- Transcripts --------------------------------------------------------------------------------------- */

#define OFFER "permessage-deflate; client_max_window_bits"

/* A connection whose heads have these values of Sec-WebSocket-Extensions; NULL: no such field. */
static observation *opened(wsc_role judged, const char *offer, const char *answer) {
    char request[1024], response[1024];
    snprintf(request, sizeof request,
             "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
             offer ? "Sec-WebSocket-Extensions: " : "", offer ? offer : "", offer ? "\r\n" : "");
    snprintf(response, sizeof response,
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n%s%s%s\r\n",
             answer ? "Sec-WebSocket-Extensions: " : "", answer ? answer : "", answer ? "\r\n" : "");
    observation *o = observe_new(judged);
    assert_non_null(o);
    obs_party client = judged == WSC_SERVER ? OBS_HARNESS : OBS_PEER,
              server = judged == WSC_SERVER ? OBS_PEER : OBS_HARNESS;
    if (client == OBS_HARNESS) observe_own_head(o, strlen(request), 0);
    observe_octets(o, client, 1, (const uint8_t *)request, strlen(request));
    if (server == OBS_HARNESS) observe_own_head(o, strlen(response), 0);
    observe_octets(o, server, 2, (const uint8_t *)response, strlen(response));
    return o;
}

static size_t from_hex(const char *text, uint8_t *out) {
    size_t n = 0;
    for (; *text; text++) {
        unsigned octet;
        if (*text == ' ') continue;
        if (sscanf(text, "%2x", &octet) != 1) abort();
        out[n++] = (uint8_t)octet;
        text++;
    }
    return n;
}

/* Frames in hex, fed in pieces. Those of a client have the masking key 00000000. */
static void feed(observation *o, obs_party from, const char *hex, size_t piece) {
    uint8_t data[2048];
    size_t len = from_hex(hex, data);
    for (size_t at = 0; at < len; at += piece)
        observe_octets(o, from, 10, data + at, len - at < piece ? len - at : piece);
}

/* All faults that were seen, with their requirements. */
static void problems_text(const observation *o, char *text, size_t size) {
    size_t num;
    const obs_problem *problems = observe_problems(o, &num);
    text[0] = 0;
    for (size_t i = 0; i < num; i++)
        snprintf(text + strlen(text), size - strlen(text), "%s%s %s", i ? ", " : "", problems[i].fault,
                 problems[i].requirement);
}

/* RFC 7692 7.2.3: "Hello", and "Hello" again with what came before. */
#define HELLO      "f2 48 cd c9 c9 07 00"
#define AGAIN      "f2 00 11 00 00"
#define HELLO_OUT  "c1 87 00000000 " HELLO
#define HELLO_BACK "c1 07 " HELLO

/* ---- Negotiation --------------------------------------------------------------------------------------- */

static void test_responses(void **state) {
    (void)state;
    static const struct {
        const char *offer, *answer, *problems;
        bool agreed;
    } rows[] = {
        {OFFER, NULL, "", false},
        {OFFER, "permessage-deflate", "", true},
        {OFFER, "permessage-deflate; client_max_window_bits=9", "", true},
        {"permessage-deflate", "permessage-deflate; client_max_window_bits=9",
         "response-client-bits-not-offered 7692-7.1.2.2-9", true},
        {OFFER, "permessage-deflate; client_max_window_bits", "response-client-bits-missing 7692-7.1.2.2-7",
         true},
        {OFFER, "permessage-deflate; foo", "response-parameter-unknown 7692-7-8", true},
        {OFFER, "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
         "response-parameter-repeated 7692-7-10", true},
        {OFFER, "permessage-deflate, permessage-deflate", "response-twice 7692-5-11", true},
        {"permessage-deflate; server_no_context_takeover", "permessage-deflate",
         "response-server-takeover-omitted 7692-7.1.1.1-5", true},
        {"permessage-deflate; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=11",
         "response-server-bits-above-offer 7692-7.1.2.1-6", true},
        {"permessage-deflate; server_max_window_bits=10, permessage-deflate", "permessage-deflate", "", true},
        /* the hint binds nobody */
        {"permessage-deflate; client_max_window_bits=10", "permessage-deflate; client_max_window_bits=12", "",
         true},
        /* what is offered with a fault cannot be accepted */
        {"permessage-deflate; foo", "permessage-deflate", "response-not-offered 7692-5-17", true},
        /* nobody asked */
        {NULL, "permessage-deflate", "extension-not-offered 6455-4.2.2-19", false},
    };
    size_t failed = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[512];
        observation *o = opened(WSC_SERVER, rows[i].offer, rows[i].answer);
        problems_text(o, text, sizeof text);
        if (strcmp(text, rows[i].problems) != 0 || observe_deflate(o)->agreed != rows[i].agreed) {
            print_error("row %zu: %s, %d\n", i, text, observe_deflate(o)->agreed);
            failed++;
        }
        observe_free(o);
    }
    assert_int_equal(failed, 0);
}

static void test_offers(void **state) {
    (void)state;
    static const struct {
        const char *offer, *problems;
        bool offered;
    } rows[] = {
        {NULL, "", false},
        {OFFER, "", true},
        {"x-other", "", false},
        {"permessage-deflate; server_max_window_bits=16", "offer-server-bits-range 7692-7.1.2.1-2", false},
        {"permessage-deflate; client_no_context_takeover=1, permessage-deflate",
         "offer-client-takeover-value 7692-7.1.1.2-2", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[512];
        observation *o = opened(WSC_CLIENT, rows[i].offer, NULL);
        problems_text(o, text, sizeof text);
        assert_string_equal(text, rows[i].problems);
        assert_int_equal(observe_deflate(o)->offered, rows[i].offered);
        assert_false(observe_deflate(o)->agreed);
        observe_free(o);
    }
}

/* A client that is judged: our response decides. */
static void test_accepted(void **state) {
    (void)state;
    observation *o = opened(WSC_CLIENT, OFFER, "permessage-deflate; client_no_context_takeover");
    assert_true(observe_deflate(o)->agreed);
    feed(o, OBS_HARNESS, HELLO_BACK, 100);
    feed(o, OBS_PEER, HELLO_OUT " c1 85 00000000 " AGAIN, 100);
    char text[256];
    problems_text(o, text, sizeof text);
    assert_string_equal(text, "deflate-takeover-client 7692-7.2.1-12");
    observe_free(o);
}

/* ---- What the peer sends ------------------------------------------------------------------------------- */

static void test_messages(void **state) {
    (void)state;
    static const struct {
        const char *answer, *frames, *problems;
        size_t num_messages;
    } rows[] = {
        {"permessage-deflate", HELLO_BACK, "", 1},
        {"permessage-deflate", HELLO_BACK " c1 05 " AGAIN, "", 2},
        {"permessage-deflate", "81 05 48656c6c6f", "", 1},
        /* fragments, with a ping between them */
        {"permessage-deflate", "41 03 f248cd 89 00 80 04 c9c90700", "", 1},
        {"permessage-deflate", "41 07 " HELLO " 80 00", "", 1},
        /* blocks */
        {"permessage-deflate", "c1 0b 00 0500 faff 48656c6c6f 00", "", 1},
        {"permessage-deflate", "c1 08 f348cdc9c9070000", "", 1},
        {"permessage-deflate", "c1 0d f2480500 0000ffff cac9c90700", "", 1},
        {"permessage-deflate", "c1 01 00", "", 1},
        /* what breaks a rule */
        {"permessage-deflate", "41 03 f248cd c0 04 c9c90700", "rsv1-on-continuation 7692-6.1-4", 1},
        {"permessage-deflate", "c9 01 00", "rsv1-on-control 7692-6.1-4", 0},
        {"permessage-deflate", "e1 07 " HELLO, "rsv2-set 6455-5.2-2", 1},
        {"permessage-deflate; server_no_context_takeover", "c1 0b " HELLO " 0000ffff",
         "deflate-tail-left 7692-7.2.1-3", 1},
        {"permessage-deflate", "c1 0b " HELLO " 0000ffff", "deflate-tail-in-context 7692-7.2.1-3", 1},
        {"permessage-deflate", "c1 07 f348cdc9c90700", "deflate-end-without-block 7692-7.2.1-2", 0},
        {"permessage-deflate", "c1 01 07", "deflate-block-type 1951-3.2.3-1", 0},
        {"permessage-deflate", "c1 04 f248cdc9", "deflate-end-in-block 7692-7.2.1-2", 0},
        {"permessage-deflate", "c1 05 " AGAIN, "deflate-distance-before-start 1951-3.2.3-2", 0},
        {"permessage-deflate; server_no_context_takeover", HELLO_BACK " c1 05 " AGAIN,
         "deflate-takeover-server 7692-7.2.1-15", 1},
        /* 80 is no UTF-8 by itself */
        {"permessage-deflate", "c1 07 00 0100 feff 80 00", "text-not-utf8 6455-5.6-1", 1},
        {"permessage-deflate", "c2 07 00 0100 feff 80 00", "", 1},
        /* not agreed on */
        {NULL, "c2 07 " HELLO, "rsv1-set 6455-5.2-2", 1},
    };
    size_t failed = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t piece = 1; piece <= 1024; piece *= 32) {
            char text[512];
            observation *o = opened(WSC_SERVER, OFFER, rows[i].answer);
            feed(o, OBS_PEER, rows[i].frames, piece);
            problems_text(o, text, sizeof text);
            size_t num = observe_side(o, OBS_PEER)->num_messages;
            if (strcmp(text, rows[i].problems) != 0 || num != rows[i].num_messages) {
                print_error("row %zu in pieces of %zu: %s, %zu messages\n", i, piece, text, num);
                failed++;
            }
            observe_free(o);
        }
    }
    assert_int_equal(failed, 0);
}

/* A message of the peer whose last octets repeat its first ones. */
static size_t repeating(uint8_t *frame, size_t distance) {
    uint8_t plain[8192];
    const payload random = {.kind = PAYLOAD_RANDOM, .seed = 1, .total = distance};
    payload_read(&random, 0, plain, distance);
    memcpy(plain + distance, plain, 64);
    const wsc_deflater_config config = {.window_bits = 15};
    size_t size = wsc_deflater_size(&config);
    void *memory = malloc(size);
    assert_non_null(memory);
    wsc_deflater *deflater = wsc_deflater_init(memory, size, &config);
    assert_non_null(deflater);
    size_t len = wsc_deflater_message(deflater, plain, distance + 64, frame + 4, 8192);
    assert_true(len > 125);
    free(memory);
    const wsc_frame header = {.fin = true, .rsv1 = true, .opcode = WSC_OP_BINARY, .length = len};
    uint8_t octets[WSC_HEADER_MAX];
    assert_int_equal(wsc_frame_encode(octets, &header), 4);
    memcpy(frame, octets, 4);
    return len + 4;
}

static void test_window(void **state) {
    (void)state;
    static const struct {
        const char *answer;
        size_t distance;
        const char *problems;
    } rows[] = {
        {"permessage-deflate; server_max_window_bits=9", 512, ""},
        {"permessage-deflate; server_max_window_bits=9", 513, "deflate-window-server 7692-7.2.1-19"},
        {"permessage-deflate; server_max_window_bits=8", 256, ""},
        {"permessage-deflate; server_max_window_bits=8", 257, "deflate-window-server 7692-7.2.1-19"},
        {"permessage-deflate; server_max_window_bits=12", 4096, ""},
        {"permessage-deflate; server_max_window_bits=12", 4097, "deflate-window-server 7692-7.2.1-19"},
        {"permessage-deflate", 4097, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t frame[8192 + 4];
        char text[256];
        size_t len = repeating(frame, rows[i].distance);
        observation *o = opened(WSC_SERVER, OFFER, rows[i].answer);
        observe_octets(o, OBS_PEER, 10, frame, len);
        problems_text(o, text, sizeof text);
        assert_string_equal(text, rows[i].problems);
        assert_int_equal(observe_side(o, OBS_PEER)->deflated.max_distance, rows[i].distance);
        observe_free(o);
    }
}

/* ---- What is counted and shown ------------------------------------------------------------------------- */

static void test_facts(void **state) {
    (void)state;
    observation *o = opened(WSC_SERVER, OFFER, "permessage-deflate");
    feed(o, OBS_HARNESS, HELLO_OUT " c1 85 00000000 " AGAIN " 81 85 00000000 48656c6c6f", 3);
    feed(o, OBS_PEER, HELLO_BACK " 81 05 48656c6c6f c1 05 " AGAIN, 3);
    const obs_side *peer = observe_side(o, OBS_PEER), *own = observe_side(o, OBS_HARNESS);
    assert_int_equal(own->num_messages, 3);
    assert_int_equal(peer->num_messages, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(own->messages[i].len, 5);
        assert_memory_equal(own->messages[i].start, "Hello", 5);
        assert_memory_equal(own->messages[i].digest, peer->messages[i].digest, OBSERVE_DIGEST_LEN);
    }
    assert_int_equal(peer->deflated.num_messages, 2);
    assert_int_equal(peer->deflated.num_plain, 1);
    assert_int_equal(peer->deflated.num_takeover, 1);
    assert_int_equal(peer->deflated.compressed, 12);
    assert_int_equal(peer->deflated.plain, 10);
    assert_int_equal(peer->deflated.num_fixed, 2);
    assert_int_equal(peer->deflated.max_distance, 5);
    size_t num;
    const obs_entry *entries = observe_entries(o, &num);
    char text[256] = "";
    for (size_t i = 0; i < num; i++)
        if (entries[i].deflated && entries[i].from == OBS_PEER)
            judge_deflated_text(entries[i].deflated, text, sizeof text);
    assert_string_equal(text,
                        "5 octets that hold 5: 1 fixed block, distances up to 5, 4 octets into what came "
                        "before");
    observe_free(o);
}

/* Messages of ours that no peer can be expected to read are not expected back. */
static void test_own(void **state) {
    (void)state;
    static const struct {
        const char *answer, *frames;
        size_t num_messages;
    } rows[] = {
        {"permessage-deflate", HELLO_OUT, 1},
        {"permessage-deflate", HELLO_OUT HELLO_OUT, 2},
        {"permessage-deflate", "c1 81 00000000 07", 0},
        {"permessage-deflate", "c1 81 00000000 07" HELLO_OUT, 0},
        {"permessage-deflate", "c1 80 00000000", 0},
        {"permessage-deflate; client_no_context_takeover", HELLO_OUT "c1 85 00000000 " AGAIN, 1},
        {"permessage-deflate", HELLO_OUT "c9 80 00000000" HELLO_OUT, 1},
        /* a receiver cannot tell that the tail was left on */
        {"permessage-deflate", "c1 8b 00000000 " HELLO "0000ffff", 1},
        /* no UTF-8 */
        {"permessage-deflate", "c1 87 00000000 00 0100 feff 80 00" HELLO_OUT, 0},
        {NULL, HELLO_OUT, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        observation *o = opened(WSC_SERVER, OFFER, rows[i].answer);
        feed(o, OBS_HARNESS, rows[i].frames, 5);
        assert_int_equal(observe_side(o, OBS_HARNESS)->num_messages, rows[i].num_messages);
        size_t num;
        (void)observe_problems(o, &num);
        assert_int_equal(num, 0);
        observe_free(o);
    }
}

static void test_known(void **state) {
    (void)state;
    observation *o = opened(WSC_SERVER, OFFER, "permessage-deflate");
    uint64_t offset = observe_side(o, OBS_HARNESS)->octets;
    obs_message message = {.opcode = WSC_OP_TEXT, .len = 77, .start = "announced"};
    feed(o, OBS_HARNESS, HELLO_OUT, 100);
    observe_known(o, offset + 13, &message);
    observe_known(o, offset + 26 + 13, &message);
    feed(o, OBS_HARNESS, HELLO_OUT HELLO_OUT HELLO_OUT, 4);
    const obs_side *own = observe_side(o, OBS_HARNESS);
    assert_int_equal(own->num_messages, 4);
    assert_int_equal(own->messages[0].len, 5);
    assert_int_equal(own->messages[1].len, 77);
    assert_memory_equal(own->messages[1].start, "announced", 9);
    assert_int_equal(own->messages[2].len, 5);
    assert_int_equal(own->messages[3].len, 77);
    observe_free(o);
}

/* ---- Outcomes ------------------------------------------------------------------------------------------ */

static judgement judged(observation *o, const outcome *outcomes, size_t num, bool needed) {
    const judge_question q = {
        .outcomes = outcomes, .num_outcomes = num, .deflate = needed, .connected = true};
    judgement result;
    judge(&result, &q, o);
    observe_free(o);
    return result;
}

static void test_unsupported(void **state) {
    (void)state;
    const outcome any = {.verdict = VERDICT_PASS, .why = ""};
    assert_int_equal(judged(opened(WSC_SERVER, OFFER, NULL), &any, 1, true).verdict, VERDICT_UNSUPPORTED);
    assert_int_equal(judged(opened(WSC_SERVER, OFFER, NULL), &any, 1, false).verdict, VERDICT_PASS);
    assert_int_equal(judged(opened(WSC_SERVER, OFFER, "permessage-deflate"), &any, 1, true).verdict,
                     VERDICT_PASS);
    assert_int_equal(judged(opened(WSC_CLIENT, NULL, NULL), &any, 1, true).verdict, VERDICT_UNSUPPORTED);
    /* a refusal excuses no fault */
    observation *o = opened(WSC_SERVER, OFFER, NULL);
    feed(o, OBS_PEER, HELLO_BACK, 100);
    assert_int_equal(judged(o, &any, 1, true).verdict, VERDICT_FAIL);
}

static void test_parameters(void **state) {
    (void)state;
    enum { ABSENT = 1 };
    static const struct {
        const char *answer;
        outcome_deflate deflate;
        bool matches;
    } rows[] = {
        {NULL, {.agreed = FLAG_NO}, true},
        {NULL, {.agreed = FLAG_YES}, false},
        {"permessage-deflate", {.agreed = FLAG_NO}, false},
        {"permessage-deflate", {.agreed = FLAG_YES}, true},
        {"permessage-deflate", {.server_no_context_takeover = FLAG_NO}, true},
        {"permessage-deflate", {.server_no_context_takeover = FLAG_YES}, false},
        {"permessage-deflate; client_no_context_takeover", {.client_no_context_takeover = FLAG_YES}, true},
        {"permessage-deflate", {.client_max_window_bits = ABSENT}, true},
        {"permessage-deflate", {.client_max_window_bits = 1u << 9}, false},
        {"permessage-deflate; client_max_window_bits=9", {.client_max_window_bits = 1u << 9 | ABSENT}, true},
        {"permessage-deflate; client_max_window_bits=10",
         {.client_max_window_bits = 1u << 9 | ABSENT},
         false},
        {"permessage-deflate; server_max_window_bits=15", {.server_max_window_bits = 1u << 15}, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const outcome x = {.verdict = VERDICT_PASS, .why = "", .deflate = rows[i].deflate};
        verdict v = judged(opened(WSC_SERVER, OFFER, rows[i].answer), &x, 1, false).verdict;
        assert_int_equal(v, rows[i].matches ? VERDICT_PASS : VERDICT_FAIL);
    }
}

/* An outcome further down that tolerates what was seen comes before one that matches but does not. */
static void test_tolerance(void **state) {
    (void)state;
    static const outcome outcomes[] = {{.verdict = VERDICT_PASS, .why = "", .messages = MESSAGES_ECHO},
                                       {.verdict = VERDICT_LENIENT,
                                        .why = "the tail was left on",
                                        .messages = MESSAGES_ECHO,
                                        .tolerate = WSC_FAULT_BIT(WSC_FAULT_DEFLATE_TAIL_LEFT)}};
    static const char each_by_itself[] = "permessage-deflate; server_no_context_takeover";
    static const struct {
        const char *agreed, *back;
        verdict verdict;
        judge_axis behaviour;
        long outcome;
    } rows[] = {
        {each_by_itself, HELLO_BACK, VERDICT_PASS, AXIS_PASS, 0},
        {each_by_itself, "c1 0b " HELLO "0000ffff", VERDICT_LENIENT, AXIS_LENIENT, 1},
        {"permessage-deflate", "c1 0b " HELLO "0000ffff", VERDICT_FAIL, AXIS_FAIL, 0},
        {each_by_itself, "e1 0b " HELLO "0000ffff", VERDICT_FAIL, AXIS_FAIL, 0},
        {each_by_itself, "e1 07 " HELLO, VERDICT_FAIL, AXIS_FAIL, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        observation *o = opened(WSC_SERVER, OFFER, rows[i].agreed);
        feed(o, OBS_HARNESS, HELLO_OUT, 100);
        feed(o, OBS_PEER, rows[i].back, 100);
        judgement j = judged(o, outcomes, 2, true);
        assert_int_equal(j.verdict, rows[i].verdict);
        assert_int_equal(j.behaviour, rows[i].behaviour);
        assert_int_equal(j.outcome, rows[i].outcome);
    }
}

static void test_words(void **state) {
    (void)state;
    const outcome x = {.deflate = {.agreed = FLAG_YES,
                                   .server_no_context_takeover = FLAG_YES,
                                   .client_no_context_takeover = FLAG_NO,
                                   .server_max_window_bits = 1u << 9 | 1u << 15,
                                   .client_max_window_bits = 1}};
    char text[JUDGE_TEXT_MAX];
    judge_outcome_text(&x, text, sizeof text);
    assert_string_equal(text, "permessage-deflate is agreed on; server_no_context_takeover; no "
                              "client_no_context_takeover; server_max_window_bits 9 or 15; "
                              "client_max_window_bits absent");
    observation *o = opened(WSC_SERVER, OFFER, "permessage-deflate; client_max_window_bits=11");
    judge_seen_text(o, text, sizeof text);
    assert_non_null(strstr(text, "permessage-deflate; client_max_window_bits=11 agreed on"));
    observe_free(o);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_responses),   cmocka_unit_test(test_offers),
        cmocka_unit_test(test_accepted),    cmocka_unit_test(test_messages),
        cmocka_unit_test(test_window),      cmocka_unit_test(test_facts),
        cmocka_unit_test(test_own),         cmocka_unit_test(test_known),
        cmocka_unit_test(test_unsupported), cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_tolerance),   cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
