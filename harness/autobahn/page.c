/* SPDX-License-Identifier: MIT */
#include "autobahn/page.h"

#include <stdlib.h>
#include <string.h>

bool ab_page_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static void escaped(FILE *file, const char *text) {
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '<')
            fputs("&lt;", file);
        else if (c == '>')
            fputs("&gt;", file);
        else if (c == '&')
            fputs("&amp;", file);
        else if (c == '"')
            fputs("&quot;", file);
        else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
            fprintf(file, "&#xfffd;");
        else
            fputc(c, file);
    }
}

static const char style[] =
    ":root{color-scheme:light dark;font:15px/1.45 system-ui,sans-serif}body{margin:2rem auto;max-width:70rem;"
    "padding:0 1rem}table{border-collapse:collapse}td,th{border:1px solid #8886;padding:.15rem "
    ".5rem;text-align:"
    "left}a{color:inherit}pre{white-space:pre-wrap;overflow-wrap:anywhere}.case_ok{background:#2e7d3240}"
    ".case_non_strict{background:#f9a82540}.case_info{background:#0277bd40}.case_unimplemented{background:#"
    "7b1fa240}"
    ".case_missing{background:#8883}.case_failed{background:#c6282855}";

static void head(FILE *file, const char *title) {
    fputs("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>", file);
    escaped(file, title);
    fprintf(file, "</title>\n<style>%s</style>\n<h1>", style);
    escaped(file, title);
    fputs("</h1>\n", file);
}

static const char *class_of(const char *word) {
    if (strcmp(word, "OK") == 0) return "case_ok";
    if (strcmp(word, "NON-STRICT") == 0) return "case_non_strict";
    if (strcmp(word, "INFORMATIONAL") == 0) return "case_info";
    if (strcmp(word, "UNIMPLEMENTED") == 0) return "case_unimplemented";
    return "case_failed";
}

static const char *short_word(const char *word) {
    if (strcmp(word, "OK") == 0) return "Pass";
    if (strcmp(word, "NON-STRICT") == 0) return "Non-Strict";
    if (strcmp(word, "INFORMATIONAL") == 0) return "Info";
    if (strcmp(word, "UNIMPLEMENTED") == 0) return "Unimplemented";
    return "Fail";
}

static void cells(FILE *file, const ab_run *run, const ab_agent *agent, const json_t *line,
                  const ab_case *one) {
    if (!line) {
        fputs("<td class=\"case_missing\" colspan=\"2\">Missing</td>", file);
        return;
    }
    ab_words words = ab_run_words(run, line, one);
    char name[512];
    ab_report_name(name, sizeof name, agent->name, one->id);
    const json_t *code = json_object_get(json_object_get(json_object_get(line, "close"), "peer"), "code");
    fprintf(file, "<td class=\"%s\"><a href=\"%s.html\">%s</a></td><td class=\"%s\">",
            class_of(words.behavior), name, short_word(words.behavior), class_of(words.close));
    if (json_is_integer(code))
        fprintf(file, "%lld</td>", (long long)json_integer_value(code));
    else
        fprintf(file, "%s</td>", strcmp(words.close, "OK") == 0 ? "None" : words.close);
}

void ab_page_index(FILE *file, const ab_run *run) {
    head(file, run->judges_clients ? "WebSocket clients" : "WebSocket servers");
    fprintf(file, "<p>Made by wsconform %s.</p>\n<table>\n<tr><th>Case", run->version);
    for (size_t k = 0; k < run->num_agents; k++) {
        fputs("<th colspan=\"2\">", file);
        escaped(file, run->agents[k].name);
    }
    fputs("<th>Description\n", file);
    for (size_t i = 0; i < run->num_cases; i++) {
        const ab_case *one = run->cases[i];
        fprintf(file, "<tr><td>%s</td>", one->id);
        for (size_t k = 0; k < run->num_agents; k++)
            cells(file, run, &run->agents[k], run->agents[k].lines[i], one);
        fputs("<td>", file);
        escaped(file, one->description);
        fputs("</td>\n", file);
    }
    fputs("</table>\n</html>\n", file);
}

static const char *text_of(const json_t *detail, const char *key) {
    const char *text = json_string_value(json_object_get(detail, key));
    return text ? text : "";
}

static void row(FILE *file, const char *name, const char *text) {
    fprintf(file, "<tr><th>%s<td>", name);
    escaped(file, text);
    fputc('\n', file);
}

static void block(FILE *file, const char *title, const json_t *value) {
    char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_INDENT(1) | JSON_ENCODE_ANY);
    fprintf(file, "<h2>%s</h2>\n<pre>", title);
    escaped(file, text ? text : json_is_string(value) ? json_string_value(value) : "");
    fputs("</pre>\n", file);
    free(text);
}

void ab_page_case(FILE *file, const json_t *detail, const ab_case *one, const char *version) {
    char title[256];
    snprintf(title, sizeof title, "%.100s: case %s", text_of(detail, "agent"), one->id);
    head(file, title);
    fprintf(file,
            "<p><a href=\"index.html\">All cases</a></p>\n<table>\n<tr><th>Behavior<td class=\"%s\">%s\n",
            class_of(text_of(detail, "behavior")), text_of(detail, "behavior"));
    fprintf(file, "<tr><th>Closing<td class=\"%s\">%s\n", class_of(text_of(detail, "behaviorClose")),
            text_of(detail, "behaviorClose"));
    row(file, "Description", one->description);
    row(file, "Stands for it", one->test ? one->test->id : "none");
    row(file, "Expected", text_of(detail, "expectation"));
    row(file, "Result", text_of(detail, "result"));
    if (json_object_get(detail, "note")) row(file, "Autobahn", text_of(detail, "note"));
    fputs("</table>\n", file);
    block(file, "Request", json_object_get(detail, "httpRequest"));
    block(file, "Response", json_object_get(detail, "httpResponse"));
    block(file, "Received", json_object_get(detail, "received"));
    block(file, "Wire log", json_object_get(detail, "wirelog"));
    fprintf(file, "<p>Made by wsconform %s.</p>\n</html>\n", version);
}
