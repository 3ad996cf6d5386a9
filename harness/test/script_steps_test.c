/* SPDX-License-Identifier: MIT */
/* Steps, frames, payloads and heads with one fault each, and what is said about it. */
#include "script_fixture.h"

static void test_steps(void **state) {
    (void)state;
    static const row rows[] = {
        {FIXTURE_STEPS("{'jump': 1}"), "4: /cases/0/steps/0/jump: unknown key"},
        {FIXTURE_STEPS("{}"), "4: /cases/0/steps/0: says nothing to do"},
        {FIXTURE_STEPS("{'fence': true, 'fin': true}"), "4: /cases/0/steps/0: is fence and fin at once"},
        {FIXTURE_STEPS("{'until': 'closed', 'octets': 1}"),
         "4: /cases/0/steps/0: only send, message and raw can be cut"},
        {FIXTURE_STEPS("{'fence': 1}"), "4: /cases/0/steps/0/fence: must be true"},
        {FIXTURE_STEPS("{'fin': false}"), "4: /cases/0/steps/0/fin: must be true"},
        {FIXTURE_STEPS("{'reset': 'yes'}"), "4: /cases/0/steps/0/reset: must be true"},
        {FIXTURE_STEPS("{'until': 'never'}"), "4: /cases/0/steps/0/until: must be closed, failed, close, "
                                              "echo, answered, response, {\"messages\"} or {\"pongs\"}"},
        {FIXTURE_STEPS("{'until': 1}"), "4: /cases/0/steps/0/until: must be closed, failed, close, echo, "
                                        "answered, response, {\"messages\"} or {\"pongs\"}"},
        {FIXTURE_STEPS("{'until': {'messages': 1, 'pongs': 1}}"),
         "4: /cases/0/steps/0/until: must be closed, failed, close, echo, answered, response, {\"messages\"} "
         "or {\"pongs\"}"},
        {FIXTURE_STEPS("{'until': {'echo': 1}}"), "4: /cases/0/steps/0/until: must be closed, failed, close, "
                                                  "echo, answered, response, {\"messages\"} or {\"pongs\"}"},
        {FIXTURE_STEPS("{'until': {'messages': 0}}"),
         "4: /cases/0/steps/0/until/messages: must be from 1 to 10000000, not 0"},
        {FIXTURE_STEPS("{'until': 'failed\\u0000'}"),
         "4: /cases/0/steps/0/until: must be closed, failed, close, echo, answered, response, {\"messages\"} "
         "or {\"pongs\"}"},
        {FIXTURE_STEPS("{'wait': 600000}"), "4: /cases/0/steps/0/wait: must be from 1 to 60000, not 600000"},
        {FIXTURE_STEPS("{'wait': 'long'}"), "4: /cases/0/steps/0/wait: must be an integer, not a string"},
        {FIXTURE_STEPS("{'tls': 'on'}"),
         "4: /cases/0/steps/0/tls: must be \"fin\", \"close-notify\", \"key-update\" or "
         "\"long-record\""},
        {FIXTURE_STEPS("{'tls': 'fin'}"), "4: /cases/0/steps/0: the case has to need \"tls\""},
        {FIXTURE_STEPS("{'tls': 'key-update'}"), "4: /cases/0/steps/0: the case has to need \"tls13\""},
        {FIXTURE_STEPS("{'read': 'on'}"), "4: /cases/0/steps/0/read: must be \"stop\" or \"resume\""},
        {FIXTURE_STEPS("{'pace': 'half'}"),
         "4: /cases/0/steps/0/pace: must be a number of octets or \"whole\""},
        {FIXTURE_STEPS("{'pace': 0}"), "4: /cases/0/steps/0/pace: must be from 1 to 67108864, not 0"},
        {FIXTURE_STEPS("{'pace': true}"),
         "4: /cases/0/steps/0/pace: must be a number of octets or \"whole\""},
        {FIXTURE_STEPS("{'auto': {}}"), "4: /cases/0/steps/0/auto: has neither pong nor close"},
        {FIXTURE_STEPS("{'auto': 1}"), "4: /cases/0/steps/0/auto: must be an object, not an integer"},
        {FIXTURE_STEPS("{'auto': {'pong': 1}}"),
         "4: /cases/0/steps/0/auto/pong: must be a boolean, not an integer"},
        {FIXTURE_STEPS("{'auto': {'ping': true}}"), "4: /cases/0/steps/0/auto/ping: unknown key"},
        {FIXTURE_STEPS("{'close': {'code': 70000}}"),
         "4: /cases/0/steps/0/close/code: must be from 0 to 65535, not 70000"},
        {FIXTURE_STEPS("{'close': false}"),
         "4: /cases/0/steps/0/close: must be true, \"empty\" or {\"code\", \"reason\"}"},
        {FIXTURE_STEPS("{'close': {}}"), "4: /cases/0/steps/0/close: \"code\" is missing"},
        {FIXTURE_STEPS("{'close': {'code': 1000, 'reason': 1}}"),
         "4: /cases/0/steps/0/close/reason: must be a string, not an integer"},
        {FIXTURE_STEPS("{'close': {'code': 1000, 'reason': "
                       "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'}}"),
         "4: /cases/0/steps/0/close/reason: has more than 123 octets"},
        {FIXTURE_STEPS("{'close': {'code': 1000, 'text': ''}}"),
         "4: /cases/0/steps/0/close/text: unknown key"},
        {FIXTURE_STEPS("{'repeat': 1}"), "4: /cases/0/steps/0/repeat: must be an object, not an integer"},
        {FIXTURE_STEPS("{'repeat': {}}"), "4: /cases/0/steps/0/repeat: \"times\" is missing\n"
                                          "4: /cases/0/steps/0/repeat: \"steps\" is missing"},
        {FIXTURE_STEPS("{'repeat': {'times': 0, 'steps': [{'fence': true}]}}"),
         "4: /cases/0/steps/0/repeat/times: must be from 1 to 1000000, not 0"},
        {FIXTURE_STEPS("{'repeat': {'times': 2, 'steps': []}}"),
         "4: /cases/0/steps/0/repeat/steps: the list has no step"},
        {FIXTURE_STEPS("{'repeat': {'times': 2, 'steps': [{'fence': 1}]}}"),
         "4: /cases/0/steps/0/repeat/steps/0/fence: must be true"},
        {FIXTURE_STEPS("{'repeat': {'times': 1, 'steps': [{'repeat': {'times': 1, 'steps': [{'repeat': "
                       "{'times': 1, 'steps': [{'repeat': {'times': 1, 'steps': [{'repeat': {'times': 1, "
                       "'steps': [{'fence': true}]}}]}}]}}]}}]}}"),
         "4: /cases/0/steps/0/repeat/steps/0/repeat/steps/0/repeat/steps/0/repeat/steps/0/repeat: repeats "
         "inside each other, more than 4 deep"},
    };
    CHECK_ROWS(rows);
}

