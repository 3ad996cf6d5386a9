/* SPDX-License-Identifier: MIT */
/* Matrices: one written case becomes a tree for each combination of the values of its variables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/load.h"

/* Names that the heads give a meaning of their own (filled in when a case runs). */
static bool is_placeholder(const char *name, size_t len) {
    static const char *const names[] = {"target", "host", "key", "accept"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0) return true;
    }
    return false;
}

static bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static json_t *made(json_t *json) {
    if (json == NULL) memory_exhausted();
    return json;
}

/* ---- The matrix ---------------------------------------------------------------------------------------- */

/* Text of a scalar, as it appears inside longer strings; false for anything else. */
static bool scalar_text(const json_t *json, text_buffer *text) {
    switch (json != NULL ? json_typeof(json) : JSON_REAL) {
    case JSON_STRING: text_append(text, json_string_value(json), json_string_length(json)); return true;
    case JSON_INTEGER: text_print(text, "%lld", (long long)json_integer_value(json)); return true;
    case JSON_TRUE: text_print(text, "true"); return true;
    case JSON_FALSE: text_print(text, "false"); return true;
    case JSON_NULL: text_print(text, "null"); return true;
    default: return false;
    }
}

static const char *slug_of(load_context *loader, const json_t *json) {
    text_buffer text = {0};
    const char *slug = NULL;
    if (scalar_text(json, &text)) slug = memory_copy(loader->memory, text.data, text.len);
    free(text.data);
    return slug;
}

/* `seen` has the slugs so far. */
static bool variable_add(load_variable *variable, load_context *loader, const place *at, const char *slug,
                         json_t *value, json_t *seen) {
    if (slug[0] == '\0') {
        load_error(loader, at, "a value without text needs a slug: write an object");
        return false;
    }
    if (json_object_get(seen, slug) != NULL) {
        load_error(loader, at, "the value \"%s\" stands twice in the list", slug);
        return false;
    }
    if (json_object_set_new(seen, slug, json_null()) != 0) memory_exhausted();
    variable->slugs[variable->num] = slug;
    variable->value[variable->num++] = value;
    return true;
}

static bool variable_init(load_variable *variable, load_context *loader, const char *name, json_t *values,
                          const place *at) {
    *variable =
        (struct load_variable){.name = memory_copy(loader->memory, name, strlen(name)), .values = values};
    bool good = is_lower(name[0]);
    for (const char *c = name; *c != '\0'; c++) good = good && (is_lower(*c) || is_digit(*c) || *c == '_');
    if (!good) load_error(loader, at, "\"%s\" cannot be the name of a variable", name);
    size_t num = json_is_array(values) ? json_array_size(values) : json_object_size(values);
    if (num == 0 || num > LOAD_MAX_CASES) {
        load_error(loader, at, "must be a list or object with 1 to %d values", LOAD_MAX_CASES);
        return false;
    }
    json_t *seen = made(json_object());
    variable->slugs = memory_array(loader->memory, num, sizeof *variable->slugs);
    variable->value = memory_array(loader->memory, num, sizeof(json_t *));
    if (json_is_array(values)) {
        for (size_t i = 0; i < num; i++) {
            place here = {.up = at, .index = i};
            const char *slug = slug_of(loader, json_array_get(values, i));
            if (slug == NULL) {
                load_error(loader, &here, "must be a string, an integer, a boolean or null");
                good = false;
            } else {
                good = variable_add(variable, loader, &here, slug, json_array_get(values, i), seen) && good;
            }
        }
    } else {
        const char *key;
        json_t *value;
        json_object_foreach(values, key, value) {
            const char *slug = memory_copy(loader->memory, key, strlen(key));
            good = variable_add(variable, loader, &(place){.up = at, .key = slug}, slug, value, seen) && good;
        }
    }
    json_decref(seen);
    return good;
}

static load_variable *variable_find(load_matrix *expansion, const char *name, size_t len) {
    for (size_t i = 0; i < expansion->num_variables; i++) {
        load_variable *variable = &expansion->variables[i];
        if (strlen(variable->name) == len && memcmp(variable->name, name, len) == 0) return variable;
    }
    return NULL;
}

/* True if a combination of `except` names the value. */
static bool slug_is(const json_t *json, const char *slug) {
    text_buffer text = {0};
    bool same = scalar_text(json, &text) && strcmp(text.data, slug) == 0;
    free(text.data);
    return same;
}

