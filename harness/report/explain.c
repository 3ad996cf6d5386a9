/* SPDX-License-Identifier: MIT */
#include "report/explain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/text.h"

#define LABEL_INDENT 4
#define VALUE_INDENT 17

int memo_open(memo *m) {
    *m = (memo){0};
    m->file = open_memstream(&m->data, &m->len);
    return m->file ? 0 : -1;
}

int memo_close(memo *m) {
    int result = 0;
    if (!m->file || ferror(m->file)) result = -1;
    if (m->file && fclose(m->file) == EOF) result = -1;
    m->file = NULL;
    if (result < 0) {
        free(m->data);
        m->data = NULL;
        m->len = 0;
        errno = ENOMEM;
    }
    return result;
}

void memo_free(memo *m) {
    if (m->file) fclose(m->file);
    free(m->data);
    *m = (memo){0};
}

/* ---- Pen ----------------------------------------------------------------------------------------------- */

void pen_begin(const report_pen *pen, tint kind) {
    static const char *const codes[] = {
        [TINT_BOLD] = "1",     [TINT_DIM] = "2",    [TINT_GOOD] = "32",     [TINT_MIDDLING] = "33",
        [TINT_NOTABLE] = "36", [TINT_BAD] = "1;31", [TINT_TROUBLE] = "1;35"};
    if (pen->colour) fprintf(pen->file, "\033[%sm", codes[kind]);
}

void pen_end(const report_pen *pen) {
    if (pen->colour) fputs("\033[0m", pen->file);
}

tint word_tint(word verdict) {
    switch (verdict) {
    case WORD_PASS: return TINT_GOOD;
    case WORD_LENIENT: return TINT_MIDDLING;
    case WORD_INFO: return TINT_NOTABLE;
    case WORD_FAIL: return TINT_BAD;
    case WORD_UNSUPPORTED: return TINT_DIM;
    default: return TINT_TROUBLE;
    }
}

/* Visible text, indented, and broken if the pen has a width. */
static void pen_visible(const report_pen *pen, unsigned indent, const char *data, size_t len) {
    text_wrap(pen->file, data, len, indent, pen->width ? pen->width : (unsigned)INT32_MAX);
}

void pen_text(const report_pen *pen, unsigned indent, view text, unsigned flags) {
    memo out;
    if (memo_open(&out) == 0) view_put(out.file, text, flags);
    if (memo_close(&out) == 0) pen_visible(pen, indent, out.data, out.len);
    memo_free(&out);
}

static void pen_label(const report_pen *pen, const char *label) {
    fprintf(pen->file, "%*s", LABEL_INDENT, "");
    if (*label) pen_begin(pen, TINT_DIM);
    fputs(label, pen->file);
    if (*label) pen_end(pen);
    fprintf(pen->file, "%*s", (int)(VALUE_INDENT - LABEL_INDENT - strlen(label)), "");
}

static void pen_field(const report_pen *pen, const char *label, view text, unsigned flags) {
    if (text.len == 0) return;
    pen_label(pen, label);
    pen_text(pen, VALUE_INDENT, text, flags);
    putc('\n', pen->file);
}

/* ---- Parts --------------------------------------------------------------------------------------------- */

void explain_section(FILE *file, const json_t *entry) {
    view rfc = view_get(entry, "rfc"), section = view_get(entry, "section");
    if (rfc.len == 0) return;
    bool numbered = rfc.data[0] >= '0' && rfc.data[0] <= '9';
    if (numbered) fputs("RFC ", file);
    view_put(file, rfc, 0);
    if (section.len == 0) return;
    fputs(numbered ? " section " : " ", file);
    view_put(file, section, 0);
}

void explain_requirement(FILE *file, const json_t *header, view id) {
    const json_t *entry = header_requirement(header, id);
    view level = view_get(entry, "level");
    view_put(file, id, 0);
    if (view_get(entry, "rfc").len > 0) {
        fputs(", ", file);
        explain_section(file, entry);
    }
    if (level.len > 0) {
        fputs(" (", file);
        view_put(file, level, 0);
        fputs(")", file);
    }
}

