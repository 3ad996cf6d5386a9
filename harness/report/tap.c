/* SPDX-License-Identifier: MIT */
/* TAP: a test point for each case, and one for whatever else is wrong with the run. It calls itself version
   13, since that is the last that Perl's prove, and with it much of what is installed, agrees to read; every
   reader of 14 reads it too. */
#include <errno.h>
#include <string.h>

#include "report/explain.h"
#include "report/text.h"

/* Visible text in which no # begins a directive. */
static void put_text(FILE *file, view text) {
    memo out;
    if (memo_open(&out) == 0) view_put(out.file, text, 0);
    if (memo_close(&out) == 0) {
        for (const char *c = out.data; c < out.data + out.len; c++) {
            if (*c == '#' || *c == '\\') putc('\\', file);
            putc(*c, file);
        }
    }
    memo_free(&out);
}

/* A member of the YAML block. JSON's strings are YAML's. */
static void put_member(FILE *file, const char *key, view text) {
    if (text.len == 0) return;
    memo out;
    if (memo_open(&out) == 0) view_put(out.file, text, TEXT_LINES);
    if (memo_close(&out) == 0) {
        json_t *value = json_stringn(out.data, out.len);
        fprintf(file, "  %s: ", key);
        json_put(file, value);
        putc('\n', file);
        json_decref(value);
    }
    memo_free(&out);
}

static void put_block(FILE *file, const json_t *header, const json_t *test) {
    fputs("  ---\n", file);
    put_member(file, "title", view_get(test, "title"));
    put_member(file, "verdict", view_get(test, "verdict"));
    put_member(file, "requirement", case_requirement(test));
    put_member(file, "statement", view_get(header_requirement(header, case_requirement(test)), "statement"));
    put_member(file, "why", view_get(test, "why"));
    put_member(file, "seen", view_get(test, "seen"));
    const json_t *mark = json_map(test, "baseline");
    if (mark) {
        memo out;
        if (memo_open(&out) == 0) explain_baseline(out.file, mark);
        if (memo_close(&out) == 0) put_member(file, "baseline", (view){out.data, out.len});
        memo_free(&out);
    }
    put_member(file, "rerun", view_get(test, "rerun"));
    fputs("  ...\n", file);
}

static void put_directive(FILE *file, const char *name, view text) {
    fprintf(file, " # %s ", name);
    put_text(file, text);
}

/* Something known is a TODO that is not ok, which fails nothing. */
static void put_case(FILE *file, size_t number, const json_t *header, const json_t *test) {
    word verdict = case_word(test);
    bool red = case_red(header, test), known = case_expected(header, test);
    bool lost =
        !red && !known && (words[verdict].trouble || verdict == WORD_FAIL); /* not judged, or let through */
    view why = view_get(test, "why");
    fprintf(file, "%s %zu - ", red || known || lost ? "not ok" : "ok", number);
    put_text(file, view_get(test, "id"));
    if (case_pacing(header, test).len > 0) {
        fputs(" [", file);
        put_text(file, case_pacing(header, test));
        putc(']', file);
    }
    if (known) {
        view reason = view_get(json_map(test, "baseline"), "reason");
        put_directive(file, "TODO", reason.len > 0 ? reason : (view){"as the baseline expects", 23});
    } else if (lost && verdict != WORD_NOT_RUN) {
        put_directive(file, "TODO", (view){words[verdict].name, strlen(words[verdict].name)});
    } else if (!red && verdict == WORD_UNSUPPORTED) {
        put_directive(file, "SKIP", why.len > 0 ? why : (view){"unsupported", 11});
    }
    putc('\n', file);
    if (red || (verdict != WORD_PASS && verdict != WORD_UNSUPPORTED)) put_block(file, header, test);
}

typedef struct points {
    FILE *file; /* NULL: only count them */
    size_t num;
} points;

static void put_point(void *user, bool red, const char *text) {
    points *p = user;
    if (!red) return;
    p->num++;
    if (!p->file) return;
    fprintf(p->file, "not ok %zu - gate: ", p->num);
    put_text(p->file, (view){text, strlen(text)});
    putc('\n', p->file);
}

int report_tap(const record *rec, FILE *file) {
    digest *d = digest_new(rec);
    if (!d) {
        errno = ENOMEM;
        return -1;
    }
    points more = {.file = NULL};
    explain_gate(rec, put_point, &more);
    fprintf(file, "TAP version 13\n1..%zu\n# wsconform ", d->total + more.num + d->incomplete);
    put_text(file, view_get(rec->header, "version"));
    fputs(", ", file);
    put_text(file, header_target(rec->header));
    putc('\n', file);
    for (size_t i = 0; i < d->total; i++) put_case(file, i + 1, rec->header, json_array_get(rec->cases, i));
    more = (points){file, d->total};
    explain_gate(rec, put_point, &more);
    if (d->incomplete) {
        fprintf(file, "not ok %zu - the run is complete\n", more.num + 1);
        fprintf(file, "Bail out! %s\n", d->lack);
    }
    digest_free(d);
    return fflush(file) == EOF || ferror(file) ? -1 : 0;
}
