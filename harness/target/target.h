/* SPDX-License-Identifier: MIT */
/* What is judged, as far as it is a process of ours: start it, wait until it accepts, watch it, end it.

   A target runs in a process group of its own; ending it ends the whole group (SIGTERM, then SIGKILL after a
   grace time). Its stdout and stderr are read (bounded: the last TARGET_OUTPUT_MAX octets of each are kept)
   and searched for sanitizer reports. */
#ifndef TARGET_TARGET_H
#define TARGET_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define TARGET_OUTPUT_MAX ((size_t)64 << 10)

typedef struct target_process target_process;

typedef enum target_state {
    TARGET_STARTING,
    TARGET_READY,  /* its port accepts */
    TARGET_EXITED, /* by itself, with target_exit_text */
    TARGET_FAILED  /* could not be started, or was not ready in time */
} target_state;

typedef struct target_events {
    void (*ready)(void *user);
    /* The process ended or never became ready. Comes once; not after target_stop. */
    void (*gone)(void *user);
} target_events;

/* A free TCP port on 127.0.0.1 (bound and released again). 0 if there is none. */
unsigned target_free_port(void);

/* Starts `command` by /bin/sh -c after replacing {port} by port (and {url} by url, if not NULL; {{ is a
   brace), then tries to connect to 127.0.0.1:port, then [::1]:port, until it accepts, up to wait_ms.
   wait_port == 0: ready as soon as started (clients). Returns NULL with a reason if it cannot be started at
   all. */
target_process *target_start(uv_loop_t *loop, const char *command, unsigned port, const char *url,
                             unsigned wait_ms, const target_events *events, void *user, char *error,
                             size_t error_len);
target_state target_process_state(const target_process *target);
/* "exited with status 1", "killed by SIGSEGV", "not ready within 5 s", ... ; "" while it runs. */
const char *target_exit_text(const target_process *target);
/* True if the process was ended by a signal or its output holds a sanitizer report. */
bool target_crashed(const target_process *target);
/* First lines of a sanitizer report seen in its output; "" if none. */
const char *target_sanitizer_text(const target_process *target);
/* What it wrote last, terminated by NUL. */
const char *target_output(const target_process *target);
/* Memory and descriptors now, from /proc: 0, or -1 if unknown. */
int target_usage(const target_process *target, uint64_t *rss_octets, unsigned *num_fds);
/* Ends the process group; `stopped` (may be NULL) is called when it is gone. The object is freed after that.
 */
void target_stop(target_process *target, void (*stopped)(void *user), void *user);

#endif
