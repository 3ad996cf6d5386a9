/* SPDX-License-Identifier: MIT */
/* Case files with one fault each, files that are no catalogue, and files that try to take all memory or time;
   and what is said about each: file, line, pointer, message. */
#include "script_fixture.h"

#include "script/load.h"

/* A case whose member `key` is the given JSON text, or not there (NULL); and what is said about it. */
typedef struct changed {
    const char *key, *value, *expected;
} changed;

static void check_changed(const changed *rows, size_t num) {
    static const char *const members[][2] = {{"'id'", "'framing/a'"},    {"'title'", "'A title'"},
                                             {"'judges'", "['server']"}, {"'level'", "'must'"},
                                             {"'checks'", "['R1']"},     {"'steps'", "[{'until': 'failed'}]"},
                                             {"'outcomes'", "'error'"}};
    size_t failed = 0;
    for (size_t i = 0; i < num; i++) {
        char text[1024];
        size_t len = (size_t)snprintf(text, sizeof text, "{'format': 1, 'topic': 'Test', 'cases': [\n{");
        const char *comma = "";
        for (size_t m = 0; m < sizeof members / sizeof *members; m++) {
            bool same = strcmp(members[m][0], rows[i].key) == 0;
            const char *value = same ? rows[i].value : members[m][1];
            if (value == NULL) continue;
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s: %s", comma, members[m][0], value);
            comma = ", ";
        }
        snprintf(text + len, sizeof text - len, "}]}");
        failed += !complaints_are(text, rows[i].expected);
    }
    assert_int_equal(failed, 0);
}

static void test_files(void **state) {
    (void)state;
    static const row rows[] = {
        {"", "1: : '[' or '{' expected near end of file"},
        {"{'format': 1,\n 'topic' 1}", "2: : ':' expected near '1'"},
        {"[]", "1: : must be an object"},
        {"{}", "1: : \"format\" must be 1"},
        {"{'format': 2, 'topic': 'x', 'cases': []}", "1: /format: \"format\" must be 1"},
        {"{'format': 1.0, 'topic': 'x', 'cases': []}", "1: /format: \"format\" must be 1"},
        {"{'format': 1, 'topic': '', 'cases': []}", "1: /topic: is empty\n"
                                                    "1: /cases: the list has no case"},
        {"{'format': 1, 'topic': 1, 'cases': 1}", "1: /topic: must be a string, not an integer\n"
                                                  "1: /cases: must be an array, not an integer"},
        {"{'format': 1}", "1: : \"topic\" is missing\n"
                          "1: : \"cases\" is missing"},
        {"{'format': 1, 'topic': 'x', 'cases': [], 'more': 1}", "1: /more: unknown key\n"
                                                                "1: /cases: the list has no case"},
        {"{'format': 1, 'topic': 'x', 'cases': [],\n\n'm\\u006fr\\u00e9/~\\ud83d\\ude00\\t': 1}",
         "3: /moré~1~0😀	: unknown key\n"
         "1: /cases: the list has no case"},
        {"{'format': 1, 'topic': 'x', 'cases': {}}", "1: /cases: must be an array, not an object"},
        {"{'format': 1, 'topic': 'x', 'cases': [1]}", "1: /cases/0: must be an object, not an integer"},
        {"{'format': 1, 'topic': 'x', 'cases': [{}]}", "1: /cases/0: \"id\" is missing\n"
                                                       "1: /cases/0: \"title\" is missing\n"
                                                       "1: /cases/0: \"judges\" is missing\n"
                                                       "1: /cases/0: \"level\" is missing\n"
                                                       "1: /cases/0: \"checks\" is missing\n"
                                                       "1: /cases/0: \"outcomes\" is missing"},
        {"{'format': 1, 'format': 1, 'topic': 'x', 'cases': []}",
         "1: : duplicate object key near '\"format\"'"},
        {"{'format': 1, 'topic': 'x\\u0000', 'cases': []}", "1: /topic: must not contain U+0000\n"
                                                            "1: /cases: the list has no case"},
        {"{'format': 1, 'to\\u0000pic': 'x', 'cases': []}",
         "1: : NUL byte in object key not supported near '\"to\\u0000pic\"'"},
    };
    CHECK_ROWS(rows);
}

