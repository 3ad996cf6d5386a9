/* SPDX-License-Identifier: MIT */
/* permessage-deflate in case files: what is offered and answered, how messages are compressed and cut, how
   many there are; and one fault each. */
#include "script/extension.h"
#include "script/run.h"
#include "script_fixture.h"

#define OFFER "'deflate': {'offer': 'permessage-deflate'},"
#define MESSAGE(members)                                                                                     \
    FIXTURE_CASE(OFFER,                                                                                      \
                 "{'message': {'type': 'text', 'payload': {'text': 'abcdef'}" members                        \
                 "}}, {'until': 'failed'}",                                                                  \
                 "'error'")
#define MESSAGES(members)                                                                                    \
    FIXTURE_CASE(OFFER,                                                                                      \
                 "{'messages': {'type': 'text', 'payload': {'text': 'abcdef'}" members                       \
                 "}}, {'until': 'failed'}",                                                                  \
                 "'error'")

static void test_heads_wrong(void **state) {
    (void)state;
    static const row rows[] = {
        {FIXTURE_MEMBERS("'deflate': 1,"), "3: /cases/0/deflate: must be an object, not an integer"},
        {FIXTURE_MEMBERS("'deflate': {},"), "3: /cases/0/deflate: \"offer\" is missing"},
        {FIXTURE_MEMBERS("'deflate': {'offer': 1},"),
         "3: /cases/0/deflate/offer: must be a string, not an integer"},
        {FIXTURE_MEMBERS("'deflate': {'offer': '{key}'},"), "3: /cases/0/deflate/offer: has a brace"},
        {FIXTURE_MEMBERS("'deflate': {'offer': 'x', 'accept': 'y'},"),
         "3: /cases/0/deflate/accept: unknown key"},
        {FIXTURE_MEMBERS("'deflate': {'offer': 'x', 'answer': 'y'},"),
         "3: /cases/0/deflate/answer: only clients are answered"},
        {FIXTURE_MEMBERS("'deflate': {'offer': 'x', 'grant': {}},"),
         "3: /cases/0/deflate/grant: only clients are answered"},
        {FIXTURE_MEMBERS("'deflate': {'offer': 'x', 'when': {'client_max_window_bits': true}},"),
         "3: /cases/0/deflate/when: only clients are answered"},
        {FIXTURE_MEMBERS("'request': {'lines': ['GET / HTTP/1.1']}, 'deflate': {'offer': 'x'},"),
         "3: /cases/0/deflate/offer: has no place: lines give the whole request"},
        {FIXTURE_CLIENT("'deflate': {'offer': 'x'},", "{'until': 'failed'}", "'error'"),
         "3: /cases/0/deflate/offer: is made to servers only"},
        {FIXTURE_CLIENT("'deflate': {'answer': 'x', 'grant': {}},", "{'until': 'failed'}", "'error'"),
         "3: /cases/0/deflate: has both answer and grant"},
        {FIXTURE_CLIENT("'deflate': {'grant': []},", "{'until': 'failed'}", "'error'"),
         "3: /cases/0/deflate/grant: must have 1 to 4 elements"},
        {FIXTURE_CLIENT("'deflate': {'grant': {'window': 9}},", "{'until': 'failed'}", "'error'"),
         "3: /cases/0/deflate/grant/window: unknown key"},
        {FIXTURE_CLIENT("'deflate': {'grant': [{'client_max_window_bits': 16}]},", "{'until': 'failed'}",
                        "'error'"),
         "3: /cases/0/deflate/grant/0/client_max_window_bits: must be from 8 to 15, not 16"},
        {FIXTURE_CLIENT("'deflate': {'when': {}},", "{'until': 'failed'}", "'error'"),
         "3: /cases/0/deflate/when: asks for nothing"},
        {FIXTURE_CLIENT("'deflate': {'when': {'server_max_window_bits': 9}},", "{'until': 'failed'}",
                        "'error'"),
         "3: /cases/0/deflate/when/server_max_window_bits: must be a boolean, not an integer"},
    };
    CHECK_ROWS(rows);
}

