/* SPDX-License-Identifier: MIT */
/* Targets that start, exit, crash, hang and will not stop. A listening program is made of this test itself:
   it is started again with the name of its part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "target/target.h"

static const char *own_program;

typedef struct watched_target {
    uv_loop_t loop;
    uv_timer_t guard;
    uint64_t deadline;
    target_process *target;
    unsigned num_ready;
    unsigned num_gone;
    unsigned num_stopped;
    char error[256];
} watched_target;

static void on_ready(void *user) {
    watched_target *watched = user;
    assert_int_equal(watched->num_ready + watched->num_gone + watched->num_stopped, 0);
    assert_int_equal(target_process_state(watched->target), TARGET_READY);
    watched->num_ready++;
}

static void on_gone(void *user) {
    watched_target *watched = user;
    assert_int_equal(watched->num_gone + watched->num_stopped, 0);
    assert_true(target_exit_text(watched->target)[0] != '\0');
    watched->num_gone++;
}

static void on_stopped(void *user) {
    watched_target *watched = user;
    watched->num_stopped++;
}

static const target_events events = {.ready = on_ready, .gone = on_gone};

/* Ticks, since UV_RUN_ONCE may wait although a timer has just done what is waited for. */
static void guard_tick(uv_timer_t *guard) {
    watched_target *watched = guard->data;
    if (uv_hrtime() < watched->deadline) return;
    if (watched->target != NULL && watched->num_stopped == 0) target_kill_now(watched->target);
    fail_msg("nothing happened for too long");
}

static void watched_init(watched_target *watched) {
    memset(watched, 0, sizeof *watched);
    assert_int_equal(uv_loop_init(&watched->loop), 0);
    uv_timer_init(&watched->loop, &watched->guard);
    watched->guard.data = watched;
    watched->deadline = uv_hrtime() + UINT64_C(60000000000);
    uv_timer_start(&watched->guard, guard_tick, 20, 20);
    uv_unref((uv_handle_t *)&watched->guard);
}

#define RUN_UNTIL(watched, condition)                                                                        \
    do {                                                                                                     \
        while (!(condition)) uv_run(&(watched)->loop, UV_RUN_ONCE);                                          \
    } while (0)

static void start(watched_target *watched, const char *command, unsigned port, unsigned wait_ms) {
    watched_init(watched);
    watched->target = target_start(&watched->loop, command, port, NULL, wait_ms, &events, watched,
                                   watched->error, sizeof watched->error);
    if (watched->target == NULL) fail_msg("%s", watched->error);
    assert_int_equal(target_process_state(watched->target), TARGET_STARTING);
    assert_int_equal(watched->num_ready + watched->num_gone, 0);
}

/* Starts this program in another part: "<part> {port}". */
static void start_own(watched_target *watched, const char *part, unsigned port, unsigned wait_ms) {
    char command[600];
    snprintf(command, sizeof command, "exec '%s' %s", own_program, part);
    start(watched, command, port, wait_ms);
}

static void stop(watched_target *watched) {
    unsigned num_gone = watched->num_gone;
    target_stop(watched->target, on_stopped, watched);
    assert_int_equal(watched->num_stopped, 0);
    RUN_UNTIL(watched, watched->num_stopped == 1);
    assert_int_equal(watched->num_gone, num_gone);
    uv_close((uv_handle_t *)&watched->guard, NULL);
    uv_run(&watched->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&watched->loop), 0);
}

/* Waits until the output shows the mark. */
static void run_until_output(watched_target *watched, const char *mark) {
    RUN_UNTIL(watched, strstr(target_output(watched->target), mark) != NULL);
}

static bool is_alive(long pid) {
    char path[64];
    char state = 'X';
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *stat = fopen(path, "re");
    if (stat == NULL) return false;
    if (fscanf(stat, "%*d %*s %c", &state) != 1) state = 'X';
    fclose(stat);
    return state != 'Z' && state != 'X';
}

/* The number behind the mark in the output. */
static long number_after(const watched_target *watched, const char *mark) {
    const char *at = strstr(target_output(watched->target), mark);
    assert_non_null(at);
    return strtol(at + strlen(mark), NULL, 10);
}

