/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "report/gate_impl.h"

void *gate_need(void *value) {
    if (!value) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return value;
}

json_t *gate_need_json(json_t *value) {
    return gate_need(value);
}

static void set(json_t *object, const char *key, json_t *value) {
    if (json_object_set_new(object, key, gate_need_json(value)) < 0) gate_need(NULL);
}

static void append(json_t *array, json_t *value) {
    if (json_array_append_new(array, gate_need_json(value)) < 0) gate_need(NULL);
}

/* ---- Rules --------------------------------------------------------------------------------------------- */

gate *gate_new(void) {
    gate *g = gate_need(calloc(1, sizeof *g));
    for (word i = 0; i < WORD_COUNT; i++) g->fail_on[i] = word_fails(i);
    return g;
}

void gate_free(gate *g) {
    if (!g) return;
    for (size_t i = 0; i < g->num_minimums; i++) free(g->minimums[i].area);
    free(g->minimums);
    free(g->name);
    json_decref(g->entries);
    free(g);
}

int gate_fail_on(gate *g, const char *item) {
    static const word single[] = {WORD_LENIENT, WORD_INFO, WORD_UNSUPPORTED, WORD_BLOCKED};
    bool any = strcmp(item, "any") == 0, known = any || strcmp(item, "fail") == 0;
    if (strcmp(item, "never") == 0) {
        memset(g->fail_on, 0, sizeof g->fail_on);
        g->chosen = g->never = true;
        return 0;
    }
    for (word i = 0; i < WORD_COUNT; i++)
        if (any ? i != WORD_PASS : word_fails(i)) g->fail_on[i] = true;
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        if (strcmp(item, words[single[i]].name) != 0) continue;
        g->fail_on[single[i]] = known = true;
    }
    if (!known) return -1;
    g->chosen = true;
    g->never = false;
    return 0;
}

int gate_require(gate *g, const char *item) {
    const char *equals = strrchr(item, '='), *digits = equals ? equals + 1 : item;
    char *end;
    errno = 0;
    unsigned long long number = strtoull(digits, &end, 10);
    if (*digits < '0' || *digits > '9' || *end || errno || number > 1000000000 || equals == item) return -1;
    g->minimums = gate_need(reallocarray(g->minimums, g->num_minimums + 1, sizeof *g->minimums));
    char *area = equals ? gate_need(strndup(item, (size_t)(equals - item))) : NULL;
    g->minimums[g->num_minimums++] = (gate_minimum){.area = area, .number = (size_t)number};
    return 0;
}

/* ---- Cases --------------------------------------------------------------------------------------------- */

bool gate_matches(const char *pattern, const char *id) {
    return strcmp(pattern, id) == 0 || fnmatch(pattern, id, FNM_NOESCAPE) == 0;
}

const json_t *gate_entry(const gate *g, const char *id, const char **pattern) {
    json_t *entry = json_object_get(g->entries, id);
    *pattern = id;
    if (entry) return entry;
    json_object_foreach(g->entries, *pattern, entry) {
        if (gate_matches(*pattern, id)) return entry;
    }
    return NULL;
}

static bool allows(const json_t *entry, view verdict) {
    const json_t *list = json_list(entry, "verdicts");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (view_is(verdict, json_string_value(json_array_get(list, i)))) return true;
    return false;
}

bool gate_entry_met(const json_t *entry, const json_t *test) {
    if (!allows(entry, view_get(test, "verdict"))) return false;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)json_map(test, "attempts"), key, value) {
        if (!allows(entry, view_of(value))) return false;
    }
    return true;
}

bool gate_fails(const gate *g, const json_t *test) {
    return g->fail_on[case_word(test)] || (!g->never && case_unstable(test));
}

void gate_header(const gate *g, json_t *header) {
    json_object_del(header, "gate");
    if (!g->chosen && !g->entries && g->num_minimums == 0) return;
    json_t *rules = gate_need_json(json_object()), *list = gate_need_json(json_array());
    for (word i = 0; i < WORD_COUNT; i++)
        if (g->fail_on[i]) append(list, json_string(words[i].name));
    set(rules, "fail_on", list);
    if (g->entries) set(rules, "baseline", json_string(g->name));
    if (g->num_minimums > 0) {
        json_t *minimums = gate_need_json(json_array());
        for (size_t i = 0; i < g->num_minimums; i++) {
            const gate_minimum *m = &g->minimums[i];
            append(minimums, m->area
                                 ? json_pack("{s:s,s:I}", "area", m->area, "number", (json_int_t)m->number)
                                 : json_pack("{s:I}", "number", (json_int_t)m->number));
        }
        set(rules, "require", minimums);
    }
    set(header, "gate", rules);
}

