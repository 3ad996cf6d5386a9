/* SPDX-License-Identifier: MIT */
/* Records whose every string a hostile peer wrote, and records of any shape: whatever they say, reports are
   what they are meant to be. */
#include "report_fixture.h"

static void hostile(void **state) {
    (void)state;
    record *rec = record_of_file(HOSTILE);
    check_all(rec);
    record_free(rec);
}

static void sample(void **state) {
    (void)state;
    record *rec = record_of_file(SAMPLE);
    check_all(rec);
    record_free(rec);
}

/* A page has nowhere to fetch from: no address but in links for the reader, and those to the RFCs alone. */
static void check_no_address(render_fn *render) {
    record *rec = record_of_file(HOSTILE);
    rendering page = text_of(render, rec);
    for (const char *at = page.data; (at = strstr(at, "href=\"")); at++) {
        const char *to = at + 6;
        bool known = *to == '#' || strncmp(to, "https://www.rfc-editor.org/rfc/rfc", 34) == 0 ||
                     strncmp(to, "https://www.iana.org/assignments/", 33) == 0 ||
                     strncmp(to, "./javascript:alert%282%29//%22%3E%3Ca%20b%23%3F.html", 52) == 0;
        if (!known) fail_msg("a link to %.60s", to);
    }
    char *style = strstr(page.data, "<style>");
    assert_non_null(style);
    *strstr(style, "</style>") = 0;
    assert_null(strstr(style, "url("));
    assert_null(strstr(style, "@import"));
    assert_non_null(strstr(page.data, "content=\"default-src 'none'; style-src 'sha256-"));
    free(page.data);
    record_free(rec);
}

static void no_address(void **state) {
    (void)state;
    check_no_address(report_html);
    check_no_address(render_matrix_html);
}

/* ---- Any shape ----------------------------------------------------------------------------------------- */

static uint64_t next(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static json_t *strange(uint64_t *seed) {
    static const char *const texts[] = {"",
                                        "pass",
                                        "fail",
                                        "peer",
                                        "frame",
                                        "head",
                                        "6455",
                                        "5.2",
                                        "<b>\"'&",
                                        "\xe2\x80\xae\xc2\x9b\x1b[2J\r\n",
                                        "ffffffffffffffffffffffffffffffffffffffff",
                                        "0001020304050607080",
                                        "GET / HTTP/1.1\r\n\r\r\n\n"};
    switch (next(seed) % 9) {
    case 0: return json_null();
    case 1: return json_true();
    case 2: return json_integer((json_int_t)next(seed));
    case 3: return json_integer((json_int_t)(next(seed) % 300) - 20);
    case 4: return json_integer(next(seed) % 2 ? INT64_MAX : INT64_MIN);
    case 5: return json_real((double)(int64_t)next(seed));
    case 6: return json_pack("[n,i,[],{},s]", 5, "x");
    case 7: return json_pack("{s:n,s:i,s:s}", "code", "len", -1, "text", "<i>");
    default: return json_string(texts[next(seed) % (sizeof texts / sizeof *texts)]);
    }
}

/* Replaces values somewhere in the tree: each with a chance of one in `odds`. Objects and arrays that stay
   are walked with a stack of their own. */
static void disturb(json_t *root, uint64_t *seed, unsigned odds) {
    enum { MAX = 512 };
    json_t *stack[MAX];
    size_t num = 0;
    stack[num++] = root;
    while (num > 0) {
        json_t *at = stack[--num], *value;
        size_t i;
        const char *key;
        void *safe;
        if (json_is_array(at)) {
            json_array_foreach(at, i, value) {
                if (next(seed) % odds == 0)
                    json_array_set_new(at, i, strange(seed));
                else if ((json_is_array(value) || json_is_object(value)) && num < MAX)
                    stack[num++] = value;
            }
            continue;
        }
        json_object_foreach_safe(at, safe, key, value) {
            if (next(seed) % odds == 0)
                json_object_set_new(at, key, strange(seed));
            else if ((json_is_array(value) || json_is_object(value)) && num < MAX)
                stack[num++] = value;
        }
    }
}

static void any_shape(void **state) {
    (void)state;
    uint64_t seed = 20261125;
    record *whole = record_of_file(SAMPLE);
    for (unsigned round = 0; round < 150; round++) {
        unsigned odds = round % 3 == 0 ? 3 : round % 3 == 1 ? 12 : 60;
        record rec = {.header = json_deep_copy(whole->header), .cases = json_array()};
        if (round % 5) rec.footer = json_deep_copy(whole->footer);
        for (unsigned i = 0; i < 4; i++) {
            /* All but the flood, which would only take long. */
            size_t index = (round * 7 + i * 11) % json_array_size(whole->cases);
            if (json_array_size(json_object_get(json_array_get(whole->cases, index), "wire")) > 50) continue;
            json_t *test = json_deep_copy(json_array_get(whole->cases, index));
            disturb(test, &seed, odds);
            json_array_append_new(rec.cases, test);
        }
        if (round % 2) disturb(rec.header, &seed, odds);
        if (rec.footer && round % 4 == 3) disturb(rec.footer, &seed, odds);
        check_all(&rec);
        json_decref(rec.header);
        json_decref(rec.cases);
        json_decref(rec.footer);
    }
    record_free(whole);
}

/* A disk that is full is an error, whatever the format. */
static void full_disk(void **state) {
    (void)state;
    record *rec = record_of_file(SAMPLE);
    static render_fn *const renders[] = {
        report_html,  report_junit, report_json, render_matrix_html, render_matrix_markdown,
        report_sarif, report_badge, report_tap,  report_markdown,    render_capture};
    for (size_t i = 0; i < sizeof renders / sizeof *renders; i++) {
        FILE *full = fopen("/dev/full", "w");
        if (!full) break; /* not everywhere */
        assert_int_equal(renders[i](rec, full), -1);
        (void)fclose(full);
    }
    record_free(rec);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile),   cmocka_unit_test(sample),    cmocka_unit_test(no_address),
        cmocka_unit_test(any_shape), cmocka_unit_test(full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
