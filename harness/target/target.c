/* SPDX-License-Identifier: MIT */
#include "target/impl.h"

#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    READ_SIZE = 64 << 10,
    READS_PER_TURN = 16,
    PROBE_FAST_MS = 20,
    PROBE_SLOW_MS = 100,
    PROBE_FAST_FOR_MS = 1000,
    PROBE_TIMEOUT_MS = 1000,
    STOP_TICK_FIRST_MS = 2,
    STOP_TICK_MAX_MS = 32,
    STOP_GIVE_UP_MS = 2000, /* after SIGKILL */
    NUM_STREAMS = 2
};

struct target_process {
    uv_loop_t *loop;
    uv_process_t process;
    uv_timer_t timer; /* next probe, or next look at a group that is being stopped */
    uv_poll_t polls[NUM_STREAMS];
    int fds[NUM_STREAMS]; /* our ends of stdout and stderr; -1: closed */
    unsigned num_handles;
    pid_t pid;

    const target_events *events;
    void *user;
    target_state state;
    bool spawned;
    bool exited;
    bool by_signal;
    char exit_text[128];

    wire_target probe_target;
    wire_conn *probe;
    unsigned wait_ms;
    uint64_t started;

    target__stream streams[NUM_STREAMS];
    target__report report;
    char *output; /* made by target_output */

    bool stopping;
    bool exited_before_stop;
    bool closing;
    unsigned tick_ms;
    uint64_t stop_at;
    void (*stopped)(void *user);
    void *stopped_user;
};

static void target_free(target_process *target) {
    for (int i = 0; i < NUM_STREAMS; i++) target__stream_free(&target->streams[i]);
    free(target->output);
    free(target);
}

static void on_closed(uv_handle_t *handle) {
    target_process *target = handle->data;
    if (--target->num_handles != 0) return;
    if (target->stopped != NULL) target->stopped(target->stopped_user);
    target_free(target);
}

static void stream_close(target_process *target, int i) {
    if (target->fds[i] < 0) return;
    uv_close((uv_handle_t *)&target->polls[i], on_closed);
    close(target->fds[i]);
    target->fds[i] = -1;
}

static void probe_close(target_process *target) {
    wire_close(target->probe);
    target->probe = NULL;
}

/* Closes everything; the object is freed when the loop has turned. */
static void target_close(target_process *target) {
    if (target->closing) return;
    target->closing = true;
    probe_close(target);
    for (int i = 0; i < NUM_STREAMS; i++) stream_close(target, i);
    uv_close((uv_handle_t *)&target->timer, on_closed);
    if (target->spawned) uv_close((uv_handle_t *)&target->process, on_closed);
}

/* Reads what is there, bounded. */
static void stream_read(target_process *target, int i) {
    char data[READ_SIZE];
    for (unsigned turn = 0; turn < READS_PER_TURN && target->fds[i] >= 0; turn++) {
        ssize_t n = read(target->fds[i], data, sizeof data);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
        if (n <= 0) {
            target__stream_finish(&target->streams[i], &target->report);
            stream_close(target, i);
            return;
        }
        target__stream_feed(&target->streams[i], &target->report, data, (size_t)n);
    }
}

static void on_output(uv_poll_t *handle, int status, int events) {
    (void)status; /* reading says what it is */
    (void)events;
    target_process *target = handle->data;
    stream_read(target, handle == &target->polls[0] ? 0 : 1);
}

static const char *signal_name(int number) {
    switch (number) {
    case SIGABRT: return "SIGABRT";
    case SIGALRM: return "SIGALRM";
    case SIGBUS: return "SIGBUS";
    case SIGFPE: return "SIGFPE";
    case SIGHUP: return "SIGHUP";
    case SIGILL: return "SIGILL";
    case SIGINT: return "SIGINT";
    case SIGKILL: return "SIGKILL";
    case SIGPIPE: return "SIGPIPE";
    case SIGQUIT: return "SIGQUIT";
    case SIGSEGV: return "SIGSEGV";
    case SIGSYS: return "SIGSYS";
    case SIGTERM: return "SIGTERM";
    case SIGTRAP: return "SIGTRAP";
    case SIGUSR1: return "SIGUSR1";
    case SIGUSR2: return "SIGUSR2";
    case SIGXCPU: return "SIGXCPU";
    case SIGXFSZ: return "SIGXFSZ";
    default: return NULL;
    }
}

