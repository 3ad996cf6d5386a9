/* SPDX-License-Identifier: MIT */
/* Good catalogues: expansion, selection, canonical form, description; and the one that is compiled in. */
#include "script_fixture.h"

#include "script/case_describe.h"

static const char matrix[] =
    "{'format': 1, 'topic': 'Test', 'cases': [\n"
    "{'id': 'framing/{type}-of-{size}', 'title': 'A {type} of {size} octets', 'judges': ['server', 'client'],"
    "'level': 'must', 'checks': ['R1', 'R3'], 'also': ['autobahn:1.{number.of}'],\n"
    "'each': {'number': {'one': {'of': '2'}}, 'type': ['text', 'binary'], 'size': [0, 5]},"
    "'except': [{'type': 'binary', 'size': 0}],\n"
    "'steps': [{'send': {'opcode': '{type}', 'payload': {'repeat': ['*', '{size}']}}}, {'until': 'echo'},"
    "{'close': true}], 'outcomes': 'echo'},\n"
    "{'id': 'framing/other', 'title': 'Another', 'judges': ['server'], 'level': 'should', 'checks': ['R2'],"
    "'steps': [{'until': 'failed'}], 'outcomes': ['error']}]}";

static void test_expansion(void **state) {
    (void)state;
    catalogue *all = fixture_good(matrix);
    static const char *const ids[] = {"framing/text-of-0", "framing/text-of-5", "framing/binary-of-5",
                                      "framing/other"};
    assert_int_equal(all->num_cases, 4);
    for (size_t i = 0; i < 4; i++) assert_string_equal(all->cases[i].id, ids[i]);
    const test_case *five = catalogue_case(all, "framing/binary-of-5");
    assert_ptr_equal(five, &all->cases[2]);
    assert_string_equal(five->title, "A binary of 5 octets");
    assert_string_equal(five->also[0], "autobahn:1.2");
    assert_int_equal(five->steps[0].send.frames[0].header.opcode, WSC_OP_BINARY);
    assert_int_equal(five->steps[0].send.frames[0].payload.total, 5);
    assert_int_equal(five->largest, 5);
    assert_string_equal(five->needs[0], "echo");
    assert_true(five->judges_client);
    assert_null(catalogue_case(all, "framing/binary-of-0"));
    catalogue_free(all);
}

/* Lists as values, keys made of values, and the order of what stays as it is written. */
static void test_splicing(void **state) {
    (void)state;
    catalogue *all = fixture_good(
        "{'format': 1, 'topic': 'Test', 'cases': [{'id': 'framing/{n}', 'title': 'A title', 'judges': "
        "['server'],"
        "'level': 'must', 'checks': ['R1', '{n.checks}'], 'each': {'n': {'one': {'list': ['x', 'y'], "
        "'field': "
        "'Connection', 'checks': ['R2', 'R3']}, 'two': {'list': [], 'field': 'Host', 'checks': 'R3'}}},"
        "'bugs': ['a', '{n.list}', 'b-{{n}}', 'c-{n.field}', 'd'],"
        "'request': {'set': {'Upgrade': 'u', '{n.field}': '{{ {n.field} {key}', 'Sec-WebSocket-Version': "
        "'8'}},"
        "'steps': [{'until': 'failed'}], 'outcomes': ['error']}]}");
    static const char *const bugs[][7] = {{"a", "x", "y", "b-{{n}}", "c-Connection", "d", NULL},
                                          {"a", "b-{{n}}", "c-Host", "d", NULL, NULL, NULL}};
    static const char *const checks[][4] = {{"R1", "R2", "R3", NULL}, {"R1", "R3", NULL, NULL}};
    static const char *const set[][3] = {{"Upgrade", "Connection", "Sec-WebSocket-Version"},
                                         {"Upgrade", "Host", "Sec-WebSocket-Version"}};
    static const char *const values[] = {"{{ Connection {key}", "{{ Host {key}"};
    assert_int_equal(all->num_cases, 2);
    for (size_t i = 0; i < 2; i++) {
        const test_case *test = &all->cases[i];
        size_t num = 0;
        for (; bugs[i][num] != NULL; num++) assert_string_equal(test->bugs[num], bugs[i][num]);
        assert_null(test->bugs[num]);
        for (num = 0; checks[i][num] != NULL; num++) assert_string_equal(test->checks[num], checks[i][num]);
        assert_null(test->checks[num]);
        assert_int_equal(test->request.num_set, 3);
        for (size_t f = 0; f < 3; f++) assert_string_equal(test->request.set[f].name, set[i][f]);
        assert_int_equal(test->request.set[1].value.len, strlen(values[i]));
        assert_memory_equal(test->request.set[1].value.data, values[i], strlen(values[i]));
        assert_string_equal(test->pointer, "/cases/0");
        assert_string_equal(test->steps[0].pointer, "/cases/0/steps/0");
    }
    catalogue_free(all);
}

