/* SPDX-License-Identifier: MIT */
/* How the opening handshake of a case differs from the ordinary one. */
#include <string.h>
#include <strings.h>

#include "script/head.h"
#include "script/load.h"

static const char *head_name(const case_head *head) {
    return head->response ? "response" : "request";
}

static bool is_ordinary(const case_head *head, const char *name) {
    for (const head_field *field = head_ordinary(head->response)->fields; field->name != NULL; field++) {
        if (strcasecmp(field->name, name) == 0) return true;
    }
    return false;
}

/* Checks that each opening brace is doubled or begins a placeholder. */
static bool check_placeholders(load_context *loader, const case_line *line, const place *at, bool response) {
    const char *const *names = head_ordinary(response)->placeholders;
    for (size_t i = 0; i < line->len; i++) {
        if (line->data[i] != '{') continue;
        size_t left = line->len - i, len = left >= 2 && line->data[i + 1] == '{' ? 2 : 0;
        for (size_t j = 0; len == 0 && names[j] != NULL; j++) {
            size_t name_len = strlen(names[j]);
            if (left >= name_len && memcmp(line->data + i, names[j], name_len) == 0) len = name_len;
        }
        if (len == 0) {
            load_error(loader, at, "a brace at offset %zu begins no placeholder; {{ stands for one", i);
            return false;
        }
        i += len - 1;
    }
    return true;
}

/* Text, with placeholders in it, from a generator. */
static bool load_generated(load_context *loader, const json_t *json, const place *at, bool response,
                           case_line *line) {
    payload made;
    if (!load_payload(loader, json, at, &made)) return false;
    if (made.total > LOAD_MAX_LINE) {
        load_error(loader, at, "has more than %d octets", LOAD_MAX_LINE);
        return false;
    }
    if (!load_charge(loader, (size_t)made.total)) return false;
    uint8_t *data = memory_alloc(loader->memory, (size_t)made.total);
    payload_read(&made, 0, data, (size_t)made.total);
    *line = (case_line){data, (size_t)made.total};
    return check_placeholders(loader, line, at, response);
}

/* A line or value: a string with placeholders, literal octets, or a generator of text. */
static bool load_line(load_context *loader, const json_t *json, const place *at, bool response,
                      case_line *line) {
    if (json_object_get(json, "repeat") != NULL || json_object_get(json, "concat") != NULL)
        return load_generated(loader, json, at, response, line);
    bool is_hex;
    if (!load_octets(loader, json, at, &line->data, &line->len, &is_hex)) return false;
    if (!is_hex) return check_placeholders(loader, line, at, response);
    size_t braces = 0, len = 0;
    for (size_t i = 0; i < line->len; i++) braces += line->data[i] == '{';
    if (braces == 0) return true;
    uint8_t *data = memory_alloc(loader->memory, line->len + braces);
    for (size_t i = 0; i < line->len; i++) {
        data[len++] = line->data[i];
        if (line->data[i] == '{') data[len++] = '{';
    }
    *line = (case_line){data, len};
    return true;
}

static bool load_set(load_context *loader, json_t *json, const place *at, case_head *head) {
    if (!load_is_object(loader, json, at)) return false;
    if (json_object_size(json) > LOAD_MAX_FIELDS) {
        load_error(loader, at, "has more than %d fields", LOAD_MAX_FIELDS);
        return false;
    }
    case_field *fields = memory_array(loader->memory, json_object_size(json), sizeof *fields);
    bool good = true;
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value) {
        place here = {.up = at, .key = key};
        if (!is_ordinary(head, key)) {
            load_error(loader, &here, "is no field of the ordinary %s; use add", head_name(head));
            good = false;
        }
        case_field *field = &fields[head->num_set++];
        field->name = memory_copy(loader->memory, key, strlen(key));
        for (size_t i = 0; i + 1 < head->num_set; i++) {
            if (strcasecmp(fields[i].name, key) != 0) continue;
            load_error(loader, &here, "is set twice");
            good = false;
        }
        good = load_line(loader, value, &here, head->response, &field->value) && good;
    }
    head->set = fields;
    return good;
}