static void test_members(void **state) {
    (void)state;
    static const row rows[] = {
        {FIXTURE_MEMBERS("'foo': 1,"), "3: /cases/0/foo: unknown key"},
        {FIXTURE_MEMBERS("'rulings': ['A99'],"), "3: /cases/0/rulings/0: rulings.json has no \"A99\""},
        {FIXTURE_MEMBERS("'also': [1],"), "3: /cases/0/also/0: must be a string, not an integer"},
        {FIXTURE_MEMBERS("'also': ['Autobahn 1'],"),
         "3: /cases/0/also/0: \"Autobahn 1\" is not suite:number"},
        {FIXTURE_MEMBERS("'also': ['AUTOBAHN:1.1'],"),
         "3: /cases/0/also/0: \"AUTOBAHN:1.1\" is not suite:number"},
        {FIXTURE_MEMBERS("'also': ['autobahn:1.'],"),
         "3: /cases/0/also/0: \"autobahn:1.\" is not suite:number"},
        {FIXTURE_MEMBERS("'also': ['autobahn:1.x'],"),
         "3: /cases/0/also/0: \"autobahn:1.x\" is not suite:number"},
        {FIXTURE_MEMBERS("'also': ['autobahn:1'],"),
         "3: /cases/0/also/0: \"autobahn:1\" is not suite:number"},
        {FIXTURE_MEMBERS("'exclusive': 'yes',"), "3: /cases/0/exclusive: must be a boolean, not a string"},
        {FIXTURE_MEMBERS("'profile': 'quick',"), "3: /cases/0/profile: must be \"full\""},
        {FIXTURE_MEMBERS("'profile': true,"), "3: /cases/0/profile: must be \"full\""},
        {FIXTURE_MEMBERS("'needs': 'tls',"), "3: /cases/0/needs: must be an array, not a string"},
        {FIXTURE_MEMBERS("'needs': ['TLS'],"), "3: /cases/0/needs/0: \"TLS\" is no name of a capability"},
        {FIXTURE_MEMBERS("'bugs': [''],"), "3: /cases/0/bugs/0: \"\" is no name of a bug"},
        {FIXTURE_MEMBERS("'bugs': ['a b'],"), "3: /cases/0/bugs/0: \"a b\" is no name of a bug"},
        {FIXTURE_MEMBERS("'bugs': ['a', 'a'],"), "3: /cases/0/bugs/1: \"a\" stands twice in the list"},
        {FIXTURE_MEMBERS("'needs': ['t\\u0000s'],"), "3: /cases/0/needs/0: must not contain U+0000"},
    };
    CHECK_ROWS(rows);
}

/* Members of a case that are missing or wrong. */
static void test_members_changed(void **state) {
    (void)state;
    static const changed rows[] = {
        {"'id'", "'framing/A'",
         "2: /cases/0/id: \"framing/A\" is no id: area/slug of a-z, 0-9 and single . - /, at most 120 "
         "characters"},
        {"'id'", "'framing'",
         "2: /cases/0/id: \"framing\" is no id: area/slug of a-z, 0-9 and single . - /, at most 120 "
         "characters"},
        {"'id'", "'framing/a--b'",
         "2: /cases/0/id: \"framing/a--b\" is no id: area/slug of a-z, 0-9 and single . - /, at most 120 "
         "characters"},
        {"'id'", "'close/a'", "2: /cases/0/id: the area of \"close/a\" is not its folder, framing"},
        {"'id'", "1", "2: /cases/0/id: must be a string, not an integer"},
        {"'title'", "'a {b'", "2: /cases/0/title: a brace is left in the title"},
        {"'title'", NULL, "2: /cases/0: \"title\" is missing"},
        {"'judges'", "['proxy']", "2: /cases/0/judges/0: must be \"server\" or \"client\""},
        {"'judges'", "[]", "2: /cases/0/judges: judges nobody"},
        {"'judges'", "'server'", "2: /cases/0/judges: must be an array, not a string"},
        {"'judges'", NULL, "2: /cases/0: \"judges\" is missing"},
        {"'level'", "'most'", "2: /cases/0/level: must be must, should, may or probe"},
        {"'level'", "'must\\u0000'", "2: /cases/0/level: must be must, should, may or probe"},
        {"'level'", "1", "2: /cases/0/level: must be must, should, may or probe"},
        {"'level'", NULL, "2: /cases/0: \"level\" is missing"},
        {"'checks'", "['R9']", "2: /cases/0/checks/0: requirements.json has no \"R9\""},
        {"'checks'", "[]", "2: /cases/0/checks: checks no requirement"},
        {"'checks'", NULL, "2: /cases/0: \"checks\" is missing"},
        {"'checks'", "{}", "2: /cases/0/checks: must be an array, not an object"},
        {"'id'", "'framing/gone'", "2: /cases/0: the id \"framing/gone\" is retired: retired.txt"},
        {"'steps'", NULL, "2: /cases/0: \"steps\" is missing, and no outcome looks at the response"},
        {"'steps'", "[]", "2: /cases/0: \"steps\" is missing, and no outcome looks at the response"},
        {"'steps'", "1", "2: /cases/0/steps: must be an array, not an integer"},
        {"'steps'", "[1]", "2: /cases/0/steps/0: must be an object, not an integer"},
        {"'outcomes'", NULL, "2: /cases/0: \"outcomes\" is missing"},
        {"'outcomes'", "[]", "2: /cases/0/outcomes: must have 1 to 64 outcomes"},
        {"'outcomes'", "5", "2: /cases/0/outcomes: must be an array, not an integer"},
        {"'outcomes'", "[5]", "2: /cases/0/outcomes/0: must be an object, not an integer"},
        {"'outcomes'", "'nothing'", "2: /cases/0/outcomes: outcomes.json has no list \"nothing\""},
        {"'outcomes'", "'error\\u0000'", "2: /cases/0/outcomes: outcomes.json has no list \"error\""},
    };
    check_changed(rows, sizeof rows / sizeof *rows);
}

