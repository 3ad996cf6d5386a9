/* SPDX-License-Identifier: MIT */
/* Outcomes that are malformed, that nothing can match, or that nothing can miss; and what is said about it.
 */
#include "script_fixture.h"

static void test_keys(void **state) {
    (void)state;
    static const row rows[] = {
        {FIXTURE_OUTCOMES("'nothing'"), "5: /cases/0/outcomes/0: outcomes.json has no list \"nothing\""},
        {FIXTURE_OUTCOMES("{}"), "5: /cases/0/outcomes/0: \"verdict\" is missing"},
        {FIXTURE_OUTCOMES("{'verdict': 'good'}"),
         "5: /cases/0/outcomes/0/verdict: must be one of pass, lenient, info, fail, unsupported"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'foo': 1}"), "5: /cases/0/outcomes/0/foo: unknown key"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'why': 1}"),
         "5: /cases/0/outcomes/0/why: must be a string, not an integer"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'response': 99}"),
         "5: /cases/0/outcomes/0/response: must be from 100 to 999, not 99"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'response': 'ok'}"),
         "5: /cases/0/outcomes/0/response: must be a status, \"4xx\", \"400-499\" or \"none\""},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'response': '0xx'}"),
         "5: /cases/0/outcomes/0/response: must be a status, \"4xx\", \"400-499\" or \"none\""},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'response': '500-400'}"),
         "5: /cases/0/outcomes/0/response: must be a status, \"4xx\", \"400-499\" or \"none\""},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'response': []}"),
         "5: /cases/0/outcomes/0/response: an empty list matches nothing"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'response': [101, true]}"),
         "5: /cases/0/outcomes/0/response/1: must be a status, \"4xx\", \"400-499\" or \"none\""},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'fields': 1}"),
         "5: /cases/0/outcomes/0/fields: must be an object, not an integer"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'fields': {'A': 1}}"),
         "5: /cases/0/outcomes/0/fields/A: must be a string, not an integer"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'fields': {'A': {'x': 1}}}"),
         "5: /cases/0/outcomes/0/fields/A/x: unknown key\n"
         "5: /cases/0/outcomes/0/fields/A: \"has\" is missing"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'fields': {'A': {'has': 1}}}"),
         "5: /cases/0/outcomes/0/fields/A/has: must be a string, not an integer"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'messages': 'all'}"),
         "5: /cases/0/outcomes/0/messages: must be one of any, echo, prefix"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'messages': [1]}"),
         "5: /cases/0/outcomes/0/messages/0: must be an object, not an integer"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'messages': [{}]}"),
         "5: /cases/0/outcomes/0/messages/0: \"type\" is missing\n"
         "5: /cases/0/outcomes/0/messages/0: \"payload\" is missing"},
        {FIXTURE_OUTCOMES(
             "{'verdict': 'pass', 'messages': [{'type': 'ping', 'payload': {'text': 1}, 'more': 1}]}"),
         "5: /cases/0/outcomes/0/messages/0/more: unknown key\n"
         "5: /cases/0/outcomes/0/messages/0/type: must be one of text, binary\n"
         "5: /cases/0/outcomes/0/messages/0/payload/text: must be a string, not an integer"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'pongs': 1}"),
         "5: /cases/0/outcomes/0/pongs: must be one of any, all, answered, none"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'keys': 'new'}"),
         "5: /cases/0/outcomes/0/keys: must be one of any, distinct, patternless, random"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': [99999]}"),
         "5: /cases/0/outcomes/0/close/0: must be from 0 to 65535, not 99999"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': ['1000-900']}"),
         "5: /cases/0/outcomes/0/close/0: must be a code, \"3000-3999\", empty, dropped, any-legal, echo or "
         "none"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': ['1000-70000']}"),
         "5: /cases/0/outcomes/0/close/0: must be a code, \"3000-3999\", empty, dropped, any-legal, echo or "
         "none"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': ['1000-']}"),
         "5: /cases/0/outcomes/0/close/0: must be a code, \"3000-3999\", empty, dropped, any-legal, echo or "
         "none"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': 'clean'}"),
         "5: /cases/0/outcomes/0/close: must be a code, \"3000-3999\", empty, dropped, any-legal, echo or "
         "none"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': 'dropped\\u0000'}"),
         "5: /cases/0/outcomes/0/close: must be a code, \"3000-3999\", empty, dropped, any-legal, echo or "
         "none"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': []}"),
         "5: /cases/0/outcomes/0/close: an empty list matches nothing"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': [null]}"),
         "5: /cases/0/outcomes/0/close/0: must be a code, \"3000-3999\", empty, dropped, any-legal, echo or "
         "none"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'closed_by': 'me'}"),
         "5: /cases/0/outcomes/0/closed_by: must be one of peer, harness"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'end': 'rst'}"),
         "5: /cases/0/outcomes/0/end: must be one of any, peer, fin, reset, open"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'probe': 'any'}"),
         "5: /cases/0/outcomes/0/probe: must be one of answered, silent"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'tolerate': ['everything']}"),
         "5: /cases/0/outcomes/0/tolerate/0: unknown fault \"everything\""},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'tolerate': 'everything'}"),
         "5: /cases/0/outcomes/0/tolerate: must be an array, not a string"},
    };
    CHECK_ROWS(rows);
}

