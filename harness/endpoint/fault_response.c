/* SPDX-License-Identifier: MIT */
/* Faults of the client's reading of the response. */
#include "endpoint/faults.h"

#include <ctype.h>
#include <string.h>

#define BIT(symbol) WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_##symbol)

/* What is only looked at in a 101. */
#define ACCEPT_BITS (BIT(ACCEPT_MISSING) | BIT(ACCEPT_DUPLICATE) | BIT(ACCEPT_WRONG))

/* Compares the accept value loosely: in any letter case, or its first octets. */
static bool accept_resembles(const wsc_http *http, const wsc_offer *offer, size_t num, bool any_case) {
    char accept[WSC_ACCEPT_LEN + 1];
    const wsc_field *field = wsc_http_field(http, "sec-websocket-accept", 0);
    if (field == NULL || field->value.len < num) return false;
    wsc_accept_encode(accept, offer->key);
    for (size_t i = 0; i < num; i++) {
        const int mine = (unsigned char)accept[i], other = (unsigned char)field->value.data[i];
        if (any_case ? tolower(mine) != tolower(other) : mine != other) return false;
    }
    return true;
}

static wsc_http_faults overlooked_accept(const endpoint_core *core, const wsc_offer *offer) {
    const wsc_http *http = &core->head->http;
    switch (core->fault) {
    case EP_IGNORES_ACCEPT: return ACCEPT_BITS;
    case EP_TAKES_WRONG_ACCEPT: return BIT(ACCEPT_WRONG);
    case EP_TAKES_MISSING_ACCEPT: return BIT(ACCEPT_MISSING);
    case EP_TAKES_TWO_ACCEPTS: return BIT(ACCEPT_DUPLICATE);
    case EP_TAKES_ACCEPT_IN_ANY_CASE:
        return accept_resembles(http, offer, WSC_ACCEPT_LEN, true) ? BIT(ACCEPT_WRONG) : 0;
    case EP_TAKES_ACCEPT_PREFIX:
        return accept_resembles(http, offer, WSC_ACCEPT_LEN - 1, false) ? BIT(ACCEPT_WRONG) : 0;
    case EP_TAKES_KEY_AS_ACCEPT: {
        const wsc_field *field = wsc_http_field(http, "sec-websocket-accept", 0);
        bool is_key = field != NULL && field->value.len == offer->key.len &&
                      memcmp(field->value.data, offer->key.data, offer->key.len) == 0;
        return is_key ? BIT(ACCEPT_WRONG) : 0;
    }
    default: return 0;
    }
}

static wsc_http_faults overlooked(const endpoint_core *core, const wsc_offer *offer) {
    const unsigned status = core->head->http.status;
    switch (core->fault) {
    case EP_TAKES_200: return status == 200 ? BIT(STATUS_NOT_101) : 0;
    case EP_TAKES_ANY_2XX: return status / 100 == 2 ? BIT(STATUS_NOT_101) : 0;
    case EP_TAKES_3XX: return status / 100 == 3 ? BIT(STATUS_NOT_101) : 0;
    case EP_TAKES_4XX: return status / 100 == 4 ? BIT(STATUS_NOT_101) : 0;
    case EP_TAKES_ANY_STATUS: return BIT(STATUS_NOT_101) | BIT(STATUS_MALFORMED);
    case EP_TAKES_HTTP_1_0: return BIT(RESPONSE_VERSION_BELOW_1_1);
    case EP_TAKES_MISSING_UPGRADE: return BIT(RESPONSE_UPGRADE_MISSING);
    case EP_TAKES_OTHER_UPGRADE: return BIT(RESPONSE_UPGRADE_NOT_WEBSOCKET);
    case EP_TAKES_MISSING_CONNECTION: return BIT(RESPONSE_CONNECTION_MISSING);
    case EP_TAKES_CONNECTION_WITHOUT_UPGRADE: return BIT(RESPONSE_CONNECTION_WITHOUT_UPGRADE);
    case EP_TAKES_PROTOCOL_NOT_OFFERED: return BIT(PROTOCOL_NOT_OFFERED);
    case EP_TAKES_TWO_PROTOCOLS: return BIT(PROTOCOL_DUPLICATE) | BIT(PROTOCOL_MALFORMED);
    case EP_TAKES_EXTENSION_NOT_OFFERED: return BIT(EXTENSION_NOT_OFFERED);
    case EP_TAKES_BAD_EXTENSIONS: return BIT(EXTENSIONS_MALFORMED);
    case EP_READS_CONTENT: return BIT(BODY_FORBIDDEN) | BIT(LENGTH_FORBIDDEN);
    case EP_TAKES_SPACE_BEFORE_COLON: return BIT(FIELD_SPACE_BEFORE_COLON);
    case EP_TAKES_LINE_WITHOUT_COLON: return BIT(FIELD_WITHOUT_COLON);
    default: return overlooked_accept(core, offer);
    }
}