static void show_requirement(const report_pen *pen, const char *label, const json_t *header, view id) {
    memo out;
    if (memo_open(&out) == 0) {
        explain_requirement(out.file, header, id);
        view statement = view_get(header_requirement(header, id), "statement");
        if (statement.len > 0) {
            putc('\n', out.file);
            view_put(out.file, statement, 0);
        }
    }
    if (memo_close(&out) == 0) {
        pen_label(pen, label);
        pen_visible(pen, VALUE_INDENT, out.data, out.len);
        putc('\n', pen->file);
    }
    memo_free(&out);
}

static void show_requirements(const report_pen *pen, const json_t *header, const json_t *test) {
    view first = case_requirement(test);
    const json_t *checks = json_list(test, "checks");
    if (first.len > 0) show_requirement(pen, "requirement", header, first);
    for (size_t i = 0; i < json_array_size(checks); i++) {
        view id = view_of(json_array_get(checks, i));
        bool again = id.len == first.len && memcmp(id.data, first.data, id.len) == 0;
        if (id.len > 0 && !again) show_requirement(pen, "checks also", header, id);
    }
}

static void show_expected(const report_pen *pen, const json_t *test) {
    const json_t *list = json_list(test, "expected");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *outcome = json_array_get(list, i);
        memo out;
        if (memo_open(&out) == 0) {
            fprintf(out.file, "%zu. ", i + 1);
            view_put(out.file, view_get(outcome, "verdict"), 0);
            fputs(": ", out.file);
            view_put(out.file, view_get(outcome, "text"), 0);
        }
        if (memo_close(&out) == 0) {
            pen_label(pen, i == 0 ? "expected" : "");
            pen_visible(pen, VALUE_INDENT + 3, out.data, out.len);
            putc('\n', pen->file);
        }
        memo_free(&out);
    }
}

static void show_problems(const report_pen *pen, const json_t *header, const json_t *test) {
    const json_t *list = json_list(test, "problems");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *problem = json_array_get(list, i);
        view id = view_get(problem, "requirement");
        memo out;
        if (memo_open(&out) == 0) {
            view_put(out.file, view_get(problem, "fault"), 0);
            fputs(": ", out.file);
            view_put(out.file, problem_text(problem), 0);
            if (id.len > 0) {
                fputs("\nbreaks ", out.file);
                explain_requirement(out.file, header, id);
            }
        }
        if (memo_close(&out) == 0) {
            pen_label(pen, "monitor saw");
            pen_visible(pen, VALUE_INDENT, out.data, out.len);
            putc('\n', pen->file);
        }
        memo_free(&out);
    }
}

static void show_rulings(const report_pen *pen, const json_t *header, const json_t *test) {
    const json_t *list = json_list(test, "rulings");
    for (size_t i = 0; i < json_array_size(list); i++) {
        view id = view_of(json_array_get(list, i));
        view topic = view_get(header_ruling(header, id), "topic");
        memo out;
        if (memo_open(&out) == 0) {
            view_put(out.file, id, 0);
            if (topic.len > 0) fputs(", ", out.file);
            view_put(out.file, topic, 0);
        }
        if (memo_close(&out) == 0) {
            pen_label(pen, "ruling");
            pen_visible(pen, VALUE_INDENT, out.data, out.len);
            putc('\n', pen->file);
        }
        memo_free(&out);
    }
}

/* ---- The gate ------------------------------------------------------------------------------------------ */

void explain_baseline(FILE *file, const json_t *mark) {
    const json_t *list = json_list(mark, "verdicts");
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (i > 0) fputs(i + 1 == json_array_size(list) ? " or " : ", ", file);
        view_put(file, view_of(json_array_get(list, i)), 0);
    }
    view reason = view_get(mark, "reason"), link = view_get(mark, "link");
    if (reason.len > 0) fputs(": ", file);
    view_put(file, reason, 0);
    if (link.len > 0) fputs(reason.len > 0 ? ", " : ": ", file);
    view_put(file, link, 0);
}

