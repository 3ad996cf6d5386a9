/* SPDX-License-Identifier: MIT */
/* The matrix of requirements: each with the worst verdict that its cases gave, and with its cases. */
#include <stdlib.h>
#include <string.h>

#include "report/explain.h"
#include "report/html.h"

static void put_citations(const html_page *page, const requirement_row *row) {
    FILE *file = page->file;
    fprintf(file, "<details><summary>%zu case%s</summary><ul>", row->num_cases,
            row->num_cases == 1 ? "" : "s");
    for (size_t i = 0; i < row->num_cases; i++) {
        fputs("<li>", file);
        html_letter(file, row->cases[i].word);
        putc(' ', file);
        html_link(file, page->anchors[row->cases[i].index]);
        html_text(file, view_get(json_array_get(page->rec->cases, row->cases[i].index), "id"));
        fputs("</a></li>", file);
    }
    fputs("</ul></details>", file);
}

static void put_requirement(const html_page *page, const requirement_row *row) {
    FILE *file = page->file;
    fprintf(file, "<tr class=v%c id=\"req:", row->worst < WORD_COUNT ? words[row->worst].letter : '0');
    html_text(file, row->id);
    fputs("\"><td>", file);
    if (row->worst < WORD_COUNT) html_badge(file, row->worst);
    fputs("</td><th scope=row>", file);
    html_text(file, row->id);
    fputs("</th><td>", file);
    html_section(file, row->entry);
    fputs("</td><td><small>", file);
    html_text(file, view_get(row->entry, "level"));
    fputs("</small> ", file);
    html_text(file, view_get(row->entry, "statement"));
    fputs("</td><td>", file);
    if (row->num_cases > 0)
        put_citations(page, row);
    else
        fputs("no case", file);
    fputs("</td></tr>\n", file);
}

static bool same_rfc(const requirement_row *a, const requirement_row *b) {
    view left = view_get(a->entry, "rfc"), right = view_get(b->entry, "rfc");
    return left.len == right.len && memcmp(left.data, right.data, left.len) == 0;
}

static void put_group_name(FILE *file, view rfc) {
    bool numbered = rfc.len > 0 && rfc.data[0] >= '0' && rfc.data[0] <= '9';
    if (numbered) fputs("RFC ", file);
    html_text(file, rfc.len > 0 ? rfc : (view){"Others", 6});
}

static void group_head(FILE *file, const requirement_row *const *rows, size_t num) {
    size_t totals[WORD_COUNT + 1] = {0};
    for (size_t i = 0; i < num; i++) totals[rows[i]->worst]++;
    view rfc = view_get(rows[0]->entry, "rfc");
    fputs("<details class=rfc><summary><h3>", file);
    put_group_name(file, rfc);
    fprintf(file, " <small>%zu requirement%s</small></h3>", num, num == 1 ? "" : "s");
    for (word i = 0; i < WORD_COUNT; i++) {
        if (totals[i] == 0) continue;
        fprintf(file, " <span class=\"b v%c\"><b>%c</b> %zu %s</span>", words[i].letter, words[i].letter,
                totals[i], words[i].name);
    }
    fputs("</summary><noscript><div class=scroll tabindex=0 role=region aria-label=\"Requirements of ", file);
    put_group_name(file, rfc);
    fputs("\"><table class=reqtable><thead><tr><th scope=col>Worst</th><th scope=col>Id</th>"
          "<th scope=col>Section</th><th scope=col>Statement</th><th "
          "scope=col>Cases</th></tr></thead><tbody>\n",
          file);
}

int html_requirements(const html_page *page) {
    const digest *d = page->digest;
    const requirement_row **rows = digest_by_section(d);
    if (!rows) return -1;
    for (size_t from = 0, to; from < d->num_requirements; from = to) {
        for (to = from + 1; to < d->num_requirements && same_rfc(rows[from], rows[to]); to++) {}
        group_head(page->file, rows + from, to - from);
        for (size_t i = from; i < to; i++) put_requirement(page, rows[i]);
        fputs("</tbody></table></div></noscript></details>\n", page->file);
    }
    free(rows);
    return 0;
}