static void test_matrices(void **state) {
    (void)state;
    static const row rows[] = {
        {FIXTURE_MEMBERS("'each': {},"), "3: /cases/0/each: has no variable"},
        {FIXTURE_MEMBERS("'each': [],"), "3: /cases/0/each: must be an object, not an array"},
        {FIXTURE_MEMBERS("'each': {'n': []},"),
         "3: /cases/0/each/n: must be a list or object with 1 to 20000 values"},
        {FIXTURE_MEMBERS("'each': {'n': [1, 1]},"),
         "3: /cases/0/each/n/1: the value \"1\" stands twice in the list"},
        {FIXTURE_MEMBERS("'each': {'n': 1},"),
         "3: /cases/0/each/n: must be a list or object with 1 to 20000 values"},
        {FIXTURE_MEMBERS("'each': {'N': [1]},"),
         "3: /cases/0/each/N: \"N\" cannot be the name of a variable"},
        {FIXTURE_MEMBERS("'each': {'n': [1.5]},"),
         "3: /cases/0/each/n/0: must be a string, an integer, a boolean or null"},
        {FIXTURE_MEMBERS("'each': {'n': ['']},"),
         "3: /cases/0/each/n/0: a value without text needs a slug: write an object"},
        {FIXTURE_MEMBERS("'each': {'n': [[]]},"),
         "3: /cases/0/each/n/0: must be a string, an integer, a boolean or null"},
        {FIXTURE_MEMBERS("'each': {'n': {'': 1}},"),
         "3: /cases/0/each/n/: a value without text needs a slug: write an object"},
        {FIXTURE_MEMBERS("'except': [],"),
         "3: /cases/0/except: there is no matrix to leave something out of"},
        {FIXTURE_MEMBERS("'each': {'a': [1], 'b': [1], 'c': [1], 'd': [1], 'e': [1], 'f': [1], 'g': [1], "
                         "'h': [1], 'i': [1]},"),
         "3: /cases/0/each/i: more than 8 variables"},
        {FIXTURE_MATRIX("{m}", "'n': [1, 2]", ""), "2: /cases/0/id: there is no variable \"m\"\n"
                                                   "2: /cases/0/each/n: the variable is not used"},
        {FIXTURE_MATRIX("a", "'n': [1, 2]", ", 'bugs': ['{n}']"),
         "2: /cases/0/each/n/0: must be a string, not an integer (in framing/a)\n"
         "2: /cases/0/each/n/1: must be a string, not an integer (in framing/a)\n"
         "2: /cases/0: the id \"framing/a\" is used before, in framing/a.json"},
        {FIXTURE_MATRIX("{n}", "'n': [1, 2]", ", 'except': {}"),
         "2: /cases/0/except: must be an array, not an object"},
        {FIXTURE_MATRIX("{n}", "'n': [1, 2]", ", 'except': [{}]"), "2: /cases/0/except/0: names no value"},
        {FIXTURE_MATRIX("{n}", "'n': [1, 2]", ", 'except': [1]"),
         "2: /cases/0/except/0: must be an object, not an integer"},
        {FIXTURE_MATRIX("{n}", "'n': [1, 2]", ", 'except': [{'n': [1, 2]}]"),
         "2: /cases/0/except/0/n: \"n\" has no such value"},
        {FIXTURE_MATRIX("{n}", "'n': [1, 2]", ", 'except': [{'n': 3}]"),
         "2: /cases/0/except/0/n: \"n\" has no such value"},
        {FIXTURE_MATRIX("{n}", "'n': [1, 2]", ", 'except': [{'m': 1}]"),
         "2: /cases/0/except/0/m: there is no variable \"m\""},
        {FIXTURE_MATRIX("{n}", "'n': [1, 2]", ", 'except': [{'n': 1}, {'n': 2}]"),
         "2: /cases/0/except: leaves out everything"},
        {FIXTURE_MATRIX("{n}-{m}", "'n': [1, 2], 'm': [1]",
                        ", 'except': [{'n': 1}, {'n': 1, 'm': 1}, {'n': 2}]"),
         "2: /cases/0/except: leaves out everything"},
        {FIXTURE_MATRIX("{n}", "'n': {'a': {'x': 1}}", ", 'bugs': '{n.y}'"),
         "2: /cases/0/bugs: the value \"a\" has no member \"y\""},
        {FIXTURE_MATRIX("{n}", "'n': {'a': {'x': 1}}", ", 'bugs': ['b-{n.y}']"),
         "2: /cases/0/bugs/0: \"{n.y}\" has no text for the value \"a\""},
        {FIXTURE_MATRIX("{n}", "'n': {'a': {'x': 1}}", ", 'bugs': ['b-{n}']"),
         "2: /cases/0/bugs/0: \"{n}\" has no text for the value \"a\""},
        {FIXTURE_MATRIX("{n}", "'n': {'a': ['x', 'y']}", ", 'bugs': ['{n.2}']"),
         "2: /cases/0/bugs/0: the value \"a\" has no member \"2\""},
        {FIXTURE_MATRIX("{n}", "'n': {'a': ['x', 'y', 1]}", ",\n'bugs': ['z', '{n}']"),
         "2: /cases/0/each/n/a/2: must be a string, not an integer (in framing/a)"},
        {FIXTURE_MATRIX("{n}", "'n': {'a': {'b': ['x', 'y', 1]}}", ",\n'bugs': '{n.b}'"),
         "2: /cases/0/each/n/a/b/2: must be a string, not an integer (in framing/a)"},
        {FIXTURE_MATRIX("{n}", "'n': ['rulings']", ", '{n}': ['A01'], 'rulings': ['A01']"),
         "2: /cases/0/{n}: unknown key"},
        {FIXTURE_MATRIX("{n}", "'n': {'a': 'x\\u0000'}", ", 'request': {'set': {'{n}': '1'}}"),
         "2: /cases/0/request/set/{n}: the expanded key contains U+0000"},
        {FIXTURE_MATRIX("{n}", "'n': {'a': {'k': 'Origin'}}",
                        ", 'request': {'set': {'Host': '1', '{n.k}': '1'}}"),
         "2: /cases/0/request/set/{n.k}: is no field of the ordinary request; use add (in framing/a)"},
        {FIXTURE_MATRIX("{n}", "'n': {'a': {'k': 'Host'}}",
                        ", 'request': {'set': {'Host': '1', '{n.k}': '1'}}"),
         "2: /cases/0/request/set/{n.k}: the expanded key \"Host\" is there already"},
        {FIXTURE_MATRIX("{n}", "'n': {'a': {'k': 'Host'}}",
                        ", 'request': {'set': {'{m}': '1', '{n.k}': '1'}}"),
         "2: /cases/0/request/set/{m}: there is no variable \"m\""},
        {FIXTURE_MATRIX("{n}", "'n': [1]", ",\n'bu{m}gs': 1, 'also': [1]"),
         "3: /cases/0/bu{m}gs: unknown key\n"
         "3: /cases/0/also/0: must be a string, not an integer (in framing/1)"},
        {FIXTURE_MATRIX("{n}", "'n': ['bugs']", ",\n'{n}': 1,\n'bugs': [1]"),
         "3: /cases/0/{n}: unknown key\n"
         "4: /cases/0/bugs/0: must be a string, not an integer (in framing/bugs)"},
        {FIXTURE_MATRIX("a/{n}", "'n': ['A']", ""), "2: /cases/0/id: \"framing/a/A\" is no id: area/slug of "
                                                    "a-z, 0-9 and single . - /, at most 120 characters"},
    };
    CHECK_ROWS(rows);
}