/* The shell reports a child that was killed by a signal as status 128 + number. */
static int signal_of_status(int64_t status) {
    int number = status > 128 && status < 128 + 65 ? (int)status - 128 : 0;
    return signal_name(number) != NULL ? number : 0;
}

static void exit_describe(target_process *target, int64_t status, int signal_number) {
    int number = signal_number != 0 ? signal_number : signal_of_status(status);
    const char *name = signal_name(number);
    target->by_signal = number != 0;
    if (number == 0)
        snprintf(target->exit_text, sizeof target->exit_text, "exited with status %lld", (long long)status);
    else if (name != NULL)
        snprintf(target->exit_text, sizeof target->exit_text, "killed by %s", name);
    else
        snprintf(target->exit_text, sizeof target->exit_text, "killed by signal %d", number);
}

static void on_stop_tick(uv_timer_t *handle);

static void on_process_exit(uv_process_t *process, int64_t status, int signal_number) {
    target_process *target = process->data;
    target->exited = true;
    if (target->stopping) {
        uv_timer_start(&target->timer, on_stop_tick, 0, 0);
        return;
    }
    /* What it wrote before its end lies in the pipes. */
    for (int i = 0; i < NUM_STREAMS; i++) {
        stream_read(target, i);
        target__stream_finish(&target->streams[i], &target->report);
    }
    kill(-target->pid, SIGKILL);
    if (target->state == TARGET_FAILED) return;
    exit_describe(target, status, signal_number);
    target->state = TARGET_EXITED;
    uv_timer_stop(&target->timer);
    probe_close(target);
    if (target->events->gone != NULL) target->events->gone(target->user);
}

static uint64_t elapsed_ms(const target_process *target) {
    return (wire_now() - target->started) / 1000000;
}

static void on_timer(uv_timer_t *handle);

static void become_ready(target_process *target) {
    target->state = TARGET_READY;
    uv_timer_stop(&target->timer);
    if (target->events->ready != NULL) target->events->ready(target->user);
}

static void become_failed(target_process *target) {
    if (target->wait_ms % 1000 == 0)
        snprintf(target->exit_text, sizeof target->exit_text, "was not ready within %u s",
                 target->wait_ms / 1000);
    else
        snprintf(target->exit_text, sizeof target->exit_text, "was not ready within %u ms", target->wait_ms);
    target->state = TARGET_FAILED;
    if (target->events->gone != NULL) target->events->gone(target->user);
}

/* Waits for the time of the next probe, or for the end of the time to become ready. */
static void probe_later(target_process *target) {
    uint64_t elapsed = elapsed_ms(target);
    uint64_t left = elapsed < target->wait_ms ? target->wait_ms - elapsed : 0;
    uint64_t wait = elapsed < PROBE_FAST_FOR_MS ? PROBE_FAST_MS : PROBE_SLOW_MS;
    uv_timer_start(&target->timer, on_timer, wait < left ? wait : left, 0);
}

static void on_probe_opened(void *user) {
    target_process *target = user;
    probe_close(target);
    become_ready(target);
}

static void on_probe_ended(void *user, wire_end end) {
    (void)end;
    target_process *target = user;
    probe_close(target);
    probe_later(target);
}

