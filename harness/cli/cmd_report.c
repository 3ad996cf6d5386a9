/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "cli/output.h"

static int exit_code_of(const record *r) {
    if (!r->footer) return EXIT_TARGET;
    json_int_t code = json_integer_value(json_object_get(r->footer, "exit_code"));
    return code >= EXIT_OK && code <= EXIT_HARNESS ? (int)code : EXIT_HARNESS;
}

static void print(const cli_options *options, const record *r) {
    report_terminal terminal = {.file = stdout,
                                .colour = cli_colour(options, stdout),
                                .verbose = options->verbose,
                                .quiet = options->quiet};
    report_terminal_header(&terminal, r->header);
    size_t i;
    json_t *test;
    json_array_foreach(r->cases, i, test) report_terminal_case(&terminal, r->header, test);
    report_terminal_footer(&terminal, r);
}

int cmd_report(const cli_options *options) {
    if (options->words.num != 1) return cli_usage_error("wsconform report needs one record (FILE.jsonl)");
    const char *path = options->words.items[0];
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (!file) return cli_usage_error("cannot read %s: %s", path, strerror(errno));
    char why[256];
    record *r = record_read(file, why, sizeof why);
    if (file != stdin) fclose(file);
    if (!r) return cli_usage_error("%s is no record: %s", path, why);
    outputs out;
    int code = outputs_open(&out, options, 0);
    if (!code) {
        bool wanted = out.json.file || out.html.file || out.junit.file;
        if (!wanted) print(options, r);
        code = outputs_finish(&out, r);
        if (!r->footer) fprintf(stderr, "wsconform: %s was cut short\n", path);
        if (!code) code = exit_code_of(r);
    }
    record_free(r);
    return code;
}
