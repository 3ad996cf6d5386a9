/* SPDX-License-Identifier: MIT */
/* The opening handshake (RFC 6455 4): request and response heads measured against its rules. */
#include "octet.h"

#include <string.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

#define BIT(symbol) WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_##symbol)

void wsc_key_encode(char dst[WSC_KEY_LEN + 1], const uint8_t nonce[16]) {
    wsc_base64_encode(dst, nonce, 16);
}

bool wsc_key_valid(wsc_span key) {
    if (key.len != WSC_KEY_LEN || key.data[22] != '=' || key.data[23] != '=') return false;
    for (size_t i = 0; i < 22; i++) {
        if (wsc_base64_value(key.data[i]) < 0) return false;
    }
    return true;
}

void wsc_accept_encode(char dst[WSC_ACCEPT_LEN + 1], wsc_span key) {
    uint8_t digest[WSC_SHA1_LEN];
    wsc_sha1(digest, key, (wsc_span){GUID, sizeof GUID - 1});
    wsc_base64_encode(dst, digest, sizeof digest);
}

/* A well-formed version below HTTP/1.1. */
static bool version_below_1_1(const wsc_http *http) {
    if ((http->faults & BIT(VERSION_MALFORMED)) != 0) return false;
    char major = http->version.data[5], minor = http->version.data[7];
    return major == '0' || (major == '1' && minor == '0');
}

/* The first field of that name or NULL, and in *num how many there are. */
static const wsc_field *find_field(const wsc_http *http, const char *name, size_t *num) {
    const wsc_field *first = NULL;
    *num = 0;
    for (size_t i = 0; i < http->num_fields; i++) {
        if (!wsc_span_is(http->fields[i].name, name)) continue;
        if ((*num)++ == 0) first = &http->fields[i];
    }
    return first;
}

/* The value of a field that may come only once; notes if it is missing or not alone. Data NULL if missing. */
static wsc_span single_value(const wsc_http *http, const char *name, wsc_http_faults missing,
                             wsc_http_faults duplicate, wsc_http_faults *faults) {
    size_t num;
    const wsc_field *field = find_field(http, name, &num);
    if (field == NULL) {
        *faults |= missing;
        return (wsc_span){NULL, 0};
    }
    if (num > 1) *faults |= duplicate;
    return field->value;
}

/* The Connection field: faults for its absence and for the absence of the option "upgrade". */
static wsc_http_faults check_connection(const wsc_http *http, wsc_http_faults missing,
                                        wsc_http_faults without) {
    wsc_http_faults faults = 0;
    wsc_list list;
    wsc_span option;
    bool found = false;
    wsc_list_init(&list, http, "connection");
    while (wsc_list_token(&list, &option)) found = found || wsc_span_is(option, "upgrade");
    if (!list.present) return missing;
    if (!found) faults |= without;
    if (list.malformed) faults |= BIT(CONNECTION_MALFORMED);
    if (list.empty_element) faults |= BIT(LIST_EMPTY_ELEMENT);
    return faults;
}

/* What the Upgrade fields hold: protocol = token ["/" token] (RFC 9110 7.8). */
typedef struct upgrade {
    bool present;
    bool websocket; /* one element is websocket, of any version */
    bool alone;     /* the only element is websocket, without a version */
    wsc_http_faults faults;
} upgrade;

static upgrade read_upgrade(const wsc_http *http) {
    upgrade result = {0};
    wsc_list list;
    wsc_span protocol;
    size_t num = 0;
    wsc_list_init(&list, http, "upgrade");
    while (wsc_list_token(&list, &protocol)) {
        size_t slash = 0;
        while (slash < protocol.len && protocol.data[slash] != '/') slash++;
        wsc_span name = {protocol.data, slash};
        bool versioned = slash < protocol.len;
        if (!wsc_span_is_token(name) ||
            (versioned && !wsc_span_is_token((wsc_span){name.data + slash + 1, protocol.len - slash - 1}))) {
            result.faults |= BIT(UPGRADE_MALFORMED);
        } else if (wsc_span_is(name, "websocket")) {
            result.websocket = true;
            result.alone = !versioned;
        }
        num++;
    }
    result.present = list.present;
    result.alone = result.alone && num == 1;
    if (list.empty_element) result.faults |= BIT(LIST_EMPTY_ELEMENT);
    return result;
}

