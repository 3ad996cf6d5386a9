/* SPDX-License-Identifier: MIT */
#include "target/impl.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LOWEST_PORT = 10000,
    MIN_CHOICE = 1000, /* ports below the ephemeral ones, for it to be worth while to pick there */
    TRIES = 200
};

/* Binds a socket to the port of the loopback address of a family. Connections of the past in TIME_WAIT are no
   hindrance if reuse is set. Returns the socket, -1 if the port is taken, -2 if there is no such address or
   the port is not for us. */
static int bind_loopback(int family, unsigned port, bool reuse) {
    struct sockaddr_storage addr = {0};
    socklen_t len;
    if (family == AF_INET) {
        struct sockaddr_in *in = (struct sockaddr_in *)&addr;
        *in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        len = sizeof *in;
    } else {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&addr;
        *in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
        in6->sin6_addr = in6addr_loopback;
        len = sizeof *in6;
    }
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -2;
    int on = reuse;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&addr, len) == 0) return fd;
    int result = errno == EADDRINUSE ? -1 : -2;
    close(fd);
    return result;
}

static bool is_taken(unsigned port, bool reuse) {
    int in = bind_loopback(AF_INET, port, reuse);
    if (in >= 0) close(in);
    int in6 = bind_loopback(AF_INET6, port, reuse);
    if (in6 >= 0) close(in6);
    return in == -1 || in6 == -1;
}

bool target__port_is_taken(unsigned port) {
    return is_taken(port, true);
}

/* Also for a target that does not set SO_REUSEADDR. */
static bool is_free_for_all(unsigned port) {
    return !is_taken(port, false);
}

/* A port that the system picks. */
static unsigned port_any(void) {
    for (int i = 0; i < TRIES; i++) {
        int fd = bind_loopback(AF_INET, 0, false);
        if (fd < 0) return 0;
        struct sockaddr_in own = {0};
        socklen_t len = sizeof own;
        int result = getsockname(fd, (struct sockaddr *)&own, &len);
        close(fd);
        if (result != 0) return 0;
        if (is_free_for_all(ntohs(own.sin_port))) return ntohs(own.sin_port);
    }
    return 0;
}

unsigned target_free_port(void) {
    unsigned first_ephemeral = 0;
    FILE *range = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    if (range != NULL) {
        if (fscanf(range, "%u", &first_ephemeral) != 1) first_ephemeral = 0;
        fclose(range);
    }
    /* Between now and the target's bind, any connection of this machine may take an ephemeral port. */
    if (first_ephemeral > 65536) first_ephemeral = 65536;
    for (int i = 0; first_ephemeral > LOWEST_PORT + MIN_CHOICE && i < TRIES; i++) {
        uint32_t random;
        if (uv_random(NULL, NULL, &random, sizeof random, 0, NULL) != 0) break;
        unsigned port = LOWEST_PORT + random % (first_ephemeral - LOWEST_PORT);
        if (is_free_for_all(port)) return port;
    }
    return port_any();
}
