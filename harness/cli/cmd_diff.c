/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "cli/gate.h"
#include "cli/output.h"
#include "cli/record.h"
#include "report/diff.h"

static int write_markdown(const void *user, FILE *file) {
    return report_diff_markdown(user, file);
}

static int write_html(const void *user, FILE *file) {
    return report_diff_html(user, file);
}

static int tell(const cli_options *o, const diff *d) {
    int code = 0;
    if (o->markdown) code = output_write(o->markdown, write_markdown, d);
    if (o->html && !code) code = output_write(o->html, write_html, d);
    if (o->markdown || o->html || code) return code;
    report_terminal terminal = {
        .file = stdout, .colour = cli_colour(o, stdout), .verbose = o->verbose, .quiet = o->quiet};
    if (report_diff_terminal(d, &terminal) == 0) return 0;
    fputs("wsconform: cannot write to standard output\n", stderr);
    return EXIT_HARNESS;
}

static const char *judges(const record *r) {
    const char *role = json_string_value(json_object_get(r->header, "judges"));
    return role && strcmp(role, "client") == 0 ? "client" : "server";
}

int cmd_diff(const cli_options *options) {
    if (options->words.num != 2) return cli_usage_error("diff needs two records: OLD.jsonl NEW.jsonl");
    record *records[2] = {NULL, NULL};
    report_target targets[2];
    char names[2][CLI_STEM_MAX];
    gate *g = NULL;
    int code = cli_gate_open(&g, options, NULL);
    for (size_t i = 0; i < 2 && !code; i++) {
        const char *path = options->words.items[i];
        code = cli_record_read(&records[i], path);
        if (code) break;
        cli_record_drop_wires(records[i]);
        targets[i] = (report_target){cli_record_stem(names[i], path), records[i], NULL};
    }
    if (!code && strcmp(judges(records[0]), judges(records[1])) != 0)
        code =
            cli_usage_error("%s judges a %s, %s a %s: there is nothing to compare", options->words.items[0],
                            judges(records[0]), options->words.items[1], judges(records[1]));
    if (!code) {
        diff *d = diff_new(targets, g);
        if (!d) abort();
        code = tell(options, d);
        if (!code) code = diff_incomplete(d) ? EXIT_TARGET : d->num[DIFF_REGRESSED] ? EXIT_FAILURES : EXIT_OK;
        diff_free(d);
    }
    for (size_t i = 0; i < 2; i++)
        if (records[i]) record_free(records[i]);
    gate_free(g);
    return code;
}
