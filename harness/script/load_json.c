/* SPDX-License-Identifier: MIT */
/* Complaints with their place, and the readers of single JSON values. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/load.h"

/* ---- Complaints ---------------------------------------------------------------------------------------- */

#define PATH_MAX_PLACES ((size_t)3 * LOAD_MAX_DEPTH)

/* The JSON pointer of a place in the file as written. */
static void pointer_write(load_context *loader, const place *at, text_buffer *pointer) {
    const place *path[PATH_MAX_PLACES];
    size_t num = 0, inside = 0;
    for (const place *step = at; step != NULL && num < PATH_MAX_PLACES; step = step->up) {
        /* What was collected so far lies inside the case. */
        if (step == loader->case_place) inside = num;
        path[num++] = step;
    }
    for (size_t i = 0; i < num / 2; i++) {
        const place *swap = path[i];
        path[i] = path[num - 1 - i];
        path[num - 1 - i] = swap;
    }
    if (loader->expansion == NULL) inside = 0;
    text_append(pointer, "", 0);
    for (size_t i = 0; i < num - inside; i++) {
        if (path[i]->key != NULL) {
            source_pointer_key(pointer, path[i]->key);
        } else {
            source_pointer_index(pointer, path[i]->index);
        }
    }
    if (inside > 0) expansion_pointer(loader->expansion, path + num - inside, inside, pointer);
}

const char *load_pointer(load_context *loader, const place *at) {
    text_buffer pointer = {0};
    pointer_write(loader, at, &pointer);
    const char *result = memory_copy(loader->memory, pointer.data, pointer.len);
    free(pointer.data);
    return result;
}

static uint64_t digest(uint64_t hash, const char *text) {
    for (; *text != '\0'; text++) hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3); /* FNV-1a */
    return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

/* True if nothing more is said about this catalogue, so that nothing need be looked up. */
static bool is_silent(const load_context *loader) {
    return loader->num_complaints > LOAD_MAX_COMPLAINTS;
}

static void complain(load_context *loader, int line, const char *pointer, const char *message) {
    if (is_silent(loader)) return;
    const char *file = loader->file != NULL ? loader->file->name : "";
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    hash = digest(digest(digest(hash ^ (uint64_t)line, file), pointer), message);
    for (size_t i = 0; i < loader->num_complaints; i++) {
        if (loader->complaints[i] == hash) return;
    }
    if (loader->complaints == NULL) {
        loader->complaints = memory_resize(NULL, (LOAD_MAX_COMPLAINTS + 1) * sizeof *loader->complaints);
    }
    loader->complaints[loader->num_complaints++] = hash;
    if (loader->complain == NULL) return;
    if (is_silent(loader)) {
        loader->complain(loader->user, file, 0, "", "too many problems; the others are not shown");
        return;
    }
    if (line < 0)
        line = loader->file != NULL ? source_line(loader->file->data, loader->file->len, pointer) : 0;
    if (loader->case_id == NULL) {
        loader->complain(loader->user, file, line, pointer, message);
        return;
    }
    text_buffer text = {0};
    text_print(&text, "%s (in %s)", message, loader->case_id);
    loader->complain(loader->user, file, line, pointer, text.data);
    free(text.data);
}

/* Formats to a string that the caller frees. */
static char *format_text(const char *format, va_list args) {
    va_list copy;
    va_copy(copy, args);
    int len = vsnprintf(NULL, 0, format, copy);
    va_end(copy);
    if (len < 0) memory_exhausted();
    char *text = memory_resize(NULL, (size_t)len + 1);
    (void)vsnprintf(text, (size_t)len + 1, format, args);
    return text;
}

void load_error(load_context *loader, const place *at, const char *format, ...) {
    if (is_silent(loader)) return;
    text_buffer pointer = {0};
    va_list args;
    va_start(args, format);
    char *message = format_text(format, args);
    va_end(args);
    pointer_write(loader, at, &pointer);
    complain(loader, -1, pointer.data, message);
    free(pointer.data);
    free(message);
}

void load_error_line(load_context *loader, int line, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *message = format_text(format, args);
    va_end(args);
    complain(loader, line, "", message);
    free(message);
}

