/* SPDX-License-Identifier: MIT */
/* Runs an entry point over files and folders of files, without any fuzzing engine: NAME_replay PATH... It
   says how many inputs it ran, and exits 2 if a path cannot be read or there was no input. A finding is an
   abort; the input stands before it on standard error. */
#include "fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

/* More than this is no input of a corpus. */
#define FILE_MAX ((size_t)16 << 20)

/* The same with the system's reason. */
static bool complain_errno(const char *path) {
    perror(path);
    return false;
}

static bool complain(const char *path, const char *what) {
    (void)fprintf(stderr, "%s: %s\n", path, what);
    return false;
}

static bool replay_file(const char *path, size_t len, size_t *num) {
    if (len > FILE_MAX) return complain(path, "too large");
    FILE *file = fopen(path, "rb");
    if (file == NULL) return complain_errno(path);
    /* Exactly as large as the input, so that a sanitizer sees an octet too many. */
    uint8_t *data = fuzz_alloc(len);
    size_t got = fread(data, 1, len, file);
    bool good = got == len && ferror(file) == 0;
    (void)fclose(file);
    if (good) {
        (void)fprintf(stderr, "\r%s", path);
        (void)LLVMFuzzerTestOneInput(data, len);
        (void)fprintf(stderr, "\r%*s\r", (int)strlen(path), "");
        ++*num;
    }
    free(data);
    return good ? true : complain(path, "cannot be read");
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* The files of a folder, in the order of their names. Folders inside of it are left alone. */
static bool replay_folder(const char *path, size_t *num) {
    struct dirent **entries;
    int num_entries = scandir(path, &entries, is_visible, by_name);
    if (num_entries < 0) return complain_errno(path);
    bool good = true;
    for (int i = 0; i < num_entries; i++) {
        char *file = NULL;
        struct stat about;
        if (asprintf(&file, "%s/%s", path, entries[i]->d_name) < 0) abort();
        if (stat(file, &about) != 0)
            good = complain_errno(file);
        else if (S_ISREG(about.st_mode))
            good = replay_file(file, (size_t)about.st_size, num) && good;
        free(file);
        free(entries[i]);
    }
    free(entries);
    return good;
}

int main(int argc, char **argv) {
    size_t num = 0;
    bool good = true;
    for (int i = 1; i < argc; i++) {
        struct stat about;
        if (stat(argv[i], &about) != 0)
            good = complain_errno(argv[i]);
        else if (S_ISDIR(about.st_mode))
            good = replay_folder(argv[i], &num) && good;
        else
            good = replay_file(argv[i], (size_t)about.st_size, &num) && good;
    }
    printf("%zu inputs\n", num);
    if (num == 0) (void)fprintf(stderr, "%s: no input\n", argv[0]);
    return good && num > 0 ? 0 : 2;
}