static void test_messages_wrong(void **state) {
    (void)state;
#define ONE  "4: /cases/0/steps/0/message"
#define MANY "4: /cases/0/steps/0/messages"
    static const row rows[] = {
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': 'a'}, 'compress': true}}"),
         ONE "/compress: nothing is agreed on: the case has no deflate"},
        {MESSAGE(", 'compress': false"), ONE "/compress: must be true or an object"},
        {MESSAGE(", 'compress': {}"), ONE "/compress: says nothing; write true"},
        {MESSAGE(", 'compress': {'speed': 1}"), ONE "/compress/speed: unknown key"},
        {MESSAGE(", 'compress': {'level': 10}"), ONE "/compress/level: must be from 1 to 9, not 10"},
        {MESSAGE(", 'compress': {'window_bits': 16}"),
         ONE "/compress/window_bits: must be from 8 to 15, not 16"},
        {MESSAGE(", 'compress': {'blocks': 'dynamic'}"),
         ONE "/compress/blocks: must be stored, fixed, huffman or rle"},
        {MESSAGE(", 'compress': {'flush': 0}"), ONE "/compress/flush: must be from 1 to 67108864, not 0"},
        {MESSAGE(", 'compress': {'takeover': 'no'}"),
         ONE "/compress/takeover: must be a boolean, not a string"},
        {MESSAGE(", 'each': 3"), ONE "/each: unknown key"},
        {MESSAGES(""), MANY ": \"each\" is missing\n" MANY ": \"count\" is missing"},
        {MESSAGES(", 'each': 4, 'count': 3"),
         MANY "/each: the payload of 6 octets is not made of whole messages"},
        {MESSAGES(", 'each': 3, 'count': 3, 'quick': 4"), MANY "/quick: must be from 1 to 3, not 4"},
        {MESSAGES(", 'each': 3, 'count': 3, 'ahead': 0"), MANY "/ahead: must be from 1 to 1000000, not 0"},
        {MESSAGES(", 'each': 3, 'count': 3, 'fragments': {'size': 4}"),
         MANY "/fragments/size: exceeds the payload of 3 octets"},
        {FIXTURE_CASE("",
                      "{'messages': {'type': 'text', 'payload': {'text': 'abc'}, 'each': 3, 'count': 70000}},"
                      "{'close': true}",
                      "'echo'"),
         "4: /cases/0/steps: sends more than the 65536 messages or pings that can be compared"},
    };
    CHECK_ROWS(rows);
}

static void test_outcomes_wrong(void **state) {
    (void)state;
#define OUTCOME(deflate) FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': 1002, 'deflate': " deflate "}")
    static const row rows[] = {
        {OUTCOME("'yes'"), "5: /cases/0/outcomes/0/deflate: must be one of agreed, declined"},
        {OUTCOME("{'window': 9}"), "5: /cases/0/outcomes/0/deflate/window: unknown key"},
        {OUTCOME("{'server_no_context_takeover': null}"),
         "5: /cases/0/outcomes/0/deflate/server_no_context_takeover: must be a boolean, not null"},
        {OUTCOME("{'client_max_window_bits': '9-16'}"),
         "5: /cases/0/outcomes/0/deflate/client_max_window_bits: must be null, a number from 8 to 15, or a "
         "range "
         "of these (\"8-10\")"},
        {OUTCOME("{'client_max_window_bits': []}"),
         "5: /cases/0/outcomes/0/deflate/client_max_window_bits: an empty list matches nothing"},
        {FIXTURE_OUTCOMES(
             "{'verdict': 'pass', 'close': 1002, 'deflate': 'agreed'},\n{'verdict': 'info', 'close': "
             "1002, 'deflate': {'server_max_window_bits': 9}}"),
         "6: /cases/0/outcomes/1: can never match: an earlier outcome always wins"},
        {FIXTURE_OUTCOMES(
             "{'verdict': 'pass', 'close': 1002, 'deflate': {'client_max_window_bits': '8-10'}},\n"
             "{'verdict': 'info', 'close': 1002, 'deflate': {'client_max_window_bits': [9, 10]}}"),
         "6: /cases/0/outcomes/1: can never match: an earlier outcome always wins"},
    };
    CHECK_ROWS(rows);
}

/* Outcomes that differ in what was agreed on, or in what they tolerate, do not cover each other. */
static void test_outcomes_right(void **state) {
    (void)state;
    static const char *const texts[] = {
        FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': 1002, 'deflate': 'declined'},"
                         "{'verdict': 'info', 'close': 1002, 'deflate': 'agreed'}"),
        FIXTURE_OUTCOMES(
            "{'verdict': 'pass', 'close': 1002, 'deflate': {'client_max_window_bits': [null, 9]}},"
            "{'verdict': 'info', 'close': 1002, 'deflate': {'client_max_window_bits': '9-10'}}"),
        FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': 1002},"
                         "{'verdict': 'lenient', 'close': 1002, 'tolerate': ['deflate-tail-left']}"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) catalogue_free(fixture_good(texts[i]));
}