/* What the steps mean one after the other. */
static void test_order(void **state) {
    (void)state;
    static const row rows[] = {
        {FIXTURE_STEPS("{'until': 'echo'}"),
         "4: /cases/0/steps/0/until: no message was sent that could come back"},
        {FIXTURE_STEPS("{'until': {'messages': 1}}"),
         "4: /cases/0/steps/0/until: waits for more messages than were sent"},
        {FIXTURE_STEPS("{'until': {'pongs': 1}}"),
         "4: /cases/0/steps/0/until: waits for more pongs than pings were sent"},
        {FIXTURE_STEPS("{'until': 'answered'}"),
         "4: /cases/0/steps/0/until: no ping was sent that could be answered"},
        {FIXTURE_STEPS(
             "{'message': {'type': 'text', 'payload': {'text': 'abc'}}}, {'until': {'messages': 2}}"),
         "4: /cases/0/steps/1/until: waits for more messages than were sent"},
        {FIXTURE_STEPS("{'fin': true}, {'fin': true}"), "4: /cases/0/steps/1: our stream has ended already"},
        {FIXTURE_STEPS("{'fin': true}, {'fence': true}"),
         "4: /cases/0/steps/1: cannot send behind the end of our stream"},
        {FIXTURE_STEPS("{'fin': true}, {'until': 'failed'}"),
         "4: /cases/0/steps/1/until: no ping can follow the end of our stream; use closed"},
        {FIXTURE_STEPS("{'until': 'closed'}, {'wait': 1}"),
         "4: /cases/0/steps/1: comes to nothing: until closed ends the case"},
        {FIXTURE_STEPS("{'close': true}, {'fence': true}"),
         "4: /cases/0/steps/1: comes to nothing: close ends the case"},
        {FIXTURE_STEPS("{'reset': true}, {'wait': 1}"),
         "4: /cases/0/steps/1: comes to nothing: reset ends the case"},
        {FIXTURE_STEPS("{'repeat': {'times': 2, 'steps': [{'fin': true}]}}"),
         "4: /cases/0/steps/0/repeat: the first round ends the connection"},
        {FIXTURE_STEPS("{'repeat': {'times': 2, 'steps': [{'close': true}]}}"),
         "4: /cases/0/steps/0/repeat: the first round ends the connection"},
        {FIXTURE_STEPS("{'repeat': {'times': 1000000, 'steps': [{'repeat': {'times': 100, 'steps': "
                       "[{'fence': true}]}}]}}"),
         "4: /cases/0/steps: runs more than 10000000 steps"},
        {FIXTURE_STEPS("{'repeat': {'times': 100, 'steps': [{'message': {'type': 'binary', 'payload': "
                       "{'repeat': ['a', 67108864]}}}]}}"),
         "4: /cases/0/steps: sends more than 4 GiB"},
        {FIXTURE_STEPS("{'repeat': {'times': 1000000, 'steps': [{'repeat': {'times': 1000000, 'steps': "
                       "[{'repeat': {'times': 1000000, 'steps': [{'repeat': {'times': 1000000, 'steps': "
                       "[{'send': {'opcode': 'ping'}}]}}]}}]}}]}}"),
         "4: /cases/0/steps: runs more than 10000000 steps"},
        {FIXTURE_CASE("",
                      "{'repeat': {'times': 1000000, 'steps': [{'message': {'type': 'text', 'payload': "
                      "{'text': 'abc'}}}]}}, {'close': true}",
                      "'echo'"),
         "4: /cases/0/steps: sends more than the 65536 messages or pings that can be compared"},
        {FIXTURE_CASE(
             "", "{'repeat': {'times': 1000000, 'steps': [{'send': {'opcode': 'ping'}}]}}, {'close': true}",
             "{'verdict': 'pass', 'pongs': 'all', 'close': [1000]}"),
         "4: /cases/0/steps: sends more than the 65536 messages or pings that can be compared"},
    };
    CHECK_ROWS(rows);
}

