/* SPDX-License-Identifier: MIT */
/* Inside of the loader. A file becomes a JSON tree (load.c), a written case as many expanded trees as its
   matrix demands (expand.c), each of these a test_case (load_*.c), which is checked as a whole (check.c).

   Functions that read return true if what they read is usable; otherwise they have complained. Reading goes
   on after a complaint, so that all problems are found. Bounds on what a catalogue may be stand here. */
#ifndef SCRIPT_LOAD_H
#define SCRIPT_LOAD_H

#include <jansson.h>

#include "script/case.h"
#include "script/memory.h"

#define LOAD_MAX_FILES      4096
#define LOAD_MAX_FILE       ((size_t)4 << 20)   /* octets of a file */
#define LOAD_MAX_DEPTH      32                  /* nesting of JSON */
#define LOAD_MAX_CASES      20000               /* after expansion */
#define LOAD_MAX_EXPANDED   ((size_t)192 << 20) /* octets of all expanded cases, roughly */
#define LOAD_MAX_COMPLAINTS 1000
#define LOAD_MAX_VARIABLES  8
#define LOAD_MAX_STRINGS    256   /* of a list */
#define LOAD_MAX_RECORDS    10000 /* of requirements.json and its like */
#define LOAD_MAX_NAMED      256   /* lists of outcomes.json */
#define LOAD_MAX_FIELDS     256   /* of a request, a response or an outcome */
#define LOAD_MAX_PAYLOAD    ((uint64_t)64 << 20)
#define LOAD_MAX_LEAD       65536
#define LOAD_MAX_LINE       (1 << 18) /* octets of a line of a head, or a value in it, that is made */
#define LOAD_MAX_TAIL       (2 << 20) /* octets behind the request, frames included */
#define LOAD_MAX_CUT        (1 << 17)
#define LOAD_MAX_OUTCOMES   64
#define LOAD_MAX_RANGES     64
#define LOAD_MAX_FRAGMENTS  ((size_t)1 << 18)
#define LOAD_MAX_TIMES      1000000             /* of one repeat */
#define LOAD_MAX_RUN        10000000            /* steps that a case runs, repeats included */
#define LOAD_MAX_SENT       ((uint64_t)1 << 32) /* octets that a case sends */
#define LOAD_MAX_STEPS      1000                /* of one list */
#define LOAD_MAX_REPEATS    4                   /* repeats inside each other */
#define LOAD_MAX_WAIT       60000
#define LOAD_MAX_EXTENSIONS 2000 /* octets of an offer, or an answer to one */
#define MESSAGES_AHEAD      16   /* of many messages, where the case does not say */
#define LOAD_MAX_DELAY      5000 /* ms before a response */

/* A place in a JSON tree: a chain from the innermost to the root, kept on the stack of the readers. */
typedef struct place {
    const struct place *up; /* NULL: the root */
    const char *key;        /* member of an object; NULL: element `index` of an array */
    size_t index;
} place;

typedef struct load_matrix load_matrix;

/* A named list of outcomes.json. */
typedef struct named_outcomes {
    const char *name;
    const outcome *outcomes;
    size_t num_outcomes;
} named_outcomes;

struct catalogue_memory {
    memory_pool memory;
    const test_case **by_id; /* sorted */
    const requirement **requirements;
    const ruling **rulings;
};

typedef struct load_context {
    catalogue *catalogue;
    memory_pool *memory;
    catalogue_complain *complain;
    void *user;
    size_t num_complaints;
    uint64_t *complaints; /* digests of those made, so that the cases of a matrix do not repeat them */
    bool stopped;         /* a bound was passed */

    const catalogue_file *file; /* the one being read */
    const char *topic;
    const place *case_place;      /* of the case being read, NULL outside of cases */
    const load_matrix *expansion; /* how the tree below case_place was made; NULL: as written */
    const char *case_id;          /* of the expanded case being read; NULL: none, or as written */
    size_t budget;                /* left of LOAD_MAX_EXPANDED */

    test_case *cases;
    size_t num_cases, cap_cases;
    named_outcomes *named;
    size_t num_named;
    const char **retired;
    size_t num_retired;
} load_context;