/* ---- Octets that are no JSON, or too much of it ---------------------------------------------------------
 */

/* Loads octets as framing/a.json; they have to be refused. */
static void refuse(complaints *all, const char *data, size_t len) {
    assert_null(fixture_load_files(all, &(catalogue_file){"framing/a.json", data, len}, 1));
}

static void test_no_json(void **state) {
    (void)state;
    static const struct {
        const char *data, *expected;
        size_t len;
    } rows[] = {
        {"\xff\xfe", "framing/a.json:1: : unable to decode byte 0xff\n", 2},
        {"{\"format\": 1, \"topic\": \"\xc3\x28\"}", "unable to decode byte 0xc3", 28},
        {"{\"format\": 1, \"topic\": \"\xed\xa0\x80\"}", "unable to decode byte 0xed", 29},
        {"{\"format\": 1, \"topic\": \"\\ud800\"}", "invalid Unicode '\\uD800'", 32},
        {"{\"topic\": \"a", "premature end of input", 12},
        {"{\"topic\": \"a\n\"}", "unexpected newline", 15},
        {"{\"format\": 1, \"a\": 1e999}", "real number overflow", 25},
        {"{\"format\": 1, \"a\": 99999999999999999999}", "too big integer", 40},
        {"{\"format\": 1}\0", "end of file expected", 14},
        {"\0", "framing/a.json:1: ", 1},
        {"{\"format\": 1}}", "framing/a.json:1: : end of file expected near '}'\n", 14},
    };
    complaints all;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *exact = malloc(rows[i].len);
        assert_non_null(exact);
        memcpy(exact, rows[i].data, rows[i].len);
        refuse(&all, exact, rows[i].len);
        free(exact);
        if (all.num != 1 || strstr(all.text, rows[i].expected) == NULL) fail_msg("row %zu: %s", i, all.text);
    }
}

