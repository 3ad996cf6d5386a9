/* SPDX-License-Identifier: MIT */
#include "autobahn/note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "autobahn/embedded.h"
#include "autobahn/exact.h"

static const char *word(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* One of the two words, ours and theirs, with what is known of the connection. */
typedef struct difference {
    const char *axis, *ours, *theirs;
    const json_t *line;
    const ab_case *one;
    const ab_exact *exact;
} difference;

static bool has_fault(const json_t *line, const char *start) {
    size_t i;
    const json_t *event;
    json_array_foreach(json_object_get(line, "events"), i, event) {
        if (strncmp(word(event, "name"), start, strlen(start)) == 0) return true;
    }
    return false;
}

static bool has_trait(const difference *d, const char *trait) {
    const json_t *close = json_object_get(d->line, "close");
    json_int_t code = json_integer_value(json_object_get(json_object_get(close, "peer"), "code"));
    const struct {
        const char *name;
        bool is;
    } traits[] = {{"silent", d->exact->silent},
                  {"unsolicited", d->exact->unsolicited},
                  {"unordered", d->exact->unordered},
                  {"faulty", d->exact->faulty},
                  {"carried-on", d->exact->carried_on},
                  {"wrong-code", strcmp(d->exact->words.close, "WRONG CODE") == 0},
                  {"bad-close", has_fault(d->line, "close-")},
                  {"data-behind-close", has_fault(d->line, "data-after-close")},
                  {"young-code", code >= 1012 && code <= 1014},
                  {"no-close", !json_is_object(json_object_get(close, "peer"))},
                  {"open", strcmp(word(close, "end"), "open") == 0}};
    for (size_t i = 0; i < sizeof traits / sizeof *traits; i++)
        if (strcmp(traits[i].name, trait) == 0) return traits[i].is;
    abort(); /* the table is part of the program */
}

static bool in_words(const json_t *list, const char *text) {
    size_t i;
    const json_t *item;
    json_array_foreach(list, i, item) {
        if (strcmp(json_string_value(item), text) == 0) return true;
    }
    return !list;
}

static bool in_cases(const char *patterns, const char *id) {
    char pattern[16];
    int n;
    if (!patterns) return true;
    for (const char *at = patterns; sscanf(at, "%15s%n", pattern, &n) == 1; at += n)
        if (ab_pattern_matches_whole(pattern, id)) return true;
    return false;
}

static bool applies(const difference *d, const json_t *row) {
    const char *axis = json_string_value(json_object_get(row, "axis"));
    const char *trait = json_string_value(json_object_get(row, "trait"));
    return (!axis || strcmp(axis, d->axis) == 0) && in_words(json_object_get(row, "theirs"), d->theirs) &&
           in_words(json_object_get(row, "ours"), d->ours) && (!trait || has_trait(d, trait)) &&
           in_cases(json_string_value(json_object_get(row, "cases")), d->one->id);
}

/* "6455-5.5.3-2" -> "RFC 6455 5.5.3". */
static void section(const char *id, char *text, size_t len) {
    const char *dash = strchr(id, '-'), *end = strrchr(id, '-');
    if (dash && end > dash && *id >= '0' && *id <= '9')
        snprintf(text, len, "RFC %.*s %.*s", (int)(dash - id), id, (int)(end - dash - 1), dash + 1);
    else
        snprintf(text, len, "%s", id);
}

/* Where nothing in the table fits: what our verdict rests on. */
static void own_reason(const difference *d, char *text, size_t len) {
    char where[64];
    const json_t *problem = json_array_get(json_object_get(d->line, "problems"), 0);
    const char *check = json_string_value(json_array_get(json_object_get(d->line, "checks"), 0));
    section(problem ? word(problem, "requirement") : check ? check : "", where, sizeof where);
    const char *why = word(d->line, "why");
    snprintf(text, len, "ours rests on %s%s%.300s", *where ? where : "the case", *why ? ": " : "", why);
}

static void explain(const difference *d, char *text, size_t len) {
    size_t i;
    const json_t *row;
    json_t *table = json_loadb((const char *)autobahn_differences, autobahn_differences_len, 0, NULL);
    if (!table) abort();
    *text = 0;
    json_array_foreach(table, i, row) {
        if (!applies(d, row)) continue;
        snprintf(text, len, "%s", word(row, "text"));
        break;
    }
    if (!*text) own_reason(d, text, len);
    json_decref(table);
}

bool ab_note(const json_t *line, const ab_case *one, bool judges_clients, char *text, size_t len) {
    const ab_words ours = ab_words_of(line, one);
    const ab_exact exact = ab_exact_judge(line, one, judges_clients);
    const difference both[] = {{"behavior", ours.behavior, exact.words.behavior, line, one, &exact},
                               {"close", ours.close, exact.words.close, line, one, &exact}};
    char why[2][512];
    size_t num = 0;
    int n =
        snprintf(text, len, "Autobahn would have said %s and %s:", exact.words.behavior, exact.words.close);
    for (size_t i = 0; i < 2; i++) {
        /* Nobody had closed when our run ended, so how theirs would have ended is not known. */
        if (strcmp(both[i].ours, both[i].theirs) == 0 || (i == 1 && !exact.close_known)) continue;
        explain(&both[i], why[num], sizeof why[num]);
        if (num == 0 || strcmp(why[0], why[1]) != 0) num++;
    }
    for (size_t i = 0; i < num && n > 0 && (size_t)n < len; i++)
        n += snprintf(text + n, len - (size_t)n, "%s %s", i ? ";" : "", why[i]);
    if (num && n > 0 && (size_t)n + 1 < len) snprintf(text + n, len - (size_t)n, ".");
    return num > 0;
}