/* Outcomes that nothing can match. */
static void test_impossible(void **state) {
    (void)state;
    static const row rows[] = {
        {FIXTURE_OUTCOMES("'error', {'verdict': 'info', 'fields': {'A': 'b'}, 'response': 'none'}"),
         "5: /cases/0/outcomes/1: can never match: no response has fields"},
        {FIXTURE_OUTCOMES("'error', {'verdict': 'info', 'response': 404, 'close': [1000]}"),
         "5: /cases/0/outcomes/1: can never match: without a 101 there is no Close frame"},
        {FIXTURE_OUTCOMES("'error', {'verdict': 'info', 'response': ['4xx', '500-599'], 'messages': "
                          "[{'type': 'text', 'payload': {'text': 'a'}}]}"),
         "5: /cases/0/outcomes/1: can never match: without a 101 there is no message"},
        {FIXTURE_OUTCOMES("'error', {'verdict': 'info', 'close': 'none', 'end': 'fin'}"),
         "5: /cases/0/outcomes/1: can never match: close \"none\" means that TCP did not end"},
        {FIXTURE_OUTCOMES("'error', {'verdict': 'info', 'close': 'none', 'closed_by': 'peer'}"),
         "5: /cases/0/outcomes/1: can never match: close \"none\" means that the peer did not close"},
        {FIXTURE_OUTCOMES("'error', {'verdict': 'info', 'close': 'dropped', 'end': 'open'}"),
         "5: /cases/0/outcomes/1: can never match: close \"dropped\" means that TCP ended"},
        {FIXTURE_OUTCOMES("'error', {'verdict': 'pass', 'closed_by': 'peer'}"),
         "5: /cases/0/outcomes/1: can never match: passes on closed_by, but close does not say how"},
        {FIXTURE_OUTCOMES("'error', {'verdict': 'info', 'close': [1005]}"),
         "5: /cases/0/outcomes/1: can never match: lists a close code that no endpoint may send"},
        {FIXTURE_OUTCOMES("'error', {'verdict': 'info', 'close': ['5000-65535']}"),
         "5: /cases/0/outcomes/1: can never match: lists a close code that no endpoint may send"},
        {FIXTURE_OUTCOMES("'error', {'verdict': 'info', 'keys': 'random', 'close': [1000]}"),
         "5: /cases/0/outcomes/1: can never match: a server masks nothing"},
        {FIXTURE_OUTCOMES("'error', {'verdict': 'info', 'closed_by': 'harness', 'close': [1000]}"),
         "5: /cases/0/outcomes/1: can never match: no step closes"},
        {FIXTURE_OUTCOMES("'error', {'verdict': 'info', 'close': 'echo'}"),
         "5: /cases/0/outcomes/1: can never match: no step sends a Close frame that could be repeated"},
        {FIXTURE_CASE("", "{'fence': true}", "{'verdict': 'pass', 'close': [1000], 'probe': 'silent'}"),
         "5: /cases/0/outcomes/0: can never match: no step is until failed"},
    };
    CHECK_ROWS(rows);
}

