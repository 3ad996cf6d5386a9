/* SPDX-License-Identifier: MIT */
/* Reports of the sample, octet for octet as reports/sample has them. After a change that is wanted:
   WSCONFORM_UPDATE=1 in the environment writes them anew. */
#include "report_fixture.h"

static void check_golden(render_fn *render, const char *path) {
    record *rec = record_of_file(SAMPLE);
    rendering made = text_of(render, rec);
    record_free(rec);
    if (getenv("WSCONFORM_UPDATE")) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(made.data, 1, made.len, file), made.len);
        assert_int_equal(fclose(file), 0);
    }
    FILE *file = fopen(path, "r");
    if (!file) fail_msg("%s is missing", path);
    char *golden = malloc(made.len + 2);
    assert_non_null(golden);
    size_t len = fread(golden, 1, made.len + 1, file), same = 0, line = 1;
    assert_int_equal(fclose(file), 0);
    while (same < len && same < made.len && golden[same] == made.data[same]) line += golden[same++] == '\n';
    if (same < len || same < made.len)
        fail_msg("%s, line %zu: \"%.60s\" was \"%.*s\"", path, line, made.data + same,
                 len - same < 60 ? (int)(len - same) : 60, golden + same);
    free(golden);
    free(made.data);
}

static void terminal(void **state) {
    (void)state;
    check_golden(render_plain, "reports/sample/terminal.txt");
}

static void terminal_narrow(void **state) {
    (void)state;
    check_golden(render_narrow, "reports/sample/terminal-60-colours.txt");
}

static void junit(void **state) {
    (void)state;
    check_golden(report_junit, "reports/sample/junit.xml");
}

static void json(void **state) {
    (void)state;
    check_golden(report_json, "reports/sample/report.json");
}

static void html(void **state) {
    (void)state;
    check_golden(report_html, "reports/sample/report.html");
}

/* Nothing but the summary, and no line for passes, as the flags say. */
static void terminal_flags(void **state) {
    (void)state;
    record *rec = record_of_file(SAMPLE);
    report_terminal terminal = {.width = 80, .quiet = true};
    memo out;
    for (int quiet = 1; quiet >= 0; quiet--) {
        assert_int_equal(memo_open(&out), 0);
        terminal.file = out.file;
        terminal.quiet = quiet;
        report_terminal_header(&terminal, rec->header);
        for (size_t i = 0; i < json_array_size(rec->cases); i++)
            report_terminal_case(&terminal, rec->header, json_array_get(rec->cases, i));
        report_terminal_footer(&terminal, rec);
        assert_int_equal(memo_close(&out), 0);
        assert_int_equal(strstr(out.data, "run again") == NULL, quiet);
        assert_int_equal(strstr(out.data, "wsconform 0.1.0") == NULL, quiet);
        assert_null(strstr(out.data, "pass handshake/ordinary"));
        assert_null(strchr(out.data, '\033'));
        assert_non_null(strstr(out.data, "\n30 cases in 4.07 s: 13 pass, 3 lenient, 1 info, 7 fail, "));
        assert_non_null(strstr(out.data, "FAIL: 7 cases fail, 4 could not be judged.\n"));
        memo_free(&out);
    }
    record_free(rec);
}

/* No line is wider than the terminal, but for the commands, which are there to be copied. */
static void terminal_width(void **state) {
    (void)state;
    record *rec = record_of_file(SAMPLE);
    for (unsigned width = 60; width < 130; width += 9) {
        memo out;
        assert_int_equal(memo_open(&out), 0);
        assert_int_equal(render_terminal(rec, out.file, width, false), 0);
        assert_int_equal(memo_close(&out), 0);
        for (const char *at = out.data; *at;) {
            size_t len = strcspn(at, "\n");
            bool command = len > 13 && strncmp(at, "    run again", 13) == 0;
            if (!command && text_columns(at, len) > width) fail_msg("%u columns: %.*s", width, (int)len, at);
            at += len + 1;
        }
        memo_free(&out);
    }
    record_free(rec);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminal),       cmocka_unit_test(terminal_narrow),
        cmocka_unit_test(junit),          cmocka_unit_test(json),
        cmocka_unit_test(html),           cmocka_unit_test(terminal_flags),
        cmocka_unit_test(terminal_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