static void becomes_ready(const char *part) {
    watched_target watched;
    unsigned port = target_free_port();
    assert_int_not_equal(port, 0);
    start_own(&watched, part, port, 30000);
    RUN_UNTIL(&watched, watched.num_ready + watched.num_gone == 1);
    assert_int_equal(watched.num_ready, 1);
    assert_string_equal(target_exit_text(watched.target), "");
    assert_false(target_crashed(watched.target));
    uint64_t rss = 0;
    unsigned fds = 0;
    assert_int_equal(target_usage(watched.target, &rss, &fds), 0);
    assert_true(rss > 10000);
    assert_true(fds >= 4);
    stop(&watched);
}

static void ready_on_ipv4(void **state) {
    (void)state;
    becomes_ready("listen4 {port}");
}

static void ready_on_ipv6(void **state) {
    (void)state;
    becomes_ready("listen6 {port}");
}

static void ready_after_a_while(void **state) {
    (void)state;
    becomes_ready("listen-late {port}");
}

static void ready_at_once_without_a_port(void **state) {
    (void)state;
    for (unsigned port = 0; port < 2; port++) {
        watched_target watched;
        start(&watched, "sleep 1000", port, port == 0 ? 5000 : 0);
        RUN_UNTIL(&watched, watched.num_ready == 1);
        stop(&watched);
    }
}

static void check_exit(const char *command, const char *text, bool crashed) {
    watched_target watched;
    start(&watched, command, target_free_port(), 30000);
    RUN_UNTIL(&watched, watched.num_gone == 1);
    assert_int_equal(watched.num_ready, 0);
    assert_int_equal(target_process_state(watched.target), TARGET_EXITED);
    assert_string_equal(target_exit_text(watched.target), text);
    assert_int_equal(target_crashed(watched.target), crashed);
    uint64_t rss;
    unsigned fds;
    assert_int_equal(target_usage(watched.target, &rss, &fds), -1);
    target_kill_now(watched.target);
    stop(&watched);
}

static void exits_are_told(void **state) {
    (void)state;
    check_exit("exit 0", "exited with status 0", false);
    check_exit("exit 3", "exited with status 3", false);
    check_exit("exit 200", "exited with status 200", false);
    check_exit("/no/such/program {port}", "exited with status 127", false);
    check_exit("kill -SEGV $$", "killed by SIGSEGV", true);
    check_exit("kill -KILL $$", "killed by SIGKILL", true);
    check_exit("sh -c 'kill -ABRT $$'; exit $?", "killed by SIGABRT", true);
    check_exit("kill -40 $$", "killed by signal 40", true);
}

static void exit_after_ready_is_told(void **state) {
    (void)state;
    watched_target watched;
    start(&watched, "read line </dev/null; echo up; sleep 0.05; echo down; exit 4", 0, 0);
    RUN_UNTIL(&watched, watched.num_gone == 1);
    assert_int_equal(watched.num_ready, 1);
    assert_string_equal(target_exit_text(watched.target), "exited with status 4");
    assert_string_equal(target_output(watched.target), "up\ndown\n");
    stop(&watched);
}

static void never_ready(void **state) {
    (void)state;
    watched_target watched;
    start(&watched, "echo waiting; sleep 1000", target_free_port(), 300);
    RUN_UNTIL(&watched, watched.num_gone == 1);
    assert_int_equal(watched.num_ready, 0);
    assert_int_equal(target_process_state(watched.target), TARGET_FAILED);
    assert_string_equal(target_exit_text(watched.target), "was not ready within 300 ms");
    assert_false(target_crashed(watched.target));
    assert_string_equal(target_output(watched.target), "waiting\n");
    stop(&watched);
}

