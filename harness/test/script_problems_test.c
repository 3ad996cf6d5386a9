/* SPDX-License-Identifier: MIT */
/* Case files with one fault each, and what is said about it: file, line, pointer, message. */
#include "script_fixture.h"

typedef struct row {
    const char *text;     /* of framing/a.json */
    const char *expected; /* all complaints */
} row;

static void check_rows(const row *rows, size_t num) {
    size_t failed = 0;
    for (size_t i = 0; i < num; i++) {
        complaints all;
        catalogue *loaded = fixture_load(&all, "framing/a.json", rows[i].text, NULL);
        if (loaded != NULL || strcmp(all.text, rows[i].expected) != 0) {
            print_error("row %zu:\n%s\nexpected %sbut was  %s\n", i, rows[i].text, rows[i].expected,
                        all.text);
            failed++;
        }
        catalogue_free(loaded);
    }
    assert_int_equal(failed, 0);
}
#define CHECK_ROWS(rows) check_rows(rows, sizeof rows / sizeof *rows)

static void test_files(void **state) {
    (void)state;
    static const row rows[] = {
        {"", "framing/a.json:1: : '[' or '{' expected near end of file\n"},
        {"{'format': 1,\n"
         " 'topic' 1}",
         "framing/a.json:2: : ':' expected near '1'\n"},
        {"[]", "framing/a.json:1: : must be an object\n"},
        {"{}", "framing/a.json:1: : \"format\" must be 1\n"},
        {"{'format': 2, 'topic': 'x', 'cases': []}", "framing/a.json:1: /format: \"format\" must be 1\n"},
        {"{'format': 1, 'topic': '', 'cases': []}", "framing/a.json:1: /topic: is empty\n"
                                                    "framing/a.json:1: /cases: the list has no case\n"},
        {"{'format': 1, 'topic': 'x', 'cases': [], 'more': 1}",
         "framing/a.json:1: /more: unknown key\n"
         "framing/a.json:1: /cases: the list has no case\n"},
        {"{'format': 1, 'topic': 'x', 'cases': {}}",
         "framing/a.json:1: /cases: must be an array, not an object\n"},
        {"{'format': 1, 'topic': 'x', 'cases': [1]}",
         "framing/a.json:1: /cases/0: must be an object, not an integer\n"},
        {"{'format': 1, 'format': 1, 'topic': 'x', 'cases': []}",
         "framing/a.json:1: : duplicate object key near '\"format\"'\n"},
    };
    CHECK_ROWS(rows);
}