void load_error_pointer(load_context *loader, const char *pointer, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *message = format_text(format, args);
    va_end(args);
    complain(loader, -1, pointer, message);
    free(message);
}

bool load_charge(load_context *loader, size_t size) {
    if (loader->stopped) return false;
    if (size <= loader->budget) {
        loader->budget -= size;
        return true;
    }
    loader->stopped = true;
    load_error_line(loader, 0, "the expanded cases need more than %zu MiB", LOAD_MAX_EXPANDED >> 20);
    return false;
}

/* ---- Files --------------------------------------------------------------------------------------------- */

json_t *load_tree(load_context *loader) {
    const catalogue_file *file = loader->file;
    if (file->len > LOAD_MAX_FILE) {
        load_error_line(loader, 0, "the file has more than %zu MiB", LOAD_MAX_FILE >> 20);
        return NULL;
    }
    int deep = source_too_deep(file->data, file->len, LOAD_MAX_DEPTH);
    if (deep != 0) {
        load_error_line(loader, deep, "nested more than %d deep", LOAD_MAX_DEPTH);
        return NULL;
    }
    json_error_t error;
    json_t *tree = json_loadb(file->data, file->len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (tree == NULL) {
        load_error_line(loader, error.line > 0 ? error.line : 0, "%s", error.text);
        return NULL;
    }
    if (!json_is_object(tree)) {
        load_error(loader, NULL, "must be an object");
    } else if (!json_is_integer(json_object_get(tree, "format")) ||
               json_integer_value(json_object_get(tree, "format")) != 1) {
        load_error(loader, json_object_get(tree, "format") != NULL ? &(place){.key = "format"} : NULL,
                   "\"format\" must be 1");
    } else {
        return tree;
    }
    json_decref(tree);
    return NULL;
}

/* ---- Values -------------------------------------------------------------------------------------------- */

static const char *type_name(const json_t *json) {
    switch (json_typeof(json)) {
    case JSON_OBJECT: return "an object";
    case JSON_ARRAY: return "an array";
    case JSON_STRING: return "a string";
    case JSON_INTEGER: return "an integer";
    case JSON_REAL: return "a number with a fraction or exponent";
    case JSON_TRUE:
    case JSON_FALSE: return "a boolean";
    default: return "null";
    }
}

bool load_is_object(load_context *loader, const json_t *json, const place *at) {
    if (json_is_object(json)) return true;
    load_error(loader, at, "must be an object, not %s", type_name(json));
    return false;
}

bool load_is_array(load_context *loader, const json_t *json, const place *at) {
    if (json_is_array(json)) return true;
    load_error(loader, at, "must be an array, not %s", type_name(json));
    return false;
}

bool load_keys(load_context *loader, json_t *object, const place *at, const char *const *known) {
    bool good = true;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        const char *const *candidate = known;
        while (*candidate != NULL && (**candidate != *key || strcmp(*candidate, key) != 0)) candidate++;
        if (*candidate != NULL) continue;
        load_error(loader, &(place){.up = at, .key = key}, "unknown key");
        good = false;
    }
    return good;
}

json_t *load_member(load_context *loader, const json_t *object, const place *at, const char *key) {
    json_t *value = json_object_get(object, key);
    if (value == NULL) load_error(loader, at, "\"%s\" is missing", key);
    return value;
}

const char *load_string(load_context *loader, const json_t *json, const place *at) {
    if (!json_is_string(json)) {
        load_error(loader, at, "must be a string, not %s", type_name(json));
        return NULL;
    }
    size_t len = json_string_length(json);
    if (memchr(json_string_value(json), '\0', len) != NULL) {
        load_error(loader, at, "must not contain U+0000");
        return NULL;
    }
    return memory_copy(loader->memory, json_string_value(json), len);
}

const char *load_word(const json_t *json) {
    if (!json_is_string(json)) return "";
    const char *text = json_string_value(json);
    return strlen(text) == json_string_length(json) ? text : "";
}

