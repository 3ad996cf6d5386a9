/* SPDX-License-Identifier: MIT */
/* permessage-deflate (RFC 7692) and the DEFLATE format beneath it (RFC 1951): part of wsc.h, whose
   conventions hold here.

   - Negotiation: reading, judging and writing the elements of Sec-WebSocket-Extensions.
   - wsc_deflater: compresses the messages of one direction (zlib).
   - wsc_inflater: decompresses those of one direction (zlib), for whoever only wants the octets.
   - wsc_inspector: does so with a reader of its own, which sees what zlib does not tell: where the blocks
   are, how far the distances reach, how a message ends. It names each deviation as a fault. */
#ifndef WSC_H
#include "wsc.h" /* which includes this file */
#endif
#ifndef WSC_DEFLATE_H
#define WSC_DEFLATE_H

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Negotiation (RFC 7692 5, 7, 7.1) ----------------------------------------------------------------- */

#define WSC_DEFLATE_NAME "permessage-deflate"

/* X(symbol, name, requirement): what can be wrong with an element of an offer or of a response. */
#define WSC_DEFLATE_FAULT_LIST(X)                                                                            \
    /* an element of an offer by itself: a server has to decline it (7) */                                   \
    X(OFFER_PARAMETER_UNKNOWN, "offer-parameter-unknown", "7692-7-3")                                        \
    X(OFFER_PARAMETER_REPEATED, "offer-parameter-repeated", "7692-7-5")                                      \
    X(OFFER_SERVER_TAKEOVER_VALUE, "offer-server-takeover-value", "7692-7.1.1.1-2")                          \
    X(OFFER_CLIENT_TAKEOVER_VALUE, "offer-client-takeover-value", "7692-7.1.1.2-2")                          \
    X(OFFER_SERVER_BITS_MISSING, "offer-server-bits-missing", "7692-7.1.2.1-2")                              \
    X(OFFER_SERVER_BITS_MALFORMED, "offer-server-bits-malformed", "7692-7.1.2.1-2")                          \
    X(OFFER_SERVER_BITS_LEADING_ZERO, "offer-server-bits-leading-zero", "7692-7.1.2.1-2")                    \
    X(OFFER_SERVER_BITS_RANGE, "offer-server-bits-range", "7692-7.1.2.1-2")                                  \
    X(OFFER_CLIENT_BITS_MALFORMED, "offer-client-bits-malformed", "7692-7.1.2.2-2")                          \
    X(OFFER_CLIENT_BITS_LEADING_ZERO, "offer-client-bits-leading-zero", "7692-7.1.2.2-2")                    \
    X(OFFER_CLIENT_BITS_RANGE, "offer-client-bits-range", "7692-7.1.2.2-2")                                  \
    /* an element of a response by itself: a client has to fail the connection (7) */                        \
    X(RESPONSE_PARAMETER_UNKNOWN, "response-parameter-unknown", "7692-7-8")                                  \
    X(RESPONSE_PARAMETER_REPEATED, "response-parameter-repeated", "7692-7-10")                               \
    X(RESPONSE_SERVER_TAKEOVER_VALUE, "response-server-takeover-value", "7692-7.1.1.1-6")                    \
    X(RESPONSE_CLIENT_TAKEOVER_VALUE, "response-client-takeover-value", "7692-7-9")                          \
    X(RESPONSE_SERVER_BITS_MISSING, "response-server-bits-missing", "7692-7.1.2.1-7")                        \
    X(RESPONSE_SERVER_BITS_MALFORMED, "response-server-bits-malformed", "7692-7.1.2.1-7")                    \
    X(RESPONSE_SERVER_BITS_LEADING_ZERO, "response-server-bits-leading-zero", "7692-7.1.2.1-7")              \
    X(RESPONSE_SERVER_BITS_RANGE, "response-server-bits-range", "7692-7.1.2.1-7")                            \
    X(RESPONSE_CLIENT_BITS_MISSING, "response-client-bits-missing", "7692-7.1.2.2-7")                        \
    X(RESPONSE_CLIENT_BITS_MALFORMED, "response-client-bits-malformed", "7692-7.1.2.2-7")                    \
    X(RESPONSE_CLIENT_BITS_LEADING_ZERO, "response-client-bits-leading-zero", "7692-7.1.2.2-7")              \
    X(RESPONSE_CLIENT_BITS_RANGE, "response-client-bits-range", "7692-7.1.2.2-7")                            \
    /* a response next to what was offered */                                                                \
    X(RESPONSE_NOT_OFFERED, "response-not-offered", "7692-5-17")                                             \
    X(RESPONSE_TWICE, "response-twice", "7692-5-11")                                                         \
    X(RESPONSE_SERVER_TAKEOVER_OMITTED, "response-server-takeover-omitted", "7692-7.1.1.1-5")                \
    X(RESPONSE_SERVER_BITS_OMITTED, "response-server-bits-omitted", "7692-7.1.2.1-6")                        \
    X(RESPONSE_SERVER_BITS_ABOVE_OFFER, "response-server-bits-above-offer", "7692-7.1.2.1-6")                \
    X(RESPONSE_CLIENT_BITS_NOT_OFFERED, "response-client-bits-not-offered", "7692-7.1.2.2-9")                \
    X(RESPONSE_CLIENT_BITS_ABOVE_HINT, "response-client-bits-above-hint", "7692-7.1.2.2-6")