static bool load_omit(load_context *loader, json_t *json, const place *at, case_head *head) {
    head->omit = load_strings(loader, json, at);
    if (json == NULL) return true;
    bool good = true;
    for (size_t i = 0; head->omit[i] != NULL; i++) {
        place here = {.up = at, .index = i};
        if (!is_ordinary(head, head->omit[i])) {
            load_error(loader, &here, "is no field of the ordinary %s", head_name(head));
            good = false;
        }
        for (size_t j = 0; j < head->num_set; j++) {
            if (strcasecmp(head->set[j].name, head->omit[i]) != 0) continue;
            load_error(loader, &here, "is set and left out at once");
            good = false;
        }
    }
    return good;
}

static bool load_add(load_context *loader, json_t *json, const place *at, case_head *head) {
    if (!load_is_array(loader, json, at)) return false;
    size_t num = json_array_size(json);
    case_field *fields = memory_array(loader->memory, num, sizeof *fields);
    bool good = true;
    for (size_t i = 0; i < num; i++) {
        place here = {.up = at, .index = i};
        json_t *pair = json_array_get(json, i);
        if (!json_is_array(pair) || json_array_size(pair) != 2) {
            load_error(loader, &here, "must be [name, value]");
            good = false;
            continue;
        }
        fields[i].name = load_string(loader, json_array_get(pair, 0), &(place){.up = &here, .index = 0});
        good = fields[i].name != NULL && good;
        good = load_line(loader, json_array_get(pair, 1), &(place){.up = &here, .index = 1}, head->response,
                         &fields[i].value) &&
               good;
    }
    head->add = fields;
    head->num_add = num;
    return good;
}

static bool load_head_lines(load_context *loader, json_t *json, const place *at, case_head *head) {
    if (!load_is_array(loader, json, at)) return false;
    size_t num = json_array_size(json);
    bool good = num > 0;
    if (num == 0) load_error(loader, at, "the list has no line");
    case_line *lines = memory_array(loader->memory, num, sizeof *lines);
    for (size_t i = 0; i < num; i++) {
        good = load_line(loader, json_array_get(json, i), &(place){.up = at, .index = i}, head->response,
                         &lines[i]) &&
               good;
    }
    head->lines = lines;
    head->num_lines = num;
    return good;
}

static bool load_eol(load_context *loader, json_t *json, const place *at, case_head *head) {
    const char *eol = load_string(loader, json, at);
    if (eol == NULL) return false;
    head->eol = eol;
    if (eol[0] != '\0' && strlen(eol) <= 8) return true;
    load_error(loader, at, "must have 1 to 8 octets");
    return false;
}

/* Octets before the start line; as few that they need not be a stream. */
static bool load_lead(load_context *loader, json_t *json, const place *at, case_head *head) {
    payload lead;
    if (!load_payload(loader, json, at, &lead)) return false;
    if (lead.total == 0 || lead.total > LOAD_MAX_LEAD) {
        load_error(loader, at, "must have 1 to %d octets", LOAD_MAX_LEAD);
        return false;
    }
    if (!load_charge(loader, (size_t)lead.total)) return false;
    uint8_t *data = memory_alloc(loader->memory, (size_t)lead.total);
    payload_read(&lead, 0, data, (size_t)lead.total);
    head->lead = (case_line){data, (size_t)lead.total};
    return true;
}

/* A client has to wait for the answer (RFC 6455 4.1); how long is left open. */
static bool load_delay(load_context *loader, const json_t *json, const place *at, case_head *head) {
    int64_t ms;
    if (!load_integer(loader, json, at, 1, LOAD_MAX_DELAY, &ms)) return false;
    head->delay_ms = (unsigned)ms;
    if (head->response) return true;
    load_error(loader, at, "only a response can be late");
    return false;
}