static void test_patterns(void **state) {
    (void)state;
    catalogue *all = fixture_good(matrix);
    static const struct {
        const char *pattern;
        bool matches[4];
    } rows[] = {
        {"framing/*", {true, true, true, true}},
        {"*-of-5", {false, true, true, false}},
        {"framing/other", {false, false, false, true}},
        {"framing/oth", {false, false, false, false}},
        {"framing/?*of-[0-4]", {true, false, false, false}},
        {"framing/t??t-of-?", {true, true, false, false}},
        {"*-of-[!0-4]", {false, true, true, false}},
        {"*-of-[^5]", {true, false, false, false}},
        {"framing/[to]*r", {false, false, false, true}},
        {"framing/[", {false, false, false, false}},
        {"framing/[]*", {false, false, false, false}},
        {"*/*-*-*", {true, true, true, false}},
        {"framing", {true, true, true, true}},
        {"fram", {false, false, false, false}},
        {"", {false, false, false, false}},
        {"rfc6455", {true, true, true, true}},
        {"rfc645", {false, false, false, false}},
        {"rfc9112#", {true, true, true, false}},
        {"may", {false, false, false, false}},
        {"must", {true, true, true, false}},
        {"should", {false, false, false, true}},
        {"R3", {true, true, true, false}},
        {"rfc6455#5", {true, true, true, true}},
        {"rfc6455#5.2", {true, true, true, false}},
        {"rfc6455#5.5.1", {false, false, false, true}},
        {"rfc6455#5.5", {false, false, false, true}},
        {"rfc9112#5", {true, true, true, false}},
        {"autobahn:1.*", {true, true, true, false}},
        {"autobahn:1.2", {true, true, true, false}},
        {"autobahn:2.*", {false, false, false, false}},
        {"*", {true, true, true, true}},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (size_t i = 0; i < 4; i++)
            if (case_matches(all, &all->cases[i], rows[r].pattern) != rows[r].matches[i])
                fail_msg("pattern %s on %s", rows[r].pattern, all->cases[i].id);
    catalogue_free(all);
}

static char *described(const catalogue *all, const char *id) {
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    assert_non_null(file);
    case_describe(all, catalogue_case(all, id), file);
    fclose(file);
    return text;
}

static void test_description(void **state) {
    (void)state;
    catalogue *all = fixture_good(matrix);
    char *text = described(all, "framing/text-of-5");
    static const char *const parts[] = {"framing/text-of-5",        "A text of 5 octets",
                                        "R1, RFC 6455 section 5.2", "First.",
                                        "2a 2a 2a 2a 2a",           "every message echoed"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(text, parts[i]) == NULL) fail_msg("\"%s\" is missing in:\n%s", parts[i], text);
    free(text);
    json_t *entry = case_show_json(all, catalogue_case(all, "framing/other"));
    assert_string_equal(json_string_value(json_object_get(entry, "id")), "framing/other");
    json_decref(entry);
    catalogue_free(all);
}

static void test_canonical_form(void **state) {
    (void)state;
    static const struct {
        const char *text, *form;
    } rows[] = {
        {"{'a':1,\"b\":[1,2 , 3]}", "{\n  'a': 1,\n  'b': [1, 2, 3]\n}\n"},
        {"{'c': {'a':1}}", "{\n  'c': { 'a': 1 }\n}\n"},
        {"[]", "[]\n"},
        {" { } ", "{}\n"},
        {"['\\u00e9', 1.50, -0, 1e5]", "[\n  '\\u00e9', 1.50, -0, 1e5\n]\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = unquoted(rows[i].text), *form = unquoted(rows[i].form);
        size_t len, again_len, form_len = strlen(rows[i].form);
        char *canonical = catalogue_format(text, strlen(rows[i].text), &len);
        assert_non_null(canonical);
        if (len != form_len || memcmp(canonical, form, len) != 0) fail_msg("row %zu: %s", i, canonical);
        char *again = catalogue_format(canonical, len, &again_len);
        assert_int_equal(again_len, len);
        assert_memory_equal(again, canonical, len);
        free(again);
        free(canonical);
        free(text);
        free(form);
    }
    size_t len;
    assert_null(catalogue_format("{", 1, &len));
}

static size_t num_errors;

static void lint_error(void *user, const char *file, int line, const char *pointer, const char *message) {
    (void)user;
    print_error("%s:%d: %s: %s\n", file, line, pointer, message);
    num_errors++;
}

static void test_embedded(void **state) {
    (void)state;
    catalogue *all = catalogue_load(NULL, lint_error, NULL);
    assert_non_null(all);
    assert_int_equal(catalogue_lint(all, NULL, lint_error, NULL, NULL), 0);
    assert_int_equal(num_errors, 0);
    assert_true(all->num_cases > 1000);
    for (size_t i = 0; i < all->num_cases; i++) {
        char *text = described(all, all->cases[i].id);
        assert_true(strlen(text) > 100);
        free(text);
    }
    catalogue_free(all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expansion),      cmocka_unit_test(test_splicing),
        cmocka_unit_test(test_patterns),       cmocka_unit_test(test_description),
        cmocka_unit_test(test_canonical_form), cmocka_unit_test(test_embedded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
