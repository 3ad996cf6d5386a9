/* SPDX-License-Identifier: MIT */
/* The processes of a target, from /proc (proc(5)). */
#include "target/impl.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads the start of /proc/<pid>/<name> as text. Returns 0, or -1 if the process is gone. */
static int proc_read(const char *pid, const char *name, char *text, size_t text_size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t n = read(fd, text, text_size - 1);
    close(fd);
    if (n < 0) return -1;
    text[n] = '\0';
    return 0;
}

/* True if the process lives and belongs to the group or session. */
static bool is_member(const char *pid, pid_t leader) {
    char text[512];
    if (proc_read(pid, "stat", text, sizeof text) != 0) return false;
    /* The name of the program, in parentheses, may hold anything. */
    const char *after = strrchr(text, ')');
    char state;
    int parent, group, session;
    if (after == NULL || sscanf(after + 1, " %c %d %d %d", &state, &parent, &group, &session) != 4)
        return false;
    return state != 'Z' && state != 'X' && (group == leader || session == leader);
}

static uint64_t rss_octets(const char *pid) {
    char text[128];
    unsigned long long resident;
    if (proc_read(pid, "statm", text, sizeof text) != 0 || sscanf(text, "%*u %llu", &resident) != 1) return 0;
    return resident * (unsigned long long)sysconf(_SC_PAGESIZE);
}

static unsigned num_fds(const char *pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
    DIR *dir = opendir(path);
    if (dir == NULL) return 0;
    unsigned num = 0;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) num += entry->d_name[0] != '.';
    closedir(dir);
    return num;
}

int target__group_scan(pid_t leader, int signal_number, bool usage, target__group *group) {
    *group = (target__group){.num_processes = 0};
    DIR *proc = opendir("/proc");
    if (proc == NULL) return -1;
    for (const struct dirent *entry; (entry = readdir(proc)) != NULL;) {
        const char *pid = entry->d_name;
        if (!isdigit((unsigned char)pid[0]) || !is_member(pid, leader)) continue;
        group->num_processes++;
        if (signal_number != 0) kill((pid_t)strtol(pid, NULL, 10), signal_number);
        if (!usage) continue;
        group->rss_octets += rss_octets(pid);
        group->num_fds += num_fds(pid);
    }
    closedir(proc);
    return 0;
}
