/* SPDX-License-Identifier: MIT */
/* Markdown as GitHub and its like read it. */
#ifndef REPORT_MARKDOWN_H
#define REPORT_MARKDOWN_H

#include "report/model.h"

/* Visible text in which nothing is markup, at most `max` octets of it (0: all); what is cut off is told by
   "...". Line feeds become spaces. */
void markdown_text(FILE *file, view text, size_t max);

#endif
