/* SPDX-License-Identifier: MIT */
/* Compressed messages of ours (RFC 7692 7.2.1). */
#ifndef SCRIPT_PACK_H
#define SCRIPT_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "script/case.h"
#include "script/head.h"

/* What compresses the messages of one direction; all zero but for the first two is the start state. */
typedef struct packer {
    const wsc_deflate_params *agreed;
    wsc_role sender;
    wsc_deflater_config config; /* of the deflater */
    wsc_deflater *deflater;     /* NULL: none yet */
    void *memory;
} packer;

/* Where the octets of a message come from: pieces one after the other. */
typedef struct pack_piece {
    const payload *payload;
    uint64_t offset, len;
} pack_piece;

/* Appends the compressed message. Its window goes on from the message before if that was made here in the
   same way, and if the agreement or `how` permits. */
void pack_message(packer *p, const case_compress *how, const pack_piece *pieces, size_t num_pieces,
                  octets *out);
/* The next message starts with an empty window: the peer has seen compressed messages from elsewhere. */
void pack_forget(packer *p);
void pack_free(packer *p);

#endif
