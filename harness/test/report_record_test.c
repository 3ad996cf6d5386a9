/* SPDX-License-Identifier: MIT */
/* The reader of records: what it takes, what it refuses and with which words, and that it is bounded. */
#include "report_fixture.h"

#define HEADER "{\"type\":\"header\",\"format\":1}\n"
#define CASE   "{\"type\":\"case\",\"id\":\"a/b\",\"verdict\":\"pass\"}\n"
#define FOOTER "{\"type\":\"footer\",\"total\":1,\"complete\":true}\n"

static record *take(const char *data) {
    char why[256];
    record *rec = record_of_text(data, strlen(data), why);
    if (!rec) fail_msg("%s", why);
    return rec;
}

static void whole(void **state) {
    (void)state;
    static const char *const texts[] = {
        HEADER CASE FOOTER, "\n \t\r\n" HEADER "\n" CASE "\r\n" FOOTER "\n",
        HEADER "{\"type\":\"later\",\"x\":1}\n" CASE FOOTER "{\"type\":\"later\"}\n",
        "{\"type\":\"header\",\"format\":1,\"new\":[1]}\n" CASE "{\"type\":\"footer\",\"total\":1}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        record *rec = take(texts[i]);
        assert_int_equal(json_array_size(rec->cases), 1);
        assert_non_null(rec->header);
        assert_non_null(rec->footer);
        record_free(rec);
    }
}

