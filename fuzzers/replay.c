/* SPDX-License-Identifier: MIT */
/* Runs an entry point over files and folders of files, without any fuzzing engine: NAME_replay PATH... It
   says how many inputs it ran, each in every way that the entry point has, and exits 2 if a path cannot be
   read or there was no input. A finding is an abort; the input stands before it on standard error.

   NAME_replay --seconds N PATH... runs them over and over for N seconds of processor time, and says how many
   executions that is in a second. */
#include "fuzz.h"

#include <dirent.h>
#include <sys/stat.h>
#include <time.h>

/* More than this is no input of a corpus. */
#define FILE_MAX ((size_t)16 << 20)

typedef struct input {
    uint8_t *data;
    size_t len;
} input;

typedef struct replay {
    bool keep; /* the inputs, to be measured later */
    size_t num, octets;
    input *inputs;
} replay;

/* The same with the system's reason. */
static bool complain_errno(const char *path) {
    perror(path);
    return false;
}

static bool complain(const char *path, const char *what) {
    (void)fprintf(stderr, "%s: %s\n", path, what);
    return false;
}

/* Takes over the block of the input. */
static void keep(replay *r, input one) {
    r->inputs = realloc(r->inputs, (r->num + 1) * sizeof *r->inputs);
    if (r->inputs == NULL) abort();
    r->inputs[r->num] = one;
}

static void execute(const char *path, const uint8_t *data, size_t len) {
    (void)fprintf(stderr, "\r%s", path);
    if (fuzz_every_way != NULL)
        (void)fuzz_every_way(data, len);
    else
        (void)LLVMFuzzerTestOneInput(data, len);
    (void)fprintf(stderr, "\r%*s\r", (int)strlen(path), "");
}

static bool replay_file(const char *path, size_t len, replay *r) {
    if (len > FILE_MAX) return complain(path, "too large");
    FILE *file = fopen(path, "rb");
    if (file == NULL) return complain_errno(path);
    /* Exactly as large as the input, so that a sanitizer sees an octet too many. */
    uint8_t *data = fuzz_alloc(len);
    size_t got = fread(data, 1, len, file);
    bool good = got == len && ferror(file) == 0;
    (void)fclose(file);
    if (good && r->keep) {
        keep(r, (input){data, len});
    } else {
        if (good) execute(path, data, len);
        free(data);
    }
    if (!good) return complain(path, "cannot be read");
    r->num++;
    r->octets += len;
    return true;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

/* The files of a folder, in the order of their names. Folders inside of it are left alone. */
static bool replay_folder(const char *path, replay *r) {
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
            good = replay_file(file, (size_t)about.st_size, r) && good;
        free(file);
        free(entries[i]);
    }
    free(entries);
    return good;
}

static bool replay_path(const char *path, replay *r) {
    struct stat about;
    if (stat(path, &about) != 0) return complain_errno(path);
    return S_ISDIR(about.st_mode) ? replay_folder(path, r) : replay_file(path, (size_t)about.st_size, r);
}

/* Of this process. */
static double processor_seconds(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0) abort();
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Whole rounds, so that each input counts the same. */
static void measure(const replay *r, double seconds) {
    double begin = processor_seconds(), took;
    size_t rounds = 0;
    do {
        for (size_t i = 0; i < r->num; i++) (void)LLVMFuzzerTestOneInput(r->inputs[i].data, r->inputs[i].len);
        rounds++;
        took = processor_seconds() - begin;
    } while (took < seconds);
    printf("%zu inputs, %zu octets, %.0f executions a second\n", r->num, r->octets,
           (double)rounds * (double)r->num / took);
}

int main(int argc, char **argv) {
    bool timed = argc >= 3 && strcmp(argv[1], "--seconds") == 0, good = true;
    replay r = {.keep = timed};
    for (int i = timed ? 3 : 1; i < argc; i++) good = replay_path(argv[i], &r) && good;
    if (r.num == 0)
        (void)fprintf(stderr, "%s: no input\n", argv[0]);
    else if (timed && good)
        measure(&r, strtod(argv[2], NULL));
    if (!timed || r.num == 0) printf("%zu inputs\n", r.num);
    for (size_t i = 0; timed && i < r.num; i++) free(r.inputs[i].data);
    free(r.inputs);
    return good && r.num > 0 ? 0 : 2;
}
