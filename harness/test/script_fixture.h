/* SPDX-License-Identifier: MIT */
/* Small catalogues in memory, written with ' for " so that they can be read. */
#ifndef SCRIPT_FIXTURE_H
#define SCRIPT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script/case.h"

/* What was complained about, a line each: file:line: pointer: message. */
typedef struct complaints {
    char text[16384];
    size_t num;
} complaints;

static inline void complaint(void *user, const char *file, int line, const char *pointer,
                             const char *message) {
    complaints *all = user;
    size_t len = strlen(all->text);
    snprintf(all->text + len, sizeof all->text - len, "%s:%d: %s: %s\n", file, line, pointer, message);
    all->num++;
}

/* A copy with " for ', exactly as long as the text, so that reading beyond its end is found. */
static inline char *unquoted(const char *text) {
    size_t len = strlen(text);
    char *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    for (size_t i = 0; i < len; i++) copy[i] = text[i] == '\'' ? '"' : text[i];
    return copy;
}

static const char fixture_requirements[] =
    "{'format': 1, 'requirements': [\n"
    "{'id': 'R1', 'rfc': '6455', 'section': '5.2', 'level': 'MUST', 'who': 'both', 'statement': 'First.',"
    " 'quote_start': '', 'observable': 'wire', 'how_to_test': ''},\n"
    "{'id': 'R2', 'rfc': '6455', 'section': '5.5.1', 'level': 'SHOULD', 'who': 'server', 'statement': "
    "'Second.',"
    " 'quote_start': '', 'observable': 'wire', 'how_to_test': ''},\n"
    "{'id': 'R3', 'rfc': '9112', 'section': '5', 'level': 'MAY', 'who': 'client', 'statement': 'Third.',"
    " 'quote_start': '', 'observable': 'local', 'how_to_test': '', 'note': 'n'}]}";
static const char fixture_rulings[] =
    "{'format': 1, 'rulings': [{'id': 'A01', 'topic': 'Codes', 'texts': 'Silent.', 'hard_failure': 'None.',"
    " 'non_strict': '-', 'pass_or_information': 'Any.', 'requirements': ['R1']}]}";
static const char fixture_untested[] = "{'format': 1, 'untested': []}";
static const char fixture_outcomes[] =
    "{'format': 1, 'outcomes': {\n"
    "'echo': [{'verdict': 'pass', 'messages': 'echo', 'closed_by': 'harness', 'close': ['echo', 'empty', "
    "1000]}],\n"
    "'error': [{'verdict': 'pass', 'close': [1002, 'dropped'], 'probe': 'silent'},"
    " {'verdict': 'lenient', 'close': 'any-legal', 'probe': 'answered'}]}}";

#define FIXTURE_FILES 16

/* Loads files, and those of the fixture that are not among them. The names and octets stay the caller's. */
static inline catalogue *fixture_load_files(complaints *all, const catalogue_file *given, size_t num_given) {
    static const char *const shared[][2] = {{"requirements.json", fixture_requirements},
                                            {"rulings.json", fixture_rulings},
                                            {"outcomes.json", fixture_outcomes},
                                            {"untested.json", fixture_untested},
                                            {"retired.txt", "# gone\nframing/gone\n\n"}};
    catalogue_file files[FIXTURE_FILES];
    size_t num = num_given;
    assert_true(num + sizeof shared / sizeof *shared <= FIXTURE_FILES);
    memset(all, 0, sizeof *all);
    memcpy(files, given, num * sizeof *given);
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
        size_t at = 0;
        while (at < num_given && strcmp(files[at].name, shared[i][0]) != 0) at++;
        if (at < num_given) continue;
        files[num++] = (catalogue_file){shared[i][0], unquoted(shared[i][1]), strlen(shared[i][1])};
    }
    catalogue *loaded = catalogue_load_memory(files, num, complaint, all);
    for (size_t i = num_given; i < num; i++) free((char *)(uintptr_t)files[i].data);
    return loaded;
}

