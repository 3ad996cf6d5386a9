/* SPDX-License-Identifier: MIT */
/* What the log says of TLS, since its octets are not in it. Nothing is added for a connection without it. */
#ifndef SCRIPT_NOTES_H
#define SCRIPT_NOTES_H

#include <stdint.h>

#include "judge/observe.h"
#include "wire/wire.h"

/* Version, cipher and application protocol, of a connection that is open. t as observe_event has it. */
void notes_tls_begin(observation *o, const wire_conn *conn, uint64_t t);
/* Whether the peer said close_notify, or what broke TLS; to be called before the end itself is told. */
void notes_tls_end(observation *o, const wire_conn *conn, uint64_t t, wire_end end);

#endif
