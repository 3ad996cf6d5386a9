/* SPDX-License-Identifier: MIT */
/* A run as Markdown, for the summary of a CI step or a comment, and as annotations of GitHub. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/explain.h"
#include "report/markdown.h"
#include "report/text.h"

/* A summary of GitHub holds a MiB, and a comment 64 KiB; people read less. */
#define ROWS_MAX 100
#define TEXT_MAX 240

/* ---- Markdown ------------------------------------------------------------------------------------------ */

static void put_conclusion(FILE *file, const record *rec, const digest *d) {
    const char *sign = d->incomplete                                      ? "Incomplete"
                       : d->red > 0 || json_int(rec->footer, "exit_code") ? "Red"
                                                                          : "Green";
    fprintf(file, "**%s:** ", sign);
    const char *before = "";
    for (word i = 0; i < WORD_COUNT; i++) {
        if (d->totals[i] == 0) continue;
        fprintf(file, "%s%zu %s", before, d->totals[i], words[i].name);
        before = ", ";
    }
    fprintf(file, "%s%zu case%s", d->total ? ", of " : "", d->total, d->total == 1 ? "" : "s");
    if (json_has_int(rec->footer, "duration_ms")) {
        char time[TEXT_DURATION_MAX];
        int64_t ms = json_int(rec->footer, "duration_ms");
        fprintf(file, " in %s", text_duration(time, ms < INT64_MAX / 1000 ? ms * 1000 : INT64_MAX));
    }
    fputs(".\n", file);
    if (d->incomplete) fprintf(file, "\n**%s**\n", d->lack);
    if (json_is_false(json_object_get(rec->footer, "alive")))
        fputs("\n**The target did not answer any more at the end.**\n", file);
}

static void put_sentence(void *user, bool red, const char *text) {
    FILE *file = user;
    fputs(red ? "- **" : "- ", file);
    markdown_text(file, (view){text, strlen(text)}, TEXT_MAX);
    fputs(red ? "**\n" : "\n", file);
}

static void put_areas(FILE *file, const digest *d) {
    static const word columns[] = {WORD_PASS, WORD_LENIENT, WORD_INFO, WORD_FAIL};
    size_t *order = digest_worst_first(d);
    if (!order) return;
    fputs("\n| Area | pass | lenient | info | fail | others | cases |\n|---|--:|--:|--:|--:|--:|--:|\n",
          file);
    for (size_t i = 0; i < d->num_areas && i < ROWS_MAX; i++) {
        const area_row *row = &d->areas[order[i]];
        size_t others = row->total;
        fputs("| ", file);
        markdown_text(file, row->name, TEXT_MAX);
        for (size_t k = 0; k < 4; k++) {
            size_t number = row->totals[columns[k]];
            others -= number;
            if (number && columns[k] == WORD_FAIL)
                fprintf(file, " | **%zu**", number);
            else if (number)
                fprintf(file, " | %zu", number);
            else
                fputs(" | ", file);
        }
        if (others)
            fprintf(file, " | %zu | %zu |\n", others, row->total);
        else
            fprintf(file, " | | %zu |\n", row->total);
    }
    free(order);
}

static void put_red_row(FILE *file, const json_t *header, const json_t *test) {
    view why = view_get(test, "why"), id = case_requirement(test);
    const json_t *entry = header_requirement(header, id), *mark = json_map(test, "baseline");
    char url[TEXT_URL_MAX];
    fputs("| ", file);
    markdown_text(file, view_get(test, "id"), TEXT_MAX);
    fprintf(file, " | %s | ", words[case_word(test)].name);
    text_section_url(url, json_text(entry, "rfc"), json_text(entry, "section"));
    if (url[0]) putc('[', file);
    markdown_text(file, id, TEXT_MAX);
    if (url[0]) fprintf(file, "](%s)", url);
    fputs(" | ", file);
    if (mark) {
        memo out;
        if (memo_open(&out) == 0) explain_baseline(out.file, mark);
        fputs("the baseline expects ", file);
        if (memo_close(&out) == 0) markdown_text(file, (view){out.data, out.len}, TEXT_MAX);
        memo_free(&out);
    } else {
        markdown_text(file, why.len > 0 ? why : view_get(test, "seen"), TEXT_MAX);
    }
    fputs(" |\n", file);
}

static void put_red(FILE *file, const record *rec, const digest *d) {
    size_t told = 0;
    if (d->red == 0) return;
    fputs("\n| Red | Verdict | Requirement | |\n|---|---|---|---|\n", file);
    for (size_t i = 0; i < d->total && told < ROWS_MAX; i++) {
        const json_t *test = json_array_get(rec->cases, i);
        if (!case_red(rec->header, test)) continue;
        put_red_row(file, rec->header, test);
        told++;
    }
    if (d->red > told) fprintf(file, "\nand %zu more\n", d->red - told);
}