static void on_timer(uv_timer_t *handle) {
    static const wire_events events = {.opened = on_probe_opened, .ended = on_probe_ended};
    target_process *target = handle->data;
    if (target->wait_ms == 0) {
        become_ready(target);
        return;
    }
    uint64_t elapsed = elapsed_ms(target);
    if (elapsed >= target->wait_ms) {
        become_failed(target);
        return;
    }
    uint64_t left = target->wait_ms - elapsed;
    unsigned timeout = left < PROBE_TIMEOUT_MS ? (unsigned)left : PROBE_TIMEOUT_MS;
    target->probe = wire_connect(target->loop, &target->probe_target, timeout, &events, target);
    if (target->probe == NULL) probe_later(target); /* out of descriptors for the moment */
}

/* Where the probes go: 127.0.0.1, then ::1. */
static int probe_prepare(target_process *target, unsigned port, char *error, size_t error_len) {
    wire_address address = {.host = "127.0.0.1"};
    wire_target in6;
    snprintf(address.port, sizeof address.port, "%hu", (unsigned short)port);
    if (wire_resolve(&target->probe_target, &address, error, error_len) != 0) return -1;
    snprintf(address.host, sizeof address.host, "::1");
    if (wire_resolve(&in6, &address, error, error_len) != 0) return -1;
    target->probe_target.more[0] = in6.addr;
    target->probe_target.num_more = 1;
    return 0;
}

/* Makes a pipe for one stream: our end goes to target, the other is returned. Negative: error of libuv. */
static int stream_open(target_process *target, int i) {
    uv_file pipe[2];
    int result = uv_pipe(pipe, UV_NONBLOCK_PIPE, 0);
    if (result != 0) return result;
    result = uv_poll_init(target->loop, &target->polls[i], pipe[0]);
    if (result != 0) {
        close(pipe[0]);
        close(pipe[1]);
        return result;
    }
    target->polls[i].data = target;
    target->num_handles++;
    target->fds[i] = pipe[0];
    uv_poll_start(&target->polls[i], UV_READABLE, on_output);
    return pipe[1];
}

/* Starts the process. Returns 0 or an error of libuv. */
static int spawn(target_process *target, char *command) {
    char shell[] = "/bin/sh";
    char flag[] = "-c";
    char *args[] = {shell, flag, command, NULL};
    int child_fds[NUM_STREAMS] = {-1, -1};
    uv_stdio_container_t stdio[1 + NUM_STREAMS] = {{.flags = UV_IGNORE}};
    uv_process_options_t options = {.exit_cb = on_process_exit, .file = shell, .args = args};
    options.flags = UV_PROCESS_DETACHED; /* setsid: a session and group of its own */
    options.stdio = stdio;
    options.stdio_count = 1 + NUM_STREAMS;
    int result = 0;
    for (int i = 0; i < NUM_STREAMS && result >= 0; i++) {
        result = child_fds[i] = stream_open(target, i);
        stdio[1 + i] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = child_fds[i]};
    }
    if (result >= 0) {
        result = uv_spawn(target->loop, &target->process, &options);
        target->spawned = true; /* the handle has to be closed even if that failed */
        target->num_handles++;
    }
    for (int i = 0; i < NUM_STREAMS; i++)
        if (child_fds[i] >= 0) close(child_fds[i]);
    return result;
}

/* An object without handles. */
static target_process *target_new(uv_loop_t *loop, const target_events *events, void *user) {
    target_process *target = calloc(1, sizeof *target);
    if (target == NULL) return NULL;
    target->output = malloc(NUM_STREAMS * TARGET_OUTPUT_MAX + 1);
    bool complete = target->output != NULL;
    for (int i = 0; i < NUM_STREAMS; i++) {
        target->fds[i] = -1;
        complete = target__stream_init(&target->streams[i]) == 0 && complete;
    }
    if (!complete) {
        target_free(target);
        return NULL;
    }
    target->loop = loop;
    target->events = events;
    target->user = user;
    target->process.data = target->timer.data = target;
    return target;
}

