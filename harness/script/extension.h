/* SPDX-License-Identifier: MIT */
/* permessage-deflate in the opening handshake of a run. */
#ifndef SCRIPT_EXTENSION_H
#define SCRIPT_EXTENSION_H

#include <stdbool.h>

#include "script/case.h"

#define EXTENSION_FIELD "Sec-WebSocket-Extensions: "
/* What is offered for cases that are about something else: a line of a request. */
#define EXTENSION_WITH EXTENSION_FIELD WSC_DEFLATE_NAME "; client_max_window_bits"

typedef char extension_line[sizeof EXTENSION_FIELD + 2048];

/* The line with which a case answers a client that made these offers: as it says, or what the client asks
   for, with client_no_context_takeover if it gave that hint. False if the case has nothing to say to this
   client. */
bool extension_answer(const test_case *test, const wsc_deflate_offers *offers, extension_line line);

#endif
