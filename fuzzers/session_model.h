/* SPDX-License-Identifier: MIT */
/* The rules of a session once more, over a whole input, without states that go from piece to piece: what the
   session's own way is compared with. */
#ifndef SESSION_MODEL_H
#define SESSION_MODEL_H

#include "fuzz.h"

typedef struct session_rules {
    wsc_role role;
    uint64_t max_message;
    wsc_inspector *inspector; /* ready to be used, or NULL: no permessage-deflate */
} session_rules;

/* An event of a session, as octets; MORE is nothing. */
void session_trace(fuzz_trace *trace, const wsc_session_event *event);

/* What a peer is to be told about the input that its counterpart sent, then end of stream: events as
   session_trace writes them. *consumed: the octets up to the one that is to blame, or all. What compressed
   messages hold the inspector says, octet by octet: deflate_fuzzer.c is about that. */
void session_model(fuzz_trace *trace, const uint8_t *data, size_t size, const session_rules *rules,
                   size_t *consumed);

#endif