static void test_segments(void **state) {
    (void)state;
    static const row rows[] = {
        {FIXTURE_STEPS("{'raw': {'hex': '0000'}, 'cut': [1], 'octets': 1}"),
         "4: /cases/0/steps/0: has both cut and octets"},
        {FIXTURE_STEPS("{'raw': {'hex': '0000'}, 'cut': []}"),
         "4: /cases/0/steps/0/cut: the list has no offset"},
        {FIXTURE_STEPS("{'raw': {'hex': '0000'}, 'cut': 1}"),
         "4: /cases/0/steps/0/cut: must be an array, not an integer"},
        {FIXTURE_STEPS("{'raw': {'hex': '0000'}, 'cut': [1, 1]}"),
         "4: /cases/0/steps/0/cut/1: the offsets must ascend"},
        {FIXTURE_STEPS("{'raw': {'hex': '0000'}, 'cut': ['a', 1]}"),
         "4: /cases/0/steps/0/cut/0: must be an integer, not a string"},
        {FIXTURE_STEPS("{'raw': {'hex': '0000'}, 'cut': [0]}"),
         "4: /cases/0/steps/0/cut/0: must be from 1 to 134217728, not 0"},
        {FIXTURE_STEPS("{'raw': {'hex': '0000'}, 'octets': 0}"),
         "4: /cases/0/steps/0/octets: must be from 1 to 67108864, not 0"},
        {FIXTURE_STEPS("{'raw': {'hex': '0000'}, 'octets': 'all'}"),
         "4: /cases/0/steps/0/octets: must be an integer, not a string"},
        {FIXTURE_STEPS("{'raw': {'hex': '0000'}, 'cut': [1, 2]}"),
         "4: /cases/0/steps/0/cut/1: lies behind the 2 octets of the first segment, or behind the first "
         "131072"},
        {FIXTURE_STEPS("{'raw': {'repeat': ['a', 200000]}, 'cut': [1, 140000]}"),
         "4: /cases/0/steps/0/cut/1: lies behind the 200000 octets of the first segment, or behind the first "
         "131072"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'text': 'abc'}}, 'cut': [8, 9]}"),
         "4: /cases/0/steps/0/cut/1: lies behind the 9 octets of the first segment, or behind the first "
         "131072"},
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'fragments': [1, 1], "
                       "'between': {'opcode': 'ping'}}, 'cut': [6, 7]}"),
         "4: /cases/0/steps/0/cut/1: lies behind the 7 octets of the first segment, or behind the first "
         "131072"},
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'fragments': [1, 1], "
                       "'between': {'opcode': 'ping'}, 'one_segment': true}, 'cut': [32, 33]}"),
         "4: /cases/0/steps/0/cut/1: lies behind the 33 octets of the first segment, or behind the first "
         "131072"},
    };
    CHECK_ROWS(rows);
}

