/* SPDX-License-Identifier: MIT */
/* What Autobahn|Testsuite would have said of a connection: its rules, with their weaknesses (see README.md),
   over what a record holds of it. The expectations are data (cases.json, member "exact"); everything here is
   pure. */
#ifndef AUTOBAHN_EXACT_H
#define AUTOBAHN_EXACT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "autobahn/names.h"
#include "autobahn/report.h"

/* What the rules can tell of a connection, beside the words. */
typedef struct ab_exact {
    ab_words words;
    bool close_known; /* false: nobody had closed when our run ended; theirs would have closed then */
    /* of what was received: */
    bool opened;      /* the opening handshake, as they look at it */
    bool silent;      /* nothing at all */
    bool unsolicited; /* a pong that answers no ping */
    bool unordered;   /* what they expected is complete, but in another order */
    bool faulty;      /* a frame for which they would have failed the connection */
    bool carried_on;  /* the peer neither closed nor ended TCP by itself */
    /* as they count it: they closed, Close frames went both ways and the server ended TCP, they ended TCP */
    bool closed_by_me, clean, dropped_by_me;
} ab_exact;

/* The words for a line of a record (members "events", "sent", "close", "problems", "wire"). judges_clients:
   the run judged clients, so theirs would have been the server. A case that nobody here stands for is
   UNIMPLEMENTED. */
ab_exact ab_exact_judge(const json_t *line, const ab_case *one, bool judges_clients);

/* How their suite would go on from where the connection stands; `events` as in a line. deadline: a wait of
   ours was in vain; otherwise our case is about to close. */
typedef enum ab_next {
    AB_NEXT_CLOSE, /* it closes with 1000: all came as expected */
    AB_NEXT_FAIL,  /* it waits for its timer, and closes with 1001 "Going Away" */
    AB_NEXT_EMPTY  /* it waits for its timer, and closes without a code */
} ab_next;
ab_next ab_exact_next(const json_t *events, const ab_case *one, bool deadline);

/* What is wrong with the member "exact" of a case, or NULL. */
const char *ab_exact_problem(const json_t *exact);

#endif
