/* SPDX-License-Identifier: MIT */
/* Several targets side by side as one page from reports/matrix.html: a table of targets by area, and below it
   every case with a letter for each target. What a target did is told only where it is no pass; the rest
   stands in the target's own page. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/matrix_page.h"

/* More letters than this stand in a line of their own. */
#define STRIP_MAX 16

/* ---- Head ---------------------------------------------------------------------------------------------- */

static const json_t *first_header(const matrix *m) {
    return m->num_targets > 0 ? m->targets[0].record->header : NULL;
}

static bool same_catalogue(const matrix *m) {
    view first = header_catalogue(first_header(m));
    for (size_t t = 1; t < m->num_targets; t++) {
        view other = header_catalogue(m->targets[t].record->header);
        if (other.len != first.len || memcmp(other.data, first.data, first.len) != 0) return false;
    }
    return true;
}

static void put_head(const side_by_side *page) {
    FILE *file = page->file;
    const matrix *m = page->m;
    view catalogue = header_catalogue(first_header(m));
    fputs("<p class=kicker>wsconform ", file);
    html_text(file, view_get(first_header(m), "version"));
    fputs(" &middot; WebSocket conformance</p>\n", file);
    fprintf(file, "<h1>%zu target%s side by side</h1>\n", m->num_targets, m->num_targets == 1 ? "" : "s");
    fprintf(file, "<dl class=meta><div><dt>Cases</dt><dd>%zu</dd></div>", m->num_rows);
    if (same_catalogue(m) && catalogue.len > 0) {
        fputs("<div><dt>Catalogue</dt><dd>", file);
        html_text(file, catalogue);
        fputs("</dd></div>", file);
    }
    fputs("</dl>", file);
}

static void put_alarm(const side_by_side *page) {
    FILE *file = page->file;
    const matrix *m = page->m;
    for (size_t t = 0; t < m->num_targets; t++) {
        const digest *d = m->digests[t];
        if (!d->incomplete) continue;
        fputs("<p class=alarm><strong>", file);
        html_text(file, matrix_name(m, t));
        fprintf(file, ": %s.</strong> %s</p>\n", d->truncated ? "truncated record" : "incomplete run",
                d->lack);
    }
    if (!same_catalogue(m))
        fputs("<p class=alarm><strong>Different catalogues.</strong> The records are of runs with different "
              "versions of the cases: a case may have changed between them.</p>\n",
              file);
}

/* ---- Targets by area ----------------------------------------------------------------------------------- */

/* A link to a target's own page, and in it to a case; fragment empty: to the page. Text alone if it has no
   page. */
static void put_target(const side_by_side *page, size_t target, view fragment) {
    FILE *file = page->file;
    const char *address = page->m->targets[target].page;
    if (address) {
        fputs("<a href=\"", file);
        /* A colon before the first slash would make a scheme of what stands in front of it. */
        if (strcspn(address, ":") < strcspn(address, "/")) fputs("./", file);
        html_fragment(file, (view){address, strlen(address)});
        if (fragment.len > 0) putc('#', file);
        html_fragment(file, fragment);
        fputs("\">", file);
    }
    html_text(file, matrix_name(page->m, target));
    if (address) fputs("</a>", file);
}

static void put_counts(FILE *file, const size_t totals[WORD_COUNT]) {
    const char *before = "";
    for (word i = 0; i < WORD_COUNT; i++) {
        if (totals[i] == 0) continue;
        fprintf(file, "%s%zu %s", before, totals[i], words[i].name);
        before = ", ";
    }
}

/* The worst verdict and how many cases gave it; area empty: of all areas. */
static void put_cell(const side_by_side *page, size_t target, view area, const size_t totals[WORD_COUNT]) {
    FILE *file = page->file;
    word worst = totals_worst(totals);
    if (worst == WORD_COUNT) {
        fputs("<td class=z>&middot;</td>", file);
        return;
    }
    char letter = words[worst].letter;
    fprintf(file, "<td><a class=v%c href=\"#", letter);
    if (area.len > 0) {
        fputs("area:", file);
        html_fragment(file, area);
    } else {
        fputs("cases", file);
    }
    fprintf(file, "\" data-f=\"v=%c&amp;t=", letter);
    html_fragment(file, matrix_name(page->m, target));
    if (area.len > 0) fputs("&amp;a=", file);
    html_fragment(file, area);
    fputs("\" title=\"", file);
    put_counts(file, totals);
    fprintf(file, "\"><b>%c</b> %zu<span class=sr> %s</span></a></td>", letter, totals[worst],
            words[worst].name);
}