/* Loads files given as name, text, ..., NULL. Those of the fixture are added where no text is given. */
static inline catalogue *fixture_load(complaints *all, ...) {
    catalogue_file files[FIXTURE_FILES];
    size_t num = 0;
    va_list args;
    va_start(args, all);
    for (const char *name; (name = va_arg(args, const char *)) != NULL; num++) {
        const char *text = va_arg(args, const char *);
        assert_true(num < FIXTURE_FILES);
        files[num] = (catalogue_file){name, unquoted(text), strlen(text)};
    }
    va_end(args);
    catalogue *loaded = fixture_load_files(all, files, num);
    for (size_t i = 0; i < num; i++) free((char *)(uintptr_t)files[i].data);
    return loaded;
}

/* One file framing/a.json that has to be without problems. */
static inline catalogue *fixture_good(const char *text) {
    complaints all;
    catalogue *loaded = fixture_load(&all, "framing/a.json", text, NULL);
    if (loaded == NULL) print_error("%s", all.text);
    assert_non_null(loaded);
    assert_int_equal(all.num, 0);
    return loaded;
}

/* A file of one case: its judges, further members, its steps, its outcomes, the latter each on a line of its
   own (3 to 5). */
#define FIXTURE_JUDGED(judges, members, steps, outcomes)                                                     \
    "{'format': 1, 'topic': 'Test', 'cases': [\n"                                                            \
    "{'id': 'framing/a', 'title': 'A title', 'judges': " judges                                              \
    ", 'level': 'must', 'checks': ['R1'],\n" members "\n'steps': [" steps "],\n'outcomes': [" outcomes       \
    "]}]}"
#define FIXTURE_CASE(members, steps, outcomes)   FIXTURE_JUDGED("['server']", members, steps, outcomes)
#define FIXTURE_CLIENT(members, steps, outcomes) FIXTURE_JUDGED("['client']", members, steps, outcomes)
#define FIXTURE_STEPS(steps)                     FIXTURE_CASE("", steps, "'error'")
#define FIXTURE_OUTCOMES(outcomes)                                                                           \
    FIXTURE_CASE("", "{'message': {'type': 'text', 'payload': {'text': 'm'}}}, {'until': 'failed'}", outcomes)
#define FIXTURE_REQUEST(members) FIXTURE_CASE("'request': {" members "},", "{'until': 'failed'}", "'error'")
#define FIXTURE_MEMBERS(members) FIXTURE_CASE(members, "{'until': 'failed'}", "'error'")
/* A matrix, on line 2: the slug of its id, its variables, further members. */
#define FIXTURE_MATRIX(slug, each, members)                                                                  \
    "{'format': 1, 'topic': 'Test', 'cases': [\n"                                                            \
    "{'id': 'framing/" slug "', 'title': 'A title', 'judges': ['server'], 'level': 'must', 'checks': "       \
    "['R1'], 'steps': [{'until': 'failed'}], 'outcomes': 'error', 'each': {" each "}" members "}]}"

/* A text of framing/a.json and all complaints about it, a line each without the name of the file. */
typedef struct row {
    const char *text, *expected;
} row;

/* True if the complaints about framing/a.json are the expected ones; prints them otherwise. */
static inline bool complaints_are(const char *text, const char *expected) {
    complaints all;
    char said[sizeof all.text] = "";
    size_t len = 0;
    static const char name[] = "framing/a.json:";
    catalogue *loaded = fixture_load(&all, "framing/a.json", text, NULL);
    bool same = loaded == NULL;
    for (const char *at = all.text, *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
        same = same && strncmp(at, name, sizeof name - 1) == 0;
        len += (size_t)snprintf(said + len, sizeof said - len, "%s%.*s", len > 0 ? "\n" : "",
                                (int)(end - at - (ptrdiff_t)sizeof name + 1), at + sizeof name - 1);
    }
    same = same && strcmp(said, expected) == 0;
    if (!same) print_error("%s\nexpected %s\nbut was  %s\n", text, expected, said);
    catalogue_free(loaded);
    return same;
}

static inline void check_rows(const row *rows, size_t num) {
    size_t failed = 0;
    for (size_t i = 0; i < num; i++) failed += !complaints_are(rows[i].text, rows[i].expected);
    assert_int_equal(failed, 0);
}
#define CHECK_ROWS(rows) check_rows((rows), sizeof(rows) / sizeof *(rows))

#endif
