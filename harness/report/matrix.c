/* SPDX-License-Identifier: MIT */
#include "report/matrix.h"

#include <stdlib.h>
#include <string.h>

static bool same(view a, view b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* ---- Collecting ---------------------------------------------------------------------------------------- */

/* Each id of a case with its number among the rows: in `index`, a JSON object, and counted in m->num_rows.
   Names with a NUL share one row with their beginning. */
static int collect_ids(matrix *m, json_t *index) {
    for (size_t t = 0; t < m->num_targets; t++) {
        const record *rec = m->targets[t].record;
        for (size_t i = 0; i < json_array_size(rec->cases); i++) {
            const char *id = json_text(json_array_get(rec->cases, i), "id");
            if (json_object_get(index, id)) continue;
            if (json_object_set_new_nocheck(index, id, json_integer((json_int_t)m->num_rows)) < 0) return -1;
            m->num_rows++;
        }
    }
    return 0;
}

static void take_test(matrix *m, const json_t *index, const json_t *test, size_t target) {
    size_t at = (size_t)json_integer_value(json_object_get(index, json_text(test, "id")));
    matrix_row *row = &m->rows[at];
    word verdict = case_word(test);
    if (row->id.len == 0) {
        row->id = view_get(test, "id");
        row->area = case_area(test);
        row->worst = WORD_COUNT;
    }
    const json_t **place = &row->tests[target];
    if (!*place || word_worse(case_word(*place), verdict) == verdict) *place = test;
    row->worst = word_worse(row->worst, verdict);
}

static size_t area_number(const matrix *m, view area) {
    size_t number = 0;
    while (number < m->num_areas && !same(m->areas[number], area)) number++;
    return number;
}

/* Areas are few in any real record; a hostile one may name one a case. */
#define AREAS_MAX 1024

static int collect_areas(matrix *m) {
    m->areas = calloc(AREAS_MAX, sizeof *m->areas);
    if (!m->areas) return -1;
    for (size_t i = 0; i < m->num_rows; i++) {
        if (m->num_areas < AREAS_MAX && area_number(m, m->rows[i].area) == m->num_areas)
            m->areas[m->num_areas++] = m->rows[i].area;
    }
    return 0;
}

/* Sorts rows by area and keeps their order within it. */
static int sort_rows(matrix *m) {
    matrix_row *sorted = calloc(m->num_rows + 1, sizeof *sorted);
    size_t *next = calloc(m->num_areas + 2, sizeof *next), *number = calloc(m->num_rows + 1, sizeof *number);
    bool good = sorted && next && number;
    for (size_t i = 0; good && i < m->num_rows; i++) {
        number[i] = area_number(m, m->rows[i].area);
        next[number[i] + 1]++;
    }
    for (size_t a = 1; good && a <= m->num_areas; a++) next[a] += next[a - 1];
    for (size_t i = 0; good && i < m->num_rows; i++) sorted[next[number[i]]++] = m->rows[i];
    free(next);
    free(number);
    if (!good) {
        free(sorted);
        return -1;
    }
    free(m->rows);
    m->rows = sorted;
    return 0;
}

static int fill(matrix *m, json_t *index) {
    m->digests = calloc(m->num_targets + 1, sizeof *m->digests);
    if (!m->digests || !index || collect_ids(m, index) < 0) return -1;
    for (size_t t = 0; t < m->num_targets; t++) {
        m->digests[t] = digest_new(m->targets[t].record);
        if (!m->digests[t]) return -1;
    }
    m->rows = calloc(m->num_rows + 1, sizeof *m->rows);
    m->tests = calloc(m->num_rows + 1, (m->num_targets + 1) * sizeof *m->tests);
    if (!m->rows || !m->tests) return -1;
    for (size_t i = 0; i < m->num_rows; i++) m->rows[i].tests = m->tests + i * m->num_targets;
    for (size_t t = 0; t < m->num_targets; t++) {
        const record *rec = m->targets[t].record;
        for (size_t i = 0; i < json_array_size(rec->cases); i++)
            take_test(m, index, json_array_get(rec->cases, i), t);
    }
    return collect_areas(m) < 0 || sort_rows(m) < 0 ? -1 : 0;
}

matrix *matrix_new(const report_target *targets, size_t num_targets) {
    matrix *m = calloc(1, sizeof *m);
    if (!m) return NULL;
    m->targets = targets;
    m->num_targets = num_targets;
    json_t *index = json_object();
    int result = fill(m, index);
    json_decref(index);
    if (result == 0) return m;
    matrix_free(m);
    return NULL;
}

void matrix_free(matrix *m) {
    if (!m) return;
    for (size_t t = 0; m->digests && t < m->num_targets; t++) digest_free(m->digests[t]);
    free(m->digests);
    free(m->areas);
    free(m->rows);
    free(m->tests);
    free(m);
}

/* ---- Asking -------------------------------------------------------------------------------------------- */

view matrix_name(const matrix *m, size_t target) {
    const report_target *one = &m->targets[target];
    return one->name && *one->name ? (view){one->name, strlen(one->name)}
                                   : header_target(one->record->header);
}

word matrix_word(const matrix_row *row, size_t target) {
    return row->tests[target] ? case_word(row->tests[target]) : WORD_COUNT;
}

const area_row *matrix_area(const matrix *m, size_t target, view area) {
    const digest *d = m->digests[target];
    for (size_t i = 0; i < d->num_areas; i++)
        if (same(d->areas[i].name, area)) return &d->areas[i];
    return NULL;
}

word totals_worst(const size_t totals[WORD_COUNT]) {
    word worst = WORD_COUNT;
    for (word i = 0; i < WORD_COUNT; i++)
        if (totals[i] > 0) worst = word_worse(worst, i);
    return worst;
}
