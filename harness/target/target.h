/* SPDX-License-Identifier: MIT */
/* What is judged, as far as it is a process of ours: start it, wait until it accepts, watch it, end it.

   A target runs in a session and process group of its own; ending it ends the whole group (SIGTERM, then
   SIGKILL after TARGET_GRACE_MS). Its stdin is /dev/null; its stdout and stderr are read (bounded: the last
   TARGET_OUTPUT_MAX octets of each are kept) and searched for sanitizer reports. Callbacks run on the loop,
   never inside a call of the owner; all texts are borrowed until the next call or loop turn. */
#ifndef TARGET_TARGET_H
#define TARGET_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define TARGET_OUTPUT_MAX ((size_t)64 << 10)
#define TARGET_GRACE_MS   2000

typedef struct target_process target_process;

typedef enum target_state {
    TARGET_STARTING,
    TARGET_READY,  /* its port accepts */
    TARGET_EXITED, /* by itself, with target_exit_text */
    TARGET_FAILED  /* was not ready in time; it may still run, until target_stop */
} target_state;

typedef struct target_events {
    void (*ready)(void *user);
    /* The process ended (what it wrote before has been read) or never became ready. Comes once; not after
       target_stop. What was left of its process group is killed if the process has ended. */
    void (*gone)(void *user);
} target_events;

/* A free TCP port on 127.0.0.1 and, where there is IPv6, on [::1] (bound and released again), outside the
   range that the system takes source ports from if possible. 0 if there is none. */
unsigned target_free_port(void);

/* Starts `command` by /bin/sh -c after replacing {port} by port (if not 0) and {url} by url (if not NULL), as
   they stand, without quoting; {{ becomes a brace, other braces stay. Then tries to connect to
   127.0.0.1:port, then [::1]:port, until it accepts, up to wait_ms. port == 0 or wait_ms == 0: ready as soon
   as started (clients). Callbacks of events may be NULL; events and user must outlive the target. Returns
   NULL with a reason if it cannot be started at all, or if something else accepts on the port already; the
   loop has to turn after that, too. */
target_process *target_start(uv_loop_t *loop, const char *command, unsigned port, const char *url,
                             unsigned wait_ms, const target_events *events, void *user, char *error,
                             size_t error_len);
target_state target_process_state(const target_process *target);
/* "exited with status 1", "killed by SIGSEGV", "was not ready within 5 s", ... ; "" while it runs. */
const char *target_exit_text(const target_process *target);
/* True if the process was ended by a signal (also if the shell says so of its child, by status 128 + number)
   or its output holds a sanitizer report. */
bool target_crashed(const target_process *target);
/* First lines of the first sanitizer report seen in its output; "" if none. */
const char *target_sanitizer_text(const target_process *target);
/* What it wrote last: stdout's end, then stderr's end, terminated by NUL (octets 0 are shown as '?'). */
const char *target_output(const target_process *target);
/* Memory (resident octets; what processes share counts for each) and descriptors of all its processes now,
   from /proc: 0, or -1 if unknown or if it does not run. */
int target_usage(const target_process *target, uint64_t *rss_octets, unsigned *num_fds);
/* Ends the process group; `stopped` (may be NULL) is called when it is gone. The object is freed after that
   and must not be used after this call. NULL is allowed: then nothing is called. */
void target_stop(target_process *target, void (*stopped)(void *user), void *user);
/* Kills the process group at once and does nothing else; may be called from a signal handler or at exit,
   until the object is freed. */
void target_kill_now(const target_process *target);

#endif
