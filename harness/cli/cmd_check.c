/* SPDX-License-Identifier: MIT */
/* wsconform check. */
#include "cli/select.h"

static void note(void *user, const char *file, int line, const char *pointer, const char *message) {
    const cli_options *options = user;
    char label[] = "note: ";
    if (!options->quiet) cli_complain(label, file, line, pointer, message);
}

static void error(void *user, const char *file, int line, const char *pointer, const char *message) {
    (void)user;
    cli_complain(NULL, file, line, pointer, message);
}

int cmd_check(const cli_options *options) {
    if (options->words.num > 1) return cli_usage_error("check takes one folder");
    const char *dir = options->words.num ? options->words.items[0] : options->cases;
    if (options->fix) {
        if (!dir) return cli_usage_error("--fix needs the folder whose files are to be rewritten");
        long changed = catalogue_rewrite(dir, cli_complain, NULL);
        if (changed < 0) return EXIT_USAGE;
        if (!options->quiet && changed > 0)
            printf("%ld file%s rewritten in canonical form\n", changed, changed == 1 ? "" : "s");
    }
    catalogue *all = catalogue_load(dir, cli_complain, NULL);
    if (!all) return EXIT_USAGE;
    cli_options copy = *options;
    size_t errors = catalogue_lint(all, dir, error, note, &copy);
    if (errors == 0 && !options->quiet) printf("%zu cases, no problems\n", all->num_cases);
    catalogue_free(all);
    return errors == 0 ? EXIT_OK : EXIT_USAGE;
}
