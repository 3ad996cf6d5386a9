/* SPDX-License-Identifier: MIT */
#include "report/merge.h"

#include <stdlib.h>
#include <string.h>

#include "report/model.h"

#define PARTS_MAX 10000

static const json_t *shard_of(const record *rec) {
    return json_map(rec->header, "shard");
}

bool record_is_shard(const record *rec) {
    const json_t *shard = shard_of(rec);
    int64_t index = json_int(shard, "index"), of = json_int(shard, "of");
    return index >= 1 && index <= of && of <= PARTS_MAX;
}

static bool same_text(const json_t *a, const json_t *b, const char *key) {
    view left = view_get(a, key), right = view_get(b, key);
    return left.len == right.len && memcmp(left.data, right.data, left.len) == 0;
}

static bool same_target(const json_t *a, const json_t *b) {
    static const char *const keys[] = {"name", "agent", "exec", "url"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (view_get(a, keys[i]).len > 0 || view_get(b, keys[i]).len > 0) return same_text(a, b, keys[i]);
    return true;
}

bool record_same_whole(const record *a, const record *b) {
    static const char *const keys[] = {"judges", "version", "seed", "pacing"};
    if (!record_is_shard(a) || !record_is_shard(b)) return false;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!same_text(a->header, b->header, keys[i])) return false;
    return json_int(shard_of(a), "of") == json_int(shard_of(b), "of") &&
           json_int(shard_of(a), "cases") == json_int(shard_of(b), "cases") &&
           same_text(json_map(a->header, "catalogue"), json_map(b->header, "catalogue"), "version") &&
           same_target(json_map(a->header, "target"), json_map(b->header, "target"));
}

/* ---- Merging ------------------------------------------------------------------------------------------- */

typedef struct merger {
    const record **parts; /* by number, from 0; NULL: missing */
    size_t num, found;
    record *whole;
} merger;

/* Adds to an object what another one has besides. */
static int add_missing(json_t *object, const json_t *more) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)more, key, value) {
        if (!json_object_get(object, key) && json_object_set(object, key, value) < 0) return -1;
    }
    return 0;
}

static const record *first_part(const merger *m) {
    size_t i = 0;
    while (i < m->num && !m->parts[i]) i++;
    return m->parts[i];
}

static int merge_header(merger *m) {
    static const char *const maps[] = {"requirements", "rulings"};
    const json_t *shard = shard_of(first_part(m));
    json_t *header = json_copy(first_part(m)->header);
    m->whole->header = header;
    if (!header) return -1;
    for (size_t k = 0; k < 2; k++) {
        json_t *map = json_object();
        for (size_t i = 0; i < m->num; i++)
            if (m->parts[i] && add_missing(map, json_map(m->parts[i]->header, maps[k])) < 0) {
                json_decref(map);
                return -1;
            }
        if (json_object_set_new(header, maps[k], map) < 0) return -1;
    }
    json_t *catalogue = json_copy(json_object_get(header, "catalogue"));
    if (catalogue && (json_object_set_new(catalogue, "cases", json_integer(json_int(shard, "cases"))) < 0 ||
                      json_object_set_new(header, "catalogue", catalogue) < 0))
        return -1;
    for (size_t i = 0; i < m->num; i++) {
        view started = m->parts[i] ? view_get(m->parts[i]->header, "started") : (view){"", 0};
        if (started.len > 0 && strcmp(started.data, json_text(header, "started")) < 0)
            (void)json_object_set(header, "started", json_object_get(m->parts[i]->header, "started"));
    }
    json_object_del(header, "shard");
    return 0;
}

/* Cases were dealt out one by one. */
static int merge_cases(merger *m) {
    size_t most = 0;
    for (size_t i = 0; i < m->num; i++) {
        size_t num = m->parts[i] ? json_array_size(m->parts[i]->cases) : 0;
        if (num > most) most = num;
    }
    for (size_t k = 0; k < most; k++) {
        for (size_t i = 0; i < m->num; i++) {
            json_t *test = m->parts[i] ? json_array_get(m->parts[i]->cases, k) : NULL;
            if (test && json_array_append(m->whole->cases, test) < 0) return -1;
        }
    }
    return 0;
}

/* The worse of two exit codes. */
static int64_t code_worse(int64_t a, int64_t b) {
    static const int rank[] = {0, 1, 4, 3, 2, 5};
    if (a < 0 || a > 5) return a;
    return b < 0 || b > 5 || rank[b] > rank[a] ? b : a;
}

