/* SPDX-License-Identifier: MIT */
#include "target/impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the text at `at` stands for, if it stands for something, and its length. */
static const char *replacement(const char *at, const char *port, const char *url, size_t *len) {
    if (strncmp(at, "{{", 2) == 0) {
        *len = 2;
        return "{";
    }
    if (*port != '\0' && strncmp(at, "{port}", 6) == 0) {
        *len = 6;
        return port;
    }
    if (url != NULL && strncmp(at, "{url}", 5) == 0) {
        *len = 5;
        return url;
    }
    return NULL;
}

char *target__command_expand(const char *command, unsigned port, const char *url) {
    char port_text[16] = "";
    if (port != 0) snprintf(port_text, sizeof port_text, "%u", port);
    char *result = NULL;
    /* Twice the same way: first to measure, then to write. */
    for (;;) {
        size_t used = 0;
        for (const char *at = command; *at != '\0';) {
            size_t len = 1;
            const char *text = replacement(at, port_text, url, &len);
            size_t text_len = text != NULL ? strlen(text) : 1;
            if (result != NULL) memcpy(result + used, text != NULL ? text : at, text_len);
            used += text_len;
            at += len;
        }
        if (result != NULL) return result;
        result = calloc(1, used + 1);
        if (result == NULL) return NULL;
    }
}