static void test_members(void **state) {
    (void)state;
    static const row rows[] = {
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'foo': 1,\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/foo: unknown key\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'rulings': ['A99'],\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/rulings/0: rulings.json has no \"A99\"\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'also': [1],\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/also/0: must be a string, not an integer\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'exclusive': 'yes',\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/exclusive: must be a boolean, not a string\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'needs': 'tls',\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/needs: must be an array, not a string\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'bugs': [''],\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/bugs/0: \"\" is no name of a bug\n"},
        {"{'format': 1, 'topic': 'T', 'cases': [\n"
         "{'id': 'framing/A', 'title': 'x', 'judges': ['server'], 'level': 'must', 'checks"
         "': ['R1'], 'steps': [{'until': 'failed'}], 'outcomes': 'error'}]}",
         "framing/a.json:2: /cases/0/id: \"framing/A\" is no id: area/slug of a-z, 0-9 and s"
         "ingle . - /, at most 120 characters\n"},
        {"{'format': 1, 'topic': 'T', 'cases': [\n"
         "{'id': 'close/a', 'title': 'x', 'judges': ['server'], 'level': 'must', 'checks':"
         " ['R1'], 'steps': [{'until': 'failed'}], 'outcomes': 'error'}]}",
         "framing/a.json:2: /cases/0/id: the area of \"close/a\" is not its folder, framing\n"},
        {"{'format': 1, 'topic': 'T', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'x', 'judges': ['proxy'], 'level': 'must', 'checks'"
         ": ['R1'], 'steps': [{'until': 'failed'}], 'outcomes': 'error'}]}",
         "framing/a.json:2: /cases/0/judges/0: must be \"server\" or \"client\"\n"},
        {"{'format': 1, 'topic': 'T', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'x', 'judges': [], 'level': 'must', 'checks': ['R1'"
         "], 'steps': [{'until': 'failed'}], 'outcomes': 'error'}]}",
         "framing/a.json:2: /cases/0/judges: judges nobody\n"},
        {"{'format': 1, 'topic': 'T', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'x', 'judges': ['server'], 'level': 'most', 'checks"
         "': ['R1'], 'steps': [{'until': 'failed'}], 'outcomes': 'error'}]}",
         "framing/a.json:2: /cases/0/level: must be must, should, may or probe\n"},
        {"{'format': 1, 'topic': 'T', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'x', 'judges': ['server'], 'level': 'must', 'checks"
         "': ['R9'], 'steps': [{'until': 'failed'}], 'outcomes': 'error'}]}",
         "framing/a.json:2: /cases/0/checks/0: requirements.json has no \"R9\"\n"},
        {"{'format': 1, 'topic': 'T', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'x', 'judges': ['server'], 'level': 'must', 'checks"
         "': [], 'steps': [{'until': 'failed'}], 'outcomes': 'error'}]}",
         "framing/a.json:2: /cases/0/checks: checks no requirement\n"},
        {"{'format': 1, 'topic': 'T', 'cases': [\n"
         "{'id': 'framing/gone', 'title': 'x', 'judges': ['server'], 'level': 'must', 'che"
         "cks': ['R1'], 'steps': [{'until': 'failed'}], 'outcomes': 'error'}]}",
         "framing/a.json:2: /cases/0: the id \"framing/gone\" is retired: retired.txt\n"},
        {"{'format': 1, 'topic': 'T', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'x', 'judges': ['server'], 'level': 'must', 'checks"
         "': ['R1'], 'outcomes': 'error'}]}",
         "framing/a.json:2: /cases/0: \"steps\" is missing, and no outcome looks at the resp"
         "onse\n"},
    };
    CHECK_ROWS(rows);
}

static void test_steps(void **state) {
    (void)state;
    static const row rows[] = {
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'jump': 1}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/jump: unknown key\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0: says nothing to do\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'send': {'opcode': 'texd'}}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/send/opcode: unknown opcode \"texd\"\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'send': {'opcode': 16}}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/send/opcode: no reserved opcode\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'send': {'opcode': 'text', 'payload': {'text': 1}}}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/send/payload/text: must be a string, not an i"
         "nteger\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'send': {'opcode': 'text', 'payload': {'hex': 'abc'}}}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/send/payload/hex: an odd number of hex digits"
         "\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'send': {'opcode': 'text', 'payload': {'repeat': ['a', 99999999999]}}"
         "}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/send/payload/repeat/1: must be from 0 to 6710"
         "8864, not 99999999999\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'send': {'opcode': 'text', 'payload': {'text': 'x', 'hex': '00'}}}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/send/payload: must have exactly one of text, "
         "hex, repeat, random, words and concat\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'send': {'opcode': 'text', 'rsv': 1}}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/send/rsv: unknown key\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'send': []}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/send: the list has no frame\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'message': {'type': 'ping', 'payload': {'text': 'x'}}}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/message/type: must be \"text\" or \"binary\"\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'until': 'never'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/until: must be closed, failed, close, echo, a"
         "nswered, response, {\"messages\"} or {\"pongs\"}\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'until': 'echo'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/until: no message was sent that could come ba"
         "ck\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'until': {'pongs': 1}}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/until: waits for more pongs than pings were s"
         "ent\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'wait': 600000}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/wait: must be from 1 to 60000, not 600000\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'repeat': {'times': 2, 'steps': []}}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/repeat/steps: the list has no step\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'fin': true}, {'fin': true}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/1: our stream has ended already\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'close': {'code': 70000}}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/close/code: must be from 0 to 65535, not 7000"
         "0\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'read': 'on'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:4: /cases/0/steps/0/read: must be \"stop\" or \"resume\"\n"},
    };
    CHECK_ROWS(rows);
}

