/* SPDX-License-Identifier: MIT */
/* The record (JSON Lines, schema in reports/record.schema.json) and its renderers. Renderers are pure: a
   record in, text out; they read no clock, no environment and no file beside the record. Everything in a
   record that came from a peer is hostile and is escaped by each renderer for its own format. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* A record in memory. Owns its JSON. */
typedef struct record {
    json_t *header; /* object */
    json_t *cases;  /* array of case objects, in catalogue order */
    json_t *footer; /* object; NULL: the record is truncated, and every renderer says so */
} record;

/* Reads a record. Unknown keys are kept, unknown line types skipped. Returns NULL with a reason that names
   the line
   ("line 17: ..."). A missing footer is no error here. Bounded: 1 GiB of text, 64 MiB a line. */
record *record_read(FILE *file, char *error, size_t error_len);
void record_free(record *record);
/* Writes one line of a record (compact JSON, newline, flushed). Returns 0, or -1 with errno set. */
int record_write_line(FILE *file, const json_t *line);

/* Each renderer writes the whole of its format. Returns 0, or -1 with errno set. */
int report_json(const record *record, FILE *file); /* one JSON document: header, cases, footer, by area */
int report_junit(const record *record,
                 FILE *file); /* fail -> failure, trouble of the run -> error, unsupported -> skipped */
int report_html(const record *record, FILE *file); /* one self-contained page */

typedef struct report_terminal {
    FILE *file;
    bool colour;
    bool verbose;   /* also passes, one line each */
    bool quiet;     /* only the summary */
    unsigned width; /* columns; 0: 100 */
} report_terminal;
/* For a run in progress, in this order: header, each case as it is decided, footer with the summary by area.
 */
void report_terminal_header(const report_terminal *terminal, const json_t *header);
void report_terminal_case(const report_terminal *terminal, const json_t *header, const json_t *test);
void report_terminal_footer(const report_terminal *terminal, const record *record);

#endif
