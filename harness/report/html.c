/* SPDX-License-Identifier: MIT */
#include "report/html.h"
int report_html(const record *rec, FILE *file) {
    (void)rec;
    fputs(html_template, file);
    return 0;
}