static void test_messages(void **state) {
    (void)state;
    static const row rows[] = {
        {FIXTURE_STEPS("{'message': {}}"), "4: /cases/0/steps/0/message: \"type\" is missing\n"
                                           "4: /cases/0/steps/0/message: \"payload\" is missing"},
        {FIXTURE_STEPS("{'message': {'type': 'text'}}"),
         "4: /cases/0/steps/0/message: \"payload\" is missing"},
        {FIXTURE_STEPS("{'message': {'payload': {'text': 'a'}}}"),
         "4: /cases/0/steps/0/message: \"type\" is missing"},
        {FIXTURE_STEPS("{'message': {'type': 'ping', 'payload': {'text': 'a'}}}"),
         "4: /cases/0/steps/0/message/type: must be \"text\" or \"binary\""},
        {FIXTURE_STEPS("{'message': {'type': 'text\\u0000', 'payload': {'text': 'a'}}}"),
         "4: /cases/0/steps/0/message/type: must be \"text\" or \"binary\""},
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'more': 1}}"),
         "4: /cases/0/steps/0/message/more: unknown key"},
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'one_segment': 1}}"),
         "4: /cases/0/steps/0/message/one_segment: must be a boolean, not an integer"},
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'fragments': []}}"),
         "4: /cases/0/steps/0/message/fragments: must have 1 to 262144 sizes"},
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'fragments': 1}}"),
         "4: /cases/0/steps/0/message/fragments: must be a list of sizes, {\"size\"} or {\"count\"}"},
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'fragments': ['a']}}"),
         "4: /cases/0/steps/0/message/fragments/0: must be an integer, not a string"},
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'fragments': [1, 5]}}"),
         "4: /cases/0/steps/0/message/fragments/1: the fragments exceed the payload of 3 octets"},
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'fragments': {}}}"),
         "4: /cases/0/steps/0/message/fragments: must have either size or count"},
        {FIXTURE_STEPS(
             "{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'fragments': {'parts': 1}}}"),
         "4: /cases/0/steps/0/message/fragments/parts: unknown key"},
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'fragments': {'size': 1, "
                       "'count': 1}}}"),
         "4: /cases/0/steps/0/message/fragments: must have either size or count"},
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'fragments': {'size': 0}}}"),
         "4: /cases/0/steps/0/message/fragments/size: must be from 1 to 67108864, not 0"},
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'fragments': {'size': 4}}}"),
         "4: /cases/0/steps/0/message/fragments/size: exceeds the payload of 3 octets"},
        {FIXTURE_STEPS(
             "{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'fragments': {'count': 0}}}"),
         "4: /cases/0/steps/0/message/fragments/count: must be from 1 to 262144, not 0"},
        {FIXTURE_STEPS(
             "{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'fragments': {'count': 300000}}}"),
         "4: /cases/0/steps/0/message/fragments/count: must be from 1 to 262144, not 300000"},
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'repeat': ['a', 1000000]}, 'fragments': "
                       "{'size': 2}}}"),
         "4: /cases/0/steps/0/message/fragments: makes 500000 fragments, more than 262144"},
        {FIXTURE_STEPS(
             "{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'between': {'opcode': 'ping'}}}"),
         "4: /cases/0/steps/0/message/between: there is only one fragment"},
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'fragments': [1], "
                       "'between': {'opcode': 'text'}}}"),
         "4: /cases/0/steps/0/message/between: must be a control frame"},
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': 'abc'}, 'fragments': [1], "
                       "'between': [{'opcode': 'ping'}]}}"),
         "4: /cases/0/steps/0/message/between: must be an object, not an array"},
        {FIXTURE_STEPS("{'message': []}"), "4: /cases/0/steps/0/message: must be an object, not an array"},
        {FIXTURE_STEPS("{'raw': {'text': ''}}"), "4: /cases/0/steps/0/raw: sends nothing"},
        {FIXTURE_STEPS("{'raw': 'text'}"), "4: /cases/0/steps/0/raw: must be an object, not a string"},
    };
    CHECK_ROWS(rows);
}