static bool except_check(load_matrix *expansion, load_context *loader, json_t *combination, const place *at) {
    if (!load_is_object(loader, combination, at)) return false;
    bool good = json_object_size(combination) > 0;
    if (!good) load_error(loader, at, "names no value");
    const char *key;
    json_t *value;
    json_object_foreach(combination, key, value) {
        place here = {.up = at, .key = key};
        const load_variable *variable = variable_find(expansion, key, strlen(key));
        if (variable == NULL) {
            load_error(loader, &here, "there is no variable \"%s\"", key);
            good = false;
            continue;
        }
        size_t i = 0;
        while (i < variable->num && !slug_is(value, variable->slugs[i])) i++;
        if (i == variable->num) {
            load_error(loader, &here, "\"%s\" has no such value", key);
            good = false;
        }
    }
    return good;
}

bool expansion_init(load_matrix *expansion, load_context *loader, json_t *written, const place *at) {
    *expansion = (struct load_matrix){.written = written, .except = json_object_get(written, "except")};
    json_t *each = json_object_get(written, "each");
    place each_place = {.up = at, .key = "each"}, except_place = {.up = at, .key = "except"};
    if (!load_is_object(loader, each, &each_place)) return false;
    bool good = true;
    size_t combinations = 1;
    const char *name;
    json_t *values;
    json_object_foreach(each, name, values) {
        place here = {.up = &each_place, .key = name};
        if (expansion->num_variables == LOAD_MAX_VARIABLES) {
            load_error(loader, &here, "more than %d variables", LOAD_MAX_VARIABLES);
            return false;
        }
        load_variable *variable = &expansion->variables[expansion->num_variables++];
        good = variable_init(variable, loader, name, values, &here) && good;
        if (variable->num > 0)
            combinations *= variable->num; /* at most LOAD_MAX_CASES squared before the check */
        if (combinations > LOAD_MAX_CASES) {
            load_error(loader, &each_place, "more than %d combinations", LOAD_MAX_CASES);
            return false;
        }
    }
    if (expansion->num_variables == 0) {
        load_error(loader, &each_place, "has no variable");
        return false;
    }
    if (!good || expansion->except == NULL) return good;
    if (!load_is_array(loader, expansion->except, &except_place)) return false;
    size_t num = json_array_size(expansion->except);
    if (!load_charge(loader, num * combinations)) return false;
    for (size_t i = 0; i < num; i++) {
        place here = {.up = &except_place, .index = i};
        good = except_check(expansion, loader, json_array_get(expansion->except, i), &here) && good;
    }
    return good;
}

/* True if the current combination is left out. */
static bool is_excepted(load_matrix *expansion) {
    for (size_t i = 0; i < json_array_size(expansion->except); i++) {
        bool all = true;
        const char *key;
        json_t *value;
        json_object_foreach(json_array_get(expansion->except, i), key, value) {
            const load_variable *variable = variable_find(expansion, key, strlen(key));
            all = all && slug_is(value, variable->slugs[variable->choice]);
        }
        if (all) return true;
    }
    return false;
}

bool expansion_next(load_matrix *expansion, bool first) {
    do {
        if (first) {
            for (size_t i = 0; i < expansion->num_variables; i++) expansion->variables[i].choice = 0;
            first = false;
            continue;
        }
        size_t i = expansion->num_variables;
        while (i > 0) {
            load_variable *variable = &expansion->variables[i - 1];
            if (++variable->choice < variable->num) break;
            variable->choice = 0;
            i--;
        }
        if (i == 0) return false;
    } while (is_excepted(expansion));
    return true;
}

void expansion_finish(const load_matrix *expansion, load_context *loader, const place *at) {
    place each_place = {.up = at, .key = "each"};
    for (size_t i = 0; i < expansion->num_variables; i++) {
        if (expansion->variables[i].used) continue;
        load_error(loader, &(place){.up = &each_place, .key = expansion->variables[i].name},
                   "the variable is not used");
    }
}

/* ---- Substitution -------------------------------------------------------------------------------------- */

/* A reference in a string: {name} or {name.member}. */
typedef struct load_reference {
    load_variable *variable; /* NULL: no variable of the case has the name */
    const char *name;
    size_t name_len;
    const char *member; /* NULL: none */
    size_t member_len;
    size_t len; /* of the whole reference */
} load_reference;