void gate_case(const gate *g, json_t *test) {
    const char *pattern;
    const json_t *entry = gate_entry(g, json_text(test, "id"), &pattern);
    json_object_del(test, "baseline");
    if (!entry || case_word(test) == WORD_NOT_RUN) return; /* of which nothing is known */
    json_t *mark = gate_need_json(json_deep_copy(entry));
    set(mark, "entry", json_string(pattern));
    set(mark, "met", json_boolean(gate_entry_met(entry, test)));
    set(test, "baseline", mark);
}

/* ---- The whole ----------------------------------------------------------------------------------------- */

bool gate_entry_known(const char *pattern, const record *rec, const char *const *known, size_t num_known) {
    for (size_t i = 0; i < num_known; i++)
        if (gate_matches(pattern, known[i])) return true;
    for (size_t i = 0; i < json_array_size(rec->cases); i++)
        if (gate_matches(pattern, json_text(json_array_get(rec->cases, i), "id"))) return true;
    return false;
}

static size_t count_passed(const record *rec, const char *area) {
    size_t passed = 0;
    for (size_t i = 0; i < json_array_size(rec->cases); i++) {
        const json_t *test = json_array_get(rec->cases, i);
        word verdict = case_word(test);
        if (area && !view_is(case_area(test), area)) continue;
        bool good = verdict == WORD_PASS || verdict == WORD_LENIENT || verdict == WORD_INFO;
        passed += good && !case_red(rec->header, test);
    }
    return passed;
}

static json_t *stale_entries(const gate *g, const record *rec, const char *const *known, size_t num_known) {
    json_t *stale = gate_need_json(json_array()), *entry;
    const char *pattern;
    json_object_foreach(g->entries, pattern, entry) {
        if (!gate_entry_known(pattern, rec, known, num_known)) append(stale, json_string(pattern));
    }
    return stale;
}

static json_t *shortages(const gate *g, const record *rec) {
    json_t *list = gate_need_json(json_array());
    for (size_t i = 0; i < g->num_minimums; i++) {
        const gate_minimum *m = &g->minimums[i];
        size_t passed = count_passed(rec, m->area);
        if (passed >= m->number) continue;
        json_t *one = gate_need_json(
            json_pack("{s:I,s:I}", "number", (json_int_t)m->number, "passed", (json_int_t)passed));
        if (m->area) set(one, "area", json_string(m->area));
        append(list, one);
    }
    return list;
}

/* Whether all that makes 3 the exit code are crashes that the baseline expects. */
static bool only_expected_crashes(const record *rec) {
    size_t crashes = 0;
    if (json_is_false(json_object_get(rec->footer, "alive")) ||
        !json_is_true(json_object_get(rec->footer, "complete")))
        return false;
    for (size_t i = 0; i < json_array_size(rec->cases); i++) {
        const json_t *test = json_array_get(rec->cases, i);
        if (case_word(test) != WORD_CRASHED) continue;
        if (case_red(rec->header, test) || !json_map(test, "baseline")) return false;
        crashes++;
    }
    return crashes > 0;
}

int gate_footer(const gate *g, record *rec, const char *const *known, size_t num_known, int code) {
    enum { OK = 0, RED = 1, INCOMPLETE = 3 };
    if (!rec->footer) return INCOMPLETE;
    size_t red = 0, expected = 0, unexpected = 0;
    for (size_t i = 0; i < json_array_size(rec->cases); i++) {
        const json_t *test = json_array_get(rec->cases, i);
        bool bad = case_red(rec->header, test), listed = json_map(test, "baseline");
        red += bad;
        expected += listed && !bad;
        unexpected += listed && bad;
    }
    json_t *stale = stale_entries(g, rec, known, num_known), *lacking = shortages(g, rec);
    if (code == INCOMPLETE && only_expected_crashes(rec)) code = OK;
    if (code == OK || code == RED)
        code = red > 0 || json_array_size(stale) > 0 || json_array_size(lacking) > 0 ? RED : OK;
    json_object_del(rec->footer, "gate");
    if (json_map(rec->header, "gate")) {
        json_t *sum = gate_need_json(json_pack("{s:I,s:I,s:I}", "red", (json_int_t)red, "expected",
                                               (json_int_t)expected, "unexpected", (json_int_t)unexpected));
        set(sum, "stale", stale);
        set(sum, "short", lacking);
        set(rec->footer, "gate", sum);
    } else {
        json_decref(stale);
        json_decref(lacking);
    }
    set(rec->footer, "exit_code", json_integer(code));
    return code;
}