static void test_payloads(void **state) {
    (void)state;
    static const row rows[] = {
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'text': 1}}}"),
         "4: /cases/0/steps/0/send/payload/text: must be a string, not an integer"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'hex': 'abc'}}}"),
         "4: /cases/0/steps/0/send/payload/hex: an odd number of hex digits"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'hex': 'zz'}}}"),
         "4: /cases/0/steps/0/send/payload/hex: not a hex digit at offset 0"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'hex': '00\\u000000'}}}"),
         "4: /cases/0/steps/0/send/payload/hex: not a hex digit at offset 2"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'hex': 1}}}"),
         "4: /cases/0/steps/0/send/payload/hex: must be a string of hex digits, not an integer"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {}}}"),
         "4: /cases/0/steps/0/send/payload: must have exactly one of text, hex, deflate, repeat, concat, "
         "random, words, prose, json, html, image and document"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'text': 'x', 'hex': '00'}}}"),
         "4: /cases/0/steps/0/send/payload: must have exactly one of text, hex, deflate, repeat, concat, "
         "random, words, prose, json, html, image and document"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'file': 'x'}}}"),
         "4: /cases/0/steps/0/send/payload/file: unknown key"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'repeat': 'a'}}}"),
         "4: /cases/0/steps/0/send/payload/repeat: must be an array, not a string"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'repeat': ['a']}}}"),
         "4: /cases/0/steps/0/send/payload/repeat: must be [pattern, total octets]"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'repeat': ['', 1]}}}"),
         "4: /cases/0/steps/0/send/payload/repeat/0: the pattern is empty"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'repeat': [1, 1]}}}"),
         "4: /cases/0/steps/0/send/payload/repeat/0: must be a string or {\"hex\"}, not an integer"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'repeat': [{'text': 'a'}, 1]}}}"),
         "4: /cases/0/steps/0/send/payload/repeat/0/text: unknown key\n"
         "4: /cases/0/steps/0/send/payload/repeat/0: \"hex\" is missing"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'repeat': [{'hex': '0'}, 1]}}}"),
         "4: /cases/0/steps/0/send/payload/repeat/0/hex: an odd number of hex digits"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'repeat': ['a', 99999999999]}}}"),
         "4: /cases/0/steps/0/send/payload/repeat/1: must be from 0 to 67108864, not 99999999999"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'repeat': ['a', -1]}}}"),
         "4: /cases/0/steps/0/send/payload/repeat/1: must be from 0 to 67108864, not -1"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'repeat': ['a', 1.5]}}}"),
         "4: /cases/0/steps/0/send/payload/repeat/1: must be an integer, not a number with a fraction or "
         "exponent"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'random': 1}}}"),
         "4: /cases/0/steps/0/send/payload/random: must be an object, not an integer"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'random': {}}}}"),
         "4: /cases/0/steps/0/send/payload/random: \"seed\" is missing\n"
         "4: /cases/0/steps/0/send/payload/random: \"bytes\" is missing"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'random': {'seed': -1, 'bytes': 'a'}}}}"),
         "4: /cases/0/steps/0/send/payload/random/seed: must be from 0 to 9223372036854775807, not -1\n"
         "4: /cases/0/steps/0/send/payload/random/bytes: must be an integer, not a string"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'words': {'seed': 1, 'bytes': 67108865}}}}"),
         "4: /cases/0/steps/0/send/payload/words/bytes: must be from 0 to 67108864, not 67108865"},
        {FIXTURE_STEPS(
             "{'send': {'opcode': 'text', 'payload': {'words': {'seed': 1, 'bytes': 1, 'more': 1}}}}"),
         "4: /cases/0/steps/0/send/payload/words/more: unknown key"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'concat': {}}}}"),
         "4: /cases/0/steps/0/send/payload/concat: must be an array, not an object"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'concat': [1]}}}"),
         "4: /cases/0/steps/0/send/payload/concat/0: must be an object, not an integer"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'payload': {'concat': [{'repeat': ['a', 67108864]}, "
                       "{'concat': [{'text': 'a'}, {'text': 'b'}]}]}}}"),
         "4: /cases/0/steps/0/send/payload/concat: more than 64 MiB in all"},
    };
    CHECK_ROWS(rows);
}

