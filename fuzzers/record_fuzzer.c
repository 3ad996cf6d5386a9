/* SPDX-License-Identifier: MIT */
/* Records: a file is read or there is a reason that names the line; a record has what it must have, survives
   being written and read; every renderer gets to its end with it, and what it writes is of its format,
   however hostile the texts in it are. */
#include "fuzz.h"

#include "report/model.h"
#include "report/report.h"

static record *read_octets(const void *data, size_t len, char *error, size_t error_len) {
    uint8_t *copy = fuzz_copy(data, len);
    FILE *file = fmemopen(copy, len, "rb");
    if (file == NULL) abort();
    record *rec = record_read(file, error, error_len);
    (void)fclose(file);
    free(copy);
    return rec;
}

static void check_reason(const char *error) {
    ORACLE(strncmp(error, "line ", 5) == 0 && error[5] >= '1' && error[5] <= '9', "record-reason");
    for (const char *c = error; *c != '\0'; c++) ORACLE(*c >= ' ' && *c <= '~', "record-reason");
}

static void check_shape(const record *rec) {
    ORACLE(json_is_object(rec->header) && json_int(rec->header, "format") == 1, "record-header");
    ORACLE(json_is_array(rec->cases), "record-cases");
    ORACLE(rec->footer == NULL || json_is_object(rec->footer), "record-footer");
    for (size_t i = 0; i < json_array_size(rec->cases); i++) {
        const json_t *test = json_array_get(rec->cases, i);
        ORACLE(view_get(test, "id").len > 0, "record-cases");
        ORACLE(word_from_name(view_get(test, "verdict")) != WORD_COUNT, "record-cases");
    }
}

static void check_round_trip(const record *rec) {
    char *text = NULL, error[200];
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    if (file == NULL) abort();
    ORACLE(record_write_line(file, rec->header) == 0, "record-write");
    for (size_t i = 0; i < json_array_size(rec->cases); i++)
        ORACLE(record_write_line(file, json_array_get(rec->cases, i)) == 0, "record-write");
    if (rec->footer != NULL) ORACLE(record_write_line(file, rec->footer) == 0, "record-write");
    (void)fclose(file);
    for (size_t i = 0; i < len; i++)
        ORACLE(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'), "record-write-octets");
    record *again = read_octets(text, len, error, sizeof error);
    ORACLE(again != NULL, "record-round-trip");
    ORACLE(json_equal(again->header, rec->header) && json_equal(again->cases, rec->cases),
           "record-round-trip");
    ORACLE(rec->footer == NULL ? again->footer == NULL : json_equal(again->footer, rec->footer) == 1,
           "record-round-trip");
    record_free(again);
    free(text);
}

/* ---- Renderers ---- */

typedef enum format {
    FORMAT_TEXT, /* UTF-8 without control characters but line feeds */
    FORMAT_JSON  /* a JSON text */
} format;

typedef int render(const record *rec, FILE *file);

static int render_terminal(const record *rec, FILE *file) {
    report_terminal terminal = {.file = file, .verbose = true};
    report_terminal_header(&terminal, rec->header);
    for (size_t i = 0; i < json_array_size(rec->cases); i++) {
        report_terminal_case(&terminal, rec->header, json_array_get(rec->cases, i));
        report_terminal_log(&terminal, rec->header, json_array_get(rec->cases, i));
    }
    report_terminal_footer(&terminal, rec);
    return 0;
}

static const struct {
    render *run;
    format format;
} renderers[] = {
    {render_terminal, FORMAT_TEXT}, {report_tap, FORMAT_TEXT},         {report_junit, FORMAT_TEXT},
    {report_markdown, FORMAT_TEXT}, {report_annotations, FORMAT_TEXT}, {report_html, FORMAT_TEXT},
    {report_json, FORMAT_JSON},     {report_sarif, FORMAT_JSON},       {report_badge, FORMAT_JSON},
};

static void check_text(const char *text, size_t len) {
    wsc_utf8 utf8 = {0};
    ORACLE(wsc_utf8_push_plain(&utf8, (const uint8_t *)text, len) == len && wsc_utf8_complete(&utf8),
           "report-utf8");
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        ORACLE(c == '\n' || (c >= ' ' && c != 0x7F), "report-control");
        /* U+0080 to U+009F: a terminal may take them for the start of a command. */
        ORACLE(c != 0xC2 || i + 1 == len || (unsigned char)text[i + 1] >= 0xA0, "report-control");
    }
}

static void check_renderers(const record *rec) {
    for (size_t i = 0; i < sizeof renderers / sizeof *renderers; i++) {
        char *text = NULL;
        size_t len = 0;
        FILE *file = open_memstream(&text, &len);
        if (file == NULL) abort();
        ORACLE(renderers[i].run(rec, file) == 0, "report-code");
        (void)fclose(file);
        if (renderers[i].format == FORMAT_TEXT) {
            check_text(text, len);
        } else {
            json_t *tree = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
            ORACLE(json_is_object(tree), "report-json");
            json_decref(tree);
        }
        free(text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char error[200];
    if (size > FUZZ_MAX) return 0;
    record *rec = read_octets(data, size, error, sizeof error);
    if (rec == NULL) {
        check_reason(error);
        return 0;
    }
    ORACLE(error[0] == '\0', "record-reason");
    check_shape(rec);
    check_round_trip(rec);
    check_renderers(rec);
    record_free(rec);
    return 0;
}