/* Its port takes connections of others only: what listens already is not the target. */
static void a_taken_port_is_refused(void **state) {
    (void)state;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t len = sizeof in;
    assert_int_equal(bind(fd, (struct sockaddr *)&in, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
    watched_target watched;
    watched_init(&watched);
    assert_null(target_start(&watched.loop, "sleep 1000", ntohs(in.sin_port), NULL, 1000, &events, &watched,
                             watched.error, sizeof watched.error));
    assert_non_null(strstr(watched.error, "in use"));
    assert_null(target_start(&watched.loop, "sleep 1000", 65536, NULL, 1000, &events, &watched, watched.error,
                             sizeof watched.error));
    assert_non_null(strstr(watched.error, "65536"));
    close(fd);
    uv_close((uv_handle_t *)&watched.guard, NULL);
    uv_run(&watched.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&watched.loop), 0);
}

static void a_command_too_long_is_refused(void **state) {
    (void)state;
    size_t len = (size_t)4 << 20;
    char *command = malloc(len);
    assert_non_null(command);
    memset(command, 'x', len);
    command[len - 1] = '\0';
    watched_target watched;
    watched_init(&watched);
    assert_null(target_start(&watched.loop, command, 0, NULL, 0, &events, &watched, watched.error,
                             sizeof watched.error));
    assert_non_null(strstr(watched.error, "/bin/sh"));
    free(command);
    uv_close((uv_handle_t *)&watched.guard, NULL);
    uv_run(&watched.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&watched.loop), 0);
}

static void url_and_port_are_replaced(void **state) {
    (void)state;
    watched_target watched;
    watched_init(&watched);
    watched.target = target_start(&watched.loop, "echo '{port} {url} {{'; echo err >&2", 4711, "ws://h/?a&b",
                                  0, &events, &watched, watched.error, sizeof watched.error);
    assert_non_null(watched.target);
    RUN_UNTIL(&watched, watched.num_gone == 1);
    assert_string_equal(target_output(watched.target), "4711 ws://h/?a&b {\nerr\n");
    stop(&watched);
}

static void sanitizer_report_makes_a_crash(void **state) {
    (void)state;
    watched_target watched;
    start(&watched,
          "echo start; printf '==1==ERROR: Addr' >&2; sleep 0.05; printf 'essSanitizer: heap-use' >&2; sleep "
          "0.05; "
          "printf -- '-after-free\\n    #0 main\\n' >&2; exit 1",
          0, 0);
    RUN_UNTIL(&watched, watched.num_gone == 1);
    assert_true(target_crashed(watched.target));
    assert_string_equal(target_exit_text(watched.target), "exited with status 1");
    assert_string_equal(target_sanitizer_text(watched.target),
                        "==1==ERROR: AddressSanitizer: heap-use-after-free\n    #0 main\n");
    stop(&watched);
    /* One that goes on after the report. */
    start(&watched, "echo 'x.c:1:2: runtime error: y' >&2; sleep 1000", 0, 0);
    RUN_UNTIL(&watched, target_crashed(watched.target));
    assert_string_equal(target_exit_text(watched.target), "");
    stop(&watched);
}

static void a_panic_is_output_and_no_report(void **state) {
    (void)state;
    watched_target watched;
    start(&watched, "echo 'panic: runtime error: index out of range' >&2; exit 2", 0, 0);
    RUN_UNTIL(&watched, watched.num_gone == 1);
    assert_false(target_crashed(watched.target));
    assert_string_equal(target_sanitizer_text(watched.target), "");
    assert_non_null(strstr(target_output(watched.target), "index out of range"));
    stop(&watched);
}

static void a_flood_of_output_is_bounded(void **state) {
    (void)state;
    watched_target watched;
    start(&watched,
          "yes flood | head -c 19999998; yes err 2>/dev/null | head -c 5000000 >&2; echo end; exit 5", 0, 0);
    RUN_UNTIL(&watched, watched.num_gone == 1);
    assert_string_equal(target_exit_text(watched.target), "exited with status 5");
    const char *output = target_output(watched.target);
    assert_int_equal(strlen(output), 2 * TARGET_OUTPUT_MAX);
    assert_memory_equal(output + TARGET_OUTPUT_MAX - 10, "flood\nend\n", 10);
    assert_memory_equal(output + 2 * TARGET_OUTPUT_MAX - 8, "err\nerr\n", 8);
    stop(&watched);
}

static void one_that_never_ends_its_flood_can_be_stopped(void **state) {
    (void)state;
    watched_target watched;
    start(&watched, "yes flood", 0, 0);
    run_until_output(&watched, "flood\nflood\n");
    stop(&watched);
}

