/* SPDX-License-Identifier: MIT */
/* What changed between two records, on the page of records side by side. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/matrix_page.h"

void diff_page_head(const side_by_side *page) {
    FILE *file = page->file;
    const matrix *m = page->m;
    const json_t *new = m->targets[1].record->header;
    fputs("<p class=kicker>wsconform ", file);
    html_text(file, view_get(new, "version"));
    fputs(" &middot; what changed</p>\n<h1>", file);
    html_text(file, header_target(new));
    fputs("</h1>\n<dl class=meta>", file);
    static const char *const names[] = {"Old", "New"};
    for (size_t t = 0; t < 2; t++) {
        const json_t *header = m->targets[t].record->header;
        fprintf(file, "<div><dt>%s</dt><dd>", names[t]);
        html_text(file, matrix_name(m, t));
        fputs(", ", file);
        html_text(file, view_get(header, "started"));
        fputs(", catalogue ", file);
        html_text(file, header_catalogue(header));
        fputs("</dd></div>", file);
    }
    fputs("</dl>", file);
}

void diff_page_summary(const side_by_side *page) {
    FILE *file = page->file;
    const diff *d = page->diff;
    fprintf(file, "<p class=verdict><strong class=v%c>", d->num[DIFF_REGRESSED] ? 'F' : 'P');
    diff_sentence(d, file);
    fputs("</strong></p>\n<ul class=totals>\n", file);
    for (diff_kind kind = 0; kind < DIFF_SAME; kind++) {
        if (d->num[kind] == 0) continue;
        char letter = kind == DIFF_REGRESSED ? 'F' : kind == DIFF_WORSE ? 'L' : kind >= DIFF_NEW ? 'U' : 'P';
        fprintf(file, "<li class=v%c><b>%zu</b> <a href=\"#area:%s\">%s</a></li>\n", letter, d->num[kind],
                diff_title(kind), diff_title(kind));
    }
    fputs("</ul>\n", file);
}

int report_diff_html(const diff *d, FILE *file) {
    size_t *rows = calloc(d->m->num_rows + 1, sizeof *rows), num = 0;
    if (!rows) {
        errno = ENOMEM;
        return -1;
    }
    for (diff_kind kind = 0; kind < DIFF_SAME; kind++)
        for (size_t r = 0; r < d->m->num_rows; r++)
            if (d->kinds[r] == kind) rows[num++] = r;
    side_by_side page = {.file = file, .m = d->m, .diff = d, .rows = rows, .num_rows = num};
    int result = matrix_page_write(&page);
    free(rows);
    return result;
}
