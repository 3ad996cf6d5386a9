/* SPDX-License-Identifier: MIT */
/* A case as the runner sees it: loaded, checked and expanded from the JSON of cases/README.md.

   All memory of a catalogue belongs to it: pointers in its cases stay valid until catalogue_free. Strings are
   UTF-8 and never NULL unless a comment says so. Lists are NULL-terminated arrays of strings. */
#ifndef SCRIPT_CASE_H
#define SCRIPT_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/wsc.h"
#include "judge/expect.h"

/* ---- Steps --------------------------------------------------------------------------------------------- */

typedef enum case_masking { MASK_BY_ROLE, MASK_ON, MASK_OFF } case_masking;

typedef struct case_frame {
    wsc_frame header; /* opcode, fin, rsv; form (MINIMAL if not given); key if has_key; length: the claim, or
                         the payload's. masked is not set */
    case_masking masking;
    bool has_key; /* header.key is given; otherwise a fresh random key */
    bool claims_length;
    payload payload;
} case_frame;

/* How a message is compressed (RFC 7692 7.2.1); all zero but for `on`: as agreed, at the usual level. What
   goes beyond the agreement is sent all the same. */
typedef struct case_compress {
    bool on;
    uint8_t level;       /* 1 to 9; 0: the usual one */
    uint8_t window_bits; /* 8 to 15; 0: as agreed */
    enum { TAKEOVER_AGREED, TAKEOVER_ON, TAKEOVER_OFF } takeover;
    wsc_deflate_strategy strategy; /* which blocks */
    uint64_t flush;                /* an empty stored block behind each so many octets; 0: none */
    bool final;                    /* blocks with BFINAL set */
    bool tail;                     /* 00 00 ff ff stays at the end */
} case_compress;

/* How a message is cut into frames. */
typedef struct case_fragments {
    enum { FRAGMENTS_LIST, FRAGMENTS_SIZE, FRAGMENTS_COUNT } rule;
    const uint64_t *sizes; /* LIST: a last fragment takes what they leave; compressed messages are shorter
                              than their payload, so that the last ones may be empty */
    size_t num;    /* LIST: of sizes; COUNT: fragments, nearly equal, the first ones an octet longer */
    uint64_t size; /* SIZE: of all but the last */
} case_fragments;

/* How many fragments there are of so many octets of payload, compressed if the message is; at least 1. */
uint64_t case_num_fragments(const case_fragments *fragments, uint64_t total);
/* Octets of the fragment of that index (from 0), which begins at `base` of the payload. */
uint64_t case_fragment_octets(const case_fragments *fragments, uint64_t total, uint64_t index, uint64_t base);

/* One or several messages of one kind. */
typedef struct case_message {
    uint8_t opcode;
    payload payload;
    case_fragments fragments;
    case_compress compress;
    const case_frame *between; /* sent between two fragments; NULL: nothing */
    bool one_segment;
    /* only of STEP_MESSAGES: */
    uint64_t each;         /* octets of a message; they are pieces of the payload, from its start again at its
                              end */
    uint64_t count, quick; /* how many, and how many in a quick run */
    uint64_t ahead;        /* as many may be on their way at once */
} case_message;

typedef enum case_step_kind {
    STEP_SEND,     /* frames in one segment */
    STEP_MESSAGE,  /* a well-formed message, possibly fragmented, a segment a frame */
    STEP_MESSAGES, /* many of them; a few at a time wait for their echo */
    STEP_RAW,      /* raw octets */
    STEP_UNTIL,    /* wait for a condition, the end of the connection or the deadline */
    STEP_FENCE,    /* ping with a fresh payload, wait for its pong */
    STEP_CLOSE,    /* send Close, wait for the end of the connection */
    STEP_FIN,      /* end of our stream, reading on */
    STEP_RESET,    /* TCP RST */
    STEP_READ,     /* stop or resume reading */
    STEP_WAIT,     /* fixed wait; only where no fence can work */
    STEP_PACE,     /* segment size of the following sends */
    STEP_AUTO,     /* automatic pong and close on or off */
    STEP_TLS,      /* what goes on below the stream, see wire_tls_do */
    STEP_REPEAT
} case_step_kind;

typedef enum case_tls {
    CASE_TLS_FIN,          /* the end of our stream, without close_notify */
    CASE_TLS_CLOSE_NOTIFY, /* close_notify alone: TCP stays open */
    CASE_TLS_KEY_UPDATE,   /* that asks for one; TLS 1.3 */
    CASE_TLS_LONG_RECORD
} case_tls;

