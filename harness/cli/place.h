/* SPDX-License-Identifier: MIT */
/* Where to connect to, or to listen, and how. */
#ifndef CLI_PLACE_H
#define CLI_PLACE_H

#include "cli/cli.h"
#include "cli/secure.h"
#include "wire/wire.h"

/* A server that is connected to. Refers to itself: not to be moved. */
typedef struct cli_place {
    wire_url url;
    wire_target target; /* of the proxy, if there is one */
    wire_tunnel tunnel;
    cli_tls tls;
} cli_place;

/* Reads a URL (text) and the flags that say how to get there. authority: as in cli_tls_connect. Returns 0, or
   EXIT_USAGE or EXIT_TARGET (no such host) after a message. */
int cli_place_read(cli_place *place, const cli_options *o, const char *text, const wire_tls *authority);
/* After all connections are gone; zero is allowed. */
void cli_place_free(cli_place *place);

/* An address that is listened on. */
typedef struct cli_door {
    wire_address address;
    wire_target target;
    cli_tls tls;
} cli_door;

/* Reads an address, or ws://ADDRESS or wss://ADDRESS (--tls says the latter, too). Returns 0, or EXIT_USAGE
   after a message. */
int cli_door_read(cli_door *door, const cli_options *options, const char *text);
void cli_door_free(cli_door *door);
/* The URL for clients of this machine, without a path. */
void cli_door_url(const cli_door *door, unsigned port, char *text, size_t text_len);

/* Lines that are added to requests: --header, --origin, --cookie, --user, --bearer. */
#define CLI_LINE_MAX 4096
typedef struct cli_lines {
    const char *items[CLI_LIST_MAX + 4]; /* NULL-terminated */
    size_t num;
    char origin[CLI_LINE_MAX], cookie[CLI_LINE_MAX], authorization[CLI_LINE_MAX];
} cli_lines;
/* Returns 0, or EXIT_USAGE after a message. Refers to itself and to the options. */
int cli_lines_read(cli_lines *lines, const cli_options *options);
/* "Basic ..." for "NAME:PASSWORD" of so many octets. Returns 0, or -1 if it does not fit. */
int cli_basic(char *value, size_t size, const char *text, size_t len);

/* Writes the flags that get to the same place in the same way, quoted for a shell, each with a space before
   it; nothing at all if they do not fit. */
void cli_place_flags(const cli_options *options, char *text, size_t size);

#endif
