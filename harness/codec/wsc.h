/* SPDX-License-Identifier: MIT */
/* libwsc: the WebSocket codec of wsconform (RFC 6455, and the HTTP/1.1 rules of its opening handshake).

   Conventions, stated once:
   - Octets in, events out. No I/O, no clock, no randomness and no heap: masking keys and buffers come from
     the caller. No globals: every context is independent, and one context is used by one thread at a time.
   - A context is a plain struct that its owner allocates. Its fields are private unless a comment says
     otherwise. `_init` never fails; there is no `_free`.
   - `data`/`len` are octets. A `wsc_span` borrows: it stays valid as long as what it was made from.
     Functions that take (data, len) accept data == NULL when len is 0.
   - Push functions take any piece of the input and return how many octets were consumed, with at most one
     event. Call again with the rest until the event is "more". The events do not depend on how the input
     was cut, except that payload events arrive in pieces.
   - The frame and HTTP layers observe: what is illegal is reported as named faults and decoding goes on as
     long as the octets have a meaning. The session layer judges: its first fault is final (sticky).
   - Fault names, never numbers, appear outside of this library. */
#ifndef WSC_H
#define WSC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WSC_API __attribute__((visibility("default")))

/* A borrowed run of octets; not terminated by NUL. */
typedef struct wsc_span {
    const char *data;
    size_t len;
} wsc_span;

/* The two roles of RFC 6455: it is the sender's role that decides about masking (5.1). */
typedef enum wsc_role { WSC_CLIENT, WSC_SERVER } wsc_role;

/* Opcodes (RFC 6455 5.2, 11.8). All other values from 3 to 15 are reserved. */
enum {
    WSC_OP_CONTINUATION = 0,
    WSC_OP_TEXT = 1,
    WSC_OP_BINARY = 2,
    WSC_OP_CLOSE = 8,
    WSC_OP_PING = 9,
    WSC_OP_PONG = 10
};

/* Name of an opcode as the RFC calls it ("text", "ping", ...); "reserved-3" ... "reserved-15" for others.
   opcode is taken modulo 16. Never NULL. */
WSC_API const char *wsc_opcode_name(unsigned opcode);

/* ---- Faults ------------------------------------------------------------------------------------------ */

/* X(symbol, name, requirement): one deviation from the RFCs that an observer can name. `requirement` is an id
   of cases/requirements.json. Frame faults need one frame alone, session faults need its context. */
