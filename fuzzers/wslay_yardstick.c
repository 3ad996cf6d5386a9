/* SPDX-License-Identifier: MIT */
/* Not an entry point that looks for anything: libwslay alone reads the input, in one piece and in one role,
   as a plain fuzz entry point of it would. scripts/bench fuzz compares the others with it. */
#include "fuzz.h"

#include <sys/types.h>
#include <wslay/wslay.h>

/* As in wslay_fuzzer.c: libwslay takes the room that a header declares. */
#define MESSAGE_MAX 3900

typedef struct source {
    const uint8_t *data;
    size_t left;
} source;

static ssize_t receive(wslay_event_context_ptr context, uint8_t *buf, size_t len, int flags, void *user) {
    source *s = user;
    (void)flags;
    if (s->left == 0) {
        wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    if (len > s->left) len = s->left;
    memcpy(buf, s->data, len);
    s->data += len;
    s->left -= len;
    return (ssize_t)len;
}

static void received(wslay_event_context_ptr context, const struct wslay_event_on_msg_recv_arg *arg,
                     void *user) {
    (void)context;
    (void)arg;
    (void)user;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct wslay_event_callbacks callbacks = {.recv_callback = receive,
                                                           .on_msg_recv_callback = received};
    if (size > FUZZ_MAX) return 0;
    source s = {data, size};
    wslay_event_context_ptr context;
    bool server = size >= 2 && data[1] >= 0x80;
    int failed = server ? wslay_event_context_server_init(&context, &callbacks, &s)
                        : wslay_event_context_client_init(&context, &callbacks, &s);
    if (failed != 0) abort();
    wslay_event_config_set_max_recv_msg_length(context, MESSAGE_MAX);
    wslay_event_recv(context);
    wslay_event_context_free(context);
    return 0;
}
