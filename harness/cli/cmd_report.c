/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/gate.h"
#include "cli/github.h"
#include "cli/output.h"
#include "cli/record.h"
#include "cli/select.h"
#include "cli/settings.h"
#include "report/merge.h"

static int exit_code_of(const record *r) {
    if (!r->footer) return EXIT_TARGET;
    json_int_t code = json_integer_value(json_object_get(r->footer, "exit_code"));
    return code >= EXIT_OK && code <= EXIT_HARNESS ? (int)code : EXIT_HARNESS;
}

static void print(const cli_options *options, const record *r) {
    report_terminal terminal = {.file = stdout,
                                .colour = cli_colour(options, stdout),
                                .verbose = options->verbose,
                                .quiet = options->quiet};
    report_terminal_header(&terminal, r->header);
    size_t i;
    json_t *test;
    json_array_foreach(r->cases, i, test) report_terminal_case(&terminal, r->header, test);
    report_terminal_footer(&terminal, r);
}

/* Judges by the rules that are given now. */
static int judge_again(const cli_options *options, record *r) {
    gate *g = NULL;
    int code = cli_gate_open(&g, options, NULL);
    if (code) return code;
    catalogue *all = cli_catalogue(options);
    if (!all) {
        gate_free(g);
        return EXIT_USAGE;
    }
    code = cli_gate_close(g, options, all, r, exit_code_of(r));
    gate_free(g);
    catalogue_free(all);
    bool told = code == EXIT_HARNESS && exit_code_of(r) != EXIT_HARNESS; /* the baseline was not written */
    return told ? code : 0;
}

/* ---- Several ------------------------------------------------------------------------------------------- */

typedef struct side {
    record *record;
    const char *path; /* of shards, that of the first */
    char name[CLI_STEM_MAX], page[4096];
} side;

typedef struct sides {
    size_t num;
    side side[CLI_LIST_MAX];
    report_target targets[CLI_LIST_MAX];
    int code; /* the worst by the rules that are given, if any are */
} sides;

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The address of the target's own page seen from the page `html`: only where it lies beside it or below. */
static void page_find(side *s, const char *path, const char *html) {
    size_t folder = (size_t)(file_name(html) - html), stem = strlen(path);
    if (stem > 6 && strcmp(path + stem - 6, ".jsonl") == 0) stem -= 6;
    int n = snprintf(s->page, sizeof s->page, "%.*s.html", (int)stem, path);
    bool good = n > 0 && (size_t)n < sizeof s->page && strncmp(path, html, folder) == 0 &&
                path[folder] != '/' && strcmp(s->page, html) != 0 && access(s->page, R_OK) == 0;
    memmove(s->page, s->page + (good ? folder : 0), good ? strlen(s->page + folder) + 1 : 1);
    if (!good) s->page[0] = 0;
}

/* A record that names its target, or its agent, is believed; others go by the file: an address says little.
 */
static void name_find(side *s, const char *path) {
    const json_t *target = json_object_get(s->record->header, "target");
    const char *agent = json_string_value(json_object_get(target, "agent"));
    const char *given = json_string_value(json_object_get(target, "name"));
    if ((!agent || !*agent) && (!given || !*given)) cli_record_stem(s->name, path);
}

static int write_html(const void *user, FILE *file) {
    const sides *all = user;
    return report_matrix_html(all->targets, all->num, file);
}

static int write_markdown(const void *user, FILE *file) {
    const sides *all = user;
    return report_matrix_markdown(all->targets, all->num, file);
}

/* Makes one record of the nth and of all behind it that are shards of the same whole. */
static int shards_merge(sides *all, size_t nth) {
    const record *parts[CLI_LIST_MAX];
    size_t num = 0, kept = nth + 1;
    char why[256];
    for (size_t i = nth; i < all->num; i++)
        if (record_same_whole(all->side[nth].record, all->side[i].record)) parts[num++] = all->side[i].record;
    record *whole = record_merge(parts, num, why, sizeof why);
    if (!whole) return cli_usage_error("%s and what goes with it: %s", all->side[nth].path, why);
    for (size_t i = nth + 1; i < all->num; i++) {
        if (!record_same_whole(all->side[nth].record, all->side[i].record))
            all->side[kept++] = all->side[i];
        else
            record_free(all->side[i].record);
    }
    all->num = kept;
    record_free(all->side[nth].record);
    all->side[nth].record = whole;
    return 0;
}

static int sides_read(sides *all, const cli_options *options) {
    for (size_t i = 0; i < options->words.num; i++) {
        side *s = &all->side[i];
        s->path = options->words.items[i];
        int code = cli_record_read(&s->record, s->path);
        if (code) return code;
        all->num++;
        bool alone = record_is_shard(s->record) || options->words.num == 1;
        if (!alone) cli_record_drop_wires(s->record);
    }
    for (size_t i = 0; i < all->num; i++) {
        int code = record_is_shard(all->side[i].record) ? shards_merge(all, i) : 0;
        if (code) return code;
    }
    return 0;
}

/* Without rules the exit code is 0, whatever the records say: they are compared, not judged once more. */
static int report_several(sides *all, const cli_options *options) {
    if (options->json || options->jsonl || options->junit || options->out || options->tap || options->sarif ||
        options->badge)
        return cli_usage_error("the records of several targets make only --html and --markdown");
    if (options->update_baseline) return cli_usage_error("--update-baseline takes one target");
    int code = 0;
    for (size_t i = 0; i < all->num && !code; i++) {
        side *s = &all->side[i];
        cli_record_drop_wires(s->record);
        if (cli_gate_wanted(options)) {
            code = judge_again(options, s->record);
            all->code = settings_worse(all->code, exit_code_of(s->record));
        }
        name_find(s, s->path);
        if (options->html && strcmp(options->html, "-") != 0) page_find(s, s->path, options->html);
        all->targets[i] = (report_target){s->name, s->record, s->page[0] ? s->page : NULL};
    }
    if (!code && options->html) code = output_write(options->html, write_html, all);
    if (!code && (options->markdown || !options->html))
        code = output_write(options->markdown ? options->markdown : "-", write_markdown, all);
    return code ? code : all->code;
}

/* ---- One ----------------------------------------------------------------------------------------------- */

static int report_one(record *r, const cli_options *options) {
    outputs out;
    int code = cli_github_check(options);
    if (!code && cli_gate_wanted(options)) code = judge_again(options, r);
    if (!code) code = outputs_open(&out, options, 0);
    if (code) return code;
    if (!outputs_wanted(&out)) print(options, r);
    cli_github(options, r, outputs_on_stdout(&out) ? stderr : stdout);
    bool written = outputs_record_write(&out, r) == 0;
    code = outputs_finish(&out, r);
    if (!written) code = EXIT_HARNESS;
    return code ? code : exit_code_of(r);
}

int cmd_report(const cli_options *options) {
    if (options->words.num == 0) return cli_usage_error("report needs a record (FILE.jsonl)");
    sides *all = calloc(1, sizeof *all);
    if (!all) abort();
    int code = sides_read(all, options);
    if (!code) code = all->num > 1 ? report_several(all, options) : report_one(all->side[0].record, options);
    for (size_t i = 0; i < all->num; i++) record_free(all->side[i].record);
    free(all);
    return code;
}
