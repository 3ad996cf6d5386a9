/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "script/case.h"

/* One element of a glob: *c is behind it, and the result tells whether it matches the character. */
static bool glob_one(const char **pattern, char c) {
    const char *p = *pattern;
    if (*p == '?') {
        *pattern = p + 1;
        return true;
    }
    const char *end = *p == '[' && p[1] != '\0' ? strchr(p + 2, ']') : NULL;
    if (end == NULL) {
        *pattern = p + 1;
        return *p == c;
    }
    *pattern = end + 1;
    p++;
    bool negated = *p == '!' || *p == '^', found = false;
    if (negated) p++;
    for (; p < end; p++) {
        if (p + 2 < end && p[1] == '-') {
            found = found || (p[0] <= c && c <= p[2]);
            p += 2;
        } else {
            found = found || *p == c;
        }
    }
    return found != negated;
}

/* Glob without recursion: a failed match goes on at the last star. */
static bool glob(const char *pattern, const char *text) {
    const char *star = NULL, *star_text = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            star_text = text;
            continue;
        }
        if (*pattern != '\0' && glob_one(&pattern, *text)) {
            text++;
            continue;
        }
        if (star == NULL) return false;
        pattern = star;
        text = ++star_text;
    }
    while (*pattern == '*') pattern++;
    return *pattern == '\0';
}

static bool in_section(const requirement *one, const char *rfc, size_t rfc_len, const char *section) {
    if (strlen(one->rfc) != rfc_len || memcmp(one->rfc, rfc, rfc_len) != 0) return false;
    size_t len = strlen(section);
    return strncmp(one->section, section, len) == 0 &&
           (one->section[len] == '\0' || one->section[len] == '.' || len == 0);
}

bool case_matches(const catalogue *all, const test_case *test, const char *pattern) {
    for (case_level level = LEVEL_MUST; level <= LEVEL_PROBE; level++) {
        if (strcmp(pattern, case_level_name(level)) == 0) return test->level == level;
    }
    if (strcmp(pattern, test->area) == 0 || glob(pattern, test->id)) return true;
    if (strchr(pattern, ':') != NULL) {
        for (size_t i = 0; test->also[i] != NULL; i++) {
            if (glob(pattern, test->also[i])) return true;
        }
    }
    const char *hash = strchr(pattern, '#');
    bool section = strncmp(pattern, "rfc", 3) == 0 && (hash != NULL || pattern[3] != '\0');
    size_t rfc_len = section ? (hash != NULL ? (size_t)(hash - pattern) : strlen(pattern)) - 3 : 0;
    for (size_t i = 0; test->checks[i] != NULL; i++) {
        if (strcmp(pattern, test->checks[i]) == 0) return true;
        if (!section) continue;
        const requirement *one = catalogue_requirement(all, test->checks[i]);
        if (one != NULL && in_section(one, pattern + 3, rfc_len, hash != NULL ? hash + 1 : "")) {
            return true;
        }
    }
    return false;
}
