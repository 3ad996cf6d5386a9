/* SPDX-License-Identifier: MIT */
/* The baseline: read, made to fit a record, written. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "report/gate_impl.h"

/* ---- Reading ------------------------------------------------------------------------------------------- */

static int complain(char *error, size_t len, const char *format, ...) __attribute__((format(printf, 3, 4)));

static int complain(char *error, size_t len, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(error, len, format, args);
    va_end(args);
    /* Names in the file may hold anything. */
    for (char *c = error; *c; c++) *c = (*c < ' ' || *c > '~') ? '?' : *c;
    return -1;
}

static int check_verdicts(const char *pattern, const json_t *list, char *error, size_t error_len) {
    if (!json_is_array(list) || json_array_size(list) == 0)
        return complain(error, error_len, "/cases/%s: \"verdicts\" is to be a list with a verdict", pattern);
    for (size_t i = 0; i < json_array_size(list); i++) {
        view name = view_of(json_array_get(list, i));
        if (word_from_name(name) == WORD_COUNT)
            return complain(error, error_len, "/cases/%s/verdicts/%zu: \"%s\" is no verdict", pattern, i,
                            name.data);
    }
    return 0;
}

static int check_entry(const char *pattern, json_t *entry, char *error, size_t error_len) {
    static const char *const known[] = {"verdicts", "reason", "link"};
    const char *key;
    json_t *value;
    if (!json_is_object(entry))
        return complain(error, error_len, "/cases/%s: not an object {\"verdicts\": [...]}", pattern);
    json_object_foreach(entry, key, value) {
        size_t k = 0;
        while (k < 3 && strcmp(known[k], key) != 0) k++;
        if (k == 3) return complain(error, error_len, "/cases/%s: unknown key \"%s\"", pattern, key);
        if (k > 0 && !json_is_string(value))
            return complain(error, error_len, "/cases/%s/%s: not a text", pattern, key);
    }
    return check_verdicts(pattern, json_object_get(entry, "verdicts"), error, error_len);
}

static int check(json_t *root, char *error, size_t error_len) {
    const char *key;
    json_t *value, *entries = json_object_get(root, "cases");
    if (!json_is_object(root)) return complain(error, error_len, "not an object");
    json_object_foreach(root, key, value) {
        if (strcmp(key, "format") != 0 && strcmp(key, "cases") != 0)
            return complain(error, error_len, "unknown key \"%s\"", key);
    }
    if (!json_has_int(root, "format") || json_int(root, "format") != 1)
        return complain(error, error_len, "/format: not 1");
    if (!json_is_object(entries))
        return complain(error, error_len, "/cases: not an object {\"ID\": {\"verdicts\": [...]}}");
    json_object_foreach(entries, key, value) {
        if (check_entry(key, value, error, error_len) < 0) return -1;
    }
    return 0;
}

static void name_set(gate *g, const char *name) {
    free(g->name);
    json_t *valid = json_string(name);
    g->name = gate_need(strdup(valid ? name : "(a name that is no UTF-8)"));
    json_decref(valid);
}

int gate_baseline_read(gate *g, const char *name, FILE *file, char *error, size_t error_len) {
    json_error_t reason;
    json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, &reason);
    if (!root) return complain(error, error_len, "line %d: %s", reason.line, reason.text);
    int result = check(root, error, error_len);
    if (result == 0) {
        json_decref(g->entries);
        g->entries = json_incref(json_object_get(root, "cases"));
        name_set(g, name);
    }
    json_decref(root);
    return result;
}

void gate_baseline_empty(gate *g, const char *name) {
    json_decref(g->entries);
    g->entries = gate_need_json(json_object());
    name_set(g, name);
}

size_t gate_baseline_size(const gate *g) {
    return json_object_size(g->entries);
}

/* ---- Updating ------------------------------------------------------------------------------------------ */

static void add_verdict(json_t *list, const char *name) {
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), name) == 0) return;
    if (json_array_append_new(list, gate_need_json(json_string(name))) < 0) gate_need(NULL);
}

