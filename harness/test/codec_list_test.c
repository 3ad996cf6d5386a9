/* SPDX-License-Identifier: MIT */
/* Lists in header fields: tokens and extensions. */
#include "codec_heads.h"

#include <time.h>

/* What a walk gave: its elements separated by "|", then "!" if malformed, "," if an element was empty, "-" if
   there was no such field. A field "X: abc" between those of the list must change nothing. */
typedef struct list_case {
    const char *title;
    const char *fields[4]; /* values of fields named List, in varying letter case */
    size_t len;            /* of fields[0], if it has NUL inside */
    const char *shown;
} list_case;

static const list_case token_cases[] = {
    {"no field", {NULL}, 0, "-"},
    {"one token", {"a"}, 0, "a"},
    {"two tokens", {"a,b"}, 0, "a|b"},
    {"white space", {"a \t,\t b\t, \tc"}, 0, "a|b|c"},
    {"two fields", {"a, b", "c"}, 0, "a|b|c"},
    {"three fields, one empty", {"a", "", "c"}, 0, "a|c"},
    {"one empty field", {""}, 0, ""},
    {"two empty fields", {"", ""}, 0, ""},
    {"all octets of a token", {"!#$%&'*+-.^_`|~09AZaz"}, 0, "!#$%&'*+-.^_`|~09AZaz"},
    {"comma first", {",a"}, 0, "a,"},
    {"comma last", {"a,"}, 0, "a,"},
    {"two commas", {"a,,b"}, 0, "a|b,"},
    {"white space between commas", {"a, \t ,b"}, 0, "a|b,"},
    {"only a comma", {","}, 0, ","},
    {"only commas, then a field", {", ,", "a"}, 0, "a,"},
    {"comma last, then a field", {"a,", "b"}, 0, "a|b,"},
    {"SP inside", {"a b, c"}, 0, "a b|c!"},
    {"two SP inside are kept", {"a  b"}, 0, "a  b!"},
    {"slash", {"a/b"}, 0, "a/b!"},
    {"semicolon", {"a;b"}, 0, "a;b!"},
    {"NUL", {"a\0b,c"}, 5, "a\\x00b|c!"},
    {"obs-text", {"a,\xe4"}, 0, "a|\\xe4!"},
    {"comma in quotes", {"\"a,b\",c"}, 0, "\"a,b\"|c!"},
    {"escaped quote", {"\"a\\\",b\",c"}, 0, "\"a\\\",b\"|c!"},
    {"escaped backslash", {"\"a\\\\\",b"}, 0, "\"a\\\\\"|b!"},
    {"open quote", {"a,\"b,c"}, 0, "a|\"b,c!"},
    {"open quote ends with its field", {"\"a,b", "c"}, 0, "\"a,b|c!"},
    {"open quote and backslash", {"\"a\\"}, 0, "\"a\\!"},
    {"only a quote", {"\""}, 0, "\"!"},
    {"quote inside", {"a\"b,c\"d,e"}, 0, "a\"b,c\"d|e!"},
    {"white space in quotes", {"\" a \" ,b"}, 0, "\" a \"|b!"},
    {"folded", {"a,\r\n b"}, 0, "a|b"},
    {"folded before the comma", {"a\r\n\t, b"}, 0, "a|b"},
    {"folded with bare LF", {"a,\n b"}, 0, "a|b"},
    {"folded inside of an element", {"a\r\n b"}, 0, "a\\x0d\\x0a b!"},
    {"bare CR is no white space", {"a,\rb"}, 0, "a|\\x0db!"},
    {"bare CR last", {"a,b\r"}, 0, "a|b\\x0d!"},
};

