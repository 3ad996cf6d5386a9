/* SPDX-License-Identifier: MIT */
/* The report for scripts: one JSON document. The wire logs stay in the record, which has them line by line.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/model.h"

static void put_string(FILE *file, view text) {
    json_t *value = json_stringn_nocheck(text.data, text.len);
    json_put(file, value);
    json_decref(value);
}

static void put_member(FILE *file, const char *before, const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (!value) return;
    fprintf(file, "%s\"%s\":", before, key);
    json_put(file, value);
}

static void put_totals(FILE *file, const size_t totals[WORD_COUNT]) {
    const char *before = "";
    putc('{', file);
    for (word i = 0; i < WORD_COUNT; i++) {
        if (totals[i] == 0) continue;
        fprintf(file, "%s\"%s\":%zu", before, words[i].name, totals[i]);
        before = ",";
    }
    putc('}', file);
}

static void put_areas(FILE *file, const digest *d) {
    for (size_t i = 0; i < d->num_areas; i++) {
        const area_row *row = &d->areas[i];
        fprintf(file, "%s\n      {\"area\":", i ? "," : "");
        put_string(file, row->name);
        fputs(",\"totals\":", file);
        put_totals(file, row->totals);
        fprintf(file, ",\"total\":%zu,\"duration_us\":%lld}", row->total, (long long)row->duration_us);
    }
}

static void put_requirements(FILE *file, const record *rec, const digest *d) {
    for (size_t i = 0; i < d->num_requirements; i++) {
        const requirement_row *row = &d->requirements[i];
        fprintf(file, "%s\n      {\"id\":", i ? "," : "");
        put_string(file, row->id);
        static const char *const keys[] = {"rfc", "section", "level", "statement"};
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) put_member(file, ",", row->entry, keys[k]);
        if (row->worst == WORD_COUNT)
            fputs(",\"worst\":null,\"cases\":[", file);
        else
            fprintf(file, ",\"worst\":\"%s\",\"cases\":[", words[row->worst].name);
        for (size_t c = 0; c < row->num_cases; c++) {
            const json_t *test = json_array_get(rec->cases, row->cases[c].index);
            fprintf(file, "%s{\"id\":", c ? "," : "");
            put_string(file, view_get(test, "id"));
            fprintf(file, ",\"verdict\":\"%s\"}", words[row->cases[c].word].name);
        }
        fputs("]}", file);
    }
}

static int put_cases(FILE *file, const record *rec) {
    for (size_t i = 0; i < json_array_size(rec->cases); i++) {
        json_t *copy = json_copy(json_array_get(rec->cases, i));
        if (!copy) return -1;
        json_object_del(copy, "type");
        json_object_del(copy, "wire");
        if (json_map(copy, "other")) {
            json_t *other = json_copy(json_object_get(copy, "other"));
            json_object_del(other, "wire");
            json_object_set_new(copy, "other", other);
        }
        fprintf(file, "%s\n    ", i ? "," : "");
        json_put(file, copy);
        json_decref(copy);
    }
    return 0;
}

int report_json(const record *rec, FILE *file) {
    digest *d = digest_new(rec);
    json_t *header = json_copy(rec->header), *footer = json_copy(rec->footer);
    int result = -1;
    if (d && (header || !rec->header) && (footer || !rec->footer)) {
        json_object_del(header, "type");
        json_object_del(footer, "type");
        fprintf(
            file,
            "{\n  \"format\":1,\n  \"complete\":%s,\n  \"truncated\":%s,\n  \"lack\":\"%s\",\n  \"header\":",
            d->incomplete ? "false" : "true", d->truncated ? "true" : "false", d->lack);
        if (header)
            json_put(file, header);
        else
            fputs("{}", file);
        fprintf(file,
                ",\n  \"summary\":{\n    \"total\":%zu,\n    \"planned\":%zu,\n    \"totals\":", d->total,
                d->planned > d->total ? d->planned : d->total);
        put_totals(file, d->totals);
        fputs(",\n    \"areas\":[", file);
        put_areas(file, d);
        fputs("],\n    \"requirements\":[", file);
        put_requirements(file, rec, d);
        fputs("]\n  },\n  \"cases\":[", file);
        result = put_cases(file, rec);
        fputs("],\n  \"footer\":", file);
        if (footer)
            json_put(file, footer);
        else
            fputs("null", file);
        fputs("\n}\n", file);
    } else {
        errno = ENOMEM;
    }
    json_decref(header);
    json_decref(footer);
    digest_free(d);
    return result < 0 || fflush(file) == EOF || ferror(file) ? -1 : 0;
}
