/* SPDX-License-Identifier: MIT */
/* The gate: which cases and runs are red, what a baseline may say, and what updating one makes of it. */
#include "report_fixture.h"

#include "report/gate.h"
#include "report/model.h"

/* A record of a server whose cases are given as "ID VERDICT", NULL-terminated. */
static record *record_make(const char *const *cases) {
    record *rec = calloc(1, sizeof *rec);
    assert_non_null(rec);
    rec->header = json_pack("{s:s,s:i,s:s}", "type", "header", "format", 1, "judges", "server");
    rec->cases = json_array();
    rec->footer = json_pack("{s:s,s:b,s:b}", "type", "footer", "complete", 1, "alive", 1);
    for (; *cases; cases++) {
        char id[64], verdict[32];
        assert_int_equal(sscanf(*cases, "%63s %31s", id, verdict), 2);
        json_array_append_new(rec->cases, json_pack("{s:s,s:s,s:s,s:s}", "type", "case", "id", id, "title",
                                                    id, "verdict", verdict));
    }
    return rec;
}

static int read_text(gate *g, const char *text, char error[300]) {
    FILE *file = fmemopen((char *)(uintptr_t)text, strlen(text), "r");
    assert_non_null(file);
    error[0] = 0;
    int result = gate_baseline_read(g, "known.json", file, error, 300);
    assert_int_equal(fclose(file), 0);
    return result;
}

static void read_good(gate *g, const char *text) {
    char error[300];
    if (read_text(g, text, error) < 0) fail_msg("%s", error);
}

static int judge(const gate *g, record *rec, int code) {
    static const char *const known[] = {"other/known"};
    gate_header(g, rec->header);
    for (size_t i = 0; i < json_array_size(rec->cases); i++) gate_case(g, json_array_get(rec->cases, i));
    int result = gate_footer(g, rec, known, 1, code);
    if (rec->footer) assert_int_equal(json_int(rec->footer, "exit_code"), result);
    return result;
}

/* ---- --fail-on ----------------------------------------------------------------------------------------- */