static void test_heads(void **state) {
    (void)state;
    static const row rows[] = {
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'request': {},\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/request: differs in nothing from the ordinary request"
         "\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'request': {'set': {'Cookie': 'a'}},\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/request/set/Cookie: is no field of the ordinary reque"
         "st; use add\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'request': {'omit': ['Cookie']},\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/request/omit/0: is no field of the ordinary request\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'request': {'add': [['A']]},\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/request/add/0: must be [name, value]\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'request': {'line': 'GET {path} HTTP/1.1'},\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/request/line: a brace at offset 4 begins no placehold"
         "er; {{ stands for one\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'request': {'lines': []},\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/request/lines: the list has no line\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'request': {'lines': ['a'], 'omit': ['Host']},\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/request/omit: has no effect: lines give the whole hea"
         "d\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'request': {'end': false, 'body': {'text': 'x'}},\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/request: body, frames and raw stand behind the blank "
         "line, which is left out\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'request': {'eol': ''},\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/request/eol: must have 1 to 8 octets\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'request': {'delay': 5},\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/request/delay: only a response can be late\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'response': {'line': 'x'},\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/response: a server sends it; only clients are sent on"
         "e\n"},
    };
    CHECK_ROWS(rows);
}

static void test_outcomes(void **state) {
    (void)state;
    static const row rows[] = {
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'message': {'type': 'text', 'payload': {'text': 'm'}}}, {'until': 'fa"
         "iled'}],\n"
         "'outcomes': ['nothing']}]}",
         "framing/a.json:5: /cases/0/outcomes/0: outcomes.json has no list \"nothing\"\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'message': {'type': 'text', 'payload': {'text': 'm'}}}, {'until': 'fa"
         "iled'}],\n"
         "'outcomes': [{'verdict': 'good'}]}]}",
         "framing/a.json:5: /cases/0/outcomes/0/verdict: must be one of pass, lenient, inf"
         "o, fail, unsupported\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'message': {'type': 'text', 'payload': {'text': 'm'}}}, {'until': 'fa"
         "iled'}],\n"
         "'outcomes': [{'verdict': 'pass', 'close': [99999]}]}]}",
         "framing/a.json:5: /cases/0/outcomes/0/close/0: must be from 0 to 65535, not 9999"
         "9\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'message': {'type': 'text', 'payload': {'text': 'm'}}}, {'until': 'fa"
         "iled'}],\n"
         "'outcomes': [{'verdict': 'pass', 'close': ['1000-900']}]}]}",
         "framing/a.json:5: /cases/0/outcomes/0/close/0: must be a code, \"3000-3999\", empt"
         "y, dropped, any-legal, echo or none\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'message': {'type': 'text', 'payload': {'text': 'm'}}}, {'until': 'fa"
         "iled'}],\n"
         "'outcomes': [{'verdict': 'pass', 'messages': 'all'}]}]}",
         "framing/a.json:5: /cases/0/outcomes/0/messages: must be one of any, echo, prefix"
         "\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'message': {'type': 'text', 'payload': {'text': 'm'}}}, {'until': 'fa"
         "iled'}],\n"
         "'outcomes': [{'verdict': 'pass', 'fields': {'A': {'x': 1}}}]}]}",
         "framing/a.json:5: /cases/0/outcomes/0/fields/A/x: unknown key\n"
         "framing/a.json:5: /cases/0/outcomes/0/fields/A: \"has\" is missing\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'message': {'type': 'text', 'payload': {'text': 'm'}}}, {'until': 'fa"
         "iled'}],\n"
         "'outcomes': [{'verdict': 'pass'}]}]}",
         "framing/a.json:5: /cases/0/outcomes: nothing can fail: an outcome matches whatev"
         "er happens\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'message': {'type': 'text', 'payload': {'text': 'm'}}}, {'until': 'fa"
         "iled'}],\n"
         "'outcomes': [{'verdict': 'lenient', 'close': [1002]}]}]}",
         "framing/a.json:5: /cases/0/outcomes: no outcome that passes can match\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'message': {'type': 'text', 'payload': {'text': 'm'}}}, {'until': 'fa"
         "iled'}],\n"
         "'outcomes': [{'verdict': 'pass', 'close': 'any-legal'}, {'verdict': 'lenient', '"
         "close': [1000]}]}]}",
         "framing/a.json:5: /cases/0/outcomes/1: can never match: an earlier outcome alway"
         "s wins\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'message': {'type': 'text', 'payload': {'text': 'm'}}}, {'until': 'fa"
         "iled'}],\n"
         "'outcomes': [{'verdict': 'pass', 'tolerate': ['everything']}]}]}",
         "framing/a.json:5: /cases/0/outcomes/0/tolerate/0: unknown fault \"everything\"\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'message': {'type': 'text', 'payload': {'text': 'm'}}}, {'until': 'fa"
         "iled'}],\n"
         "'outcomes': [{'verdict': 'pass', 'keys': 'random', 'close': [1000]}]}]}",
         "framing/a.json:5: /cases/0/outcomes/0: can never match: a server masks nothing\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "\n"
         "'steps': [{'message': {'type': 'text', 'payload': {'text': 'm'}}}, {'until': 'fa"
         "iled'}],\n"
         "'outcomes': [{'verdict': 'pass', 'close': ['none'], 'end': 'fin'}]}]}",
         "framing/a.json:5: /cases/0/outcomes/0: can never match: close \"none\" means that "
         "TCP did not end\n"},
    };
    CHECK_ROWS(rows);
}

