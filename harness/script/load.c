/* SPDX-License-Identifier: MIT */
/* A catalogue from its files. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/load.h"

/* ---- Requirements, rulings, shared outcomes, retired ids --------------------------------------------- */

/* A list of records of one file: {"format": 1, <key>: [{...}]}. The tree is the caller's; NULL after a
   complaint. */
static json_t *load_records(load_context *loader, const char *key, const json_t **records, const place *at) {
    json_t *tree = load_tree(loader);
    if (tree == NULL) return NULL;
    (void)load_keys(loader, tree, NULL, (const char *const[]){"format", key, NULL});
    *records = load_member(loader, tree, NULL, key);
    if (*records != NULL && load_is_array(loader, *records, at)) {
        if (json_array_size(*records) <= LOAD_MAX_RECORDS) return tree;
        load_error(loader, at, "has more than %d elements", LOAD_MAX_RECORDS);
    }
    json_decref(tree);
    return NULL;
}

/* Member that is a string; "" after a complaint, or if it is absent and optional. */
static const char *record_text(load_context *loader, const json_t *json, const place *at, const char *key,
                               bool optional) {
    json_t *member = optional ? json_object_get(json, key) : load_member(loader, json, at, key);
    const char *text = member != NULL ? load_string(loader, member, &(place){.up = at, .key = key}) : NULL;
    return text != NULL ? text : "";
}

static void load_requirements(load_context *loader) {
    static const char *const known[] = {"id",        "rfc",         "section",    "level",       "who",
                                        "statement", "quote_start", "observable", "how_to_test", "ambiguity",
                                        "needs",     "note",        NULL};
    place list_place = {.key = "requirements"};
    const json_t *list;
    json_t *tree = load_records(loader, "requirements", &list, &list_place);
    if (tree == NULL) return;
    size_t num = json_array_size(list);
    requirement *requirements = memory_array(loader->memory, num, sizeof *requirements);
    for (size_t i = 0; i < num; i++) {
        place at = {.up = &list_place, .index = i};
        json_t *json = json_array_get(list, i);
        requirement *record = &requirements[i];
        *record = (requirement){"", "", "", "", "", "", ""};
        if (!load_is_object(loader, json, &at)) continue;
        (void)load_keys(loader, json, &at, known);
        record->id = record_text(loader, json, &at, "id", false);
        record->rfc = record_text(loader, json, &at, "rfc", false);
        record->section = record_text(loader, json, &at, "section", false);
        record->level = record_text(loader, json, &at, "level", false);
        record->who = record_text(loader, json, &at, "who", false);
        record->statement = record_text(loader, json, &at, "statement", false);
        record->observable = record_text(loader, json, &at, "observable", false);
    }
    loader->catalogue->requirements = requirements;
    loader->catalogue->num_requirements = num;
    json_decref(tree);
}

static void load_rulings(load_context *loader) {
    static const char *const known[] = {
        "id", "topic", "texts", "hard_failure", "non_strict", "pass_or_information", "requirements", NULL};
    place list_place = {.key = "rulings"};
    const json_t *list;
    json_t *tree = load_records(loader, "rulings", &list, &list_place);
    if (tree == NULL) return;
    size_t num = json_array_size(list);
    ruling *rulings = memory_array(loader->memory, num, sizeof *rulings);
    for (size_t i = 0; i < num; i++) {
        place at = {.up = &list_place, .index = i}, names_place = {.up = &at, .key = "requirements"};
        json_t *json = json_array_get(list, i);
        ruling *record = &rulings[i];
        *record = (ruling){"", "", "", "", "", ""};
        if (!load_is_object(loader, json, &at)) continue;
        (void)load_keys(loader, json, &at, known);
        record->id = record_text(loader, json, &at, "id", false);
        record->topic = record_text(loader, json, &at, "topic", false);
        record->texts = record_text(loader, json, &at, "texts", false);
        record->hard_failure = record_text(loader, json, &at, "hard_failure", false);
        record->non_strict = record_text(loader, json, &at, "non_strict", false);
        record->information = record_text(loader, json, &at, "pass_or_information", false);
        const char *const *names = load_strings(loader, json_object_get(json, "requirements"), &names_place);
        for (size_t j = 0; names[j] != NULL; j++) {
            if (catalogue_requirement(loader->catalogue, names[j]) != NULL) continue;
            load_error(loader, &(place){.up = &names_place, .index = j}, "requirements.json has no \"%s\"",
                       names[j]);
        }
    }
    loader->catalogue->rulings = rulings;
    loader->catalogue->num_rulings = num;
    json_decref(tree);
}

