/* SPDX-License-Identifier: MIT */
/* Transcripts as text, a line an event, and the verdicts that they have to give:
     > hex    octets of the harness        < hex    octets of the peer
     >fin <fin <reset                      !        a wait ran into its deadline
     ?hex     the next ping with this payload belongs to a fence
   Each transcript begins behind a good opening handshake unless it is fed raw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "judge/judge.h"

static const char request[] =
    "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
static const char response[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static uint64_t now;

static size_t from_hex(const char *text, size_t len, uint8_t *out) {
    size_t n = 0;
    int high = -1;
    for (size_t i = 0; i < len; i++) {
        const char *at = strchr("0123456789abcdef", text[i]);
        if (!at || !text[i]) continue;
        int digit = (int)(at - "0123456789abcdef");
        if (high < 0) {
            high = digit;
        } else {
            out[n++] = (uint8_t)(high << 4 | digit);
            high = -1;
        }
    }
    return n;
}

static void feed_line(observation *o, const char *line, size_t len, size_t piece) {
    uint8_t octets[1024];
    obs_party from = line[0] == '<' ? OBS_PEER : OBS_HARNESS;
    now += 1000;
    if (line[0] == '!') {
        observe_event(o, OBS_HARNESS, now, OBS_DEADLINE, "the end of TCP");
    } else if (line[0] == '?') {
        observe_fence(o, octets, from_hex(line + 1, len - 1, octets));
    } else if (len > 3 && memcmp(line + 1, "fin", 3) == 0) {
        observe_event(o, from, now, OBS_FIN, NULL);
    } else if (len > 5 && memcmp(line + 1, "reset", 5) == 0) {
        observe_event(o, from, now, OBS_RESET, NULL);
    } else {
        size_t n = from_hex(line + 1, len - 1, octets);
        for (size_t at = 0; at < n; at += piece)
            observe_octets(o, from, now, octets + at, n - at < piece ? n - at : piece);
    }
}

static void feed(observation *o, const char *script, size_t piece) {
    while (*script) {
        size_t len = strcspn(script, "\n");
        if (len) feed_line(o, script, len + 1, piece);
        script += len + (script[len] != 0);
    }
}

static observation *opened(void) {
    observation *o = observe_new(WSC_SERVER);
    assert_non_null(o);
    observe_own_head(o, sizeof request - 1, 0);
    observe_octets(o, OBS_HARNESS, ++now, (const uint8_t *)request, sizeof request - 1);
    observe_octets(o, OBS_PEER, ++now, (const uint8_t *)response, sizeof response - 1);
    assert_int_equal(observe_status(o), 101);
    assert_true(observe_open(o));
    return o;
}

static judgement judged(const char *script, const outcome *outcomes, size_t num, size_t piece) {
    observation *o = opened();
    feed(o, script, piece);
    judge_question q = {.outcomes = outcomes, .num_outcomes = num, .connected = true};
    judgement result;
    judge(&result, &q, o);
    observe_free(o);
    return result;
}

static const uint16_t code_1002[][2] = {{1002, 1002}};
static const uint16_t code_1000[][2] = {{1000, 1000}};

static const outcome echo[] = {
    {.verdict = VERDICT_PASS,
     .why = "",
     .messages = MESSAGES_ECHO,
     .pongs = PONGS_ANSWERED,
     .closed_by = PARTY_HARNESS,
     .close = {.given = true, .echo = true, .empty = true, .ranges = code_1000, .num_ranges = 1},
     .end = END_PEER},
    {.verdict = VERDICT_INFO,
     .why = "another code",
     .messages = MESSAGES_ECHO,
     .pongs = PONGS_ANSWERED,
     .closed_by = PARTY_HARNESS,
     .close = {.given = true, .any_legal = true},
     .end = END_PEER}};

static const outcome refused[] = {
    {.verdict = VERDICT_PASS,
     .why = "",
     .messages = MESSAGES_PREFIX,
     .closed_by = PARTY_PEER,
     .close = {.given = true, .ranges = code_1002, .num_ranges = 1, .dropped = true},
     .end = END_PEER},
    {.verdict = VERDICT_LENIENT,
     .why = "unfitting code",
     .messages = MESSAGES_PREFIX,
     .closed_by = PARTY_PEER,
     .close = {.given = true, .any_legal = true},
     .end = END_PEER}};

/* Frames of the harness carry the masking key 00000000, so that their payload can be read here. */
#define TEXT_AB   "> 81 82 00000000 6162\n"
#define ECHO_AB   "< 81 02 6162\n"
#define CLOSE_OUT "> 88 82 00000000 03e8\n"
#define CLOSE_IN  "< 88 02 03e8\n"
#define RSV1      "> c1 82 00000000 6162\n"

