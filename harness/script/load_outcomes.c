/* SPDX-License-Identifier: MIT */
/* Ranked lists of outcomes. */
#include <stdlib.h>
#include <string.h>

#include "script/load.h"

/* One of several names; index of it, or -1 after a complaint. */
static int load_choice(load_context *loader, const json_t *json, const place *at, const char *const *names) {
    text_buffer list = {0};
    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(load_word(json), names[i]) == 0) {
            free(list.data);
            return i;
        }
        text_print(&list, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    load_error(loader, at, "must be one of %s", list.data);
    free(list.data);
    return -1;
}

/* ---- Response ------------------------------------------------------------------------------------------ */

static bool load_status(load_context *loader, const json_t *json, const place *at, outcome *result,
                        uint16_t range[2]) {
    if (json_is_integer(json)) {
        int64_t status;
        if (!load_integer(loader, json, at, 100, 999, &status)) return false;
        range[0] = range[1] = (uint16_t)status;
        result->num_responses++;
        return true;
    }
    const char *text = load_word(json);
    if (strcmp(text, "none") == 0) {
        result->response_none = true;
        return true;
    }
    if (text[0] >= '1' && text[0] <= '9' && strcmp(text + 1, "xx") == 0) {
        range[0] = (uint16_t)((text[0] - '0') * 100);
        range[1] = (uint16_t)(range[0] + 99);
        result->num_responses++;
        return true;
    }
    if (load_range(text, 999, range) && range[0] >= 100) {
        result->num_responses++;
        return true;
    }
    load_error(loader, at, "must be a status, \"4xx\", \"400-499\" or \"none\"");
    return false;
}

static bool load_responses(load_context *loader, const json_t *json, const place *at, outcome *result) {
    size_t num = json_is_array(json) ? json_array_size(json) : 1;
    if (num > LOAD_MAX_RANGES) {
        load_error(loader, at, "has more than %d elements", LOAD_MAX_RANGES);
        return false;
    }
    uint16_t(*ranges)[2] = memory_array(loader->memory, num, sizeof *ranges);
    result->responses = (const uint16_t(*)[2])ranges;
    if (!json_is_array(json)) return load_status(loader, json, at, result, ranges[0]);
    bool good = num > 0;
    if (num == 0) load_error(loader, at, "an empty list matches nothing");
    for (size_t i = 0; i < num; i++) {
        good = load_status(loader, json_array_get(json, i), &(place){.up = at, .index = i}, result,
                           ranges[result->num_responses]) &&
               good;
    }
    return good;
}

static bool load_fields(load_context *loader, json_t *json, const place *at, outcome *result) {
    if (!load_is_object(loader, json, at)) return false;
    if (json_object_size(json) > LOAD_MAX_FIELDS) {
        load_error(loader, at, "has more than %d fields", LOAD_MAX_FIELDS);
        return false;
    }
    outcome_field *fields = memory_array(loader->memory, json_object_size(json), sizeof *fields);
    bool good = true;
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value) {
        place here = {.up = at, .key = key};
        outcome_field *field = &fields[result->num_fields++];
        *field = (outcome_field){.name = memory_copy(loader->memory, key, strlen(key)), .value = ""};
        if (json_is_null(value)) {
            field->rule = FIELD_ABSENT;
        } else if (json_is_object(value)) {
            bool known = load_keys(loader, value, &here, (const char *const[]){"has", NULL});
            json_t *has = load_member(loader, value, &here, "has");
            field->rule = FIELD_LIST_HAS;
            field->value = has != NULL ? load_string(loader, has, &(place){.up = &here, .key = "has"}) : NULL;
            good = field->value != NULL && known && good;
        } else {
            field->value = load_string(loader, value, &here);
            good = field->value != NULL && good;
            bool present = field->value != NULL && strcmp(field->value, "present") == 0;
            field->rule = present ? FIELD_PRESENT : FIELD_IS;
        }
    }
    result->fields = fields;
    return good;
}

/* ---- permessage-deflate -------------------------------------------------------------------------------- */

