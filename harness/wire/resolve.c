/* SPDX-License-Identifier: MIT */
#include "wire/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static void addr_text(char *text, size_t text_len, const struct sockaddr_storage *addr) {
    char numeric[INET6_ADDRSTRLEN] = "";
    if (addr->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)addr;
        inet_ntop(AF_INET, &in->sin_addr, numeric, sizeof numeric);
        snprintf(text, text_len, "%s:%u", numeric, ntohs(in->sin_port));
    } else {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;
        inet_ntop(AF_INET6, &in6->sin6_addr, numeric, sizeof numeric);
        snprintf(text, text_len, "[%s]:%u", numeric, ntohs(in6->sin6_port));
    }
}

static int resolve_unix(wire_target *target, const char *path) {
    struct sockaddr_un *un = (struct sockaddr_un *)&target->addr;
    un->sun_family = AF_UNIX;
    size_t len = strnlen(path, sizeof un->sun_path - 1);
    memcpy(un->sun_path, path, len);
    snprintf(target->text, sizeof target->text, "unix:%s", un->sun_path);
    return 0;
}

/* Adds one address unless it is there already (the resolver's files may say things twice). */
static unsigned target_add(wire_target *target, unsigned num, const struct addrinfo *info) {
    struct sockaddr_storage addr = {0};
    memcpy(&addr, info->ai_addr, info->ai_addrlen);
    if (num == 0) {
        target->addr = addr;
        return 1;
    }
    if (memcmp(&addr, &target->addr, sizeof addr) == 0) return num;
    for (unsigned i = 0; i < target->num_more; i++)
        if (memcmp(&addr, &target->more[i], sizeof addr) == 0) return num;
    if (target->num_more == WIRE_TARGET_MORE) return num;
    target->more[target->num_more++] = addr;
    return num + 1;
}

int wire_resolve(wire_target *target, const wire_address *address, char *error, size_t error_len) {
    memset(target, 0, sizeof *target);
    if (address->path[0] != '\0') return resolve_unix(target, address->path);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *infos = NULL;
    int result = getaddrinfo(address->host, address->port, &hints, &infos);
    if (result != 0) {
        snprintf(error, error_len, "cannot resolve host \"%.200s\": %s", address->host,
                 result == EAI_SYSTEM ? strerror(errno) : gai_strerror(result));
        return -1;
    }
    unsigned num = 0;
    for (const struct addrinfo *info = infos; info != NULL; info = info->ai_next)
        if ((info->ai_family == AF_INET || info->ai_family == AF_INET6) &&
            info->ai_addrlen <= sizeof target->addr)
            num = target_add(target, num, info);
    freeaddrinfo(infos);
    if (num == 0) {
        snprintf(error, error_len, "cannot resolve host \"%.200s\": no address of IPv4 or IPv6",
                 address->host);
        return -1;
    }
    addr_text(target->text, sizeof target->text, &target->addr);
    return 0;
}