/* ---- What is read ---------------------------------------------------------------------------------------
 */

static void test_needs(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool needs;
    } rows[] = {
        {MESSAGE(", 'compress': true"), true},
        {FIXTURE_CASE(OFFER, "{'until': 'failed'}",
                      "{'verdict': 'pass', 'close': 1002, 'deflate': 'declined'}"),
         false},
        {FIXTURE_CASE(OFFER, "{'until': 'failed'}", "{'verdict': 'pass', 'response': 101}"), false},
        {FIXTURE_CASE("'needs': ['deflate'],", "{'until': 'failed'}", "'error'"), true},
        {FIXTURE_CASE("", "{'until': 'failed'}", "'error'"), false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        catalogue *all = fixture_good(rows[i].text);
        assert_int_equal(all->cases[0].needs_deflate, rows[i].needs);
        catalogue_free(all);
    }
}

static void test_offer(void **state) {
    (void)state;
    catalogue *all =
        fixture_good(FIXTURE_MEMBERS("'request': {'add': [['Origin', 'a']]}, 'deflate': {'offer': "
                                     "'permessage-deflate; client_max_window_bits'},"));
    const case_head *head = &all->cases[0].request;
    assert_false(head->ordinary);
    assert_int_equal(head->num_add, 2);
    assert_string_equal(head->add[1].name, "Sec-WebSocket-Extensions");
    assert_int_equal(head->add[1].value.len, 42);
    catalogue_free(all);
}

static void test_compress(void **state) {
    (void)state;
    catalogue *all =
        fixture_good(MESSAGE(", 'compress': {'level': 9, 'window_bits': 8, 'takeover': false, 'blocks': "
                             "'rle', 'flush': 3, 'final': true, 'tail': true}"));
    const case_compress *how = &all->cases[0].steps[0].message.compress;
    assert_true(how->on && how->final && how->tail);
    assert_int_equal(how->level, 9);
    assert_int_equal(how->window_bits, 8);
    assert_int_equal(how->takeover, TAKEOVER_OFF);
    assert_int_equal(how->strategy, WSC_DEFLATE_RLE);
    assert_int_equal(how->flush, 3);
    catalogue_free(all);
}