typedef enum wsc_deflate_fault {
    WSC_DEFLATE_FAULT_NONE = 0,
#define WSC_DEFLATE_FAULT_ENUM(symbol, name, requirement) WSC_DEFLATE_FAULT_##symbol,
    WSC_DEFLATE_FAULT_LIST(WSC_DEFLATE_FAULT_ENUM)
#undef WSC_DEFLATE_FAULT_ENUM
        WSC_DEFLATE_FAULT_COUNT
} wsc_deflate_fault;
typedef uint64_t wsc_deflate_faults;
#define WSC_DEFLATE_FAULT_BIT(fault) ((wsc_deflate_faults)1 << (fault))

/* What a client may live with: the hint of an offer binds nobody (5, 7.1.2.2), and a client that told its
   largest window can still use a smaller one than it is allowed. */
#define WSC_DEFLATE_FAULTS_TOLERATED WSC_DEFLATE_FAULT_BIT(WSC_DEFLATE_FAULT_RESPONSE_CLIENT_BITS_ABOVE_HINT)

/* As wsc_fault_name, wsc_fault_requirement and wsc_fault_from_name. No name is also one of theirs or of an
   HTTP fault. */
WSC_API const char *wsc_deflate_fault_name(wsc_deflate_fault fault);
WSC_API const char *wsc_deflate_fault_requirement(wsc_deflate_fault fault);
WSC_API wsc_deflate_fault wsc_deflate_fault_from_name(const char *name);

#define WSC_WINDOW_BITS_MIN 8
#define WSC_WINDOW_BITS_MAX 15
#define WSC_WINDOW_MAX      32768 /* octets: 2^15 */

/* The parameters of one element, of an offer or of a response. All zero: the element has no parameters. */
typedef struct wsc_deflate_params {
    bool server_no_context_takeover;
    bool client_no_context_takeover;
    bool has_server_max_window_bits;
    bool has_client_max_window_bits;
    uint8_t server_max_window_bits; /* 8 to 15 if has_server_max_window_bits, else 0 */
    uint8_t client_max_window_bits; /* 8 to 15 if present with a value, else 0 */
} wsc_deflate_params;

/* What agreed parameters mean for what `sender` compresses: the bits of its window (8 to 15; 15 if nothing is
   said), and whether it may take its window over from message to message. */
WSC_API unsigned wsc_deflate_window_bits(const wsc_deflate_params *params, wsc_role sender);
WSC_API bool wsc_deflate_takeover(const wsc_deflate_params *params, wsc_role sender);

/* Reads the parameters of an element, whose name is not looked at. Returns its faults (those of the first or
   second group); a parameter that has one is left out of params, of a repeated one the first counts. A
   quoted value means what it means without its quotes (5.2). */
WSC_API wsc_deflate_faults wsc_deflate_offer_read(wsc_deflate_params *params, const wsc_extension *element);
WSC_API wsc_deflate_faults wsc_deflate_response_read(wsc_deflate_params *params,
                                                     const wsc_extension *element);

/* How many elements of one offer are looked at; what comes after them is not read. */
#define WSC_DEFLATE_OFFERS_MAX 32
/* The elements named permessage-deflate of all Sec-WebSocket-Extensions fields of a head, in order. */
typedef struct wsc_deflate_offers {
    size_t num_offers;
    wsc_deflate_params offers[WSC_DEFLATE_OFFERS_MAX];
    wsc_deflate_faults faults[WSC_DEFLATE_OFFERS_MAX]; /* of the element at the same place */
} wsc_deflate_offers;
/* The offers of a request (http: a complete head). */
WSC_API void wsc_deflate_offers_read(wsc_deflate_offers *offers, const wsc_http *http);

