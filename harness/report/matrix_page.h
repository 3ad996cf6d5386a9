/* SPDX-License-Identifier: MIT */
/* The page of several records side by side (matrix_html.c), which that of a difference is made of too. */
#ifndef REPORT_MATRIX_PAGE_H
#define REPORT_MATRIX_PAGE_H

#include "report/diff.h"
#include "report/html.h"
#include "report/matrix.h"

typedef struct side_by_side {
    FILE *file;
    const matrix *m;
    const diff *diff;   /* NULL: all cases, by area; else those that changed, by what became of them */
    const size_t *rows; /* of m, those that are shown, in order */
    size_t num_rows;
} side_by_side;

/* Writes the whole page. Returns 0, or -1 with errno set. */
int matrix_page_write(const side_by_side *page);

/* Head and summary of a difference (diff_html.c). */
void diff_page_head(const side_by_side *page);
void diff_page_summary(const side_by_side *page);

#endif