typedef struct row {
    const char *script;
    const outcome *outcomes;
    verdict verdict;
    judge_axis behaviour, closing;
    const char *why; /* a part of it */
} row;

static const row rows[] = {
    /* the echo, as it has to be */
    {TEXT_AB ECHO_AB CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_PASS, AXIS_PASS, AXIS_PASS, ""},
    {TEXT_AB ECHO_AB CLOSE_OUT "< 88 00\n<fin", echo, VERDICT_PASS, AXIS_PASS, AXIS_PASS, ""},
    {TEXT_AB "< 01 01 61\n< 80 01 62\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_PASS, AXIS_PASS, AXIS_PASS,
     ""},
    {TEXT_AB ECHO_AB CLOSE_OUT "< 88 02 03e9\n<fin", echo, VERDICT_INFO, AXIS_PASS, AXIS_INFO,
     "another code"},
    {TEXT_AB ECHO_AB CLOSE_OUT CLOSE_IN "<reset", echo, VERDICT_PASS, AXIS_PASS, AXIS_PASS, ""},
    /* an unsolicited pong is legal, also before the echo */
    {TEXT_AB "< 8a 01 7a\n" ECHO_AB CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_PASS, AXIS_PASS, AXIS_PASS, ""},
    /* an echo with another content, type, length or number */
    {TEXT_AB "< 81 02 6163\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS,
     "what came"},
    {TEXT_AB "< 82 02 6162\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS,
     "what came"},
    {TEXT_AB "< 81 01 61\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS, "what came"},
    {TEXT_AB CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS, "what came"},
    {TEXT_AB ECHO_AB ECHO_AB CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS,
     "what came"},
    /* closing that is wrong */
    {TEXT_AB ECHO_AB CLOSE_OUT CLOSE_IN "!", echo, VERDICT_FAIL, AXIS_PASS, AXIS_FAIL,
     "how the connection ended is not"},
    {TEXT_AB ECHO_AB CLOSE_OUT "<fin", echo, VERDICT_INFO, AXIS_PASS, AXIS_INFO, "another code"},
    {TEXT_AB ECHO_AB CLOSE_IN CLOSE_OUT "<fin", echo, VERDICT_FAIL, AXIS_PASS, AXIS_FAIL,
     "how the connection ended is not"},
    /* pings */
    {"> 89 81 00000000 70\n< 8a 01 70\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_PASS, AXIS_PASS, AXIS_PASS,
     ""},
    {"> 89 81 00000000 70\n< 8a 01 71\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS,
     "what came"},
    {"> 89 81 00000000 70\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS,
     "what came"},
    {"> 89 81 00000000 70\n> 89 81 00000000 71\n< 8a 01 71\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_PASS,
     AXIS_PASS, AXIS_PASS, ""},
    {"> 89 81 00000000 70\n> 89 81 00000000 71\n< 8a 01 70\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_FAIL,
     AXIS_FAIL, AXIS_PASS, ""},
    /* a ping that was sent after our Close needs no answer */
    {CLOSE_OUT "> 89 81 00000000 70\n" CLOSE_IN "<fin", echo, VERDICT_PASS, AXIS_PASS, AXIS_PASS, ""},
    /* the pong of a fence is none of the case's */
    {"?70\n> 89 81 00000000 70\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_PASS, AXIS_PASS, AXIS_PASS, ""},
    /* failing the connection */
    {RSV1 "< 88 02 03ea\n> 88 82 00000000 03ea\n<fin", refused, VERDICT_PASS, AXIS_PASS, AXIS_PASS, ""},
    {RSV1 "<fin", refused, VERDICT_PASS, AXIS_PASS, AXIS_PASS, ""},
    {RSV1 "<reset", refused, VERDICT_PASS, AXIS_PASS, AXIS_PASS, ""},
    {RSV1 "< 88 02 03eb\n<fin", refused, VERDICT_LENIENT, AXIS_PASS, AXIS_LENIENT, "unfitting code"},
    {TEXT_AB RSV1 ECHO_AB "<fin", refused, VERDICT_PASS, AXIS_PASS, AXIS_PASS, ""},
    {RSV1 ECHO_AB "<fin", refused, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS, "what came"},
    {RSV1 "!", refused, VERDICT_FAIL, AXIS_PASS, AXIS_FAIL, "deadline"},
    {RSV1 "< 88 02 03ea\n!", refused, VERDICT_FAIL, AXIS_PASS, AXIS_FAIL, "deadline"},
    /* nothing that follows the error may come back */
    {RSV1 TEXT_AB ECHO_AB "<fin", refused, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS, "what came"},
    /* monitors: right in all that the case asks, and yet wrong */
    {TEXT_AB "< 81 82 00000000 6162\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS,
     "masked-from-server"},
    {TEXT_AB "< 81 7e 0002 6162\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS,
     "length-not-minimal"},
    {TEXT_AB "< 91 02 6162\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS,
     "rsv3-set"},
    {TEXT_AB ECHO_AB CLOSE_OUT CLOSE_IN "< 81 01 7a\n<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS,
     "data-after-close"},
    {TEXT_AB ECHO_AB CLOSE_OUT CLOSE_IN CLOSE_IN "<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS,
     "close-after-close"},
    {TEXT_AB ECHO_AB CLOSE_OUT "< 88 02 03ed\n<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_FAIL,
     "close-code-illegal"},
    {TEXT_AB ECHO_AB CLOSE_OUT "< 88 01 03\n<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_FAIL,
     "close-one-octet"},
    {TEXT_AB ECHO_AB CLOSE_OUT "< 88 03 03e8ff\n<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS,
     "close-reason-not-utf8"},
    {TEXT_AB ECHO_AB "< 81 01 ff\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS,
     "text-not-utf8"},
    {TEXT_AB ECHO_AB "< 80 00\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS,
     "continuation-without-start"},
    {TEXT_AB "< 01 00\n" ECHO_AB CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS,
     "message-interleaved"},
    {TEXT_AB ECHO_AB "< 09 00\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS,
     "control-fragmented"},
    {TEXT_AB ECHO_AB "< 83 00\n" CLOSE_OUT CLOSE_IN "<fin", echo, VERDICT_FAIL, AXIS_FAIL, AXIS_PASS,
     "opcode-reserved"},
};

static void verdicts_of_transcripts(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t piece = 1; piece <= 1024; piece = piece * 2 + 1) {
            judgement r = judged(rows[i].script, rows[i].outcomes, 2, piece);
            if (r.verdict != rows[i].verdict || r.behaviour != rows[i].behaviour ||
                r.closing != rows[i].closing || !strstr(r.why, rows[i].why))
                fail_msg("row %zu, pieces of %zu: %s %s %s, %s; seen: %s\n%s", i, piece,
                         verdict_name(r.verdict), judge_axis_name(r.behaviour), judge_axis_name(r.closing),
                         r.why, r.seen, rows[i].script);
        }
    }
}

