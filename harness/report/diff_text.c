/* SPDX-License-Identifier: MIT */
/* What changed between two records, for the terminal and as Markdown. */
#include <errno.h>
#include <string.h>

#include "report/diff.h"
#include "report/explain.h"
#include "report/markdown.h"

static view word_view(const json_t *test) {
    const char *name = test ? words[case_word(test)].name : "missing";
    return (view){name, strlen(name)};
}

static const json_t *either(const matrix_row *row) {
    return row->tests[1] ? row->tests[1] : row->tests[0];
}

/* Why it is as it is now. */
static view reason_of(const matrix_row *row) {
    const json_t *test = either(row);
    view why = view_get(test, "why");
    if (case_word(test) == WORD_PASS || !row->tests[1]) return view_get(test, "title");
    if (why.len == 0) why = view_get(test, "seen");
    return why.len > 0 ? why : view_get(test, "title");
}

/* ---- Terminal ------------------------------------------------------------------------------------------ */

static void put_row(const report_pen *pen, const matrix_row *row) {
    const json_t *test = either(row);
    word now = row->tests[1] ? case_word(test) : WORD_NOT_RUN;
    fputs("  ", pen->file);
    pen_begin(pen, word_tint(now));
    view_put(pen->file, word_view(row->tests[1]), 0);
    pen_end(pen);
    if (row->tests[0]) {
        fputs(", was ", pen->file);
        view_put(pen->file, word_view(row->tests[0]), 0);
    }
    fputs("  ", pen->file);
    pen_begin(pen, TINT_BOLD);
    view_put(pen->file, row->id, 0);
    pen_end(pen);
    fputs("\n      ", pen->file);
    pen_text(pen, 6, reason_of(row), 0);
    putc('\n', pen->file);
}

static void put_group(const diff *d, const report_pen *pen, diff_kind kind) {
    fputs("\n", pen->file);
    pen_begin(pen, TINT_BOLD);
    fprintf(pen->file, "%s: %zu", diff_title(kind), d->num[kind]);
    pen_end(pen);
    putc('\n', pen->file);
    for (size_t r = 0; r < d->m->num_rows; r++)
        if (d->kinds[r] == kind) put_row(pen, &d->m->rows[r]);
}

int report_diff_terminal(const diff *d, const report_terminal *terminal) {
    unsigned width = terminal->width ? terminal->width : 100;
    report_pen pen = {terminal->file, terminal->colour, width < 40 ? 40 : width};
    static const char *const names[] = {"old", "new"};
    for (size_t t = 0; t < 2 && !terminal->quiet; t++) {
        const json_t *header = d->m->targets[t].record->header;
        memo out;
        if (memo_open(&out) == 0) {
            fprintf(out.file, "%s: ", names[t]);
            view_put(out.file, matrix_name(d->m, t), 0);
            fputs(", ", out.file);
            view_put(out.file, view_get(header, "started"), 0);
            fputs(", catalogue ", out.file);
            view_put(out.file, header_catalogue(header), 0);
        }
        if (memo_close(&out) == 0) {
            pen_text(&pen, 5, (view){out.data, out.len}, 0);
            putc('\n', pen.file);
        }
        memo_free(&out);
    }
    for (diff_kind kind = 0; kind < DIFF_SAME && !terminal->quiet; kind++) {
        if (d->num[kind] == 0 || (kind >= DIFF_NEW && !terminal->verbose)) continue;
        put_group(d, &pen, kind);
    }
    if (!terminal->quiet) putc('\n', pen.file);
    if (diff_incomplete(d)) {
        pen_begin(&pen, TINT_BAD);
        fputs("The new run is incomplete: ", pen.file);
        pen_text(&pen, 0, (view){d->m->digests[1]->lack, strlen(d->m->digests[1]->lack)}, 0);
        pen_end(&pen);
        putc('\n', pen.file);
    }
    pen_begin(&pen, d->num[DIFF_REGRESSED] ? TINT_BAD : TINT_GOOD);
    diff_sentence(d, pen.file);
    pen_end(&pen);
    putc('\n', pen.file);
    return fflush(pen.file) == EOF || ferror(pen.file) ? -1 : 0;
}

/* ---- Markdown ------------------------------------------------------------------------------------------ */

/* Comments and step summaries hold so much at most that a few hundred rows are for them. */
#define ROWS_MAX 200

static void put_table(const diff *d, FILE *file, diff_kind kind) {
    size_t told = 0;
    fprintf(file, "\n### %s: %zu\n\n| Case | Old | New | |\n|---|---|---|---|\n", diff_title(kind),
            d->num[kind]);
    for (size_t r = 0; r < d->m->num_rows && told < ROWS_MAX; r++) {
        const matrix_row *row = &d->m->rows[r];
        if (d->kinds[r] != kind) continue;
        told++;
        fputs("| ", file);
        markdown_text(file, row->id, 200);
        fputs(" | ", file);
        markdown_text(file, word_view(row->tests[0]), 0);
        fputs(" | ", file);
        markdown_text(file, word_view(row->tests[1]), 0);
        fputs(" | ", file);
        markdown_text(file, reason_of(row), 300);
        fputs(" |\n", file);
    }
    if (d->num[kind] > ROWS_MAX) fprintf(file, "\nand %zu more\n", d->num[kind] - ROWS_MAX);
}

int report_diff_markdown(const diff *d, FILE *file) {
    fputs(d->num[DIFF_REGRESSED] ? "**" : "", file);
    diff_sentence(d, file);
    fputs(d->num[DIFF_REGRESSED] ? "**\n" : "\n", file);
    if (diff_incomplete(d)) fprintf(file, "\n**The new run is incomplete.** %s\n", d->m->digests[1]->lack);
    if (!d->same_catalogue) fputs("\nThe catalogues differ.\n", file);
    for (diff_kind kind = 0; kind < DIFF_SAME; kind++)
        if (d->num[kind] > 0) put_table(d, file, kind);
    return fflush(file) == EOF || ferror(file) ? -1 : 0;
}