static void test_nesting(void **state) {
    (void)state;
    complaints all;
    size_t len = LOAD_MAX_FILE;
    char *text = malloc(len + 1);
    assert_non_null(text);
    memset(text, '[', len + 1);
    refuse(&all, text, len + 1);
    assert_string_equal(all.text, "framing/a.json:0: : the file has more than 4 MiB\n");
    refuse(&all, text, len);
    assert_string_equal(all.text, "framing/a.json:1: : nested more than 32 deep\n");
    text[3] = '\n';
    refuse(&all, text, LOAD_MAX_DEPTH + 2);
    assert_string_equal(all.text, "framing/a.json:2: : nested more than 32 deep\n");
    refuse(&all, text, LOAD_MAX_DEPTH + 1);
    assert_int_equal(all.num, 1);
    assert_non_null(strstr(all.text, "near end of file"));
    free(text);
}

static void test_largest_file(void **state) {
    (void)state;
    static const char good[] = FIXTURE_MEMBERS("");
    complaints all;
    char *text = malloc(LOAD_MAX_FILE + 1), *begin = unquoted(good);
    assert_non_null(text);
    memset(text, ' ', LOAD_MAX_FILE + 1);
    memcpy(text, begin, sizeof good - 1);
    free(begin);
    catalogue *loaded = fixture_load_files(&all, &(catalogue_file){"framing/a.json", text, LOAD_MAX_FILE}, 1);
    assert_non_null(loaded);
    assert_int_equal(loaded->num_cases, 1);
    catalogue_free(loaded);
    refuse(&all, text, LOAD_MAX_FILE + 1);
    free(text);
}

/* A text in which @ stands for num times a part of it, in which # is the number of the part. */
static char *many(const char *text, const char *part, size_t num, size_t *len) {
    char *made = NULL;
    FILE *out = open_memstream(&made, len);
    assert_non_null(out);
    for (; *text != '\0'; text++) {
        for (size_t i = 0; *text == '@' && i < num; i++) {
            if (i > 0) fputs(", ", out);
            for (const char *c = part; *c != '\0'; c++) {
                if (*c == '#') fprintf(out, "%zu", i);
                if (*c != '#') fputc(*c == '\'' ? '"' : *c, out);
            }
        }
        if (*text != '@') fputc(*text == '\'' ? '"' : *text, out);
    }
    fclose(out);
    return made;
}

