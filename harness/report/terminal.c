/* SPDX-License-Identifier: MIT */
/* The report for the terminal. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/explain.h"
#include "report/text.h"

static report_pen terminal_pen(const report_terminal *terminal) {
    unsigned width = terminal->width ? terminal->width : 100;
    return (report_pen){terminal->file, terminal->colour, width < 40 ? 40 : width};
}

/* ---- Header -------------------------------------------------------------------------------------------- */

/* Writes what was collected, wrapped, and ends the line. */
static void put_line(const report_pen *pen, memo *out) {
    if (memo_close(out) == 0 && out->len > 0) {
        text_wrap(pen->file, out->data, out->len, 0, pen->width);
        putc('\n', pen->file);
    }
    memo_free(out);
}

static void put_tinted(const report_pen *pen, tint kind, const char *text) {
    pen_begin(pen, kind);
    text_wrap(pen->file, text, strlen(text), 0, pen->width);
    pen_end(pen);
    putc('\n', pen->file);
}

static void put_item(FILE *file, const char *before, view text, const char *after) {
    if (text.len == 0) return;
    fputs(before, file);
    view_put(file, text, 0);
    fputs(after, file);
}

void report_terminal_header(const report_terminal *terminal, const json_t *header) {
    if (terminal->quiet) return;
    report_pen pen = terminal_pen(terminal);
    const json_t *target = json_map(header, "target"), *catalogue = json_map(header, "catalogue");
    memo out;
    if (memo_open(&out) == 0) {
        view tool = view_get(header, "tool");
        view_put(out.file, tool.len > 0 ? tool : (view){"wsconform", 9}, 0);
        put_item(out.file, " ", view_get(header, "version"), "");
        put_item(out.file, ", catalogue ", header_catalogue(header), "");
        if (json_has_int(catalogue, "cases"))
            fprintf(out.file, " of %" PRId64 " cases", json_int(catalogue, "cases"));
    }
    if (memo_close(&out) == 0) put_tinted(&pen, TINT_BOLD, out.data);
    memo_free(&out);
    if (memo_open(&out) == 0) {
        put_item(out.file, "judges the ", view_get(header, "judges"), " ");
        view_put(out.file, header_target(header), 0);
        if (view_get(target, "url").len > 0) put_item(out.file, " (", view_get(target, "address"), ")");
        put_item(out.file, ", started with: ", view_get(target, "exec"), "");
        put_item(out.file, "; TLS: ", view_get(json_map(target, "tls"), "text"), "");
    }
    put_line(&pen, &out);
    if (memo_open(&out) == 0) {
        put_item(out.file, "", view_get(header, "started"), ", ");
        put_item(out.file, "seed ", view_get(header, "seed"), ", ");
        put_item(out.file, "pacing ", view_get(header, "pacing"), ", ");
        fprintf(out.file, "timeout %" PRId64 " ms, %" PRId64 " at once", json_int(header, "timeout_ms"),
                json_int(header, "jobs"));
    }
    put_line(&pen, &out);
    putc('\n', pen.file);
}

/* ---- A case -------------------------------------------------------------------------------------------- */

static void put_name(const report_pen *pen, const json_t *header, const json_t *test, word verdict,
                     bool loud) {
    pen_begin(pen, word_tint(verdict));
    for (const char *c = words[verdict].name; *c; c++) {
        putc(loud && *c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c, pen->file);
    }
    pen_end(pen);
    putc(' ', pen->file);
    if (loud) pen_begin(pen, TINT_BOLD);
    view_put(pen->file, view_get(test, "id"), 0);
    if (loud) pen_end(pen);
    put_item(pen->file, " [", case_pacing(header, test), "]");
    if (case_expected(header, test)) {
        fputs(", as expected", pen->file);
        put_item(pen->file, ": ", view_get(json_map(test, "baseline"), "reason"), "");
    }
}

static void compact_case(const report_pen *pen, const json_t *header, const json_t *test, word verdict) {
    put_name(pen, header, test, verdict, false);
    view text = view_get(test, "why");
    if (text.len == 0 && verdict != WORD_PASS) text = view_get(test, "seen");
    if (text.len == 0) text = view_get(test, "title");
    fprintf(pen->file, "\n%*s", 4, "");
    pen_text(pen, 4, text, 0);
    putc('\n', pen->file);
}

void report_terminal_case(const report_terminal *terminal, const json_t *header, const json_t *test) {
    if (terminal->quiet) return;
    report_pen pen = terminal_pen(terminal);
    word verdict = case_word(test);
    char time[TEXT_DURATION_MAX];
    if (case_red(header, test)) {
        put_name(&pen, header, test, verdict, true);
        if (json_map(test, "baseline")) fputs(", not as expected", pen.file);
        fprintf(pen.file, "  %s\n", text_duration(time, json_int(test, "duration_us")));
        explain_case(&pen, header, test);
        putc('\n', pen.file);
    } else if (verdict == WORD_PASS) {
        if (terminal->verbose) {
            put_name(&pen, header, test, verdict, false);
            fprintf(pen.file, "  %s\n", text_duration(time, json_int(test, "duration_us")));
        }
    } else if (terminal->verbose ||
               (!case_expected(header, test) && (verdict == WORD_LENIENT || word_fails(verdict)))) {
        compact_case(&pen, header, test, verdict);
    }
    fflush(pen.file);
}

