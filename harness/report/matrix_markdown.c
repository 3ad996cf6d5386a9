/* SPDX-License-Identifier: MIT */
/* The matrix target by area as a table in Markdown, as GitHub and its like read it. */
#include <errno.h>

#include "report/markdown.h"
#include "report/matrix.h"

/* "P", or how many of how many are not. */
static void put_cell(FILE *file, const size_t totals[WORD_COUNT], size_t total) {
    word worst = totals_worst(totals);
    if (worst == WORD_COUNT)
        fputs(" - |", file);
    else if (totals[worst] == total)
        fprintf(file, worst == WORD_FAIL ? " **%c** %zu |" : " %c %zu |", words[worst].letter, total);
    else
        fprintf(file, worst == WORD_FAIL ? " **%c** %zu/%zu |" : " %c %zu/%zu |", words[worst].letter,
                totals[worst], total);
}

static void put_legend(FILE *file, const matrix *m) {
    bool used[WORD_COUNT] = {false}, incomplete = false;
    for (size_t t = 0; t < m->num_targets; t++) {
        for (word i = 0; i < WORD_COUNT; i++) used[i] = used[i] || m->digests[t]->totals[i] > 0;
        incomplete = incomplete || m->digests[t]->incomplete;
    }
    fputs("\nA cell names the worst verdict, and how many cases gave it of how many:", file);
    const char *before = " ";
    for (word i = 0; i < WORD_COUNT; i++) {
        if (!used[i]) continue;
        fprintf(file, "%s%c %s (%s)", before, words[i].letter, words[i].name, words[i].meaning);
        before = ", ";
    }
    fputs(incomplete ? ". (!) The run is incomplete.\n" : ".\n", file);
}

int report_matrix_markdown(const report_target *targets, size_t num_targets, FILE *file) {
    matrix *m = matrix_new(targets, num_targets);
    if (!m) {
        errno = ENOMEM;
        return -1;
    }
    fputs("| Target | All |", file);
    for (size_t a = 0; a < m->num_areas; a++) {
        putc(' ', file);
        markdown_text(file, m->areas[a], 0);
        fputs(" |", file);
    }
    fputs("\n|---|--:|", file);
    for (size_t a = 0; a < m->num_areas; a++) fputs("--:|", file);
    putc('\n', file);
    for (size_t t = 0; t < m->num_targets; t++) {
        static const size_t nothing[WORD_COUNT] = {0};
        const digest *d = m->digests[t];
        fputs("| ", file);
        markdown_text(file, matrix_name(m, t), 0);
        fputs(d->incomplete ? " (!) |" : " |", file);
        put_cell(file, d->totals, d->total);
        for (size_t a = 0; a < m->num_areas; a++) {
            const area_row *row = matrix_area(m, t, m->areas[a]);
            put_cell(file, row ? row->totals : nothing, row ? row->total : 0);
        }
        putc('\n', file);
    }
    put_legend(file, m);
    matrix_free(m);
    return fflush(file) == EOF || ferror(file) ? -1 : 0;
}
