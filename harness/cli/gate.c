/* SPDX-License-Identifier: MIT */
#include "cli/gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool cli_gate_wanted(const cli_options *o) {
    return o->baseline || o->update_baseline || o->fail_on.num || o->require.num || o->strict;
}

static int baseline_open(gate *g, const cli_options *o) {
    FILE *file = fopen(o->baseline, "r");
    if (!file && errno == ENOENT && o->update_baseline) {
        gate_baseline_empty(g, o->baseline);
        return 0;
    }
    if (!file) return cli_usage_error("cannot read %s: %s", o->baseline, strerror(errno));
    char why[300];
    int result = gate_baseline_read(g, o->baseline, file, why, sizeof why);
    fclose(file);
    return result ? cli_usage_error("%s is no baseline: %s", o->baseline, why) : 0;
}

/* An area that no case is in would be short for ever, after the whole run. */
static bool area_known(const catalogue *all, const char *item) {
    const char *equals = strrchr(item, '=');
    if (!all || !equals) return true;
    size_t len = (size_t)(equals - item);
    for (size_t i = 0; i < all->num_cases; i++) {
        const char *area = all->cases[i].area;
        if (strlen(area) == len && memcmp(area, item, len) == 0) return true;
    }
    return false;
}

static int rules_read(gate *g, const cli_options *o, const catalogue *all) {
    for (size_t i = 0; i < o->fail_on.num; i++)
        if (gate_fail_on(g, o->fail_on.items[i]) < 0)
            return cli_usage_error(
                "--fail-on is fail, lenient, info, unsupported, blocked, any or never, not \"%s\"",
                o->fail_on.items[i]);
    if (o->strict) (void)gate_fail_on(g, "lenient");
    for (size_t i = 0; i < o->require.num; i++) {
        if (gate_require(g, o->require.items[i]) < 0)
            return cli_usage_error("--require %s is no number, and no AREA=NUMBER", o->require.items[i]);
        if (!area_known(all, o->require.items[i]))
            return cli_usage_error("--require %s: the catalogue has no such area", o->require.items[i]);
    }
    if (o->update_baseline && !o->baseline) return cli_usage_error("--update-baseline goes with --baseline");
    return o->baseline ? baseline_open(g, o) : 0;
}

int cli_gate_open(gate **g, const cli_options *o, const catalogue *all) {
    *g = gate_new();
    int code = rules_read(*g, o, all);
    if (!code) return 0;
    gate_free(*g);
    *g = NULL;
    return code;
}

void cli_gate_case(const gate *g, const cli_options *o, json_t *test) {
    if (!o->update_baseline) gate_case(g, test);
}

/* The file appears only when it is whole. */
static int baseline_write(const gate *g, const char *path) {
    char temporary[4200];
    int n = snprintf(temporary, sizeof temporary, "%s.tmp", path);
    if (n < 0 || (size_t)n >= sizeof temporary)
        return cli_usage_error("the path of the baseline is too long");
    FILE *file = fopen(temporary, "w");
    int result = file ? gate_baseline_write(g, file) : -1;
    if (file && fclose(file) != 0) result = -1;
    if (result == 0 && rename(temporary, path) == 0) {
        fprintf(stderr, "wsconform: %s has %zu entr%s now\n", path, gate_baseline_size(g),
                gate_baseline_size(g) == 1 ? "y" : "ies");
        return 0;
    }
    fprintf(stderr, "wsconform: cannot write %s: %s\n", path, strerror(errno));
    if (file) (void)unlink(temporary);
    return EXIT_HARNESS;
}

int cli_gate_close(gate *g, const cli_options *o, const catalogue *all, record *rec, int code) {
    const char **known = calloc(all->num_cases + 1, sizeof *known);
    if (!known) abort();
    size_t num = 0;
    const char *judges = json_string_value(json_object_get(rec->header, "judges"));
    bool clients = judges && strcmp(judges, "client") == 0;
    for (size_t i = 0; i < all->num_cases; i++)
        if (clients ? all->cases[i].judges_client : all->cases[i].judges_server)
            known[num++] = all->cases[i].id;
    bool whole = json_is_true(json_object_get(rec->footer, "complete"));
    int written = 0;
    if (o->update_baseline && whole) {
        gate_baseline_update(g, rec, known, num);
        written = baseline_write(g, o->baseline);
    } else if (o->update_baseline) {
        fprintf(stderr, "wsconform: the run is incomplete: %s stays as it was\n", o->baseline);
    }
    gate_header(g, rec->header);
    for (size_t i = 0; i < json_array_size(rec->cases); i++) gate_case(g, json_array_get(rec->cases, i));
    code = gate_footer(g, rec, known, num, code);
    free(known);
    return written ? written : code;
}
