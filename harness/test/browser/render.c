/* SPDX-License-Identifier: MIT */
/* Renders the record on standard input: report_render json|junit|html|terminal [width [colour]]; or the
   records of several targets side by side: report_render matrix NAME FILE PAGE [NAME FILE PAGE]... */
#include <stdint.h>
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

static int render_matrix(int argc, char **argv) {
    enum { MAX = 64 };
    report_target targets[MAX];
    size_t num = 0;
    int result = 1;
    for (int i = 0; i + 2 < argc && num < MAX; i += 3) {
        char error[200];
        FILE *file = fopen(argv[i + 1], "r");
        record *rec = file ? record_read(file, error, sizeof error) : NULL;
        if (file) fclose(file);
        if (!rec) goto finish;
        targets[num++] = (report_target){argv[i], rec, *argv[i + 2] ? argv[i + 2] : NULL};
    }
    result = report_matrix_html(targets, num, stdout) == 0 ? 0 : 1;
finish:
    while (num > 0) record_free((record *)(uintptr_t)targets[--num].record);
    return result;
}

int main(int argc, char **argv) {
    char error[200];
    const char *format = argc > 1 ? argv[1] : "";
    if (!strcmp(format, "matrix")) return render_matrix(argc - 2, argv + 2);
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