/* ---- Request ------------------------------------------------------------------------------------------ */

/* A sorted set of bounded size, so that finding repeated names needs neither heap nor quadratic time. */
typedef struct name_set {
    wsc_span names[WSC_PROTOCOLS_MAX];
    size_t num;
} name_set;

static int span_compare(wsc_span a, wsc_span b) {
    size_t len = a.len < b.len ? a.len : b.len;
    int order = memcmp(a.data, b.data, len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* Adds a name unless the set is full; true if it was in there. */
static bool name_set_add(name_set *set, wsc_span name) {
    size_t low = 0, high = set->num;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = span_compare(name, set->names[middle]);
        if (order == 0) return true;
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    if (set->num < WSC_PROTOCOLS_MAX) {
        memmove(&set->names[low + 1], &set->names[low], (set->num - low) * sizeof set->names[0]);
        set->names[low] = name;
        set->num++;
    }
    return false;
}

/* Sec-WebSocket-Protocol of a request: 1#token, no name twice; names are case-sensitive. */
static wsc_http_faults check_protocols(const wsc_http *http, bool *present) {
    wsc_http_faults faults = 0;
    wsc_list list;
    wsc_span name;
    size_t num = 0;
    name_set set;
    set.num = 0;
    wsc_list_init(&list, http, "sec-websocket-protocol");
    while (wsc_list_token(&list, &name)) {
        num++;
        if (name_set_add(&set, name)) faults |= BIT(PROTOCOLS_REPEATED);
    }
    *present = list.present;
    if (list.malformed || (list.present && num == 0)) faults |= BIT(PROTOCOLS_MALFORMED);
    if (list.empty_element) faults |= BIT(LIST_EMPTY_ELEMENT);
    return faults;
}

/* Sec-WebSocket-Extensions: 1#extension. With an offer, each has to be of it. */
static wsc_http_faults check_extensions(const wsc_http *http, const wsc_offer *offer, bool *present) {
    wsc_http_faults faults = 0;
    wsc_list list;
    wsc_extension extension;
    size_t num = 0;
    wsc_list_init(&list, http, "sec-websocket-extensions");
    while (wsc_list_extension(&list, &extension)) {
        num++;
        if (offer == NULL) continue;
        size_t i = 0;
        while (i < offer->num_extensions && !wsc_span_equal(offer->extensions[i], extension.name)) i++;
        if (i == offer->num_extensions) faults |= BIT(EXTENSION_NOT_OFFERED);
    }
    *present = list.present;
    if (list.malformed || (list.present && num == 0)) faults |= BIT(EXTENSIONS_MALFORMED);
    if (list.empty_element) faults |= BIT(LIST_EMPTY_ELEMENT);
    return faults;
}

/* Content-Length = 1*DIGIT, once (RFC 9110 8.6); the value is compared with zero only, so none overflows. */
static wsc_http_faults check_body(const wsc_http *http) {
    size_t num;
    wsc_http_faults faults = 0;
    const wsc_field *length = find_field(http, "content-length", &num);
    if (length != NULL) {
        bool zero = true, digits = length->value.len > 0 && num == 1;
        for (size_t i = 0; i < length->value.len; i++) {
            digits = digits && wsc_is_digit(length->value.data[i]);
            zero = zero && length->value.data[i] == '0';
        }
        if (!digits) {
            faults |= BIT(CONTENT_LENGTH_MALFORMED);
        } else if (!zero) {
            faults |= BIT(BODY_ANNOUNCED);
        }
    }
    if (wsc_http_field(http, "transfer-encoding", 0) != NULL) faults |= BIT(BODY_ANNOUNCED);
    return faults;
}

void wsc_request_check(wsc_request *request, const wsc_http *http) {
    *request = (wsc_request){.faults = http->faults};
    if (!wsc_http_complete(http)) return;
    wsc_http_faults faults = 0;

    if (http->method.len != 3 || memcmp(http->method.data, "GET", 3) != 0) faults |= BIT(METHOD_NOT_GET);
    if (!wsc_target_valid(http->target)) faults |= BIT(TARGET_MALFORMED);
    if (version_below_1_1(http)) faults |= BIT(VERSION_BELOW_1_1);

    request->host = single_value(http, "host", BIT(HOST_MISSING), BIT(HOST_DUPLICATE), &faults);
    if (request->host.data != NULL && !wsc_host_valid(request->host)) faults |= BIT(HOST_MALFORMED);

    upgrade upgraded = read_upgrade(http);
    faults |= upgraded.faults;
    if (!upgraded.present) {
        faults |= BIT(UPGRADE_MISSING);
    } else if (!upgraded.websocket) {
        faults |= BIT(UPGRADE_WITHOUT_WEBSOCKET);
    }
    faults |= check_connection(http, BIT(CONNECTION_MISSING), BIT(CONNECTION_WITHOUT_UPGRADE));

    request->key = single_value(http, "sec-websocket-key", BIT(KEY_MISSING), BIT(KEY_DUPLICATE), &faults);
    if (request->key.data != NULL) {
        if (!wsc_key_valid(request->key)) {
            faults |= BIT(KEY_NOT_16_OCTETS);
        } else if ((wsc_base64_value(request->key.data[21]) & 15) != 0) {
            faults |= BIT(KEY_PAD_BITS);
        }
    }

    request->ws_version = single_value(http, "sec-websocket-version", BIT(WS_VERSION_MISSING),
                                       BIT(WS_VERSION_DUPLICATE), &faults);
    if (request->ws_version.data != NULL && !wsc_span_is(request->ws_version, "13")) {
        faults |= BIT(WS_VERSION_NOT_13);
    }

    size_t num;
    const wsc_field *origin = find_field(http, "origin", &num);
    if (origin != NULL) request->origin = origin->value;

    faults |= check_protocols(http, &request->offers_protocols);
    faults |= check_extensions(http, NULL, &request->offers_extensions);
    faults |= check_body(http);
    request->faults |= faults;
}

/* ---- Response ----------------------------------------------------------------------------------------- */

/* Sec-WebSocket-Protocol of a response: one token, one of those offered. */
static wsc_http_faults check_protocol(const wsc_http *http, const wsc_offer *offer, wsc_span *protocol) {
    wsc_http_faults faults = 0;
    wsc_span value = single_value(http, "sec-websocket-protocol", 0, BIT(PROTOCOL_DUPLICATE), &faults);
    if (value.data == NULL) return faults;
    if (!wsc_span_is_token(value)) return faults | BIT(PROTOCOL_MALFORMED);
    *protocol = value;
    for (size_t i = 0; i < offer->num_protocols; i++) {
        if (wsc_span_equal(offer->protocols[i], value)) return faults;
    }
    return faults | BIT(PROTOCOL_NOT_OFFERED);
}

void wsc_response_check(wsc_response *response, const wsc_http *http, const wsc_offer *offer) {
    *response = (wsc_response){.faults = http->faults};
    if (!wsc_http_complete(http)) return;
    if (http->status != 101) {
        response->faults |= BIT(STATUS_NOT_101);
        return;
    }
    wsc_http_faults faults = 0;
    if (version_below_1_1(http)) faults |= BIT(RESPONSE_VERSION_BELOW_1_1);

    upgrade upgraded = read_upgrade(http);
    faults |= upgraded.faults;
    if (!upgraded.present) {
        faults |= BIT(RESPONSE_UPGRADE_MISSING);
    } else if (!upgraded.alone) {
        faults |= BIT(RESPONSE_UPGRADE_NOT_WEBSOCKET);
    }
    faults |=
        check_connection(http, BIT(RESPONSE_CONNECTION_MISSING), BIT(RESPONSE_CONNECTION_WITHOUT_UPGRADE));

    wsc_span accept =
        single_value(http, "sec-websocket-accept", BIT(ACCEPT_MISSING), BIT(ACCEPT_DUPLICATE), &faults);
    if (accept.data != NULL) {
        char expected[WSC_ACCEPT_LEN + 1];
        wsc_accept_encode(expected, offer->key);
        if (!wsc_span_equal(accept, (wsc_span){expected, WSC_ACCEPT_LEN})) faults |= BIT(ACCEPT_WRONG);
    }

    faults |= check_protocol(http, offer, &response->protocol);
    bool present;
    faults |= check_extensions(http, offer, &present);
    if (wsc_http_field(http, "content-length", 0) != NULL) faults |= BIT(LENGTH_FORBIDDEN);
    if (wsc_http_field(http, "transfer-encoding", 0) != NULL) faults |= BIT(BODY_FORBIDDEN);
    response->faults |= faults;
}