/* What a server wants. All zero: it takes the first offer without fault, grants what that asks for and asks
   for nothing. */
typedef struct wsc_deflate_policy {
    bool server_no_context_takeover; /* respond with it, also unasked (7.1.1.1) */
    bool client_no_context_takeover; /* likewise (7.1.1.2) */
    bool follow_hints;               /* respond with the client_ parameters that an offer hints at */
    uint8_t server_max_window_bits;  /* largest window for own messages; 0: 15. Below 15 it is said */
    uint8_t client_max_window_bits; /* largest window of the peer, asked for where the offer permits; 0: 15 */
    bool client_max_window_bits_required; /* decline offers that do not permit to ask */
    uint8_t min_window_bits; /* decline offers that limit the own window below that; 0: none. 9 for an
                                endpoint that has no window of 8 bits */
} wsc_deflate_policy;
/* Chooses the answer of a server: the first offer (5) without fault that the policy permits. Returns its
   index and sets params to the response; -1 if all are declined. The response has no fault next to that
   offer. */
WSC_API int wsc_deflate_answer(wsc_deflate_params *params, const wsc_deflate_policy *policy,
                               const wsc_deflate_offers *offers);

/* What is wrong with a response next to one offered element: faults of the third group. */
WSC_API wsc_deflate_faults wsc_deflate_response_compare(const wsc_deflate_params *response,
                                                        const wsc_deflate_params *offer);

/* A response head as the client sees it that made these offers (its own, hence without fault). */
typedef struct wsc_deflate_response {
    bool agreed;               /* there is an element named permessage-deflate */
    wsc_deflate_params params; /* of the first one */
    wsc_deflate_faults faults; /* of all; next to the offers: those of the offer that it fits best */
} wsc_deflate_response;
/* http: a complete response head with status 101. A strict client fails the connection for any fault other
   than WSC_DEFLATE_FAULTS_TOLERATED. */
WSC_API void wsc_deflate_response_check(wsc_deflate_response *response, const wsc_http *http,
                                        const wsc_deflate_params *offers, size_t num_offers);

/* Octets of the longest element that wsc_deflate_element_write writes, NUL included. */
#define WSC_DEFLATE_ELEMENT_MAX 136
/* Writes an element ("permessage-deflate; client_max_window_bits"), which is how an offer and a response look
   alike, with NUL at its end. Returns its length; 0 if it does not fit into cap octets. */
WSC_API size_t wsc_deflate_element_write(char *dst, size_t cap, const wsc_deflate_params *params);

/* ---- Compressing (RFC 7692 7.2.1) --------------------------------------------------------------------- */

typedef enum wsc_deflate_strategy {
    WSC_DEFLATE_NORMAL = 0,
    WSC_DEFLATE_STORED,  /* stored blocks only */
    WSC_DEFLATE_FIXED,   /* no dynamic blocks */
    WSC_DEFLATE_HUFFMAN, /* no distances */
    WSC_DEFLATE_RLE      /* no distances but 1 */
} wsc_deflate_strategy;

typedef struct wsc_deflater_config {
    uint8_t window_bits; /* 8 to 15; 0: 15. Distances stay within 2^window_bits. zlib has no raw window of 8
                            bits; what is documented of it to stay within 256 octets is RLE, which 8 means */
    bool no_context_takeover;
    uint8_t level;     /* 1 (fast) to 9 (small); 0: 6 */
    uint8_t mem_level; /* 1 to 9, as zlib's; 0: 8 */
    wsc_deflate_strategy strategy;
    bool final_blocks; /* end each message with a block with BFINAL set (7.2.3.4). Its window is then empty
                          at the start of each message, whatever no_context_takeover says */
    size_t out_len;    /* octets of the buffer that output is given in; 0: 4096; at least 64 */
} wsc_deflater_config;

typedef struct wsc_deflater wsc_deflater; /* lives in the caller's memory */

/* Octets of memory that a deflater takes; 0 if the config is out of range. */
WSC_API size_t wsc_deflater_size(const wsc_deflater_config *config);
/* Makes a deflater in memory (of len octets, wsc_deflater_size or more, aligned as by malloc), which is the
   caller's, holds everything and has to outlive it. NULL if the config is out of range or len too small. */
WSC_API wsc_deflater *wsc_deflater_init(void *memory, size_t len, const wsc_deflater_config *config);