static void test_frames(void **state) {
    (void)state;
    static const row rows[] = {
        {FIXTURE_STEPS("{'send': {}}"), "4: /cases/0/steps/0/send: \"opcode\" is missing"},
        {FIXTURE_STEPS("{'send': {'opcode': 'texd'}}"),
         "4: /cases/0/steps/0/send/opcode: unknown opcode \"texd\""},
        {FIXTURE_STEPS("{'send': {'opcode': 'text\\u0000'}}"),
         "4: /cases/0/steps/0/send/opcode: unknown opcode \"text\""},
        {FIXTURE_STEPS("{'send': {'opcode': 16}}"), "4: /cases/0/steps/0/send/opcode: no reserved opcode"},
        {FIXTURE_STEPS("{'send': {'opcode': 1}}"),
         "4: /cases/0/steps/0/send/opcode: write the opcode's name"},
        {FIXTURE_STEPS("{'send': {'opcode': -1}}"), "4: /cases/0/steps/0/send/opcode: no reserved opcode"},
        {FIXTURE_STEPS("{'send': {'opcode': true}}"),
         "4: /cases/0/steps/0/send/opcode: must be a string, not a boolean"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'rsv': 1}}"),
         "4: /cases/0/steps/0/send/rsv: unknown key"},
        {FIXTURE_STEPS(
             "{'send': {'opcode': 'text', 'fin': 1, 'rsv1': 1, 'rsv2': 1, 'rsv3': 1, 'masked': 1}}"),
         "4: /cases/0/steps/0/send/fin: must be a boolean, not an integer\n"
         "4: /cases/0/steps/0/send/rsv1: must be a boolean, not an integer\n"
         "4: /cases/0/steps/0/send/rsv2: must be a boolean, not an integer\n"
         "4: /cases/0/steps/0/send/rsv3: must be a boolean, not an integer\n"
         "4: /cases/0/steps/0/send/masked: must be a boolean, not an integer"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'key': '00'}}"),
         "4: /cases/0/steps/0/send/key: must have 8 hex digits"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'key': 'zz'}}"),
         "4: /cases/0/steps/0/send/key: not a hex digit at offset 0"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'key': '01020304', 'masked': false}}"),
         "4: /cases/0/steps/0/send/key: a frame without mask has no masking key"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'length': 1}}"),
         "4: /cases/0/steps/0/send/length: must be an object, not an integer"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'length': {}}}"),
         "4: /cases/0/steps/0/send/length: has neither form nor claim"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'length': {'form': 8}}}"),
         "4: /cases/0/steps/0/send/length/form: must be 7, 16 or 64"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'length': {'form': '7'}}}"),
         "4: /cases/0/steps/0/send/length/form: must be an integer, not a string"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'length': {'size': 8}}}"),
         "4: /cases/0/steps/0/send/length/size: unknown key\n"
         "4: /cases/0/steps/0/send/length: has neither form nor claim"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'length': {'claim': -1}}}"),
         "4: /cases/0/steps/0/send/length/claim: must be from 0 to 9223372036854775807, not -1"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'length': {'claim': ''}}}"),
         "4: /cases/0/steps/0/send/length/claim: must have 1 to 16 hex digits"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'length': {'claim': '00000000000000000'}}}"),
         "4: /cases/0/steps/0/send/length/claim: must have 1 to 16 hex digits"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'length': {'claim': '0x1'}}}"),
         "4: /cases/0/steps/0/send/length/claim: not a hex digit at offset 1"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'length': {'form': 7, 'claim': 126}}}"),
         "4: /cases/0/steps/0/send/length: a length of 126 does not fit into 7 bits"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'length': {'form': 16, 'claim': 'FFFFFFFFffffffff'}}}"),
         "4: /cases/0/steps/0/send/length: a length of 18446744073709551615 does not fit into 16 bits"},
        {FIXTURE_STEPS(
             "{'send': {'opcode': 'text', 'length': {'form': 7}, 'payload': {'repeat': ['a', 200]}}}"),
         "4: /cases/0/steps/0/send/length: a length of 200 does not fit into 7 bits"},
        {FIXTURE_STEPS("{'send': {'opcode': 'text', 'code': 1000}}"),
         "4: /cases/0/steps/0/send: only a Close frame has a code or a reason"},
        {FIXTURE_STEPS("{'send': {'opcode': 'close', 'code': 1000, 'payload': {'text': 'a'}}}"),
         "4: /cases/0/steps/0/send: has a payload, and also a code or a reason"},
        {FIXTURE_STEPS("{'send': {'opcode': 'close', 'reason': 'a'}}"),
         "4: /cases/0/steps/0/send/reason: a reason without a code"},
        {FIXTURE_STEPS("{'send': {'opcode': 'close', 'code': 65536}}"),
         "4: /cases/0/steps/0/send/code: must be from 0 to 65535, not 65536"},
        {FIXTURE_STEPS("{'send': {'opcode': 'close', 'code': 1000, 'reason': 1}}"),
         "4: /cases/0/steps/0/send/reason: must be a string or {\"hex\"}, not an integer"},
        {FIXTURE_STEPS("{'send': {'opcode': 'close', 'code': 1000, 'reason': {}}}"),
         "4: /cases/0/steps/0/send/reason: \"hex\" is missing"},
        {FIXTURE_STEPS("{'send': {'opcode': 'close', 'code': 1000, 'reason': {'hex': '0'}}}"),
         "4: /cases/0/steps/0/send/reason/hex: an odd number of hex digits"},
        {FIXTURE_STEPS("{'send': []}"), "4: /cases/0/steps/0/send: the list has no frame"},
        {FIXTURE_STEPS("{'send': 1}"), "4: /cases/0/steps/0/send: must be an object, not an integer"},
        {FIXTURE_STEPS("{'send': [{'opcode': 'text'}, 1]}"),
         "4: /cases/0/steps/0/send/1: must be an object, not an integer"},
    };
    CHECK_ROWS(rows);
}