/* A value of a window parameter, several ("8-10"), or null for none at all. */
static bool load_bits(load_context *loader, const json_t *json, const place *at, uint16_t *set) {
    uint16_t range[2];
    int64_t bits;
    if (json_is_null(json)) {
        *set |= 1;
        return true;
    }
    if (json_is_integer(json)) {
        if (!load_integer(loader, json, at, WSC_WINDOW_BITS_MIN, WSC_WINDOW_BITS_MAX, &bits)) return false;
        *set |= (uint16_t)(1u << bits);
        return true;
    }
    if (load_range(load_word(json), WSC_WINDOW_BITS_MAX, range) && range[0] >= WSC_WINDOW_BITS_MIN) {
        for (unsigned i = range[0]; i <= range[1]; i++) *set |= (uint16_t)(1u << i);
        return true;
    }
    load_error(loader, at, "must be null, a number from 8 to 15, or a range of these (\"8-10\")");
    return false;
}

static bool load_window(load_context *loader, const json_t *json, const place *at, uint16_t *set) {
    if (!json_is_array(json)) return load_bits(loader, json, at, set);
    bool good = json_array_size(json) > 0;
    if (!good) load_error(loader, at, "an empty list matches nothing");
    for (size_t i = 0; i < json_array_size(json); i++)
        good = load_bits(loader, json_array_get(json, i), &(place){.up = at, .index = i}, set) && good;
    return good;
}

static bool load_negotiation(load_context *loader, json_t *json, const place *at, outcome_deflate *deflate) {
    const struct {
        const char *name;
        outcome_flag *flag;
        uint16_t *set;
    } members[] = {
        {"server_no_context_takeover", &deflate->server_no_context_takeover, NULL},
        {"client_no_context_takeover", &deflate->client_no_context_takeover, NULL},
        {"server_max_window_bits", NULL, &deflate->server_max_window_bits},
        {"client_max_window_bits", NULL, &deflate->client_max_window_bits},
    };
    static const char *const known[] = {"server_no_context_takeover", "client_no_context_takeover",
                                        "server_max_window_bits", "client_max_window_bits", NULL};
    if (!json_is_object(json)) {
        int choice = load_choice(loader, json, at, (const char *const[]){"agreed", "declined", NULL});
        deflate->agreed = choice == 1 ? FLAG_NO : FLAG_YES;
        return choice >= 0;
    }
    bool good = load_keys(loader, json, at, known);
    deflate->agreed = FLAG_YES;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        json_t *member = json_object_get(json, members[i].name);
        place here = {.up = at, .key = members[i].name};
        if (member == NULL) continue;
        if (members[i].set != NULL) {
            good = load_window(loader, member, &here, members[i].set) && good;
            continue;
        }
        bool value = false;
        good = load_flag(loader, json, at, members[i].name, &value) && good;
        *members[i].flag = value ? FLAG_YES : FLAG_NO;
    }
    return good;
}

/* ---- Messages and close -------------------------------------------------------------------------------- */

static bool load_messages(load_context *loader, json_t *json, const place *at, outcome *result) {
    static const char *const words[] = {"any", "echo", "prefix", NULL};
    if (!json_is_array(json)) {
        int choice = load_choice(loader, json, at, words);
        result->messages = choice < 0 ? MESSAGES_ANY : (outcome_messages)choice;
        return choice >= 0;
    }
    size_t num = json_array_size(json);
    outcome_message *list = memory_array(loader->memory, num, sizeof *list);
    bool good = true;
    for (size_t i = 0; i < num; i++) {
        place here = {.up = at, .index = i};
        json_t *message = json_array_get(json, i);
        if (!load_is_object(loader, message, &here)) {
            good = false;
            continue;
        }
        good = load_keys(loader, message, &here, (const char *const[]){"type", "payload", NULL}) && good;
        json_t *type = load_member(loader, message, &here, "type");
        json_t *content = load_member(loader, message, &here, "payload");
        int choice = type == NULL ? -1
                                  : load_choice(loader, type, &(place){.up = &here, .key = "type"},
                                                (const char *const[]){"text", "binary", NULL});
        list[i].opcode = choice == 1 ? WSC_OP_BINARY : WSC_OP_TEXT;
        good = choice >= 0 && good;
        if (content == NULL ||
            !load_payload(loader, content, &(place){.up = &here, .key = "payload"}, &list[i].payload)) {
            good = false;
        }
    }
    result->messages = MESSAGES_LIST;
    result->list = list;
    result->num_list = num;
    return good;
}

