/* SPDX-License-Identifier: MIT */
/* Opening handshakes: the input is a request and, behind it, a response. What is accepted has everything that
   it must have; the right answer to an accepted request is accepted and any other key's is not; lists are
   walked inside of their fields, and a list of extensions means the same after it was written anew; nothing
   depends on how a head was cut.

   The last octet are options: bit 0 leaves the response to be measured against the request instead of a
   fixed offer. */
#include "heads.h"

#include <strings.h>

#define BIT(symbol) WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_##symbol)

static const char key_of_rfc[] = "dGhlIHNhbXBsZSBub25jZQ==";

static bool accepted(wsc_http_faults faults) {
    return (faults & ~WSC_HTTP_FAULTS_TOLERATED) == 0;
}

static size_t count_fields(const wsc_http *http, const char *name) {
    size_t num = 0;
    for (size_t i = 0; i < http->num_fields; i++) {
        wsc_span found = http->fields[i].name;
        num += found.len == strlen(name) && strncasecmp(found.data, name, found.len) == 0;
    }
    return num;
}

/* True if a field of that name has the word in it, in any letter case. */
static bool field_has(const wsc_http *http, const char *name, const char *word) {
    for (size_t n = 0;; n++) {
        const wsc_field *field = wsc_http_field(http, name, n);
        if (field == NULL) return false;
        for (size_t i = 0; i + strlen(word) <= field->value.len; i++) {
            if (strncasecmp(field->value.data + i, word, strlen(word)) == 0) return true;
        }
    }
}

static bool span_is_exactly(wsc_span span, const char *text) {
    return span.len == strlen(text) && memcmp(span.data, text, span.len) == 0;
}

/* ---- Lists ---- */

static void put_span(fuzz_trace *text, wsc_span span) {
    trace_put(text, span.data, span.len);
}

/* Writes what a list of extensions means, as a list of extensions. */
static fuzz_trace extensions_write(const wsc_http *http, const char *name, const head *h, size_t *num) {
    fuzz_trace text = {.data = NULL};
    wsc_list list;
    wsc_extension extension;
    *num = 0;
    wsc_list_init(&list, http, name);
    while (wsc_list_extension(&list, &extension)) {
        ORACLE(extension.num_params <= WSC_PARAMS_MAX && extension.name.len > 0, "list-extension");
        if (h != NULL) ORACLE(head_contains(h, extension.name), "list-span");
        if ((*num)++ > 0) trace_put(&text, ", ", 2);
        put_span(&text, extension.name);
        for (size_t i = 0; i < extension.num_params; i++) {
            const wsc_param *param = &extension.params[i];
            if (h != NULL)
                ORACLE(head_contains(h, param->name) && head_contains(h, param->value), "list-span");
            ORACLE(param->name.len > 0 && (param->has_value || param->value.len == 0), "list-param");
            trace_put(&text, ";", 1);
            put_span(&text, param->name);
            if (!param->has_value) continue;
            trace_put(&text, param->quoted ? "=\"" : "=", param->quoted ? 2 : 1);
            put_span(&text, param->value);
            if (param->quoted) trace_put(&text, "\"", 1);
        }
    }
    return text;
}

static void check_lists(const head *h) {
    static const char name[] = "sec-websocket-extensions";
    size_t num, num_again;
    fuzz_trace text = extensions_write(&h->http, name, h, &num);
    wsc_field field = {{name, sizeof name - 1}, {(const char *)text.data, text.len}};
    wsc_http again = {.fields = &field, .num_fields = 1};
    fuzz_trace once_more = extensions_write(&again, name, NULL, &num_again);
    ORACLE(num == num_again && trace_equal(&text, &once_more), "list-round-trip");
    trace_clear(&text);
    trace_clear(&once_more);
    for (size_t i = 0; i < h->http.num_fields; i++) {
        char field_name[64];
        wsc_span found = h->http.fields[i].name;
        if (found.len >= sizeof field_name || memchr(found.data, '\0', found.len) != NULL) continue;
        (void)snprintf(field_name, sizeof field_name, "%.*s", (int)found.len, found.data);
        wsc_list list;
        wsc_span token;
        size_t octets = 0;
        wsc_list_init(&list, &h->http, field_name);
        while (wsc_list_token(&list, &token)) {
            ORACLE(token.len > 0 && head_contains(h, token), "list-token");
            octets += token.len;
        }
        ORACLE(list.present && octets <= h->http.len, "list-token");
    }
}

/* ---- Requests ---- */

static void check_accepted_request(const wsc_http *http, const wsc_request *request) {
    ORACLE(span_is_exactly(http->method, "GET"), "request-method");
    ORACLE(http->target.len > 0 && memchr(http->target.data, '#', http->target.len) == NULL,
           "request-target");
    ORACLE(http->version.len == 8 && memcmp(http->version.data, "HTTP/1.1", 8) >= 0, "request-version");
    ORACLE(count_fields(http, "host") == 1 && request->host.len > 0, "request-host");
    ORACLE(field_has(http, "upgrade", "websocket"), "request-upgrade");
    ORACLE(field_has(http, "connection", "upgrade"), "request-connection");
    ORACLE(count_fields(http, "sec-websocket-key") == 1 && request->key.len == WSC_KEY_LEN, "request-key");
    ORACLE(memcmp(request->key.data + 22, "==", 2) == 0 && wsc_key_valid(request->key), "request-key");
    ORACLE(count_fields(http, "sec-websocket-version") == 1, "request-version");
    ORACLE(span_is_exactly(request->ws_version, "13"), "request-version");
    ORACLE(count_fields(http, "transfer-encoding") == 0, "request-body");
    ORACLE(request->offers_protocols == (count_fields(http, "sec-websocket-protocol") > 0), "request-offer");
    ORACLE(request->offers_extensions == (count_fields(http, "sec-websocket-extensions") > 0),
           "request-offer");
}

