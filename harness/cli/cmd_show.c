/* SPDX-License-Identifier: MIT */
/* wsconform show: a case of the catalogue, or what a record has of it. */
#include <fnmatch.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/record.h"
#include "cli/select.h"
#include "script/case_describe.h"

static void tree_print(json_t *tree) {
    json_dumpf(tree, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    putchar('\n');
    json_decref(tree);
}

static int show_written(const cli_options *options) {
    catalogue *all = cli_catalogue(options);
    if (!all) return EXIT_USAGE;
    int code = EXIT_OK;
    json_t *array = options->as_json ? json_array() : NULL;
    for (size_t i = 0; i < options->words.num && !code; i++) {
        const char *id = options->words.items[i];
        const test_case *test = catalogue_case(all, id);
        if (!test) {
            code = cli_usage_error("there is no case \"%s\"; see wsconform list", id);
        } else if (array) {
            json_array_append_new(array, case_show_json(all, test));
        } else {
            if (i) putchar('\n');
            case_describe(all, test, stdout);
        }
    }
    if (array && !code)
        tree_print(array);
    else
        json_decref(array);
    catalogue_free(all);
    return code;
}

/* ---- Of a record --------------------------------------------------------------------------------------- */

/* Cases of a record, in its order. */
typedef struct chosen {
    const record *record;
    const json_t **cases;
    size_t num;
} chosen;

/* Takes those that an id or a glob names. Returns 0, or EXIT_USAGE after a message. */
static int choose(chosen *c, const cli_options *options) {
    size_t all = json_array_size(c->record->cases);
    bool found[CLI_LIST_MAX] = {false};
    c->cases = calloc(all + 1, sizeof(const json_t *));
    if (!c->cases) abort();
    for (size_t i = 0; i < all; i++) {
        const json_t *test = json_array_get(c->record->cases, i);
        const char *id = json_string_value(json_object_get(test, "id"));
        bool wanted = false;
        for (size_t k = 0; id && k < options->words.num; k++) {
            const char *pattern = options->words.items[k];
            if (strcmp(pattern, id) != 0 && fnmatch(pattern, id, FNM_NOESCAPE) != 0) continue;
            wanted = found[k] = true;
        }
        if (wanted) c->cases[c->num++] = test;
    }
    for (size_t k = 0; k < options->words.num; k++)
        if (!found[k])
            return cli_usage_error("%s has no case \"%s\"%s", options->record, options->words.items[k],
                                   c->record->footer ? "" : "; it was cut short");
    return 0;
}

static int write_capture(const void *user, FILE *file) {
    const chosen *c = user;
    return report_pcapng(c->record->header, c->cases, c->num, file);
}

static unsigned columns(FILE *file) {
    struct winsize size;
    return isatty(fileno(file)) && ioctl(fileno(file), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static void print_all(const chosen *c, const cli_options *options) {
    const report_terminal terminal = {
        .file = stdout, .colour = cli_colour(options, stdout), .width = columns(stdout)};
    for (size_t i = 0; i < c->num; i++) {
        if (i) putchar('\n');
        report_terminal_log(&terminal, c->record->header, c->cases[i]);
    }
}

static int show_recorded(const cli_options *options) {
    record *r;
    int code = cli_record_read(&r, options->record);
    if (code) return code;
    chosen c = {.record = r};
    code = choose(&c, options);
    if (!code && options->pcap) {
        code = output_write(options->pcap, write_capture, &c);
    } else if (!code && options->as_json) {
        json_t *array = json_array();
        for (size_t i = 0; i < c.num; i++) json_array_append(array, (json_t *)(uintptr_t)c.cases[i]);
        tree_print(array);
    } else if (!code) {
        print_all(&c, options);
    }
    free(c.cases);
    record_free(r);
    return code;
}

int cmd_show(const cli_options *options) {
    if (!options->words.num) return cli_usage_error("show needs the id of a case");
    if (options->record && options->cases) return cli_usage_error("--record and --cases exclude each other");
    if (options->pcap && !options->record) return cli_usage_error("--pcap goes with --record");
    if (options->pcap && options->as_json) return cli_usage_error("--pcap and --json exclude each other");
    return options->record ? show_recorded(options) : show_written(options);
}