static const list_case extension_cases[] = {
    {"no field", {NULL}, 0, "-"},
    {"one empty field", {""}, 0, ""},
    {"name only", {"foo"}, 0, "foo"},
    {"two", {"foo, bar; baz=2"}, 0, "foo|bar;baz=2"},
    {"two fields", {"foo", "bar; baz=2"}, 0, "foo|bar;baz=2"},
    {"parameters", {"a;b;c=d;e=\"f\""}, 0, "a;b;c=d;e=\"f\""},
    {"white space", {" a ;\tb ; c = d ; e\t=\t\"f\" ,g "}, 0, "a;b;c=d;e=\"f\"|g"},
    {"folded", {"a;\r\n b=\r\n\tc\r\n ,d"}, 0, "a;b=c|d"},
    {"same parameter twice", {"a;b=1;b=2"}, 0, "a;b=1;b=2"},
    {"same extension twice", {"a;b, a"}, 0, "a;b|a"},
    {"escapes stay", {"a;b=\"\\1\\0\""}, 0, "a;b=\"\\1\\0\""},
    {"empty elements", {",a,,b,"}, 0, "a|b,"},
    {"only commas", {", ,"}, 0, ","},
    {"sixteen parameters",
     {"a;1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16"},
     0,
     "a;1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16"},
    {"seventeen parameters", {"a;1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17,b"}, 0, "b!"},
    {"semicolon first", {";a,b"}, 0, "b!"},
    {"semicolon last", {"a;,b"}, 0, "b!"},
    {"semicolon and SP last", {"a; ,b"}, 0, "b!"},
    {"two semicolons", {"a;;b,c"}, 0, "c!"},
    {"equals without value", {"a;b=,c"}, 0, "c!"},
    {"equals without value, more", {"a;b=;c,d"}, 0, "d!"},
    {"equals without name", {"a;=b,c"}, 0, "c!"},
    {"equals after the name", {"a=b,c"}, 0, "c!"},
    {"two equals", {"a;b==c,d"}, 0, "d!"},
    {"two words", {"a b,c"}, 0, "c!"},
    {"two words in a parameter", {"a;b c,d"}, 0, "d!"},
    {"two words in a value", {"a;b=c d,e"}, 0, "e!"},
    {"no token", {"a/b,c"}, 0, "c!"},
    {"quoted name", {"\"a\",b"}, 0, "b!"},
    {"quoted parameter name", {"a;\"b\",c"}, 0, "c!"},
    {"empty quotes", {"a;b=\"\",c"}, 0, "c!"},
    {"comma in quotes", {"a;b=\"c,d\",e"}, 0, "e!"},
    {"semicolon in quotes", {"a;b=\"c;d\",e"}, 0, "e!"},
    {"SP in quotes", {"a;b=\"c d\",e"}, 0, "e!"},
    {"escaped quote", {"a;b=\"c\\\"d\",e"}, 0, "e!"},
    {"escaped backslash", {"a;b=\"c\\\\\",e"}, 0, "e!"},
    {"open quote", {"a;b=\"c,d"}, 0, "!"},
    {"open quote, then a field", {"a;b=\"c,d", "e"}, 0, "e!"},
    {"open quote and nothing", {"a;b=\""}, 0, "!"},
    {"open quote ends in an escaped quote", {"a;b=\"c\\\""}, 0, "!"},
    {"open quote ends in a backslash", {"a;b=\"c\\"}, 0, "!"},
    {"text after quotes", {"a;b=\"c\"d,e"}, 0, "e!"},
    {"quotes twice", {"a;b=\"c\"\"d\",e"}, 0, "e!"},
    {"quotes inside a token", {"a;b=c\"d,e\",f"}, 0, "f!"},
    {"NUL in quotes", {"a;b=\"\0\",c"}, 9, "c!"},
    {"NUL in a value", {"a;b=\0,c"}, 7, "c!"},
    {"bare CR", {"a;\rb,c"}, 0, "c!"},
    {"malformed between legal ones", {"a, b=, c;d"}, 0, "a|c;d!"},
};

/* A complete response head with the fields of a case. */
static reading head_of(const list_case *one) {
    static const char *const names[] = {"List", "LIST", "list", "lIsT"};
    textbuf data = {0};
    text_add_string(&data, "HTTP/1.1 200 OK\r\nX: abc\r\n");
    for (size_t i = 0; i < 4 && one->fields[i] != NULL; i++) {
        text_add_string(&data, names[i]);
        text_add_string(&data, ": ");
        text_add(&data, one->fields[i], i == 0 && one->len > 0 ? one->len : strlen(one->fields[i]));
        text_add_string(&data, "\r\nX: \"abc, Lists: d\r\n");
    }
    text_add_string(&data, "\r\n");
    reading head;
    head_read(&head, WSC_HTTP_RESPONSE, data.data, data.len, data.len, data.len, data.len, 10);
    assert_int_equal(head.status, WSC_HTTP_DONE);
    free(data.data);
    return head;
}

static void show_flags(textbuf *shown, const wsc_list *list) {
    if (list->malformed) text_add_string(shown, "!");
    if (list->empty_element) text_add_string(shown, ",");
    if (!list->present) text_add_string(shown, "-");
    text_add(shown, "", 1);
}

static textbuf show_tokens(const wsc_http *http) {
    textbuf shown = {0};
    wsc_list list;
    wsc_span token;
    wsc_list_init(&list, http, "list");
    while (wsc_list_token(&list, &token)) {
        assert_true(list.present && token.len > 0);
        if (shown.len > 0) text_add_string(&shown, "|");
        text_add_span(&shown, token);
    }
    assert_false(wsc_list_token(&list, &token));
    show_flags(&shown, &list);
    return shown;
}

