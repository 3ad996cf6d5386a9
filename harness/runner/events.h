/* SPDX-License-Identifier: MIT */
/* What was said on a connection, in short: messages and control frames in order, however many frames and
   octets they took. Members "sent" and "events" of a line of a record (reports/README.md). */
#ifndef RUNNER_EVENTS_H
#define RUNNER_EVENTS_H

#include <jansson.h>

#include "judge/observe.h"

#define EVENTS_MAX                                                                                           \
    256 /* entries of a list, each for a run of equal events; then one that counts the rest                  \
         */

/* Messages and pings of ours that a strict peer takes, fences apart. The caller owns the list. */
json_t *events_sent(const observation *o);
/* What came from the peer, fences and probes apart, with the first of each fault of its frames, and when
   either side began to close. A message that equals one of ours is named by that one's number. */
json_t *events_received(const observation *o);

#endif