/* Reads a reference at the start of text; false if none starts there. */
static bool reference_read(load_matrix *expansion, const char *text, size_t len, load_reference *reference) {
    size_t at = 1;
    if (len < 3 || text[0] != '{' || !is_lower(text[1])) return false;
    while (at < len && (is_lower(text[at]) || is_digit(text[at]) || text[at] == '_')) at++;
    *reference = (struct load_reference){.name = text + 1, .name_len = at - 1};
    if (at < len && text[at] == '.') {
        size_t start = ++at;
        while (at < len && (is_lower(text[at]) || is_digit(text[at]) || text[at] == '_')) at++;
        if (at == start) return false;
        reference->member = text + start;
        reference->member_len = at - start;
    }
    if (at >= len || text[at] != '}') return false;
    reference->len = at + 1;
    reference->variable = variable_find(expansion, reference->name, reference->name_len);
    return true;
}

/* A reference that is the whole string. */
static bool reference_whole(load_matrix *expansion, const json_t *json, load_reference *reference) {
    return json_is_string(json) &&
           reference_read(expansion, json_string_value(json), json_string_length(json), reference) &&
           reference->len == json_string_length(json) && reference->variable != NULL;
}

/* The value that a reference to a variable has in the current combination; NULL if there is no such member.
 */
static json_t *reference_value(const load_reference *reference) {
    json_t *value = reference->variable->value[reference->variable->choice];
    if (reference->member == NULL) return value;
    if (!json_is_array(value)) return json_object_getn(value, reference->member, reference->member_len);
    size_t index = 0;
    for (size_t i = 0; i < reference->member_len; i++) {
        if (!is_digit(reference->member[i]) || index > LOAD_MAX_FILE) return NULL;
        index = index * 10 + (size_t)(reference->member[i] - '0');
    }
    return json_array_get(value, index);
}

/* Octets that a tree takes, roughly. Bounded depth: values come from a file. */
static size_t tree_size(const json_t *json) {
    size_t size = 64;
    if (json_is_string(json)) return size + json_string_length(json);
    const char *key;
    json_t *value;
    for (size_t i = 0; i < json_array_size(json); i++) size += tree_size(json_array_get(json, i));
    json_object_foreach((json_t *)(uintptr_t)json, key, value) size += strlen(key) + tree_size(value);
    return size;
}

/* The text with all references replaced by their text, by slugs where `slugs` is set. NULL data after a
   complaint. */
static bool expand_text(load_matrix *expansion, load_context *loader, const char *text, size_t len,
                        bool slugs, const place *at, text_buffer *result) {
    size_t at_text = 0;
    text_append(result, "", 0);
    while (at_text < len) {
        load_reference reference;
        const char *rest = text + at_text;
        if (len - at_text >= 2 && rest[0] == '{' && rest[1] == '{') {
            text_append(result, rest, 2);
            at_text += 2;
            continue;
        }
        if (!reference_read(expansion, rest, len - at_text, &reference)) {
            size_t run = 1;
            while (run < len - at_text && rest[run] != '{') run++;
            text_append(result, rest, run);
            at_text += run;
            continue;
        }
        at_text += reference.len;
        if (reference.variable == NULL) {
            if (reference.member == NULL && is_placeholder(reference.name, reference.name_len)) {
                text_append(result, rest, reference.len);
                continue;
            }
            load_error(loader, at, "there is no variable \"%.*s\"", (int)reference.name_len, reference.name);
            return false;
        }
        reference.variable->used = true;
        if (slugs && reference.member == NULL) {
            const char *slug = reference.variable->slugs[reference.variable->choice];
            text_append(result, slug, strlen(slug));
        } else {
            json_t *value = reference_value(&reference);
            if (value == NULL || !scalar_text(value, result)) {
                load_error(loader, at, "\"%.*s\" has no text for the value \"%s\"", (int)reference.len, rest,
                           reference.variable->slugs[reference.variable->choice]);
                return false;
            }
        }
        if (result->len > LOAD_MAX_FILE) {
            load_error(loader, at, "the expanded text has more than %zu MiB", LOAD_MAX_FILE >> 20);
            return false;
        }
    }
    return load_charge(loader, 64 + result->len);
}

static json_t *expand(load_matrix *expansion, load_context *loader, json_t *json, const place *at,
                      bool slugs);

static json_t *expand_string(load_matrix *expansion, load_context *loader, json_t *json, const place *at,
                             bool slugs) {
    load_reference reference;
    const char *written = json_string_value(json);
    size_t len = json_string_length(json);
    if (memchr(written, '{', len) == NULL) return load_charge(loader, 64 + len) ? json_incref(json) : NULL;
    if (!slugs && reference_whole(expansion, json, &reference)) {
        reference.variable->used = true;
        json_t *value = reference_value(&reference);
        if (value == NULL) {
            load_error(loader, at, "the value \"%s\" has no member \"%.*s\"",
                       reference.variable->slugs[reference.variable->choice], (int)reference.member_len,
                       reference.member);
            return NULL;
        }
        return load_charge(loader, tree_size(value)) ? json_incref(value) : NULL;
    }
    text_buffer text = {0};
    json_t *result = NULL;
    if (expand_text(expansion, loader, written, len, slugs, at, &text)) {
        result = json_stringn(text.data, text.len);
        /* The variable's own text may be anything that a JSON string holds, so this is UTF-8 as well. */
        if (result == NULL) memory_exhausted();
    }
    free(text.data);
    return result;
}

