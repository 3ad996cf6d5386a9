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

/* Loads files given as name, text, ..., NULL. Those of the fixture are added where no text is given. */
static inline catalogue *fixture_load(complaints *all, ...) {
    static const char *const shared[][2] = {{"requirements.json", fixture_requirements},
                                            {"rulings.json", fixture_rulings},
                                            {"outcomes.json", fixture_outcomes},
                                            {"untested.json", fixture_untested},
                                            {"retired.txt", "# gone\nframing/gone\n\n"}};
    catalogue_file files[16];
    size_t num = 0;
    va_list args;
    memset(all, 0, sizeof *all);
    va_start(args, all);
    for (const char *name; (name = va_arg(args, const char *)) != NULL; num++) {
        const char *text = va_arg(args, const char *);
        assert_true(num < 12);
        files[num] = (catalogue_file){name, unquoted(text), strlen(text)};
    }
    va_end(args);
    for (size_t i = 0, given = num; i < sizeof shared / sizeof *shared; i++) {
        size_t at = 0;
        while (at < given && strcmp(files[at].name, shared[i][0]) != 0) at++;
        if (at < given) continue;
        files[num++] = (catalogue_file){shared[i][0], unquoted(shared[i][1]), strlen(shared[i][1])};
    }
    catalogue *loaded = catalogue_load_memory(files, num, complaint, all);
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

/* A file of one case: further members of the case, its steps, its outcomes, each on a line of its own (3 to
 * 5). */
#define FIXTURE_CASE(members, steps, outcomes)                                                               \
    "{'format': 1, 'topic': 'Test', 'cases': [\n"                                                            \
    "{'id': 'framing/a', 'title': 'A title', 'judges': ['server'], 'level': 'must', 'checks': "              \
    "['R1'],\n" members "\n'steps': [" steps "],\n'outcomes': [" outcomes "]}]}"
#define FIXTURE_STEPS(steps) FIXTURE_CASE("", steps, "'error'")
#define FIXTURE_OUTCOMES(outcomes)                                                                           \
    FIXTURE_CASE("", "{'message': {'type': 'text', 'payload': {'text': 'm'}}}, {'until': 'failed'}", outcomes)
#define FIXTURE_REQUEST(members) FIXTURE_CASE("'request': {" members "},", "{'until': 'failed'}", "'error'")
#define FIXTURE_MEMBERS(members) FIXTURE_CASE(members, "{'until': 'failed'}", "'error'")

#endif
