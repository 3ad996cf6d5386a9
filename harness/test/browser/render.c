/* SPDX-License-Identifier: MIT */
/* Renders the record on standard input: report_render json|junit|html|terminal [width [colour]]. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"

static int render_terminal(const record *rec, unsigned width, bool colour) {
    report_terminal terminal = {.file = stdout, .width = width, .colour = colour};
    report_terminal_header(&terminal, rec->header);
    for (size_t i = 0; i < json_array_size(rec->cases); i++) {
        report_terminal_case(&terminal, rec->header, json_array_get(rec->cases, i));
    }
    report_terminal_footer(&terminal, rec);
    return ferror(stdout) ? -1 : 0;
}

int main(int argc, char **argv) {
    char error[200];
    const char *format = argc > 1 ? argv[1] : "";
    record *rec = record_read(stdin, error, sizeof error);
    if (!rec) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    int result = 2;
    if (!strcmp(format, "json"))
        result = report_json(rec, stdout);
    else if (!strcmp(format, "junit"))
        result = report_junit(rec, stdout);
    else if (!strcmp(format, "html"))
        result = report_html(rec, stdout);
    else if (!strcmp(format, "terminal"))
        result = render_terminal(rec, argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0, argc > 3);
    record_free(rec);
    return result == 0 ? 0 : 1;
}
