/* SPDX-License-Identifier: MIT */
/* Spec files of the fuzzing modes: a file is taken or there is a reason that names it; what was taken is
   complete; which cases run is what a second reading of the patterns says.

   The last octet are options: bit 0, of mode fuzzingserver. */
#include "fuzz.h"

#include "autobahn/names.h"
#include "autobahn/spec.h"

#include <sys/mman.h>
#include <unistd.h>

static const char *const ids[] = {"1.1.1", "6.22.1", "13.1.10", "", "wstest/0.8"};

#define NUM_IDS  (sizeof ids / sizeof *ids)
#define TEXT_MAX 16 /* more than the longest of ids */

/* Whether the text is what the pattern says, of which each star is any run of characters; open: something may
   follow. */
static bool second_match(const char *pattern, const char *text, bool open) {
    bool reached[TEXT_MAX + 1] = {true}; /* [n]: the pattern so far can be the first n characters */
    size_t len = strlen(text);
    bool star = strchr(pattern, '*') != NULL;
    for (; *pattern != '\0'; pattern++) {
        bool next[TEXT_MAX + 1] = {false};
        for (size_t i = 0; i <= len; i++) {
            if (*pattern == '*')
                next[i] = reached[i] || (i > 0 && next[i - 1]);
            else
                next[i] = i > 0 && reached[i - 1] && text[i - 1] == *pattern;
        }
        memcpy(reached, next, sizeof reached);
    }
    bool matches = reached[len];
    for (size_t i = 0; open && star && i < len; i++) matches = matches || reached[i];
    return matches;
}

static bool any_match(const json_t *patterns, const char *id, bool open) {
    bool matches = false;
    for (size_t i = 0; i < json_array_size(patterns); i++) {
        const char *pattern = json_string_value(json_array_get(patterns, i));
        ORACLE(ab_pattern_matches(pattern, id) == second_match(pattern, id, true), "spec-pattern");
        ORACLE(ab_pattern_matches_whole(pattern, id) == second_match(pattern, id, false), "spec-pattern");
        matches = matches || second_match(pattern, id, open);
    }
    return matches;
}

static void check_selection(const ab_spec *spec) {
    for (size_t i = 0; i < NUM_IDS; i++) {
        bool selected = any_match(json_object_get(spec->tree, "cases"), ids[i], true);
        bool excluded = any_match(json_object_get(spec->tree, "exclude-cases"), ids[i], true);
        ORACLE(ab_spec_selects(spec, ids[i]) == (selected && !excluded), "spec-selects");
        for (size_t k = 0; k < NUM_IDS; k++) {
            const char *pattern;
            json_t *list;
            bool expected = false;
            json_object_foreach(json_object_get(spec->tree, "exclude-agent-cases"), pattern, list) {
                expected =
                    expected || (second_match(pattern, ids[k], false) && any_match(list, ids[i], false));
            }
            ORACLE(ab_spec_excludes(spec, ids[k], ids[i]) == expected, "spec-excludes");
        }
    }
}

static void check_servers(const ab_spec *spec, bool client) {
    const json_t *servers = json_object_get(spec->tree, "servers");
    ORACLE(spec->num_servers == (client ? json_array_size(servers) : 0), "spec-servers");
    ORACLE(spec->num_servers <= AB_SERVERS_MAX, "spec-servers");
    for (size_t i = 0; i < spec->num_servers; i++) {
        const ab_server *server = &spec->servers[i];
        const json_t *protocols = json_object_get(json_array_get(servers, i), "protocols");
        size_t num = 0;
        ORACLE(server->url != NULL, "spec-url");
        for (; server->protocols != NULL && server->protocols[num] != NULL; num++) {
            const char *written = json_string_value(json_array_get(protocols, num));
            ORACLE(written != NULL && strcmp(server->protocols[num], written) == 0, "spec-protocols");
        }
        ORACLE(num == json_array_size(protocols), "spec-protocols");
    }
}

static void warned(const char *text) {
    ORACLE(strncmp(text, "/proc/self/fd/", 14) == 0 && strlen(text) < 512, "spec-warning");
}

static void check_file(const char *path, bool client) {
    ab_spec spec;
    char error[300] = "", small[20] = "";
    int code = ab_spec_read(&spec, path, client, warned, error, sizeof error);
    ORACLE(code == 0 || code == -1, "spec-code");
    if (code == 0) {
        ORACLE(error[0] == '\0' && json_is_object(spec.tree), "spec-reason");
        check_servers(&spec, client);
        check_selection(&spec);
    } else {
        ORACLE(strlen(error) > strlen(path) + 2 && strncmp(error, path, strlen(path)) == 0, "spec-reason");
    }
    ab_spec_free(&spec);
    ORACLE(ab_spec_read(&spec, path, client, warned, small, sizeof small) == code, "spec-code");
    ORACLE(strncmp(small, error, strlen(small)) == 0, "spec-reason");
    ab_spec_free(&spec);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > FUZZ_MAX) return 0;
    uint8_t option = fuzz_option(data, &size);
    char path[40];
    int file = memfd_create("spec", MFD_CLOEXEC);
    if (file < 0) abort();
    for (size_t pos = 0; pos < size;) {
        ssize_t len = write(file, data + pos, size - pos);
        if (len <= 0) abort();
        pos += (size_t)len;
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    check_file(path, option % 2 == 0);
    (void)close(file);
    return 0;
}
