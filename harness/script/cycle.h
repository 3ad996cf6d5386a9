/* SPDX-License-Identifier: MIT */
/* Many compressed messages whose contents come round again: a second round that is compressed like the first
   one can be sent again as it is.

   A compressed message refers to at most what came before it. In the second round that is the second and the
   first one; in every later round the same content stands in the same places, so the octets of the second
   round mean the same there. Sending them again costs nothing, and no receiver can tell. */
#ifndef SCRIPT_CYCLE_H
#define SCRIPT_CYCLE_H

#include "judge/observe.h"
#include "script/case.h"
#include "script/head.h"

typedef struct emit_cycle emit_cycle;

/* True if so many messages go round often enough, with little enough to keep. */
bool emit_cycle_pays(const case_message *message, uint64_t count);
emit_cycle *emit_cycle_new(const case_message *message);
/* Message nth of all was compressed to these octets. */
void emit_cycle_put(emit_cycle *cycle, uint64_t nth, const octets *packed);
/* Gives the octets of message nth, and tells the observation what will begin at that offset of our stream.
   False if it has to be compressed. */
bool emit_cycle_get(emit_cycle *cycle, uint64_t nth, uint64_t offset, octets *packed, observation *o);
/* NULL is allowed. */
void emit_cycle_free(emit_cycle *cycle);

#endif
