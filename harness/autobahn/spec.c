/* SPDX-License-Identifier: MIT */
#include "autobahn/spec.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "autobahn/names.h"

typedef struct reading {
    ab_spec *spec;
    char *error;
    size_t error_len;
    void (*warn)(const char *text);
} reading;

__attribute__((format(printf, 2, 3))) static int wrong(const reading *r, const char *format, ...) {
    va_list args;
    int n = snprintf(r->error, r->error_len, "%s: ", r->spec->path);
    if (n < 0 || (size_t)n >= r->error_len) return -1;
    va_start(args, format);
    vsnprintf(r->error + n, r->error_len - (size_t)n, format, args);
    va_end(args);
    return -1;
}

static bool known(const char *key, const char *const *names) {
    for (; *names; names++)
        if (strcmp(key, *names) == 0) return true;
    return false;
}

static void warn_unknown(const reading *r, const json_t *object, const char *where,
                         const char *const *names) {
    const char *key;
    json_t *value;
    char text[512];
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        if (known(key, names)) continue;
        snprintf(text, sizeof text, "%s: %s\"%s\" means nothing and is ignored", r->spec->path, where, key);
        r->warn(text);
    }
}

/* A text that may be absent. */
static int text_of(const reading *r, const json_t *object, const char *where, const char *key,
                   const char **text) {
    const json_t *value = json_object_get(object, key);
    *text = json_string_value(value);
    if (!value || json_is_null(value) || *text) return 0;
    return wrong(r, "%s\"%s\" must be a string", where, key);
}

static int strings_of(const reading *r, const json_t *object, const char *where, const char *key,
                      bool needed) {
    const json_t *list = json_object_get(object, key), *item;
    size_t i;
    if (!list) return needed ? wrong(r, "%s\"%s\" is missing", where, key) : 0;
    if (!json_is_array(list)) return wrong(r, "%s\"%s\" must be a list", where, key);
    json_array_foreach(list, i, item) {
        if (!json_is_string(item)) return wrong(r, "%s\"%s\"[%zu] must be a string", where, key, i);
    }
    return 0;
}

static int agents_of(const reading *r, const json_t *tree) {
    const json_t *agents = json_object_get(tree, "exclude-agent-cases");
    const char *key;
    json_t *value;
    if (!agents) return 0;
    if (!json_is_object(agents)) return wrong(r, "\"exclude-agent-cases\" must be an object");
    json_object_foreach((json_t *)(uintptr_t)agents, key, value) {
        if (strings_of(r, agents, "\"exclude-agent-cases\".", key, false)) return -1;
    }
    return 0;
}

/* Options of the protocol library behind Autobahn. Those that have nothing to say to whom is judged are taken
   in silence: limits of time and size are --timeout and the case's, the rest is as RFC 6455 has it. */
static int options_of(const reading *r, const json_t *object, const char *where) {
    static const char *const names[] = {"allowHixie76",
                                        "utf8validateIncoming",
                                        "applyMask",
                                        "maxFramePayloadSize",
                                        "maxMessagePayloadSize",
                                        "failByDrop",
                                        "echoCloseCodeReason",
                                        "openHandshakeTimeout",
                                        "closeHandshakeTimeout",
                                        "serverConnectionDropTimeout",
                                        "tcpNoDelay",
                                        "autoPingInterval",
                                        "autoPingTimeout",
                                        "autoPingSize",
                                        "version",
                                        "versions",
                                        "webStatus",
                                        "requireMaskedClientFrames",
                                        "acceptMaskedServerFrames",
                                        "serveFlashSocketPolicy",
                                        "flashSocketPolicy",
                                        "allowedOrigins",
                                        "maxConnections",
                                        NULL};
    const json_t *options = json_object_get(object, "options");
    if (!options || json_is_null(options)) return 0;
    if (!json_is_object(options)) return wrong(r, "%.*s must be an object", (int)strlen(where) - 1, where);
    warn_unknown(r, options, where, names);
    return 0;
}

static int server_of(const reading *r, const json_t *json, size_t nth, const char ***free_protocol) {
    static const char *const names[] = {"url", "agent", "options", "hostname", "origin", "protocols", NULL};
    char where[48];
    snprintf(where, sizeof where, "\"servers\"[%zu].", nth);
    if (!json_is_object(json)) return wrong(r, "\"servers\"[%zu] must be an object", nth);
    ab_server *server = &r->spec->servers[r->spec->num_servers++];
    if (text_of(r, json, where, "url", &server->url) || text_of(r, json, where, "agent", &server->agent) ||
        text_of(r, json, where, "origin", &server->origin) || strings_of(r, json, where, "protocols", false))
        return -1;
    if (!server->url) return wrong(r, "%s\"url\" is missing", where);
    char options[64];
    snprintf(options, sizeof options, "%s\"options\".", where);
    if (options_of(r, json, options)) return -1;
    const json_t *protocols = json_object_get(json, "protocols");
    if (json_array_size(protocols) > 0) {
        server->protocols = *free_protocol;
        for (size_t i = 0; i < json_array_size(protocols); i++)
            *(*free_protocol)++ = json_string_value(json_array_get(protocols, i));
        *(*free_protocol)++ = NULL;
    }
    warn_unknown(r, json, where, names);
    return 0;
}