#define WSC_FAULT_LIST(X)                                                                                    \
    /* one frame alone */                                                                                    \
    X(RSV1, "rsv1-set", "6455-5.2-2")                                                                        \
    X(RSV2, "rsv2-set", "6455-5.2-2")                                                                        \
    X(RSV3, "rsv3-set", "6455-5.2-2")                                                                        \
    X(OPCODE_RESERVED, "opcode-reserved", "iana-opcode")                                                     \
    X(LENGTH_NOT_MINIMAL, "length-not-minimal", "6455-5.2-16")                                               \
    X(LENGTH_TOP_BIT, "length-top-bit", "6455-5.2-14")                                                       \
    X(CONTROL_FRAGMENTED, "control-fragmented", "6455-5.5-3")                                                \
    X(CONTROL_TOO_LONG, "control-too-long", "6455-5.5-2")                                                    \
    /* one connection */                                                                                     \
    X(UNMASKED_FROM_CLIENT, "unmasked-from-client", "6455-5.1-1")                                            \
    X(MASKED_FROM_SERVER, "masked-from-server", "6455-5.1-5")                                                \
    X(CONTINUATION_WITHOUT_START, "continuation-without-start", "6455-5.2-10")                               \
    X(MESSAGE_INTERLEAVED, "message-interleaved", "6455-5.4-9")                                              \
    X(TEXT_NOT_UTF8, "text-not-utf8", "6455-5.6-1")                                                          \
    X(CLOSE_ONE_OCTET, "close-one-octet", "6455-5.5.1-2")                                                    \
    X(CLOSE_CODE_ILLEGAL, "close-code-illegal", "6455-5.5.1-2")                                              \
    X(CLOSE_REASON_NOT_UTF8, "close-reason-not-utf8", "6455-5.5.1-4")                                        \
    X(DATA_AFTER_CLOSE, "data-after-close", "6455-5.5.1-7")                                                  \
    X(CLOSE_AFTER_CLOSE, "close-after-close", "6455-5.5.1-8")                                                \
    X(MESSAGE_TOO_BIG, "message-too-big", "6455-10.4-2")                                                     \
    X(EOF_IN_FRAME, "eof-in-frame", "6455-7.1.1-1")                                                          \
    X(EOF_WITHOUT_CLOSE, "eof-without-close", "6455-7.1.1-1")                                                \
    /* one connection that agreed on permessage-deflate */                                                   \
    X(RSV1_ON_CONTINUATION, "rsv1-on-continuation", "7692-6.1-4")                                            \
    X(RSV1_ON_CONTROL, "rsv1-on-control", "7692-6.1-4")                                                      \
    X(DEFLATE_INVALID, "deflate-invalid", "7692-6.1-1")                                                      \
    X(DEFLATE_BLOCK_TYPE, "deflate-block-type", "1951-3.2.3-1")                                              \
    X(DEFLATE_STORED_LENGTH, "deflate-stored-length", "1951-3.2.4-2")                                        \
    X(DEFLATE_CODE_LENGTHS, "deflate-code-lengths", "1951-3.2.7-2")                                          \
    X(DEFLATE_LENGTH_SYMBOL, "deflate-length-symbol", "1951-3.2.6-1")                                        \
    X(DEFLATE_DISTANCE_SYMBOL, "deflate-distance-symbol", "1951-3.2.6-2")                                    \
    X(DEFLATE_DISTANCE_BEFORE_START, "deflate-distance-before-start", "1951-3.2.3-2")                        \
    X(DEFLATE_WINDOW_CLIENT, "deflate-window-client", "7692-7.2.1-17")                                       \
    X(DEFLATE_WINDOW_SERVER, "deflate-window-server", "7692-7.2.1-19")                                       \
    X(DEFLATE_TAKEOVER_CLIENT, "deflate-takeover-client", "7692-7.2.1-12")                                   \
    X(DEFLATE_TAKEOVER_SERVER, "deflate-takeover-server", "7692-7.2.1-15")                                   \
    X(DEFLATE_PADDING, "deflate-padding", "7692-7.2.1-7")                                                    \
    X(DEFLATE_TAIL_LEFT, "deflate-tail-left", "7692-7.2.1-3")                                                \
    X(DEFLATE_END_IN_BLOCK, "deflate-end-in-block", "7692-7.2.1-2")                                          \
    X(DEFLATE_END_WITHOUT_BLOCK, "deflate-end-without-block", "7692-7.2.1-2")

typedef enum wsc_fault {
    WSC_FAULT_NONE = 0,
#define WSC_FAULT_ENUM(symbol, name, requirement) WSC_FAULT_##symbol,
    WSC_FAULT_LIST(WSC_FAULT_ENUM)
#undef WSC_FAULT_ENUM
        WSC_FAULT_COUNT
} wsc_fault;

/* A set of faults: bit n stands for fault n. */
typedef uint64_t wsc_faults;
#define WSC_FAULT_BIT(fault) ((wsc_faults)1 << (fault))

/* Stable name of a fault ("rsv1-set"); "none" for WSC_FAULT_NONE; NULL for a value that is no fault. */
WSC_API const char *wsc_fault_name(wsc_fault fault);
/* Id of the requirement that a fault breaks; NULL for WSC_FAULT_NONE or a value that is no fault. */
WSC_API const char *wsc_fault_requirement(wsc_fault fault);
/* The fault of that name, or WSC_FAULT_NONE. */
WSC_API wsc_fault wsc_fault_from_name(const char *name);

/* ---- Frames (RFC 6455 5.2) --------------------------------------------------------------------------- */

/* How the payload length was, or is to be, written. */
typedef enum wsc_length_form {
    WSC_LENGTH_MINIMAL = 0, /* encoder only: the shortest form that holds the value */
    WSC_LENGTH_7 = 7,
    WSC_LENGTH_16 = 16,
    WSC_LENGTH_64 = 64
} wsc_length_form;

/* The largest frame header: 2 octets, 8 of length, 4 of masking key. */
#define WSC_HEADER_MAX 14
/* The largest payload of a control frame (5.5). */
#define WSC_CONTROL_MAX 125

/* Any frame header that the wire can carry, legal or not. All fields are public. */
typedef struct wsc_frame {
    bool fin, rsv1, rsv2, rsv3;
    bool masked;
    uint8_t opcode; /* 0 to 15 */
    uint8_t key[4]; /* masking key in wire order; zeros if not masked */
    wsc_length_form form;
    uint64_t length; /* as written, so up to 2^64-1 */
} wsc_frame;

/* Writes a frame header to dst and returns its size in octets (2 to 14). Nothing is checked for legality.
   Returns 0 if the length does not fit the form asked for (over 125 in 7 bits, over 65535 in 16) or the
   opcode is above 15. */
