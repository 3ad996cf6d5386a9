/* SPDX-License-Identifier: MIT */
/* The HTML report: one page from reports/template.html and a record. */
#include "report/html.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/explain.h"
#include "report/text.h"

/* ---- Parts --------------------------------------------------------------------------------------------- */

void html_text(FILE *file, view text) {
    view_put(file, text, TEXT_MARKUP);
}

void html_octets(FILE *file, view text) {
    view_put(file, text, TEXT_MARKUP | TEXT_OCTETS);
}

void html_fragment(FILE *file, view anchor) {
    for (const char *c = anchor.data; c < anchor.data + anchor.len; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
                     (*c && strchr("-._~/:@", *c));
        if (plain)
            putc(*c, file);
        else
            fprintf(file, "%%%02X", (unsigned)(unsigned char)*c);
    }
}

void html_link(FILE *file, const char *anchor) {
    fputs("<a href=\"#", file);
    html_fragment(file, (view){anchor, strlen(anchor)});
    fputs("\">", file);
}

void html_section(FILE *file, const json_t *requirement) {
    char url[TEXT_URL_MAX];
    if (view_get(requirement, "rfc").len == 0) return;
    text_section_url(url, json_text(requirement, "rfc"), json_text(requirement, "section"));
    if (url[0]) fprintf(file, "<a href=\"%s\" rel=noreferrer>", url);
    memo out;
    if (memo_open(&out) == 0) explain_section(out.file, requirement);
    if (memo_close(&out) == 0) text_put(file, out.data, out.len, TEXT_MARKUP);
    memo_free(&out);
    if (url[0]) fputs("</a>", file);
}

void html_requirement(FILE *file, const json_t *entry, view id, bool link) {
    view level = view_get(entry, "level"), statement = view_get(entry, "statement");
    html_text(file, statement.len > 0 ? statement : id);
    fputs(" <small>", file);
    html_section(file, entry);
    if (view_get(entry, "rfc").len > 0) fputs(" &middot; ", file);
    if (level.len > 0) {
        html_text(file, level);
        fputs(" &middot; ", file);
    }
    if (link) {
        fputs("<a href=\"#req:", file);
        html_fragment(file, id);
        fputs("\">", file);
    }
    html_text(file, id);
    fputs(link ? "</a></small>" : "</small>", file);
}

void html_letter(FILE *file, word verdict) {
    char letter = words[verdict].letter;
    fprintf(file, "<b class=\"l v%c\" title=%s>%c</b>", letter, words[verdict].name, letter);
}

void html_badge(FILE *file, word verdict) {
    char letter = words[verdict].letter;
    fprintf(file, "<span class=\"b v%c\"><b>%c</b> %s</span>", letter, letter, words[verdict].name);
}

/* ---- Head of the page ---------------------------------------------------------------------------------- */

static void put_title(const html_page *page) {
    view started = view_get(page->rec->header, "started");
    fputs("wsconform: ", page->file);
    html_text(page->file, header_target(page->rec->header));
    if (started.len >= 10) {
        fputs(", ", page->file);
        html_text(page->file, (view){started.data, 10});
    }
}

static void head_item(FILE *file, const char *name, view value) {
    if (value.len == 0) return;
    fprintf(file, "<div><dt>%s</dt><dd>", name);
    html_text(file, value);
    fputs("</dd></div>", file);
}

static void put_head(const html_page *page) {
    FILE *file = page->file;
    const json_t *header = page->rec->header, *target = json_map(header, "target");
    fputs("<p class=kicker>wsconform ", file);
    html_text(file, view_get(header, "version"));
    fputs(" &middot; conformance of a WebSocket ", file);
    html_text(file, view_get(header, "judges").len > 0 ? view_get(header, "judges") : (view){"endpoint", 8});
    fputs("</p>\n<h1>", file);
    html_text(file, header_target(header));
    fputs("</h1>\n<dl class=meta>", file);
    head_item(file, "Started", view_get(header, "started"));
    head_item(file, "Started with", view_get(target, "exec"));
    head_item(file, "Address", view_get(target, "address"));
    head_item(file, "TLS", view_get(json_map(target, "tls"), "text"));
    head_item(file, "Catalogue", header_catalogue(header));
    head_item(file, "Seed", view_get(header, "seed"));
    head_item(file, "Pacing", view_get(header, "pacing"));
    head_item(file, "Platform", view_get(header, "platform"));
    fputs("</dl>", file);
}

