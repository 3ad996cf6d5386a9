/* SPDX-License-Identifier: MIT */
#include "script/head.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void octets_add(octets *o, const void *data, size_t len) {
    if (o->failed || len == 0) return;
    if (len > o->max - o->len) {
        o->failed = true;
        return;
    }
    if (o->len + len > o->cap) {
        size_t cap = o->cap ? o->cap : 512;
        while (cap < o->len + len) cap *= 2;
        uint8_t *bigger = realloc(o->data, cap);
        if (!bigger) abort();
        o->data = bigger;
        o->cap = cap;
    }
    memcpy(o->data + o->len, data, len);
    o->len += len;
}

void octets_free(octets *o) {
    free(o->data);
    *o = (octets){.max = o->max};
}

static void text_add(octets *out, const char *text) {
    octets_add(out, text, strlen(text));
}

const head_form *head_ordinary(bool response) {
    static const head_field request_fields[] = {{"Host", "{host}"},
                                                {"Upgrade", "websocket"},
                                                {"Connection", "Upgrade"},
                                                {"Sec-WebSocket-Key", "{key}"},
                                                {"Sec-WebSocket-Version", "13"},
                                                {NULL, NULL}};
    static const head_field response_fields[] = {{"Upgrade", "websocket"},
                                                 {"Connection", "Upgrade"},
                                                 {"Sec-WebSocket-Accept", "{accept}"},
                                                 {NULL, NULL}};
    static const char *const request_places[] = {"{target}", "{host}", "{key}", NULL};
    static const char *const response_places[] = {"{accept}", "{accept-cut}", "{accept-swapped}", "{key}",
                                                  NULL};
    static const head_form forms[] = {{"GET {target} HTTP/1.1", request_fields, request_places},
                                      {"HTTP/1.1 101 Switching Protocols", response_fields, response_places}};
    return &forms[response];
}

/* The nth placeholder of a response; `made` has room for it. */
static const char *in_response(size_t nth, const head_values *values, char made[WSC_ACCEPT_LEN + 1]) {
    if (nth == 3) return values->key;
    snprintf(made, WSC_ACCEPT_LEN + 1, "%s", values->accept);
    size_t len = strlen(made);
    if (nth == 1 && len > 0) made[len - 1] = '\0';
    for (size_t i = 0; nth == 2 && i < len; i++)
        if ((made[i] | 0x20) >= 'a' && (made[i] | 0x20) <= 'z') made[i] ^= 0x20;
    return made;
}

/* What stands for the placeholder that begins there, or NULL if none does. */
static const char *placeholder(bool response, const head_values *values, const uint8_t *at, size_t len,
                               size_t *used, char made[WSC_ACCEPT_LEN + 1]) {
    const char *const *names = head_ordinary(response)->placeholders;
    const char *const in_request[] = {values->target, values->host, values->key};
    enum { NUM_IN_REQUEST = sizeof in_request / sizeof *in_request };
    for (size_t i = 0; names[i]; i++) {
        size_t n = strlen(names[i]);
        if (len < n || memcmp(at, names[i], n) != 0) continue;
        *used = n;
        if (response) return in_response(i, values, made);
        return i < NUM_IN_REQUEST ? in_request[i] : NULL;
    }
    return NULL;
}

static void template_add(octets *out, const case_line *line, bool response, const head_values *values) {
    for (size_t i = 0; i < line->len;) {
        size_t used = 1;
        const char *text = NULL;
        char made[WSC_ACCEPT_LEN + 1];
        if (line->data[i] == '{') {
            text = placeholder(response, values, line->data + i, line->len - i, &used, made);
            if (!text && i + 1 < line->len && line->data[i + 1] == '{') {
                text = "{";
                used = 2;
            }
        }
        if (text)
            text_add(out, text);
        else
            octets_add(out, line->data + i, 1);
        i += used;
    }
}

static void field_add(octets *out, const case_field *field, bool response, const head_values *values,
                      const char *eol) {
    text_add(out, field->name);
    text_add(out, ": ");
    template_add(out, &field->value, response, values);
    text_add(out, eol);
}

static case_line literal(const char *text) {
    return (case_line){(const uint8_t *)text, strlen(text)};
}

static bool omitted(const case_head *head, const char *name) {
    for (size_t i = 0; head->omit && head->omit[i]; i++)
        if (strcasecmp(head->omit[i], name) == 0) return true;
    return false;
}

void head_build(octets *out, const case_head *head, const head_values *values) {
    const char *eol = head->eol ? head->eol : "\r\n";
    const head_form *form = head_ordinary(head->response);
    if (head->lines) {
        for (size_t i = 0; i < head->num_lines; i++) {
            template_add(out, &head->lines[i], head->response, values);
            text_add(out, eol);
        }
        if (!head->no_end) text_add(out, eol);
        return;
    }
    const case_line line = literal(form->line);
    template_add(out, head->line ? head->line : &line, head->response, values);
    text_add(out, eol);
    for (const head_field *ordinary = form->fields; ordinary->name; ordinary++) {
        if (omitted(head, ordinary->name)) continue;
        case_field field = {ordinary->name, literal(ordinary->value)};
        for (size_t k = 0; k < head->num_set; k++)
            if (strcasecmp(head->set[k].name, field.name) == 0)
                field = head->set[k]; /* its letter case too */
        field_add(out, &field, head->response, values, eol);
    }
    for (size_t i = 0; values->fields && values->fields[i]; i++) {
        text_add(out, values->fields[i]);
        text_add(out, eol);
    }
    for (size_t i = 0; i < head->num_add; i++) field_add(out, &head->add[i], head->response, values, eol);
    if (!head->no_end) text_add(out, eol);
}
