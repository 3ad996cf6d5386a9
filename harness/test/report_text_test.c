/* SPDX-License-Identifier: MIT */
/* Text made harmless, broken into lines, durations, addresses of sections. */
#include "report_fixture.h"

/* What text_put makes of data, of length len. The caller frees it. */
static char *put(const char *data, size_t len, unsigned flags) {
    memo out;
    assert_int_equal(memo_open(&out), 0);
    text_put(out.file, data, len, flags);
    assert_int_equal(memo_close(&out), 0);
    return out.data;
}

typedef struct row {
    const char *data;
    size_t len;
    unsigned flags;
    const char *wanted;
} row;
#define ROW(text, flags, wanted)                                                                             \
    { text, sizeof(text) - 1, flags, wanted }

static void visible_form(void **state) {
    (void)state;
    static const row rows[] = {
        ROW("", 0, ""),
        ROW("plain ~ text", 0, "plain ~ text"),
        ROW("a\0b\001\033[31m\177", 0, "a\\x00b\\x01\\x1b[31m\\x7f"),
        ROW("a\nb\tc\rd", 0, "a\\nb\\tc\\rd"),
        ROW("a\nb\tc\rd", TEXT_LINES, "a\nb    c\\rd"),
        ROW("\xc2\x80\xc2\x9b\xc2\xad", 0, "\\x80\\x9b\\xad"),
        ROW("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", 0, "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
        /* bidirectional controls, zero width, separators, BOM, tags, noncharacters */
        ROW("\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f", 0, "\\u{202e}\\u{2066}\\u{200f}"),
        ROW("\xe2\x80\x8b\xe2\x80\xa8\xef\xbb\xbf", 0, "\\u{200b}\\u{2028}\\u{feff}"),
        ROW("\xf3\xa0\x81\x81\xef\xbf\xbe\xf4\x8f\xbf\xbf", 0, "\\u{e0041}\\u{fffe}\\u{10ffff}"),
        /* no UTF-8: a lone continuation, overlong, a surrogate, beyond the end, cut short */
        ROW("\x80\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82", 0,
            "\\x80\\xc0\\xaf\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80\\xe2\\x82"),
        ROW("<a href=\"'&\">", 0, "<a href=\"'&\">"),
        ROW("<a href=\"'&\">", TEXT_MARKUP, "&lt;a href=&quot;&#39;&amp;&quot;&gt;"),
        /* octets: U+00C3 U+00A9 are the two octets of U+00E9, U+00FF alone is none of UTF-8 */
        ROW("\xc3\x83\xc2\xa9 \xc3\xbf", TEXT_OCTETS, "\xc3\xa9 \\xff"),
        ROW("\xc3\xa2\xc2\x80\xc2\xae", TEXT_OCTETS, "\\u{202e}"),
        ROW("\xe2\x82\xac\xc3\xa9", TEXT_OCTETS, "\xe2\x82\xac\\xe9"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = put(rows[i].data, rows[i].len, rows[i].flags);
        assert_string_equal(text, rows[i].wanted);
        free(text);
    }
}

/* Every code point and every octet, alone and beside others: what comes out is harmless. */
static void every_code_point(void **state) {
    (void)state;
    for (unsigned flags = 0; flags < 8; flags++) {
        memo in;
        assert_int_equal(memo_open(&in), 0);
        for (int32_t code = 0; code < 0x110000; code += code < 0x3000 || code >= 0xfff0 ? 1 : 7) {
            if (code < 0x80)
                putc(code, in.file);
            else if (code < 0x800)
                fprintf(in.file, "%c%c", 0xc0 | code >> 6, 0x80 | (code & 0x3f));
            else if (code < 0x10000)
                fprintf(in.file, "%c%c%c", 0xe0 | code >> 12, 0x80 | (code >> 6 & 0x3f),
                        0x80 | (code & 0x3f));
            else if (code < 0x20000 || code >= 0xe0000)
                fprintf(in.file, "%c%c%c%c", 0xf0 | code >> 18, 0x80 | (code >> 12 & 0x3f),
                        0x80 | (code >> 6 & 0x3f), 0x80 | (code & 0x3f));
        }
        for (int octet = 0; octet < 256; octet++) fprintf(in.file, "%c%c%c", octet, octet, octet ^ 0x3f);
        assert_int_equal(memo_close(&in), 0);
        char *text = put(in.data, in.len, flags & ~(unsigned)TEXT_LINES);
        check_visible(text, strlen(text));
        if (flags & TEXT_MARKUP) assert_null(strpbrk(text, "<>\"'"));
        free(text);
        memo_free(&in);
    }
}

static char *wrap(const char *data, unsigned indent, unsigned width) {
    memo out;
    assert_int_equal(memo_open(&out), 0);
    text_wrap(out.file, data, strlen(data), indent, width);
    assert_int_equal(memo_close(&out), 0);
    return out.data;
}

static void wrapping(void **state) {
    (void)state;
    static const struct {
        const char *data;
        unsigned indent, width;
        const char *wanted;
    } rows[] = {
        {"", 0, 20, ""},
        {"one two three four five", 0, 20, "one two three four\nfive"},
        {"one two three four five", 4, 24, "one two three four\n    five"},
        {"first\nsecond line here", 2, 40, "first\n  second line here"},
        {"a  b   c", 0, 40, "a  b   c"},
        {"abcdefghijklmnopqrstuvwxyz", 0, 20, "abcdefghijklmnopqrst\nuvwxyz"},
        {"x abcdefghijklmnopqrstuvwxyz", 0, 20, "x\nabcdefghijklmnopqrst\nuvwxyz"},
        /* two columns each, and none */
        {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac"
         "\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac",
         0, 20,
         "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac"
         "\xe8\xaa\x9e\xe6\x97\xa5\n\xe6\x9c\xac"},
        {"e\xcc\x81"
         "bcdefghijklmnopqrst",
         0, 20,
         "e\xcc\x81"
         "bcdefghijklmnopqrst"},
        /* a width that leaves no room is widened */
        {"one two three four", 30, 10, "one two three four"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = wrap(rows[i].data, rows[i].indent, rows[i].width);
        assert_string_equal(text, rows[i].wanted);
        free(text);
    }
}

static void durations(void **state) {
    (void)state;
    static const struct {
        int64_t us;
        const char *wanted;
    } rows[] = {
        {-5, "0 us"},
        {0, "0 us"},
        {999, "999 us"},
        {1000, "1.0 ms"},
        {12345, "12.3 ms"},
        {999499, "999 ms"},
        {1000000, "1.00 s"},
        {4070000, "4.07 s"},
        {10800000, "10.8 s"},
        {59900000, "59.9 s"},
        {60000000, "1 min 00 s"},
        {428000000, "7 min 08 s"},
        {INT64_MAX, "153722867280 min 54 s"},
    };
    char buffer[TEXT_DURATION_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(text_duration(buffer, rows[i].us), rows[i].wanted);
}

static void addresses(void **state) {
    (void)state;
    static const struct {
        const char *rfc, *section, *wanted;
    } rows[] = {
        {"6455", "5.2", "https://www.rfc-editor.org/rfc/rfc6455#section-5.2"},
        {"6455", "4.1 (erratum 3150)", "https://www.rfc-editor.org/rfc/rfc6455#section-4.1"},
        {"9110", "A", "https://www.rfc-editor.org/rfc/rfc9110#appendix-A"},
        {"6455", "", "https://www.rfc-editor.org/rfc/rfc6455"},
        {"IANA-websocket", "opcode", "https://www.iana.org/assignments/websocket#opcode"},
        {"", "5.2", ""},
        {"6455x", "5.2", ""},
        {"123456", "5.2", ""},
        {"javascript:alert(1)", "5.2", ""},
        {"6455", "5.2\" onclick=\"x", "https://www.rfc-editor.org/rfc/rfc6455#section-5.2"},
        {"6455", "\"><script>", "https://www.rfc-editor.org/rfc/rfc6455"},
        {"IANA-\">", "x", ""},
        {"IANA-websocket", "opcode\">", ""},
        {"6455", "1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1", ""},
    };
    char buffer[TEXT_URL_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(text_section_url(buffer, rows[i].rfc, rows[i].section), rows[i].wanted);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(visible_form), cmocka_unit_test(every_code_point), cmocka_unit_test(wrapping),
        cmocka_unit_test(durations),    cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