static void put_alarm(const html_page *page) {
    FILE *file = page->file;
    const digest *d = page->digest;
    if (d->incomplete) {
        fprintf(file, "<p class=alarm><strong>%s</strong> %s</p>\n",
                d->truncated ? "Truncated record." : "Incomplete run.", d->lack);
    }
    if (json_is_false(json_object_get(page->rec->footer, "alive")))
        fputs("<p class=alarm><strong>The target is dead.</strong> It did not answer any more at the end of "
              "the "
              "run.</p>\n",
              file);
}

/* ---- Summary ------------------------------------------------------------------------------------------- */

void html_bar(FILE *file, const size_t totals[WORD_COUNT], size_t total) {
    static const word order[] = {WORD_PASS,          WORD_INFO,    WORD_LENIENT,      WORD_UNSUPPORTED,
                                 WORD_NOT_RUN,       WORD_BLOCKED, WORD_SETUP_FAILED, WORD_TIMEOUT,
                                 WORD_HARNESS_ERROR, WORD_CRASHED, WORD_FAIL};
    if (total == 0) return;
    fputs("<svg class=bar viewBox=\"0 0 1000 8\" preserveAspectRatio=none aria-hidden=true>", file);
    double x = 0;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (totals[order[i]] == 0) continue;
        double width = 1000.0 * (double)totals[order[i]] / (double)total;
        fprintf(file, "<rect class=v%c x=%.1f width=%.1f height=8 />", words[order[i]].letter, x, width);
        x += width;
    }
    fputs("</svg>", file);
}

static void put_sentence(const html_page *page) {
    FILE *file = page->file;
    const digest *d = page->digest;
    char time[TEXT_DURATION_MAX];
    size_t fails = d->totals[WORD_FAIL];
    fputs("<p class=verdict>", file);
    if (fails)
        fprintf(file, "<strong class=vF>%zu of %zu cases fail.</strong>", fails, d->total);
    else if (d->trouble)
        fprintf(file, "<strong class=vT>%zu of %zu cases could not be judged.</strong>", d->trouble,
                d->total);
    else if (d->incomplete)
        fputs("<strong class=vT>The result is not complete.</strong>", file);
    else
        fprintf(file, "<strong class=vP>None of %zu cases fails.</strong>", d->total);
    if (fails && d->trouble) fprintf(file, " %zu more could not be judged.", d->trouble);
    if (json_has_int(page->rec->footer, "duration_ms")) {
        int64_t ms = json_int(page->rec->footer, "duration_ms");
        fprintf(file, " The run took %s.", text_duration(time, ms < INT64_MAX / 1000 ? ms * 1000 : 0));
    }
    fputs("</p>\n", file);
}

static void put_totals(const html_page *page) {
    fputs("<ul class=totals>", page->file);
    for (word i = 0; i < WORD_COUNT; i++) {
        if (page->digest->totals[i] == 0 && i > WORD_FAIL) continue;
        fprintf(page->file, "<li class=v%c><b>%zu</b> <span><b>%c</b> %s</span> <small>%s</small></li>",
                words[i].letter, page->digest->totals[i], words[i].letter, words[i].name, words[i].meaning);
    }
    fputs("</ul>\n", page->file);
}

/* Verdicts with a column in the matrix: those about the peer always, the others if they occur. */
static bool has_column(const digest *d, word verdict) {
    return verdict <= WORD_FAIL || d->totals[verdict] > 0;
}

