/* SPDX-License-Identifier: MIT */
/* A case explained in words, as the terminal and JUnit show it. */
#ifndef REPORT_EXPLAIN_H
#define REPORT_EXPLAIN_H

#include "report/model.h"

/* Text in memory: open, write to file, close; then data holds what was written. Open returns 0, or -1 without
   memory (file is NULL then). Close returns 0, or -1 (data is NULL then). Free after either. */
typedef struct memo {
    FILE *file;
    char *data;
    size_t len;
} memo;
int memo_open(memo *m);
int memo_close(memo *m);
void memo_free(memo *m);

typedef struct report_pen {
    FILE *file;
    bool colour;
    unsigned width; /* columns; 0: lines are not broken */
} report_pen;

/* Attributes of the terminal for text of one kind; both write nothing without colour. */
typedef enum tint {
    TINT_BOLD,
    TINT_DIM,
    TINT_GOOD,
    TINT_MIDDLING,
    TINT_NOTABLE,
    TINT_BAD,
    TINT_TROUBLE
} tint;
void pen_begin(const report_pen *pen, tint kind);
void pen_end(const report_pen *pen);
tint word_tint(word verdict);

/* Writes (not yet visible) text, wrapped, from column `indent` on. */
void pen_text(const report_pen *pen, unsigned indent, view text, unsigned flags);

/* "6455-5.2-2, RFC 6455 section 5.2 (MUST)". */
void explain_requirement(FILE *file, const json_t *header, view id);
/* "RFC 6455 section 5.2"; nothing if the entry does not say. */
void explain_section(FILE *file, const json_t *entry);

/* "fail or timeout: REASON, LINK": what the baseline expects of a case that it marked. */
void explain_baseline(FILE *file, const json_t *mark);
/* Sentences about what the gate found in the whole run, each with whether it turns the run red. None if there
   were no rules. */
void explain_gate(const record *rec, void (*sentence)(void *user, bool red, const char *text), void *user);

/* All that a reader needs to understand why a case is no pass: title, requirements, what was expected and
   seen, problems, why, rulings, notes, and the command that runs it again. Lines end with a line feed. */
void explain_case(const report_pen *pen, const json_t *header, const json_t *test);

#endif
