/* SPDX-License-Identifier: MIT */
/* What a target does besides WebSocket (--target-profile): it echoes, it is silent, or it answers as a
   profile says: one that the program knows by name, or a file. */
#ifndef CLI_PROFILE_H
#define CLI_PROFILE_H

#include "cli/cli.h"
#include "script/case.h"

typedef struct cli_profile {
    bool echoes;           /* the default; nothing of the rest then */
    char name[64];         /* "silent", or what the profile says */
    const test_case *sign; /* of life: what is sent, and what has to be answered */
    /* what `sign` is made of */
    test_case own;
    case_step steps[3];
    outcome outcomes[1];
    uint8_t question[4096];
} cli_profile;

/* profiles/nostr.json, compiled in: `--target-profile nostr`. */
extern const unsigned char profile_nostr[];
extern const size_t profile_nostr_len;

/* Returns 0, or EXIT_USAGE after a message. Refers to itself: not to be moved. */
int cli_profile_read(cli_profile *profile, const cli_options *options);

#endif