bool load_head(load_context *loader, json_t *json, const place *at, const test_case *test, bool response,
               case_head *head) {
    static const char *const known[] = {"line",   "set", "omit", "add",    "lines", "eol", "lead",  "body",
                                        "frames", "raw", "cut",  "octets", "end",   "fin", "delay", NULL};
    static const char *const not_with_lines[] = {"line", "set", "omit", "add", NULL};
    *head = (case_head){.eol = "\r\n", .response = response, .ordinary = json == NULL};
    head->omit = load_strings(loader, NULL, NULL);
    if (json == NULL) return true;
    if (!load_is_object(loader, json, at)) return false;
    bool good = load_keys(loader, json, at, known), end = true;
    json_t *member;
    if (json_object_size(json) == 0) {
        load_error(loader, at, "differs in nothing from the ordinary %s", head_name(head));
        good = false;
    }
    if ((member = json_object_get(json, "line")) != NULL) {
        case_line *line = memory_alloc(loader->memory, sizeof *line);
        good = load_line(loader, member, &(place){.up = at, .key = "line"}, response, line) && good;
        head->line = line;
    }
    if ((member = json_object_get(json, "delay")) != NULL) {
        good = load_delay(loader, member, &(place){.up = at, .key = "delay"}, head) && good;
    }
    if ((member = json_object_get(json, "set")) != NULL) {
        good = load_set(loader, member, &(place){.up = at, .key = "set"}, head) && good;
    }
    if ((member = json_object_get(json, "omit")) != NULL) {
        good = load_omit(loader, member, &(place){.up = at, .key = "omit"}, head) && good;
    }
    if ((member = json_object_get(json, "add")) != NULL) {
        good = load_add(loader, member, &(place){.up = at, .key = "add"}, head) && good;
    }
    if ((member = json_object_get(json, "lines")) != NULL) {
        good = load_head_lines(loader, member, &(place){.up = at, .key = "lines"}, head) && good;
        for (const char *const *key = not_with_lines; *key != NULL; key++) {
            if (json_object_get(json, *key) == NULL) continue;
            load_error(loader, &(place){.up = at, .key = *key}, "has no effect: lines give the whole head");
            good = false;
        }
    }
    if ((member = json_object_get(json, "eol")) != NULL) {
        good = load_eol(loader, member, &(place){.up = at, .key = "eol"}, head) && good;
    }
    if ((member = json_object_get(json, "lead")) != NULL) {
        good = load_lead(loader, member, &(place){.up = at, .key = "lead"}, head) && good;
    }
    if ((member = json_object_get(json, "body")) != NULL) {
        good = load_payload(loader, member, &(place){.up = at, .key = "body"}, &head->body) && good;
    }
    if ((member = json_object_get(json, "raw")) != NULL) {
        good = load_payload(loader, member, &(place){.up = at, .key = "raw"}, &head->raw) && good;
    }
    if ((member = json_object_get(json, "frames")) != NULL) {
        good = load_frames(loader, member, &(place){.up = at, .key = "frames"}, test, &head->frames,
                           &head->num_frames) &&
               good;
    }
    good = load_segments(loader, json, at, &head->cuts, &head->num_cuts, &head->every) && good;
    good = load_flag(loader, json, at, "end", &end) && good;
    head->no_end = !end;
    good = load_flag(loader, json, at, "fin", &head->fin) && good;
    if (head->fin && head->response) {
        load_error(loader, &(place){.up = at, .key = "fin"}, "only a request can be the last of its stream");
        good = false;
    }
    if (head->no_end && (json_object_get(json, "body") != NULL || json_object_get(json, "raw") != NULL ||
                         head->num_frames > 0)) {
        load_error(loader, at, "body, frames and raw stand behind the blank line, which is left out");
        good = false;
    }
    return good;
}