static void put_legend(FILE *file, const matrix *m) {
    fputs("<p class=legend>A cell: the worst verdict, and how many cases gave it. ", file);
    for (word i = 0; i < WORD_COUNT; i++) {
        bool used = false;
        for (size_t t = 0; t < m->num_targets; t++) used = used || m->digests[t]->totals[i] > 0;
        if (!used) continue;
        fputs("<span>", file);
        html_badge(file, i);
        fprintf(file, " %s.</span> ", words[i].meaning);
    }
    fputs("</p>\n", file);
}

static void put_summary(const side_by_side *page) {
    static const size_t nothing[WORD_COUNT] = {0};
    FILE *file = page->file;
    const matrix *m = page->m;
    fputs("<div class=scroll tabindex=0 role=region aria-label=\"Verdicts by target and area\">"
          "<table class=matrix><thead><tr><th scope=col>Target</th>"
          "<th scope=col><span class=sr>Share</span></th><th scope=col>All</th>",
          file);
    for (size_t a = 0; a < m->num_areas; a++) {
        fputs("<th scope=col>", file);
        html_text(file, m->areas[a]);
        fputs("</th>", file);
    }
    fputs("</tr></thead>\n<tbody>", file);
    for (size_t t = 0; t < m->num_targets; t++) {
        const digest *d = m->digests[t];
        fputs("<tr><th scope=row>", file);
        put_target(page, t, (view){"", 0});
        fputs(d->incomplete ? " <small>incomplete</small></th><td class=share>" : "</th><td class=share>",
              file);
        html_bar(file, d->totals, d->total);
        fputs("</td>", file);
        put_cell(page, t, (view){"", 0}, d->totals);
        for (size_t a = 0; a < m->num_areas; a++) {
            const area_row *row = matrix_area(m, t, m->areas[a]);
            put_cell(page, t, m->areas[a], row ? row->totals : nothing);
        }
        fputs("</tr>\n", file);
    }
    fputs("</tbody></table></div>\n", file);
    put_legend(file, m);
}

/* ---- Cases --------------------------------------------------------------------------------------------- */

static bool row_differs(const matrix *m, const matrix_row *row) {
    word first = WORD_COUNT;
    for (size_t t = 0; t < m->num_targets; t++) {
        word verdict = matrix_word(row, t);
        if (verdict == WORD_COUNT) continue;
        if (first != WORD_COUNT && verdict != first) return true;
        first = verdict;
    }
    return false;
}

static void put_chip(FILE *file, char letter, const char *name, size_t number) {
    fprintf(file, "<button type=button class=\"chip v%c\" data-v=%c aria-pressed=false>", letter, letter);
    if (letter != 'D') fprintf(file, "<b>%c</b> ", letter);
    fprintf(file, "%s %zu</button>", name, number);
}

/* What the cases of a section have in common: the nth shown. */
static view group_of(const side_by_side *page, size_t nth) {
    size_t row = page->rows[nth];
    if (!page->diff) return page->m->rows[row].area;
    const char *title = diff_title(page->diff->kinds[row]);
    return (view){title, strlen(title)};
}

static bool same_group(const side_by_side *page, size_t a, size_t b) {
    view left = group_of(page, a), right = group_of(page, b);
    return left.len == right.len && memcmp(left.data, right.data, left.len) == 0;
}