/* Lists whose reading would take more than time in proportion to their length, and lists of no use. */
static void test_long_lists(void **state) {
    (void)state;
    static const struct {
        const char *text, *part;
        size_t num;
        const char *expected;
    } rows[] = {
        {FIXTURE_MEMBERS("'bugs': [@],"), "'b#'", 100000, "/cases/0/bugs: has more than 256 elements\n"},
        {FIXTURE_STEPS("@"), "{'fence': true}", 1001, "/cases/0/steps: has more than 1000 steps\n"},
        {FIXTURE_REQUEST("'set': {@}"), "'Host#': ''", 257, "/request/set: has more than 256 fields\n"},
        {FIXTURE_OUTCOMES("@"), "'error'", 33, "/outcomes: must have 1 to 64 outcomes\n"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'close': [@]}"), "1000", 65,
         "/close: has more than 64 elements\n"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'response': [@]}"), "404", 65,
         "/response: has more than 64 elements\n"},
        {FIXTURE_OUTCOMES("{'verdict': 'pass', 'fields': {@}}"), "'F#': 'x'", 257,
         "/fields: has more than 256 fields\n"},
        {FIXTURE_MATRIX("{n}", "'n': [@]", ""), "#", 20001,
         "/each/n: must be a list or object with 1 to 20000 values\n"},
        {FIXTURE_MATRIX("{n}-{m}", "'m': [1, 2], 'n': [@]", ""), "#", 10001,
         "/each: more than 20000 combinations\n"},
        {FIXTURE_STEPS("{'message': {'type': 'text', 'payload': {'text': ''}, 'fragments': [@]}}"), "0",
         300000, "/fragments: must have 1 to 262144 sizes\n"},
    };
    complaints all;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t len;
        char *text = many(rows[i].text, rows[i].part, rows[i].num, &len);
        refuse(&all, text, len);
        free(text);
        if (all.num != 1 || strstr(all.text, rows[i].expected) == NULL) fail_msg("row %zu: %s", i, all.text);
    }
}

/* Matrices that each stay below the bound of one file, but would not end together. */
static void test_expansion_bounds(void **state) {
    (void)state;
    complaints all;
    size_t len;
    char *text = many(FIXTURE_MATRIX("{n}-{m}", "'m': [1, 2, 3, 4], 'n': [@]", ""), "#", 5000, &len);
    char *other =
        many("{'format': 1, 'topic': 'Test', 'cases': [{'id': 'framing/b', 'title': 'A title', 'judges': "
             "['server'], 'level': 'must', 'checks': ['R1'], 'steps': [{'until': 'failed'}], "
             "'outcomes': 'error'}]}",
             "", 0, &(size_t){0});
    const catalogue_file both[] = {{"framing/a.json", text, len}, {"framing/b.json", other, strlen(other)}};
    assert_null(fixture_load_files(&all, both, 2));
    assert_string_equal(all.text, "framing/b.json:1: /cases/0: more than 20000 cases in all\n");
    free(text);
    free(other);

    text = many(FIXTURE_MATRIX("{n}-{m}", "'m': [1, 2, 3, 4], 'n': [1, 2]", ", 'bugs': [@]"),
                "'a-bug-with-a-name-that-is-no-shorter-than-it-has-to-be-{n}-#'", 200, &len);
    catalogue *loaded = fixture_load_files(&all, &(catalogue_file){"framing/a.json", text, len}, 1);
    assert_non_null(loaded);
    assert_int_equal(loaded->num_cases, 8);
    catalogue_free(loaded);
    free(text);

#define TWENTY      "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20"
#define TWICE(text) text text
    text = many(FIXTURE_MATRIX("{n}-{m}-{l}", "'l': [" TWENTY "], 'm': [" TWENTY "], 'n': [" TWENTY "]",
                               ", 'bugs': [@]"),
                "'#-" TWICE(TWICE(TWICE("a-bug-with-a-name-that-is-no-shorter-than-it-has-to-be-"))) "'", 60,
                &len);
    refuse(&all, text, len);
    free(text);
    assert_int_equal(all.num, 1);
    assert_string_equal(all.text, "framing/a.json:0: : the expanded cases need more than 192 MiB\n");

    text = many(FIXTURE_MATRIX("{n}", "'n': {'a': {'t': '@'}}", ", 'bugs': ['{n.t}{n.t}{n.t}{n.t}{n.t}']"),
                "0123456789012345678901234567890123456789", 20000, &len);
    refuse(&all, text, len);
    free(text);
    assert_string_equal(all.text,
                        "framing/a.json:2: /cases/0/bugs/0: the expanded text has more than 4 MiB\n");
}

/* Nobody reads more than a thousand complaints. */
static void test_many_problems(void **state) {
    (void)state;
    complaints all = {0};
    size_t len;
    char *text = many("{'format': 1, 'topic': 'Test', 'cases': [@]}", "#", 5000, &len);
    assert_null(catalogue_load_memory(&(catalogue_file){"framing/a.json", text, len}, 1, complaint, &all));
    assert_int_equal(all.num, LOAD_MAX_COMPLAINTS + 1);
    assert_null(catalogue_load_memory(&(catalogue_file){"framing/a.json", text, len}, 1, NULL, NULL));
    free(text);
}