static void tolerated_faults(void **state) {
    (void)state;
    outcome tolerant[] = {echo[0]};
    tolerant[0].tolerate = WSC_FAULT_BIT(WSC_FAULT_LENGTH_NOT_MINIMAL);
    const char *script = TEXT_AB "< 81 7e 0002 6162\n" CLOSE_OUT CLOSE_IN "<fin";
    assert_int_equal(judged(script, tolerant, 1, 1024).verdict, VERDICT_PASS);
    tolerant[0].tolerate = WSC_FAULT_BIT(WSC_FAULT_RSV1);
    assert_int_equal(judged(script, tolerant, 1, 1024).verdict, VERDICT_FAIL);
}

static judgement judged_response(const char *text, const outcome *outcomes, size_t num, bool handshake_only,
                                 bool fin) {
    observation *o = observe_new(WSC_SERVER);
    observe_own_head(o, sizeof request - 1, 0);
    observe_octets(o, OBS_HARNESS, ++now, (const uint8_t *)request, sizeof request - 1);
    observe_octets(o, OBS_PEER, ++now, (const uint8_t *)text, strlen(text));
    if (fin) observe_event(o, OBS_PEER, ++now, OBS_FIN, NULL);
    judge_question q = {
        .outcomes = outcomes, .num_outcomes = num, .connected = true, .handshake_only = handshake_only};
    judgement result;
    judge(&result, &q, o);
    observe_free(o);
    return result;
}

