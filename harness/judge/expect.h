/* SPDX-License-Identifier: MIT */
/* What a case expects: payloads, verdicts and outcomes, as plain data. Ownership is with whoever built them
   (the catalogue). The meaning of every field is that of the key of the same name in cases/README.md. */
#ifndef JUDGE_EXPECT_H
#define JUDGE_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/wsc.h"

/* ---- Payloads: generators, read as a stream ------------------------------------------------------------ */

typedef enum payload_kind {
    PAYLOAD_BYTES,  /* data, len */
    PAYLOAD_REPEAT, /* data/len is the pattern, repeated and cut at total */
    PAYLOAD_CONCAT, /* parts */
    /* total octets made from seed */
    PAYLOAD_RANDOM,   /* any value */
    PAYLOAD_WORDS,    /* compressible ASCII text */
    PAYLOAD_PROSE,    /* denser text in ISO 8859-1, which is no UTF-8 */
    PAYLOAD_JSON,     /* ASCII; a list of objects */
    PAYLOAD_HTML,     /* UTF-8 with characters of two octets, none of which lies across a multiple of 16 */
    PAYLOAD_IMAGE,    /* the points of a grey picture */
    PAYLOAD_DOCUMENT, /* mostly incompressible, with some text */
    PAYLOAD_KINDS
} payload_kind;

typedef struct payload {
    payload_kind kind;
    const uint8_t *data;
    size_t len;
    uint64_t total; /* octets of the whole payload, for every kind */
    uint64_t seed;
    const struct payload *parts;
    size_t num_parts;
} payload;

/* "words", ...: the key of a payload of that kind in a case file; "text" for PAYLOAD_BYTES. */
const char *payload_kind_name(payload_kind kind);
/* Copies octets [offset, offset+len) of the payload to dst. The range must lie inside total. The same payload
   gives the same octets on every machine. */
void payload_read(const payload *source, uint64_t offset, uint8_t *dst, size_t len);

/* ---- Outcomes ------------------------------------------------------------------------------------------ */

typedef enum verdict {
    /* about the peer */
    VERDICT_PASS,
    VERDICT_LENIENT,
    VERDICT_INFO,
    VERDICT_FAIL,
    /* about the run */
    VERDICT_UNSUPPORTED,
    VERDICT_BLOCKED,
    VERDICT_SETUP_FAILED,
    VERDICT_TIMEOUT,
    VERDICT_CRASHED,
    VERDICT_NOT_RUN,
    VERDICT_HARNESS_ERROR,
    VERDICT_COUNT
} verdict;
/* "pass", "setup-failed", ... */
const char *verdict_name(verdict value);
/* Returns 0, or -1 if there is no such verdict. */
int verdict_from_name(const char *name, verdict *value);

typedef enum outcome_messages {
    MESSAGES_ANY,    /* not compared */
    MESSAGES_ECHO,   /* exactly the complete, valid messages that the harness sent */
    MESSAGES_PREFIX, /* the first n of those, any n */
    MESSAGES_LIST    /* exactly these (none: []) */
} outcome_messages;

typedef enum outcome_pongs {
    PONGS_ANY,
    PONGS_ALL,      /* every ping answered once, in order */
    PONGS_ANSWERED, /* the last ping answered; earlier ones may be skipped (A05) */
    PONGS_NONE      /* no ping of the case answered */
} outcome_pongs;

/* How the peer closed: a set of codes and words. */
typedef struct outcome_close {
    bool given;
    const uint16_t (*ranges)[2]; /* inclusive */
    size_t num_ranges;
    bool empty;     /* Close frame without a body */
    bool dropped;   /* TCP ended without a Close frame */
    bool any_legal; /* Close frame, empty or with a code that may be sent, or TCP end without one */
    bool echo;      /* Close frame with the same body code as the harness's Close */
    bool none;      /* the peer neither sent Close nor ended TCP */
} outcome_close;

typedef enum outcome_party { PARTY_ANY, PARTY_PEER, PARTY_HARNESS } outcome_party;
typedef enum outcome_end { END_ANY, END_PEER, END_FIN, END_RESET, END_OPEN } outcome_end;
typedef enum outcome_probe { PROBE_ANY, PROBE_ANSWERED, PROBE_SILENT } outcome_probe;

/* The masking keys of a client's frames, where a payload was masked (RFC 6455 5.3). */
typedef enum outcome_keys {
    KEYS_ANY,
    KEYS_DISTINCT,    /* a new key for each frame */
    KEYS_PATTERNLESS, /* and no key follows from the one before by a constant step, none is zero */
    KEYS_RANDOM       /* and each of the 32 bits is set about as often as not; says nothing below 64 keys */
} outcome_keys;

typedef struct outcome_message {
    uint8_t opcode;
    payload payload;
} outcome_message;

typedef struct outcome_field {
    const char *name;
    enum { FIELD_PRESENT, FIELD_ABSENT, FIELD_IS, FIELD_LIST_HAS } rule;
    const char *value;
} outcome_field;

/* What came of an offer of permessage-deflate. */
typedef enum outcome_flag { FLAG_ANY, FLAG_YES, FLAG_NO } outcome_flag;
typedef struct outcome_deflate {
    outcome_flag agreed; /* NO: declined */
    /* parameters of the response, where it was agreed on */
    outcome_flag server_no_context_takeover, client_no_context_takeover;
    /* sets of values: bit n for n, bit 0 for a parameter that is not there; 0: not compared */
    uint16_t server_max_window_bits, client_max_window_bits;
} outcome_deflate;

typedef struct outcome {
    verdict verdict;
    const char *why;                /* "" if not given */
    const uint16_t (*responses)[2]; /* inclusive ranges of status codes; num_responses 0: not compared */
    size_t num_responses;
    bool response_none; /* also matches: the connection ended, or the wait did, without a complete head */
    const outcome_field *fields;
    size_t num_fields;
    outcome_deflate deflate;
    outcome_messages messages;
    const outcome_message *list;
    size_t num_list;
    outcome_pongs pongs;
    outcome_keys keys;
    outcome_close close;
    outcome_party closed_by;
    outcome_end end;
    outcome_probe probe;
    wsc_faults tolerate; /* monitors' faults that do not fail this outcome */
} outcome;

#endif