/* ---- Files of a catalogue -------------------------------------------------------------------------------
 */

static void test_file_names(void **state) {
    (void)state;
    static const char *const names[] = {"a.json",  "framing/A.json",  "framing/a.txt", "framing/b/a.json",
                                        "/a.json", "framing/.json",   "retired.json",  "framing/a_b.json",
                                        "a/b",     "framing/a.json/", "schema.txt"};
    complaints all;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_null(fixture_load(&all, names[i], "{}", "framing/a.json", FIXTURE_MEMBERS(""), NULL));
        assert_int_equal(all.num, 1);
        assert_int_equal(strncmp(all.text, names[i], strlen(names[i])), 0);
        assert_non_null(strstr(all.text, ":0: : no file of a catalogue: area/topic.json"));
    }
    assert_null(fixture_load(&all, "framing/a.json", FIXTURE_MEMBERS(""), "framing/a.json", "{}", NULL));
    assert_non_null(strstr(all.text, "framing/a.json:0: : the file is there twice\n"));
    assert_null(fixture_load(&all, NULL));
    assert_string_equal(all.text, ":0: : the catalogue has no case\n");
    assert_null(catalogue_load_memory(NULL, 0, complaint, memset(&all, 0, sizeof all)));
    assert_string_equal(all.text, "requirements.json:0: : the file is missing\n"
                                  "rulings.json:0: : the file is missing\n"
                                  "untested.json:0: : the file is missing\n"
                                  "outcomes.json:0: : the file is missing\n"
                                  "retired.txt:0: : the file is missing\n");
    catalogue_file *files = calloc(LOAD_MAX_FILES + 1, sizeof *files);
    assert_non_null(files);
    for (size_t i = 0; i <= LOAD_MAX_FILES; i++) files[i] = (catalogue_file){"framing/a.json", "", 0};
    assert_null(catalogue_load_memory(files, LOAD_MAX_FILES + 1, complaint, memset(&all, 0, sizeof all)));
    assert_string_equal(all.text, ":0: : more than 4096 files\n");
    free(files);
}

#define RECORD(id)                                                                                           \
    "{'id': '" id "', 'rfc': '6455', 'section': '1', 'level': 'MUST', 'who': 'both', 'statement': 's', "     \
    "'observable': 'wire'}"
#define RULING(id, requirements)                                                                             \
    "{'id': '" id "', 'topic': 't', 'texts': '', 'hard_failure': '', 'non_strict': '', "                     \
    "'pass_or_information': '', 'requirements': " requirements "}"

