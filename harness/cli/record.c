/* SPDX-License-Identifier: MIT */
#include "cli/record.h"

#include <errno.h>
#include <string.h>

int cli_record_read(record **result, const char *path) {
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (!file) return cli_usage_error("cannot read %s: %s", path, strerror(errno));
    char why[256];
    *result = record_read(file, why, sizeof why);
    if (file != stdin) fclose(file);
    if (!*result) return cli_usage_error("%s is no record: %s", path, why);
    if (!(*result)->footer) fprintf(stderr, "wsconform: %s was cut short\n", path);
    return 0;
}

const char *cli_record_stem(char buffer[CLI_STEM_MAX], const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t stem = strlen(name);
    if (stem > 6 && strcmp(name + stem - 6, ".jsonl") == 0) stem -= 6;
    snprintf(buffer, CLI_STEM_MAX, "%.*s", (int)(stem < CLI_STEM_MAX ? stem : CLI_STEM_MAX - 1), name);
    return buffer;
}

void cli_record_drop_wires(record *r) {
    size_t i;
    json_t *test;
    json_array_foreach(r->cases, i, test) {
        json_object_del(test, "wire");
        json_object_del(json_object_get(test, "other"), "wire");
    }
}
