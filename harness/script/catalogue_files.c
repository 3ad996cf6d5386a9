/* SPDX-License-Identifier: MIT */
/* The files of a catalogue in a directory. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "script/load.h"

typedef struct file_reading {
    catalogue_files *files;
    const char *dir;
    catalogue_complain *complain;
    void *user;
    bool good;
} file_reading;

static void reading_error(file_reading *reading, const char *name, const char *message) {
    reading->good = false;
    if (reading->complain != NULL) reading->complain(reading->user, name, 0, "", message);
}

static bool ends_with(const char *name, const char *end) {
    size_t len = strlen(name), end_len = strlen(end);
    return len > end_len && strcmp(name + len - end_len, end) == 0;
}

/* Reads a file of at most LOAD_MAX_FILE octets; one octet more tells the loader that it is too long. */
static bool read_file(file_reading *reading, const char *path, const char *name, text_buffer *text) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        reading_error(reading, name, strerror(errno));
        return false;
    }
    char buffer[16384];
    size_t len;
    text_append(text, "", 0);
    while (text->len <= LOAD_MAX_FILE && (len = fread(buffer, 1, sizeof buffer, file)) > 0) {
        text_append(text, buffer, len);
    }
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed) reading_error(reading, name, "cannot be read");
    return !failed;
}

static void add_file(file_reading *reading, const char *path, const char *name) {
    catalogue_files *files = reading->files;
    text_buffer text = {0};
    if (files->num_files > LOAD_MAX_FILES) return; /* one more than allowed: the loader complains */
    if (read_file(reading, path, name, &text)) {
        files->files = memory_resize(files->files, (files->num_files + 1) * sizeof *files->files);
        files->files[files->num_files++] =
            (catalogue_file){memory_copy(&files->memory, name, strlen(name)), text.data, text.len};
    } else {
        free(text.data);
    }
}

/* Reads a directory; folder is "" or the name of the folder inside of the catalogue. */
static void read_directory(file_reading *reading, const char *folder) {
    text_buffer path = {0};
    text_print(&path, "%s%s%s", reading->dir, *folder != '\0' ? "/" : "", folder);
    DIR *directory = opendir(path.data);
    if (directory == NULL) {
        reading_error(reading, *folder != '\0' ? folder : reading->dir, strerror(errno));
        free(path.data);
        return;
    }
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        text_buffer full = {0}, name = {0};
        struct stat status;
        text_print(&full, "%s/%s", path.data, entry->d_name);
        text_print(&name, "%s%s%s", folder, *folder != '\0' ? "/" : "", entry->d_name);
        if (stat(full.data, &status) != 0) {
            reading_error(reading, name.data, strerror(errno));
        } else if (S_ISDIR(status.st_mode)) {
            if (*folder == '\0') {
                read_directory(reading, entry->d_name);
            } else {
                reading_error(reading, name.data, "a folder inside of an area");
            }
        } else if (S_ISREG(status.st_mode) &&
                   (ends_with(entry->d_name, ".json") || strcmp(name.data, "retired.txt") == 0)) {
            add_file(reading, full.data, name.data);
        }
        free(full.data);
        free(name.data);
    }
    closedir(directory);
    free(path.data);
}

static int compare_files(const void *a, const void *b) {
    return strcmp(((const catalogue_file *)a)->name, ((const catalogue_file *)b)->name);
}

bool catalogue_files_read(catalogue_files *files, const char *dir, catalogue_complain *complain, void *user) {
    static const char *const fallback[] = {"requirements.json", "rulings.json", "untested.json",
                                           "outcomes.json", "retired.txt"};
    *files = (catalogue_files){0};
    file_reading reading = {files, dir, complain, user, true};
    read_directory(&reading, "");
    size_t num_read = files->num_files;
    for (size_t i = 0; reading.good && i < sizeof fallback / sizeof *fallback; i++) {
        size_t at = 0;
        while (at < num_read && strcmp(files->files[at].name, fallback[i]) != 0) at++;
        for (size_t j = 0; at == num_read && j < catalogue_num_embedded; j++) {
            const catalogue_file *file = &catalogue_embedded[j];
            if (strcmp(file->name, fallback[i]) != 0) continue;
            text_buffer text = {0};
            text_append(&text, file->data, file->len);
            files->files = memory_resize(files->files, (files->num_files + 1) * sizeof *files->files);
            files->files[files->num_files++] = (catalogue_file){file->name, text.data, text.len};
        }
    }
    if (files->num_files > 0) qsort(files->files, files->num_files, sizeof *files->files, compare_files);
    return reading.good;
}

void catalogue_files_free(catalogue_files *files) {
    for (size_t i = 0; i < files->num_files; i++) free((char *)(uintptr_t)files->files[i].data);
    free(files->files);
    memory_free(&files->memory);
    *files = (catalogue_files){0};
}

bool catalogue_file_has_form(const char *name) {
    return strchr(name, '/') != NULL || strcmp(name, "outcomes.json") == 0 ||
           strcmp(name, "untested.json") == 0;
}

/* Writes beside the file and renames, so that a full disk leaves the old one whole. */
static bool replace_file(const char *path, const char *data, size_t len) {
    text_buffer temporary = {0};
    text_print(&temporary, "%s.new", path);
    FILE *file = fopen(temporary.data, "wbx");
    bool good = file != NULL && fwrite(data, 1, len, file) == len;
    if (file != NULL && fclose(file) != 0) good = false;
    good = good && rename(temporary.data, path) == 0;
    if (!good && file != NULL) {
        int cause = errno;
        unlink(temporary.data);
        errno = cause;
    }
    free(temporary.data);
    return good;
}

long catalogue_rewrite(const char *dir, catalogue_complain *complain, void *user) {
    catalogue_files files = {0};
    file_reading reading = {&files, dir, complain, user, true};
    read_directory(&reading, "");
    long changed = 0;
    for (size_t i = 0; i < files.num_files && reading.good; i++) {
        const catalogue_file *file = &files.files[i];
        size_t len;
        if (!catalogue_file_has_form(file->name)) continue;
        if (file->len > LOAD_MAX_FILE) { /* and not all of it was read */
            reading_error(&reading, file->name, "the file has more than 4 MiB");
            continue;
        }
        char *canonical = catalogue_format(file->data, file->len, &len);
        if (canonical != NULL && (len != file->len || memcmp(canonical, file->data, len) != 0)) {
            text_buffer path = {0};
            text_print(&path, "%s/%s", dir, file->name);
            if (replace_file(path.data, canonical, len))
                changed++;
            else
                reading_error(&reading, file->name, strerror(errno));
            free(path.data);
        }
        free(canonical);
    }
    catalogue_files_free(&files);
    return reading.good ? changed : -1;
}