static void put_filter(const side_by_side *page) {
    FILE *file = page->file;
    const matrix *m = page->m;
    size_t num[WORD_COUNT] = {0}, differ = 0;
    for (size_t i = 0; i < page->num_rows; i++) {
        const matrix_row *row = &m->rows[page->rows[i]];
        bool has[WORD_COUNT + 1] = {false};
        for (size_t t = 0; t < m->num_targets; t++) has[matrix_word(row, t)] = true;
        for (word w = 0; w < WORD_COUNT; w++) num[w] += has[w];
        differ += row_differs(m, row);
    }
    fputs("<fieldset><legend class=sr>Verdicts to show</legend>", file);
    for (word i = 0; i < WORD_COUNT; i++)
        if (num[i] > 0) put_chip(file, words[i].letter, words[i].name, num[i]);
    if (!page->diff) put_chip(file, 'D', "differ", differ);
    fputs("</fieldset><label><span class=sr>Target</span><select name=t>"
          "<option value=\"\">All targets</option>",
          file);
    for (size_t t = 0; t < m->num_targets; t++) {
        fputs("<option>", file);
        html_text(file, matrix_name(m, t));
        fputs("</option>", file);
    }
    fputs("</select></label><label><span class=sr>Group</span><select name=a><option value=\"\">", file);
    fputs(page->diff ? "All changes</option>" : "All areas</option>", file);
    for (size_t i = 0; i < page->num_rows; i++) {
        if (i > 0 && same_group(page, i, i - 1)) continue;
        fputs("<option>", file);
        html_text(file, group_of(page, i));
        fputs("</option>", file);
    }
    fputs("</select></label>", file);
}

static void put_heads(const side_by_side *page) {
    fputs("<div class=heads aria-hidden=true>", page->file);
    for (size_t t = 0; t < page->m->num_targets; t++) {
        fputs("<span>", page->file);
        html_text(page->file, matrix_name(page->m, t));
        fputs("</span>", page->file);
    }
    fputs("</div>\n", page->file);
}

/* What a case demands: the same for every target, so the first record that has it speaks. */
static void put_demands(const side_by_side *page, const matrix_row *row) {
    FILE *file = page->file;
    size_t t = 0;
    while (t < page->m->num_targets && !row->tests[t]) t++;
    if (t == page->m->num_targets) return;
    const json_t *test = row->tests[t], *header = page->m->targets[t].record->header;
    const json_t *checks = json_list(test, "checks"), *expected = json_list(test, "expected");
    fputs("<h5>Requirement</h5><ul class=reqs>", file);
    for (size_t i = 0; i < json_array_size(checks); i++) {
        view id = view_of(json_array_get(checks, i));
        fputs("<li>", file);
        html_requirement(file, header_requirement(header, id), id, false);
        fputs("</li>\n", file);
    }
    fputs("</ul><h5>Expected</h5><ol class=outcomes>", file);
    for (size_t i = 0; i < json_array_size(expected); i++) {
        const json_t *outcome = json_array_get(expected, i);
        word verdict = word_from_name(view_get(outcome, "verdict"));
        fputs("<li>", file);
        if (verdict < WORD_COUNT) html_badge(file, verdict);
        putc(' ', file);
        html_text(file, view_get(outcome, "text"));
        fputs("</li>\n", file);
    }
    fputs("</ol>\n", file);
}

static void put_results(const side_by_side *page, const matrix_row *row) {
    FILE *file = page->file;
    fputs("<h5>Seen</h5><ul class=results>", file);
    for (size_t t = 0; t < page->m->num_targets; t++) {
        word verdict = matrix_word(row, t);
        if (verdict == WORD_COUNT || verdict == WORD_PASS) continue;
        view why = view_get(row->tests[t], "why"), seen = view_get(row->tests[t], "seen");
        fputs("<li>", file);
        html_badge(file, verdict);
        putc(' ', file);
        put_target(page, t, row->id);
        fputs(why.len > 0 ? ": " : "", file);
        html_text(file, why);
        fputs("<small>", file);
        html_text(file, seen);
        fputs("</small></li>\n", file);
    }
    bool any = false;
    for (size_t t = 0; t < page->m->num_targets; t++) {
        if (matrix_word(row, t) != WORD_PASS) continue;
        if (!any) {
            fputs("<li>", file);
            html_badge(file, WORD_PASS);
        }
        fputs(any ? ", " : " ", file);
        put_target(page, t, row->id);
        any = true;
    }
    fputs(any ? "</li></ul>" : "</ul>", file);
}

static char letter_of(const matrix_row *row, size_t target) {
    word verdict = matrix_word(row, target);
    return verdict == WORD_COUNT ? '-' : words[verdict].letter;
}

/* A letter for each target. Neighbours that are the same are one element, which a browser is done with
 * sooner. */