static void show_baseline(const report_pen *pen, const json_t *test) {
    const json_t *mark = json_map(test, "baseline");
    if (!mark) return;
    memo out;
    if (memo_open(&out) == 0) {
        fputs("expects ", out.file);
        explain_baseline(out.file, mark);
    }
    if (memo_close(&out) == 0) {
        pen_label(pen, "baseline");
        pen_visible(pen, VALUE_INDENT, out.data, out.len);
        putc('\n', pen->file);
    }
    memo_free(&out);
}

typedef struct speaker {
    void (*sentence)(void *user, bool red, const char *text);
    void *user;
    memo out;
} speaker;

static void say(speaker *s, bool red) {
    if (memo_close(&s->out) == 0) s->sentence(s->user, red, s->out.data);
    memo_free(&s->out);
}

static void say_stale(speaker *s, const json_t *list) {
    enum { SHOWN = 10 };
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (memo_open(&s->out) < 0) return;
        if (i == SHOWN) {
            fprintf(s->out.file, "%zu more entries match no case.", json_array_size(list) - SHOWN);
            say(s, true);
            return;
        }
        fputs("The entry ", s->out.file);
        view_put(s->out.file, view_of(json_array_get(list, i)), 0);
        fputs(" of the baseline matches no case.", s->out.file);
        say(s, true);
    }
}

static void say_short(speaker *s, const json_t *list) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        view area = view_get(one, "area");
        int64_t passed = json_int(one, "passed");
        if (memo_open(&s->out) < 0) return;
        if (area.len > 0) fputs("Of ", s->out.file);
        view_put(s->out.file, area, 0);
        fprintf(s->out.file, "%snly %" PRId64 " case%s passed; %" PRId64 " are required.",
                area.len > 0 ? ", o" : "O", passed, passed == 1 ? "" : "s", json_int(one, "number"));
        say(s, true);
    }
}

void explain_gate(const record *rec, void (*sentence)(void *user, bool red, const char *text), void *user) {
    const json_t *rules = json_map(rec->header, "gate"), *sum = json_map(rec->footer, "gate");
    speaker s = {.sentence = sentence, .user = user};
    if (!rules || !sum) return;
    if (view_get(rules, "baseline").len > 0) {
        if (memo_open(&s.out) < 0) return;
        fputs("Baseline ", s.out.file);
        view_put(s.out.file, view_get(rules, "baseline"), 0);
        fprintf(s.out.file, ": %" PRId64 " of its cases as expected, %" PRId64 " not.",
                json_int(sum, "expected"), json_int(sum, "unexpected"));
        say(&s, false); /* each of them is red by itself */
    }
    say_stale(&s, json_list(sum, "stale"));
    say_short(&s, json_list(sum, "short"));
}

/* ---- The whole ----------------------------------------------------------------------------------------- */

void explain_case(const report_pen *pen, const json_t *header, const json_t *test) {
    fprintf(pen->file, "%*s", LABEL_INDENT, "");
    pen_text(pen, LABEL_INDENT, view_get(test, "title"), 0);
    putc('\n', pen->file);
    show_requirements(pen, header, test);
    show_expected(pen, test);
    pen_field(pen, "seen", view_get(test, "seen"), TEXT_LINES);
    show_problems(pen, header, test);
    pen_field(pen, "why", view_get(test, "why"), TEXT_LINES);
    show_baseline(pen, test);
    show_rulings(pen, header, test);
    const json_t *notes = json_list(test, "notes");
    for (size_t i = 0; i < json_array_size(notes); i++) {
        pen_field(pen, "note", view_of(json_array_get(notes, i)), TEXT_LINES);
    }
    view again = view_get(test, "rerun");
    if (again.len > 0) {
        /* Never broken: it is there to be copied. */
        pen_label(pen, "run again");
        pen_begin(pen, TINT_BOLD);
        view_put(pen->file, again, 0);
        pen_end(pen);
        putc('\n', pen->file);
    }
}