static bool load_code(load_context *loader, const json_t *json, const place *at, outcome_close *close,
                      uint16_t range[2]) {
    const struct {
        const char *name;
        bool *flag;
    } words[] = {{"empty", &close->empty},
                 {"dropped", &close->dropped},
                 {"any-legal", &close->any_legal},
                 {"echo", &close->echo},
                 {"none", &close->none}};
    if (json_is_integer(json)) {
        int64_t code;
        if (!load_integer(loader, json, at, 0, 65535, &code)) return false;
        range[0] = range[1] = (uint16_t)code;
        close->num_ranges++;
        return true;
    }
    const char *text = load_word(json);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i].name) != 0) continue;
        *words[i].flag = true;
        return true;
    }
    if (load_range(text, 65535, range)) {
        close->num_ranges++;
        return true;
    }
    load_error(loader, at, "must be a code, \"3000-3999\", empty, dropped, any-legal, echo or none");
    return false;
}

static bool load_close(load_context *loader, const json_t *json, const place *at, outcome_close *close) {
    size_t num = json_is_array(json) ? json_array_size(json) : 1;
    if (num > LOAD_MAX_RANGES) {
        load_error(loader, at, "has more than %d elements", LOAD_MAX_RANGES);
        return false;
    }
    uint16_t(*ranges)[2] = memory_array(loader->memory, num, sizeof *ranges);
    close->given = true;
    close->ranges = (const uint16_t(*)[2])ranges;
    if (!json_is_array(json)) return load_code(loader, json, at, close, ranges[0]);
    bool good = num > 0;
    if (num == 0) load_error(loader, at, "an empty list matches nothing");
    for (size_t i = 0; i < num; i++) {
        good = load_code(loader, json_array_get(json, i), &(place){.up = at, .index = i}, close,
                         ranges[close->num_ranges]) &&
               good;
    }
    return good;
}

static bool load_tolerate(load_context *loader, json_t *json, const place *at, outcome *result) {
    const char *const *names = load_strings(loader, json, at);
    bool good = json_is_array(json);
    for (size_t i = 0; names[i] != NULL; i++) {
        wsc_fault fault = wsc_fault_from_name(names[i]);
        if (fault != WSC_FAULT_NONE) {
            result->tolerate |= WSC_FAULT_BIT(fault);
            continue;
        }
        load_error(loader, &(place){.up = at, .index = i}, "unknown fault \"%s\"", names[i]);
        good = false;
    }
    return good;
}

/* ---- One outcome, and lists of them -------------------------------------------------------------------- */

