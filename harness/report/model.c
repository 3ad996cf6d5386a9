/* SPDX-License-Identifier: MIT */
#include "report/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/text.h"

/* ---- JSON ---------------------------------------------------------------------------------------------- */

view view_of(const json_t *string) {
    if (!json_is_string(string)) return (view){"", 0};
    return (view){json_string_value(string), json_string_length(string)};
}

view view_get(const json_t *object, const char *key) {
    return view_of(json_object_get(object, key));
}

bool view_is(view text, const char *wanted) {
    return text.len == strlen(wanted) && memcmp(text.data, wanted, text.len) == 0;
}

void view_put(FILE *file, view text, unsigned flags) {
    text_put(file, text.data, text.len, flags);
}

const char *json_text(const json_t *object, const char *key) {
    return view_get(object, key).data;
}

const json_t *json_list(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_array(value) ? value : NULL;
}

const json_t *json_map(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_object(value) ? value : NULL;
}

int64_t json_int(const json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key));
}

bool json_has_int(const json_t *object, const char *key) {
    return json_is_integer(json_object_get(object, key));
}

bool json_flag(const json_t *object, const char *key) {
    return json_is_true(json_object_get(object, key));
}

/* JSON lets DEL stand as it is; it stands only in strings, where it may be written as the others are. */
static int put_dumped(const char *buffer, size_t size, void *file) {
    while (size > 0) {
        const char *del = memchr(buffer, 0x7f, size);
        size_t len = del ? (size_t)(del - buffer) : size;
        if (fwrite(buffer, 1, len, file) != len) return -1;
        if (del && fputs("\\u007F", file) == EOF) return -1;
        len += del != NULL;
        buffer += len;
        size -= len;
    }
    return 0;
}

int json_put(FILE *file, const json_t *value) {
    errno = 0;
    if (json_dump_callback(value, put_dumped, file, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY) == 0)
        return 0;
    if (errno == 0) errno = ENOMEM;
    return -1;
}

/* ---- Verdicts ------------------------------------------------------------------------------------------ */

const word_info words[WORD_COUNT] = {
    [WORD_PASS] = {"pass", 'P', 2, false, "conforms"},
    [WORD_LENIENT] = {"lenient", 'L', 4, false, "allowed, but short of what the RFC recommends"},
    [WORD_INFO] = {"info", 'I', 3, false, "worth knowing, no judgement"},
    [WORD_FAIL] = {"fail", 'F', 10, false, "breaks a requirement"},
    [WORD_UNSUPPORTED] = {"unsupported", 'U', 1, false, "the target lacks what the case needs"},
    [WORD_BLOCKED] = {"blocked", 'B', 5, true, "something that the case rests on failed"},
    [WORD_SETUP_FAILED] = {"setup-failed", 'S', 7, true, "the connection could not be brought to the test"},
    [WORD_TIMEOUT] = {"timeout", 'T', 8, true, "the case did not end in time"},
    [WORD_CRASHED] = {"crashed", 'C', 11, true, "the target died"},
    [WORD_NOT_RUN] = {"not-run", 'N', 6, true, "the run ended before this case"},
    [WORD_HARNESS_ERROR] = {"harness-error", 'H', 9, true, "the harness is at fault"},
};

bool word_fails(word verdict) {
    return verdict == WORD_FAIL || verdict == WORD_TIMEOUT || verdict == WORD_SETUP_FAILED ||
           verdict == WORD_CRASHED || verdict == WORD_HARNESS_ERROR;
}

word word_from_name(view name) {
    word found = 0;
    while (found < WORD_COUNT && !view_is(name, words[found].name)) found++;
    return found;
}

word case_word(const json_t *test) {
    word found = word_from_name(view_get(test, "verdict"));
    return found == WORD_COUNT ? WORD_HARNESS_ERROR : found;
}

word word_worse(word a, word b) {
    if (a == WORD_COUNT) return b;
    if (b == WORD_COUNT) return a;
    return words[a].severity >= words[b].severity ? a : b;
}