typedef enum case_condition {
    UNTIL_CLOSED,   /* the peer ended TCP */
    UNTIL_FAILED,   /* the same, but behind a fence: a peer that goes on answering ends the wait */
    UNTIL_CLOSE,    /* a Close frame came */
    UNTIL_MESSAGES, /* count data messages came in all */
    UNTIL_PONGS,    /* count pongs came in all, fences not counted */
    UNTIL_ANSWERED, /* the last ping of the harness is answered */
    UNTIL_ECHO,     /* as many messages came as the harness has completed */
    UNTIL_RESPONSE, /* the response head is complete */
    UNTIL_ANSWER /* a message came that begins with the first `count` octets of `starts`; in no case file, but
                    in the signs of life that a target's profile names */
} case_condition;

typedef struct case_step {
    case_step_kind kind;
    const char *pointer; /* JSON pointer of the step in its file, for messages */
    /* segmentation of this step's octets: cut before each of these offsets, or every `every` octets */
    const size_t *cuts;
    size_t num_cuts;
    size_t every;
    union {
        struct {
            const case_frame *frames;
            size_t num_frames;
        } send;
        case_message message; /* MESSAGE and MESSAGES */
        payload raw;
        struct {
            case_condition condition;
            uint64_t count;
            uint8_t starts[16];
        } until;
        struct {
            bool has_code;
            uint16_t code;
            const char *reason;
        } close; /* without has_code: an empty body */
        bool read_on;
        unsigned wait_ms;
        case_tls tls;
        size_t pace; /* octets a segment; 0: whole */
        struct {
            bool pong, close;
        } automatic;
        struct {
            uint64_t times;
            const struct case_step *steps;
            size_t num_steps;
        } repeat;
    };
} case_step;

/* ---- The opening handshake of a case ------------------------------------------------------------------- */

typedef struct case_line {
    const uint8_t *data; /* no line end. Placeholders: in a request {target}, {host}, {key}, in a response
                            {accept}, {accept-cut}, {accept-swapped}, {key}; {{ stands for {; no other opening
                            brace is left in it */
    size_t len;
} case_line;

typedef struct case_field {
    const char *name;
    case_line value;
} case_field;

typedef struct case_head {
    bool response;         /* the head is a response (cases that judge clients) */
    const case_line *line; /* start line; NULL: the ordinary one */
    const char *const *omit;
    const case_field *set; /* replaces the value of an ordinary field, at its place */
    size_t num_set;
    const case_field *add; /* further fields, at the end */
    size_t num_add;
    const case_line *lines; /* the whole head instead, line by line; NULL: none of it */
    size_t num_lines;
    const char *eol;          /* "\r\n" */
    case_line lead;           /* octets before the start line, literally: no placeholders */
    payload body;             /* octets behind the blank line that are no frames, same segment */
    payload raw;              /* octets behind the frames, part of the stream of frames, same segment */
    const case_frame *frames; /* frames behind that, same segment */
    size_t num_frames;
    const size_t *cuts;
    size_t num_cuts;
    size_t every;      /* segmentation, as in steps */
    bool no_end;       /* leave the blank line out */
    bool fin;          /* requests: the end of our stream behind it */
    unsigned delay_ms; /* responses: time between the request and the first octet */
    bool ordinary;     /* nothing of the above differs from the ordinary head */
} case_head;

/* ---- permessage-deflate in the opening handshake ---------------------------------------------------------
 */

#define CASE_GRANTS_MAX 4

/* A parameter that the offer of a client has to have, or must not have. */
typedef enum case_when { WHEN_ANY, WHEN_PRESENT, WHEN_ABSENT } case_when;

typedef struct case_deflate {
    bool given; /* the case is about the extension: it is offered to servers, and clients are answered */
    const char *offer; /* to servers: value of Sec-WebSocket-Extensions, which is in the request already; NULL
                          if only clients are judged */
    const char
        *answer; /* to clients that offer it: what is answered, right or wrong; NULL: what is granted */
    wsc_deflate_policy grants[CASE_GRANTS_MAX]; /* the first under which an offer can be accepted */
    size_t num_grants;
    struct {
        case_when server_no_context_takeover, client_no_context_takeover;
        case_when server_max_window_bits, client_max_window_bits;
    } when; /* of the first offer of a client: others are not judged by this case */
} case_deflate;

/* ---- Cases --------------------------------------------------------------------------------------------- */

typedef enum case_level { LEVEL_MUST, LEVEL_SHOULD, LEVEL_MAY, LEVEL_PROBE } case_level;
const char *case_level_name(case_level level);

