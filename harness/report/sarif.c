/* SPDX-License-Identifier: MIT */
/* SARIF 2.1.0 for code scanning: each red case is a result, its requirement is the rule. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/explain.h"
#include "report/text.h"

/* Visible text as a JSON string. */
static void put_string(FILE *file, view text) {
    memo out;
    if (memo_open(&out) == 0) view_put(out.file, text, TEXT_LINES);
    if (memo_close(&out) == 0) {
        json_t *value = json_stringn(out.data, out.len);
        json_put(file, value);
        json_decref(value);
    } else {
        fputs("\"\"", file);
    }
    memo_free(&out);
}

static void put_text(FILE *file, const char *text) {
    put_string(file, (view){text, strlen(text)});
}

static bool wanted(const record *rec, const json_t *test) {
    return case_red(rec->header, test) || case_expected(rec->header, test);
}

/* ---- Rules --------------------------------------------------------------------------------------------- */

/* Ids of the rules that results refer to, each with its index. */
static int collect_rules(const record *rec, json_t *rules) {
    for (size_t i = 0; i < json_array_size(rec->cases); i++) {
        const json_t *test = json_array_get(rec->cases, i);
        view id = case_requirement(test);
        if (!wanted(rec, test) || json_object_get(rules, id.data)) continue;
        if (json_object_set_new_nocheck(rules, id.data, json_integer((json_int_t)json_object_size(rules))) <
            0)
            return -1;
    }
    return 0;
}

/* A case without a requirement is about the run. */
static void put_rule_id(FILE *file, const char *id) {
    put_text(file, *id ? id : "wsconform");
}

static void put_rules(FILE *file, const record *rec, json_t *rules) {
    const char *id;
    json_t *index;
    char url[TEXT_URL_MAX];
    json_object_foreach(rules, id, index) {
        const json_t *entry = header_requirement(rec->header, (view){id, strlen(id)});
        view statement = view_get(entry, "statement"), level = view_get(entry, "level");
        text_section_url(url, json_text(entry, "rfc"), json_text(entry, "section"));
        fprintf(file, "%s{\"id\":", json_integer_value(index) ? ",\n" : "\n");
        put_rule_id(file, id);
        fputs(",\"shortDescription\":{\"text\":", file);
        if (statement.len > 0)
            put_string(file, statement);
        else
            put_rule_id(file, id);
        putc('}', file);
        if (url[0]) fprintf(file, ",\"helpUri\":\"%s\"", url);
        if (level.len > 0) {
            fputs(",\"properties\":{\"level\":", file);
            put_string(file, level);
            putc('}', file);
        }
        putc('}', file);
    }
}

/* ---- Results ------------------------------------------------------------------------------------------- */

/* The same finding has the same fingerprint in every run: FNV-1a of what it is about. */
static uint64_t fingerprint(uint64_t hash, view text) {
    for (size_t i = 0; i <= text.len; i++) {
        hash ^= (uint8_t)text.data[i]; /* with the NUL at its end */
        hash *= 0x100000001b3U;
    }
    return hash;
}

static const char *level_of(const json_t *test) {
    switch (case_word(test)) {
    case WORD_FAIL:
    case WORD_CRASHED:
    case WORD_TIMEOUT: return "error";
    case WORD_PASS:
    case WORD_INFO: return "note";
    default: return "warning";
    }
}

static void put_message(FILE *file, const record *rec, const json_t *test) {
    memo out;
    view why = view_get(test, "why"), seen = view_get(test, "seen");
    if (memo_open(&out) == 0) {
        fprintf(out.file, "%s: ", words[case_word(test)].name);
        view_put(out.file, view_get(test, "title"), 0);
        fputs(".", out.file);
        if (why.len > 0) fputs("\n", out.file);
        view_put(out.file, why, 0);
        if (seen.len > 0) fputs("\nSeen: ", out.file);
        view_put(out.file, seen, 0);
        if (json_map(test, "baseline") && case_red(rec->header, test)) {
            fputs("\nThe baseline expects ", out.file);
            explain_baseline(out.file, json_map(test, "baseline"));
        }
        view again = view_get(test, "rerun");
        if (again.len > 0) fputs("\nRun again: ", out.file);
        view_put(out.file, again, 0);
    }
    if (memo_close(&out) == 0)
        put_string(file, (view){out.data, out.len});
    else
        fputs("\"\"", file);
    memo_free(&out);
}

