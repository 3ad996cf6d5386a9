/* SPDX-License-Identifier: MIT */
/* The opening handshake of the client (RFC 6455 4.1): writes the request, reads the response. */
#include "endpoint/faults.h"

#include <stdlib.h>
#include <string.h>

#define BIT(symbol) WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_##symbol)

/* Subprotocols that a request offers at most. */
#define PROTOCOLS_MAX 32

/* The names with ", " between them, as many as fit. */
static void join(char *text, size_t size, const char *const *names) {
    size_t used = 0;
    for (size_t i = 0; names[i] != NULL && i < PROTOCOLS_MAX; i++) {
        size_t gap = i > 0 ? 2 : 0, len = strlen(names[i]);
        if (len + gap > size - 1 - used) break;
        if (gap > 0) memcpy(text + used, ", ", gap);
        memcpy(text + used + gap, names[i], len);
        used += gap + len;
    }
    text[used] = '\0';
}

void ep_request_send(endpoint_core *core) {
    ep_answer request = ep_answer_new(0, "");
    uint8_t nonce[16];
    for (unsigned i = 0; i < 2; i++) {
        const uint64_t random = ep_random(core);
        memcpy(nonce + 8 * (size_t)i, &random, sizeof random);
    }
    wsc_key_encode(core->head->key, nonce);
    request.method = "GET";
    request.target = core->config.request->target;
    ep_answer_add(&request, "Host", core->config.request->host);
    ep_answer_add(&request, "Upgrade", "websocket");
    ep_answer_add(&request, "Connection", "Upgrade");
    ep_answer_add(&request, "Sec-WebSocket-Key", core->head->key);
    ep_answer_add(&request, "Sec-WebSocket-Version", "13");
    if (core->config.protocols != NULL && core->config.protocols[0] != NULL) {
        join(request.text, sizeof request.text, core->config.protocols);
        ep_answer_add(&request, "Sec-WebSocket-Protocol", request.text);
    }
    ep_deflate_offer(core, &request);
    if (core->fault != EP_NONE) ep_fault_ask(core, &request);
    ep_answer_send(core, &request);
    if (core->fault != EP_NONE) ep_fault_asked(core);
}

/* Fails the connection (RFC 6455 7.1.7): there is no Close frame before the handshake is complete. */
static void refuse(endpoint_core *core) {
    if (core->fault != EP_NONE && ep_fault_response_refused(core)) return;
    ep_end(core);
}

static void judge(endpoint_core *core) {
    const char *const *names = core->config.protocols;
    wsc_span protocols[PROTOCOLS_MAX], extension = {WSC_DEFLATE_NAME, strlen(WSC_DEFLATE_NAME)};
    wsc_offer offer = {.key = {core->head->key, strlen(core->head->key)},
                       .protocols = protocols,
                       .extensions = &extension,
                       .num_extensions = ep_deflate_offered(core) ? 1 : 0};
    wsc_response response;
    while (names != NULL && names[offer.num_protocols] != NULL && offer.num_protocols < PROTOCOLS_MAX) {
        const char *name = names[offer.num_protocols];
        protocols[offer.num_protocols++] = (wsc_span){name, strlen(name)};
    }
    wsc_response_check(&response, &core->head->http, &offer);
    /* A fold is to be read as SP (RFC 9112 5.2). */
    response.faults &= ~(WSC_HTTP_FAULTS_TOLERATED | BIT(FIELD_FOLDED));
    if (core->fault != EP_NONE) ep_fault_response(core, &response, &offer);
    if (core->phase != EP_HEAD) return;
    if (response.faults != 0 || !ep_deflate_judge(core))
        refuse(core);
    else if (ep_open_session(core))
        ep_enter(core, EP_OPEN);
    else
        core->broken = true;
}

size_t ep_response_push(endpoint_core *core, const uint8_t *data, size_t len) {
    wsc_http *http = &core->head->http;
    size_t used = 0;
    for (;;) {
        wsc_http_status status;
        used += wsc_http_push(http, data + used, len - used, &status);
        if (status == WSC_HTTP_MORE) return used;
        const bool interim =
            status == WSC_HTTP_DONE && http->status >= 100 && http->status < 200 && http->status != 101;
        if (!interim || (core->fault != EP_NONE && ep_fault_interim(core))) break;
        /* Others may come before the final response (RFC 9110 15.2). */
        wsc_http_init(http, WSC_HTTP_RESPONSE, core->head->buf, sizeof core->head->buf, core->head->fields,
                      EP_FIELDS_MAX);
    }
    judge(core);
    free(core->head);
    core->head = NULL;
    return used;
}