static void test_matrices(void **state) {
    (void)state;
    static const row rows[] = {
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'each': {},\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/each: has no variable\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'each': {'n': []},\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/each/n: must be a list or object with 1 to 20000 valu"
         "es\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'each': {'n': [1, 1]},\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/each/n/1: the value \"1\" stands twice in the list\n"},
        {"{'format': 1, 'topic': 'Test', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', '"
         "checks': ['R1'],\n"
         "'except': [],\n"
         "'steps': [{'until': 'failed'}],\n"
         "'outcomes': ['error']}]}",
         "framing/a.json:3: /cases/0/except: there is no matrix to leave something out of\n"},
        {"{'format': 1, 'topic': 'T', 'cases': [\n"
         "{'id': 'framing/{m}', 'title': 'x', 'each': {'n': [1, 2]}, 'judges': ['server'],"
         " 'level': 'must', 'checks': ['R1'], 'steps': [{'until': 'failed'}], 'outcomes': "
         "'error'}]}",
         "framing/a.json:2: /cases/0/id: there is no variable \"m\"\n"
         "framing/a.json:2: /cases/0/each/n: the variable is not used\n"},
        {"{'format': 1, 'topic': 'T', 'cases': [\n"
         "{'id': 'framing/a', 'title': 'x {n}', 'each': {'n': [1, 2]}, 'judges': ['server'"
         "], 'level': 'must', 'checks': ['R1'], 'steps': [{'until': 'failed'}], 'outcomes'"
         ": 'error'}]}",
         "framing/a.json:2: /cases/0: the id \"framing/a\" is used before, in framing/a.json"
         "\n"},
        {"{'format': 1, 'topic': 'T', 'cases': [\n"
         "{'id': 'framing/a-{n}', 'title': 'x {n}', 'each': {'n': [1, 2]}, 'except': [{'n'"
         ": [1, 2]}], 'judges': ['server'], 'level': 'must', 'checks': ['R1'], 'steps': [{"
         "'until': 'failed'}], 'outcomes': 'error'}]}",
         "framing/a.json:2: /cases/0/except/0/n: \"n\" has no such value\n"},
    };
    CHECK_ROWS(rows);
}

