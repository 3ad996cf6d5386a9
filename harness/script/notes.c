/* SPDX-License-Identifier: MIT */
#include "script/notes.h"

#include <stdio.h>

void notes_tls_begin(observation *o, const wire_conn *conn, uint64_t t) {
    wire_tls_info info;
    char text[240];
    if (!wire_tls_describe(conn, &info)) return;
    snprintf(text, sizeof text, "%s, %s%s%s", info.version, info.cipher, *info.alpn ? ", ALPN " : "",
             info.alpn);
    observe_event(o, OBS_HARNESS, t, OBS_NOTE, text);
}

void notes_tls_end(observation *o, const wire_conn *conn, uint64_t t, wire_end end) {
    wire_tls_info info;
    const char *text = NULL;
    if (end == WIRE_END_FIN && wire_tls_describe(conn, &info))
        text = info.notified ? "TLS ended with close_notify" : "TCP ended without close_notify of TLS";
    if (end == WIRE_END_TLS) text = wire_error(conn);
    if (text) observe_event(o, OBS_PEER, t, OBS_NOTE, text);
}
