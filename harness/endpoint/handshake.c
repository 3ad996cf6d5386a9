/* SPDX-License-Identifier: MIT */
/* The opening handshake of the server (RFC 6455 4.2): reads the request head and answers it. */
#include "endpoint/faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIT(symbol) WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_##symbol)

/* ---- Refusing ----------------------------------------------------------------------------------------- */

typedef struct refusal {
    wsc_http_faults faults; /* any of these */
    unsigned status;
    const char *phrase, *content;
    bool upgrade;  /* says what to upgrade to (RFC 9110 7.8) */
    bool versions; /* says which versions it speaks (RFC 6455 4.4) */
    bool allow;    /* says which methods it takes (RFC 9110 15.5.6) */
} refusal;

/* The first that applies counts. The version of the protocol comes before the fields that it defines. */
static const refusal refusals[] = {
    {BIT(HEAD_TOO_MANY_FIELDS), 431, "Request Header Fields Too Large", "Too many fields.\n", 0, 0, 0},
    {BIT(START_LINE_MALFORMED) | BIT(METHOD_NOT_TOKEN) | BIT(VERSION_MALFORMED), 400, "Bad Request",
     "The request line is malformed.\n", 0, 0, 0},
    {BIT(LINE_BARE_LF) | BIT(LINE_BARE_CR) | BIT(FIELD_WITHOUT_COLON) | BIT(FIELD_NAME_NOT_TOKEN) |
         BIT(FIELD_SPACE_BEFORE_COLON) | BIT(FIELD_SPACE_BEFORE_FIRST) | BIT(FIELD_FOLDED) |
         BIT(FIELD_VALUE_OCTET),
     400, "Bad Request", "A header line is malformed.\n", 0, 0, 0},
    {BIT(VERSION_BELOW_1_1), 400, "Bad Request", "HTTP/1.1 is needed.\n", 0, 0, 0},
    {BIT(HOST_MISSING) | BIT(HOST_DUPLICATE) | BIT(HOST_MALFORMED) | BIT(TARGET_MALFORMED), 400,
     "Bad Request", "Target and Host do not name one resource.\n", 0, 0, 0},
    {BIT(CONTENT_LENGTH_MALFORMED) | BIT(BODY_ANNOUNCED), 400, "Bad Request",
     "A WebSocket handshake has no content.\n", 0, 0, 0},
    {BIT(METHOD_NOT_GET), 405, "Method Not Allowed", "A WebSocket handshake is a GET.\n", 0, 0, 1},
    {BIT(UPGRADE_MALFORMED) | BIT(CONNECTION_MALFORMED), 400, "Bad Request",
     "Upgrade or Connection is malformed.\n", 0, 0, 0},
    {BIT(UPGRADE_MISSING) | BIT(UPGRADE_WITHOUT_WEBSOCKET) | BIT(CONNECTION_MISSING) |
         BIT(CONNECTION_WITHOUT_UPGRADE),
     426, "Upgrade Required", "This resource speaks WebSocket only.\n", 1, 1, 0},
    {BIT(WS_VERSION_MISSING) | BIT(WS_VERSION_DUPLICATE), 400, "Bad Request",
     "One Sec-WebSocket-Version is needed.\n", 0, 1, 0},
    {BIT(WS_VERSION_NOT_13), 426, "Upgrade Required", "The WebSocket version is 13.\n", 1, 1, 0},
    {BIT(KEY_MISSING) | BIT(KEY_DUPLICATE) | BIT(KEY_NOT_16_OCTETS), 400, "Bad Request",
     "One Sec-WebSocket-Key of 16 octets in base64 is needed.\n", 0, 0, 0},
    {BIT(PROTOCOLS_MALFORMED) | BIT(PROTOCOLS_REPEATED), 400, "Bad Request",
     "Sec-WebSocket-Protocol is malformed.\n", 0, 0, 0},
    {BIT(EXTENSIONS_MALFORMED), 400, "Bad Request", "Sec-WebSocket-Extensions is malformed.\n", 0, 0, 0},
    {~WSC_HTTP_FAULTS_TOLERATED, 400, "Bad Request", "The request is malformed.\n", 0, 0, 0},
};

static const refusal too_long_method = {0, 501, "Not Implemented", "The method is too long.\n", 0, 0, 0};
static const refusal too_long_target = {0, 414, "URI Too Long", "The target is too long.\n", 0, 0, 0};
static const refusal too_long_fields = {0, 431, "Request Header Fields Too Large", "Too large.\n", 0, 0, 0};
static const refusal other_version = {0, 505, "HTTP Version Not Supported", "HTTP/1.1 is needed.\n", 0, 0, 0};
static const refusal late = {0, 408, "Request Timeout", "The request was not complete in time.\n", 0, 0, 0};