typedef enum wsc_flush {
    WSC_FLUSH_NONE = 0, /* more of the message follows; output may wait */
    WSC_FLUSH_FRAGMENT, /* all of the message so far comes out and ends at an octet; its tail stays on */
    WSC_FLUSH_MESSAGE   /* the message ends; the tail 00 00 ff ff is taken off (7.2.1) */
} wsc_flush;

typedef struct wsc_octets {
    const uint8_t *data;
    size_t len;
} wsc_octets;
/* Compresses the next piece of a message. Returns the octets of src that were consumed. out: octets of the
   compressed message, borrowed until the next call; call again with the rest and the same flush until
   out->len is 0, which means that all was consumed and that the flush is complete. The first call after a
   complete FLUSH_MESSAGE begins the next message. A message without octets is the single octet 00 (7.2.3.6).
 */
WSC_API size_t wsc_deflater_push(wsc_deflater *deflater, const uint8_t *src, size_t len, wsc_flush flush,
                                 wsc_octets *out);
/* The same for a message in one piece and in one go: returns its compressed size; 0 if that exceeds cap, and
   the deflater is then as good as new, its window empty. */
WSC_API size_t wsc_deflater_message(wsc_deflater *deflater, const uint8_t *src, size_t len, uint8_t *dst,
                                    size_t cap);
/* An upper bound of the size of a message of len octets, whatever the config. */
WSC_API size_t wsc_deflate_bound(size_t len);

/* ---- Decompressing (RFC 7692 7.2.2) ------------------------------------------------------------------- */

typedef enum wsc_inflate_status {
    WSC_INFLATE_MORE = 0, /* all input consumed, no output left */
    WSC_INFLATE_DATA,     /* data, len (>= 1): octets of the message, borrowed until the next call */
    WSC_INFLATE_END,      /* only from _end: the message is complete, the next one may begin */
    WSC_INFLATE_FAILED    /* fault; sticky */
} wsc_inflate_status;

typedef struct wsc_inflate_event {
    wsc_inflate_status status;
    wsc_fault fault; /* FAILED; WSC_FAULT_NONE otherwise */
    const uint8_t *data;
    size_t len;
} wsc_inflate_event;

typedef struct wsc_inflater_config {
    bool no_context_takeover; /* of the peer: each message starts with an empty window */
    uint64_t max_message;     /* octets of one message, decompressed; 0: no limit */
    size_t out_len;           /* octets of the buffer that output is given in; 0: 4096 */
} wsc_inflater_config;

typedef struct wsc_inflater wsc_inflater; /* lives in the caller's memory */

/* As for the deflater. The window is always one of 32 KiB: with a smaller one zlib would see a distance
   beyond it or not see it by how input and output are cut. */
WSC_API size_t wsc_inflater_size(const wsc_inflater_config *config);
WSC_API wsc_inflater *wsc_inflater_init(void *memory, size_t len, const wsc_inflater_config *config);
/* Decompresses a piece of a message's payload, unmasked, over the borders of its frames. Returns the octets
   consumed; call again with the rest until MORE or FAILED. What was decompressed before the fault is given
   before FAILED. Faults: deflate-invalid for all that zlib refuses; message-too-big, where exactly
   max_message octets were given before. Blocks with BFINAL set are blocks like others (7.2.1). */
WSC_API size_t wsc_inflater_push(wsc_inflater *inflater, const uint8_t *src, size_t len,
                                 wsc_inflate_event *event);
/* The message's payload is complete: appends 00 00 ff ff. Call until END or FAILED (deflate-end-in-block: the
   stream does not end at the end of a block). */
WSC_API void wsc_inflater_end(wsc_inflater *inflater, wsc_inflate_event *event);

/* ---- Inspecting --------------------------------------------------------------------------------------- */

/* How the payload of a message ends. */
typedef enum wsc_deflate_end {
    WSC_DEFLATE_END_PROPER = 0, /* in an empty stored block without its tail (7.2.1) */
    WSC_DEFLATE_END_TAIL_LEFT,  /* in an empty stored block with its tail, 00 00 ff ff, left on */
    WSC_DEFLATE_END_FINAL,      /* after a block with BFINAL set; the octet 00 is missing (7.2.3.4) */
    WSC_DEFLATE_END_BLOCK,      /* after any other block, which is not followed by an empty stored one */
    WSC_DEFLATE_END_INSIDE,     /* inside a block */
    WSC_DEFLATE_END_EMPTY       /* there is no payload at all */
} wsc_deflate_end;
/* "proper", "tail-left", "final", "block", "inside", "empty"; NULL for other values. */
WSC_API const char *wsc_deflate_end_name(wsc_deflate_end end);