/* ---- Footer -------------------------------------------------------------------------------------------- */

#define AREA_MIN    10
#define COLUMN_GAP  2
#define TOTAL_WIDTH 9

typedef struct table {
    word columns[WORD_COUNT];
    size_t num_columns;
    bool others; /* one more column for all that have none */
    size_t area_width;
} table;

static size_t column_width(word verdict) {
    size_t len = strlen(words[verdict].name);
    return (len < 5 ? 5 : len) + COLUMN_GAP;
}

/* The four verdicts about the peer always have a column; the others if they occur and if there is room. */
static table table_plan(const digest *d, unsigned width) {
    table t = {.area_width = AREA_MIN};
    for (size_t i = 0; i < d->num_areas; i++) {
        size_t len = d->areas[i].name.len;
        if (len > t.area_width) t.area_width = len > 28 ? 28 : len;
    }
    size_t used = t.area_width + TOTAL_WIDTH;
    for (word i = 0; i < WORD_COUNT; i++) {
        if (i > WORD_FAIL && d->totals[i] == 0) continue;
        t.columns[t.num_columns++] = i;
        used += column_width(i);
    }
    if (used > width) {
        t.others = t.num_columns > 4;
        t.num_columns = 4;
    }
    return t;
}

static void table_number(const report_pen *pen, size_t number, size_t width, tint kind) {
    char text[24];
    int len = number ? snprintf(text, sizeof text, "%zu", number) : snprintf(text, sizeof text, ".");
    fprintf(pen->file, "%*s", len < (int)width ? (int)width - len : 1, "");
    pen_begin(pen, number ? kind : TINT_DIM);
    fputs(text, pen->file);
    pen_end(pen);
}

static void table_row(const report_pen *pen, const table *t, view name, const size_t totals[WORD_COUNT],
                      size_t total) {
    memo out;
    if (memo_open(&out) == 0) view_put(out.file, name, 0);
    if (memo_close(&out) == 0) {
        size_t at = 0, columns = 0;
        while (at < out.len) {
            int32_t code;
            size_t taken = text_decode(out.data + at, out.len - at, &code);
            size_t next = text_columns(out.data, at + taken);
            if (next > t->area_width) break;
            at += taken;
            columns = next;
        }
        fwrite(out.data, 1, at, pen->file);
        fprintf(pen->file, "%*s", (int)(t->area_width - columns), "");
    }
    memo_free(&out);
    size_t others = total;
    for (size_t i = 0; i < t->num_columns; i++) {
        word column = t->columns[i];
        table_number(pen, totals[column], column_width(column), word_tint(column));
        others -= totals[column];
    }
    if (t->others) table_number(pen, others, 8, TINT_TROUBLE);
    fprintf(pen->file, "%*zu\n", TOTAL_WIDTH, total);
}

static void put_table(const report_pen *pen, const digest *d) {
    table t = table_plan(d, pen->width);
    size_t *order = digest_worst_first(d);
    if (!order) return;
    pen_begin(pen, TINT_DIM);
    fprintf(pen->file, "%-*s", (int)t.area_width, "area");
    for (size_t i = 0; i < t.num_columns; i++) {
        fprintf(pen->file, "%*s", (int)column_width(t.columns[i]), words[t.columns[i]].name);
    }
    if (t.others) fprintf(pen->file, "%8s", "others");
    fprintf(pen->file, "%*s\n", TOTAL_WIDTH, "cases");
    pen_end(pen);
    for (size_t i = 0; i < d->num_areas; i++) {
        const area_row *row = &d->areas[order[i]];
        table_row(pen, &t, row->name, row->totals, row->total);
    }
    table_row(pen, &t, (view){"all", 3}, d->totals, d->total);
    free(order);
}