WSC_API size_t wsc_frame_encode(uint8_t dst[WSC_HEADER_MAX], const wsc_frame *frame);

/* The faults of a frame header by itself (the first group of WSC_FAULT_LIST). */
WSC_API wsc_faults wsc_frame_faults(const wsc_frame *frame);

typedef enum wsc_event_type {
    WSC_EVENT_MORE = 0, /* all input consumed, nothing to report */
    WSC_EVENT_HEADER,   /* a header is complete: frame, faults and header_len are set */
    WSC_EVENT_PAYLOAD,  /* some payload octets, still masked: data, len (>= 1), offset in the payload */
    WSC_EVENT_END,      /* the frame is complete (also after a frame without payload) */
    WSC_EVENT_FRAME     /* only from wsc_decode_whole: a frame at once, data and len are all of its payload */
} wsc_event_type;

typedef struct wsc_event {
    wsc_event_type type;
    wsc_frame frame;     /* of the frame that the event belongs to; undefined for MORE */
    wsc_faults faults;   /* wsc_frame_faults(&frame) */
    size_t header_len;   /* octets of the header on the wire */
    const uint8_t *data; /* borrows from src */
    size_t len;
    uint64_t offset;
} wsc_event;

typedef struct wsc_decoder {
    wsc_frame frame;
    wsc_faults faults;
    uint64_t offset;
    uint8_t header[WSC_HEADER_MAX];
    uint8_t header_len;
    uint8_t state;
} wsc_decoder;

WSC_API void wsc_decoder_init(wsc_decoder *decoder);
/* Decodes from src. Returns how many octets were consumed (0 to len; 0 only with an event other than MORE, or
   with len 0). Never refuses: illegal frames are reported in event->faults. A length with its top bit set
   is followed literally, so its payload never ends. */
WSC_API size_t wsc_decode(wsc_decoder *decoder, const uint8_t *src, size_t len, wsc_event *event);
/* The same, except that a frame that begins at src and lies there whole is one event, FRAME. Much faster for
   short frames; in return the events depend on how the input was cut. May take turns with wsc_decode. */
WSC_API size_t wsc_decode_whole(wsc_decoder *decoder, const uint8_t *src, size_t len, wsc_event *event);
/* True if the input ended inside a frame. */
WSC_API bool wsc_decoder_inside(const wsc_decoder *decoder);

/* ---- Masking (RFC 6455 5.3) -------------------------------------------------------------------------- */

/* dst[i] = src[i] XOR key[(offset + i) mod 4]. dst may equal src; otherwise they must not overlap. */
WSC_API void wsc_mask(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4], uint64_t offset);
/* The same, octet by octet: what tests and fuzzers compare with. */
WSC_API void wsc_mask_plain(uint8_t *dst, const uint8_t *src, size_t len, const uint8_t key[4],
                            uint64_t offset);

/* ---- UTF-8 (RFC 3629, RFC 6455 8.1) ------------------------------------------------------------------ */

/* State of a validation that goes on over pieces; all zero is the start state. */
typedef struct wsc_utf8 {
    uint32_t state; /* 0: at a character boundary; all else is private */
} wsc_utf8;

/* Validates the next piece. Returns len if no octet of it makes the text ill-formed; otherwise the index of
   the first octet after which no continuation could be well-formed (0 to len-1), and the state is
   then failed for good (later calls return 0 for len > 0). */
WSC_API size_t wsc_utf8_push(wsc_utf8 *utf8, const uint8_t *data, size_t len);
/* True if the text may end here: at a character boundary and not failed. */
WSC_API bool wsc_utf8_complete(const wsc_utf8 *utf8);
/* The same by a plain automaton, octet by octet. Its states are interchangeable with those above. */
WSC_API size_t wsc_utf8_push_plain(wsc_utf8 *utf8, const uint8_t *data, size_t len);
/* Whole text in one call. */
WSC_API bool wsc_utf8_valid(const uint8_t *data, size_t len);

/* ---- Close payloads (RFC 6455 5.5.1, 7.4) ------------------------------------------------------------ */

/* What a status code means on the wire. */
typedef enum wsc_code_class {
    WSC_CODE_INVALID,     /* 0-999: never valid */
    WSC_CODE_DEFINED,     /* 1000-1003, 1007-1011 and the later registered 1012-1014 */
    WSC_CODE_RESERVED,    /* 1004, 1016-2999: not assigned */
    WSC_CODE_NOT_ON_WIRE, /* 1005, 1006, 1015 */
    WSC_CODE_REGISTERED,  /* 3000-3999 */
    WSC_CODE_PRIVATE,     /* 4000-4999 */
    WSC_CODE_UNDEFINED    /* 5000-65535 */
} wsc_code_class;
WSC_API wsc_code_class wsc_code_classify(uint16_t code);
/* True if an endpoint may send the code in a Close frame: defined, registered or private. */
WSC_API bool wsc_code_sendable(uint16_t code);