/* A run that was killed: what it had written is a record without a footer. */
static void truncated(void **state) {
    (void)state;
    static const struct {
        const char *data;
        size_t cases;
    } rows[] = {{HEADER, 0}, {HEADER CASE, 1}, {HEADER CASE "{\"type\":\"ca", 1}, {HEADER CASE "\"", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        record *rec = take(rows[i].data);
        assert_int_equal(json_array_size(rec->cases), rows[i].cases);
        assert_null(rec->footer);
        check_all(rec);
        record_free(rec);
    }
}

static void refused(void **state) {
    (void)state;
    static const struct {
        const char *data, *why;
    } rows[] = {
        {"\n", "line 2: not the header of a record: it is empty"},
        {"{\"type\":\"hea", "line 1: no JSON: "},
        {"[]\n", "line 1: not an object"},
        {"{}\n", "line 1: not the header of a record"},
        {CASE, "line 1: not the header of a record"},
        {"<!doctype html>\n", "line 1: no JSON: "},
        {"{\"type\":\"header\"}\n", "line 1: a record of a format that is not known; this is 1"},
        {"{\"type\":\"header\",\"format\":2}\n", "line 1: a record of a format that is not known; this is 1"},
        {"{\"type\":\"header\",\"format\":\"1\"}\n",
         "line 1: a record of a format that is not known; this is 1"},
        {HEADER HEADER, "line 2: a second header"},
        {HEADER "{\"type\":\"case\",\"verdict\":\"pass\"}\n", "line 2: a case without an id"},
        {HEADER "{\"type\":\"case\",\"id\":5,\"verdict\":\"pass\"}\n", "line 2: a case without an id"},
        {HEADER "{\"type\":\"case\",\"id\":\"a\"}\n", "line 2: a case without a verdict that is known"},
        {HEADER "{\"type\":\"case\",\"id\":\"a\",\"verdict\":\"PASS\"}\n",
         "line 2: a case without a verdict that is known"},
        {HEADER "{\"id\":\"a\"}\n", "line 2: a line without a type"},
        {HEADER "{\"type\":7}\n", "line 2: a line without a type"},
        {HEADER "5\n", "line 2: no JSON: "},
        {HEADER "\n\n" CASE "{\"type\":\n" FOOTER, "line 5: no JSON: "},
        {HEADER CASE FOOTER CASE, "line 4: goes on behind its footer"},
        {HEADER CASE FOOTER FOOTER, "line 4: goes on behind its footer"},
        {HEADER CASE FOOTER "{\"ty", "line 4: goes on behind its footer"},
        {HEADER "{\"type\":\"case\",\"id\":\"\xff\"}\n", "line 2: no JSON: "},
        {HEADER "{\"\033[2J\n", "line 2: no JSON: "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char why[256];
        record *rec = record_of_text(rows[i].data, strlen(rows[i].data), why);
        assert_null(rec);
        if (strncmp(why, rows[i].why, strlen(rows[i].why)) != 0)
            fail_msg("\"%s\" is not \"%s\"", why, rows[i].why);
        if (rows[i].why[strlen(rows[i].why) - 1] != ' ') assert_string_equal(why, rows[i].why);
        check_visible(why, strlen(why));
    }
}

static void nul(void **state) {
    (void)state;
    static const char data[] = HEADER "{\"type\":\"case\",\"id\":\"a\\u0000b\",\"verdict\":\"pass\"}\n";
    char why[256];
    record *rec = record_of_text(data, sizeof data - 1, why);
    assert_non_null(rec);
    check_all(rec);
    record_free(rec);
    static const char raw[] = HEADER "{\"type\":\"case\",\0\"id\":\"ab\",\"verdict\":\"pass\"}\n";
    assert_null(record_of_text(raw, sizeof raw - 1, why));
    assert_memory_equal(why, "line 2: ", 8);
}

/* ---- Bounds -------------------------------------------------------------------------------------------- */

/* A file that begins with `head` and goes on with `more` for ever. */
typedef struct endless {
    const char *head, *more;
    size_t at, num; /* octets given so far */
} endless;

static ssize_t endless_read(void *cookie, char *buffer, size_t size) {
    endless *e = cookie;
    size_t head = strlen(e->head), more = strlen(e->more);
    for (size_t i = 0; i < size; i++, e->at++)
        buffer[i] = e->at < head ? e->head[e->at] : e->more[(e->at - head) % more];
    e->num += size;
    return (ssize_t)size;
}

static size_t refuse_endless(const char *head, const char *more, const char *wanted) {
    endless e = {.head = head, .more = more};
    char why[256];
    FILE *file = fopencookie(&e, "r", (cookie_io_functions_t){.read = endless_read});
    assert_non_null(file);
    assert_null(record_read(file, why, sizeof why));
    assert_string_equal(why, wanted);
    assert_int_equal(fclose(file), 0);
    return e.num;
}

static void bounded(void **state) {
    (void)state;
    size_t mib = (size_t)1 << 20;
    assert_true(refuse_endless("", "x", "line 1: longer than 64 MiB") <= 65 * mib);
    assert_true(refuse_endless(HEADER "{\"", "a", "line 2: longer than 64 MiB") <= 65 * mib);
    /* Two octets of text each, but dozens in memory: refused before they are made. */
    assert_true(refuse_endless(HEADER "{\"type\":\"x\",\"x\":[", "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,",
                               "line 2: longer than 64 MiB") <= 65 * mib);
    memo line;
    assert_int_equal(memo_open(&line), 0);
    fputs(HEADER "{\"type\":\"x\",\"x\":[", line.file);
    for (size_t i = 0; i < 7 * mib; i++) fputs("{},", line.file);
    fputs("0]}\n", line.file);
    assert_int_equal(memo_close(&line), 0);
    char why[256];
    assert_null(record_of_text(line.data, line.len, why));
    assert_string_equal(why, "line 2: the record takes more than 1 GiB of memory");
    memo_free(&line);
}

/* Arrays in arrays: the parser's recursion is bounded. */
static void deep(void **state) {
    (void)state;
    enum { DEPTH = 100000 };
    memo line;
    assert_int_equal(memo_open(&line), 0);
    fputs(HEADER "{\"type\":\"x\",\"x\":", line.file);
    for (size_t i = 0; i < DEPTH; i++) putc('[', line.file);
    for (size_t i = 0; i < DEPTH; i++) putc(']', line.file);
    fputs("}\n", line.file);
    assert_int_equal(memo_close(&line), 0);
    char why[256];
    assert_null(record_of_text(line.data, line.len, why));
    assert_memory_equal(why, "line 2: no JSON: maximum parsing depth", 38);
    memo_free(&line);
}

/* ---- Writing ------------------------------------------------------------------------------------------- */

static void written(void **state) {
    (void)state;
    memo out;
    assert_int_equal(memo_open(&out), 0);
    json_t *line = json_pack("{s:s%}", "text", "a\0\xc3\xa9\xe2\x80\xae", (size_t)7);
    assert_int_equal(record_write_line(out.file, line), 0);
    assert_int_equal(record_write_line(out.file, NULL), -1);
    assert_int_equal(memo_close(&out), 0);
    assert_string_equal(out.data, "{\"text\":\"a\\u0000\\u00E9\\u202E\"}\n");
    memo_free(&out);
    FILE *full = fopen("/dev/full", "w");
    if (full) {
        assert_int_equal(record_write_line(full, line), -1);
        (void)fclose(full);
    }
    json_decref(line);
}

/* The sample, read and written, is the sample; and cut anywhere it is a record or a clear refusal. */
static void sample(void **state) {
    (void)state;
    record *rec = record_of_file(SAMPLE);
    assert_int_equal(json_array_size(rec->cases), 30);
    memo out;
    assert_int_equal(memo_open(&out), 0);
    assert_int_equal(record_write_line(out.file, rec->header), 0);
    for (size_t i = 0; i < 30; i++)
        assert_int_equal(record_write_line(out.file, json_array_get(rec->cases, i)), 0);
    assert_int_equal(record_write_line(out.file, rec->footer), 0);
    assert_int_equal(memo_close(&out), 0);
    record_free(rec);
    for (size_t len = 1; len < out.len; len += 1 + len / 37) {
        char why[256];
        rec = record_of_text(out.data, len, why);
        if (!rec) continue;
        assert_null(rec->footer);
        record_free(rec);
    }
    memo_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),   cmocka_unit_test(truncated), cmocka_unit_test(refused),
        cmocka_unit_test(nul),     cmocka_unit_test(bounded),   cmocka_unit_test(deep),
        cmocka_unit_test(written), cmocka_unit_test(sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