static bool load_outcome(load_context *loader, json_t *json, const place *at, outcome *result) {
    static const char *const known[] = {"verdict",  "why",   "response", "fields", "deflate",
                                        "messages", "pongs", "keys",     "close",  "closed_by",
                                        "end",      "probe", "tolerate", NULL};
    static const char *const keys[] = {"any", "distinct", "patternless", "random", NULL};
    static const char *const pongs[] = {"any", "all", "answered", "none", NULL};
    static const char *const parties[] = {"peer", "harness", NULL};
    static const char *const ends[] = {"any", "peer", "fin", "reset", "open", NULL};
    static const char *const probes[] = {"answered", "silent", NULL};
    *result = (outcome){.verdict = VERDICT_FAIL, .why = ""};
    if (!load_is_object(loader, json, at)) return false;
    bool good = load_keys(loader, json, at, known);
    json_t *member;
    int choice;
    if ((member = load_member(loader, json, at, "verdict")) == NULL) {
        good = false;
    } else {
        place here = {.up = at, .key = "verdict"};
        static const char *const words[] = {"pass", "lenient", "info", "fail", "unsupported", NULL};
        choice = load_choice(loader, member, &here, words);
        if (choice < 0 || verdict_from_name(words[choice], &result->verdict) != 0) good = false;
    }
    if ((member = json_object_get(json, "why")) != NULL) {
        result->why = load_string(loader, member, &(place){.up = at, .key = "why"});
        good = result->why != NULL && good;
    }
    if ((member = json_object_get(json, "response")) != NULL) {
        good = load_responses(loader, member, &(place){.up = at, .key = "response"}, result) && good;
    }
    if ((member = json_object_get(json, "fields")) != NULL) {
        good = load_fields(loader, member, &(place){.up = at, .key = "fields"}, result) && good;
    }
    if ((member = json_object_get(json, "deflate")) != NULL) {
        good =
            load_negotiation(loader, member, &(place){.up = at, .key = "deflate"}, &result->deflate) && good;
    }
    if ((member = json_object_get(json, "messages")) != NULL) {
        good = load_messages(loader, member, &(place){.up = at, .key = "messages"}, result) && good;
    }
    if ((member = json_object_get(json, "pongs")) != NULL) {
        choice = load_choice(loader, member, &(place){.up = at, .key = "pongs"}, pongs);
        good = choice >= 0 && good;
        result->pongs = choice < 0 ? PONGS_ANY : (outcome_pongs)choice;
    }
    if ((member = json_object_get(json, "keys")) != NULL) {
        choice = load_choice(loader, member, &(place){.up = at, .key = "keys"}, keys);
        good = choice >= 0 && good;
        result->keys = choice < 0 ? KEYS_ANY : (outcome_keys)choice;
    }
    if ((member = json_object_get(json, "close")) != NULL) {
        good = load_close(loader, member, &(place){.up = at, .key = "close"}, &result->close) && good;
        if (!result->close.none) result->end = END_PEER;
    }
    if ((member = json_object_get(json, "closed_by")) != NULL) {
        choice = load_choice(loader, member, &(place){.up = at, .key = "closed_by"}, parties);
        good = choice >= 0 && good;
        result->closed_by = choice < 0 ? PARTY_ANY : (outcome_party)(choice + PARTY_PEER);
    }
    if ((member = json_object_get(json, "end")) != NULL) {
        choice = load_choice(loader, member, &(place){.up = at, .key = "end"}, ends);
        good = choice >= 0 && good;
        result->end = choice < 0 ? END_ANY : (outcome_end)choice;
    }
    if ((member = json_object_get(json, "probe")) != NULL) {
        choice = load_choice(loader, member, &(place){.up = at, .key = "probe"}, probes);
        good = choice >= 0 && good;
        result->probe = choice < 0 ? PROBE_ANY : (outcome_probe)(choice + PROBE_ANSWERED);
    }
    if ((member = json_object_get(json, "tolerate")) != NULL) {
        good = load_tolerate(loader, member, &(place){.up = at, .key = "tolerate"}, result) && good;
    }
    return good;
}

static const named_outcomes *named_find(const load_context *loader, const json_t *json) {
    for (size_t i = 0; i < loader->num_named; i++) {
        if (strcmp(loader->named[i].name, load_word(json)) == 0) return &loader->named[i];
    }
    return NULL;
}

bool load_outcomes(load_context *loader, json_t *json, const place *at, bool named, const outcome **outcomes,
                   size_t *num_outcomes, const size_t **written) {
    bool one_name = named && json_is_string(json);
    if (!one_name && !load_is_array(loader, json, at)) return false;
    size_t num = one_name ? 1 : json_array_size(json), all = 0;
    bool good = true;
    for (size_t i = 0; i < num; i++) {
        const json_t *item = one_name ? json : json_array_get(json, i);
        place here = {.up = at, .index = i};
        const named_outcomes *list = named && json_is_string(item) ? named_find(loader, item) : NULL;
        if (named && json_is_string(item) && list == NULL) {
            load_error(loader, one_name ? at : &here, "outcomes.json has no list \"%s\"",
                       json_string_value(item));
            good = false;
        }
        all += list != NULL ? list->num_outcomes : 1;
    }
    if (num == 0 || all > LOAD_MAX_OUTCOMES) {
        load_error(loader, at, "must have 1 to %d outcomes", LOAD_MAX_OUTCOMES);
        return false;
    }
    if (!good || !load_charge(loader, all * sizeof(outcome))) return false;
    outcome *result = memory_array(loader->memory, all, sizeof *result);
    size_t *index = memory_array(loader->memory, all, sizeof *index);
    size_t count = 0;
    for (size_t i = 0; i < num; i++) {
        json_t *item = one_name ? json : json_array_get(json, i);
        if (named && json_is_string(item)) {
            const named_outcomes *list = named_find(loader, item);
            for (size_t j = 0; j < list->num_outcomes; j++) {
                index[count] = SIZE_MAX;
                result[count++] = list->outcomes[j];
            }
            continue;
        }
        good = load_outcome(loader, item, &(place){.up = at, .index = i}, &result[count]) && good;
        index[count++] = i;
    }
    *outcomes = result;
    *num_outcomes = count;
    if (written != NULL) *written = index;
    return good;
}
