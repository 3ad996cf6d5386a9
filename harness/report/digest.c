/* SPDX-License-Identifier: MIT */
/* Counts of a record, by area and by requirement. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/model.h"

/* Index of the row that `name` has in `rows`, made with the next free index if it has none; -1 without
   memory. `rows` maps names to integers. Names with a NUL share one row with their beginning. */
static int64_t row_index(json_t *rows, view name) {
    const json_t *known = json_object_get(rows, name.data);
    if (known) return json_integer_value(known);
    int64_t next = (int64_t)json_object_size(rows);
    if (json_object_set_new_nocheck(rows, name.data, json_integer(next)) < 0) return -1;
    return next;
}

/* Makes room for one more element; a capacity is a power of two. Returns 0, or -1 without memory. */
static int grow(void *array, size_t num, size_t *max, size_t size) {
    if (num < *max) return 0;
    void *old, *new;
    memcpy(&old, array, sizeof old);
    new = reallocarray(old, *max ? *max * 2 : 4, size);
    if (!new) return -1;
    memcpy(array, &new, sizeof new);
    *max = *max ? *max * 2 : 4;
    return 0;
}

/* Durations of a hostile record may be anything. */
static void add_duration(int64_t *sum, int64_t us) {
    if (us > 0 && __builtin_add_overflow(*sum, us, sum)) *sum = INT64_MAX;
}

static int count_area(digest *d, size_t *max_areas, json_t *rows, const json_t *test, size_t at) {
    view name = case_area(test);
    char *copy = strndup(name.data, name.len); /* the area may be the beginning of an id */
    if (!copy) return -1;
    int64_t index = row_index(rows, (view){copy, name.len});
    free(copy);
    if (index < 0 || grow(&d->areas, d->num_areas, max_areas, sizeof *d->areas) < 0) return -1;
    if ((size_t)index == d->num_areas)
        d->areas[d->num_areas++] = (area_row){.name = name, .first = at, .last = at};
    area_row *row = &d->areas[index];
    if (row->last != at) d->next[row->last] = at;
    row->last = at;
    d->next[at] = SIZE_MAX;
    row->totals[case_word(test)]++;
    row->total++;
    add_duration(&row->duration_us, json_int(test, "duration_us"));
    return 0;
}

static int add_requirement(digest *d, size_t *max, json_t *rows, const json_t *header, view id,
                           requirement_row **row) {
    int64_t index = row_index(rows, id);
    if (index < 0 || grow(&d->requirements, d->num_requirements, max, sizeof *d->requirements) < 0) return -1;
    if ((size_t)index == d->num_requirements) {
        d->requirements[d->num_requirements++] =
            (requirement_row){.id = id, .entry = header_requirement(header, id), .worst = WORD_COUNT};
    }
    *row = &d->requirements[index];
    return 0;
}

static int cite(requirement_row *row, size_t index, word verdict) {
    row->worst = word_worse(row->worst, verdict);
    if (row->num_cases > 0 && row->cases[row->num_cases - 1].index == index) {
        citation *last = &row->cases[row->num_cases - 1];
        last->word = word_worse(last->word, verdict);
        return 0;
    }
    if (grow(&row->cases, row->num_cases, &row->max_cases, sizeof *row->cases) < 0) return -1;
    row->cases[row->num_cases++] = (citation){index, verdict};
    return 0;
}

/* A case speaks about the requirements that it checks with the verdict of its outcome, and about those that a
   monitor saw broken with a failure, so that no requirement is blamed for another one. */
static int count_requirements(digest *d, size_t *max, json_t *rows, const json_t *header, const json_t *test,
                              size_t index) {
    const json_t *list = json_list(test, "checks");
    requirement_row *row;
    for (size_t i = 0; i < json_array_size(list); i++) {
        view id = view_of(json_array_get(list, i));
        if (id.len == 0) continue;
        if (add_requirement(d, max, rows, header, id, &row) < 0 || cite(row, index, case_own_word(test)) < 0)
            return -1;
    }
    list = json_list(test, "problems");
    if (case_word(test) != WORD_FAIL) return 0; /* the outcome tolerated them */
    for (size_t i = 0; i < json_array_size(list); i++) {
        view id = view_get(json_array_get(list, i), "requirement");
        if (id.len == 0) continue;
        if (add_requirement(d, max, rows, header, id, &row) < 0 || cite(row, index, WORD_FAIL) < 0) return -1;
    }
    return 0;
}

static void judge_completeness(digest *d, const record *rec) {
    int64_t planned = json_int(rec->footer, "planned");
    if (planned <= 0) planned = json_int(rec->header, "planned");
    if (planned > 0) d->planned = (size_t)planned;
    d->truncated = !rec->footer;
    if (d->truncated) {
        snprintf(d->lack, sizeof d->lack,
                 "The record has no footer: the run was cut short after %zu case%s, and what it would have "
                 "found is not known.",
                 d->total, d->total == 1 ? "" : "s");
    } else if (json_has_int(rec->footer, "total") && json_int(rec->footer, "total") != (json_int_t)d->total) {
        snprintf(d->lack, sizeof d->lack, "The record holds %zu cases but its footer counts %" PRId64 ".",
                 d->total, json_int(rec->footer, "total"));
    } else if (json_is_false(json_object_get(rec->footer, "complete")) || d->planned > d->total) {
        size_t decided = d->total - d->totals[WORD_NOT_RUN];
        snprintf(d->lack, sizeof d->lack, "The run did not finish: %zu of %zu cases were run.", decided,
                 d->planned > d->total ? d->planned : d->total);
    } else if (d->total == 0) {
        snprintf(d->lack, sizeof d->lack, "The run judged no case at all.");
    }
    d->incomplete = d->lack[0] != 0;
}