/* What no variable changes is shared with the written case: most of a tree, in most matrices. So a copy is
   only made once a part differs, of the first num parts as they are written. */

static json_t *array_begin(json_t *written, size_t num) {
    json_t *copy = made(json_array());
    for (size_t i = 0; i < num; i++) {
        if (json_array_append(copy, json_array_get(written, i)) != 0) memory_exhausted();
    }
    return copy;
}

static json_t *object_begin(json_t *written, size_t num) {
    json_t *copy = made(json_object());
    void *member = json_object_iter(written);
    for (size_t i = 0; i < num; i++) {
        if (json_object_set(copy, json_object_iter_key(member), json_object_iter_value(member)) != 0)
            memory_exhausted();
        member = json_object_iter_next(written, member);
    }
    return copy;
}

static json_t *expand_array(load_matrix *expansion, load_context *loader, json_t *json, const place *at) {
    json_t *copy = NULL;
    bool good = load_charge(loader, 64);
    for (size_t i = 0; i < json_array_size(json); i++) {
        json_t *element = json_array_get(json, i);
        load_reference reference;
        json_t *value = expand(expansion, loader, element, &(place){.up = at, .index = i}, false);
        if (value == NULL) {
            good = false;
            continue;
        }
        if (copy == NULL && value != element) copy = array_begin(json, i);
        if (copy == NULL) {
            json_decref(value);
        } else if (json_is_array(value) && reference_whole(expansion, element, &reference)) {
            if (json_array_extend(copy, value) != 0) memory_exhausted();
            json_decref(value);
        } else if (json_array_append_new(copy, value) != 0) {
            memory_exhausted();
        }
    }
    if (good) return copy != NULL ? copy : json_incref(json);
    json_decref(copy);
    return NULL;
}

/* A member of an object, behind num others. False after a complaint. */
static bool expand_member(load_matrix *expansion, load_context *loader, json_t *object, size_t num,
                          const char *key, json_t *member, const place *at, json_t **copy) {
    text_buffer name = {0};
    const char *expanded = key;
    json_t *value = NULL;
    if (strchr(key, '{') != NULL) {
        if (*copy == NULL) *copy = object_begin(object, num);
        bool good = expand_text(expansion, loader, key, strlen(key), false, at, &name);
        if (good && strlen(name.data) != name.len) {
            load_error(loader, at, "the expanded key contains U+0000");
            good = false;
        }
        if (!good) goto finish;
        expanded = name.data;
    }
    if (*copy != NULL && json_object_get(*copy, expanded) != NULL) {
        load_error(loader, at, "the expanded key \"%s\" is there already", expanded);
        goto finish;
    }
    value = expand(expansion, loader, member, at, false);
    if (value == NULL) goto finish;
    if (*copy == NULL && value != member) *copy = object_begin(object, num);
    if (*copy != NULL && json_object_set(*copy, expanded, value) != 0) memory_exhausted();
    json_decref(value);
finish:
    free(name.data);
    return value != NULL;
}

static json_t *expand_object(load_matrix *expansion, load_context *loader, json_t *json, const place *at) {
    json_t *copy = NULL;
    bool good = load_charge(loader, 64);
    size_t num = 0;
    const char *key;
    json_t *member;
    json_object_foreach(json, key, member) {
        place here = {.up = at, .key = key};
        good = expand_member(expansion, loader, json, num++, key, member, &here, &copy) && good;
    }
    if (good) return copy != NULL ? copy : json_incref(json);
    json_decref(copy);
    return NULL;
}

/* Depth is bounded by that of a file. Returns a new reference, or NULL after a complaint. */
static json_t *expand(load_matrix *expansion, load_context *loader, json_t *json, const place *at,
                      bool slugs) {
    switch (json_typeof(json)) {
    case JSON_STRING: return expand_string(expansion, loader, json, at, slugs);
    case JSON_ARRAY: return expand_array(expansion, loader, json, at);
    case JSON_OBJECT: return expand_object(expansion, loader, json, at);
    default: return load_charge(loader, 64) ? json_incref(json) : NULL;
    }
}