typedef struct wsc_close {
    bool has_code;     /* false: empty body, or one octet */
    uint16_t code;     /* valid if has_code */
    wsc_span reason;   /* borrows from data; may be empty or ill-formed */
    wsc_faults faults; /* of CLOSE_ONE_OCTET, CLOSE_CODE_ILLEGAL, CLOSE_REASON_NOT_UTF8 */
} wsc_close;
/* Reads the unmasked payload of a Close frame. */
WSC_API void wsc_close_parse(wsc_close *close, const uint8_t *data, size_t len);
/* Writes a body of code and reason to dst and returns its size; 0 if it would exceed 125 octets. The code is
   not checked. */
WSC_API size_t wsc_close_encode(uint8_t dst[WSC_CONTROL_MAX], uint16_t code, const char *reason,
                                size_t reason_len);

/* ---- Session: the rules of one endpoint -------------------------------------------------------------- */

typedef enum wsc_session_event_type {
    WSC_SESSION_MORE = 0,      /* all input consumed, nothing to report */
    WSC_SESSION_MESSAGE_BEGIN, /* a message begins; opcode: text or binary */
    WSC_SESSION_DATA,        /* data, len (>= 1): unmasked, decompressed, checked octets of the message; they
                                borrow from scratch, src or the inspector, until the next call. opcode: of
                                the message */
    WSC_SESSION_MESSAGE_END, /* the message is complete and, if text, valid. opcode: of the message */
    WSC_SESSION_PING,        /* data, len: the payload, borrowed from the session until the next call */
    WSC_SESSION_PONG,        /* likewise */
    WSC_SESSION_MESSAGE,     /* only with whole_messages: a message at once; opcode, and data and len (also 0)
                                as of DATA */
    WSC_SESSION_CLOSE,       /* the peer's Close frame, legal; close.reason is borrowed likewise */
    WSC_SESSION_FAIL         /* the connection has to be failed (7.1.7): fault, code */
} wsc_session_event_type;

typedef struct wsc_session_event {
    wsc_session_event_type type;
    wsc_fault fault; /* FAIL; WSC_FAULT_NONE otherwise */
    uint16_t code;   /* FAIL: the fitting status code, wsc_fault_code(fault); undefined otherwise */
    uint8_t opcode;  /* 0 if the event has none */
    const uint8_t *data;
    size_t len;
    wsc_close close; /* CLOSE; undefined otherwise */
} wsc_session_event;

typedef struct wsc_session_config {
    wsc_role role;        /* of this endpoint; its peer has the other one */
    uint64_t max_message; /* octets of one message; 0: no limit. Checked from the frame header */
    uint8_t *scratch;     /* where masked payload is unmasked; caller's, must outlive the session. DATA events
                             are at most this long; 4 KiB and more are fastest. Not used by a client. NULL: the
                             session makes do with memory of its own, slowly */
    size_t scratch_len;   /* 0 if scratch is NULL */
    bool whole_messages;  /* A legal message of one frame that lies whole in the input (and fits into scratch,
                             if masked) is one event, MESSAGE, instead of BEGIN, DATA and END. Much faster for
                             short messages; in return the events depend on how the input was cut */
    struct wsc_inspector *inspector; /* NULL unless permessage-deflate was agreed; else initialised for the
                                        peer as the sender, strict if the peer's deviations are to be faults,
                                        and used by nobody else; caller's, must outlive the session, which
                                        sets its limit. max_message then bounds the decompressed octets
                                        exactly, and those of the frames to that, an eighth more and 64 */
} wsc_session_config;

typedef struct wsc_session {
    wsc_session_config config;
    wsc_decoder decoder;
    wsc_utf8 utf8;
    uint64_t message_len;
    wsc_fault fault;
    uint8_t control[WSC_CONTROL_MAX];
    uint8_t control_len;
    uint8_t message_opcode; /* 0: no message open */
    bool close_received, close_sent, failed;
    bool compressed;   /* the message that is or was open */
    wsc_fault pending; /* the fault that comes after what was reported last */
} wsc_session;

