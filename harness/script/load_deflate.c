/* SPDX-License-Identifier: MIT */
/* permessage-deflate in the opening handshake of a case. */
#include <string.h>

#include "script/load.h"

/* The four parameters, as they are called everywhere. */
static const char *const parameters[] = {"server_no_context_takeover", "client_no_context_takeover",
                                         "server_max_window_bits", "client_max_window_bits", NULL};

/* A value for a head: no place for placeholders. */
static const char *load_value(load_context *loader, const json_t *json, const place *at) {
    const char *text = load_string(loader, json, at);
    if (text == NULL) return NULL;
    if (strchr(text, '{') != NULL) {
        load_error(loader, at, "has a brace");
        return NULL;
    }
    if (strlen(text) <= LOAD_MAX_EXTENSIONS) return text;
    load_error(loader, at, "has more than %d octets", LOAD_MAX_EXTENSIONS);
    return NULL;
}

/* The offer becomes the last field of the request. */
static void add_offer(load_context *loader, const char *offer, case_head *request) {
    case_field *fields = memory_array(loader->memory, request->num_add + 1, sizeof *fields);
    if (request->num_add > 0) memcpy(fields, request->add, request->num_add * sizeof *fields);
    fields[request->num_add++] =
        (case_field){"Sec-WebSocket-Extensions", {(const uint8_t *)offer, strlen(offer)}};
    request->add = fields;
    request->ordinary = false;
}

static bool load_offer(load_context *loader, const json_t *json, const place *at, test_case *test) {
    const char *offer = test->deflate.offer = load_value(loader, json, at);
    if (offer == NULL) return false;
    if (!test->judges_server) {
        load_error(loader, at, "is made to servers only");
        return false;
    }
    if (test->request.lines != NULL) {
        load_error(loader, at, "has no place: lines give the whole request");
        return false;
    }
    add_offer(loader, offer, &test->request);
    return true;
}

static bool load_grant(load_context *loader, json_t *json, const place *at, wsc_deflate_policy *grant) {
    struct {
        const char *name;
        uint8_t *bits;
    } windows[] = {{"server_max_window_bits", &grant->server_max_window_bits},
                   {"client_max_window_bits", &grant->client_max_window_bits}};
    if (!load_is_object(loader, json, at)) return false;
    bool good = load_keys(loader, json, at, parameters);
    good =
        load_flag(loader, json, at, "server_no_context_takeover", &grant->server_no_context_takeover) && good;
    good =
        load_flag(loader, json, at, "client_no_context_takeover", &grant->client_no_context_takeover) && good;
    for (size_t i = 0; i < 2; i++) {
        const json_t *member = json_object_get(json, windows[i].name);
        int64_t bits = 0;
        if (member == NULL) continue;
        good = load_integer(loader, member, &(place){.up = at, .key = windows[i].name}, WSC_WINDOW_BITS_MIN,
                            WSC_WINDOW_BITS_MAX, &bits) &&
               good;
        *windows[i].bits = (uint8_t)bits;
    }
    grant->client_max_window_bits_required = grant->client_max_window_bits > 0;
    return good;
}

static bool load_grants(load_context *loader, json_t *json, const place *at, case_deflate *deflate) {
    if (!json_is_array(json)) {
        deflate->num_grants = 1;
        return load_grant(loader, json, at, &deflate->grants[0]);
    }
    size_t num = json_array_size(json);
    if (num == 0 || num > CASE_GRANTS_MAX) {
        load_error(loader, at, "must have 1 to %d elements", CASE_GRANTS_MAX);
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < num; i++)
        good = load_grant(loader, json_array_get(json, i), &(place){.up = at, .index = i},
                          &deflate->grants[i]) &&
               good;
    deflate->num_grants = num;
    return good;
}

static bool load_when(load_context *loader, json_t *json, const place *at, case_deflate *deflate) {
    case_when *flags[] = {&deflate->when.server_no_context_takeover,
                          &deflate->when.client_no_context_takeover, &deflate->when.server_max_window_bits,
                          &deflate->when.client_max_window_bits};
    if (!load_is_object(loader, json, at)) return false;
    bool good = load_keys(loader, json, at, parameters);
    if (json_object_size(json) == 0) {
        load_error(loader, at, "asks for nothing");
        good = false;
    }
    for (size_t i = 0; parameters[i] != NULL; i++) {
        bool present = false;
        good = load_flag(loader, json, at, parameters[i], &present) && good;
        if (json_object_get(json, parameters[i]) != NULL) *flags[i] = present ? WHEN_PRESENT : WHEN_ABSENT;
    }
    return good;
}

bool load_deflate(load_context *loader, json_t *json, const place *at, test_case *test) {
    static const char *const known[] = {"offer", "answer", "grant", "when", NULL};
    static const char *const to_clients[] = {"answer", "grant", "when", NULL};
    case_deflate *deflate = &test->deflate;
    if (json == NULL) return true;
    deflate->given = true;
    if (!load_is_object(loader, json, at)) return false;
    bool good = load_keys(loader, json, at, known);
    json_t *offer = json_object_get(json, "offer"), *answer = json_object_get(json, "answer"),
           *grant = json_object_get(json, "grant"), *when = json_object_get(json, "when");
    if (offer != NULL) {
        good = load_offer(loader, offer, &(place){.up = at, .key = "offer"}, test) && good;
    } else if (test->judges_server) {
        load_error(loader, at, "\"offer\" is missing");
        good = false;
    }
    for (const char *const *key = to_clients; *key != NULL; key++) {
        if (json_object_get(json, *key) == NULL || test->judges_client) continue;
        load_error(loader, &(place){.up = at, .key = *key}, "only clients are answered");
        good = false;
    }
    if (answer != NULL && grant != NULL) {
        load_error(loader, at, "has both answer and grant");
        good = false;
    }
    place answer_place = {.up = at, .key = "answer"};
    if (answer != NULL) good = (deflate->answer = load_value(loader, answer, &answer_place)) != NULL && good;
    deflate->num_grants = 1; /* as asked for */
    if (grant != NULL) good = load_grants(loader, grant, &(place){.up = at, .key = "grant"}, deflate) && good;
    if (when != NULL) good = load_when(loader, when, &(place){.up = at, .key = "when"}, deflate) && good;
    return good;
}