static void test_heads(void **state) {
    (void)state;
    static const row rows[] = {
        {FIXTURE_REQUEST(""), "3: /cases/0/request: differs in nothing from the ordinary request"},
        {FIXTURE_REQUEST("'foo': 1"), "3: /cases/0/request/foo: unknown key"},
        {FIXTURE_REQUEST("'line': 1"),
         "3: /cases/0/request/line: must be a string or {\"hex\"}, not an integer"},
        {FIXTURE_REQUEST("'line': 'a {b'"),
         "3: /cases/0/request/line: a brace at offset 2 begins no placeholder; {{ stands for one"},
        {FIXTURE_REQUEST("'line': 'a {accept}'"),
         "3: /cases/0/request/line: a brace at offset 2 begins no placeholder; {{ stands for one"},
        {FIXTURE_REQUEST("'line': {'hex': 'zz'}"),
         "3: /cases/0/request/line/hex: not a hex digit at offset 0"},
        {FIXTURE_REQUEST("'line': {'text': 'a'}"), "3: /cases/0/request/line/text: unknown key\n"
                                                   "3: /cases/0/request/line: \"hex\" is missing"},
        {FIXTURE_REQUEST("'line': {'repeat': ['{x', 5]}"),
         "3: /cases/0/request/line: a brace at offset 0 begins no placeholder; {{ stands for one"},
        {FIXTURE_REQUEST("'line': {'repeat': ['a', 300000]}"),
         "3: /cases/0/request/line: has more than 262144 octets"},
        {FIXTURE_REQUEST("'line': {'repeat': ['a', 0.5]}"),
         "3: /cases/0/request/line/repeat/1: must be an integer, not a number with a fraction or exponent"},
        {FIXTURE_REQUEST("'set': 1"), "3: /cases/0/request/set: must be an object, not an integer"},
        {FIXTURE_REQUEST("'set': {'Origin': 'x'}"),
         "3: /cases/0/request/set/Origin: is no field of the ordinary request; use add"},
        {FIXTURE_REQUEST("'set': {'Host': 'x', 'host': 'y'}"), "3: /cases/0/request/set/host: is set twice"},
        {FIXTURE_REQUEST("'set': {'Host': '{key'}"),
         "3: /cases/0/request/set/Host: a brace at offset 0 begins no placeholder; {{ stands for one"},
        {FIXTURE_REQUEST("'omit': ['Origin']"),
         "3: /cases/0/request/omit/0: is no field of the ordinary request"},
        {FIXTURE_REQUEST("'omit': 1"), "3: /cases/0/request/omit: must be an array, not an integer"},
        {FIXTURE_REQUEST("'omit': ['Host', 'Host']"),
         "3: /cases/0/request/omit/1: \"Host\" stands twice in the list"},
        {FIXTURE_REQUEST("'set': {'Host': 'a'}, 'omit': ['host']"),
         "3: /cases/0/request/omit/0: is set and left out at once"},
        {FIXTURE_REQUEST("'add': 1"), "3: /cases/0/request/add: must be an array, not an integer"},
        {FIXTURE_REQUEST("'add': ['a']"), "3: /cases/0/request/add/0: must be [name, value]"},
        {FIXTURE_REQUEST("'add': [['a']]"), "3: /cases/0/request/add/0: must be [name, value]"},
        {FIXTURE_REQUEST("'add': [[1, 'a']]"),
         "3: /cases/0/request/add/0/0: must be a string, not an integer"},
        {FIXTURE_REQUEST("'add': [['a', 1]]"),
         "3: /cases/0/request/add/0/1: must be a string or {\"hex\"}, not an integer"},
        {FIXTURE_REQUEST("'lines': 1"), "3: /cases/0/request/lines: must be an array, not an integer"},
        {FIXTURE_REQUEST("'lines': []"), "3: /cases/0/request/lines: the list has no line"},
        {FIXTURE_REQUEST("'lines': [1]"),
         "3: /cases/0/request/lines/0: must be a string or {\"hex\"}, not an integer"},
        {FIXTURE_REQUEST(
             "'lines': ['a'], 'line': 'x', 'set': {'Host': 'x'}, 'omit': ['Host'], 'add': [['a', 'b']]"),
         "3: /cases/0/request/omit/0: is set and left out at once\n"
         "3: /cases/0/request/line: has no effect: lines give the whole head\n"
         "3: /cases/0/request/set: has no effect: lines give the whole head\n"
         "3: /cases/0/request/omit: has no effect: lines give the whole head\n"
         "3: /cases/0/request/add: has no effect: lines give the whole head"},
        {FIXTURE_REQUEST("'eol': ''"), "3: /cases/0/request/eol: must have 1 to 8 octets"},
        {FIXTURE_REQUEST("'eol': 1"), "3: /cases/0/request/eol: must be a string, not an integer"},
        {FIXTURE_REQUEST("'eol': '123456789'"), "3: /cases/0/request/eol: must have 1 to 8 octets"},
        {FIXTURE_REQUEST("'lead': {'text': ''}"), "3: /cases/0/request/lead: must have 1 to 65536 octets"},
        {FIXTURE_REQUEST("'lead': 'x'"), "3: /cases/0/request/lead: must be an object, not a string"},
        {FIXTURE_REQUEST("'lead': {'repeat': ['a', 70000]}"),
         "3: /cases/0/request/lead: must have 1 to 65536 octets"},
        {FIXTURE_REQUEST("'body': 1"), "3: /cases/0/request/body: must be an object, not an integer"},
        {FIXTURE_REQUEST("'raw': 1"), "3: /cases/0/request/raw: must be an object, not an integer"},
        {FIXTURE_REQUEST("'frames': []"), "3: /cases/0/request/frames: the list has no frame"},
        {FIXTURE_REQUEST("'cut': [1], 'octets': 1"), "3: /cases/0/request: has both cut and octets"},
        {FIXTURE_REQUEST("'octets': 0"), "3: /cases/0/request/octets: must be from 1 to 67108864, not 0"},
        {FIXTURE_REQUEST("'end': 1"), "3: /cases/0/request/end: must be a boolean, not an integer"},
        {FIXTURE_REQUEST("'fin': 1"), "3: /cases/0/request/fin: must be a boolean, not an integer"},
        {FIXTURE_REQUEST("'end': false, 'body': {'text': 'x'}"),
         "3: /cases/0/request: body, frames and raw stand behind the blank line, which is left out"},
        {FIXTURE_REQUEST("'end': false, 'raw': {'text': 'x'}"),
         "3: /cases/0/request: body, frames and raw stand behind the blank line, which is left out"},
        {FIXTURE_REQUEST("'end': false, 'frames': {'opcode': 'ping'}"),
         "3: /cases/0/request: body, frames and raw stand behind the blank line, which is left out"},
        {FIXTURE_REQUEST("'delay': 5"), "3: /cases/0/request/delay: only a response can be late"},
        {FIXTURE_REQUEST("'delay': 6000"), "3: /cases/0/request/delay: must be from 1 to 5000, not 6000"},
        {FIXTURE_REQUEST("'body': {'repeat': ['a', 3000000]}"),
         "3: /cases/0/request: body, frames and raw have more than 2097152 octets"},
        {FIXTURE_REQUEST("'frames': {'opcode': 'text', 'payload': {'repeat': ['a', 2000000]}}, 'raw': "
                         "{'repeat': ['a', 200000]}"),
         "3: /cases/0/request: body, frames and raw have more than 2097152 octets"},
        {FIXTURE_MEMBERS("'request': 1,"), "3: /cases/0/request: must be an object, not an integer"},
        {FIXTURE_MEMBERS("'response': {'line': 'x'},"),
         "3: /cases/0/response: a server sends it; only clients are sent one"},
    };
    CHECK_ROWS(rows);
}