static void load_untested(load_context *loader) {
    static const char *const known[] = {"requirement", "reason", NULL};
    place list_place = {.key = "untested"};
    const json_t *list;
    json_t *tree = load_records(loader, "untested", &list, &list_place);
    if (tree == NULL) return;
    size_t num = json_array_size(list);
    untested *all = memory_array(loader->memory, num, sizeof *all);
    for (size_t i = 0; i < num; i++) {
        place at = {.up = &list_place, .index = i}, id_place = {.up = &at, .key = "requirement"};
        json_t *json = json_array_get(list, i);
        all[i] = (untested){"", ""};
        if (!load_is_object(loader, json, &at)) continue;
        (void)load_keys(loader, json, &at, known);
        all[i].requirement = record_text(loader, json, &at, "requirement", false);
        all[i].reason = record_text(loader, json, &at, "reason", false);
        if (all[i].requirement[0] != '\0' &&
            catalogue_requirement(loader->catalogue, all[i].requirement) == NULL)
            load_error(loader, &id_place, "requirements.json has no \"%s\"", all[i].requirement);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(all[j].requirement, all[i].requirement) == 0)
                load_error(loader, &id_place, "stands twice");
        }
    }
    loader->catalogue->untested = all;
    loader->catalogue->num_untested = num;
    json_decref(tree);
}

static void load_named(load_context *loader) {
    json_t *tree = load_tree(loader);
    if (tree == NULL) return;
    (void)load_keys(loader, tree, NULL, (const char *const[]){"format", "outcomes", NULL});
    place lists_place = {.key = "outcomes"};
    json_t *lists = load_member(loader, tree, NULL, "outcomes");
    bool good = lists != NULL && load_is_object(loader, lists, &lists_place);
    if (good && json_object_size(lists) > LOAD_MAX_NAMED) {
        load_error(loader, &lists_place, "has more than %d lists", LOAD_MAX_NAMED);
        good = false;
    }
    if (good) {
        loader->named = memory_array(loader->memory, json_object_size(lists), sizeof *loader->named);
        const char *key;
        json_t *value;
        json_object_foreach(lists, key, value) {
            named_outcomes list = {.name = memory_copy(loader->memory, key, strlen(key))};
            if (load_outcomes(loader, value, &(place){.up = &lists_place, .key = key}, false, &list.outcomes,
                              &list.num_outcomes, NULL)) {
                (void)check_named(loader, list.outcomes, list.num_outcomes,
                                  &(place){.up = &lists_place, .key = key});
                loader->named[loader->num_named++] = list;
            }
        }
    }
    json_decref(tree);
}

/* One id a line; empty lines and those that start with # mean nothing. */
static void load_retired(load_context *loader) {
    const char *text = loader->file->data, *end = text + loader->file->len;
    size_t lines = 0;
    for (const char *c = text; c < end; c++) lines += *c == '\n';
    loader->retired = memory_array(loader->memory, lines + 1, sizeof *loader->retired);
    for (int line = 1; text < end; line++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        if (stop == NULL) stop = end;
        size_t len = (size_t)(stop - text);
        if (len > 0 && text[0] != '#') {
            if (memchr(text, '\0', len) != NULL || memchr(text, '/', len) == NULL ||
                memchr(text, ' ', len) != NULL || memchr(text, '\r', len) != NULL) {
                load_error_line(loader, line, "must be an id, a comment or empty");
            } else {
                loader->retired[loader->num_retired++] = memory_copy(loader->memory, text, len);
            }
        }
        text = stop < end ? stop + 1 : end;
    }
}

/* ---- Index ------------------------------------------------------------------------------------------- */

static int compare_requirements(const void *a, const void *b) {
    return strcmp((*(const requirement *const *)a)->id, (*(const requirement *const *)b)->id);
}

static int compare_rulings(const void *a, const void *b) {
    return strcmp((*(const ruling *const *)a)->id, (*(const ruling *const *)b)->id);
}

static int compare_cases(const void *a, const void *b) {
    const test_case *first = *(const test_case *const *)a, *second = *(const test_case *const *)b;
    int order = strcmp(first->id, second->id);
    return order != 0 ? order : (first > second) - (first < second);
}

static void index_requirements(load_context *loader) {
    catalogue *all = loader->catalogue;
    size_t num = all->num_requirements;
    const requirement **index = memory_array(loader->memory, num, sizeof *index);
    for (size_t i = 0; i < num; i++) index[i] = &all->requirements[i];
    if (num > 0) qsort(index, num, sizeof *index, compare_requirements);
    all->memory->requirements = index;
    place list = {.key = "requirements"};
    for (size_t i = 1; i < num; i++) {
        if (strcmp(index[i - 1]->id, index[i]->id) != 0) continue;
        size_t at = (size_t)(index[i] > index[i - 1] ? index[i] - all->requirements
                                                     : index[i - 1] - all->requirements);
        load_error(loader, &(place){.up = &list, .index = at}, "the id \"%s\" stands twice", index[i]->id);
    }
}