WSC_API void wsc_session_init(wsc_session *session, const wsc_session_config *config);
/* Processes octets that the peer sent after the opening handshake, by the same calling pattern as wsc_decode;
   stop at FAIL as well as at MORE.
   - The fault is the first one in the order of the octets. Of one header: rsv1 (with permessage-deflate
     rsv1-on-continuation or rsv1-on-control), rsv2, rsv3, opcode-reserved,
     control-fragmented, close-after-close or data-after-close, continuation-without-start or
     message-interleaved, unmasked-from-client or masked-from-server, control-too-long, length-top-bit,
     length-not-minimal, close-one-octet, message-too-big. These are found as soon as the header is complete;
     a bad close code or ill-formed UTF-8 at the octet that makes it so, where the octets before have been
     reported as DATA. The consumed octets end with the offending one, at whatever cut; except that ill-formed
     UTF-8 in a compressed message is found when more octets than that may have been decompressed.
   - Of a compressed message, faults of the inspector are found as wsc_deflate.h says, those of its end and
     too many octets included, and after all that was good was reported as DATA.
   - Once FAIL was given, every later call consumes all input and gives FAIL with the same fault.
   - Pings and pongs after the peer's Close frame are reported as ever. */
WSC_API size_t wsc_session_push(wsc_session *session, const uint8_t *src, size_t len,
                                wsc_session_event *event);
/* The peer's TCP stream ended. Gives FAIL with EOF_IN_FRAME or EOF_WITHOUT_CLOSE (or the earlier fault), or
   MORE if all was well: the peer had sent its Close frame. */
WSC_API void wsc_session_eof(wsc_session *session, wsc_session_event *event);
/* To be called when this endpoint has sent its Close frame; the peer may still send data until it answers. */
WSC_API void wsc_session_close_sent(wsc_session *session);
/* True if the message that is open, or was last, is a compressed one (RFC 7692 6): for BEGIN to END. */
WSC_API bool wsc_session_compressed(const wsc_session *session);
/* True if Close frames went both ways: the closing handshake is complete (5.5.1, 7.1.4). */
WSC_API bool wsc_session_closed(const wsc_session *session);
/* The status code that fits a fault: 1007 for text and for data that cannot be decompressed, 1009 for size,
   else 1002. */
WSC_API uint16_t wsc_fault_code(wsc_fault fault);

/* ---- HTTP/1.1 heads (RFC 9112, RFC 9110) ------------------------------------------------------------- */

/* X(symbol, name, requirement). Syntax faults of a message head, then faults of the opening handshake. Every
   fault is the sender's, and names the requirement that the sender breaks. */
