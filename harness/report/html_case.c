/* SPDX-License-Identifier: MIT */
/* One case of the HTML report with all its evidence. */
#include <inttypes.h>
#include <string.h>

#include "report/explain.h"
#include "report/html.h"
#include "report/text.h"

static void item_open(FILE *file, const char *name) {
    fprintf(file, "<div><dt>%s</dt><dd>", name);
}

static void item_close(FILE *file) {
    fputs("</dd></div>", file);
}

static void put_item(FILE *file, const char *name, view text) {
    if (text.len == 0) return;
    item_open(file, name);
    html_text(file, text);
    item_close(file);
}

static void put_words(FILE *file, const char *name, const json_t *list) {
    if (json_array_size(list) == 0) return;
    item_open(file, name);
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (i > 0) fputs(", ", file);
        html_text(file, view_of(json_array_get(list, i)));
    }
    item_close(file);
}

/* ---- Requirements and rulings -------------------------------------------------------------------------- */

static void put_requirement(FILE *file, const json_t *header, view id) {
    fputs("<li>", file);
    html_requirement(file, header_requirement(header, id), id, true);
    fputs("</li>\n", file);
}

static void put_requirements(FILE *file, const json_t *header, const json_t *test) {
    const json_t *checks = json_list(test, "checks");
    if (json_array_size(checks) == 0) return;
    fputs("<h5>Requirement</h5><ul class=reqs>\n", file);
    for (size_t i = 0; i < json_array_size(checks); i++) {
        put_requirement(file, header, view_of(json_array_get(checks, i)));
    }
    fputs("</ul>\n", file);
}

static void put_ruling_part(FILE *file, word verdict, view text) {
    if (text.len == 0 || view_is(text, "-")) return;
    fputs("<dd>", file);
    html_letter(file, verdict);
    putc(' ', file);
    html_text(file, text);
    fputs("</dd>", file);
}

static void put_rulings(FILE *file, const json_t *header, const json_t *test) {
    const json_t *list = json_list(test, "rulings");
    if (json_array_size(list) == 0) return;
    fputs("<h5>Ruling</h5><dl class=rulings>\n", file);
    for (size_t i = 0; i < json_array_size(list); i++) {
        view id = view_of(json_array_get(list, i));
        const json_t *ruling = header_ruling(header, id);
        fputs("<dt>", file);
        html_text(file, id);
        putc(' ', file);
        html_text(file, view_get(ruling, "topic"));
        fputs("</dt>", file);
        put_ruling_part(file, WORD_FAIL, view_get(ruling, "hard_failure"));
        put_ruling_part(file, WORD_LENIENT, view_get(ruling, "non_strict"));
        put_ruling_part(file, WORD_INFO, view_get(ruling, "information"));
        putc('\n', file);
    }
    fputs("</dl>\n", file);
}

/* ---- Expected and seen --------------------------------------------------------------------------------- */

static void put_expected(FILE *file, const json_t *test) {
    const json_t *list = json_list(test, "expected"), *matched = json_object_get(test, "outcome");
    fputs("<div><h5>Expected</h5><ol class=outcomes>", file);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *outcome = json_array_get(list, i);
        bool here = json_is_integer(matched) && json_integer_value(matched) == (json_int_t)i;
        view name = view_get(outcome, "verdict");
        word verdict = word_from_name(name);
        fputs(here ? "<li class=here>" : "<li>", file);
        if (verdict < WORD_COUNT)
            html_badge(file, verdict);
        else
            html_text(file, name);
        putc(' ', file);
        html_text(file, view_get(outcome, "text"));
        if (here) fputs(" <b>&larr; this came</b>", file);
        fputs("</li>", file);
    }
    fputs("</ol>", file);
    if (json_array_size(list) == 0) fputs("<p class=none>Nothing was stated.</p>", file);
    fputs("</div>\n", file);
}

