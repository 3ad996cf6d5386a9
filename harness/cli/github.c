/* SPDX-License-Identifier: MIT */
#include "cli/github.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "report/explain.h"

/* A summary that is longer is not shown at all. */
#define SUMMARY_MAX ((size_t)1 << 20)

static bool is(const char *text, const char *wanted) {
    return text && strcmp(text, wanted) == 0;
}

int cli_github_check(const cli_options *o) {
    if (!o->github || is(o->github, "auto") || is(o->github, "always") || is(o->github, "never")) return 0;
    return cli_usage_error("--github is auto, always or never, not \"%s\"", o->github);
}

static void summary_append(const char *path, const record *r) {
    memo out;
    struct stat there;
    if (memo_open(&out) == 0) (void)report_markdown(r, out.file);
    bool made = memo_close(&out) == 0;
    size_t used = stat(path, &there) == 0 && there.st_size > 0 ? (size_t)there.st_size : 0;
    if (made && used + out.len + 1 > SUMMARY_MAX) {
        fputs("wsconform: the summary of the step is full\n", stderr);
    } else {
        FILE *file = made ? fopen(path, "a") : NULL;
        bool good = file && fwrite(out.data, 1, out.len, file) == out.len && putc('\n', file) != EOF;
        if (file && fclose(file) != 0) good = false;
        if (!good) fprintf(stderr, "wsconform: cannot write %s: %s\n", path, strerror(errno));
    }
    memo_free(&out);
}

void cli_github(const cli_options *o, const record *r, FILE *annotations) {
    if (is(o->github, "never")) return;
    const char *path = getenv("GITHUB_STEP_SUMMARY");
    if (path && *path) summary_append(path, r);
    if (is(o->github, "always") || is(getenv("GITHUB_ACTIONS"), "true"))
        (void)report_annotations(r, annotations);
}
