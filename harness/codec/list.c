/* SPDX-License-Identifier: MIT */
/* Lists in header fields: tokens, and extensions with parameters. */
#include "octet.h"

void wsc_list_init(wsc_list *list, const wsc_http *http, const char *name) {
    *list = (wsc_list){.http = http, .name = name};
}

/* Length of the white space at i: 1 for a blank or a bare LF of an obs-fold, 2 for its CRLF, else 0. In a
   field value an LF can only belong to an obs-fold, whereas a CR without LF is an octet like any other. */
static size_t space_at(wsc_span text, size_t i) {
    if (i >= text.len) return 0;
    if (wsc_is_blank(text.data[i]) || text.data[i] == '\n') return 1;
    return text.data[i] == '\r' && i + 1 < text.len && text.data[i + 1] == '\n' ? 2 : 0;
}

static size_t skip_space(wsc_span text, size_t i) {
    for (size_t n; (n = space_at(text, i)) > 0;) i += n;
    return i;
}

/* Index of the quote that closes the quoted string opened at i (RFC 9110 5.6.4); text.len if none does. */
static size_t find_quote(wsc_span text, size_t i) {
    for (i++; i < text.len && text.data[i] != '"'; i++) {
        if (text.data[i] == '\\' && i + 1 < text.len) i++;
    }
    return i;
}

/* Index after the token at i, or i. */
static size_t skip_token(wsc_span text, size_t i) {
    while (i < text.len && wsc_is_tchar(text.data[i])) i++;
    return i;
}

/* Reads the element at *pos, which may be empty, without white space around it, and moves *pos behind its
   comma, or to value.len + 1 after the last one. */
static wsc_span read_element(wsc_span value, size_t *pos) {
    size_t start = skip_space(value, *pos);
    size_t end = start, i = start;
    while (i < value.len && value.data[i] != ',') {
        size_t space = space_at(value, i);
        if (space > 0) {
            i += space;
        } else {
            if (value.data[i] == '"') i = find_quote(value, i);
            if (i < value.len) i++;
            end = i;
        }
    }
    *pos = i + 1;
    return (wsc_span){value.data + start, end - start};
}

/* Next element that is not empty; false at the end of the last field. */
static bool next_element(wsc_list *list, wsc_span *element) {
    for (; list->field < list->http->num_fields; list->field++, list->pos = 0) {
        const wsc_field *field = &list->http->fields[list->field];
        if (!wsc_span_is(field->name, list->name)) continue;
        list->present = true;
        if (field->value.len == 0) continue;
        while (list->pos <= field->value.len) {
            *element = read_element(field->value, &list->pos);
            if (element->len > 0) return true;
            list->empty_element = true;
        }
    }
    return false;
}

bool wsc_list_token(wsc_list *list, wsc_span *token) {
    if (!next_element(list, token)) return false;
    if (!wsc_span_is_token(*token)) list->malformed = true;
    return true;
}

/* True if the text between the quotes of a quoted string is a token once its escapes are resolved. */
static bool unescaped_is_token(wsc_span quoted) {
    for (size_t i = 0; i < quoted.len; i++) {
        if (quoted.data[i] == '\\' && i + 1 < quoted.len) i++;
        if (!wsc_is_tchar(quoted.data[i])) return false;
    }
    return quoted.len > 0;
}

/* extension-param = token [ "=" (token | quoted-string) ] at *pos, white space after it included. */
static bool read_param(wsc_span text, size_t *pos, wsc_param *param) {
    size_t start = skip_space(text, *pos);
    size_t end = skip_token(text, start);
    *param = (wsc_param){.name = {text.data + start, end - start}};
    if (end == start) return false;
    *pos = skip_space(text, end);
    if (*pos == text.len || text.data[*pos] != '=') return true;

    param->has_value = true;
    start = skip_space(text, *pos + 1);
    if (start < text.len && text.data[start] == '"') {
        end = find_quote(text, start);
        param->quoted = true;
        param->value = (wsc_span){text.data + start + 1, end - start - 1};
        if (end == text.len || !unescaped_is_token(param->value)) return false;
        end++;
    } else {
        end = skip_token(text, start);
        param->value = (wsc_span){text.data + start, end - start};
        if (end == start) return false;
    }
    *pos = skip_space(text, end);
    return true;
}

/* extension = token *( ";" extension-param ), the whole text. */
static bool read_extension(wsc_span text, wsc_extension *extension) {
    size_t pos = skip_token(text, 0);
    extension->name = (wsc_span){text.data, pos};
    extension->num_params = 0;
    if (pos == 0) return false;
    pos = skip_space(text, pos);
    while (pos < text.len) {
        if (text.data[pos] != ';' || extension->num_params == WSC_PARAMS_MAX) return false;
        pos++;
        if (!read_param(text, &pos, &extension->params[extension->num_params])) return false;
        extension->num_params++;
    }
    return true;
}

bool wsc_list_extension(wsc_list *list, wsc_extension *extension) {
    wsc_span element;
    while (next_element(list, &element)) {
        if (read_extension(element, extension)) return true;
        list->malformed = true;
    }
    return false;
}