#define WSC_HTTP_FAULT_LIST(X)                                                                               \
    /* the head of any message */                                                                            \
    X(LINE_BARE_LF, "line-bare-lf", "9112-2.1-1")                                                            \
    X(LINE_BARE_CR, "line-bare-cr", "9112-2.2-3")                                                            \
    X(LINE_EMPTY_FIRST, "line-empty-first", "9112-2.2-5")                                                    \
    X(START_LINE_MALFORMED, "start-line-malformed", "9112-3-1")                                              \
    X(METHOD_NOT_TOKEN, "method-not-token", "9110-5.6.2-1")                                                  \
    X(VERSION_MALFORMED, "version-malformed", "9112-2.3-1")                                                  \
    X(STATUS_MALFORMED, "status-malformed", "9112-4-1")                                                      \
    X(STATUS_WITHOUT_SPACE, "status-without-space", "9112-4-3")                                              \
    X(REASON_OCTET, "reason-octet", "9112-4-1")                                                              \
    X(FIELD_WITHOUT_COLON, "field-without-colon", "9112-5-1")                                                \
    X(FIELD_NAME_NOT_TOKEN, "field-name-not-token", "9110-5.6.2-1")                                          \
    X(FIELD_SPACE_BEFORE_COLON, "field-space-before-colon", "9112-5.1-1")                                    \
    X(FIELD_SPACE_BEFORE_FIRST, "field-space-before-first", "9112-2.2-7")                                    \
    X(FIELD_FOLDED, "field-folded", "9112-5.2-1")                                                            \
    X(FIELD_VALUE_OCTET, "field-value-octet", "9110-5.5-2")                                                  \
    X(HEAD_TOO_LONG, "head-too-long", "9110-5.4-1")                                                          \
    X(HEAD_TOO_MANY_FIELDS, "head-too-many-fields", "9110-5.4-1")                                            \
    X(HEAD_INCOMPLETE, "head-incomplete", "9112-2.1-1")                                                      \
    /* the opening handshake, request or response */                                                         \
    X(LIST_EMPTY_ELEMENT, "list-empty-element", "9110-5.6.1.1-1")                                            \
    X(UPGRADE_MALFORMED, "upgrade-malformed", "9110-5.6.2-1")                                                \
    X(CONNECTION_MALFORMED, "connection-malformed", "9110-5.6.2-1")                                          \
    X(EXTENSIONS_MALFORMED, "extensions-malformed", "6455-9.1-3")                                            \
    /* the request of an opening handshake */                                                                \
    X(METHOD_NOT_GET, "method-not-get", "6455-4.1-20")                                                       \
    X(TARGET_MALFORMED, "target-malformed", "6455-4.1-22")                                                   \
    X(VERSION_BELOW_1_1, "version-below-1.1", "6455-4.1-21")                                                 \
    X(HOST_MISSING, "host-missing", "6455-4.1-23")                                                           \
    X(HOST_DUPLICATE, "host-duplicate", "9110-5.3-2")                                                        \
    X(HOST_MALFORMED, "host-malformed", "9112-3.2-5")                                                        \
    X(UPGRADE_MISSING, "upgrade-missing", "6455-4.1-24")                                                     \
    X(UPGRADE_WITHOUT_WEBSOCKET, "upgrade-without-websocket", "6455-4.1-25")                                 \
    X(CONNECTION_MISSING, "connection-missing", "6455-4.1-26")                                               \
    X(CONNECTION_WITHOUT_UPGRADE, "connection-without-upgrade", "6455-4.1-27")                               \
    X(KEY_MISSING, "key-missing", "6455-4.1-28")                                                             \
    X(KEY_DUPLICATE, "key-duplicate", "6455-11.3.1-1")                                                       \
    X(KEY_NOT_16_OCTETS, "key-not-16-octets", "6455-4.1-29")                                                 \
    X(KEY_PAD_BITS, "key-pad-bits", "6455-E3150-1")                                                          \
    X(WS_VERSION_MISSING, "ws-version-missing", "6455-4.1-34")                                               \
    X(WS_VERSION_DUPLICATE, "ws-version-duplicate", "6455-11.3.5-3")                                         \
    X(WS_VERSION_NOT_13, "ws-version-not-13", "6455-4.1-35")                                                 \
    X(PROTOCOLS_MALFORMED, "protocols-malformed", "6455-4.1-37")                                             \
    X(PROTOCOLS_REPEATED, "protocols-repeated", "6455-4.1-38")                                               \
    X(CONTENT_LENGTH_MALFORMED, "content-length-malformed", "9112-6.3-3")                                    \
    X(BODY_ANNOUNCED, "body-announced", "6455-4.1-42")                                                       \
    /* the response of an opening handshake */                                                               \
    X(STATUS_NOT_101, "status-not-101", "6455-4.2.2-21")                                                     \
    X(RESPONSE_VERSION_BELOW_1_1, "response-version-below-1.1", "6455-11.1.1-4")                             \
    X(RESPONSE_UPGRADE_MISSING, "response-upgrade-missing", "9110-7.8-4")                                    \
    X(RESPONSE_UPGRADE_NOT_WEBSOCKET, "response-upgrade-not-websocket", "6455-4.2.2-22")                     \
    X(RESPONSE_CONNECTION_MISSING, "response-connection-missing", "6455-4.2.2-23")                           \
    X(RESPONSE_CONNECTION_WITHOUT_UPGRADE, "response-connection-without-upgrade", "9110-7.8-9")              \
    X(ACCEPT_MISSING, "accept-missing", "6455-4.2.2-24")                                                     \
    X(ACCEPT_DUPLICATE, "accept-duplicate", "6455-11.3.3-1")                                                 \
    X(ACCEPT_WRONG, "accept-wrong", "6455-4.2.2-24")                                                         \
    X(PROTOCOL_MALFORMED, "protocol-malformed", "6455-4.2.2-17")                                             \
    X(PROTOCOL_DUPLICATE, "protocol-duplicate", "6455-11.3.4-2")                                             \
    X(PROTOCOL_NOT_OFFERED, "protocol-not-offered", "6455-4.2.2-13")                                         \
    X(EXTENSION_NOT_OFFERED, "extension-not-offered", "6455-4.2.2-19")                                       \
    X(BODY_FORBIDDEN, "body-forbidden", "9112-6.1-1")                                                        \
    X(LENGTH_FORBIDDEN, "length-forbidden", "9110-8.6-1")

