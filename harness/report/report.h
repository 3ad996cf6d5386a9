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

/* Reads a record up to the end of the file. Unknown keys are kept, unknown line types skipped. A missing
   footer is no error here, nor is a last line that breaks off behind a header: what came before it is the
   record of a run that was cut short. Returns NULL with a reason in ASCII that names the line ("line 17:
   ...") if the file is anything else, or takes too much: a line is at most 64 MiB, and all values together at
   most 1 GiB of memory (estimated; a run takes about 30 KiB a case). The caller frees the record, and closes
   the file. */
record *record_read(FILE *file, char *error, size_t error_len);
void record_free(record *record);
/* Writes one line of a record (compact JSON, newline, flushed). Returns 0, or -1 with errno set. */
int record_write_line(FILE *file, const json_t *line);

/* Each renderer writes the whole of its format. Returns 0, or -1 with errno set. */
int report_json(const record *record, FILE *file); /* one JSON document: header, cases, footer, by area */
int report_junit(const record *record,
                 FILE *file); /* fail -> failure, trouble of the run -> error, unsupported -> skipped */
int report_html(const record *record, FILE *file); /* one self-contained page */
int report_tap(const record *record, FILE *file);  /* TAP; what the baseline expects is a TODO */
int report_sarif(const record *record,
                 FILE *file); /* SARIF 2.1.0: what is red, and, suppressed, what the baseline expects */
int report_badge(const record *record, FILE *file);    /* the endpoint of a badge */
int report_markdown(const record *record, FILE *file); /* a summary, at most some 100 KiB */
int report_annotations(const record *record,
                       FILE *file); /* at most ten commands ::error of GitHub, by area */

/* One of several targets side by side. All is borrowed. */
typedef struct report_target {
    const char *name; /* NULL or "": as the record names it */
    const record *record;
    const char *page; /* address of its own HTML report, relative to that of all; NULL: none */
} report_target;

/* Targets by area, and in HTML case by case; see above for what they return. */
int report_matrix_html(const report_target *targets, size_t num_targets, FILE *file);
int report_matrix_markdown(const report_target *targets, size_t num_targets, FILE *file);

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
/* One case whole, whatever its verdict: its attempts, and the wire log as far as the record has it, octet for
   octet. */
void report_terminal_log(const report_terminal *terminal, const json_t *header, const json_t *test);

/* A capture (pcapng) of cases of one record, in the order of time: each is a TCP connection over Ethernet,
   with the handshake, what its log has, FIN and RST. What the log does not have is there as packets that were
   captured in part, with the right lengths and sequence numbers; beyond 1 GiB of it in a file, as a gap.
   Verdicts, faults and remarks are comments of packets. What was inside TLS is shown without it, on port 80.
   Cases without a log are left out. Returns 0, or -1 with errno set. */
int report_pcapng(const json_t *header, const json_t *const *cases, size_t num, FILE *file);

#endif
