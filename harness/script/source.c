/* SPDX-License-Identifier: MIT */
/* Where things stand in the text of a JSON file. Jansson tells lines only of syntax errors, so a JSON pointer
   is looked up in the text again: by a scanner that knows just enough of JSON, and keeps no more than a
   depth. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "script/load.h"

typedef struct scanner {
    const char *text, *end;
    int line;
} scanner;

static void skip_space(scanner *s) {
    for (; s->text < s->end && strchr(" \t\r\n", *s->text) != NULL && *s->text != '\0'; s->text++) {
        if (*s->text == '\n') s->line++;
    }
}

/* Behind the string that begins here. */
static void skip_string(scanner *s) {
    for (s->text++; s->text < s->end && *s->text != '"'; s->text++) {
        if (*s->text == '\n') s->line++; /* not JSON, but a text may be anything */
        if (*s->text == '\\' && s->text + 1 < s->end) s->text++;
    }
    if (s->text < s->end) s->text++;
}

/* Behind the value that begins here. */
static void skip_value(scanner *s) {
    size_t depth = 0;
    do {
        skip_space(s);
        if (s->text >= s->end) return;
        char c = *s->text;
        if (c == '"') {
            skip_string(s);
        } else if (c == '{' || c == '[') {
            depth++;
            s->text++;
        } else if (c == '}' || c == ']') {
            if (depth == 0) return;
            depth--;
            s->text++;
        } else if (c == ',' || c == ':') {
            if (depth == 0) return;
            s->text++;
            continue;
        } else {
            while (s->text < s->end && strchr(" \t\r\n,:[]{}\"", *s->text) == NULL) s->text++;
            if (s->text < s->end && *s->text == '\0') s->text++;
        }
    } while (depth > 0);
}

static uint32_t hex4(const char *text) {
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = text[i];
        value = value << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static size_t utf8_put(char dst[4], uint32_t c) {
    if (c < 0x80) {
        dst[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        dst[0] = (char)(0xc0 | c >> 6);
        dst[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        dst[0] = (char)(0xe0 | c >> 12);
        dst[1] = (char)(0x80 | (c >> 6 & 0x3f));
        dst[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    dst[0] = (char)(0xf0 | (c >> 18 & 7));
    dst[1] = (char)(0x80 | (c >> 12 & 0x3f));
    dst[2] = (char)(0x80 | (c >> 6 & 0x3f));
    dst[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Decodes one character of a JSON string at s->text to dst and returns how many octets it has. */
static size_t string_char(scanner *s, char dst[4]) {
    if (*s->text != '\\' || s->end - s->text < 2) {
        dst[0] = *s->text++;
        return 1;
    }
    char c = s->text[1];
    s->text += 2;
    if (c == 'u' && s->end - s->text >= 4) {
        uint32_t value = hex4(s->text);
        s->text += 4;
        if (value >= 0xd800 && value < 0xdc00 && s->end - s->text >= 6 && s->text[0] == '\\') {
            value = 0x10000 + ((value - 0xd800) << 10) + (hex4(s->text + 2) - 0xdc00);
            s->text += 6;
        }
        return utf8_put(dst, value);
    }
    static const char escapes[] = "b\bf\fn\nr\rt\t";
    const char *escape = c != '\0' ? strchr(escapes, c) : NULL;
    dst[0] = escape != NULL && (escape - escapes) % 2 == 0 ? escape[1] : c;
    return 1;
}

/* Reads a string and tells whether it is the given one. */
static bool string_is(scanner *s, const char *key, size_t key_len) {
    scanner string = *s;
    skip_string(s);
    string.end = s->text - 1;
    string.text++;
    size_t at = 0;
    while (string.text < string.end) {
        char decoded[4];
        size_t len = string_char(&string, decoded);
        if (len > key_len - at || memcmp(decoded, key + at, len) != 0) return false;
        at += len;
    }
    return at == key_len;
}

/* Goes to the value of a key of the object that begins here, or to the element of that index of an array;
 *line is where the key or the element stands. */
static bool enter(scanner *s, const char *key, size_t key_len, int *line) {
    skip_space(s);
    if (s->text >= s->end || (*s->text != '{' && *s->text != '[')) return false;
    bool object = *s->text == '{';
    size_t index = 0, wanted = 0;
    if (!object) {
        for (size_t i = 0; i < key_len && i < 9; i++) wanted = wanted * 10 + (size_t)(key[i] - '0');
    }
    s->text++;
    for (;;) {
        skip_space(s);
        if (s->text >= s->end || *s->text == '}' || *s->text == ']') return false;
        bool found = !object && index == wanted;
        int key_line = s->line;
        if (object) {
            if (*s->text != '"') return false;
            key_line = s->line;
            found = string_is(s, key, key_len);
            skip_space(s);
            if (s->text < s->end && *s->text == ':') s->text++;
        }
        if (found) {
            *line = key_line;
            return true;
        }
        const char *before = s->text;
        skip_value(s);
        skip_space(s);
        if (s->text < s->end && *s->text == ',') s->text++;
        if (s->text == before) return false;
        index++;
    }
}

int source_line(const char *text, size_t len, const char *pointer) {
    scanner s = {text, text + len, 1};
    skip_space(&s);
    int line = s.line;
    char *key = memory_resize(NULL, strlen(pointer) + 1);
    while (*pointer == '/') {
        size_t key_len = 0;
        for (pointer++; *pointer != '\0' && *pointer != '/'; pointer++) {
            char c = *pointer;
            if (c == '~' && pointer[1] != '\0') c = *++pointer == '0' ? '~' : '/';
            key[key_len++] = c;
        }
        if (!enter(&s, key, key_len, &line)) break;
    }
    free(key);
    return line;
}

int source_too_deep(const char *text, size_t len, unsigned max) {
    scanner s = {text, text + len, 1};
    unsigned depth = 0;
    while (s.text < s.end) {
        char c = *s.text;
        if (c == '"') {
            skip_string(&s);
            continue;
        }
        if (c == '\n') s.line++;
        if ((c == '{' || c == '[') && ++depth > max) return s.line;
        if ((c == '}' || c == ']') && depth > 0) depth--;
        s.text++;
    }
    return 0;
}

void source_pointer_key(text_buffer *pointer, const char *key) {
    text_append(pointer, "/", 1);
    while (*key != '\0') {
        size_t run = strcspn(key, "~/");
        text_append(pointer, key, run);
        key += run;
        if (*key == '\0') break;
        text_append(pointer, *key++ == '~' ? "~0" : "~1", 2);
    }
}

void source_pointer_index(text_buffer *pointer, size_t index) {
    char digits[1 + 3 * sizeof index];
    size_t at = sizeof digits;
    do digits[--at] = (char)('0' + index % 10);
    while ((index /= 10) > 0);
    digits[--at] = '/';
    text_append(pointer, digits + at, sizeof digits - at);
}
