/* SPDX-License-Identifier: MIT */
#include "cli/select.h"

#include <stdlib.h>
#include <string.h>

#include "script/run.h"

void cli_complain(void *user, const char *file, int line, const char *pointer, const char *message) {
    const char *label = user;
    fprintf(stderr, "wsconform: %s", file);
    if (line > 0) fprintf(stderr, ":%d", line);
    fprintf(stderr, ": %s%s%s%s\n", label ? label : "", pointer, *pointer ? ": " : "", message);
}

catalogue *cli_catalogue(const cli_options *options) {
    return catalogue_load(options->cases, cli_complain, NULL);
}

static bool matches_any(const catalogue *all, const test_case *test, const cli_list *patterns, bool *used) {
    bool any = false;
    for (size_t i = 0; i < patterns->num; i++) {
        if (!case_matches(all, test, patterns->items[i])) continue;
        used[i] = any = true;
    }
    return any;
}

/* Whether a pattern is the id of the case, letter by letter. */
static bool named(const test_case *test, const cli_list *patterns) {
    for (size_t i = 0; i < patterns->num; i++)
        if (strcmp(patterns->items[i], test->id) == 0) return true;
    return false;
}

static int unused(const cli_list *patterns, const bool *used) {
    for (size_t i = 0; i < patterns->num; i++)
        if (!used[i]) return cli_usage_error("no case matches \"%s\"", patterns->items[i]);
    return 0;
}

long cli_select(const cli_options *options, const catalogue *all, const cli_list *patterns, cli_role role,
                const test_case ***cases) {
    cli_list include = options->include;
    for (size_t i = 0; i < patterns->num && include.num < CLI_LIST_MAX; i++)
        include.items[include.num++] = patterns->items[i];
    bool used_in[CLI_LIST_MAX] = {false}, used_out[CLI_LIST_MAX] = {false};
    *cases = calloc(all->num_cases ? all->num_cases : 1, sizeof **cases);
    if (!*cases) abort();
    bool full = options->profile && strcmp(options->profile, "full") == 0;
    size_t num = 0, num_left_out = 0, num_excluded = 0;
    for (size_t i = 0; i < all->num_cases; i++) {
        const test_case *test = &all->cases[i];
        if (role == CLI_SERVERS && !test->judges_server) continue;
        if (role == CLI_CLIENTS && !test->judges_client) continue;
        bool wanted = include.num == 0 || matches_any(all, test, &include, used_in);
        /* The signs of life are for the runner itself. */
        bool full_only = wanted && role != CLI_ANY && test->full_only && !full;
        if (full_only || strcmp(test->area, "liveness") == 0) wanted = named(test, &include);
        if (full_only && !wanted) num_left_out++;
        if (wanted && matches_any(all, test, &options->exclude, used_out)) {
            wanted = false;
            num_excluded++;
        }
        if (wanted && options->with && !run_takes_deflate(test)) wanted = false;
        if (wanted) (*cases)[num++] = test;
    }
    if (unused(&include, used_in) || unused(&options->exclude, used_out)) {
        free(*cases);
        return -1;
    }
    if (num == 0) {
        free(*cases);
        cli_usage_error("no case is selected%s",
                        num_excluded   ? ": --exclude leaves none"
                        : num_left_out ? ": what matches runs with --profile full only, or by its id"
                                       : "");
        return -1;
    }
    return (long)num;
}

long cli_shard_take(cli_shard *shard, const cli_options *options, const test_case **cases, long num) {
    *shard = (cli_shard){.num_all = (size_t)num};
    if (!options->shard) return num;
    int end = 0;
    if (sscanf(options->shard, "%5u/%5u%n", &shard->index, &shard->of, &end) != 2 || options->shard[end] ||
        strspn(options->shard, "0123456789/") != (size_t)end || !shard->index || shard->index > shard->of ||
        shard->of > 10000) {
        cli_usage_error("--shard %s is not I/N, as 2/4", options->shard);
        return -1;
    }
    long kept = 0;
    for (long i = shard->index - 1; i < num; i += shard->of) cases[kept++] = cases[i];
    if (kept > 0) return kept;
    cli_usage_error("--shard %s has none of %ld case%s", options->shard, num, num == 1 ? "" : "s");
    return -1;
}