typedef enum wsc_http_fault {
    WSC_HTTP_FAULT_NONE = 0,
#define WSC_HTTP_FAULT_ENUM(symbol, name, requirement) WSC_HTTP_FAULT_##symbol,
    WSC_HTTP_FAULT_LIST(WSC_HTTP_FAULT_ENUM)
#undef WSC_HTTP_FAULT_ENUM
        WSC_HTTP_FAULT_COUNT
} wsc_http_fault;
typedef uint64_t wsc_http_faults;
#define WSC_HTTP_FAULT_BIT(fault) ((wsc_http_faults)1 << (fault))

/* Faults that the RFCs tell a recipient to live with: a first empty line (RFC 9112 2.2), empty list elements
   (RFC 9110 5.6.1.2), pad bits of the key (RFC 4648 3.5 permits both). A strict server refuses a request
   for any other fault; a strict client fails a 101 for any other than these and FIELD_FOLDED, which it has
   to join with SP (RFC 9112 5.2). */
#define WSC_HTTP_FAULTS_TOLERATED                                                                            \
    (WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_LINE_EMPTY_FIRST) |                                                   \
     WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_LIST_EMPTY_ELEMENT) |                                                 \
     WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_KEY_PAD_BITS))

WSC_API const char *wsc_http_fault_name(wsc_http_fault fault);
WSC_API const char *wsc_http_fault_requirement(wsc_http_fault fault);
WSC_API wsc_http_fault wsc_http_fault_from_name(const char *name);

typedef enum wsc_http_kind { WSC_HTTP_REQUEST, WSC_HTTP_RESPONSE } wsc_http_kind;
typedef enum wsc_http_status {
    WSC_HTTP_MORE = 0, /* all input consumed, the head is not complete */
    WSC_HTTP_DONE,     /* the head is complete; what follows it was not consumed */
    WSC_HTTP_FAILED    /* a bound was reached or the start line makes no sense; sticky, consumes all input */
} wsc_http_status;

typedef struct wsc_field {
    wsc_span name;  /* as received; ends before any white space in front of the colon; may be no token */
    wsc_span value; /* without surrounding white space; the line ends of folded lines stay inside */
} wsc_field;

/* One head. The fields below "results" are public. They borrow from the caller's buffer. After WSC_HTTP_MORE
   and WSC_HTTP_FAILED they hold what was read so far. */
typedef struct wsc_http {
    wsc_http_kind kind;
    uint8_t state;
    char *buf;
    size_t cap;
    size_t max_fields;
    size_t line_start;
    /* results */
    size_t len;              /* octets of the head in buf, line ends, blank line and all */
    wsc_span method, target; /* request; the target may have white space inside (START_LINE_MALFORMED) */
    wsc_span version;        /* "HTTP/1.1" as received */
    unsigned status;         /* response: 100 to 999, or 0 if malformed */
    wsc_span reason;         /* response */
    wsc_field *fields;       /* caller's array */
    size_t num_fields;
    wsc_http_faults faults; /* of the first group of WSC_HTTP_FAULT_LIST */
} wsc_http;

/* buf (cap octets) and fields (max_fields entries) are the caller's, bound the head, and must outlive http.
   A head of exactly cap octets and max_fields fields still fits. */
WSC_API void wsc_http_init(wsc_http *http, wsc_http_kind kind, char *buf, size_t cap, wsc_field *fields,
                           size_t max_fields);
/* Reads the next piece of a head, lenient where a meaning remains and with a fault noted for each deviation.
   Returns the octets consumed: never beyond the blank line, 0 once the head is complete, len once it failed.
   Failed means: cap or max_fields exceeded, or a start line that is neither "method target version" nor
   "HTTP/... status". Read on with a fault noted: a bare LF as line end; a bare CR as an octet of its line;
   empty lines before a request line; more white space than one SP in a start line; an obs-fold (RFC 9112
   5.2). Ignored with a fault noted: a line without colon and what is folded under it, and lines with leading
   white space before the first field (RFC 9112 2.2). Time is linear in the octets, however they are cut. */
WSC_API size_t wsc_http_push(wsc_http *http, const uint8_t *src, size_t len, wsc_http_status *status);
/* The stream ended: notes HEAD_INCOMPLETE and fails unless the head is complete or failed before. http->len
   is 0 if the stream ended before it began. */
WSC_API wsc_http_status wsc_http_eof(wsc_http *http);
/* The nth (from 0) field of that name, any letter case; NULL if there is none. */
WSC_API const wsc_field *wsc_http_field(const wsc_http *http, const char *name, size_t nth);
/* ASCII case-insensitive comparison of a span with a string. */
WSC_API bool wsc_span_is(wsc_span span, const char *string);

/* ---- Lists in header fields (RFC 9110 5.6.1, RFC 6455 9.1) -------------------------------------------- */