static int servers_of(const reading *r, const json_t *tree) {
    const json_t *servers = json_object_get(tree, "servers");
    size_t room = 0;
    if (!servers) return 0;
    if (!json_is_array(servers)) return wrong(r, "\"servers\" must be a list");
    size_t num = json_array_size(servers);
    if (num > AB_SERVERS_MAX) return wrong(r, "\"servers\" has more than %d entries", AB_SERVERS_MAX);
    for (size_t i = 0; i < num; i++)
        room += json_array_size(json_object_get(json_array_get(servers, i), "protocols")) + 1;
    r->spec->protocols = calloc(room + 1, sizeof *r->spec->protocols);
    if (!r->spec->protocols) abort();
    const char **next = r->spec->protocols;
    for (size_t i = 0; i < num; i++)
        if (server_of(r, json_array_get(servers, i), i, &next)) return -1;
    return 0;
}

static int read_tree(const reading *r) {
    json_error_t problem;
    FILE *file = fopen(r->spec->path, "rb");
    if (!file) return wrong(r, "%s", strerror(errno));
    char *text = malloc(AB_SPEC_MAX + 1);
    if (!text) abort();
    size_t len = fread(text, 1, AB_SPEC_MAX + 1, file);
    bool failed = ferror(file) != 0;
    fclose(file);
    int result = 0;
    if (failed) {
        result = wrong(r, "cannot be read");
    } else if (len > AB_SPEC_MAX) {
        result = wrong(r, "is longer than %zu octets", AB_SPEC_MAX);
    } else {
        r->spec->tree = json_loadb(text, len, JSON_REJECT_DUPLICATES, &problem);
        if (!r->spec->tree)
            result = wrong(r, "line %d, column %d: %s", problem.line, problem.column, problem.text);
    }
    free(text);
    return result;
}

/* The reason is written through `reading`, which the check does not follow. */
/* NOLINTNEXTLINE(readability-non-const-parameter) */
int ab_spec_read(ab_spec *spec, const char *path, bool client, void (*warn)(const char *text), char *error,
                 size_t error_len) {
    static const char *const names[] = {"url",     "outdir",    "webport",       "key",
                                        "cert",    "cases",     "exclude-cases", "exclude-agent-cases",
                                        "options", "protocols", "servers",       NULL};
    *spec = (ab_spec){.path = path};
    const reading r = {spec, error, error_len, warn};
    if (read_tree(&r)) return -1;
    if (!json_is_object(spec->tree)) return wrong(&r, "must be an object");
    if (options_of(&r, spec->tree, "\"options\".")) return -1;
    if (text_of(&r, spec->tree, "", "url", &spec->url) ||
        text_of(&r, spec->tree, "", "outdir", &spec->outdir) ||
        strings_of(&r, spec->tree, "", "cases", true) ||
        strings_of(&r, spec->tree, "", "exclude-cases", false) || agents_of(&r, spec->tree) ||
        (client && servers_of(&r, spec->tree)))
        return -1;
    warn_unknown(&r, spec->tree, "", names);
    return 0;
}

void ab_spec_free(ab_spec *spec) {
    json_decref(spec->tree);
    free(spec->protocols);
    *spec = (ab_spec){.tree = NULL};
}

static bool any_matches(const json_t *patterns, const char *id) {
    size_t i;
    const json_t *pattern;
    json_array_foreach(patterns, i, pattern) {
        if (ab_pattern_matches(json_string_value(pattern), id)) return true;
    }
    return false;
}

bool ab_spec_selects(const ab_spec *spec, const char *id) {
    return any_matches(json_object_get(spec->tree, "cases"), id) &&
           !any_matches(json_object_get(spec->tree, "exclude-cases"), id);
}

bool ab_spec_excludes(const ab_spec *spec, const char *agent, const char *id) {
    const char *key;
    json_t *patterns;
    json_object_foreach(json_object_get(spec->tree, "exclude-agent-cases"), key, patterns) {
        if (!ab_pattern_matches_whole(key, agent)) continue;
        for (size_t i = 0; i < json_array_size(patterns); i++)
            if (ab_pattern_matches_whole(json_string_value(json_array_get(patterns, i)), id)) return true;
    }
    return false;
}

const char *ab_spec_default(bool client) {
    return client ? "{\n"
                    "   \"outdir\": \"./reports/servers\",\n"
                    "   \"servers\": [\n"
                    "      { \"url\": \"ws://127.0.0.1:9001\" }\n"
                    "   ],\n"
                    "   \"cases\": [\"*\"],\n"
                    "   \"exclude-cases\": [],\n"
                    "   \"exclude-agent-cases\": {}\n"
                    "}\n"
                  : "{\n"
                    "   \"url\": \"ws://127.0.0.1:9001\",\n"
                    "   \"outdir\": \"./reports/clients\",\n"
                    "   \"cases\": [\"*\"],\n"
                    "   \"exclude-cases\": [],\n"
                    "   \"exclude-agent-cases\": {}\n"
                    "}\n";
}
