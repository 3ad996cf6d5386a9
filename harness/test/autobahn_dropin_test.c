/* SPDX-License-Identifier: MIT */
/* Names, patterns, spec files, words and files of the drop-in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "autobahn/exact.h"
#include "autobahn/names.h"
#include "autobahn/note.h"
#include "autobahn/report.h"
#include "autobahn/spec.h"

static void test_patterns(void **state) {
    (void)state;
    const struct {
        const char *pattern, *id;
        bool matches, whole;
    } rows[] = {
        {"*", "1.1.1", true, true},       {"1.*", "1.1.1", true, true},       {"1.*", "10.1.1", false, false},
        {"1*", "10.1.1", true, true},     {"13.*.1", "13.1.10", true, false}, {"6.2*", "6.22.1", true, true},
        {"6.*.2", "6.1.1", false, false}, {"1.1", "1.1.1", false, false},     {"1.1.1", "1.1.1", true, true},
        {"*.1", "1.1.10", true, false},   {"", "1.1.1", false, false},        {"1.1.1*", "1.1.1", true, true},
        {"**", "1.1.1", true, true},      {"*2*1", "2.2.1", true, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (ab_pattern_matches(rows[i].pattern, rows[i].id) != rows[i].matches ||
            ab_pattern_matches_whole(rows[i].pattern, rows[i].id) != rows[i].whole)
            fail_msg("pattern \"%s\" on %s", rows[i].pattern, rows[i].id);
    }
}

/* All of sections 1 to 7, 9 and 10 have somebody who stands for them. */
static void test_names(void **state) {
    (void)state;
    catalogue *all = catalogue_load(NULL, NULL, NULL);
    assert_non_null(all);
    ab_names names;
    ab_names_init(&names, all, true);
    assert_int_equal(names.num_cases, 517);
    size_t missing = 0;
    for (size_t i = 0; i < names.num_cases; i++) {
        const ab_case *one = &names.cases[i];
        assert_int_equal(one->number, i + 1);
        assert_non_null(one->description);
        if (one->test) assert_true(one->test->judges_server);
        if (!one->test) {
            print_error("nobody stands for %s\n", one->id);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
    ab_names_free(&names);
    catalogue_free(all);
}

/* ---- Specs --------------------------------------------------------------------------------------------- */

static unsigned warnings;

static void warn(const char *text) {
    assert_non_null(strstr(text, "means nothing"));
    warnings++;
}

/* Reads a spec from a text with ' for "; why gets the complaint behind the file name, or "". */
static int read_spec(ab_spec *spec, char *path, const char *text, bool client, char *why, size_t why_len) {
    char error[500] = "";
    strcpy(path, "/tmp/wsconform-spec-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    for (const char *at = text; *at; at++) assert_int_equal(write(fd, *at == '\'' ? "\"" : at, 1), 1);
    close(fd);
    int result = ab_spec_read(spec, path, client, warn, error, sizeof error);
    unlink(path);
    if (result < 0) assert_memory_equal(error, path, strlen(path));
    snprintf(why, why_len, "%s", result < 0 ? error + strlen(path) + 2 : "");
    return result;
}

static void test_spec(void **state) {
    (void)state;
    char path[64], why[500];
    ab_spec spec;
    warnings = 0;
    assert_int_equal(
        read_spec(&spec, path,
                  "{'servers': [{'url': 'ws://a', 'agent': 'A', 'protocols': ['x', 'y'], 'foo': 1, "
                  "'options': {'what': 1,"
                  "'failByDrop': true}},"
                  "{'url': 'ws://b', 'origin': 'http://o'}], 'cases': ['1.*', '2.1'],"
                  "'exclude-cases': ['1.1.2'], 'exclude-agent-cases': {'A*': ['2.*']}, 'bar': 2}",
                  true, why, sizeof why),
        0);
    assert_int_equal(warnings, 3);
    assert_int_equal(spec.num_servers, 2);
    assert_string_equal(spec.servers[0].protocols[1], "y");
    assert_null(spec.servers[0].protocols[2]);
    assert_null(spec.servers[1].protocols);
    assert_string_equal(spec.servers[1].origin, "http://o");
    assert_true(ab_spec_selects(&spec, "1.1.1"));
    assert_false(ab_spec_selects(&spec, "1.1.2"));
    assert_true(ab_spec_selects(&spec, "2.1"));
    assert_false(ab_spec_selects(&spec, "2.10"));
    assert_true(ab_spec_excludes(&spec, "Agent", "2.1"));
    assert_false(ab_spec_excludes(&spec, "B", "2.1"));
    ab_spec_free(&spec);
}

static void test_bad_specs(void **state) {
    (void)state;
    const struct {
        const char *text, *why;
    } rows[] = {
        {"{'cases': [", "line 1, column 11: "},
        {"[]", "must be an object"},
        {"{}", "\"cases\" is missing"},
        {"{'cases': '*'}", "\"cases\" must be a list"},
        {"{'cases': ['*', 3]}", "\"cases\"[1] must be a string"},
        {"{'cases': [], 'servers': {}}", "\"servers\" must be a list"},
        {"{'cases': [], 'servers': [1]}", "\"servers\"[0] must be an object"},
        {"{'cases': [], 'servers': [{'agent': 'a'}]}", "\"servers\"[0].\"url\" is missing"},
        {"{'cases': [], 'servers': [{'url': 1}]}", "\"servers\"[0].\"url\" must be a string"},
        {"{'cases': [], 'exclude-agent-cases': {'a': 1}}", "\"exclude-agent-cases\".\"a\" must be a list"},
        {"{'cases': [], 'options': 1}", "\"options\" must be an object"},
        {"{'cases': [], 'servers': [{'url': 'ws://a', 'options': 1}]}",
         "\"servers\"[0].\"options\" must be an object"},
        {"{'cases': [], 'outdir': []}", "\"outdir\" must be a string"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[64], why[500];
        ab_spec spec;
        assert_int_equal(read_spec(&spec, path, rows[i].text, true, why, sizeof why), -1);
        ab_spec_free(&spec);
        if (strncmp(why, rows[i].why, strlen(rows[i].why)) != 0) fail_msg("%s gave: %s", rows[i].text, why);
    }
    ab_spec spec;
    char error[300];
    assert_int_equal(ab_spec_read(&spec, "/nowhere/at.json", true, warn, error, sizeof error), -1);
    assert_string_equal(error, "/nowhere/at.json: No such file or directory");
    ab_spec_free(&spec);
}

static void test_default_specs(void **state) {
    (void)state;
    for (int client = 0; client < 2; client++) {
        char path[64], why[500];
        ab_spec spec;
        assert_int_equal(read_spec(&spec, path, ab_spec_default(client), client, why, sizeof why), 0);
        assert_true(ab_spec_selects(&spec, "13.7.18"));
        assert_int_equal(spec.num_servers, client);
        ab_spec_free(&spec);
    }
}

/* ---- Words --------------------------------------------------------------------------------------------- */

static void test_words(void **state) {
    (void)state;
    static const char by_us[] = "{'closedByMe': true, 'closeCode': [1000], 'requireClean': true}";
    static const char by_them[] = "{'closedByMe': false, 'closeCode': [1002], 'requireClean': false}";
    const struct {
        const char *close_expected, *line, *behavior, *close;
    } rows[] = {
        {by_us, "'verdict': 'pass', 'behaviour': 'pass', 'closing': 'pass'", "OK", "OK"},
        {by_us, "'verdict': 'lenient', 'behaviour': 'lenient', 'closing': 'lenient'", "NON-STRICT", "OK"},
        {by_us, "'verdict': 'info', 'behaviour': 'pass', 'closing': 'info'", "OK", "INFORMATIONAL"},
        {by_us, "'verdict': 'unsupported'", "UNIMPLEMENTED", "UNIMPLEMENTED"},
        /* The behaviour fits an outcome of a size that is refused only, and nothing was. */
        {by_us,
         "'verdict': 'fail', 'behaviour': 'info', 'closing': 'fail', 'close': {'peer': null, 'closed_by': "
         "null, "
         "'end': 'open'}",
         "FAILED", "FAILED"},
        /* Neither answered nor closed: silence, or the bad frame was ignored. */
        {by_us,
         "'verdict': 'fail', 'behaviour': 'pass', 'closing': 'fail', 'close': {'peer': null, 'closed_by': "
         "'harness', 'end': 'open'}",
         "FAILED", "UNCLEAN"},
        {by_them,
         "'verdict': 'fail', 'behaviour': 'pass', 'closing': 'fail', 'close': {'peer': null, 'closed_by': "
         "null, "
         "'end': 'open'}",
         "FAILED", "FAILED BY CLIENT"},
        {by_them,
         "'verdict': 'fail', 'behaviour': 'pass', 'closing': 'fail', 'close': {'peer': {'code': 1000, "
         "'reason': "
         "''}, 'closed_by': 'harness', 'end': 'fin'}",
         "FAILED", "FAILED"},
        {by_us, "'verdict': 'timeout', 'behaviour': 'pass', 'closing': 'pass'", "FAILED", "FAILED"},
        {by_us, "'verdict': 'setup-failed', 'behaviour': 'fail', 'closing': 'none'", "FAILED", "FAILED"},
        {by_us, "'verdict': 'fail', 'behaviour': 'pass', 'closing': 'pass'", "FAILED", "OK"},
        {by_us,
         "'verdict': 'fail', 'behaviour': 'fail', 'closing': 'fail', 'close': {'peer': {'code': 1000, "
         "'reason': ''},"
         "'closed_by': 'peer', 'end': 'fin'}",
         "FAILED", "FAILED"},
        {by_us,
         "'verdict': 'fail', 'behaviour': 'pass', 'closing': 'fail', 'close': {'peer': null, 'closed_by': "
         "'harness',"
         "'end': 'fin'}",
         "OK", "UNCLEAN"},
        {by_us,
         "'verdict': 'fail', 'behaviour': 'pass', 'closing': 'fail', 'close': {'peer': {'code': 4321, "
         "'reason': ''},"
         "'closed_by': 'harness', 'end': 'fin'}",
         "OK", "WRONG CODE"},
        {by_them,
         "'verdict': 'fail', 'behaviour': 'pass', 'closing': 'fail', 'close': {'peer': {'code': 1002, "
         "'reason': ''},"
         "'closed_by': 'peer', 'end': 'open'}",
         "OK", "FAILED BY CLIENT"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *line, *expected;
        char text[600];
        size_t n = (size_t)snprintf(text, sizeof text, "{%s}", rows[i].line);
        for (size_t k = 0; k < n; k++) text[k] = text[k] == '\'' ? '"' : text[k];
        line = json_loads(text, 0, NULL);
        assert_non_null(line);
        n = (size_t)snprintf(text, sizeof text, "%s", rows[i].close_expected);
        for (size_t k = 0; k < n; k++) text[k] = text[k] == '\'' ? '"' : text[k];
        expected = json_loads(text, 0, NULL);
        assert_non_null(expected);
        const test_case test = {.id = "x"};
        const ab_case one = {.id = "1.1.1", .test = &test, .close = expected};
        ab_words words = ab_words_of(line, &one);
        if (strcmp(words.behavior, rows[i].behavior) != 0 || strcmp(words.close, rows[i].close) != 0)
            fail_msg("row %zu: %s, %s", i, words.behavior, words.close);
        const ab_case nobody = {.id = "12.1.1", .close = expected};
        assert_string_equal(ab_words_of(line, &nobody).behavior, "UNIMPLEMENTED");
        json_decref(line);
        json_decref(expected);
    }
}

static void test_file_names(void **state) {
    (void)state;
    const struct {
        const char *agent, *name;
    } rows[] = {{"Foo/1.0 (x)", "foo_1_0__x_case_1_1_1"},
                {"ws", "ws_case_1_1_1"},
                {"../../etc", "etc_case_1_1_1"},
                {"\xc3\xa4", "_case_1_1_1"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[64];
        ab_report_name(name, sizeof name, rows[i].agent, "1.1.1");
        assert_string_equal(name, rows[i].name);
    }
}

/* ---- Files --------------------------------------------------------------------------------------------- */

static char *slurp(const char *folder, const char *name) {
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, 1 << 16);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
    fclose(file);
    unlink(path);
    return text;
}

static void test_files(void **state) {
    (void)state;
    char root[] = "/tmp/wsconform-report-XXXXXX", folder[100], why[300];
    assert_non_null(mkdtemp(root));
    snprintf(folder, sizeof folder, "%s/a/b", root);
    json_t *line =
        json_pack("{s:s,s:s,s:s,s:I,s:I,s:{s:{s:i,s:s},s:n,s:s,s:s},s:[],s:s,s:s,s:[{s:s,s:i}]}", "verdict",
                  "pass", "behaviour", "pass", "closing", "pass", "duration_us", (json_int_t)7654,
                  "started_us", (json_int_t)500000, "close", "peer", "code", 1000, "reason", "<b>", "harness",
                  "closed_by", "harness", "end", "fin", "wire", "seen", "<script>alert(1)</script>", "why",
                  "", "events", "kind", "echo", "of", 1);
    json_t *close = json_pack("{s:b,s:[i],s:b}", "closedByMe", 1, "closeCode", 1000, "requireClean", 1);
    json_t *expected = json_object();
    json_t *exact = json_pack("{s:s,s:{s:[[s,i]]},s:[i,s]}", "rule", "events", "events", "OK", "message", 1,
                              "timer", 1, "fail");
    assert_null(ab_exact_problem(exact));
    const test_case test = {.id = "data/echo"};
    const ab_case one = {.id = "1.1.1",
                         .description = "One.",
                         .number = 1,
                         .test = &test,
                         .expected = expected,
                         .close = close,
                         .exact = exact};
    const ab_case *const cases[] = {&one};
    const json_t *const lines[] = {line}, *const missing[] = {NULL};
    const ab_agent agents[] = {{"Evil <img>", lines, 1700000000123456}, {"lazy", missing, 0}};
    const ab_run run = {cases, 1, agents, 2, false, false, "1"};
    assert_int_equal(ab_report_write(&run, folder, why, sizeof why), 0);
    char *index = slurp(folder, "index.json");
    assert_non_null(
        strstr(index, "{\n   \"Evil <img>\": {\n      \"1.1.1\": {\n         \"behavior\": \"OK\","));
    assert_non_null(strstr(index, "\"remoteCloseCode\": 1000,"));
    assert_non_null(strstr(index, "\"reportfile\": \"evil__img_case_1_1_1.json\""));
    assert_non_null(strstr(index, "\"duration\": 7,"));
    assert_non_null(strstr(index, "\"lazy\": {}"));
    char *detail = slurp(folder, "evil__img_case_1_1_1.json");
    json_t *tree = json_loads(detail, 0, NULL);
    assert_int_equal(json_object_size(tree), 39);
    assert_string_equal(json_string_value(json_object_get(tree, "started")), "2023-11-14T22:13:20.623Z");
    assert_true(json_is_true(json_object_get(tree, "wasClean")));
    char *page = slurp(folder, "evil__img_case_1_1_1.html"), *all = slurp(folder, "index.html");
    assert_null(strstr(page, "<script>"));
    assert_null(strstr(page, "<img>"));
    assert_non_null(strstr(page, "&lt;script&gt;"));
    assert_null(strstr(all, "<img>"));
    size_t mentions = 0;
    for (const char *at = all; (at = strstr(at, "case_failed")) != NULL; at++) mentions++;
    assert_true(mentions <= 2);
    json_decref(tree);
    free(index);
    free(detail);
    free(page);
    free(all);
    json_decref(line);
    json_decref(close);
    json_decref(expected);
    json_decref(exact);
    rmdir(folder);
    snprintf(folder, sizeof folder, "%s/a", root);
    rmdir(folder);
    assert_int_equal(rmdir(root), 0);
    assert_int_equal(ab_report_write(&run, "/proc/nowhere", why, sizeof why), -1);
    assert_non_null(strstr(why, "cannot make folder /proc/nowhere: "));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),   cmocka_unit_test(test_names),         cmocka_unit_test(test_spec),
        cmocka_unit_test(test_bad_specs),  cmocka_unit_test(test_default_specs), cmocka_unit_test(test_words),
        cmocka_unit_test(test_file_names), cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