/* Cases that judge clients. */
static void test_clients(void **state) {
    (void)state;
    static const row rows[] = {
        {FIXTURE_CLIENT("'request': {'line': 'x'},", "{'until': 'failed'}", "'error'"),
         "3: /cases/0/request: a client sends the request; only servers are sent one"},
        {FIXTURE_CLIENT("'response': {'fin': true},", "{'until': 'failed'}", "'error'"),
         "3: /cases/0/response/fin: only a request can be the last of its stream"},
        {FIXTURE_CLIENT("'response': {'set': {'Host': 'x'}},", "{'until': 'failed'}", "'error'"),
         "3: /cases/0/response/set/Host: is no field of the ordinary response; use add"},
        {FIXTURE_CLIENT("'response': {'line': '{host}'},", "{'until': 'failed'}", "'error'"),
         "3: /cases/0/response/line: a brace at offset 0 begins no placeholder; {{ stands for one"},
        {FIXTURE_CLIENT("'response': {},", "{'until': 'failed'}", "'error'"),
         "3: /cases/0/response: differs in nothing from the ordinary response"},
        {FIXTURE_CLIENT("'response': {'body': {'repeat': ['a', 3000000]}},", "{'until': 'failed'}",
                        "'error'"),
         "3: /cases/0/response: body, frames and raw have more than 2097152 octets"},
        {FIXTURE_CLIENT("", "{'until': 'response'}", "'error'"),
         "4: /cases/0/steps/0/until: a client sends no response"},
        {FIXTURE_CLIENT("", "{'send': {'opcode': 'text', 'key': '01020304'}}, {'until': 'failed'}",
                        "'error'"),
         "4: /cases/0/steps/0/send/key: a client is sent unmasked frames: \"masked\": true is missing, or "
         "judge only servers"},
        {FIXTURE_CLIENT("", "{'until': 'failed'}", "{'verdict': 'pass', 'response': 101, 'close': [1000]}"),
         "5: /cases/0/outcomes/0: can never match: a client sends no response"},
    };
    CHECK_ROWS(rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),    cmocka_unit_test(test_order),    cmocka_unit_test(test_segments),
        cmocka_unit_test(test_messages), cmocka_unit_test(test_payloads), cmocka_unit_test(test_frames),
        cmocka_unit_test(test_heads),    cmocka_unit_test(test_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
