/* SPDX-License-Identifier: MIT */
/* Parts of the HTML report. All of them write markup; strings of the record go through text_put with
   TEXT_MARKUP. Classes of verdicts are "v" and the verdict's letter.

   What stands inside of cases and of groups of requirements is wrapped in <noscript>: a browser without
   script shows it as it is, and one with script keeps it as text, which costs next to nothing, until the
   reader opens it. So pages of thousands of cases open at once. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "report/model.h"

/* reports/template.html and matrix.html, each with style, script and content security policy filled in; other
   slots are written {{name}}. */
extern const char html_template[], html_matrix[];

/* Writes a template: `put` writes each slot. Returns 0, or -1 as soon as `put` does. */
int html_fill(FILE *file, const char *template, int (*put)(const void *user, view slot), const void *user);

/* One page being written. */
typedef struct html_page {
    FILE *file;
    const record *rec;
    const digest *digest;
    char **anchors; /* of the cases: visible text, unique in the page */
} html_page;

void html_text(FILE *file, view text);
/* The same for octets of a peer. */
void html_octets(FILE *file, view text);
/* <a href="#anchor">: opens a link inside the page. */
void html_link(FILE *file, const char *anchor);
/* A link to the section that a requirement stands in, for the reader to follow; text alone if it has none. */
void html_section(FILE *file, const json_t *requirement);
/* What stands behind # in an address: octets that are not plain there are written as %XX. */
void html_fragment(FILE *file, view anchor);
/* A requirement: statement, section, level, and its id, on request as a link to its place in the page. entry
   may be NULL. */
void html_requirement(FILE *file, const json_t *entry, view id, bool link);
/* A bar of verdicts in proportion; nothing for a total of 0. */
void html_bar(FILE *file, const size_t totals[WORD_COUNT], size_t total);
/* The coloured letter of a verdict, and the letter with its word. */
void html_letter(FILE *file, word verdict);
void html_badge(FILE *file, word verdict);

/* The matrix of requirements, in groups. Returns 0, or -1 without memory. */
int html_requirements(const html_page *page);
/* A case with all its evidence. */
void html_case(const html_page *page, size_t index);
/* What went over the connection, as a sequence diagram. */
void html_wire(FILE *file, const json_t *header, const json_t *wire);

#endif
