/* SPDX-License-Identifier: MIT */
/* A client that dictates what it is sent: text messages with a JSON array, the name of a command and its
   arguments. Autobahn|Testsuite serves them at every path that means nothing else to it.

   ["sendframe", {"opcode": 1, "payload": "text", "payload_len": 1000, "fin": true, "rsv": 0, "mask":
   "01020304", "chopsize": 3, "sync": true}]: one frame. The payload is repeated up to payload_len octets; rsv
   is a number, 4 for RSV1; chopsize cuts the frame into segments. Only opcode is needed.
   ["sendframes", [{...}, ...]]: several. ["echo", {"payload", "payload_len"}]: a text message.
   ["close", {"code": 1000, "reason": "text"}]: a Close frame; both may be absent.

   Whatever cannot be done ends the connection. */
#ifndef RUNNER_COMMANDS_H
#define RUNNER_COMMANDS_H

#include "runner/door.h"
#include "wire/wire.h"

#define COMMANDS_MESSAGE_MAX ((size_t)1 << 20)  /* octets of a command */
#define COMMANDS_PAYLOAD_MAX ((size_t)16 << 20) /* octets of a frame's payload */
#define COMMANDS_IDLE_MS     60000              /* without a command */

typedef struct commands commands;

/* Answers the handshake with that key and serves the client until the connection ends; the connection belongs
   to it from now on. It stands in the list as long. */
void commands_start(commands **list, uv_loop_t *loop, wire_conn *conn, wsc_span key);
/* Closes all of them. The loop has to turn afterwards. */
void commands_end(commands **list);

#endif