static void index_rulings(load_context *loader) {
    catalogue *all = loader->catalogue;
    size_t num = all->num_rulings;
    const ruling **index = memory_array(loader->memory, num, sizeof *index);
    for (size_t i = 0; i < num; i++) index[i] = &all->rulings[i];
    if (num > 0) qsort(index, num, sizeof *index, compare_rulings);
    all->memory->rulings = index;
    place list = {.key = "rulings"};
    for (size_t i = 1; i < num; i++) {
        if (strcmp(index[i - 1]->id, index[i]->id) != 0) continue;
        size_t at = (size_t)(index[i] > index[i - 1] ? index[i] - all->rulings : index[i - 1] - all->rulings);
        load_error(loader, &(place){.up = &list, .index = at}, "the id \"%s\" stands twice", index[i]->id);
    }
}

static void index_cases(load_context *loader) {
    catalogue *all = loader->catalogue;
    size_t num = loader->num_cases;
    test_case *cases = memory_array(loader->memory, num, sizeof *cases);
    const test_case **index = memory_array(loader->memory, num, sizeof *index);
    if (num > 0) memcpy(cases, loader->cases, num * sizeof *cases);
    for (size_t i = 0; i < num; i++) index[i] = &cases[i];
    if (num > 0) qsort(index, num, sizeof *index, compare_cases);
    all->cases = cases;
    all->num_cases = num;
    all->memory->by_id = index;
}

const test_case *catalogue_case(const catalogue *all, const char *id) {
    size_t low = 0, high = all->num_cases;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(all->memory->by_id[middle]->id, id);
        if (order == 0) return all->memory->by_id[middle];
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const requirement *catalogue_requirement(const catalogue *all, const char *id) {
    const requirement key = {.id = id}, *pointer = &key;
    if (all->memory->requirements == NULL || all->num_requirements == 0) return NULL;
    const requirement *const *found = bsearch(&pointer, all->memory->requirements, all->num_requirements,
                                              sizeof pointer, compare_requirements);
    return found != NULL ? *found : NULL;
}

const ruling *catalogue_ruling(const catalogue *all, const char *id) {
    const ruling key = {.id = id}, *pointer = &key;
    if (all->memory->rulings == NULL || all->num_rulings == 0) return NULL;
    const ruling *const *found =
        bsearch(&pointer, all->memory->rulings, all->num_rulings, sizeof pointer, compare_rulings);
    return found != NULL ? *found : NULL;
}

const char *catalogue_untested(const catalogue *all, const char *id) {
    for (size_t i = 0; i < all->num_untested; i++) {
        if (strcmp(all->untested[i].requirement, id) == 0) return all->untested[i].reason;
    }
    return NULL;
}

/* ---- The whole --------------------------------------------------------------------------------------- */

typedef void file_reader(load_context *loader);

/* Files of a meaning of their own, in the order in which they need each other. schema.json is for others. */
static const struct {
    const char *name;
    file_reader *read;
    file_reader *index;
} shared_files[] = {
    {"requirements.json", load_requirements, index_requirements},
    {"rulings.json", load_rulings, index_rulings},
    {"untested.json", load_untested, NULL},
    {"outcomes.json", load_named, NULL},
    {"retired.txt", load_retired, NULL},
    {"schema.json", NULL, NULL},
};
#define NUM_SHARED (sizeof shared_files / sizeof *shared_files)

static bool is_shared(const char *name) {
    for (size_t i = 0; i < NUM_SHARED; i++) {
        if (strcmp(shared_files[i].name, name) == 0) return true;
    }
    return false;
}

/* area/topic.json, both of a-z, 0-9 and -. */
static bool is_case_file(const char *name) {
    size_t slashes = 0, len = strlen(name), stem = len - 5;
    if (len < 8 || strcmp(name + stem, ".json") != 0) return false;
    for (size_t i = 0; i < stem; i++) {
        bool slash = name[i] == '/';
        if (!slash && name[i] != '-' && !(name[i] >= 'a' && name[i] <= 'z') &&
            !(name[i] >= '0' && name[i] <= '9')) {
            return false;
        }
        if (slash && (i == 0 || i + 1 == stem)) return false;
        slashes += slash;
    }
    return slashes == 1;
}

static int compare_files(const void *a, const void *b) {
    return strcmp(((const catalogue_file *)a)->name, ((const catalogue_file *)b)->name);
}

/* SHA-256 over names and contents, so that two catalogues of one version are the same octets. */
static const char *digest_files(load_context *loader, const catalogue_file *files, size_t num_files) {
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned hash_len = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) memory_exhausted();
    for (size_t i = 0; i < num_files; i++) {
        char len[32];
        int len_len = snprintf(len, sizeof len, "%zu", files[i].len);
        EVP_DigestUpdate(context, files[i].name, strlen(files[i].name) + 1);
        EVP_DigestUpdate(context, len, (size_t)len_len + 1);
        EVP_DigestUpdate(context, files[i].data, files[i].len);
    }
    EVP_DigestFinal_ex(context, hash, &hash_len);
    EVP_MD_CTX_free(context);
    char *hex = memory_alloc(loader->memory, 2 * (size_t)hash_len + 1);
    for (size_t i = 0; i < hash_len; i++) snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    return hex;
}