static void put_cell(FILE *file, word verdict, size_t number, view area) {
    if (number == 0) {
        fputs("<td class=z>&middot;</td>", file);
        return;
    }
    fprintf(file, "<td><a class=\"v%c\" href=\"#area:", words[verdict].letter);
    html_fragment(file, area);
    fprintf(file, "\" data-f=\"v=%c&amp;a=", words[verdict].letter);
    html_fragment(file, area);
    fprintf(file, "\"><b>%c</b> %zu<span class=sr> %s</span></a></td>", words[verdict].letter, number,
            words[verdict].name);
}

static void put_matrix(const html_page *page, const size_t *order) {
    FILE *file = page->file;
    const digest *d = page->digest;
    fputs("<div class=scroll tabindex=0 role=region aria-label=\"Verdicts by area\"><table class=matrix>"
          "<thead><tr><th scope=col>Area</th>",
          file);
    for (word i = 0; i < WORD_COUNT; i++) {
        if (has_column(d, i)) fprintf(file, "<th scope=col>%s</th>", words[i].name);
    }
    fputs("<th scope=col>All</th><th scope=col><span "
          "class=sr>Share</span></th></tr></thead>\n<tbody>",
          file);
    for (size_t a = 0; a < d->num_areas; a++) {
        const area_row *row = &d->areas[order[a]];
        fputs("<tr><th scope=row><a href=\"#area:", file);
        html_fragment(file, row->name);
        fputs("\">", file);
        html_text(file, row->name);
        fputs("</a></th>", file);
        for (word i = 0; i < WORD_COUNT; i++) {
            if (has_column(d, i)) put_cell(file, i, row->totals[i], row->name);
        }
        fprintf(file, "<td>%zu</td><td class=share>", row->total);
        html_bar(file, row->totals, row->total);
        fputs("</td></tr>\n", file);
    }
    fputs("</tbody></table></div>\n", file);
}

/* Many failures often have one cause, so the requirements that are broken most come first. */
static int put_broken(const html_page *page) {
    enum { SHOWN = 8 };
    FILE *file = page->file;
    size_t num;
    const requirement_row **rows = digest_broken(page->digest, &num);
    if (!rows) return -1;
    if (num > 0) fprintf(file, "<h3>Broken requirements</h3><ul class=broken>\n");
    for (size_t i = 0; i < num && i < SHOWN; i++) {
        const requirement_row *row = rows[i];
        fprintf(file, "<li><span class=\"b vF\">%zu case%s</span> <span>", row->num_fails,
                row->num_fails == 1 ? "" : "s");
        html_requirement(file, row->entry, row->id, true);
        fputs("</span></li>\n", file);
    }
    if (num > SHOWN)
        fprintf(file,
                "<li><span></span> <span>and %zu more in the <a href=\"#requirements\">list</a></span>\n",
                num - SHOWN);
    if (num > 0) fputs("</ul>\n", file);
    free(rows);
    return 0;
}

static void put_gate_sentence(void *user, bool red, const char *text) {
    FILE *file = user;
    fputs(red ? "<li><b class=vF>" : "<li>", file);
    text_puts(file, text, TEXT_MARKUP);
    fputs(red ? "</b></li>\n" : "</li>\n", file);
}

/* What is red by the rules that the run was given. */
static void put_gate(const html_page *page) {
    FILE *file = page->file;
    size_t red = page->digest->red;
    if (!json_map(page->rec->header, "gate")) return;
    fprintf(file, "<ul class=gate>\n<li><b class=v%c>%zu case%s red</b></li>\n", red ? 'F' : 'P', red,
            red == 1 ? " is" : "s are");
    explain_gate(page->rec, put_gate_sentence, file);
    fputs("</ul>\n", file);
}

static int put_summary(const html_page *page) {
    size_t *order = digest_worst_first(page->digest);
    if (!order) return -1;
    put_sentence(page);
    put_gate(page);
    html_bar(page->file, page->digest->totals, page->digest->total);
    put_totals(page);
    put_matrix(page, order);
    free(order);
    return put_broken(page);
}