/* An address for a case, which has no file of its own: octets that are not plain there as %XX. */
static void put_address(FILE *file, view id) {
    fputs("\"wsconform/", file);
    for (size_t i = 0; i < id.len; i++) {
        char c = id.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     (c && strchr("-_~/", c));
        if (plain)
            putc(c, file);
        else
            fprintf(file, "%%%02X", (unsigned)(unsigned char)c);
    }
    putc('"', file);
}

static void put_result(FILE *file, const record *rec, const json_t *test, const json_t *rules) {
    view id = view_get(test, "id"), requirement = case_requirement(test);
    const json_t *mark = json_map(test, "baseline");
    fputs("{\"ruleId\":", file);
    put_rule_id(file, requirement.data);
    fprintf(file, ",\"ruleIndex\":%" PRId64 ",\"level\":\"%s\",\"kind\":\"fail\",\"message\":{\"text\":",
            (int64_t)json_integer_value(json_object_get(rules, requirement.data)), level_of(test));
    put_message(file, rec, test);
    fputs("},\n \"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":", file);
    put_address(file, id);
    fputs(
        "},\"region\":{\"startLine\":1}},\"logicalLocations\":[{\"kind\":\"member\",\"fullyQualifiedName\":",
        file);
    put_string(file, id);
    fputs("}]}],\n \"partialFingerprints\":{\"wsconformCase/v1\":\"", file);
    uint64_t hash = fingerprint(0xcbf29ce484222325U, view_get(rec->header, "judges"));
    hash = fingerprint(fingerprint(hash, id), requirement);
    fprintf(file, "%016" PRIx64 "\"}", hash);
    if (json_map(rec->header, "gate")) {
        fputs(",\"suppressions\":[", file);
        if (mark && !case_red(rec->header, test)) {
            fputs("{\"kind\":\"external\",\"status\":\"accepted\",\"justification\":", file);
            put_string(file, view_get(mark, "reason"));
            putc('}', file);
        }
        putc(']', file);
    }
    putc('}', file);
}

/* ---- The run ------------------------------------------------------------------------------------------- */

typedef struct notes {
    FILE *file;
    const char *before;
} notes;

static void put_note(void *user, bool red, const char *text) {
    notes *n = user;
    if (!red) return;
    fprintf(n->file, "%s{\"level\":\"error\",\"message\":{\"text\":", n->before);
    put_text(n->file, text);
    fputs("}}", n->file);
    n->before = ",";
}

static void put_invocation(FILE *file, const record *rec, const digest *d) {
    const json_t *code = json_object_get(rec->footer, "exit_code");
    fprintf(file, "\"invocations\":[{\"executionSuccessful\":%s", d->incomplete ? "false" : "true");
    if (json_is_integer(code) && json_integer_value(code) >= 0 && json_integer_value(code) < 256)
        fprintf(file, ",\"exitCode\":%d", (int)json_integer_value(code));
    fputs(",\"toolExecutionNotifications\":[", file);
    notes n = {file, ""};
    if (d->incomplete) put_note(&n, true, d->lack);
    explain_gate(rec, put_note, &n);
    fputs("]}]", file);
}

int report_sarif(const record *rec, FILE *file) {
    digest *d = digest_new(rec);
    json_t *rules = json_object();
    if (!d || !rules || collect_rules(rec, rules) < 0) {
        digest_free(d);
        json_decref(rules);
        errno = ENOMEM;
        return -1;
    }
    view version = view_get(rec->header, "version");
    fputs("{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{\n"
          "\"tool\":{\"driver\":{\"name\":\"wsconform\",\"version\":",
          file);
    put_string(file, version);
    fputs(",\"rules\":[", file);
    put_rules(file, rec, rules);
    fputs("]}},\n\"automationDetails\":{\"id\":", file);
    memo out;
    if (memo_open(&out) == 0) {
        fputs("wsconform/", out.file);
        view_put(out.file, view_get(rec->header, "judges"), 0);
        fputs("/", out.file);
        view_put(out.file, header_target(rec->header), 0);
        fputs("/", out.file);
    }
    if (memo_close(&out) == 0)
        put_string(file, (view){out.data, out.len});
    else
        fputs("\"wsconform/\"", file);
    memo_free(&out);
    fputs("},\n", file);
    put_invocation(file, rec, d);
    fputs(",\n\"results\":[", file);
    const char *before = "\n";
    for (size_t i = 0; i < d->total; i++) {
        const json_t *test = json_array_get(rec->cases, i);
        if (!wanted(rec, test)) continue;
        fputs(before, file);
        put_result(file, rec, test, rules);
        before = ",\n";
    }
    fputs("]\n}]}\n", file);
    json_decref(rules);
    digest_free(d);
    return fflush(file) == EOF || ferror(file) ? -1 : 0;
}