/* Walks a comma separated list over all fields of one name, in order. Empty elements are skipped; a comma
   inside a quoted string separates nothing; white space is SP, HTAB and the line ends of an obs-fold. The
   walk as a whole is linear in the octets of the head. */
typedef struct wsc_list {
    const wsc_http *http;
    const char *name;
    size_t field;
    size_t pos;
    bool present;   /* public, valid from the first call on: there is at least one field of that name */
    bool malformed; /* public: an element was no token (or no legal extension); the walk went on after it */
    bool empty_element; /* public: an empty element was skipped; a field without any element has none */
} wsc_list;
/* name must outlive the walk. */
WSC_API void wsc_list_init(wsc_list *list, const wsc_http *http, const char *name);
/* Next element as a token; false at the end. Something that is no token is returned as it stands, with
   list->malformed set. */
WSC_API bool wsc_list_token(wsc_list *list, wsc_span *token);

/* Bound of the parameters of one extension: a longer list is malformed. */
#define WSC_PARAMS_MAX 16
typedef struct wsc_param {
    wsc_span name;
    bool has_value;
    bool quoted;
    wsc_span value; /* quoted values without their quotes, escapes still in place */
} wsc_param;
typedef struct wsc_extension {
    wsc_span name;
    size_t num_params;
    wsc_param params[WSC_PARAMS_MAX];
} wsc_extension;
/* Next element as an extension with its parameters; false at the end. A malformed element (also one with more
   than WSC_PARAMS_MAX parameters, or a quoted value that is no token once unescaped) sets list->malformed
   and is skipped. White space around ";" and "=" is legal (RFC 6455 4.3: the implied LWS of RFC 2616). */
WSC_API bool wsc_list_extension(wsc_list *list, wsc_extension *extension);

/* ---- Opening handshake (RFC 6455 4) ------------------------------------------------------------------- */

#define WSC_KEY_LEN    24 /* base64 of 16 octets */
#define WSC_ACCEPT_LEN 28 /* base64 of a SHA-1 value */

/* base64 of 16 octets of the caller's randomness; dst gets 24 characters and NUL. */
WSC_API void wsc_key_encode(char dst[WSC_KEY_LEN + 1], const uint8_t nonce[16]);
/* True if the key decodes to 16 octets by RFC 4648; pad bits that are not zero are tolerated (KEY_PAD_BITS
   reports them; RFC 6455 itself had such an example before erratum 3150). */
WSC_API bool wsc_key_valid(wsc_span key);
/* Sec-WebSocket-Accept for a key, taken exactly as received (4.2.2); dst gets 28 characters and NUL. */
WSC_API void wsc_accept_encode(char dst[WSC_ACCEPT_LEN + 1], wsc_span key);

/* A request head, read as an opening handshake. Spans borrow from the head; empty if absent. */
typedef struct wsc_request {
    wsc_http_faults faults;                   /* those of the head and those of the handshake */
    wsc_span host, key, origin, ws_version;   /* of several fields, the first */
    bool offers_protocols, offers_extensions; /* the field is present, whatever its value */
} wsc_request;
/* How many subprotocols of a request PROTOCOLS_REPEATED looks at, so that a hostile list costs no quadratic
   time. */
#define WSC_PROTOCOLS_MAX 256
/* Faults as a strict server sees them (RFC 6455 4.2.1, RFC 9112, RFC 9110); http was initialised as a
   request. Unless the head is complete, only its own faults are given. */
WSC_API void wsc_request_check(wsc_request *request, const wsc_http *http);

/* What the client asked for: what an answer is measured against. */
typedef struct wsc_offer {
    wsc_span key;              /* the Sec-WebSocket-Key that was sent */
    const wsc_span *protocols; /* offered subprotocols */
    size_t num_protocols;
    const wsc_span *extensions; /* names of offered extensions */
    size_t num_extensions;
} wsc_offer;
/* A response head, read as the answer to an opening handshake. */
typedef struct wsc_response {
    wsc_http_faults faults; /* for a status other than 101: only syntax faults and STATUS_NOT_101 */
    wsc_span protocol;      /* the subprotocol chosen, offered or not; empty if none or malformed */
} wsc_response;
/* Faults as a strict client sees them (RFC 6455 4.1, 4.2.2); http was initialised as a response. Unless the
   head is complete, only its own faults are given. */
WSC_API void wsc_response_check(wsc_response *response, const wsc_http *http, const wsc_offer *offer);

#ifdef __cplusplus
}
#endif

/* permessage-deflate (RFC 7692). */
#include "wsc_deflate.h"
#endif
