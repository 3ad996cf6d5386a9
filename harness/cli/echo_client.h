/* SPDX-License-Identifier: MIT */
/* The reference client on the command line. */
#ifndef CLI_ECHO_CLIENT_H
#define CLI_ECHO_CLIENT_H

#include "cli/cli.h"
#include "endpoint/endpoint.h"

/* wsconform echo --connect URL: one connection. base: all but the request. Returns the exit code: 0 once
   frames went both ways, 1 if the handshake failed, 3 without a connection. A fault that makes the client die
   ends the process by a signal. */
int echo_connect(const cli_options *options, const endpoint_config *base);
/* wsconform echo --drive URL: all cases of a `wsconform client` (or another that knows its control URLs).
   Returns 0, or 3 if it could not be asked how many there are. */
int echo_drive(const cli_options *options, const endpoint_config *base);

#endif