/* ---- Cases --------------------------------------------------------------------------------------------- */

view case_area(const json_t *test) {
    view area = view_get(test, "area");
    if (area.len > 0) return area;
    view id = view_get(test, "id");
    const char *slash = memchr(id.data, '/', id.len);
    return slash ? (view){id.data, (size_t)(slash - id.data)} : (view){"other", 5};
}

view case_pacing(const json_t *header, const json_t *test) {
    view own = view_get(test, "pacing"), usual = view_get(header, "pacing");
    if (own.len == usual.len && memcmp(own.data, usual.data, own.len) == 0) return (view){"", 0};
    return own;
}

word case_own_word(const json_t *test) {
    word verdict = case_word(test);
    if (verdict != WORD_FAIL || json_array_size(json_list(test, "problems")) == 0) return verdict;
    const json_t *index = json_object_get(test, "outcome");
    if (!json_is_integer(index) || json_integer_value(index) < 0) return verdict;
    const json_t *outcome = json_array_get(json_list(test, "expected"), (size_t)json_integer_value(index));
    word own = word_from_name(view_get(outcome, "verdict"));
    return own == WORD_COUNT ? verdict : own;
}

bool case_unstable(const json_t *test) {
    const char *key;
    json_t *value, *first = NULL;
    json_object_foreach((json_t *)json_map(test, "attempts"), key, value) {
        if (!first) first = value;
        if (!json_equal(first, value)) return true;
    }
    return false;
}

/* By its verdict and attempts alone. */
static bool case_fails(const json_t *header, const json_t *test) {
    const json_t *list = json_list(json_map(header, "gate"), "fail_on");
    word verdict = case_word(test);
    if (!list) return word_fails(verdict) || case_unstable(test);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (view_is(view_of(json_array_get(list, i)), words[verdict].name)) return true;
    return json_array_size(list) > 0 && case_unstable(test);
}

bool case_red(const json_t *header, const json_t *test) {
    const json_t *mark = json_map(test, "baseline");
    return mark ? !json_flag(mark, "met") : case_fails(header, test);
}

bool case_expected(const json_t *header, const json_t *test) {
    const json_t *mark = json_map(test, "baseline");
    return mark && json_flag(mark, "met") && case_fails(header, test);
}

view case_requirement(const json_t *test) {
    if (case_word(test) == WORD_FAIL && case_own_word(test) != WORD_FAIL) {
        view id = view_get(json_array_get(json_list(test, "problems"), 0), "requirement");
        if (id.len > 0) return id;
    }
    return view_of(json_array_get(json_list(test, "checks"), 0));
}

view problem_text(const json_t *problem) {
    view text = view_get(problem, "text"), fault = view_get(problem, "fault");
    size_t skip = fault.len + 2;
    if (fault.len == 0 || text.len < skip || memcmp(text.data, fault.data, fault.len) != 0 ||
        memcmp(text.data + fault.len, ", ", 2) != 0)
        return text;
    return (view){text.data + skip, text.len - skip};
}

static const json_t *header_entry(const json_t *header, const char *map, view id) {
    /* Keys with a NUL do not exist, so an id with one names nothing. */
    if (memchr(id.data, 0, id.len)) return NULL;
    const json_t *entry = json_object_get(json_map(header, map), id.data);
    return json_is_object(entry) ? entry : NULL;
}

const json_t *header_requirement(const json_t *header, view id) {
    return header_entry(header, "requirements", id);
}

const json_t *header_ruling(const json_t *header, view id) {
    return header_entry(header, "rulings", id);
}

view header_catalogue(const json_t *header) {
    view version = view_get(json_map(header, "catalogue"), "version");
    if (version.len >= 40 && strspn(version.data, "0123456789abcdef") == version.len) version.len = 12;
    return version;
}

view header_target(const json_t *header) {
    const json_t *target = json_map(header, "target");
    static const char *const keys[] = {"name", "agent", "url", "address", "exec"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        view text = view_get(target, keys[i]);
        if (text.len > 0) return text;
    }
    return (view){"unknown target", 14};
}