static int fill(digest *d, const record *rec, json_t *area_rows, json_t *requirement_rows) {
    size_t max_areas = 0, max_requirements = 0;
    d->next = calloc(json_array_size(rec->cases) + 1, sizeof *d->next);
    if (!d->next) return -1;
    requirement_row *row;
    const char *key;
    json_t *entry;
    json_object_foreach((json_t *)json_map(rec->header, "requirements"), key, entry) {
        if (add_requirement(d, &max_requirements, requirement_rows, rec->header, (view){key, strlen(key)},
                            &row) < 0)
            return -1;
    }
    for (size_t i = 0; i < json_array_size(rec->cases); i++) {
        const json_t *test = json_array_get(rec->cases, i);
        if (count_area(d, &max_areas, area_rows, test, i) < 0 ||
            count_requirements(d, &max_requirements, requirement_rows, rec->header, test, i) < 0)
            return -1;
        d->totals[case_word(test)]++;
        d->total++;
        d->red += case_red(rec->header, test);
    }
    for (size_t i = 0; i < d->num_areas; i++) add_duration(&d->duration_us, d->areas[i].duration_us);
    for (word i = 0; i < WORD_COUNT; i++) d->trouble += words[i].trouble ? d->totals[i] : 0;
    return 0;
}

digest *digest_new(const record *rec) {
    digest *d = calloc(1, sizeof *d);
    json_t *area_rows = json_object(), *requirement_rows = json_object();
    bool good = d && area_rows && requirement_rows && fill(d, rec, area_rows, requirement_rows) == 0;
    json_decref(area_rows);
    json_decref(requirement_rows);
    if (!good) {
        digest_free(d);
        return NULL;
    }
    for (size_t i = 0; i < d->num_requirements; i++) {
        requirement_row *row = &d->requirements[i];
        for (size_t c = 0; c < row->num_cases; c++) row->num_fails += row->cases[c].word == WORD_FAIL;
    }
    judge_completeness(d, rec);
    return d;
}

void digest_free(digest *d) {
    if (!d) return;
    for (size_t i = 0; i < d->num_requirements; i++) free(d->requirements[i].cases);
    free(d->requirements);
    free(d->areas);
    free(d->next);
    free(d);
}

static size_t area_trouble(const area_row *row) {
    size_t sum = 0;
    for (word i = 0; i < WORD_COUNT; i++) sum += words[i].trouble ? row->totals[i] : 0;
    return sum;
}

static int compare_counts(size_t a, size_t b) {
    return a > b ? -1 : a < b;
}

static int compare_areas(const void *left, const void *right, void *areas) {
    const area_row *a = (const area_row *)areas + *(const size_t *)left;
    const area_row *b = (const area_row *)areas + *(const size_t *)right;
    int order = compare_counts(a->totals[WORD_FAIL], b->totals[WORD_FAIL]);
    if (order == 0) order = compare_counts(area_trouble(a), area_trouble(b));
    if (order == 0) order = compare_counts(a->totals[WORD_LENIENT], b->totals[WORD_LENIENT]);
    if (order == 0)
        order = memcmp(a->name.data, b->name.data, a->name.len < b->name.len ? a->name.len : b->name.len);
    return order ? order : -compare_counts(a->name.len, b->name.len);
}

size_t *digest_worst_first(const digest *d) {
    size_t *order = calloc(d->num_areas + 1, sizeof *order);
    if (!order) return NULL;
    for (size_t i = 0; i < d->num_areas; i++) order[i] = i;
    qsort_r(order, d->num_areas, sizeof *order, compare_areas, d->areas);
    return order;
}

static int compare_broken(const void *left, const void *right) {
    const requirement_row *a = *(const requirement_row *const *)left;
    const requirement_row *b = *(const requirement_row *const *)right;
    int order = compare_counts(a->num_fails, b->num_fails);
    return order ? order : (a > b) - (a < b);
}

const requirement_row **digest_broken(const digest *d, size_t *num) {
    *num = 0;
    const requirement_row **rows = calloc(d->num_requirements + 1, sizeof *rows);
    if (!rows) return NULL;
    for (size_t i = 0; i < d->num_requirements; i++) {
        if (d->requirements[i].num_fails > 0) rows[(*num)++] = &d->requirements[i];
    }
    qsort(rows, *num, sizeof *rows, compare_broken);
    return rows;
}

static int rfc_rank(const char *rfc) {
    static const char *const first[] = {"6455", "7692", "8441"};
    int rank = 0;
    while (rank < 3 && strcmp(rfc, first[rank]) != 0) rank++;
    if (rank == 3 && !(rfc[0] >= '0' && rfc[0] <= '9')) rank += rfc[0] ? 1 : 2;
    return rank;
}

/* strverscmp knows that 5.10 comes behind 5.2. */
static int compare_sections(const void *left, const void *right) {
    const requirement_row *a = *(const requirement_row *const *)left;
    const requirement_row *b = *(const requirement_row *const *)right;
    const char *left_rfc = json_text(a->entry, "rfc"), *right_rfc = json_text(b->entry, "rfc");
    int order = rfc_rank(left_rfc) - rfc_rank(right_rfc);
    if (order == 0) order = strverscmp(left_rfc, right_rfc);
    if (order == 0) order = strverscmp(a->id.data, b->id.data);
    return order ? order : (a > b) - (a < b);
}

const requirement_row **digest_by_section(const digest *d) {
    const requirement_row **rows = calloc(d->num_requirements + 1, sizeof *rows);
    if (!rows) return NULL;
    for (size_t i = 0; i < d->num_requirements; i++) rows[i] = &d->requirements[i];
    qsort(rows, d->num_requirements, sizeof *rows, compare_sections);
    return rows;
}