static textbuf show_extensions(const wsc_http *http) {
    textbuf shown = {0};
    wsc_list list;
    wsc_extension extension;
    wsc_list_init(&list, http, "list");
    while (wsc_list_extension(&list, &extension)) {
        if (shown.len > 0) text_add_string(&shown, "|");
        text_add_span(&shown, extension.name);
        for (size_t i = 0; i < extension.num_params; i++) {
            const wsc_param *param = &extension.params[i];
            text_add_string(&shown, ";");
            text_add_span(&shown, param->name);
            if (!param->has_value) {
                assert_false(param->quoted);
                continue;
            }
            text_add_string(&shown, param->quoted ? "=\"" : "=");
            text_add_span(&shown, param->value);
            if (param->quoted) text_add_string(&shown, "\"");
        }
    }
    assert_false(wsc_list_extension(&list, &extension));
    show_flags(&shown, &list);
    return shown;
}

static void check(const char *title, textbuf shown, const char *expected) {
    if (strcmp(shown.data, expected) != 0) {
        print_error("%s: %s\nexpected %s\n", title, shown.data, expected);
        fail();
    }
    free(shown.data);
}

static void walks_tokens(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof token_cases / sizeof token_cases[0]; i++) {
        reading head = head_of(&token_cases[i]);
        check(token_cases[i].title, show_tokens(&head.http), token_cases[i].shown);
        head_free(&head);
    }
}

static void walks_extensions(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof extension_cases / sizeof extension_cases[0]; i++) {
        reading head = head_of(&extension_cases[i]);
        check(extension_cases[i].title, show_extensions(&head.http), extension_cases[i].shown);
        head_free(&head);
    }
}

/* Values in blocks of exactly their size, and cut short at every octet: no walk may read beyond. */
static void reads_nothing_beyond_a_value(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof extension_cases / sizeof extension_cases[0]; i++) {
        const list_case *one = &extension_cases[i];
        if (one->fields[0] == NULL) continue;
        size_t len = one->len > 0 ? one->len : strlen(one->fields[0]);
        for (size_t cut = 0; cut <= len; cut++) {
            uint8_t *value = exact_copy(one->fields[0], cut);
            wsc_field field = {{"List", 4}, {(const char *)value, cut}};
            wsc_http http = {.fields = &field, .num_fields = 1};
            free(show_tokens(&http).data);
            free(show_extensions(&http).data);
            free(value);
        }
    }
}

/* Values that cost a careless walk quadratic time. */
static void survives_endless_lists(void **state) {
    (void)state;
    static const struct {
        const char *start, *unit;
        size_t num_tokens, num_extensions;
        bool malformed, empty_element;
    } cases[] = {
        {"", ",", 0, 0, false, true},
        {"", "a,", 1u << 19, 1u << 19, false, true},
        {"", "\"", 1, 0, true, false},
        {"\"", ",", 1, 0, true, false},
        {"\"", "\\", 1, 0, true, false},
        {"a", " \t", 1, 1, true, false},
        {"a", " b", 1, 0, true, false},
        {"a;b=\"", "c", 1, 0, true, false},
        {"", "a;b=\",", (1u << 20) / 12 + 1, 0, true, false},
        {"a", ";b", 1, 0, true, false},
        {"a", "\r\n", 1, 1, true, false},
    };
    clock_t begin = clock();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        textbuf value = {0};
        text_add_string(&value, cases[i].start);
        while (value.len < 1u << 20) text_add_string(&value, cases[i].unit);
        wsc_field field = {{"List", 4}, {value.data, value.len}};
        wsc_http http = {.fields = &field, .num_fields = 1};
        wsc_list list;
        wsc_span token;
        wsc_extension extension;
        size_t num = 0;
        wsc_list_init(&list, &http, "list");
        while (wsc_list_token(&list, &token)) num++;
        assert_int_equal(num, cases[i].num_tokens);
        assert_int_equal(list.empty_element, cases[i].empty_element);
        wsc_list_init(&list, &http, "list");
        num = 0;
        while (wsc_list_extension(&list, &extension)) num++;
        assert_int_equal(num, cases[i].num_extensions);
        assert_int_equal(list.malformed, cases[i].malformed && num == 0);
        free(value.data);
    }
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 30);
}

/* Many fields of one name: the walk does not start anew for each. */
static void walks_many_fields_in_linear_time(void **state) {
    (void)state;
    size_t num_fields = 1u << 18;
    wsc_field *fields = malloc(num_fields * sizeof *fields);
    assert_non_null(fields);
    for (size_t i = 0; i < num_fields; i++) fields[i] = (wsc_field){{"list", 4}, {"a,b", 3}};
    wsc_http http = {.fields = fields, .num_fields = num_fields};
    wsc_list list;
    wsc_span token;
    size_t num = 0;
    clock_t begin = clock();
    wsc_list_init(&list, &http, "list");
    while (wsc_list_token(&list, &token)) num++;
    assert_int_equal(num, 2 * num_fields);
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 10);
    free(fields);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_tokens),
        cmocka_unit_test(walks_extensions),
        cmocka_unit_test(reads_nothing_beyond_a_value),
        cmocka_unit_test(survives_endless_lists),
        cmocka_unit_test(walks_many_fields_in_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