/* ---- Cases --------------------------------------------------------------------------------------------- */

static void put_filter(const html_page *page) {
    FILE *file = page->file;
    const digest *d = page->digest;
    fputs("<fieldset><legend class=sr>Verdicts to show</legend>", file);
    for (word i = 0; i < WORD_COUNT; i++) {
        if (d->totals[i] == 0) continue;
        fprintf(
            file,
            "<button type=button class=\"chip v%c\" data-v=%c aria-pressed=false><b>%c</b> %s %zu</button>",
            words[i].letter, words[i].letter, words[i].letter, words[i].name, d->totals[i]);
    }
    if (json_map(page->rec->header, "gate"))
        fprintf(file, "<button type=button class=\"chip vX\" data-v=X aria-pressed=false>red %zu</button>",
                d->red);
    fputs("</fieldset><label><span class=sr>Area</span><select name=a><option value=\"\">All areas</option>",
          file);
    for (size_t i = 0; i < d->num_areas; i++) {
        fputs("<option>", file);
        html_text(file, d->areas[i].name);
        fputs("</option>", file);
    }
    fputs("</select></label>", file);
}

static void put_cases(const html_page *page) {
    FILE *file = page->file;
    const digest *d = page->digest;
    for (size_t a = 0; a < d->num_areas; a++) {
        const area_row *row = &d->areas[a];
        fputs("<section class=area data-a=\"", file);
        html_text(file, row->name);
        fputs("\" id=\"area:", file);
        html_text(file, row->name);
        fputs("\"><h3>", file);
        html_text(file, row->name);
        fprintf(file, " <small>%zu case%s</small></h3>\n", row->total, row->total == 1 ? "" : "s");
        for (size_t i = row->first; i < d->total; i = d->next[i]) html_case(page, i);
        fputs("</section>\n", file);
    }
    if (d->total == 0) fputs("<p>The record holds no case.</p>\n", file);
}

/* ---- The run ------------------------------------------------------------------------------------------- */

/* A word of a command line, as a shell takes it. */
static void put_word(FILE *file, view text) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:=@,%+";
    if (text.len > 0 && strspn(text.data, plain) == text.len) {
        html_text(file, text);
        return;
    }
    const char *at = text.data, *end = at + text.len, *quote;
    fputs("&#39;", file);
    while ((quote = memchr(at, '\'', (size_t)(end - at)))) {
        html_text(file, (view){at, (size_t)(quote - at)});
        fputs("&#39;\\&#39;&#39;", file);
        at = quote + 1;
    }
    html_text(file, (view){at, (size_t)(end - at)});
    fputs("&#39;", file);
}

static void put_run(const html_page *page) {
    FILE *file = page->file;
    const json_t *header = page->rec->header, *command = json_list(header, "command");
    view output = view_get(page->rec->footer, "target_output");
    fputs("<dl class=facts>", file);
    if (json_has_int(header, "timeout_ms"))
        fprintf(file, "<div><dt>Timeout</dt><dd>%" PRId64 " ms</dd></div>", json_int(header, "timeout_ms"));
    if (json_has_int(header, "jobs"))
        fprintf(file, "<div><dt>Cases at once</dt><dd>%" PRId64 "</dd></div>", json_int(header, "jobs"));
    if (json_has_int(page->rec->footer, "exit_code"))
        fprintf(file, "<div><dt>Exit code</dt><dd>%" PRId64 "</dd></div>",
                json_int(page->rec->footer, "exit_code"));
    fputs("</dl>\n", file);
    if (json_array_size(command) > 0) {
        fputs("<h3>Command</h3><pre class=cmd tabindex=0>", file);
        for (size_t i = 0; i < json_array_size(command); i++) {
            view part = view_of(json_array_get(command, i));
            if (i > 0) putc(' ', file);
            put_word(file, part);
        }
        fputs("</pre>\n", file);
    }
    if (output.len > 0) {
        fputs("<h3>Last output of the target</h3><pre tabindex=0>", file);
        view_put(file, output, TEXT_MARKUP | TEXT_LINES | TEXT_OCTETS);
        fputs("</pre>\n", file);
    }
}