typedef struct test_case {
    const char *id;
    const char *area;  /* the id up to the first slash */
    const char *topic; /* title of the file */
    const char *title;
    const char *file;    /* path inside the catalogue, "framing/reserved-bits.json" */
    const char *pointer; /* JSON pointer of the written case; several ids may share it */
    bool judges_server, judges_client;
    case_level level;
    const char *const *checks;  /* requirement ids, at least one */
    const char *const *also;    /* "autobahn:3.1" */
    const char *const *rulings; /* "A30" */
    const char *const *bugs;
    const char *const *needs; /* "echo", "deflate", ...; echo is added when an outcome compares messages */
    bool exclusive;
    bool full_only;      /* part of a full run only (--profile full), or where it is asked for by its id */
    bool handshake_only; /* an outcome has `response`, or the case one: no handshake is no setup failure */
    case_head request;   /* what is sent to a server */
    case_head response;  /* what a client gets */
    case_deflate deflate;
    bool needs_tls;     /* needs has "tls" or "tls13": over plain TCP there is nothing to judge */
    bool needs_tls13;   /* nor over an older version */
    bool needs_deflate; /* needs has "deflate": without an agreement there is nothing to judge */
    const case_step *steps;
    size_t num_steps;
    uint64_t largest; /* payload octets of the largest message that it sends, finished or not */
    const outcome *outcomes;
    size_t num_outcomes;
} test_case;

/* What the harness sends before the steps; where a case judges both roles, to a server. */
static inline const case_head *case_own_head(const test_case *test) {
    return test->judges_server ? &test->request : &test->response;
}

/* Requirements and rulings as the catalogue's own files give them. */
typedef struct requirement {
    const char *id, *rfc, *section, *level, *who, *statement, *observable;
} requirement;
typedef struct ruling {
    const char *id, *topic, *texts, *hard_failure, *non_strict, *information;
} ruling;

/* A requirement that no case checks, with the reason. */
typedef struct untested {
    const char *requirement, *reason;
} untested;

/* Receives each problem: file, line (1 up; 0 unknown), JSON pointer ("" for the whole file), message. */
typedef void catalogue_complain(void *user, const char *file, int line, const char *pointer,
                                const char *message);

/* One file of a catalogue: its path inside it ("framing/reserved-bits.json") and its octets. */
typedef struct catalogue_file {
    const char *name;
    const char *data;
    size_t len;
} catalogue_file;

typedef struct catalogue {
    const test_case *cases; /* in catalogue order: files by name, cases as written and expanded */
    size_t num_cases;
    const requirement *requirements;
    size_t num_requirements;
    const ruling *rulings;
    size_t num_rulings;
    const untested *untested; /* in the order of their file */
    size_t num_untested;
    const char *version; /* digest of all files, hex */
    struct catalogue_memory *memory;
} catalogue;

/* Loads the catalogue compiled into the program (dir == NULL) or all of dir. A directory without
   requirements.json, rulings.json, outcomes.json, untested.json or retired.txt gets the compiled-in one.
   Every problem is reported, not only the first (but at most LOAD_MAX_COMPLAINTS). Returns NULL if there was
   any; what does not come to an end within the bounds of load.h is a problem. */
catalogue *catalogue_load(const char *dir, catalogue_complain *complain, void *user);
/* The same from files in memory, in any order, which may be freed afterwards. Nothing is added to them. Names
   that mean nothing in a catalogue are a problem. */
catalogue *catalogue_load_memory(const catalogue_file *given, size_t num_files, catalogue_complain *complain,
                                 void *user);
/* NULL is allowed. */
void catalogue_free(catalogue *all);
/* Why no case checks a requirement; NULL if it is not listed. */
const char *catalogue_untested(const catalogue *all, const char *id);
/* By id; NULL if there is none. */
const test_case *catalogue_case(const catalogue *all, const char *id);
const requirement *catalogue_requirement(const catalogue *all, const char *id);
const ruling *catalogue_ruling(const catalogue *all, const char *id);

/* The linter's further findings (wsconform check), as errors: not canonical form, wording of titles, words
   that contradict the steps, a level without a requirement of that strength. Of a whole catalogue, the
   compiled-in one or a dir with requirements of its own, also: requirements on servers that the wire shows
   and that are neither checked by a case nor listed as untested, and those that are both. Notes: none at
   present. dir is what the catalogue was loaded from. Returns the number of errors. */
size_t catalogue_lint(const catalogue *all, const char *dir, catalogue_complain *error,
                      catalogue_complain *note, void *user);

/* The canonical form of a JSON text: two columns of indentation, in one line what fits into 120 columns,
   lists of plain values over full lines, strings and numbers as they are written, a line feed at the end. The
   caller frees it; NULL if the text is no JSON. */
char *catalogue_format(const char *text, size_t len, size_t *formatted_len);

/* Puts the case files, outcomes.json and untested.json of a directory into canonical form; a file that is no
   JSON stays as
   it is. Each file is replaced as a whole. Returns the number of files changed, or -1 after a complaint about
   a file that could not be read or written, or is longer than the loader takes. */
long catalogue_rewrite(const char *dir, catalogue_complain *complain, void *user);

/* True if the case is selected by one pattern: a glob over ids (* crosses /), "autobahn:6.*", "rfc6455#5.4"
   (that section and those below it), a requirement id, or a level ("must"). */
bool case_matches(const catalogue *all, const test_case *test, const char *pattern);

#endif