static void fail_on(void **state) {
    (void)state;
    static const char *const all[] = {"a/1 pass",          "a/2 lenient", "a/3 info",         "a/4 fail",
                                      "a/5 unsupported",   "a/6 blocked", "a/7 setup-failed", "a/8 timeout",
                                      "a/9 harness-error", NULL};
    static const struct {
        const char *items[3];
        const char *red; /* digits of the ids */
    } rows[] = {{{NULL}, "4789"},
                {{"fail", NULL}, "4789"},
                {{"lenient", NULL}, "24789"},
                {{"info", "unsupported", NULL}, "345789"},
                {{"blocked", NULL}, "46789"},
                {{"any", NULL}, "23456789"},
                {{"never", NULL}, ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gate *g = gate_new();
        record *rec = record_make(all);
        for (size_t k = 0; rows[i].items[k]; k++) assert_int_equal(gate_fail_on(g, rows[i].items[k]), 0);
        assert_int_equal(judge(g, rec, 1), *rows[i].red ? 1 : 0);
        for (size_t k = 0; k < 9; k++) {
            const json_t *test = json_array_get(rec->cases, k);
            bool wanted = strchr(rows[i].red, json_text(test, "id")[2]);
            if (case_red(rec->header, test) != wanted) fail_msg("row %zu, %s", i, json_text(test, "id"));
        }
        record_free(rec);
        gate_free(g);
    }
    gate *g = gate_new();
    assert_int_equal(gate_fail_on(g, "lenien"), -1);
    assert_int_equal(gate_fail_on(g, ""), -1);
    gate_free(g);
}

/* Attempts that differ are red, but for "never", and where the entry allows all of them. */
static void attempts_that_differ(void **state) {
    (void)state;
    static const char *const one[] = {"a/1 pass", NULL};
    static const struct {
        const char *item, *baseline;
        int code;
    } rows[] = {
        {NULL, NULL, 1},
        {"lenient", NULL, 1},
        {"never", NULL, 0},
        {NULL, "{\"format\":1,\"cases\":{\"a/1\":{\"verdicts\":[\"pass\"]}}}", 1},
        {NULL, "{\"format\":1,\"cases\":{\"a/1\":{\"verdicts\":[\"info\",\"pass\"]}}}", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gate *g = gate_new();
        record *rec = record_make(one);
        json_t *test = json_array_get(rec->cases, 0);
        json_object_set_new(test, "attempts", json_pack("{s:s,s:s}", "whole#1", "pass", "whole#2", "info"));
        if (rows[i].item) assert_int_equal(gate_fail_on(g, rows[i].item), 0);
        if (rows[i].baseline) read_good(g, rows[i].baseline);
        if (judge(g, rec, 1) != rows[i].code) fail_msg("row %zu", i);
        record_free(rec);
        gate_free(g);
    }
}

/* ---- --require ----------------------------------------------------------------------------------------- */

static void require(void **state) {
    (void)state;
    static const char *const cases[] = {"a/1 pass",        "a/2 lenient", "a/3 info",
                                        "a/4 unsupported", "b/1 pass",    NULL};
    static const struct {
        const char *item, *fail_on;
        int code, passed;
    } rows[] = {{"4", NULL, 0, 0},   {"5", NULL, 1, 4},   {"a=3", NULL, 0, 0},      {"a=4", NULL, 1, 3},
                {"b=2", NULL, 1, 1}, {"c=1", NULL, 1, 0}, {"a=3", "lenient", 1, 2}, {"c=0", NULL, 0, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gate *g = gate_new();
        record *rec = record_make(cases);
        assert_int_equal(gate_require(g, rows[i].item), 0);
        if (rows[i].fail_on) assert_int_equal(gate_fail_on(g, rows[i].fail_on), 0);
        if (judge(g, rec, 0) != rows[i].code) fail_msg("%s", rows[i].item);
        const json_t *lacking = json_list(json_map(rec->footer, "gate"), "short");
        assert_int_equal(json_array_size(lacking), rows[i].code);
        if (rows[i].code) assert_int_equal(json_int(json_array_get(lacking, 0), "passed"), rows[i].passed);
        record_free(rec);
        gate_free(g);
    }
    static const char *const wrong[] = {"", "x", "-1", "a=", "=3", "3x", "a=3 ", "99999999999", "1e3"};
    gate *g = gate_new();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (gate_require(g, wrong[i]) == 0) fail_msg("\"%s\" is taken", wrong[i]);
    gate_free(g);
}

/* ---- The baseline -------------------------------------------------------------------------------------- */

#define BASELINE                                                                                             \
    "{\"format\":1,\"cases\":{"                                                                              \
    "\"a/*\":{\"verdicts\":[\"fail\"],\"reason\":\"all of a\"},"                                             \
    "\"a/2\":{\"verdicts\":[\"fail\",\"timeout\"],\"reason\":\"slow\",\"link\":\"https://example.org/2\"},"  \
    "\"a/?\":{\"verdicts\":[\"pass\"]}}}"

/* A case's own entry counts before globs, and of globs the first. */
static void entries(void **state) {
    (void)state;
    static const char *const cases[] = {"a/1 fail", "a/2 timeout", "a/3 pass", "b/1 pass", NULL};
    gate *g = gate_new();
    read_good(g, BASELINE);
    record *rec = record_make(cases);
    assert_int_equal(judge(g, rec, 1), 1);
    static const struct {
        const char *entry;
        bool met, red, expected;
    } wanted[] = {{"a/*", true, false, true},
                  {"a/2", true, false, true},
                  {"a/*", false, true, false},
                  {NULL, false, false, false}};
    for (size_t i = 0; i < 4; i++) {
        const json_t *test = json_array_get(rec->cases, i), *mark = json_map(test, "baseline");
        assert_int_equal(mark != NULL, wanted[i].entry != NULL);
        if (mark) assert_string_equal(json_text(mark, "entry"), wanted[i].entry);
        assert_int_equal(json_flag(mark, "met"), wanted[i].met);
        assert_int_equal(case_red(rec->header, test), wanted[i].red);
        assert_int_equal(case_expected(rec->header, test), wanted[i].expected);
    }
    const json_t *sum = json_map(rec->footer, "gate");
    assert_int_equal(json_int(sum, "red"), 1);
    assert_int_equal(json_int(sum, "expected"), 2);
    assert_int_equal(json_int(sum, "unexpected"), 1);
    assert_int_equal(json_array_size(json_list(sum, "stale")),
                     0); /* "a/?" matches, although it decides nothing */
    check_all(rec);
    record_free(rec);
    gate_free(g);
}

/* An entry that matches no case of the record and none that is known. */
static void stale(void **state) {
    (void)state;
    static const char *const cases[] = {"a/1 pass", NULL};
    static const struct {
        const char *pattern;
        int code;
    } rows[] = {{"other/known", 0}, {"other/*", 0}, {"a/*", 0}, {"a/2", 1}, {"", 1}, {"c/*", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[120];
        snprintf(text, sizeof text, "{\"format\":1,\"cases\":{\"%s\":{\"verdicts\":[\"pass\"]}}}",
                 rows[i].pattern);
        gate *g = gate_new();
        read_good(g, text);
        record *rec = record_make(cases);
        if (judge(g, rec, 0) != rows[i].code) fail_msg("%s", rows[i].pattern);
        check_all(rec);
        record_free(rec);
        gate_free(g);
    }
}

/* What a run ended with is not talked away: only crashes that the baseline expects all of are. */
static void codes(void **state) {
    (void)state;
    static const char *const good[] = {"a/1 pass", NULL}, *const dead[] = {"a/1 crashed", "a/2 pass", NULL},
                             *const cut[] = {"a/1 crashed", "a/2 not-run", NULL};
    static const char crash[] = "{\"format\":1,\"cases\":{\"a/1\":{\"verdicts\":[\"crashed\"]}}}";
    static const struct {
        const char *const *cases;
        const char *baseline;
        bool complete, alive;
        int code, wanted;
    } rows[] = {
        {good, NULL, true, true, 0, 0},  {good, NULL, true, true, 3, 3},  {good, NULL, true, true, 5, 5},
        {dead, NULL, true, true, 3, 3},  {dead, crash, true, true, 3, 0}, {dead, crash, true, false, 3, 3},
        {cut, crash, false, true, 3, 3}, {dead, crash, true, true, 5, 5}, {good, crash, true, true, 0, 1},
        {good, NULL, false, true, 3, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gate *g = gate_new();
        if (rows[i].baseline) read_good(g, rows[i].baseline);
        record *rec = record_make(rows[i].cases);
        json_object_set_new(rec->footer, "complete", json_boolean(rows[i].complete));
        json_object_set_new(rec->footer, "alive", json_boolean(rows[i].alive));
        if (judge(g, rec, rows[i].code) != rows[i].wanted) fail_msg("row %zu", i);
        record_free(rec);
        gate_free(g);
    }
    gate *g = gate_new();
    record *rec = record_make(good);
    json_decref(rec->footer);
    rec->footer = NULL;
    assert_int_equal(judge(g, rec, 0), 3);
    record_free(rec);
    gate_free(g);
}

static void mistakes(void **state) {
    (void)state;
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"", "line 1: "},
        {"[]", "not an object"},
        {"{\"cases\":{}}", "/format: not 1"},
        {"{\"format\":2,\"cases\":{}}", "/format: not 1"},
        {"{\"format\":1}", "/cases: not an object"},
        {"{\"format\":1,\"cases\":{},\"extra\":1}", "unknown key \"extra\""},
        {"{\"format\":1,\"cases\":{\"a/1\":[]}}", "/cases/a/1: not an object"},
        {"{\"format\":1,\"cases\":{\"a/1\":{}}}", "/cases/a/1: \"verdicts\" is to be a list"},
        {"{\"format\":1,\"cases\":{\"a/1\":{\"verdicts\":[]}}}", "/cases/a/1: \"verdicts\" is to be a list"},
        {"{\"format\":1,\"cases\":{\"a/1\":{\"verdicts\":[\"fial\"]}}}",
         "/cases/a/1/verdicts/0: \"fial\" is no verdict"},
        {"{\"format\":1,\"cases\":{\"a/1\":{\"verdicts\":[7]}}}",
         "/cases/a/1/verdicts/0: \"\" is no verdict"},
        {"{\"format\":1,\"cases\":{\"a/1\":{\"verdict\":[\"fail\"]}}}",
         "/cases/a/1: unknown key \"verdict\""},
        {"{\"format\":1,\"cases\":{\"a/1\":{\"verdicts\":[\"fail\"],\"reason\":7}}}",
         "/cases/a/1/reason: not a text"},
        {"{\"format\":1,\"cases\":{\"a\":{\"verdicts\":[\"fail\"]},\"a\":{\"verdicts\":[\"fail\"]}}}",
         "duplicate"},
        {"{\"format\":1,\"cases\":{\"\\u001b[2J\":0}}", "/cases/?[2J: not an object"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char error[300];
        gate *g = gate_new();
        assert_int_equal(read_text(g, rows[i].text, error), -1);
        if (!strstr(error, rows[i].error)) fail_msg("\"%s\" is not \"%s\"", error, rows[i].error);
        gate_free(g);
    }
}

/* ---- Updating ------------------------------------------------------------------------------------------ */

static void check_updated(const char *before, const char *const *cases, const char *after) {
    static const char *const known[] = {"other/known"};
    gate *g = gate_new();
    if (before)
        read_good(g, before);
    else
        gate_baseline_empty(g, "new.json");
    record *rec = record_make(cases);
    gate_baseline_update(g, rec, known, 1);
    memo out;
    assert_int_equal(memo_open(&out), 0);
    assert_int_equal(gate_baseline_write(g, out.file), 0);
    assert_int_equal(memo_close(&out), 0);
    assert_string_equal(out.data, after);
    /* What was written is read again, and the same run is green by it. */
    gate *again = gate_new();
    read_good(again, out.data);
    assert_int_equal(judge(again, rec, 1), 0);
    gate_free(again);
    memo_free(&out);
    record_free(rec);
    gate_free(g);
}

static void updated(void **state) {
    (void)state;
    static const char *const good[] = {"a/1 pass", "a/2 lenient", NULL}, *const bad[] = {"a/1 fail",
                                                                                         "a/2 timeout",
                                                                                         "a/3 pass", NULL};
    check_updated(NULL, good, "{\n  \"format\": 1,\n  \"cases\": {}\n}\n");
    check_updated(NULL, bad,
                  "{\n  \"format\": 1,\n  \"cases\": {\n"
                  "    \"a/1\": {\"verdicts\": [\"fail\"], \"reason\": \"\"},\n"
                  "    \"a/2\": {\"verdicts\": [\"timeout\"], \"reason\": \"\"}\n  }\n}\n");
    /* Reasons and links stay, verdicts are today's; what passes now, or matches nothing, goes; what did not
       run stays. */
    check_updated(
        "{\"format\":1,\"cases\":{"
        "\"a/1\":{\"verdicts\":[\"timeout\"],\"reason\":\"why\",\"link\":\"https://example.org/1\"},"
        "\"a/3\":{\"verdicts\":[\"fail\"],\"reason\":\"mended\"},"
        "\"gone/x\":{\"verdicts\":[\"fail\"]},"
        "\"other/known\":{\"verdicts\":[\"fail\"],\"reason\":\"not run today\"}}}",
        bad,
        "{\n  \"format\": 1,\n  \"cases\": {\n"
        "    \"a/1\": {\"verdicts\": [\"fail\"], \"reason\": \"why\", \"link\": \"https://example.org/1\"},\n"
        "    \"other/known\": {\"verdicts\": [\"fail\"], \"reason\": \"not run today\"},\n"
        "    \"a/2\": {\"verdicts\": [\"timeout\"], \"reason\": \"\"}\n  }\n}\n");
    /* A glob stays while one of its cases needs it; cases that are not as it says get an entry of their own.
     */
    check_updated("{\"format\":1,\"cases\":{\"a/*\":{\"verdicts\":[\"fail\"],\"reason\":\"r\"}}}", bad,
                  "{\n  \"format\": 1,\n  \"cases\": {\n"
                  "    \"a/*\": {\"verdicts\": [\"fail\"], \"reason\": \"r\"},\n"
                  "    \"a/2\": {\"verdicts\": [\"timeout\"], \"reason\": \"r\"},\n"
                  "    \"a/3\": {\"verdicts\": [\"pass\"], \"reason\": \"r\"}\n  }\n}\n");
    check_updated("{\"format\":1,\"cases\":{\"a/*\":{\"verdicts\":[\"fail\"],\"reason\":\"r\"}}}", good,
                  "{\n  \"format\": 1,\n  \"cases\": {}\n}\n");
}

/* Every report of a record with every verdict, gated in every way, is what it has to be. */
static void reports(void **state) {
    (void)state;
    static const char *const paths[] = {SAMPLE, HOSTILE};
    static const char wild[] =
        "{\"format\":1,\"cases\":{"
        "\"framing/*\":{\"verdicts\":[\"fail\",\"pass\"],\"reason\":\"<script>alert(1)</"
        "script>\",\"link\":\"javascript:x\"},"
        "\"*\":{\"verdicts\":[\"fail\"],\"reason\":\"\\u202e\\u001b[2J\\n]]>\",\"link\":\"\\\"'><img>\"},"
        "\"<b>{{cases}}\":{\"verdicts\":[\"fail\"]}}}";
    for (size_t i = 0; i < 2; i++) {
        record *rec = record_of_file(paths[i]);
        gate *g = gate_new();
        read_good(g, wild);
        assert_int_equal(gate_require(g, "100000"), 0);
        assert_int_equal(gate_require(g, "<i>\x1b=100000"), 0);
        assert_int_equal(judge(g, rec, 1), 1);
        check_all(rec);
        rendering page = text_of(report_html, rec);
        assert_null(strstr(page.data, "href=\"javascript"));
        assert_non_null(strstr(page.data, "not as expected</em>"));
        free(page.data);
        gate_free(g);
        record_free(rec);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail_on),  cmocka_unit_test(attempts_that_differ),
        cmocka_unit_test(require),  cmocka_unit_test(entries),
        cmocka_unit_test(stale),    cmocka_unit_test(codes),
        cmocka_unit_test(mistakes), cmocka_unit_test(updated),
        cmocka_unit_test(reports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