static void put_problems(FILE *file, const json_t *header, const json_t *test) {
    const json_t *list = json_list(test, "problems");
    if (json_array_size(list) == 0) return;
    fputs("<h5>The monitors saw</h5><ul class=problems>", file);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *problem = json_array_get(list, i);
        view id = view_get(problem, "requirement");
        fputs("<li><em>", file);
        html_text(file, view_get(problem, "fault"));
        fputs("</em> ", file);
        html_text(file, problem_text(problem));
        if (id.len > 0) {
            fputs("<ul class=reqs>", file);
            put_requirement(file, header, id);
            fputs("</ul>", file);
        }
        fputs("</li>", file);
    }
    fputs("</ul>", file);
}

static void put_baseline(FILE *file, const json_t *test) {
    const json_t *mark = json_map(test, "baseline");
    if (!mark) return;
    fputs("<p class=note>The baseline expects ", file);
    memo out;
    if (memo_open(&out) == 0) explain_baseline(out.file, mark);
    if (memo_close(&out) == 0) text_put(file, out.data, out.len, TEXT_MARKUP);
    memo_free(&out);
    fputs("</p>", file);
}

static void put_seen(FILE *file, const json_t *header, const json_t *test) {
    view seen = view_get(test, "seen"), why = view_get(test, "why");
    const json_t *notes = json_list(test, "notes");
    fputs("<div><h5>Seen</h5>", file);
    if (seen.len > 0) {
        fputs("<p class=seen>", file);
        html_text(file, seen);
        fputs("</p>", file);
    } else {
        fputs("<p class=none>Nothing.</p>", file);
    }
    if (why.len > 0) {
        fputs("<p class=why>", file);
        html_badge(file, case_word(test));
        putc(' ', file);
        html_text(file, why);
        fputs("</p>", file);
    }
    put_baseline(file, test);
    put_problems(file, header, test);
    for (size_t i = 0; i < json_array_size(notes); i++) {
        fputs("<p class=note>Note: ", file);
        html_text(file, view_of(json_array_get(notes, i)));
        fputs("</p>", file);
    }
    fputs("</div>\n", file);
}

/* ---- Facts --------------------------------------------------------------------------------------------- */

static void put_axis(FILE *file, const char *name, view value) {
    word verdict = word_from_name(value);
    if (value.len == 0) return;
    item_open(file, name);
    if (verdict < WORD_COUNT)
        html_badge(file, verdict);
    else
        html_text(file, value);
    item_close(file);
}

static void put_close(FILE *file, const char *name, const json_t *close, const char *key) {
    const json_t *side = json_object_get(close, key);
    if (!side) return;
    item_open(file, name);
    if (!json_is_object(side)) {
        fputs("none", file);
    } else if (json_has_int(side, "code")) {
        fprintf(file, "<b>%" PRId64 "</b>", json_int(side, "code"));
    } else {
        fputs("empty body", file);
    }
    view reason = view_get(side, "reason");
    if (reason.len > 0) {
        fputs(" <q>", file);
        html_octets(file, reason);
        fputs("</q>", file);
    }
    item_close(file);
}

static void put_measures(FILE *file, const json_t *measures) {
    char time[TEXT_DURATION_MAX];
    const json_t *echo = json_map(measures, "echo_us");
    int64_t octets = json_int(measures, "octets"), us = json_int(measures, "us");
    if (!measures) return;
    item_open(file, "Came back");
    fprintf(file, "%" PRId64 " message%s, %" PRId64 " octets in %s", json_int(measures, "messages"),
            json_int(measures, "messages") == 1 ? "" : "s", octets, text_duration(time, us));
    if (us > 0 && octets > 0) fprintf(file, ", %.1f MB/s", (double)octets / (double)us);
    item_close(file);
    static const char *const keys[] = {"min", "median", "p99", "max"};
    item_open(file, "An echo took");
    for (size_t i = 0; i < 4; i++)
        fprintf(file, "%s%s %s", i ? ", " : "", keys[i], text_duration(time, json_int(echo, keys[i])));
    item_close(file);
}