/* Octets that are no JSON, too deep, or too many. */
static void test_hostile(void **state) {
    (void)state;
    static const char *const bad[] = {"\xff\xfe", "{\"format\": 1, \"topic\": \"\xc3\x28\", \"cases\": []}",
                                      "[[[[", "{\"a\": 1e999}"};
    complaints all;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(fixture_load(&all, "framing/a.json", bad[i], NULL));
        assert_true(all.num > 0);
    }
    size_t len = (size_t)5 << 20;
    char *text = malloc(len + 1);
    assert_non_null(text);
    memset(text, '[', len);
    text[len] = 0;
    assert_null(fixture_load(&all, "framing/a.json", text, NULL));
    assert_int_equal(all.num, 1);
    memset(text + 100000, ' ', len - 100000);
    text[200000] = 0;
    assert_null(fixture_load(&all, "framing/a.json", text, NULL));
    assert_int_equal(all.num, 1);
    free(text);
}

/* A matrix that would fill the memory is refused at its bound. */
static void test_bounds(void **state) {
    (void)state;
    complaints all;
    assert_null(fixture_load(
        &all, "framing/a.json",
        "{'format': 1, 'topic': 'T', 'cases': [{'id': 'framing/{a}-{b}-{c}-{d}-{e}', 'title': 'x',"
        "'each': {'a': [1,2,3,4,5,6,7,8], 'b': [1,2,3,4,5,6,7,8], 'c': [1,2,3,4,5,6,7,8], 'd': "
        "[1,2,3,4,5,6,7,8],"
        "'e': [1,2,3,4,5,6,7,8]}, 'judges': ['server'], 'level': 'must', 'checks': ['R1'],"
        "'steps': [{'until': 'failed'}], 'outcomes': 'error'}]}",
        NULL));
    assert_int_equal(all.num, 1);
    if (strstr(all.text, "more than 20000") == NULL) fail_msg("%s", all.text);
}

static void test_file_names(void **state) {
    (void)state;
    complaints all;
    assert_null(fixture_load(&all, "a.json", "{}", NULL));
    assert_non_null(strstr(all.text, "a.json:0: : no file of a catalogue"));
    assert_null(fixture_load(&all, "framing/A.json", "{}", NULL));
    assert_non_null(strstr(all.text, "no file of a catalogue"));
    assert_null(fixture_load(&all, NULL));
    assert_non_null(strstr(all.text, "the catalogue has no case"));
}

static void test_untested(void **state) {
    (void)state;
    static const struct {
        const char *text, *expected;
    } bad[] = {
        {"{'format': 1, 'untested': [{'requirement': 'R9', 'reason': 'r'}]}",
         "requirements.json has no \"R9\""},
        {"{'format': 1, 'untested': [{'requirement': 'R1', 'reason': 'r'}, {'requirement': 'R1', 'reason': "
         "'s'}]}",
         "stands twice"},
        {"{'format': 1, 'untested': [{'requirement': 'R1'}]}", "\"reason\" is missing"},
    };
    complaints all;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(
            fixture_load(&all, "untested.json", bad[i].text, "framing/a.json", FIXTURE_MEMBERS(""), NULL));
        if (strstr(all.text, bad[i].expected) == NULL) fail_msg("%s gave %s", bad[i].text, all.text);
    }
    catalogue *loaded = fixture_load(&all, "untested.json",
                                     "{'format': 1, 'untested': [{'requirement': 'R2', 'reason': 'why'}]}",
                                     "framing/a.json", FIXTURE_MEMBERS(""), NULL);
    assert_non_null(loaded);
    assert_string_equal(catalogue_untested(loaded, "R2"), "why");
    assert_null(catalogue_untested(loaded, "R1"));
    catalogue_free(loaded);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),    cmocka_unit_test(test_members),  cmocka_unit_test(test_steps),
        cmocka_unit_test(test_heads),    cmocka_unit_test(test_outcomes), cmocka_unit_test(test_matrices),
        cmocka_unit_test(test_hostile),  cmocka_unit_test(test_bounds),   cmocka_unit_test(test_file_names),
        cmocka_unit_test(test_untested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
