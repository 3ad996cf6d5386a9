/* SPDX-License-Identifier: MIT */
/* What all renderers need to know of a record: safe access to its JSON, the words for verdicts, and the
   digest (counts by area and by requirement). Nothing here trusts the shape of the JSON: a value that is
   missing or of the wrong type reads as empty, 0, or false. */
#ifndef REPORT_MODEL_H
#define REPORT_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report/report.h"

/* ---- JSON ---------------------------------------------------------------------------------------------- */

/* A borrowed string: UTF-8, may contain NUL, and is followed by one. data is never NULL. */
typedef struct view {
    const char *data;
    size_t len;
} view;

view view_of(const json_t *string);
view view_get(const json_t *object, const char *key);
bool view_is(view text, const char *wanted);
/* Writes it through text_put. */
void view_put(FILE *file, view text, unsigned flags);
/* As a C string, cut at the first NUL. */
const char *json_text(const json_t *object, const char *key);
/* The member, if it is an array / an object; else NULL (which jansson's functions take as empty). */
const json_t *json_list(const json_t *object, const char *key);
const json_t *json_map(const json_t *object, const char *key);
int64_t json_int(const json_t *object, const char *key);
bool json_has_int(const json_t *object, const char *key);
bool json_flag(const json_t *object, const char *key);
/* Writes a value as compact JSON in printable ASCII. Returns 0, or -1 with errno set. */
int json_put(FILE *file, const json_t *value);

/* ---- Verdicts ------------------------------------------------------------------------------------------ */

typedef enum word {
    WORD_PASS,
    WORD_LENIENT,
    WORD_INFO,
    WORD_FAIL,
    WORD_UNSUPPORTED,
    WORD_BLOCKED,
    WORD_SETUP_FAILED,
    WORD_TIMEOUT,
    WORD_CRASHED,
    WORD_NOT_RUN,
    WORD_HARNESS_ERROR,
    WORD_COUNT /* no verdict */
} word;

typedef struct word_info {
    const char *name;  /* as in the record */
    char letter;       /* one of its own */
    unsigned severity; /* the worst verdict is that with the highest */
    bool trouble;      /* the case could not be judged, although it should have been */
    const char *meaning;
} word_info;

extern const word_info words[WORD_COUNT];

/* Whether a verdict alone makes a run fail where nothing else is said: it breaks a requirement, or the case
   could not be judged although it ran. */
bool word_fails(word verdict);
/* WORD_COUNT if name is no verdict. */
word word_from_name(view name);
/* Verdict of a case; one that is not known counts as an error in the harness. */
word case_word(const json_t *test);
word word_worse(word a, word b); /* WORD_COUNT is better than all */

/* ---- Cases --------------------------------------------------------------------------------------------- */

/* Area of a case: its `area`, or its id up to the first slash. */
view case_area(const json_t *test);
/* Its pacing, if it differs from the header's; else empty. */
view case_pacing(const json_t *header, const json_t *test);
/* The verdict that the matched outcome alone stands for: what the case says about its own requirements when
   it failed only because of what the monitors saw. */
word case_own_word(const json_t *test);
/* Whether the verdicts of its attempts differ. */
bool case_unstable(const json_t *test);
/* Whether a case turns the run red, by what the gate wrote into record and case (gate.h). */
bool case_red(const json_t *header, const json_t *test);
/* Whether it would, if the baseline did not expect what came. */
bool case_expected(const json_t *header, const json_t *test);
/* Id of the requirement that a case which is no pass is about: that of the first problem if it failed only
   because of it, else the first of its checks. */
view case_requirement(const json_t *test);
/* What a problem says beyond the name of its fault, which stands in front of it already. */
view problem_text(const json_t *problem);
/* The header's entry of a requirement or ruling; NULL if it has none. */
const json_t *header_requirement(const json_t *header, view id);
const json_t *header_ruling(const json_t *header, view id);

/* The version of the catalogue as people compare it: a digest is cut to 12 digits. */
view header_catalogue(const json_t *header);

/* How to name the target in one line: the name that it was given or that a client gave itself, or the url,
   address or command of a server, or "unknown target". */
view header_target(const json_t *header);

/* ---- The digest ---------------------------------------------------------------------------------------- */

typedef struct area_row {
    view name;
    size_t totals[WORD_COUNT];
    size_t total;
    int64_t duration_us;
    size_t first, last; /* indices of its cases; those between by digest.next */
} area_row;

typedef struct citation {
    size_t index; /* of the case in rec->cases */
    word word;    /* what that case says about this requirement */
} citation;

typedef struct requirement_row {
    view id;
    const json_t *entry; /* of the header; may be NULL */
    word worst;          /* WORD_COUNT: no case */
    citation *cases;
    size_t num_cases, max_cases;
    size_t num_fails; /* of the cases */
} requirement_row;

typedef struct digest {
    area_row *areas; /* in the order of the record */
    size_t num_areas;
    size_t *next;                  /* of each case: the next of its area, or SIZE_MAX */
    requirement_row *requirements; /* in the order of the header, then of their first citation */
    size_t num_requirements;
    size_t totals[WORD_COUNT];
    size_t total;
    size_t planned; /* 0: unknown */
    size_t trouble; /* cases that could not be judged */
    size_t red;     /* cases that turn the run red */
    int64_t duration_us;
    bool truncated;  /* no footer */
    bool incomplete; /* truncated, or the run says so, or the numbers do */
    char lack[200];  /* what is missing, a sentence; "" if complete */
} digest;

/* Returns NULL without memory. */
digest *digest_new(const record *rec);
void digest_free(digest *d);

/* Indices of the areas, worst first: failures, then trouble, then lenient, then the name. The caller frees.
   NULL without memory. */
size_t *digest_worst_first(const digest *d);

/* The requirements, RFC by RFC (first those of WebSocket itself), section by section. The caller frees the
   array. NULL without memory. */
const requirement_row **digest_by_section(const digest *d);

/* The requirements that a case found broken, those that most cases did first; *num says how many. The caller
   frees the array. NULL without memory. */
const requirement_row **digest_broken(const digest *d, size_t *num);

#endif
