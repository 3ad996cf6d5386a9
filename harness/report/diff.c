/* SPDX-License-Identifier: MIT */
#include "report/diff.h"

#include <stdlib.h>
#include <string.h>

/* 0: judged and not red, 1: not judged, 2: red. */
static int rank_of(const gate *g, const json_t *test) {
    word verdict = case_word(test);
    if (gate_fails(g, test)) return 2;
    return verdict == WORD_UNSUPPORTED || words[verdict].trouble ? 1 : 0;
}

static diff_kind kind_of(const diff *d, const gate *g, const matrix_row *row) {
    const json_t *old = row->tests[0], *new = row->tests[1];
    if (!old) return DIFF_NEW;
    if (!new) return d->same_catalogue && rank_of(g, old) == 0 ? DIFF_REGRESSED : DIFF_GONE;
    int before = rank_of(g, old), after = rank_of(g, new);
    word was = case_word(old), is = case_word(new);
    if (after > before) return DIFF_REGRESSED;
    if (after < before) return before == 2 ? DIFF_MENDED : DIFF_BETTER;
    if (was == is) return DIFF_SAME;
    return words[is].severity > words[was].severity ? DIFF_WORSE : DIFF_BETTER;
}

diff *diff_new(const report_target targets[2], const gate *g) {
    diff *d = calloc(1, sizeof *d);
    if (d) {
        memcpy(d->targets, targets, sizeof d->targets);
        d->m = matrix_new(d->targets, 2);
    }
    if (d && d->m) d->kinds = calloc(d->m->num_rows + 1, sizeof *d->kinds);
    if (!d || !d->m || !d->kinds) {
        diff_free(d);
        return NULL;
    }
    view old = header_catalogue(targets[0].record->header), new = header_catalogue(targets[1].record->header);
    d->same_catalogue = old.len == new.len &&memcmp(old.data, new.data, old.len) == 0;
    for (size_t r = 0; r < d->m->num_rows; r++) {
        const matrix_row *row = &d->m->rows[r];
        d->kinds[r] = kind_of(d, g, row);
        d->num[d->kinds[r]]++;
        if (d->kinds[r] == DIFF_NEW) d->num_new_red += rank_of(g, row->tests[1]) == 2;
    }
    return d;
}

void diff_free(diff *d) {
    if (!d) return;
    matrix_free(d->m);
    free(d->kinds);
    free(d);
}

const char *diff_title(diff_kind kind) {
    static const char *const titles[] = {"Regressions", "Worse", "Mended",  "Better",
                                         "New",         "Gone",  "The same"};
    return titles[kind];
}

bool diff_incomplete(const diff *d) {
    return d->m->digests[1]->incomplete;
}

void diff_sentence(const diff *d, FILE *file) {
    static const char *const one[] = {"regression", "worse", "mended", "better", "new", "gone"};
    size_t told = 0;
    for (diff_kind kind = 0; kind < DIFF_SAME; kind++) {
        if (d->num[kind] == 0 && kind != DIFF_REGRESSED) continue;
        if (told++) fputs(", ", file);
        if (kind == DIFF_REGRESSED && d->num[kind] == 0)
            fputs("No regression", file);
        else
            fprintf(file, "%zu %s%s", d->num[kind], one[kind],
                    kind == DIFF_REGRESSED && d->num[kind] != 1 ? "s" : "");
        if (kind == DIFF_NEW && d->num_new_red) fprintf(file, " (%zu of them red)", d->num_new_red);
    }
    fprintf(file, "; %zu the same.", d->num[DIFF_SAME]);
}
