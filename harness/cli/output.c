/* SPDX-License-Identifier: MIT */
#include "cli/output.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
    if (output_open(&all->jsonl, options->jsonl, nth, true) ||
        output_open(&all->json, options->json, nth, false) ||
        output_open(&all->html, options->html, nth, false) ||
        output_open(&all->junit, options->junit, nth, false))
        return EXIT_USAGE;
    const char *dir = options->out;
    if (!dir) return 0;
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        return cli_usage_error("cannot make folder %s: %s", dir, strerror(errno));
    if (in_folder(&all->jsonl, dir, "report.jsonl", nth, true) ||
        in_folder(&all->json, dir, "report.json", nth, false) ||
        in_folder(&all->html, dir, "report.html", nth, false) ||
        in_folder(&all->junit, dir, "junit.xml", nth, false))
        return EXIT_USAGE;
    return 0;
}

int outputs_open(outputs *all, const cli_options *options, unsigned nth) {
    memset(all, 0, sizeof *all);
    int result = open_all(all, options, nth);
    if (result) outputs_abandon(all);
    return result;
}

static int output_finish(output *out, int (*render)(const record *, FILE *), const record *r) {
    if (!out->file) return 0;
    errno = 0;
    int result = render ? render(r, out->file) : 0;
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
    if (output_finish(&all->jsonl, NULL, r)) result = EXIT_HARNESS;
    if (output_finish(&all->json, report_json, r)) result = EXIT_HARNESS;
    if (output_finish(&all->html, report_html, r)) result = EXIT_HARNESS;
    if (output_finish(&all->junit, report_junit, r)) result = EXIT_HARNESS;
    return result;
}

void outputs_abandon(outputs *all) {
    output *list[] = {&all->jsonl, &all->json, &all->html, &all->junit};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (!list[i]->file || list[i]->file == stdout) continue;
        fclose(list[i]->file);
        list[i]->file = NULL;
        if (strcmp(list[i]->path, list[i]->temporary) != 0) (void)unlink(list[i]->temporary);
    }
}

bool outputs_on_stdout(const outputs *all) {
    return all->jsonl.file == stdout || all->json.file == stdout || all->html.file == stdout ||
           all->junit.file == stdout;
}