/* ---- Complaints and JSON (load_json.c) --------------------------------------------------------------- */

/* Complains about a place in the file being read. */
void load_error(load_context *loader, const place *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Complains about a line (0: unknown) of the file being read as a whole. */
void load_error_line(load_context *loader, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Complains about a JSON pointer of the file being read. */
void load_error_pointer(load_context *loader, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* JSON pointer of a place in the file as written; in the catalogue's memory. */
const char *load_pointer(load_context *loader, const place *at);
/* Takes size octets from the budget of expansion. */
bool load_charge(load_context *loader, size_t size);

/* The tree of the file being read: bounded, an object with "format": 1. NULL after a complaint; the caller
   owns it. */
json_t *load_tree(load_context *loader);

/* Complains unless json is an object (or array). */
bool load_is_object(load_context *loader, const json_t *json, const place *at);
bool load_is_array(load_context *loader, const json_t *json, const place *at);
/* Complains about each key of an object that is not in the NULL-terminated list. */
bool load_keys(load_context *loader, json_t *object, const place *at, const char *const *known);
/* Member of an object; complains if it is missing. */
json_t *load_member(load_context *loader, const json_t *object, const place *at, const char *key);
/* A string without NUL. Copied to the catalogue; NULL after a complaint. */
const char *load_string(load_context *loader, const json_t *json, const place *at);
/* The text of a string without NUL, while the tree lives; "" for anything else, so that it equals no word. */
const char *load_word(const json_t *json);
bool load_integer(load_context *loader, const json_t *json, const place *at, int64_t min, int64_t max,
                  int64_t *value);
/* Member `key` if it is there; *value stays as it is otherwise. */
bool load_flag(load_context *loader, const json_t *object, const place *at, const char *key, bool *value);
/* Array of at most LOAD_MAX_STRINGS distinct strings without NUL, NULL-terminated; an empty list for json
   NULL or after a complaint about the array. */
const char *const *load_strings(load_context *loader, const json_t *json, const place *at);
/* Octets of a string with hex digits and white space. */
bool load_hex(load_context *loader, const json_t *json, const place *at, const uint8_t **data, size_t *len);
/* A string's UTF-8 octets or {"hex"}. is_hex may be NULL. */
bool load_octets(load_context *loader, const json_t *json, const place *at, const uint8_t **data, size_t *len,
                 bool *is_hex);
/* Inclusive range "a-b", both decimal. */
bool load_range(const char *text, unsigned max, uint16_t range[2]);

/* ---- Parts of a case --------------------------------------------------------------------------------- */

bool load_payload(load_context *loader, const json_t *json, const place *at, payload *payload);
/* The octets of a list of DEFLATE blocks; a payload of kind BYTES. */
bool load_stream(load_context *loader, const json_t *json, const place *at, payload *result);
/* A frame; `fixed` may be NULL or lists the only opcodes allowed at this place, ended by 255. */
bool load_frame(load_context *loader, json_t *json, const place *at, const test_case *test,
                case_frame *frame);
/* A frame or a list of at least one. */
bool load_frames(load_context *loader, json_t *json, const place *at, const test_case *test,
                 const case_frame **frames, size_t *num_frames);
/* `cut` or `octets` of a step or a request. */
bool load_segments(load_context *loader, const json_t *object, const place *at, const size_t **cuts,
                   size_t *num_cuts, size_t *every);
/* A message, or many. */
bool load_message(load_context *loader, json_t *json, const place *at, const test_case *test, bool many,
                  case_message *message);
bool load_steps(load_context *loader, json_t *json, const place *at, const test_case *test, unsigned depth,
                const case_step **steps, size_t *num_steps);
/* A member `deflate`; adds the offer to the request. */
bool load_deflate(load_context *loader, json_t *json, const place *at, test_case *test);
/* A member `request`, or `response`; json NULL: the ordinary one. */
bool load_head(load_context *loader, json_t *json, const place *at, const test_case *test, bool response,
               case_head *head);
/* A list of outcomes; `named` is set where names are allowed. *written[i], if written is not NULL, is the
   index in the array (or SIZE_MAX for all of one name), for complaints about the outcome. */
bool load_outcomes(load_context *loader, json_t *json, const place *at, bool named, const outcome **outcomes,
                   size_t *num_outcomes, const size_t **written);

/* Reads all cases of the file being read. */
void load_case_file(load_context *loader);
/* Octets of a frame on the wire, masked or not; 0 if its length does not fit the form. */
uint64_t frame_octets(const case_frame *frame, bool masked);

/* ---- Matrices (expand.c) ----------------------------------------------------------------------------- */

typedef struct load_variable {
    const char *name;
    json_t *values;     /* array of scalars, or object of slug -> value; of the written case */
    size_t num;         /* how many */
    const char **slugs; /* of each value */
    json_t **value;     /* borrowed from values */
    size_t choice;      /* the current one */
    bool used;          /* something refers to it */
} load_variable;

struct load_matrix {
    json_t *written;
    load_variable variables[LOAD_MAX_VARIABLES];
    size_t num_variables;
    json_t *except; /* array of combinations; NULL: none. Their values exist, so each leaves out something */
};

/* Reads `each` and `except` of a written case. Complains and returns false if they make no sense. */
bool expansion_init(load_matrix *expansion, load_context *loader, json_t *written, const place *at);
/* Goes to the next combination that is not left out; first: to the first one. False if there is none. */
bool expansion_next(load_matrix *expansion, bool first);
/* The case of the current combination, without `each` and `except`; the caller owns it. NULL after a
 * complaint. */
json_t *expansion_make(load_matrix *expansion, load_context *loader, const place *at);
/* Complains about variables that no case has used. */
void expansion_finish(const load_matrix *expansion, load_context *loader, const place *at);
/* Writes the JSON pointer, in the written file, of a place inside an expanded case. keys[i] (NULL:
   indexes[i]) lead from the case to it; `pointer` holds the pointer of the case. */
void expansion_pointer(const load_matrix *from, const place *const *path, size_t num_path,
                       text_buffer *pointer);

/* ---- Checks ------------------------------------------------------------------------------------------ */

/* Steps in an impossible order, waits for what cannot come, too much of something. at: the case. */
bool check_steps(load_context *loader, test_case *test, const place *at);
/* Outcomes that can never match, and cases that can never fail. written: see load_outcomes; outcomes of
   outcomes.json are allowed not to fit a case as long as some outcome passes. */
bool check_outcomes(load_context *loader, const test_case *test, const place *at, const size_t *written);
/* The same for a list of outcomes.json by itself. */
bool check_named(load_context *loader, const outcome *outcomes, size_t num_outcomes, const place *at);
/* Ids: two of one name, retired ones. */
void check_ids(load_context *loader, const catalogue_file *files, size_t num_files);

/* ---- Files (source.c, catalogue_files.c) ------------------------------------------------------------- */

/* Line (1 up) of a JSON pointer in a text that is known to be JSON; the line of the deepest part of the
   pointer that is there. */
int source_line(const char *text, size_t len, const char *pointer);
/* Line where the nesting exceeds max; 0 if it never does. For any text. */
int source_too_deep(const char *text, size_t len, unsigned max);
/* Appends "/key" with ~ and / escaped. */
void source_pointer_key(text_buffer *pointer, const char *key);
/* Appends "/index". */
void source_pointer_index(text_buffer *pointer, size_t index);

/* The files compiled into the program. */
extern const catalogue_file catalogue_embedded[];
extern const size_t catalogue_num_embedded;

typedef struct catalogue_files {
    catalogue_file *files; /* by name */
    size_t num_files;
    memory_pool memory;
} catalogue_files;
/* Reads all .json files of dir and of its folders, and retired.txt. Returns false after complaints. */
bool catalogue_files_read(catalogue_files *files, const char *dir, catalogue_complain *complain, void *user);
void catalogue_files_free(catalogue_files *files);
/* True for the files that people write by hand, which have a canonical form. */
bool catalogue_file_has_form(const char *name);

#endif
