/* SPDX-License-Identifier: MIT */
#include "autobahn/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "autobahn/page.h"

#define PATH_LEN 4096

void ab_report_name(char *name, size_t size, const char *agent, const char *id) {
    size_t n = 0, start = 0, end = strlen(agent);
    bool (*plain)(char) = ab_page_plain;
    while (start < end && !plain(agent[start])) start++;
    while (end > start && !plain(agent[end - 1])) end--;
    for (size_t i = start; i < end && n + 1 < size; i++) {
        char c = agent[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        name[n++] = plain(c) ? c : '_';
    }
    int tail = snprintf(name + n, size - n, "_case_%s", id);
    for (size_t i = n; tail > 0 && i < size && name[i]; i++)
        if (name[i] == '.') name[i] = '_';
}

/* Makes a folder with its parents. */
static int make_folder(const char *path) {
    char part[PATH_LEN];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof part) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(part, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (part[i] != '/' && part[i] != 0) continue;
        char kept = part[i];
        part[i] = 0;
        if (mkdir(part, 0777) != 0 && errno != EEXIST) return -1;
        part[i] = kept;
    }
    return 0;
}

typedef struct writing {
    const ab_run *run;
    const char *outdir;
    char *error;
    size_t error_len;
} writing;

/* Opens a file under a temporary name. */
static FILE *begin(const writing *w, char path[PATH_LEN], const char *name) {
    int n = snprintf(path, PATH_LEN, "%s/%s.tmp", w->outdir, name);
    FILE *file = n > 0 && n < PATH_LEN ? fopen(path, "w") : NULL;
    if (!file) snprintf(w->error, w->error_len, "cannot write %s: %s", path, strerror(errno));
    return file;
}

static int end(const writing *w, FILE *file, const char *path) {
    char final[PATH_LEN];
    bool good = !ferror(file);
    if (fclose(file) != 0) good = false;
    snprintf(final, sizeof final, "%.*s", (int)(strlen(path) - 4), path);
    if (good && rename(path, final) == 0) return 0;
    snprintf(w->error, w->error_len, "cannot write %s: %s", final, strerror(errno));
    unlink(path);
    return -1;
}

static int write_json(const writing *w, const char *name, const json_t *tree) {
    char path[PATH_LEN];
    FILE *file = begin(w, path, name);
    if (!file) return -1;
    json_dumpf(tree, file, JSON_INDENT(3) | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
    fputc('\n', file);
    return end(w, file, path);
}

static int write_page(const writing *w, const char *name, const json_t *detail, const ab_case *one) {
    char path[PATH_LEN];
    FILE *file = begin(w, path, name);
    if (!file) return -1;
    ab_page_case(file, detail, one, w->run->version);
    return end(w, file, path);
}

static json_t *index_entry(const ab_run *run, const json_t *line, const ab_case *one, const char *file) {
    ab_words words = ab_run_words(run, line, one);
    const json_t *peer = json_object_get(json_object_get(line, "close"), "peer");
    const json_t *code = json_object_get(peer, "code");
    json_t *entry =
        json_pack("{s:s,s:s,s:I,s:s}", "behavior", words.behavior, "behaviorClose", words.close, "duration",
                  json_integer_value(json_object_get(line, "duration_us")) / 1000, "reportfile", file);
    json_object_set_new(entry, "remoteCloseCode",
                        json_is_integer(code) ? json_integer(json_integer_value(code)) : json_null());
    return entry;
}

static int write_agent(const writing *w, const ab_agent *agent, json_t *index) {
    json_t *results = json_object();
    json_object_set_new(index, agent->name, results);
    for (size_t i = 0; i < w->run->num_cases; i++) {
        const json_t *line = agent->lines[i];
        const ab_case *one = w->run->cases[i];
        if (!line) continue;
        char name[512], file[520];
        ab_report_name(name, sizeof name, agent->name, one->id);
        snprintf(file, sizeof file, "%s.json", name);
        json_object_set_new(results, one->id, index_entry(w->run, line, one, file));
        json_t *detail =
            ab_detail(w->run, line, one, agent, w->run->judges_clients ? (unsigned)i + 1 : one->number);
        int result = write_json(w, file, detail);
        snprintf(file, sizeof file, "%s.html", name);
        if (!result) result = write_page(w, file, detail, one);
        json_decref(detail);
        if (result) return result;
    }
    return 0;
}

int ab_report_folder(const char *outdir, char *error, size_t error_len) {
    if (make_folder(outdir) == 0 && access(outdir, W_OK) == 0) return 0;
    snprintf(error, error_len, "cannot write to folder %s: %s", outdir, strerror(errno));
    return -1;
}

int ab_report_write(const ab_run *run, const char *outdir, char *error, size_t error_len) {
    const writing w = {run, outdir, error, error_len};
    if (make_folder(outdir) != 0) {
        snprintf(error, error_len, "cannot make folder %s: %s", outdir, strerror(errno));
        return -1;
    }
    json_t *index = json_object();
    int result = 0;
    for (size_t i = 0; i < run->num_agents && !result; i++) result = write_agent(&w, &run->agents[i], index);
    if (!result) {
        char path[PATH_LEN];
        FILE *file = begin(&w, path, "index.html");
        if (file) {
            ab_page_index(file, run);
            result = end(&w, file, path);
        } else {
            result = -1;
        }
    }
    if (!result) result = write_json(&w, "index.json", index);
    json_decref(index);
    return result;
}
