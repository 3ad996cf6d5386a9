/* SPDX-License-Identifier: MIT */
/* What the files of this folder share; nothing else includes it. */
#ifndef TARGET_IMPL_H
#define TARGET_IMPL_H

#include "target/target.h"

#include <signal.h>
#include <sys/types.h>

enum { TARGET__LINE_MAX = 1024, TARGET__REPORT_MAX = 8 << 10, TARGET__REPORT_LINES = 60 };

struct target__stream;

/* The first sanitizer report of a process. */
typedef struct target__report {
    const struct target__stream *stream; /* that the report comes by; NULL: none seen */
    unsigned num_lines;
    size_t len;
    char text[TARGET__REPORT_MAX + 1];
} target__report;

/* The end of what was written to one stream. */
typedef struct target__stream {
    char *data; /* 2 * TARGET_OUTPUT_MAX octets, of which len are used */
    size_t len;
    char line[TARGET__LINE_MAX]; /* the line that has not ended yet */
    size_t line_len;
} target__stream;

/* Returns 0, or -1 if memory is short. */
int target__stream_init(target__stream *stream);
void target__stream_free(target__stream *stream);
void target__stream_feed(target__stream *stream, target__report *report, const char *data, size_t len);
/* Looks at the last line, which has no end. */
void target__stream_finish(target__stream *stream, target__report *report);
/* The last octets kept, at most TARGET_OUTPUT_MAX. */
const char *target__stream_tail(const target__stream *stream, size_t *len);

typedef struct target__group {
    unsigned num_processes; /* zombies not counted */
    uint64_t rss_octets;
    unsigned num_fds;
} target__group;
/* Looks at all processes of the session or process group `leader`, and sends each a signal if it is not 0.
   Returns 0, or -1 if /proc cannot be read. usage: also fill rss_octets and num_fds. */
int target__group_scan(pid_t leader, int signal_number, bool usage, target__group *group);

/* True if somebody listens on the port at a loopback address. */
bool target__port_is_taken(unsigned port);
/* Copy of command with {port}, {url} and {{ replaced, see target_start; to be freed. NULL if memory is short.
 */
char *target__command_expand(const char *command, unsigned port, const char *url);

#endif