static void put_facts(FILE *file, const json_t *header, const json_t *test) {
    char time[TEXT_DURATION_MAX];
    const json_t *close = json_map(test, "close");
    fputs("<dl class=facts>", file);
    put_axis(file, "Behaviour", view_get(test, "behaviour"));
    put_axis(file, "Closing", view_get(test, "closing"));
    put_close(file, "Close of the peer", close, "peer");
    put_close(file, "Close of the harness", close, "harness");
    put_item(file, "Closing begun by", view_get(close, "closed_by"));
    put_item(file, "End of TCP", view_get(close, "end"));
    put_item(file, "Level", view_get(test, "level"));
    put_item(file, "Topic", view_get(test, "topic"));
    put_words(file, "Also", json_list(test, "also"));
    put_words(file, "Bugs", json_list(test, "bugs"));
    put_item(file, "Pacing", case_pacing(header, test));
    item_open(file, "Started after");
    fputs(text_duration(time, json_int(test, "started_us")), file);
    item_close(file);
    item_open(file, "Took");
    fputs(text_duration(time, json_int(test, "duration_us")), file);
    item_close(file);
    put_measures(file, json_map(test, "measures"));
    fputs("</dl>\n", file);
}

/* Of a case whose verdicts differ: an attempt that ended better. */
static void put_other(FILE *file, const json_t *header, const json_t *other) {
    if (!other) return;
    fputs("<h5>Another attempt, ", file);
    html_text(file, view_get(other, "attempt"));
    fputs("</h5><p class=why>", file);
    html_badge(file, case_word(other));
    putc(' ', file);
    html_text(file, view_get(other, "seen"));
    fputs("</p>", file);
    html_wire(file, header, json_list(other, "wire"));
}

void html_case(const html_page *page, size_t index) {
    FILE *file = page->file;
    const json_t *test = json_array_get(page->rec->cases, index), *header = page->rec->header;
    const char *anchor = page->anchors[index];
    word verdict = case_word(test);
    char time[TEXT_DURATION_MAX];
    bool gated = json_map(header, "gate"), red = gated && case_red(header, test);
    fprintf(file, "<details class=\"c v%c%s\" data-id=\"", words[verdict].letter, red ? " vX" : "");
    text_puts(file, anchor, TEXT_MARKUP);
    fputs("\"><summary>", file);
    html_badge(file, verdict);
    fputs("<h4>", file);
    html_text(file, view_get(test, "title"));
    if (json_map(test, "baseline"))
        fputs(red ? " <em>not as expected</em>" : " <small>as expected</small>", file);
    fputs("</h4><code>", file);
    html_text(file, view_get(test, "id"));
    if (case_pacing(header, test).len > 0) {
        fputs(" [", file);
        html_text(file, case_pacing(header, test));
        fputs("]", file);
    }
    fprintf(file, "</code><span class=d>%s</span></summary><noscript><div class=body id=\"",
            text_duration(time, json_int(test, "duration_us")));
    text_puts(file, anchor, TEXT_MARKUP);
    fputs("\">\n", file);
    put_requirements(file, header, test);
    fputs("<div class=pair>", file);
    put_expected(file, test);
    put_seen(file, header, test);
    fputs("</div>\n", file);
    put_facts(file, header, test);
    put_rulings(file, header, test);
    view again = view_get(test, "rerun");
    if (again.len > 0) {
        fputs("<h5>Run again</h5><pre class=cmd tabindex=0>", file);
        html_text(file, again);
        fputs("</pre>\n", file);
    }
    html_wire(file, header, json_list(test, "wire"));
    put_other(file, header, json_map(test, "other"));
    fputs("<p class=perma>", file);
    html_link(file, anchor);
    fputs("Link to this case</a></p></div></noscript></details>\n", file);
}