/* The first field of that name, in exactly this case if asked for. */
static bool value_is(const wsc_http *http, const char *name, const char *value, bool any_case) {
    const wsc_field *field = wsc_http_field(http, name, 0);
    if (field == NULL || !wsc_span_is(field->value, value)) return false;
    return any_case || memcmp(field->value.data, value, strlen(value)) == 0;
}

static bool is_known(wsc_span name) {
    static const char *const names[] = {"Upgrade", "Connection", "Sec-WebSocket-Accept",
                                        "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (wsc_span_is(name, names[i])) return true;
    }
    return false;
}

/* Whether the names of the fields, or what else there is, displease. */
static bool fields_refused(const endpoint_core *core) {
    const wsc_http *http = &core->head->http;
    for (size_t i = 0; i < http->num_fields; i++) {
        const wsc_span name = http->fields[i].name;
        if (core->fault == EP_REFUSES_OTHER_FIELDS && !is_known(name)) return true;
        if (core->fault == EP_WANTS_FIELD_NAMES_AS_WRITTEN && is_known(name) &&
            islower((unsigned char)name.data[0]))
            return true;
    }
    return false;
}

/* A 101 that is legal but displeases. */
static bool is_refused(const endpoint_core *core) {
    const wsc_http *http = &core->head->http;
    switch (core->fault) {
    case EP_WANTS_UPGRADE_AS_WRITTEN: return !value_is(http, "upgrade", "websocket", false);
    case EP_WANTS_CONNECTION_AS_WRITTEN: return !value_is(http, "connection", "Upgrade", false);
    case EP_WANTS_CONNECTION_ALONE: return !value_is(http, "connection", "upgrade", true);
    case EP_WANTS_A_PHRASE: return http->reason.len == 0;
    case EP_WANTS_THE_PHRASE: return !wsc_span_is(http->reason, "Switching Protocols");
    case EP_REFUSES_SPLIT_HEAD: return core->bent.segments > 1;
    default: return fields_refused(core);
    }
}

static uint64_t content_length(const wsc_http *http) {
    const wsc_field *field = wsc_http_field(http, "content-length", 0);
    uint64_t length = 0;
    for (size_t i = 0; field != NULL && i < field->value.len && length < UINT32_MAX; i++) {
        char digit = field->value.data[i];
        if (digit < '0' || digit > '9') return 0;
        length = length * 10 + (uint64_t)(digit - '0');
    }
    return length;
}

void ep_fault_response(endpoint_core *core, wsc_response *response, const wsc_offer *offer) {
    if (core->fault == EP_READS_CONTENT) core->bent.content = content_length(&core->head->http);
    /* With another status the fields are not looked at, whatever they say. */
    response->faults &= ~overlooked(core, offer);
    if (response->faults == 0 && is_refused(core)) response->faults |= BIT(STATUS_MALFORMED);
}

size_t ep_fault_content(endpoint_core *core, size_t len) {
    size_t skipped = len < core->bent.content ? len : (size_t)core->bent.content;
    core->bent.content -= skipped;
    return skipped;
}

bool ep_fault_interim(endpoint_core *core) {
    return core->fault == EP_TAKES_100_FOR_FINAL;
}

bool ep_fault_response_refused(endpoint_core *core) {
    if (core->fault == EP_HANGS_ON_BAD_RESPONSE) {
        ep_hang(core, false);
        return true;
    }
    if (core->fault == EP_SENDS_CLOSE_TO_BAD_RESPONSE) ep_send_close(core, true, 1002);
    return false;
}
