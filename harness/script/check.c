/* SPDX-License-Identifier: MIT */
/* What a case means as a whole. */
#include <stdlib.h>
#include <string.h>

#include "script/load.h"

void check_case(load_context *loader, const test_case *test, const place *at, const size_t *written) {
    (void)written;
    if (!test->request.ordinary && !test->judges_server) {
        load_error(loader, &(place){.up = at, .key = "request"},
                   "a client sends the request; only servers are sent one");
    }
    if (test->num_steps == 0 && !test->handshake_only) load_error(loader, at, "\"steps\" is missing");
}

static int compare_strings(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Complains about a case that was read before. */
static void complain_about(load_context *loader, const catalogue_file *files, size_t num_files,
                           const test_case *test, const char *format, const char *other) {
    for (size_t i = 0; i < num_files; i++) {
        if (strcmp(files[i].name, test->file) == 0) loader->file = &files[i];
    }
    /* The pointer is text already, so it is given to the place as it stands. */
    load_error_pointer(loader, test->pointer, format, test->id, other);
}

void check_ids(load_context *loader, const catalogue_file *files, size_t num_files) {
    const catalogue *all = loader->catalogue;
    const test_case **by_id = all->memory->by_id;
    if (loader->num_retired > 0) {
        qsort(loader->retired, loader->num_retired, sizeof *loader->retired, compare_strings);
    }
    for (size_t i = 0; i < all->num_cases; i++) {
        const char *id = by_id[i]->id;
        if (i > 0 && strcmp(by_id[i - 1]->id, id) == 0) {
            complain_about(loader, files, num_files, by_id[i], "the id \"%s\" is used before, in %s",
                           by_id[i - 1]->file);
        }
        if (loader->num_retired > 0 && bsearch(&id, loader->retired, loader->num_retired,
                                               sizeof *loader->retired, compare_strings) != NULL) {
            complain_about(loader, files, num_files, by_id[i], "the id \"%s\" is retired by %s",
                           "retired.txt");
        }
    }
}
