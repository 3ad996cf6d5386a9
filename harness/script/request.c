/* SPDX-License-Identifier: MIT */
#include "script/request.h"

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

static const char *placeholder(const request_values *values, const uint8_t *at, size_t len, size_t *used) {
    static const char *const names[] = {"{target}", "{host}", "{key}"};
    const char *const texts[] = {values->target, values->host, values->key};
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(names[i]);
        if (len >= n && memcmp(at, names[i], n) == 0) {
            *used = n;
            return texts[i];
        }
    }
    return NULL;
}

static void template_add(octets *out, const case_line *line, const request_values *values) {
    for (size_t i = 0; i < line->len;) {
        size_t used = 1;
        const char *text = NULL;
        if (line->data[i] == '{') {
            text = placeholder(values, line->data + i, line->len - i, &used);
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

static bool omitted(const case_request *request, const char *name) {
    for (size_t i = 0; request->omit && request->omit[i]; i++)
        if (strcasecmp(request->omit[i], name) == 0) return true;
    return false;
}

static void field_add(octets *out, const char *name, const case_line *value, const request_values *values,
                      const char *eol) {
    text_add(out, name);
    text_add(out, ": ");
    template_add(out, value, values);
    text_add(out, eol);
}

void request_build(octets *out, const case_request *request, const request_values *values) {
    const char *eol = request->eol ? request->eol : "\r\n";
    if (request->lines) {
        for (size_t i = 0; i < request->num_lines; i++) {
            template_add(out, &request->lines[i], values);
            text_add(out, eol);
        }
        if (!request->no_end) text_add(out, eol);
        return;
    }
    static const char ordinary_line[] = "GET {target} HTTP/1.1";
    const case_line line = {(const uint8_t *)ordinary_line, sizeof ordinary_line - 1};
    template_add(out, request->line ? request->line : &line, values);
    text_add(out, eol);
    static const char *const ordinary[][2] = {{"Host", "{host}"},
                                              {"Upgrade", "websocket"},
                                              {"Connection", "Upgrade"},
                                              {"Sec-WebSocket-Key", "{key}"},
                                              {"Sec-WebSocket-Version", "13"}};
    for (size_t i = 0; i < sizeof ordinary / sizeof *ordinary; i++) {
        if (omitted(request, ordinary[i][0])) continue;
        case_line value = {(const uint8_t *)ordinary[i][1], strlen(ordinary[i][1])};
        const char *name = ordinary[i][0];
        for (size_t k = 0; k < request->num_set; k++) {
            if (strcasecmp(request->set[k].name, name) != 0) continue;
            value = request->set[k].value;
            name = request->set[k].name; /* its letter case may be the point */
        }
        field_add(out, name, &value, values, eol);
    }
    for (size_t i = 0; values->fields && values->fields[i]; i++) {
        text_add(out, values->fields[i]);
        text_add(out, eol);
    }
    for (size_t i = 0; i < request->num_add; i++)
        field_add(out, request->add[i].name, &request->add[i].value, values, eol);
    if (!request->no_end) text_add(out, eol);
}