static void responses(void **state) {
    (void)state;
    static const uint16_t client_errors[][2] = {{400, 499}};
    static const outcome_field version = {"Sec-WebSocket-Version", FIELD_LIST_HAS, "13"};
    const outcome x[] = {{.verdict = VERDICT_PASS,
                          .why = "",
                          .responses = client_errors,
                          .num_responses = 1,
                          .fields = &version,
                          .num_fields = 1},
                         {.verdict = VERDICT_LENIENT, .why = "", .response_none = true, .end = END_PEER}};
    const char *good = "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 8, 13\r\n\r\n";
    const char *without = "HTTP/1.1 426 Upgrade Required\r\n\r\n";
    assert_int_equal(judged_response(good, x, 2, true, false).verdict, VERDICT_PASS);
    assert_int_equal(judged_response(without, x, 2, true, false).verdict, VERDICT_FAIL);
    assert_int_equal(judged_response("", x, 2, true, true).verdict, VERDICT_LENIENT);
    assert_int_equal(judged_response("", x, 2, true, false).verdict, VERDICT_FAIL);
    assert_int_equal(
        judged_response("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 426 x\r\nSec-WebSocket-Version: 13\r\n\r\n", x,
                        2, true, false)
            .verdict,
        VERDICT_PASS);
    /* a case that is not about the handshake cannot be judged without one */
    assert_int_equal(judged_response(good, echo, 2, false, false).verdict, VERDICT_SETUP_FAILED);
    assert_int_equal(judged_response("SSH-2.0-x\r\n", echo, 2, false, true).verdict, VERDICT_SETUP_FAILED);
    /* an accept value for another key is a fault wherever it is seen */
    static const uint16_t switching[][2] = {{101, 101}};
    const outcome any_101[] = {
        {.verdict = VERDICT_PASS, .why = "", .responses = switching, .num_responses = 1}};
    assert_int_equal(judged_response(response, any_101, 1, true, false).verdict, VERDICT_PASS);
    judgement wrong = judged_response("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                      "Sec-WebSocket-Accept: AAAALMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
                                      any_101, 1, true, false);
    assert_int_equal(wrong.verdict, VERDICT_FAIL);
    assert_non_null(strstr(wrong.why, "accept-wrong"));
}

/* A 101 with a field that a client has to live with says nothing about what comes behind it: it fails the
   cases that are about that field. */
static void faults_of_a_response_that_a_client_lives_with(void **state) {
    (void)state;
    static const struct {
        const char *fields, *fault, *requirement;
        bool lived_with;
    } heads[] = {
        {"Connection: Upgrade\r\n"
         "Content-Length: 0\r\n",
         "length-forbidden", "9110-8.6-1", true},
        {"Connection: Upgrade\r\n"
         "Transfer-Encoding: chunked\r\n",
         "body-forbidden", "9112-6.1-1", true},
        {"Connection: Upgrade\r\n"
         "X: a\r\n b\r\n",
         "field-folded", "9112-5.2-1", true},
        {"Connection: , Upgrade\r\n", "list-empty-element", "9110-5.6.1.1-1", true},
        {"Connection: Upgrade\r\n"
         "Sec-WebSocket-Protocol: chat\r\n",
         "protocol-not-offered", "6455-4.2.2-13", false},
        {"Connection: Upgrade\r\n"
         "X y: z\r\n",
         "field-name-not-token", "9110-5.6.2-1", false},
    };
    const char *exchange = "> 81 85 00 00 00 00 68 65 6c 6c 6f\n< 81 05 68 65 6c 6c 6f\n"
                           "> 88 82 00 00 00 00 03 e8\n< 88 02 03 e8\n<fin\n";
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        char head[400];
        (void)snprintf(head, sizeof head,
                       "HTTP/1.1 101 x\r\nUpgrade: websocket\r\n%sSec-WebSocket-Accept: "
                       "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
                       heads[i].fields);
        observation *o = observe_new(WSC_SERVER);
        observe_own_head(o, sizeof request - 1, 0);
        observe_octets(o, OBS_HARNESS, ++now, (const uint8_t *)request, sizeof request - 1);
        observe_octets(o, OBS_PEER, ++now, (const uint8_t *)head, strlen(head));
        feed(o, exchange, 100);
        size_t num;
        const obs_problem *problems = observe_problems(o, &num);
        assert_int_equal(num, 1);
        assert_string_equal(problems[0].fault, heads[i].fault);
        const char *const about[] = {"6455-4.1-2", heads[i].requirement, NULL}, *const other[] = {
                                                                                    "6455-4.1-2", NULL};
        judge_question q = {.outcomes = echo, .num_outcomes = 2, .connected = true};
        judgement r;
        judge(&r, &q, o);
        assert_int_equal(r.verdict, heads[i].lived_with ? VERDICT_PASS : VERDICT_FAIL);
        q.checks = other;
        judge(&r, &q, o);
        assert_int_equal(r.verdict, heads[i].lived_with ? VERDICT_PASS : VERDICT_FAIL);
        q.checks = about;
        judge(&r, &q, o);
        assert_int_equal(r.verdict, VERDICT_FAIL);
        assert_non_null(strstr(r.why, heads[i].fault));
        observe_free(o);
    }
}

