/* SPDX-License-Identifier: MIT */
/* wsconform list. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "autobahn/names.h"
#include "cli/select.h"
#include "script/case_describe.h"

/* Ids of the cases, of those chosen, for which `names` gives a list with that entry. */
static json_t *ids_with(const test_case *const *cases, size_t num, bool also, const char *entry) {
    json_t *ids = json_array();
    for (size_t c = 0; c < num; c++) {
        const char *const *list = also ? cases[c]->also : cases[c]->checks;
        for (size_t k = 0; list && list[k]; k++)
            if (strcmp(list[k], entry) == 0) json_array_append_new(ids, json_string(cases[c]->id));
    }
    return ids;
}

static void ids_print(const json_t *ids) {
    for (size_t i = 0; i < json_array_size(ids); i++)
        printf(" %s", json_string_value(json_array_get(ids, i)));
}

static void tree_print(json_t *tree) {
    json_dumpf(tree, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    putchar('\n');
    json_decref(tree);
}

/* Every case of Autobahn's, with those of ours that stand for it. */
static void autobahn_print(const catalogue *all, const test_case *const *cases, size_t num, bool as_json) {
    ab_names names;
    json_t *tree = json_array();
    ab_names_init(&names, all, true);
    for (size_t i = 0; i < names.num_cases; i++) {
        const ab_case *one = &names.cases[i];
        char entry[64];
        snprintf(entry, sizeof entry, "autobahn:%s", one->id);
        json_t *ids = ids_with(cases, num, true, entry);
        if (as_json) {
            json_array_append_new(tree, json_pack("{s:s,s:s,s:O}", "autobahn", one->id, "description",
                                                  one->description, "cases", ids));
        } else {
            printf("%-8s", one->id);
            if (json_array_size(ids) == 0) printf(" -");
            ids_print(ids);
            putchar('\n');
        }
        json_decref(ids);
    }
    ab_names_free(&names);
    if (as_json)
        tree_print(tree);
    else
        json_decref(tree);
}

/* Every requirement, with the cases that check it, or the reason why none does. */
static void requirements_print(const catalogue *all, const test_case *const *cases, size_t num,
                               bool as_json) {
    json_t *tree = json_array();
    for (size_t r = 0; r < all->num_requirements; r++) {
        const requirement *one = &all->requirements[r];
        const char *reason = catalogue_untested(all, one->id);
        if (!reason && strcmp(one->observable, "local") == 0) reason = "Not observable from outside.";
        json_t *ids = ids_with(cases, num, false, one->id);
        if (as_json) {
            json_t *entry = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:O}", "requirement", one->id, "rfc",
                                      one->rfc, "section", one->section, "level", one->level, "who", one->who,
                                      "observable", one->observable, "cases", ids);
            if (json_array_size(ids) == 0 && reason)
                json_object_set_new(entry, "untested", json_string(reason));
            json_array_append_new(tree, entry);
        } else {
            printf("%-16s %-10s %-12s %-13s", one->id, one->level, one->who, one->observable);
            if (json_array_size(ids) == 0) printf(" - %s", reason ? reason : "");
            ids_print(ids);
            putchar('\n');
        }
        json_decref(ids);
    }
    if (as_json)
        tree_print(tree);
    else
        json_decref(tree);
}

int cmd_list(const cli_options *options) {
    if (options->autobahn && options->requirements)
        return cli_usage_error("--autobahn and --requirements exclude each other");
    catalogue *all = cli_catalogue(options);
    if (!all) return EXIT_USAGE;
    const test_case **cases;
    long num = cli_select(options, all, &options->words, CLI_ANY, &cases);
    if (num < 0) {
        catalogue_free(all);
        return EXIT_USAGE;
    }
    if (options->autobahn) {
        autobahn_print(all, cases, (size_t)num, options->as_json);
    } else if (options->requirements) {
        requirements_print(all, cases, (size_t)num, options->as_json);
    } else if (options->as_json) {
        json_t *array = json_array();
        for (long i = 0; i < num; i++) json_array_append_new(array, case_list_json(cases[i]));
        tree_print(array);
    } else {
        for (long i = 0; i < num; i++)
            printf("%-56s %-6s %s\n", cases[i]->id, case_level_name(cases[i]->level), cases[i]->title);
    }
    free(cases);
    catalogue_free(all);
    return EXIT_OK;
}

int cmd_list_version(const cli_options *options) {
    catalogue *all = cli_catalogue(options);
    if (!all) return EXIT_USAGE;
    printf("catalogue %s of %zu cases\n", all->version, all->num_cases);
    catalogue_free(all);
    return EXIT_OK;
}