/* What the gates of the parts found, one beside the other. */
static json_t *merge_gates(const merger *m) {
    static const char *const numbers[] = {"red", "expected", "unexpected"}, *const lists[] = {"stale",
                                                                                              "short"};
    json_t *sum = json_object();
    for (size_t k = 0; k < 3; k++) {
        int64_t number = 0, one;
        for (size_t i = 0; i < m->num; i++) {
            one = m->parts[i] ? json_int(json_map(m->parts[i]->footer, "gate"), numbers[k]) : 0;
            if (__builtin_add_overflow(number, one, &number)) number = INT64_MAX;
        }
        (void)json_object_set_new(sum, numbers[k], json_integer(number));
    }
    for (size_t k = 0; k < 2; k++) {
        json_t *list = json_array();
        for (size_t i = 0; i < m->num; i++) {
            const json_t *more =
                m->parts[i] ? json_list(json_map(m->parts[i]->footer, "gate"), lists[k]) : NULL;
            for (size_t j = 0; j < json_array_size(more); j++) {
                json_t *item = json_array_get(more, j);
                size_t at = 0;
                while (at < json_array_size(list) && !json_equal(json_array_get(list, at), item)) at++;
                if (at == json_array_size(list)) (void)json_array_append(list, item);
            }
        }
        (void)json_object_set_new(sum, lists[k], list);
    }
    return sum;
}

static int merge_footer(merger *m) {
    size_t totals[WORD_COUNT] = {0};
    int64_t duration = 0, code = m->found < m->num ? 3 : 0;
    bool complete = m->found == m->num, alive = true, dead = false;
    json_t *footer = m->whole->footer = json_object(), *words_map = json_object();
    for (size_t i = 0; i < json_array_size(m->whole->cases); i++)
        totals[case_word(json_array_get(m->whole->cases, i))]++;
    for (word i = 0; i < WORD_COUNT; i++)
        if (totals[i] > 0)
            (void)json_object_set_new(words_map, words[i].name, json_integer((json_int_t)totals[i]));
    for (size_t i = 0; i < m->num; i++) {
        const record *part = m->parts[i];
        if (!part) continue;
        if (json_int(part->footer, "duration_ms") > duration)
            duration = json_int(part->footer, "duration_ms");
        complete = complete && json_flag(part->footer, "complete");
        alive = alive && json_is_true(json_object_get(part->footer, "alive"));
        dead = dead || json_is_false(json_object_get(part->footer, "alive"));
        code = code_worse(code, part->footer ? json_int(part->footer, "exit_code") : 3);
        json_t *output = json_object_get(part->footer, "target_output");
        if (output && !json_object_get(footer, "target_output"))
            (void)json_object_set(footer, "target_output", output);
    }
    json_int_t total = (json_int_t)json_array_size(m->whole->cases);
    int64_t planned = json_int(shard_of(first_part(m)), "cases");
    bool good =
        json_object_set_new(footer, "type", json_string("footer")) == 0 &&
        json_object_set_new(footer, "totals", words_map) == 0 &&
        json_object_set_new(footer, "total", json_integer(total)) == 0 &&
        json_object_set_new(footer, "planned", json_integer(planned > total ? planned : total)) == 0 &&
        json_object_set_new(footer, "duration_ms", json_integer(duration)) == 0 &&
        json_object_set_new(footer, "alive", dead || alive ? json_boolean(!dead) : json_null()) == 0 &&
        json_object_set_new(footer, "complete", json_boolean(complete)) == 0 &&
        json_object_set_new(footer, "exit_code", json_integer(code)) == 0;
    if (good && json_map(m->whole->header, "gate"))
        good = json_object_set_new(footer, "gate", merge_gates(m)) == 0;
    return good ? 0 : -1;
}

static int sort_parts(merger *m, const record *const *parts, size_t num_parts, char *error,
                      size_t error_len) {
    for (size_t i = 0; i < num_parts; i++) {
        size_t number = (size_t)json_int(shard_of(parts[i]), "index");
        if (m->parts[number - 1]) {
            snprintf(error, error_len, "shard %zu of %zu is there twice", number, m->num);
            return -1;
        }
        m->parts[number - 1] = parts[i];
        m->found++;
    }
    return 0;
}

record *record_merge(const record *const *parts, size_t num_parts, char *error, size_t error_len) {
    merger m = {.num = (size_t)json_int(shard_of(parts[0]), "of")};
    snprintf(error, error_len, "out of memory");
    m.parts = calloc(m.num, sizeof *m.parts);
    m.whole = calloc(1, sizeof *m.whole);
    if (m.whole) m.whole->cases = json_array();
    bool good = m.parts && m.whole && m.whole->cases &&
                sort_parts(&m, parts, num_parts, error, error_len) == 0 && merge_header(&m) == 0 &&
                merge_cases(&m) == 0 && merge_footer(&m) == 0;
    free(m.parts);
    if (good) return m.whole;
    if (m.whole) record_free(m.whole);
    return NULL;
}