/* Children that ignore SIGTERM, also in groups of their own: all are gone when it is stopped. */
static void a_stubborn_tree_is_stopped(void **state) {
    (void)state;
    watched_target watched;
    start(&watched,
          "trap '' TERM; sh -c 'trap \"\" TERM INT HUP; echo child=$$.; while :; do sleep 1; done' & "
          "set -m; sh -c 'trap \"\" TERM; echo other=$$.; while :; do sleep 1; done' & "
          "echo self=$$.; while :; do sleep 1; done",
          0, 0);
    run_until_output(&watched, "child=");
    run_until_output(&watched, "other=");
    run_until_output(&watched, "self=");
    long pids[] = {number_after(&watched, "child="), number_after(&watched, "other="),
                   number_after(&watched, "self=")};
    for (size_t i = 0; i < 3; i++) assert_true(is_alive(pids[i]));
    stop(&watched);
    for (size_t i = 0; i < 3; i++) assert_false(is_alive(pids[i]));
}

static void a_suspended_one_is_stopped(void **state) {
    (void)state;
    watched_target watched;
    start(&watched, "echo self=$$.; kill -STOP $$; sleep 1000", 0, 0);
    run_until_output(&watched, "self=");
    long pid = number_after(&watched, "self=");
    stop(&watched);
    assert_false(is_alive(pid));
}

/* The shell ends, what it left behind is ended too. */
static void what_an_exit_leaves_behind_is_killed(void **state) {
    (void)state;
    watched_target watched;
    start(&watched, "sh -c 'trap \"\" TERM; echo child=$$.; while :; do sleep 1; done' & sleep 0.2; exit 0",
          0, 0);
    RUN_UNTIL(&watched, watched.num_gone == 1);
    long pid = number_after(&watched, "child=");
    stop(&watched);
    assert_false(is_alive(pid));
}

static void stopped_at_any_time(void **state) {
    (void)state;
    for (int turns = 0; turns < 6; turns++) {
        watched_target watched;
        start_own(&watched, "listen-late {port}", target_free_port(), 30000);
        for (int i = 0; i < turns; i++) uv_run(&watched.loop, UV_RUN_ONCE);
        target_stop(watched.target, on_stopped, &watched);
        target_stop(watched.target, on_stopped, &watched);
        RUN_UNTIL(&watched, watched.num_stopped == 1);
        assert_int_equal(watched.num_gone + watched.num_ready, 0);
        uv_close((uv_handle_t *)&watched.guard, NULL);
        uv_run(&watched.loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&watched.loop), 0);
    }
    target_stop(NULL, on_stopped, NULL);
}

static void stop_in_ready(void *user) {
    watched_target *watched = user;
    watched->num_ready++;
    target_stop(watched->target, on_stopped, watched);
}

static void stop_in_gone(void *user) {
    watched_target *watched = user;
    watched->num_gone++;
    target_stop(watched->target, NULL, NULL);
}

static void stopped_inside_callbacks(void **state) {
    (void)state;
    static const target_events stoppers = {.ready = stop_in_ready, .gone = stop_in_gone};
    static const char *const commands[] = {"sleep 1000", "exit 1"};
    for (size_t i = 0; i < 2; i++) {
        watched_target watched;
        watched_init(&watched);
        watched.target =
            target_start(&watched.loop, commands[i], target_free_port(), NULL, i == 0 ? 0 : 30000, &stoppers,
                         &watched, watched.error, sizeof watched.error);
        assert_non_null(watched.target);
        RUN_UNTIL(&watched, watched.num_stopped + watched.num_gone == 1);
        uv_close((uv_handle_t *)&watched.guard, NULL);
        uv_run(&watched.loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&watched.loop), 0);
    }
}

static void killed_now(void **state) {
    (void)state;
    watched_target watched;
    start(&watched, "trap '' TERM; sh -c 'echo child=$$.; sleep 1000' & wait", 0, 0);
    run_until_output(&watched, "child=");
    long pid = number_after(&watched, "child=");
    target_kill_now(watched.target);
    RUN_UNTIL(&watched, watched.num_gone == 1);
    assert_string_equal(target_exit_text(watched.target), "killed by SIGKILL");
    stop(&watched);
    assert_false(is_alive(pid));
}