/* Outcomes behind one that takes everything they could match. */
static void test_ranking(void **state) {
    (void)state;
    static const row rows[] = {
        {FIXTURE_OUTCOMES(
             "{'verdict': 'pass', 'close': 'any-legal'}, {'verdict': 'lenient', 'close': [1000]}"),
         "5: /cases/0/outcomes/1: can never match: an earlier outcome always wins"},
        {FIXTURE_OUTCOMES(
             "{'verdict': 'pass', 'close': 'any-legal'}, {'verdict': 'lenient', 'close': '3000-4999'}"),
         "5: /cases/0/outcomes/1: can never match: an earlier outcome always wins"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': 'any-legal'}, {'verdict': 'lenient', 'close': "
                          "['dropped', 'empty']}"),
         "5: /cases/0/outcomes/1: can never match: an earlier outcome always wins"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': ['1000-1003', 1007]}, {'verdict': 'lenient', "
                          "'close': ['1001-1002']}"),
         "5: /cases/0/outcomes/1: can never match: an earlier outcome always wins"},
        {FIXTURE_OUTCOMES(
             "{'verdict': 'pass', 'close': [1000]}, {'verdict': 'lenient', 'close': [1000], 'end': 'reset'}"),
         "5: /cases/0/outcomes/1: can never match: an earlier outcome always wins"},
        {FIXTURE_OUTCOMES(
             "{'verdict': 'pass', 'response': '4xx'}, {'verdict': 'info', 'response': ['400-403', 404]}"),
         "5: /cases/0/outcomes/1: can never match: an earlier outcome always wins"},
        {FIXTURE_OUTCOMES(
             "{'verdict': 'pass', 'response': ['4xx', 'none']}, {'verdict': 'info', 'response': 'none'}"),
         "5: /cases/0/outcomes/1: can never match: an earlier outcome always wins"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'response': 101, 'fields': {'A': 'present'}}, {'verdict': "
                          "'info', 'response': 101, 'fields': {'B': 'x', 'a': 'b'}}"),
         "5: /cases/0/outcomes/1: can never match: an earlier outcome always wins"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'response': 101, 'fields': {'A': {'has': 'x'}}}, {'verdict': "
                          "'info', 'response': 101, 'fields': {'a': {'has': 'x'}}}"),
         "5: /cases/0/outcomes/1: can never match: an earlier outcome always wins"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'messages': 'prefix', 'close': [1002]}, {'verdict': 'info', "
                          "'messages': 'echo', 'close': [1002]}"),
         "5: /cases/0/outcomes/1: can never match: an earlier outcome always wins"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'messages': 'prefix', 'close': [1002]}, {'verdict': 'info', "
                          "'messages': [], 'close': [1002]}"),
         "5: /cases/0/outcomes/1: can never match: an earlier outcome always wins"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'messages': [{'type': 'text', 'payload': {'concat': [{'text': "
                          "'a'}, {'random': {'seed': 1, 'bytes': 5}}]}}], 'close': [1002]}, {'verdict': "
                          "'info', 'messages': [{'type': 'text', 'payload': {'concat': [{'text': 'a'}, "
                          "{'random': {'seed': 1, 'bytes': 5}}]}}], 'close': [1002]}"),
         "5: /cases/0/outcomes/1: can never match: an earlier outcome always wins"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'pongs': 'answered', 'close': [1002]}, {'verdict': 'info', "
                          "'pongs': 'all', 'close': [1002]}"),
         "5: /cases/0/outcomes/1: can never match: an earlier outcome always wins"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass'}"),
         "5: /cases/0/outcomes: nothing can fail: an outcome matches whatever happens"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'response': ['100-999', 'none']}"),
         "5: /cases/0/outcomes: nothing can fail: an outcome matches whatever happens"},
        {FIXTURE_OUTCOMES("{'verdict': 'lenient', 'close': [1002]}"),
         "5: /cases/0/outcomes: no outcome that passes can match"},
    };
    CHECK_ROWS(rows);
}

/* What is near to the above, but right. */
static void test_right(void **state) {
    (void)state;
    static const char *const texts[] = {
        FIXTURE_OUTCOMES(
            "{'verdict': 'pass', 'close': [1000]}, {'verdict': 'lenient', 'close': ['1000-1003']}"),
        FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': 'any-legal'}, {'verdict': 'lenient', 'close': "
                         "['1003-1006', 1007]}"),
        FIXTURE_OUTCOMES("{'verdict': 'pass', 'response': 101, 'fields': {'A': 'present'}}, {'verdict': "
                         "'info', 'response': 101, 'fields': {'a': null}}"),
        FIXTURE_OUTCOMES("{'verdict': 'pass', 'response': 101, 'fields': {'A': 'b'}}, {'verdict': 'info', "
                         "'response': 101, 'fields': {'A': 'c'}}"),
        FIXTURE_OUTCOMES(
            "{'verdict': 'pass', 'response': '4xx'}, {'verdict': 'info', 'response': ['4xx', 'none']}"),
        FIXTURE_OUTCOMES("{'verdict': 'pass', 'messages': 'echo', 'close': [1002]}, {'verdict': 'info', "
                         "'messages': 'prefix', 'close': [1002]}"),
        FIXTURE_OUTCOMES(
            "{'verdict': 'pass', 'messages': [{'type': 'text', 'payload': {'text': 'a'}}], 'close': [1002]}, "
            "{'verdict': 'info', 'messages': [{'type': 'text', 'payload': {'text': 'b'}}], 'close': [1002]}"),
        FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': [1002], 'end': 'fin'}, {'verdict': 'info', 'close': "
                         "[1002], 'end': 'reset'}"),
        FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': [1002], 'probe': 'silent'}, {'verdict': 'fail'}"),
        FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': [1006], 'tolerate': ['close-code-illegal']}"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) catalogue_free(fixture_good(texts[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_impossible),
        cmocka_unit_test(test_ranking),
        cmocka_unit_test(test_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