bool load_integer(load_context *loader, const json_t *json, const place *at, int64_t min, int64_t max,
                  int64_t *value) {
    if (!json_is_integer(json)) {
        load_error(loader, at, "must be an integer, not %s", type_name(json));
        return false;
    }
    int64_t number = json_integer_value(json);
    if (number < min || number > max) {
        load_error(loader, at, "must be from %lld to %lld, not %lld", (long long)min, (long long)max,
                   (long long)number);
        return false;
    }
    *value = number;
    return true;
}

bool load_flag(load_context *loader, const json_t *object, const place *at, const char *key, bool *value) {
    const json_t *json = json_object_get(object, key);
    if (json == NULL) return true;
    if (!json_is_boolean(json)) {
        load_error(loader, &(place){.up = at, .key = key}, "must be a boolean, not %s", type_name(json));
        return false;
    }
    *value = json_is_true(json);
    return true;
}

const char *const *load_strings(load_context *loader, const json_t *json, const place *at) {
    const char **list;
    if (json == NULL || !load_is_array(loader, json, at)) {
        return memory_array(loader->memory, 1, sizeof *list);
    }
    size_t num = 0;
    if (json_array_size(json) > LOAD_MAX_STRINGS) {
        load_error(loader, at, "has more than %d elements", LOAD_MAX_STRINGS);
        return memory_array(loader->memory, 1, sizeof *list);
    }
    list = memory_array(loader->memory, json_array_size(json) + 1, sizeof *list);
    for (size_t i = 0; i < json_array_size(json); i++) {
        place here = {.up = at, .index = i};
        const char *string = load_string(loader, json_array_get(json, i), &here);
        if (string == NULL) continue;
        for (size_t j = 0; j < num; j++) {
            if (strcmp(list[j], string) == 0) {
                load_error(loader, &here, "\"%s\" stands twice in the list", string);
                break;
            }
        }
        list[num++] = string;
    }
    return list;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool load_hex(load_context *loader, const json_t *json, const place *at, const uint8_t **data, size_t *len) {
    if (!json_is_string(json)) {
        load_error(loader, at, "must be a string of hex digits, not %s", type_name(json));
        return false;
    }
    const char *text = json_string_value(json);
    size_t text_len = json_string_length(json), digits = 0;
    uint8_t *octets = memory_alloc(loader->memory, text_len / 2 + 1);
    for (size_t i = 0; i < text_len; i++) {
        if (text[i] == ' ' || text[i] == '\n' || text[i] == '\t') continue;
        int digit = hex_digit(text[i]);
        if (digit < 0) {
            load_error(loader, at, "not a hex digit at offset %zu", i);
            return false;
        }
        octets[digits / 2] = (uint8_t)(octets[digits / 2] << 4 | digit);
        digits++;
    }
    if (digits % 2 != 0) {
        load_error(loader, at, "an odd number of hex digits");
        return false;
    }
    *data = octets;
    *len = digits / 2;
    return true;
}

bool load_octets(load_context *loader, const json_t *json, const place *at, const uint8_t **data, size_t *len,
                 bool *is_hex) {
    if (is_hex != NULL) *is_hex = json_is_object(json);
    if (json_is_string(json)) {
        *len = json_string_length(json);
        *data = (const uint8_t *)memory_copy(loader->memory, json_string_value(json), *len);
        return true;
    }
    if (!json_is_object(json)) {
        load_error(loader, at, "must be a string or {\"hex\"}, not %s", type_name(json));
        return false;
    }
    json_t *object = (json_t *)(uintptr_t)json;
    bool good = load_keys(loader, object, at, (const char *const[]){"hex", NULL});
    json_t *hex = load_member(loader, json, at, "hex");
    return hex != NULL && load_hex(loader, hex, &(place){.up = at, .key = "hex"}, data, len) && good;
}

bool load_range(const char *text, unsigned max, uint16_t range[2]) {
    unsigned bounds[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        if (*text < '0' || *text > '9') return false;
        for (; *text >= '0' && *text <= '9'; text++) {
            bounds[i] = bounds[i] * 10 + (unsigned)(*text - '0');
            if (bounds[i] > max) return false;
        }
        if (*text++ != (i == 0 ? '-' : '\0')) return false;
    }
    range[0] = (uint16_t)bounds[0];
    range[1] = (uint16_t)bounds[1];
    return bounds[0] <= bounds[1];
}