/* The verdicts that a case gave today. */
static json_t *verdicts_of(const json_t *test) {
    json_t *list = gate_need_json(json_array()), *value;
    const char *key;
    add_verdict(list, words[case_word(test)].name);
    json_object_foreach((json_t *)json_map(test, "attempts"), key, value) {
        word verdict = word_from_name(view_of(value));
        if (verdict < WORD_COUNT) add_verdict(list, words[verdict].name);
    }
    return list;
}

/* What an entry does for the record: whether it is about any of its cases without an entry of their own, and
   whether one of those would be red without it. */
typedef struct entry_use {
    bool used, needed;
} entry_use;

static entry_use use_of(const gate *g, const char *pattern, const record *rec) {
    entry_use use = {false, false};
    for (size_t i = 0; i < json_array_size(rec->cases); i++) {
        const json_t *test = json_array_get(rec->cases, i);
        const char *by;
        if (!gate_entry(g, json_text(test, "id"), &by) || strcmp(by, pattern) != 0) continue;
        use.used = true;
        use.needed = use.needed || gate_fails(g, test);
    }
    return use;
}

/* Takes away what matches nothing, or is not needed for the cases that ran. */
static void prune(gate *g, const record *rec, const char *const *known, size_t num_known) {
    json_t *kept = gate_need_json(json_object()), *entry;
    const char *pattern;
    json_object_foreach(g->entries, pattern, entry) {
        if (!gate_entry_known(pattern, rec, known, num_known)) continue;
        entry_use use = use_of(g, pattern, rec);
        if (use.used && !use.needed) continue;
        if (json_object_set(kept, pattern, entry) < 0) gate_need(NULL);
    }
    json_decref(g->entries);
    g->entries = kept;
}

void gate_baseline_update(gate *g, const record *rec, const char *const *known, size_t num_known) {
    prune(g, rec, known, num_known);
    for (size_t i = 0; i < json_array_size(rec->cases); i++) {
        const json_t *test = json_array_get(rec->cases, i);
        if (case_word(test) == WORD_NOT_RUN) continue;
        const char *id = json_text(test, "id"), *by;
        const json_t *entry = gate_entry(g, id, &by);
        if (entry ? gate_entry_met(entry, test) : !gate_fails(g, test)) continue;
        json_t *own = json_object_get(g->entries, id);
        if (!own) {
            const char *reason = entry ? json_text(entry, "reason") : "";
            own = gate_need_json(json_pack("{s:s}", "reason", reason));
            if (json_object_set_new(g->entries, id, own) < 0) gate_need(NULL);
        }
        if (json_object_set_new(own, "verdicts", verdicts_of(test)) < 0) gate_need(NULL);
    }
}

/* ---- Writing ------------------------------------------------------------------------------------------- */

static void put_value(FILE *file, const json_t *value) {
    char *text = gate_need(json_dumps(value, JSON_ENCODE_ANY));
    fputs(text, file);
    free(text);
}

static void put_name(FILE *file, const char *name) {
    json_t *string = gate_need_json(json_string(name));
    put_value(file, string);
    json_decref(string);
}

/* A line for each entry, so that a change is easy to review. */
int gate_baseline_write(const gate *g, FILE *file) {
    static const char *const keys[] = {"verdicts", "reason", "link"};
    const char *pattern, *between = "\n";
    json_t *entry;
    fputs("{\n  \"format\": 1,\n  \"cases\": {", file);
    json_object_foreach(g->entries, pattern, entry) {
        fprintf(file, "%s    ", between);
        put_name(file, pattern);
        const char *before = ": {";
        for (size_t k = 0; k < 3; k++) {
            const json_t *value = json_object_get(entry, keys[k]);
            if (!value) continue;
            fprintf(file, "%s\"%s\": ", before, keys[k]);
            put_value(file, value);
            before = ", ";
        }
        putc('}', file);
        between = ",\n";
    }
    fprintf(file, "%s}\n}\n", json_object_size(g->entries) ? "\n  " : "");
    return fflush(file) == EOF || ferror(file) ? -1 : 0;
}