/* Keeps the name of a file beyond the caller's memory. */
static void enter_file(load_context *loader, catalogue_file *named, const catalogue_file *file) {
    *named = *file;
    named->name = memory_copy(loader->memory, file->name, strlen(file->name));
    loader->file = named;
}

static void load_files(load_context *loader, catalogue_file *files, size_t num_files) {
    for (size_t i = 0; i < NUM_SHARED; i++) {
        size_t j = 0;
        while (j < num_files && strcmp(files[j].name, shared_files[i].name) != 0) j++;
        if (shared_files[i].read == NULL) continue;
        if (j == num_files) {
            loader->file = &(catalogue_file){.name = shared_files[i].name, .data = "", .len = 0};
            load_error_line(loader, 0, "the file is missing");
            continue;
        }
        enter_file(loader, &files[j], &files[j]);
        shared_files[i].read(loader);
        if (shared_files[i].index != NULL) shared_files[i].index(loader);
    }
    for (size_t i = 0; i < num_files && !loader->stopped; i++) {
        if (is_shared(files[i].name)) continue;
        enter_file(loader, &files[i], &files[i]);
        if (i > 0 && strcmp(files[i].name, files[i - 1].name) == 0) {
            load_error_line(loader, 0, "the file is there twice");
        } else if (!is_case_file(files[i].name)) {
            load_error_line(
                loader, 0, "no file of a catalogue: area/topic.json of a-z, 0-9 and -, or %s",
                "requirements.json, rulings.json, untested.json, outcomes.json, schema.json, retired.txt");
        } else {
            load_case_file(loader);
        }
    }
}

catalogue *catalogue_load_memory(const catalogue_file *given, size_t num_files, catalogue_complain *complain,
                                 void *user) {
    catalogue *all = memory_resize(NULL, sizeof *all);
    *all = (struct catalogue){.memory = memory_resize(NULL, sizeof *all->memory)};
    *all->memory = (struct catalogue_memory){0};
    load_context loader = {.catalogue = all,
                           .memory = &all->memory->memory,
                           .complain = complain,
                           .user = user,
                           .budget = LOAD_MAX_EXPANDED};
    if (num_files > LOAD_MAX_FILES) {
        load_error_line(&loader, 0, "more than %d files", LOAD_MAX_FILES);
    } else {
        catalogue_file *files = memory_array(loader.memory, num_files, sizeof *files);
        if (num_files > 0) memcpy(files, given, num_files * sizeof *files);
        if (num_files > 0) qsort(files, num_files, sizeof *files, compare_files);
        all->version = digest_files(&loader, files, num_files);
        load_files(&loader, files, num_files);
        index_cases(&loader);
        check_ids(&loader, files, num_files);
        if (all->num_cases == 0 && loader.num_complaints == 0) {
            loader.file = NULL;
            load_error_line(&loader, 0, "the catalogue has no case");
        }
    }
    free(loader.cases);
    free(loader.complaints);
    if (loader.num_complaints == 0) return all;
    catalogue_free(all);
    return NULL;
}

void catalogue_free(catalogue *all) {
    if (all == NULL) return;
    memory_free(&all->memory->memory);
    free(all->memory);
    free(all);
}

catalogue *catalogue_load(const char *dir, catalogue_complain *complain, void *user) {
    if (dir == NULL) {
        return catalogue_load_memory(catalogue_embedded, catalogue_num_embedded, complain, user);
    }
    catalogue_files files;
    catalogue *all = NULL;
    if (catalogue_files_read(&files, dir, complain, user)) {
        all = catalogue_load_memory(files.files, files.num_files, complain, user);
    }
    catalogue_files_free(&files);
    return all;
}