target_process *target_start(uv_loop_t *loop, const char *command, unsigned port, const char *url,
                             unsigned wait_ms, const target_events *events, void *user, char *error,
                             size_t error_len) {
    bool probing = port != 0 && wait_ms != 0;
    if (port > 65535 || (probing && target__port_is_taken(port))) {
        snprintf(error, error_len, port > 65535 ? "port %u is out of range" : "port %u is in use already",
                 port);
        return NULL;
    }
    target_process *target = target_new(loop, events, user);
    char *expanded = target__command_expand(command, port, url);
    if (target == NULL || expanded == NULL ||
        (probing && probe_prepare(target, port, error, error_len) != 0)) {
        if (target == NULL || expanded == NULL) snprintf(error, error_len, "out of memory");
        free(expanded);
        if (target != NULL) target_free(target);
        return NULL;
    }
    uv_timer_init(loop, &target->timer);
    target->num_handles = 1;
    target->wait_ms = probing ? wait_ms : 0;
    target->started = wire_now();
    int result = spawn(target, expanded);
    free(expanded);
    if (result != 0) {
        snprintf(error, error_len, "cannot start /bin/sh: %s", uv_strerror(result));
        target_close(target);
        return NULL;
    }
    target->pid = target->process.pid;
    uv_update_time(loop);
    uv_timer_start(&target->timer, on_timer, 0, 0);
    return target;
}

target_state target_process_state(const target_process *target) {
    return target->state;
}

const char *target_exit_text(const target_process *target) {
    return target->exit_text;
}

bool target_crashed(const target_process *target) {
    return target->by_signal || target->report.stream != NULL;
}

const char *target_sanitizer_text(const target_process *target) {
    return target->report.text;
}

const char *target_output(const target_process *target) {
    size_t used = 0;
    for (int i = 0; i < NUM_STREAMS; i++) {
        size_t len;
        const char *tail = target__stream_tail(&target->streams[i], &len);
        memcpy(target->output + used, tail, len);
        used += len;
    }
    target->output[used] = '\0';
    return target->output;
}

int target_usage(const target_process *target, uint64_t *rss_octets, unsigned *num_fds) {
    target__group group;
    if (target->exited || target__group_scan(target->pid, 0, true, &group) != 0 || group.num_processes == 0)
        return -1;
    *rss_octets = group.rss_octets;
    *num_fds = group.num_fds;
    return 0;
}

static void on_stop_tick(uv_timer_t *handle) {
    target_process *target = handle->data;
    uint64_t since = (wire_now() - target->stop_at) / 1000000;
    bool late = since >= TARGET_GRACE_MS || target->exited_before_stop;
    if (late) kill(-target->pid, SIGKILL);
    target__group group;
    if (target__group_scan(target->pid, late ? SIGKILL : 0, false, &group) != 0)
        group.num_processes = kill(-target->pid, 0) == 0;
    if ((target->exited && group.num_processes == 0) || since >= TARGET_GRACE_MS + STOP_GIVE_UP_MS) {
        target_close(target);
        return;
    }
    if (target->tick_ms < STOP_TICK_MAX_MS) target->tick_ms *= 2;
    uv_timer_start(handle, on_stop_tick, target->tick_ms, 0);
}

void target_stop(target_process *target, void (*stopped)(void *user), void *user) {
    if (target == NULL || target->stopping) return;
    target->stopping = true;
    target->exited_before_stop = target->exited;
    target->stopped = stopped;
    target->stopped_user = user;
    target->stop_at = wire_now();
    target->tick_ms = STOP_TICK_FIRST_MS;
    probe_close(target);
    if (!target->exited) {
        kill(-target->pid, SIGTERM);
        kill(-target->pid, SIGCONT); /* one that is suspended could not take the signal */
    }
    uv_timer_start(&target->timer, on_stop_tick, target->exited ? 0 : target->tick_ms, 0);
}

void target_kill_now(const target_process *target) {
    if (!target->exited) kill(-target->pid, SIGKILL);
}
