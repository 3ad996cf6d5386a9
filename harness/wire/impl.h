/* SPDX-License-Identifier: MIT */
/* What the files of this folder share; nothing else includes it. */
#ifndef WIRE_IMPL_H
#define WIRE_IMPL_H

#include "wire/wire.h"

/* Takes over fd, a connected stream socket that does not block, as a connection without an owner that awaits
   TLS unless tls is NULL. NULL if memory is short; fd is closed then. `listener` may be NULL, else it is told
   of the end by wire__listener_release. */
wire_conn *wire__conn_adopt(uv_loop_t *loop, int fd, wire_tls *tls, wire_listener *listener);
/* Begins with a connection that has been given its owner; closes one that has none. */
void wire__conn_open(wire_conn *conn);
/* One connection of the listener is gone. May free the listener if that has been closed. */
void wire__listener_release(wire_listener *listener);
/* Size of the address in a target, for connect and bind. */
socklen_t wire__addr_len(const struct sockaddr_storage *addr);

/* Where the segments of one send end (see wire_cut); the cuts are borrowed. */
typedef struct wire__segments {
    const size_t *cuts;
    size_t num_cuts;
    size_t next_cut;
    size_t every;
    size_t every_limit;
    size_t len;
} wire__segments;
void wire__segments_init(wire__segments *segments, size_t len, const wire_cut *cut);
/* End of the segment that starts at pos (< len). pos must not decrease from call to call. */
size_t wire__segments_end(wire__segments *segments, size_t pos);

#endif