json_t *expansion_make(load_matrix *expansion, load_context *loader, const place *at) {
    json_t *result = made(json_object());
    bool good = true;
    const char *key;
    json_t *member;
    json_object_foreach(expansion->written, key, member) {
        if (strcmp(key, "each") == 0 || strcmp(key, "except") == 0) continue;
        bool slugs = strcmp(key, "id") == 0 || strcmp(key, "title") == 0;
        json_t *value = expand(expansion, loader, member, &(place){.up = at, .key = key}, slugs);
        good = value != NULL && good;
        if (value != NULL && json_object_set_new(result, key, value) != 0) memory_exhausted();
    }
    if (good) return result;
    json_decref(result);
    return NULL;
}

/* ---- Back to the file ---------------------------------------------------------------------------------- */

/* The written case and a way through it. */
typedef struct load_walk {
    const json_t *json; /* NULL: lost, which a place that was read cannot be */
    bool in_value;      /* inside of a variable's value, where nothing is replaced */
    text_buffer *pointer;
    size_t case_len; /* of the pointer of the case */
} load_walk;

static void walk_index(load_walk *walk, size_t index) {
    source_pointer_index(walk->pointer, index);
    walk->json = json_array_get(walk->json, index);
}

/* Goes to the value that a reference stands for. */
static void walk_reference(load_walk *walk, const load_reference *reference) {
    const load_variable *variable = reference->variable;
    walk->pointer->len = walk->case_len;
    text_print(walk->pointer, "/each/%s", variable->name);
    if (json_is_array(variable->values)) {
        source_pointer_index(walk->pointer, variable->choice);
    } else {
        source_pointer_key(walk->pointer, variable->slugs[variable->choice]);
    }
    if (reference->member != NULL) {
        text_print(walk->pointer, "/%.*s", (int)reference->member_len, reference->member);
    }
    walk->json = reference_value(reference);
    walk->in_value = true;
}

static void walk_element(load_walk *walk, load_matrix *expansion, size_t index) {
    for (size_t i = 0; !walk->in_value && i < json_array_size(walk->json); i++) {
        load_reference reference;
        size_t span = 1;
        const json_t *value = NULL;
        if (reference_whole(expansion, json_array_get(walk->json, i), &reference)) {
            value = reference_value(&reference);
            if (json_is_array(value)) span = json_array_size(value);
        }
        if (index >= span) {
            index -= span;
            continue;
        }
        if (json_is_array(value)) {
            walk_reference(walk, &reference);
            break;
        }
        index = i;
        break;
    }
    walk_index(walk, index);
}

static void walk_member(load_walk *walk, load_matrix *expansion, load_context *loader, const char *key) {
    const char *written;
    json_t *member;
    if (!walk->in_value) {
        json_object_foreach((json_t *)(uintptr_t)walk->json, written, member) {
            if (strchr(written, '{') == NULL) {
                if (strcmp(written, key) != 0) continue;
                break;
            }
            text_buffer name = {0};
            bool same = expand_text(expansion, loader, written, strlen(written), false, NULL, &name) &&
                        strcmp(name.data, key) == 0;
            free(name.data);
            if (!same) continue;
            source_pointer_key(walk->pointer, written);
            walk->json = member;
            return;
        }
    }
    source_pointer_key(walk->pointer, key);
    walk->json = json_object_get(walk->json, key);
}

void expansion_pointer(const load_matrix *from, const place *const *path, size_t num_path,
                       text_buffer *pointer) {
    load_matrix *expansion = (struct load_matrix *)(uintptr_t)from;
    /* The texts expanded here were expanded before, so nothing is charged and nobody complains. */
    load_context silent = {.budget = SIZE_MAX, .num_complaints = LOAD_MAX_COMPLAINTS + 1};
    load_walk walk = {.json = from->written, .pointer = pointer, .case_len = pointer->len};
    for (size_t i = 0; i < num_path; i++) {
        if (i == 0) { /* the keys of the case itself stay as they are written */
            source_pointer_key(pointer, path[i]->key);
            walk.json = json_object_get(walk.json, path[i]->key);
        } else if (path[i]->key != NULL) {
            walk_member(&walk, expansion, &silent, path[i]->key);
        } else {
            walk_element(&walk, expansion, path[i]->index);
        }
        load_reference reference;
        bool slugs = i == 0 && path[i]->key != NULL &&
                     (strcmp(path[i]->key, "id") == 0 || strcmp(path[i]->key, "title") == 0);
        if (!slugs && !walk.in_value && walk.json != NULL &&
            reference_whole(expansion, walk.json, &reference)) {
            walk_reference(&walk, &reference);
        }
    }
}