/* What there is to know about one message. Nothing of it is a fault unless `faults` says so. */
typedef struct wsc_deflate_facts {
    uint64_t compressed;                         /* octets of the payload */
    uint64_t plain;                              /* octets that came out */
    uint64_t num_stored, num_fixed, num_dynamic; /* blocks by type, without the stored one at a proper end */
    uint64_t num_empty;                          /* blocks among these without any octet */
    uint64_t num_final;                          /* blocks with BFINAL set */
    uint64_t num_matches;                        /* distances used */
    uint64_t after_final;  /* octets of the payload after the first block with BFINAL set */
    uint64_t before_final; /* octets that had come out where that block ended */
    uint32_t max_distance; /* 0: none was used */
    uint32_t max_reach;    /* octets before the start of the message that a distance reached; > 0: takeover */
    wsc_deflate_end end;   /* valid after wsc_inspector_end */
    wsc_faults faults;
} wsc_deflate_facts;

typedef struct wsc_inspector_config {
    wsc_role sender;          /* who compresses what is inspected */
    uint8_t window_bits;      /* agreed for it, 8 to 15; 0: 15 */
    bool no_context_takeover; /* agreed for it */
    bool strict;              /* FAILED at the first fault of any kind. Otherwise only for data that has no
                                 meaning; distances beyond the agreed window or the message and a wrong end are
                                 noted, and the next message is read as if all had been well */
    uint64_t max_message;     /* octets of one message, decompressed; 0: no limit */
} wsc_inspector_config;

/* A Huffman code, ready for decoding. */
#define WSC_HUFFMAN_TABLE_BITS 10
typedef struct wsc_huffman {
    uint32_t table[1 << WSC_HUFFMAN_TABLE_BITS]; /* what the next bits mean, for codes that short */
    uint16_t symbols[288];                       /* in the order of their codes */
    uint16_t counts[16];                         /* codes by length */
    uint8_t table_bits, max_len, kind;
} wsc_huffman;

/* A context like the others, of some 75 KiB: its owner allocates it, there is nothing to free. */
typedef struct wsc_inspector {
    wsc_deflate_facts facts; /* public: of the message that is read or was read last */
    wsc_inspector_config config;
    uint64_t bits; /* octets of the input that are not used up yet, the next bit lowest */
    unsigned num_bits;
    uint8_t state, block_type;
    bool in_message, failed, final_block, fixed_tables;
    wsc_fault fault; /* sticky, or to be reported once the octets before it are given */
    uint16_t num_literals, num_distances, num_codes, num_lengths;
    uint32_t length,
        distance; /* of the match that is being read; length also: what is left of a stored block */
    uint32_t max_allowed;
    uint64_t final_at;
    size_t pos;                         /* in the window */
    int64_t message_start, block_start; /* likewise; below 0 if that slid out of it */
    uint8_t lengths[320];
    wsc_huffman literals, distances;
    uint8_t window[2 * WSC_WINDOW_MAX + 512];
} wsc_inspector;

WSC_API void wsc_inspector_init(wsc_inspector *inspector, const wsc_inspector_config *config);
/* Reads a piece of a message's payload, unmasked, over the borders of its frames. Returns the octets
   consumed; call again with the rest until MORE or FAILED. What was read before a fault is given before
   FAILED, and the consumed octets end with the one that shows the fault, at whatever cut. The first call
   after _end (or _init) begins a message. Always FAILED, then sticky: deflate-block-type,
   deflate-stored-length, deflate-code-lengths, deflate-length-symbol, deflate-distance-symbol,
   deflate-distance-before-start, message-too-big (where exactly max_message octets were given before). With
   strict also: deflate-window-client or -server, deflate-takeover-client or -server. */
WSC_API size_t wsc_inspector_push(wsc_inspector *inspector, const uint8_t *src, size_t len,
                                  wsc_inflate_event *event);
/* The message's payload is complete. END, or FAILED: with strict, if the end is not a proper one
   (deflate-tail-left, deflate-end-in-block, deflate-end-without-block), or for good if it failed before.
   inspector->facts is complete after it, until the next push or end. */
WSC_API void wsc_inspector_end(wsc_inspector *inspector, wsc_inflate_event *event);

#ifdef __cplusplus
}
#endif
#endif
