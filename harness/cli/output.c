/* SPDX-License-Identifier: MIT */
#include "cli/output.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct format {
    size_t flag;      /* offset of its path in the options */
    const char *name; /* in the folder of --out; NULL: not there */
    int (*render)(const record *record, FILE *file);
} format;

#define OFFSET(field) offsetof(cli_options, field)

static const format formats[OUTPUT_COUNT] = {
    [OUTPUT_JSONL] = {OFFSET(jsonl), "report.jsonl", NULL},
    [OUTPUT_JSON] = {OFFSET(json), "report.json", report_json},
    [OUTPUT_HTML] = {OFFSET(html), "report.html", report_html},
    [OUTPUT_JUNIT] = {OFFSET(junit), "junit.xml", report_junit},
    [OUTPUT_MARKDOWN] = {OFFSET(markdown), NULL, report_markdown},
    [OUTPUT_TAP] = {OFFSET(tap), NULL, report_tap},
    [OUTPUT_SARIF] = {OFFSET(sarif), NULL, report_sarif},
    [OUTPUT_BADGE] = {OFFSET(badge), NULL, report_badge},
};

/* path with "-N" before its ending. */
static int numbered(char *dst, size_t size, const char *path, unsigned nth) {
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    size_t stem = dot ? (size_t)(dot - path) : strlen(path);
    int n = nth == 0 || strcmp(path, "-") == 0
                ? snprintf(dst, size, "%s", path)
                : snprintf(dst, size, "%.*s-%u%s", (int)stem, path, nth + 1, path + stem);
    return n < 0 || (size_t)n >= size ? -1 : 0;
}

/* Whether a file may be put in the place of what stands there: not if that is a device, a pipe or a link. */
static bool replaceable(const char *path) {
    struct stat there;
    return lstat(path, &there) != 0 || S_ISREG(there.st_mode);
}

static int output_open(output *out, const char *path, unsigned nth, bool direct) {
    if (!path) return 0;
    if (numbered(out->path, sizeof out->path, path, nth) < 0)
        return cli_usage_error("output path is too long");
    if (strcmp(path, "-") == 0) {
        out->file = stdout;
        return 0;
    }
    if (!replaceable(out->path)) direct = true;
    snprintf(out->temporary, sizeof out->temporary, "%s%s", out->path, direct ? "" : ".tmp");
    out->file = fopen(out->temporary, "w");
    if (!out->file) return cli_usage_error("cannot write %s: %s", out->path, strerror(errno));
    return 0;
}

static int in_folder(output *out, const char *folder, const char *name, unsigned nth, bool direct) {
    char path[4096];
    if (out->file) return 0;
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (n < 0 || (size_t)n >= sizeof path) return cli_usage_error("output path is too long");
    return output_open(out, path, nth, direct);
}

static int open_all(outputs *all, const cli_options *options, unsigned nth) {
    for (size_t i = 0; i < OUTPUT_COUNT; i++) {
        const char *path = *(const char *const *)((const char *)options + formats[i].flag);
        if (path && strcmp(path, "-") == 0 && outputs_on_stdout(all))
            return cli_usage_error("two outputs cannot both go to stdout");
        if (output_open(&all->files[i], path, nth, i == OUTPUT_JSONL)) return EXIT_USAGE;
    }
    const char *dir = options->out;
    if (!dir) return 0;
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        return cli_usage_error("cannot make folder %s: %s", dir, strerror(errno));
    for (size_t i = 0; i < OUTPUT_COUNT; i++)
        if (formats[i].name && in_folder(&all->files[i], dir, formats[i].name, nth, i == OUTPUT_JSONL))
            return EXIT_USAGE;
    return 0;
}

int outputs_open(outputs *all, const cli_options *options, unsigned nth) {
    memset(all, 0, sizeof *all);
    int result = open_all(all, options, nth);
    if (result) outputs_abandon(all);
    return result;
}

FILE *outputs_record(const outputs *all) {
    return all->files[OUTPUT_JSONL].file;
}

int outputs_record_write(const outputs *all, const record *r) {
    FILE *file = outputs_record(all);
    if (!file) return 0;
    int result = record_write_line(file, r->header);
    for (size_t i = 0; i < json_array_size(r->cases) && result == 0; i++)
        result = record_write_line(file, json_array_get(r->cases, i));
    return result == 0 && r->footer ? record_write_line(file, r->footer) : result;
}

/* Ends a file whose content is there (result 0) or could not be made (-1). Returns 0, or EXIT_HARNESS after a
   message. */
static int output_close(output *out, int result) {
    FILE *file = out->file;
    out->file = NULL;
    if (file == stdout) {
        if (fflush(stdout) != 0) result = -1;
    } else {
        if (ferror(file)) result = -1;
        if (fclose(file) != 0) result = -1;
        if (result == 0 && strcmp(out->path, out->temporary) != 0) result = rename(out->temporary, out->path);
    }
    if (result == 0) return 0;
    /* An earlier write may have failed, of which only the stream knows. */
    fprintf(stderr, "wsconform: cannot write %s: %s\n", out->path, errno ? strerror(errno) : "it broke off");
    if (*out->temporary && strcmp(out->path, out->temporary) != 0) (void)unlink(out->temporary);
    return EXIT_HARNESS;
}

int outputs_finish(outputs *all, const record *r) {
    int result = 0;
    for (size_t i = 0; i < OUTPUT_COUNT; i++) {
        output *out = &all->files[i];
        if (!out->file) continue;
        errno = 0;
        if (output_close(out, formats[i].render ? formats[i].render(r, out->file) : 0)) result = EXIT_HARNESS;
    }
    return result;
}

static void output_abandon(output *out) {
    if (!out->file || out->file == stdout) return;
    fclose(out->file);
    out->file = NULL;
    if (strcmp(out->path, out->temporary) != 0) (void)unlink(out->temporary);
}

void outputs_abandon(outputs *all) {
    for (size_t i = 0; i < OUTPUT_COUNT; i++) output_abandon(&all->files[i]);
}

bool outputs_wanted(const outputs *all) {
    bool wanted = false;
    for (size_t i = 0; i < OUTPUT_COUNT; i++) wanted = wanted || all->files[i].file;
    return wanted;
}

bool outputs_on_stdout(const outputs *all) {
    bool found = false;
    for (size_t i = 0; i < OUTPUT_COUNT; i++) found = found || all->files[i].file == stdout;
    return found;
}

int output_write(const char *path, int (*write)(const void *user, FILE *file), const void *user) {
    output out = {.file = NULL};
    int code = output_open(&out, path, 0, false);
    if (code) return code;
    errno = 0;
    return output_close(&out, write(user, out.file));
}