int report_markdown(const record *rec, FILE *file) {
    digest *d = digest_new(rec);
    if (!d) {
        errno = ENOMEM;
        return -1;
    }
    fputs("## wsconform: ", file);
    markdown_text(file, header_target(rec->header), TEXT_MAX);
    fputs("\n\n", file);
    put_conclusion(file, rec, d);
    putc('\n', file);
    explain_gate(rec, put_sentence, file);
    put_red(file, rec, d);
    put_areas(file, d);
    fputs("\n", file);
    markdown_text(file, view_get(rec->header, "started"), TEXT_MAX);
    fputs(", wsconform ", file);
    markdown_text(file, view_get(rec->header, "version"), TEXT_MAX);
    fputs(", catalogue ", file);
    markdown_text(file, header_catalogue(rec->header), TEXT_MAX);
    fputs("\n", file);
    digest_free(d);
    return fflush(file) == EOF || ferror(file) ? -1 : 0;
}

/* ---- Annotations --------------------------------------------------------------------------------------- */

/* So many of a step are shown. */
#define ANNOTATIONS_MAX 10
#define NAMED_MAX       8

/* Visible text as the value of a property (which ends at a comma or colon) or as the message. */
static void put_command_text(FILE *file, view text, bool property) {
    memo out;
    if (memo_open(&out) == 0) view_put(out.file, text, 0);
    if (memo_close(&out) == 0) {
        for (const char *c = out.data; c < out.data + out.len; c++) {
            if (*c == '%' || *c == '\n' || *c == '\r' || (property && (*c == ':' || *c == ',')))
                fprintf(file, "%%%02X", (unsigned)(unsigned char)*c);
            else
                putc(*c, file);
        }
    }
    memo_free(&out);
}

typedef struct annotations {
    FILE *file;
    view target;
    size_t num; /* written */
} annotations;

static void begin(annotations *a, view title) {
    a->num++;
    fputs("::error title=wsconform", a->file);
    if (title.len > 0) fputs(" ", a->file);
    put_command_text(a->file, title, true);
    fputs("::", a->file);
    put_command_text(a->file, a->target, false);
    fputs(": ", a->file);
}

static void put_run_sentence(void *user, bool red, const char *text) {
    annotations *a = user;
    if (!red || a->num >= ANNOTATIONS_MAX / 2) return;
    begin(a, (view){"gate", 4});
    put_command_text(a->file, (view){text, strlen(text)}, false);
    putc('\n', a->file);
}

static size_t count_red(const record *rec, const digest *d, const area_row *row) {
    size_t red = 0;
    for (size_t i = row->first; i < d->total; i = d->next[i])
        red += case_red(rec->header, json_array_get(rec->cases, i));
    return red;
}

static void put_area(annotations *a, const record *rec, const digest *d, const area_row *row, size_t red) {
    size_t named = 0;
    begin(a, row->name);
    fprintf(a->file, "%zu case%s red: ", red, red == 1 ? " is" : "s are");
    for (size_t i = row->first; i < d->total && named < NAMED_MAX; i = d->next[i]) {
        const json_t *test = json_array_get(rec->cases, i);
        if (!case_red(rec->header, test)) continue;
        if (named++ > 0) fputs(", ", a->file);
        put_command_text(a->file, view_get(test, "id"), false);
        fprintf(a->file, " (%s)", words[case_word(test)].name);
    }
    fputs(red > named ? ", ...\n" : "\n", a->file);
}

int report_annotations(const record *rec, FILE *file) {
    digest *d = digest_new(rec);
    size_t *order = d ? digest_worst_first(d) : NULL;
    if (!order) {
        digest_free(d);
        errno = ENOMEM;
        return -1;
    }
    annotations a = {.file = file, .target = header_target(rec->header)};
    if (d->incomplete) {
        begin(&a, (view){"", 0});
        fprintf(file, "%s\n", d->lack);
    }
    explain_gate(rec, put_run_sentence, &a);
    size_t areas = 0, cases = 0;
    for (size_t i = 0; i < d->num_areas; i++) areas += count_red(rec, d, &d->areas[order[i]]) > 0;
    for (size_t i = 0; i < d->num_areas && areas > 0; i++) {
        const area_row *row = &d->areas[order[i]];
        size_t red = count_red(rec, d, row);
        if (red == 0) continue;
        if (a.num + 1 < ANNOTATIONS_MAX || areas == 1) {
            put_area(&a, rec, d, row, red);
            areas--;
        } else {
            cases += red;
        }
    }
    if (areas > 0) {
        begin(&a, (view){"", 0});
        fprintf(file, "%zu more cases are red, in %zu more areas\n", cases, areas);
    }
    free(order);
    digest_free(d);
    return fflush(file) == EOF || ferror(file) ? -1 : 0;
}
