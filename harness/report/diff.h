/* SPDX-License-Identifier: MIT */
/* Two records of one target: what changed between them. */
#ifndef REPORT_DIFF_H
#define REPORT_DIFF_H

#include "report/gate.h"
#include "report/matrix.h"

/* In the order in which they are told. */
typedef enum diff_kind {
    DIFF_REGRESSED, /* red now, or not judged any more, and was better before; or it is missing although the
                       catalogue is the same */
    DIFF_WORSE,     /* a worse verdict that is not red */
    DIFF_MENDED,    /* was red, and is not any more */
    DIFF_BETTER,    /* a better verdict */
    DIFF_NEW,       /* not in the old record */
    DIFF_GONE,      /* not in the new record, of another catalogue */
    DIFF_SAME
} diff_kind;

typedef struct diff {
    report_target targets[2];
    matrix *m;        /* of two targets: old and new */
    diff_kind *kinds; /* of each row of m */
    size_t num[DIFF_SAME + 1];
    size_t num_new_red; /* of the new ones */
    bool same_catalogue;
} diff;

/* targets: the old record and the new one, whose records and names are borrowed. g says what is red, by
   verdicts and attempts; marks of a baseline in the records do not count. Returns NULL without memory. */
diff *diff_new(const report_target targets[2], const gate *g);
void diff_free(diff *d);

/* "Regressions", ... */
const char *diff_title(diff_kind kind);
/* One sentence that tells the numbers, in visible text. */
void diff_sentence(const diff *d, FILE *file);
/* Whether the new record tells less than it should: it is cut short, or its run is incomplete. */
bool diff_incomplete(const diff *d);

/* Each writes the whole of its format. Returns 0, or -1 with errno set. */
int report_diff_terminal(const diff *d, const report_terminal *terminal);
int report_diff_markdown(const diff *d, FILE *file);
int report_diff_html(const diff *d, FILE *file);

#endif
