/* SPDX-License-Identifier: MIT */
/* The canonical form of a JSON file. Only white space is decided here: strings and numbers stay as they are
   written, so that escapes which make a character visible are kept. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "script/load.h"

#define COLUMNS 120
#define INDENT  2

typedef struct token {
    const char *text;
    size_t len;
    size_t width; /* columns; of an opening bracket: of all up to its closing one in one line */
    size_t close; /* of an opening bracket: index of the closing one */
    bool plain;   /* of an opening bracket: an array without arrays and objects */
} token;

typedef struct tokens {
    token *list;
    size_t num, cap;
} tokens;

static size_t columns(const char *text, size_t len) {
    size_t num = 0;
    for (size_t i = 0; i < len; i++) num += ((unsigned char)text[i] & 0xc0) != 0x80;
    return num;
}

static void tokens_add(tokens *all, const char *text, size_t len) {
    if (all->num == all->cap) {
        all->cap = all->cap == 0 ? 256 : all->cap * 2;
        all->list = memory_resize(all->list, all->cap * sizeof *all->list);
    }
    all->list[all->num++] = (token){text, len, columns(text, len), 0, *text == '['};
}

/* Splits a text that is known to be JSON. */
static void tokens_read(tokens *all, const char *text, size_t len) {
    const char *end = text + len;
    while (text < end) {
        const char *start = text;
        if (strchr(" \t\r\n", *text) != NULL) {
            text++;
            continue;
        }
        if (*text == '"') {
            for (text++; *text != '"'; text++) text += *text == '\\';
            text++;
        } else if (strchr("{}[],:", *text) != NULL) {
            text++;
        } else {
            while (text < end && strchr(" \t\r\n{}[],:", *text) == NULL) text++;
        }
        tokens_add(all, start, (size_t)(text - start));
    }
}

static bool is(const token *one, char c) {
    return one->text[0] == c;
}

static bool opens(const token *one) {
    return is(one, '{') || is(one, '[');
}

static bool closes(const token *one) {
    return is(one, '}') || is(one, ']');
}

/* White space between two tokens of one line: { "a": [1, 2] }. */
static bool spaced(const token *before, const token *after) {
    if (is(before, ',') || is(before, ':')) return true;
    return (is(before, '{') && !is(after, '}')) || (is(after, '}') && !is(before, '{'));
}

/* Finds the closing brackets and how wide everything between would be. */
static void tokens_measure(tokens *all) {
    size_t *open = memory_resize(NULL, (all->num + 1) * sizeof *open), depth = 0;
    size_t *start = memory_resize(NULL, (all->num + 1) * sizeof *start), at = 0;
    for (size_t i = 0; i < all->num; i++) {
        token *one = &all->list[i];
        if (i > 0 && spaced(one - 1, one)) at++;
        if (opens(one)) {
            if (depth > 0) all->list[open[depth - 1]].plain = false;
            open[depth] = i;
            start[depth++] = at;
        }
        at += one->width;
        if (closes(one)) {
            depth--;
            all->list[open[depth]].close = i;
            all->list[open[depth]].width = at - start[depth];
        }
    }
    free(open);
    free(start);
}

static void new_line(text_buffer *out, size_t *column, size_t depth) {
    text_append(out, "\n", 1);
    for (size_t i = 0; i < depth * INDENT; i++) text_append(out, " ", 1);
    *column = depth * INDENT;
}

/* True if a value in a list of plain values no longer fits into its line, with the comma behind it. */
static bool wraps(const token *one, size_t column) {
    return column + 1 + one->width + (is(one + 1, ',') ? 1 : 0) > COLUMNS;
}

static void write_tokens(const tokens *all, text_buffer *out) {
    size_t depth = 0, column = 0;
    size_t flat_end = 0;   /* what stands before it belongs to the current line */
    size_t filled_end = 0; /* what stands before it belongs to a list that fills its lines */
    for (size_t i = 0; i < all->num; i++) {
        const token *one = &all->list[i], *before = i > 0 ? one - 1 : NULL;
        bool fills = before != NULL && i < filled_end && is(before, ',') && !wraps(one, column);
        bool breaks = closes(one) || (before != NULL && !fills && (is(before, ',') || opens(before)));
        if (before != NULL && i >= flat_end && breaks) {
            if (closes(one)) depth--;
            new_line(out, &column, depth);
        } else if (before != NULL && (fills || spaced(before, one))) {
            text_append(out, " ", 1);
            column++;
        }
        if (opens(one) && i >= flat_end) {
            /* One column more for the comma behind it. The root is never in one line, so that a file has
             * lines. */
            size_t comma = one->close + 1 < all->num && is(one + (one->close - i) + 1, ',') ? 1 : 0;
            bool fits = i > 0 && column + one->width + comma <= COLUMNS;
            if (fits || one->close == i + 1) {
                flat_end = one->close + 1;
            } else {
                depth++;
                if (one->plain) filled_end = one->close;
            }
        }
        text_append(out, one->text, one->len);
        column += columns(one->text, one->len);
    }
    text_append(out, "\n", 1);
}

char *catalogue_format(const char *text, size_t len, size_t *formatted_len) {
    json_error_t error;
    json_t *tree = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (tree == NULL) return NULL;
    json_decref(tree);
    tokens all = {0};
    text_buffer out = {0};
    tokens_read(&all, text, len);
    tokens_measure(&all);
    write_tokens(&all, &out);
    free(all.list);
    *formatted_len = out.len;
    return out.data;
}