/* The plainest answer to a key, read for whoever offered another or the same. */
static void check_answer(wsc_span key, wsc_span offered, wsc_http_faults expected) {
    char accept[WSC_ACCEPT_LEN + 1], text[160];
    wsc_accept_encode(accept, key);
    int len = snprintf(text, sizeof text,
                       "HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Accept: %s\r\n\r\n",
                       accept);
    ORACLE(len > 0 && (size_t)len < sizeof text && strlen(accept) == WSC_ACCEPT_LEN, "answer");
    head h = head_read(WSC_HTTP_RESPONSE, (const uint8_t *)text, (size_t)len, FUZZ_WHOLE,
                       (head_bounds){(size_t)len, 3});
    wsc_offer offer = {.key = offered};
    wsc_response response;
    wsc_response_check(&response, &h.http, &offer);
    ORACLE(response.faults == expected, "answer");
    head_free(&h);
}

static void check_request(const head *h, wsc_request *request) {
    wsc_request_check(request, &h->http);
    ORACLE((h->http.faults & ~request->faults) == 0, "request-faults");
    ORACLE(head_contains(h, request->host) && head_contains(h, request->key) &&
               head_contains(h, request->origin) && head_contains(h, request->ws_version),
           "request-span");
    if (h->status != WSC_HTTP_DONE) {
        ORACLE(request->faults == h->http.faults && request->key.len == 0, "request-incomplete");
        return;
    }
    if (accepted(request->faults)) check_accepted_request(&h->http, request);
    check_answer(request->key, request->key, 0);
    if (!span_is_exactly(request->key, key_of_rfc)) {
        check_answer(request->key, (wsc_span){key_of_rfc, WSC_KEY_LEN}, BIT(ACCEPT_WRONG));
    }
}

/* ---- Responses ---- */

static void check_accepted_response(const wsc_http *http, const wsc_response *response,
                                    const wsc_offer *offer) {
    char accept[WSC_ACCEPT_LEN + 1];
    wsc_accept_encode(accept, offer->key);
    ORACLE(http->status == 101, "response-status");
    ORACLE(count_fields(http, "sec-websocket-accept") == 1, "response-accept");
    ORACLE(span_is_exactly(wsc_http_field(http, "sec-websocket-accept", 0)->value, accept),
           "response-accept");
    ORACLE(field_has(http, "upgrade", "websocket"), "response-upgrade");
    ORACLE(field_has(http, "connection", "upgrade"), "response-connection");
    ORACLE(count_fields(http, "content-length") == 0, "response-body");
    ORACLE(count_fields(http, "transfer-encoding") == 0, "response-body");
    size_t num_protocols = count_fields(http, "sec-websocket-protocol");
    ORACLE(num_protocols <= 1 && (num_protocols == 1) == (response->protocol.len > 0), "response-protocol");
    bool known = num_protocols == 0;
    for (size_t i = 0; i < offer->num_protocols; i++) {
        const wsc_span *name = &offer->protocols[i];
        known = known || (name->len == response->protocol.len &&
                          memcmp(name->data, response->protocol.data, name->len) == 0);
    }
    ORACLE(known, "response-protocol");
    if (offer->num_extensions == 0)
        ORACLE(count_fields(http, "sec-websocket-extensions") == 0, "response-extensions");
}

static void check_response(const head *h, const wsc_offer *offer, wsc_response *response) {
    wsc_response_check(response, &h->http, offer);
    ORACLE((h->http.faults & ~response->faults) == 0, "response-faults");
    ORACLE(head_contains(h, response->protocol), "response-span");
    if (h->status == WSC_HTTP_DONE && accepted(response->faults))
        check_accepted_response(&h->http, response, offer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const wsc_span protocols[] = {{"chat", 4}, {"superchat", 9}};
    static const wsc_span extensions[] = {{"permessage-deflate", 18}};
    if (size > FUZZ_MAX) return 0;
    uint8_t option = fuzz_option(data, &size);
    head_bounds bounds = {size, 40};
    wsc_offer offer = {{key_of_rfc, WSC_KEY_LEN}, protocols, 2, extensions, 1};

    head request_head = head_read(WSC_HTTP_REQUEST, data, size, FUZZ_WHOLE, bounds);
    head request_again = head_read(WSC_HTTP_REQUEST, data, size, FUZZ_RANDOM, bounds);
    wsc_request request, same_request;
    check_request(&request_head, &request);
    check_request(&request_again, &same_request);
    ORACLE(request.faults == same_request.faults && request.key.len == same_request.key.len,
           "handshake-cuts");
    check_lists(&request_head);
    if (option % 2 == 1) offer = (wsc_offer){.key = request.key};

    size_t done = request_head.consumed;
    head response_head = head_read(WSC_HTTP_RESPONSE, data + done, size - done, FUZZ_WHOLE, bounds);
    head response_again = head_read(WSC_HTTP_RESPONSE, data + done, size - done, FUZZ_OCTETS, bounds);
    wsc_response response, same_response;
    check_response(&response_head, &offer, &response);
    check_response(&response_again, &offer, &same_response);
    ORACLE(response.faults == same_response.faults && response.protocol.len == same_response.protocol.len,
           "handshake-cuts");
    check_lists(&response_head);

    head_free(&request_head);
    head_free(&request_again);
    head_free(&response_head);
    head_free(&response_again);
    return 0;
}