static void usage_covers_the_tree(void **state) {
    (void)state;
    watched_target watched;
    uint64_t rss_one, rss_all;
    unsigned fds_one, fds_all;
    start(&watched, "echo up; sleep 1000", 0, 0);
    run_until_output(&watched, "up");
    assert_int_equal(target_usage(watched.target, &rss_one, &fds_one), 0);
    stop(&watched);
    start(&watched, "sleep 1000 & sleep 1000 & exec 8</dev/null 9</dev/null; echo up; sleep 1000; exit", 0,
          0);
    run_until_output(&watched, "up");
    /* A process has hardly a page of its own between its fork and its exec: the sum grows for a moment. */
    do {
        assert_int_equal(target_usage(watched.target, &rss_all, &fds_all), 0);
        uv_run(&watched.loop, UV_RUN_ONCE);
    } while (rss_all <= rss_one);
    assert_true(fds_all >= 9 + 2);
    stop(&watched);
}

static void no_descriptor_leaks_into_it(void **state) {
    (void)state;
    watched_target watched;
    /* What this test has inherited itself does not count. */
    for (int fd = 3; fd < 1024; fd++) fcntl(fd, F_SETFD, FD_CLOEXEC);
    int own = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    start(&watched, "exec ls /proc/self/fd", 0, 0);
    RUN_UNTIL(&watched, watched.num_gone == 1);
    /* 3 is the directory that ls reads. */
    assert_string_equal(target_output(watched.target), "0\n1\n2\n3\n");
    stop(&watched);
    close(own);
    start(&watched, "readlink /proc/self/fd/0; echo x >/dev/stderr", 0, 0);
    RUN_UNTIL(&watched, watched.num_gone == 1);
    assert_string_equal(target_output(watched.target), "/dev/null\nx\n");
    stop(&watched);
}

static void free_ports_are_free_and_differ(void **state) {
    (void)state;
    unsigned last = 0;
    unsigned num_different = 0, num_free = 0;
    for (int i = 0; i < 20; i++) {
        unsigned port = target_free_port();
        assert_true(port > 1023 && port < 65536);
        num_different += port != last;
        last = port;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        /* Another process may have been quicker, but not each time. */
        num_free += bind(fd, (struct sockaddr *)&in, sizeof in) == 0;
        close(fd);
    }
    assert_true(num_different > 1);
    assert_true(num_free > 10);
}

/* The parts this program plays when a test has started it as a target. */
static int play_listener(const char *part, const char *port_text) {
    if (strcmp(part, "listen-late") == 0) usleep(150000);
    uint16_t port = htons((uint16_t)strtoul(port_text, NULL, 10));
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = port};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = port};
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    in6.sin6_addr = in6addr_loopback;
    bool v6 = strcmp(part, "listen6") == 0;
    int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result =
        v6 ? bind(fd, (struct sockaddr *)&in6, sizeof in6) : bind(fd, (struct sockaddr *)&in, sizeof in);
    if (result != 0 || listen(fd, 16) != 0) return 1;
    for (;;) {
        int conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        if (conn >= 0) close(conn);
    }
}

int main(int argc, char **argv) {
    if (argc == 3) return play_listener(argv[1], argv[2]);
    static char path[512];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    if (len <= 0) return 1;
    own_program = path;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ready_on_ipv4),
        cmocka_unit_test(ready_on_ipv6),
        cmocka_unit_test(ready_after_a_while),
        cmocka_unit_test(ready_at_once_without_a_port),
        cmocka_unit_test(exits_are_told),
        cmocka_unit_test(exit_after_ready_is_told),
        cmocka_unit_test(never_ready),
        cmocka_unit_test(a_taken_port_is_refused),
        cmocka_unit_test(a_command_too_long_is_refused),
        cmocka_unit_test(url_and_port_are_replaced),
        cmocka_unit_test(sanitizer_report_makes_a_crash),
        cmocka_unit_test(a_panic_is_output_and_no_report),
        cmocka_unit_test(a_flood_of_output_is_bounded),
        cmocka_unit_test(one_that_never_ends_its_flood_can_be_stopped),
        cmocka_unit_test(a_stubborn_tree_is_stopped),
        cmocka_unit_test(a_suspended_one_is_stopped),
        cmocka_unit_test(what_an_exit_leaves_behind_is_killed),
        cmocka_unit_test(stopped_at_any_time),
        cmocka_unit_test(stopped_inside_callbacks),
        cmocka_unit_test(killed_now),
        cmocka_unit_test(usage_covers_the_tree),
        cmocka_unit_test(no_descriptor_leaks_into_it),
        cmocka_unit_test(free_ports_are_free_and_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