/* Which part of the head was too long (RFC 9112 3: 501, 414; RFC 9110 5.4). */
static const refusal *too_long(const wsc_http *http) {
    if (http->version.len > 0) return &too_long_fields;
    return memchr(http->buf, ' ', http->len) == NULL ? &too_long_method : &too_long_target;
}

/* NULL if nothing speaks against the request. */
static const refusal *find_refusal(const wsc_http *http, wsc_http_faults faults) {
    if ((faults & BIT(HEAD_TOO_LONG)) != 0) return too_long(http);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        if ((faults & refusals[i].faults) != 0) return &refusals[i];
    }
    /* RFC 6455 asks for "1.1 or higher", and RFC 9110 2.5 gives only minor versions the same meaning. */
    return http->version.data[5] == '1' ? NULL : &other_version;
}

static void refuse(endpoint_core *core, const refusal *why) {
    char length[24];
    const wsc_http *http = &core->head->http;
    ep_answer answer = ep_answer_new(why->status, why->phrase);
    answer.content = why->content;
    answer.omit_content = http->method.len == 4 && memcmp(http->method.data, "HEAD", 4) == 0;
    snprintf(length, sizeof length, "%zu", strlen(why->content));
    if (why->upgrade) ep_answer_add(&answer, "Upgrade", "websocket");
    ep_answer_add(&answer, "Connection", why->upgrade ? "Upgrade, close" : "close");
    if (why->versions) ep_answer_add(&answer, "Sec-WebSocket-Version", "13");
    if (why->allow) ep_answer_add(&answer, "Allow", "GET");
    ep_answer_add(&answer, "Content-Type", "text/plain");
    ep_answer_add(&answer, "Content-Length", length);
    if (core->fault != EP_NONE && ep_fault_refusal(core, &answer)) return;
    ep_answer_send(core, &answer);
    ep_end(core);
}

/* ---- Accepting ---------------------------------------------------------------------------------------- */

/* The first subprotocol offered that the server speaks; names are case-sensitive (RFC 6455 4.2.2, RFC 7936).
   NULL if there is none. */
static const char *choose_protocol(const endpoint_core *core) {
    wsc_list list;
    wsc_span offered;
    if (core->config.protocols == NULL) return NULL;
    wsc_list_init(&list, &core->head->http, "sec-websocket-protocol");
    while (wsc_list_token(&list, &offered)) {
        for (const char *const *name = core->config.protocols; *name != NULL; name++) {
            if (strlen(*name) == offered.len && memcmp(*name, offered.data, offered.len) == 0) return *name;
        }
    }
    return NULL;
}

static void accept_request(endpoint_core *core, const wsc_request *request) {
    static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
    ep_answer answer = ep_answer_new(101, "Switching Protocols");
    wsc_accept_encode(answer.accept, request->key);
    ep_answer_add(&answer, "Upgrade", "websocket");
    ep_answer_add(&answer, "Connection", "Upgrade");
    ep_answer_add(&answer, "Sec-WebSocket-Accept", answer.accept);
    const char *protocol = choose_protocol(core);
    if (protocol != NULL) ep_answer_add(&answer, "Sec-WebSocket-Protocol", protocol);
    ep_deflate_answer(core, &answer);
    if (core->fault != EP_NONE) ep_fault_answer(core, request, &answer);
    /* RFC 9110 7.8: 100 comes before 101 if both were asked for. */
    const wsc_field *expect = wsc_http_field(&core->head->http, "expect", 0);
    if (expect != NULL && wsc_span_is(expect->value, "100-continue")) ep_send(core, interim, strlen(interim));
    ep_answer_send(core, &answer);
    if (ep_open_session(core))
        ep_enter(core, EP_OPEN);
    else
        core->broken = true;
}

/* ---- The request -------------------------------------------------------------------------------------- */

size_t ep_handshake_push(endpoint_core *core, const uint8_t *data, size_t len) {
    wsc_http *http = &core->head->http;
    wsc_http_status status;
    bool bent = core->fault != EP_NONE;
    size_t used = bent ? ep_fault_head(core, data, len, &status) : wsc_http_push(http, data, len, &status);
    if (status == WSC_HTTP_MORE || core->phase != EP_HEAD) return used;
    wsc_request request;
    wsc_request_check(&request, http);
    if (bent) ep_fault_request(core, &request);
    if (core->phase != EP_HEAD) return used;
    const refusal *why = find_refusal(http, request.faults);
    if (why != NULL)
        refuse(core, why);
    else
        accept_request(core, &request);
    free(core->head);
    core->head = NULL;
    return used;
}

void ep_handshake_timeout(endpoint_core *core) {
    if (core->head->http.len == 0)
        ep_end(core);
    else
        refuse(core, &late);
    free(core->head);
    core->head = NULL;
}