/* Fragments of a total that is known only when the message has been compressed. */
static void test_fragments(void **state) {
    (void)state;
    static const uint64_t list[] = {3, 0, 4};
    static const struct {
        case_fragments fragments;
        uint64_t total, sizes[5];
        size_t num;
    } rows[] = {
        {{.rule = FRAGMENTS_COUNT, .num = 1}, 7, {7}, 1},
        {{.rule = FRAGMENTS_COUNT, .num = 3}, 7, {3, 2, 2}, 3},
        {{.rule = FRAGMENTS_COUNT, .num = 3}, 1, {1, 0, 0}, 3},
        {{.rule = FRAGMENTS_SIZE, .size = 3}, 7, {3, 3, 1}, 3},
        {{.rule = FRAGMENTS_SIZE, .size = 3}, 6, {3, 3}, 2},
        {{.rule = FRAGMENTS_SIZE, .size = 3}, 0, {0}, 1},
        {{.rule = FRAGMENTS_LIST, .sizes = list, .num = 3}, 9, {3, 0, 4, 2}, 4},
        {{.rule = FRAGMENTS_LIST, .sizes = list, .num = 3}, 7, {3, 0, 4}, 3},
        {{.rule = FRAGMENTS_LIST, .sizes = list, .num = 3}, 2, {2, 0, 0}, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t base = 0;
        assert_int_equal(case_num_fragments(&rows[i].fragments, rows[i].total), rows[i].num);
        for (size_t k = 0; k < rows[i].num; k++) {
            uint64_t len = case_fragment_octets(&rows[i].fragments, rows[i].total, k, base);
            assert_int_equal(len, rows[i].sizes[k]);
            base += len;
        }
        assert_int_equal(base, rows[i].total);
    }
}

/* ---- Answers to clients ---------------------------------------------------------------------------------
 */

static void answered(const char *deflate, const char *request, const char *expected) {
    char text[1024], buf[1024], head[1024];
    snprintf(text, sizeof text, FIXTURE_CLIENT("'deflate': {%s},", "{'until': 'failed'}", "'error'"),
             deflate);
    catalogue *all = fixture_good(text);
    wsc_http http;
    wsc_field fields[8];
    wsc_http_status status;
    wsc_http_init(&http, WSC_HTTP_REQUEST, buf, sizeof buf, fields, 8);
    snprintf(head, sizeof head, "GET / HTTP/1.1\r\nSec-WebSocket-Extensions: %s\r\n\r\n", request);
    (void)wsc_http_push(&http, (const uint8_t *)head, strlen(head), &status);
    assert_int_equal(status, WSC_HTTP_DONE);
    wsc_deflate_offers offers;
    wsc_deflate_offers_read(&offers, &http);
    extension_line line;
    bool has = extension_answer(&all->cases[0], &offers, line);
    assert_int_equal(has, expected != NULL);
    if (has) assert_string_equal(line + strlen(EXTENSION_FIELD), expected);
    catalogue_free(all);
}

static void test_answers(void **state) {
    (void)state;
    answered("", "permessage-deflate", "permessage-deflate");
    answered("", "x-other", NULL);
    answered("", "permessage-deflate; server_max_window_bits=7", NULL);
    answered("", "permessage-deflate; server_no_context_takeover; server_max_window_bits=9",
             "permessage-deflate; server_no_context_takeover; server_max_window_bits=9");
    answered("'grant': {'client_max_window_bits': 9}", "permessage-deflate", NULL);
    answered("'grant': {'client_max_window_bits': 9}",
             "permessage-deflate, permessage-deflate; client_max_window_bits",
             "permessage-deflate; client_max_window_bits=9");
    answered("'grant': [{'client_max_window_bits': 9}, {'client_no_context_takeover': true}]",
             "permessage-deflate", "permessage-deflate; client_no_context_takeover");
    /* A hint is confirmed where the offer that gives it is taken, and only there. */
    answered("", "permessage-deflate; client_no_context_takeover; client_max_window_bits=10",
             "permessage-deflate; client_no_context_takeover");
    answered("'grant': {'client_max_window_bits': 9}",
             "permessage-deflate; client_no_context_takeover, permessage-deflate; client_max_window_bits",
             "permessage-deflate; client_max_window_bits=9");
    answered("'answer': 'permessage-deflate'", "permessage-deflate; client_no_context_takeover",
             "permessage-deflate");
    answered("'answer': 'permessage-deflate; foo'", "permessage-deflate", "permessage-deflate; foo");
    answered("'answer': 'permessage-deflate; foo'", "x-other", NULL);
    answered("'answer': 'a', 'when': {'client_max_window_bits': false}", "permessage-deflate", "a");
    answered("'answer': 'a', 'when': {'client_max_window_bits': false}",
             "permessage-deflate; client_max_window_bits", NULL);
    answered("'answer': 'a', 'when': {'server_no_context_takeover': true}",
             "permessage-deflate; server_no_context_takeover", "a");
}

/* ---- Cases that are about something else ----------------------------------------------------------------
 */

static void test_takes(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool takes;
    } rows[] = {
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': 'a'}}}, {'until': 'failed'}"), true},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'rsv2': true}}, {'until': 'failed'}"), true},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'rsv1': true}}, {'until': 'failed'}"), false},
        {FIXTURE_STEPS("{'repeat': {'times': 2, 'steps': [{'send': {'opcode': 'ping', 'rsv1': true}}]}}, "
                       "{'until': 'failed'}"),
         false},
        {FIXTURE_STEPS("{'raw': {'hex': '8100'}}, {'until': 'failed'}"), false},
        {FIXTURE_STEPS(
             "{'message': {'type': 'text', 'payload': {'text': 'a'}}, 'cut': [1]}, {'until': 'failed'}"),
         false},
        {MESSAGE(""), false},
        {FIXTURE_REQUEST("'add': [['Origin', 'a']]"), false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        catalogue *all = fixture_good(rows[i].text);
        assert_int_equal(run_takes_deflate(&all->cases[0]), rows[i].takes);
        catalogue_free(all);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads_wrong),    cmocka_unit_test(test_messages_wrong),
        cmocka_unit_test(test_outcomes_wrong), cmocka_unit_test(test_outcomes_right),
        cmocka_unit_test(test_needs),          cmocka_unit_test(test_offer),
        cmocka_unit_test(test_compress),       cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_answers),        cmocka_unit_test(test_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