/* Whether a client takes an extension is not known before it was answered. */
static void a_client_that_leaves_inside_the_response(void **state) {
    (void)state;
    const size_t len = sizeof response - 1;
    for (size_t sent = 0; sent <= len; sent++) {
        observation *o = observe_new(WSC_CLIENT);
        observe_octets(o, OBS_PEER, ++now, (const uint8_t *)request, sizeof request - 1);
        observe_own_head(o, len, 0);
        observe_octets(o, OBS_HARNESS, ++now, (const uint8_t *)response, sent);
        observe_event(o, OBS_PEER, ++now, OBS_FIN, NULL);
        judge_question q = {.outcomes = echo, .num_outcomes = 2, .deflate = true, .connected = true};
        judgement r;
        judge(&r, &q, o);
        assert_int_equal(r.verdict, sent < len ? VERDICT_SETUP_FAILED : VERDICT_UNSUPPORTED);
        observe_free(o);
    }
}

static void a_flood_is_bounded(void **state) {
    (void)state;
    observation *o = opened();
    uint8_t pings[4000];
    for (size_t i = 0; i < sizeof pings; i += 2) {
        pings[i] = 0x89;
        pings[i + 1] = 0;
    }
    for (int i = 0; i < 200; i++) observe_octets(o, OBS_PEER, ++now, pings, sizeof pings);
    observe_event(o, OBS_PEER, ++now, OBS_FIN, NULL);
    size_t num;
    const obs_entry *entries = observe_entries(o, &num);
    assert_true(num <= OBSERVE_ENTRIES_MAX);
    assert_int_equal(entries[num - 1].kind, OBS_FIN);
    const obs_side *peer = observe_side(o, OBS_PEER);
    assert_true(peer->overflow);
    assert_int_equal(peer->num_frames, 400000);
    uint64_t logged = 0, elided = 0;
    for (size_t i = 0; i < num; i++) {
        logged += entries[i].kind == OBS_FRAME && entries[i].from == OBS_PEER;
        elided += entries[i].kind == OBS_ELIDED ? entries[i].frames : 0;
    }
    assert_int_equal(logged + elided, 400000);
    judge_question q = {.outcomes = echo, .num_outcomes = 2, .connected = true};
    judgement r;
    judge(&r, &q, o);
    assert_int_equal(r.verdict, VERDICT_FAIL);
    observe_free(o);
}

static void outcomes_in_words(void **state) {
    (void)state;
    char text[JUDGE_TEXT_MAX];
    judge_outcome_text(&refused[0], text, sizeof text);
    assert_string_equal(
        text,
        "nothing received but echoes of valid messages, in order; the peer begins to close: Close 1002 or "
        "the end of TCP alone; the peer ends TCP");
    char small[16];
    judge_outcome_text(&refused[0], small, sizeof small);
    assert_int_equal(strlen(small), 15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_of_transcripts),
        cmocka_unit_test(tolerated_faults),
        cmocka_unit_test(responses),
        cmocka_unit_test(faults_of_a_response_that_a_client_lives_with),
        cmocka_unit_test(a_client_that_leaves_inside_the_response),
        cmocka_unit_test(a_flood_is_bounded),
        cmocka_unit_test(outcomes_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