/* ---- The page ------------------------------------------------------------------------------------------ */

static int put_slot(const void *user, view slot) {
    const html_page *page = user;
    int result = 0;
    if (view_is(slot, "title"))
        put_title(page);
    else if (view_is(slot, "head"))
        put_head(page);
    else if (view_is(slot, "alarm"))
        put_alarm(page);
    else if (view_is(slot, "summary"))
        result = put_summary(page);
    else if (view_is(slot, "filter"))
        put_filter(page);
    else if (view_is(slot, "cases"))
        put_cases(page);
    else if (view_is(slot, "requirements"))
        result = html_requirements(page);
    else if (view_is(slot, "run"))
        put_run(page);
    return result;
}

int html_fill(FILE *file, const char *template, int (*put)(const void *user, view slot), const void *user) {
    const char *at = template, *slot;
    while ((slot = strstr(at, "{{"))) {
        const char *end = strstr(slot, "}}");
        if (!end) break;
        fwrite(at, 1, (size_t)(slot - at), file);
        if (put(user, (view){slot + 2, (size_t)(end - slot) - 2}) < 0) return -1;
        at = end + 2;
    }
    fputs(at, file);
    return 0;
}

/* The anchor of a case is its id; a repetition with another pacing gets "@pacing", any other one "~n".
   `taken` maps each anchor to the last number given to it. */
static char *make_anchor(const json_t *header, const json_t *test, json_t *taken) {
    memo out;
    view pacing = case_pacing(header, test);
    if (memo_open(&out) == 0) {
        view_put(out.file, view_get(test, "id"), 0);
        if (pacing.len > 0) putc('@', out.file);
        view_put(out.file, pacing, 0);
    }
    if (memo_close(&out) < 0) return NULL;
    char *anchor = out.data;
    json_int_t number = json_integer_value(json_object_get(taken, out.data));
    while (anchor && json_object_get(taken, anchor)) {
        if (anchor != out.data) free(anchor);
        if (asprintf(&anchor, "%s~%lld", out.data, (long long)++number) < 0) anchor = NULL;
    }
    bool good =
        anchor && json_object_set_new_nocheck(taken, out.data, json_integer(number ? number : 1)) == 0;
    if (good && anchor != out.data) good = json_object_set_new_nocheck(taken, anchor, json_integer(1)) == 0;
    if (!good && anchor != out.data) free(anchor);
    if (!good || anchor != out.data) memo_free(&out);
    return good ? anchor : NULL;
}

static char **make_anchors(const record *rec) {
    size_t num = json_array_size(rec->cases), made = 0;
    char **anchors = calloc(num + 1, sizeof *anchors);
    json_t *taken = json_object();
    while (anchors && taken && made < num) {
        anchors[made] = make_anchor(rec->header, json_array_get(rec->cases, made), taken);
        if (!anchors[made]) break;
        made++;
    }
    json_decref(taken);
    if (anchors && made == num) return anchors;
    while (anchors && made > 0) free(anchors[--made]);
    free(anchors);
    return NULL;
}

int report_html(const record *rec, FILE *file) {
    digest *d = digest_new(rec);
    char **anchors = make_anchors(rec);
    int result = -1;
    if (d && anchors) {
        html_page page = {.file = file, .rec = rec, .digest = d, .anchors = anchors};
        result = html_fill(file, html_template, put_slot, &page);
    }
    if (result < 0) errno = ENOMEM;
    for (size_t i = 0; anchors && i < json_array_size(rec->cases); i++) free(anchors[i]);
    free(anchors);
    digest_free(d);
    return result < 0 || fflush(file) == EOF || ferror(file) ? -1 : 0;
}
