/* SPDX-License-Identifier: MIT */
/* Several targets side by side: which cases and areas their records know, and what each gave. */
#ifndef REPORT_MATRIX_H
#define REPORT_MATRIX_H

#include "report/model.h"

/* A case of any of the records. */
typedef struct matrix_row {
    view id, area;
    /* Of each target: its line of the record, the worst one if it ran several times; NULL: none. */
    const json_t **tests;
    word worst; /* of all targets */
} matrix_row;

typedef struct matrix {
    const report_target *targets;
    size_t num_targets;
    digest **digests; /* of each target */
    view *areas;      /* in the order in which the records name them */
    size_t num_areas;
    matrix_row *rows; /* area by area, in the order of the records */
    size_t num_rows;
    const json_t **tests; /* what the rows point into */
} matrix;

/* Borrows the targets and their records. Returns NULL without memory. */
matrix *matrix_new(const report_target *targets, size_t num_targets);
void matrix_free(matrix *m);

view matrix_name(const matrix *m, size_t target);
/* Verdict that a target gave for a row: WORD_COUNT if its record has no such case. */
word matrix_word(const matrix_row *row, size_t target);
/* Counts of a target in an area; NULL if its record has no case of it. */
const area_row *matrix_area(const matrix *m, size_t target, view area);
/* The worst verdict that occurs in counts; WORD_COUNT if none does. */
word totals_worst(const size_t totals[WORD_COUNT]);

#endif
