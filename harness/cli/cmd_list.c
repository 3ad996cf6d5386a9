/* SPDX-License-Identifier: MIT */
/* wsconform list and wsconform show. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/select.h"
#include "script/case_describe.h"

/* Orders "6.4.10" behind "6.4.9". */
static int by_number(const void *left, const void *right) {
    const char *a = *(const char *const *)left, *b = *(const char *const *)right;
    return strverscmp(a, b);
}

static void autobahn_print(const test_case *const *cases, size_t num) {
    static const char prefix[] = "autobahn:";
    size_t n = 0, cap = 0;
    for (size_t i = 0; i < num; i++)
        for (size_t k = 0; cases[i]->also && cases[i]->also[k]; k++) cap++;
    const char **numbers = calloc(cap + 1, sizeof *numbers);
    if (!numbers) abort();
    for (size_t i = 0; i < num; i++)
        for (size_t k = 0; cases[i]->also && cases[i]->also[k]; k++)
            if (strncmp(cases[i]->also[k], prefix, sizeof prefix - 1) == 0) numbers[n++] = cases[i]->also[k];
    qsort(numbers, n, sizeof *numbers, by_number);
    for (size_t i = 0; i < n; i++) {
        if (i && strcmp(numbers[i], numbers[i - 1]) == 0) continue;
        printf("%-10s", numbers[i] + sizeof prefix - 1);
        for (size_t c = 0; c < num; c++)
            for (size_t k = 0; cases[c]->also && cases[c]->also[k]; k++)
                if (strcmp(cases[c]->also[k], numbers[i]) == 0) printf(" %s", cases[c]->id);
        putchar('\n');
    }
    free(numbers);
}

static void requirements_print(const catalogue *all, const test_case *const *cases, size_t num) {
    for (size_t r = 0; r < all->num_requirements; r++) {
        const requirement *wanted = &all->requirements[r];
        printf("%-16s %-10s %-12s %-13s", wanted->id, wanted->level, wanted->who, wanted->observable);
        for (size_t c = 0; c < num; c++)
            for (size_t k = 0; cases[c]->checks[k]; k++)
                if (strcmp(cases[c]->checks[k], wanted->id) == 0) printf(" %s", cases[c]->id);
        putchar('\n');
    }
}

int cmd_list(const cli_options *options) {
    catalogue *all = cli_catalogue(options);
    if (!all) return EXIT_USAGE;
    const test_case **cases;
    long num = cli_select(options, all, &options->words, CLI_ANY, &cases);
    if (num < 0) {
        catalogue_free(all);
        return EXIT_USAGE;
    }
    if (options->autobahn) {
        autobahn_print(cases, (size_t)num);
    } else if (options->requirements) {
        requirements_print(all, cases, (size_t)num);
    } else if (options->as_json) {
        json_t *array = json_array();
        for (long i = 0; i < num; i++) json_array_append_new(array, case_list_json(cases[i]));
        json_dumpf(array, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
        putchar('\n');
        json_decref(array);
    } else {
        for (long i = 0; i < num; i++)
            printf("%-56s %-6s %s\n", cases[i]->id, case_level_name(cases[i]->level), cases[i]->title);
    }
    free(cases);
    catalogue_free(all);
    return EXIT_OK;
}

int cmd_show(const cli_options *options) {
    if (!options->words.num) return cli_usage_error("wsconform show needs the id of a case");
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
    if (array && !code) {
        json_dumpf(array, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
        putchar('\n');
    }
    json_decref(array);
    catalogue_free(all);
    return code;
}