static void put_strip(const side_by_side *page, const matrix_row *row) {
    FILE *file = page->file;
    char before = 0;
    for (size_t t = 0; t < page->m->num_targets; t++) {
        char letter = letter_of(row, t);
        if (letter != before && before) fputs("</b>", file);
        if (letter != before && letter == '-') fputs("<b>", file);
        if (letter != before && letter != '-') fprintf(file, "<b class=v%c>", letter);
        if (letter == '-')
            fputs("&middot;", file);
        else
            putc(letter, file);
        before = letter;
    }
    if (before) fputs("</b>", file);
}

static void put_row(const side_by_side *page, const matrix_row *row) {
    FILE *file = page->file;
    const json_t *test = NULL;
    fputs("<details class=c data-id=\"", file);
    html_text(file, row->id);
    fputs("\" data-r=", file);
    for (size_t t = 0; t < page->m->num_targets; t++) {
        putc(letter_of(row, t), file);
        if (!test) test = row->tests[t];
    }
    fputs("><summary><h4>", file);
    html_text(file, view_get(test, "title"));
    fputs("</h4><code>", file);
    html_text(file, row->id);
    fputs("</code><span class=strip>", file);
    put_strip(page, row);
    fputs("</span></summary><noscript><div class=body id=\"", file);
    html_text(file, row->id);
    fputs("\">\n", file);
    put_demands(page, row);
    put_results(page, row);
    fputs("</div></noscript></details>\n", file);
}

static void put_cases(const side_by_side *page) {
    FILE *file = page->file;
    for (size_t from = 0, to; from < page->num_rows; from = to) {
        for (to = from + 1; to < page->num_rows && same_group(page, to, from);) to++;
        view group = group_of(page, from);
        fputs("<section class=area data-a=\"", file);
        html_text(file, group);
        fputs("\" id=\"area:", file);
        html_text(file, group);
        fputs("\"><h3>", file);
        html_text(file, group);
        fprintf(file, " <small>%zu case%s</small></h3>\n", to - from, to - from == 1 ? "" : "s");
        put_heads(page);
        for (size_t i = from; i < to; i++) put_row(page, &page->m->rows[page->rows[i]]);
        fputs("</section>\n", file);
    }
    if (page->m->num_rows == 0)
        fputs("<p>The records hold no case.</p>\n", file);
    else if (page->num_rows == 0)
        fputs("<p>Nothing changed.</p>\n", file);
}

/* ---- The page ------------------------------------------------------------------------------------------ */

static int put_slot(const void *user, view slot) {
    const side_by_side *page = user;
    if (view_is(slot, "title") && page->diff)
        fputs("wsconform: what changed", page->file);
    else if (view_is(slot, "heading"))
        fputs(page->diff ? "What changed" : "Targets by area", page->file);
    else if (view_is(slot, "head") && page->diff)
        diff_page_head(page);
    else if (view_is(slot, "summary") && page->diff)
        diff_page_summary(page);
    else if (view_is(slot, "title"))
        fprintf(page->file, "wsconform: %zu target%s", page->m->num_targets,
                page->m->num_targets == 1 ? "" : "s");
    else if (view_is(slot, "head"))
        put_head(page);
    else if (view_is(slot, "class"))
        fputs(page->m->num_targets > STRIP_MAX ? " class=many" : "", page->file);
    else if (view_is(slot, "alarm"))
        put_alarm(page);
    else if (view_is(slot, "summary"))
        put_summary(page);
    else if (view_is(slot, "filter"))
        put_filter(page);
    else if (view_is(slot, "cases"))
        put_cases(page);
    return 0;
}

int matrix_page_write(const side_by_side *page) {
    int result = html_fill(page->file, html_matrix, put_slot, page);
    return result < 0 || fflush(page->file) == EOF || ferror(page->file) ? -1 : 0;
}

int report_matrix_html(const report_target *targets, size_t num_targets, FILE *file) {
    matrix *m = matrix_new(targets, num_targets);
    size_t *rows = m ? calloc(m->num_rows + 1, sizeof *rows) : NULL;
    int result = -1;
    if (rows) {
        for (size_t r = 0; r < m->num_rows; r++) rows[r] = r;
        side_by_side page = {.file = file, .m = m, .rows = rows, .num_rows = m->num_rows};
        result = matrix_page_write(&page);
    } else {
        errno = ENOMEM;
    }
    free(rows);
    matrix_free(m);
    return result;
}