static void test_shared_files(void **state) {
    (void)state;
    static const struct {
        const char *name, *text, *expected;
    } rows[] = {
        {"requirements.json", "{'format': 1, 'requirements': {}}",
         "requirements.json:1: /requirements: must be an array, not an object\n"},
        {"requirements.json", "{'format': 1, 'requirements': [1, " RECORD("R1") "]}",
         "requirements.json:1: /requirements/0: must be an object, not an integer\n"},
        {"requirements.json", "{'format': 1, 'requirements': [\n" RECORD("R1") ",\n" RECORD("R1") "]}",
         "requirements.json:3: /requirements/1: the id \"R1\" stands twice\n"},
        {"requirements.json", "{'format': 1, 'requirements': [{'id': 1, 'more': 1}]}",
         "requirements.json:1: /requirements/0/more: unknown key\n"
         "requirements.json:1: /requirements/0/id: must be a string, not an integer\n"
         "requirements.json:1: /requirements/0: \"rfc\" is missing\n"},
        {"requirements.json", "[", "requirements.json:1: : ']' expected near end of file\n"},
        {"rulings.json", "{'format': 1, 'rulings': [" RULING("A01", "['R9']") "]}",
         "rulings.json:1: /rulings/0/requirements/0: requirements.json has no \"R9\"\n"},
        {"rulings.json", "{'format': 1, 'rulings': [" RULING("A01", "[]") ",\n" RULING("A01", "['R1']") "]}",
         "rulings.json:2: /rulings/1: the id \"A01\" stands twice\n"},
        {"rulings.json", "{'format': 1, 'rulings': [1]}",
         "rulings.json:1: /rulings/0: must be an object, not an integer\n"},
        {"rulings.json", "{'format': 1}", "rulings.json:1: : \"rulings\" is missing\n"},
        {"untested.json", "{'format': 1, 'untested': [{'requirement': 'R9', 'reason': 'r'}]}",
         "untested.json:1: /untested/0/requirement: requirements.json has no \"R9\"\n"},
        {"untested.json",
         "{'format': 1, 'untested': [{'requirement': 'R2', 'reason': 'r'}, {'requirement': 'R2', 'reason': "
         "'s'}]}",
         "untested.json:1: /untested/1/requirement: stands twice\n"},
        {"untested.json", "{'format': 1, 'untested': [{'requirement': 'R2'}, 1]}",
         "untested.json:1: /untested/0: \"reason\" is missing\n"
         "untested.json:1: /untested/1: must be an object, not an integer\n"},
        {"outcomes.json", "{'format': 1, 'outcomes': []}",
         "outcomes.json:1: /outcomes: must be an object, not an array\n"},
        {"outcomes.json", "{'format': 1, 'outcomes': {'error': ['other']}}",
         "outcomes.json:1: /outcomes/error/0: must be an object, not a string\n"},
        {"outcomes.json",
         "{'format': 1, 'outcomes': {'a': [{'verdict': 'info', 'close': 'none', 'end': 'fin'}]}}",
         "outcomes.json:1: /outcomes/a/0: can never match: close \"none\" means that TCP did not end\n"},
        {"outcomes.json",
         "{'format': 1, 'outcomes': {'a': [{'verdict': 'info'}, {'verdict': 'pass', 'close': 1000}]}}",
         "outcomes.json:1: /outcomes/a/1: can never match: an earlier outcome always wins\n"},
        {"outcomes.json", "{'format': 2}", "outcomes.json:1: /format: \"format\" must be 1\n"},
        {"untested.json", "{", "untested.json:1: : string or '}' expected near end of file\n"},
        {"rulings.json", "", "rulings.json:1: : '[' or '{' expected near end of file\n"},
        {"rulings.json",
         "{'format': 1, 'rulings': [" RULING("A02", "[]") ",\n" RULING("A01", "[]") ",\n" RULING("A02",
                                                                                                 "[]") "]}",
         "rulings.json:3: /rulings/2: the id \"A02\" stands twice\n"},
        {"retired.txt", "framing/b\nx\n", "retired.txt:2: : must be an id, a comment or empty\n"},
        {"retired.txt", "framing/b\r\nframing/c d",
         "retired.txt:1: : must be an id, a comment or empty\n"
         "retired.txt:2: : must be an id, a comment or empty\n"},
    };
    complaints all;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        catalogue *loaded = fixture_load(
            &all, rows[i].name, rows[i].text, "framing/a.json",
            FIXTURE_CASE("", "{'until': 'failed'}", "{'verdict': 'pass', 'close': [1002]}"), NULL);
        if (loaded != NULL || strstr(all.text, rows[i].expected) == NULL)
            fail_msg("row %zu: %s", i, all.text);
    }
    static const char *const lists[][3] = {
        {"requirements.json", "requirements", "elements"},
        {"rulings.json", "rulings", "elements"},
        {"untested.json", "untested", "elements"},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        char form[64], expected[96];
        size_t len;
        snprintf(form, sizeof form, "{'format': 1, '%s': [@]}", lists[i][1]);
        snprintf(expected, sizeof expected, "/%s: has more than 10000 elements\n", lists[i][1]);
        char *text = many(form, "1", LOAD_MAX_RECORDS + 1, &len);
        assert_null(fixture_load_files(&all, &(catalogue_file){lists[i][0], text, len}, 1));
        assert_non_null(strstr(all.text, expected));
        free(text);
    }
    size_t len;
    char *text = many("{'format': 1, 'outcomes': {@}}", "'n#': []", LOAD_MAX_NAMED + 1, &len);
    assert_null(fixture_load_files(&all, &(catalogue_file){"outcomes.json", text, len}, 1));
    assert_non_null(strstr(all.text, "/outcomes: has more than 256 lists\n"));
    free(text);
}

static void test_untested(void **state) {
    (void)state;
    complaints all;
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
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_members_changed),
        cmocka_unit_test(test_matrices),
        cmocka_unit_test(test_no_json),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_largest_file),
        cmocka_unit_test(test_long_lists),
        cmocka_unit_test(test_expansion_bounds),
        cmocka_unit_test(test_many_problems),
        cmocka_unit_test(test_file_names),
        cmocka_unit_test(test_shared_files),
        cmocka_unit_test(test_untested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