/* Many failures often have one cause, so the requirements that are broken most come first. */
static void put_broken(const report_pen *pen, const record *rec, const digest *d) {
    enum { SHOWN = 8 };
    size_t num;
    const requirement_row **rows = digest_broken(d, &num);
    if (!rows) return;
    if (num > 0) {
        char text[64];
        snprintf(text, sizeof text, "%zu requirement%s broken:", num, num == 1 ? " is" : "s are");
        putc('\n', pen->file);
        put_tinted(pen, TINT_BOLD, text);
    }
    for (size_t i = 0; i < num && i < SHOWN; i++) {
        memo out;
        if (memo_open(&out) == 0) {
            explain_requirement(out.file, rec->header, rows[i]->id);
            put_item(out.file, ": ", view_get(rows[i]->entry, "statement"), "");
        }
        fprintf(pen->file, "%5zu case%s  ", rows[i]->num_fails, rows[i]->num_fails == 1 ? " " : "s");
        if (memo_close(&out) == 0) text_wrap(pen->file, out.data, out.len, 13, pen->width);
        putc('\n', pen->file);
        memo_free(&out);
    }
    if (num > SHOWN) fprintf(pen->file, "      and %zu more\n", num - SHOWN);
    free(rows);
}

static void put_totals(const report_pen *pen, const record *rec, const digest *d) {
    memo out;
    char time[TEXT_DURATION_MAX];
    if (memo_open(&out) == 0) {
        fprintf(out.file, "%zu case%s", d->total, d->total == 1 ? "" : "s");
        if (json_has_int(rec->footer, "duration_ms")) {
            int64_t ms = json_int(rec->footer, "duration_ms");
            fprintf(out.file, " in %s", text_duration(time, ms < INT64_MAX / 1000 ? ms * 1000 : INT64_MAX));
        }
        const char *before = ": ";
        for (word i = 0; i < WORD_COUNT; i++) {
            if (d->totals[i] == 0) continue;
            fprintf(out.file, "%s%zu %s", before, d->totals[i], words[i].name);
            before = ", ";
        }
    }
    putc('\n', pen->file);
    put_line(pen, &out);
}

static void put_sentence(void *user, bool red, const char *text) {
    put_tinted(user, red ? TINT_BAD : TINT_DIM, text);
}

/* The conclusion where it is not for the verdicts alone. */
static void put_gate(const report_pen *pen, const record *rec, const digest *d) {
    report_pen own = *pen;
    const json_t *sum = json_map(rec->footer, "gate");
    explain_gate(rec, put_sentence, &own);
    char text[96] = "OK: no case is red.";
    if (d->red > 0)
        snprintf(text, sizeof text, "FAIL: %zu case%s red.", d->red, d->red == 1 ? " is" : "s are");
    else if (json_array_size(json_list(sum, "stale")) + json_array_size(json_list(sum, "short")) > 0)
        snprintf(text, sizeof text, "FAIL: no case is red, but the run is not as it has to be.");
    if (text[0] == 'F' || !d->incomplete) put_tinted(pen, text[0] == 'F' ? TINT_BAD : TINT_GOOD, text);
}

static void put_conclusion(const report_pen *pen, const record *rec, const digest *d) {
    const json_t *alive = json_object_get(rec->footer, "alive");
    if (json_is_false(alive)) {
        put_tinted(pen, TINT_TROUBLE, "The target did not answer any more at the end.");
        view output = view_get(rec->footer, "target_output");
        while (output.len > 0 && strchr(" \r\n", output.data[output.len - 1])) output.len--;
        if (output.len > 0) {
            fputs("What it wrote last:\n  | ", pen->file);
            pen_text(pen, 4, output, TEXT_LINES | TEXT_OCTETS);
            putc('\n', pen->file);
        }
    }
    if (d->incomplete) {
        put_tinted(pen, TINT_BAD, d->truncated ? "TRUNCATED RECORD" : "INCOMPLETE RUN");
        put_tinted(pen, TINT_BAD, d->lack);
    }
    if (json_map(rec->header, "gate")) {
        put_gate(pen, rec, d);
        return;
    }
    size_t fails = d->totals[WORD_FAIL];
    char text[96] = "No case fails.";
    if (fails && d->trouble)
        snprintf(text, sizeof text, "FAIL: %zu case%s, %zu could not be judged.", fails,
                 fails == 1 ? " fails" : "s fail", d->trouble);
    else if (fails)
        snprintf(text, sizeof text, "FAIL: %zu case%s.", fails, fails == 1 ? " fails" : "s fail");
    else if (d->trouble)
        snprintf(text, sizeof text, "NOT JUDGED: %zu case%s.", d->trouble, d->trouble == 1 ? "" : "s");
    if (fails || d->trouble || !d->incomplete)
        put_tinted(pen, fails ? TINT_BAD : d->trouble ? TINT_TROUBLE : TINT_GOOD, text);
}

void report_terminal_footer(const report_terminal *terminal, const record *rec) {
    report_pen pen = terminal_pen(terminal);
    digest *d = digest_new(rec);
    if (!d) {
        fputs("out of memory\n", pen.file);
        return;
    }
    if (!terminal->quiet) putc('\n', pen.file);
    put_table(&pen, d);
    if (!terminal->quiet) put_broken(&pen, rec, d);
    put_totals(&pen, rec, d);
    put_conclusion(&pen, rec, d);
    digest_free(d);
    fflush(pen.file);
}
