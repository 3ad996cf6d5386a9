/* SPDX-License-Identifier: MIT */
/* Faults of reading the request of an opening handshake. */
#include "endpoint/faults.h"

#include <string.h>

#define BIT(symbol) WSC_HTTP_FAULT_BIT(WSC_HTTP_FAULT_##symbol)

/* Any fault that has no refusal of its own: refused with 400. */
#define REFUSED BIT(REASON_OCTET)

/* ---- Octets of the head ------------------------------------------------------------------------------- */

/* Changes octets before they are read: a line end behind a bare CR, no white space at the start of lines. */
static size_t head_octets(endpoint_core *core, const uint8_t *data, size_t len, wsc_http_status *status) {
    static const uint8_t lf = '\n';
    wsc_http *http = &core->head->http;
    *status = WSC_HTTP_MORE;
    for (size_t i = 0; i < len; i++) {
        const uint8_t octet = data[i], before = core->bent.head_octet;
        bool skip = false;
        if (core->fault == EP_ACCEPTS_BARE_CR && before == '\r' && octet != '\n') {
            wsc_http_push(http, &lf, 1, status);
            if (*status != WSC_HTTP_MORE) return i;
        }
        if (core->fault == EP_READS_FOLDED_LINE_AS_FIELD)
            skip = before == '\n' && (octet == ' ' || octet == '\t');
        if (skip) continue;
        core->bent.head_octet = octet;
        wsc_http_push(http, data + i, 1, status);
        if (*status != WSC_HTTP_MORE) return i + 1;
    }
    return len;
}

size_t ep_fault_head(endpoint_core *core, const uint8_t *data, size_t len, wsc_http_status *status) {
    if (core->fault == EP_ACCEPTS_BARE_CR || core->fault == EP_READS_FOLDED_LINE_AS_FIELD)
        return head_octets(core, data, len, status);
    return wsc_http_push(&core->head->http, data, len, status);
}

void ep_fault_unfinished_head(endpoint_core *core) {
    static const char *const needed[] = {"Host", "Upgrade", "Connection", "Sec-WebSocket-Key",
                                         "Sec-WebSocket-Version"};
    const size_t num_needed = sizeof needed / sizeof *needed;
    const wsc_http *http = &core->head->http;
    size_t num = 0;
    for (size_t i = 0; i < num_needed; i++) num += wsc_http_field(http, needed[i], 0) != NULL;
    /* The last line is no field yet: it might be folded. */
    if (num + 1 < num_needed || http->len < 2 || memcmp(http->buf + http->len - 2, "\r\n", 2) != 0) return;
    (void)ep_handshake_push(core, (const uint8_t *)"\r\n", 2);
    core->bent.head_rest = true;
    core->bent.head_end = 2;
}

/* ---- Requests that pass although they must not -------------------------------------------------------- */

static bool has_prefix(wsc_span span, const char *prefix) {
    size_t len = strlen(prefix);
    return span.len >= len && memcmp(span.data, prefix, len) == 0;
}

static bool has_letters(wsc_span span, const char *letters) {
    size_t len = strlen(letters);
    for (size_t i = 0; i + len <= span.len; i++) {
        if (wsc_span_is((wsc_span){span.data + i, len}, letters)) return true;
    }
    return false;
}

/* True if the letters occur anywhere in a field of that name. */
static bool field_has_letters(const wsc_http *http, const char *name, const char *letters) {
    const wsc_field *field;
    for (size_t nth = 0; (field = wsc_http_field(http, name, nth)) != NULL; nth++) {
        if (has_letters(field->value, letters)) return true;
    }
    return false;
}

/* "13", "013", "13.1" and so on, as strtol and its like read them. */
static bool reads_as_13(wsc_span version) {
    size_t i = 0;
    if (version.len == 0) return false;
    while (i < version.len && version.data[i] == '0') i++;
    wsc_span rest = {version.data + i, version.len - i};
    return has_prefix(rest, "13") && (rest.len == 2 || rest.data[2] < '0' || rest.data[2] > '9');
}

/* Faults that are not seen. */
static wsc_http_faults overlooked(const endpoint_core *core, const wsc_request *request) {
    const wsc_http *http = &core->head->http;
    switch (core->fault) {
    case EP_ACCEPTS_ANY_METHOD: return BIT(METHOD_NOT_GET);
    case EP_ACCEPTS_HTTP_1_0: return BIT(VERSION_BELOW_1_1);
    case EP_ACCEPTS_LOWER_CASE_HTTP:
        return wsc_span_is(http->version, "HTTP/1.1") ? BIT(VERSION_MALFORMED) : 0;
    case EP_ACCEPTS_MISSING_HOST: return BIT(HOST_MISSING);
    case EP_ACCEPTS_TWO_HOSTS: return BIT(HOST_DUPLICATE);
    case EP_ACCEPTS_MALFORMED_HOST: return BIT(HOST_MALFORMED);
    case EP_ACCEPTS_MALFORMED_TARGET: return BIT(TARGET_MALFORMED);
    case EP_ACCEPTS_SPACES_IN_REQUEST_LINE:
        /* Not a line without a version. */
        return http->version.len > 0 ? BIT(START_LINE_MALFORMED) | BIT(TARGET_MALFORMED) : 0;
    case EP_ACCEPTS_MISSING_UPGRADE: return BIT(UPGRADE_MISSING);
    case EP_ACCEPTS_OTHER_UPGRADE: return BIT(UPGRADE_WITHOUT_WEBSOCKET);
    case EP_ACCEPTS_WEBSOCKET_SUBSTRING:
        return field_has_letters(http, "upgrade", "websocket") ? BIT(UPGRADE_WITHOUT_WEBSOCKET) : 0;
    case EP_ACCEPTS_MISSING_CONNECTION: return BIT(CONNECTION_MISSING);
    case EP_ACCEPTS_CONNECTION_WITHOUT_UPGRADE: return BIT(CONNECTION_WITHOUT_UPGRADE);
    case EP_ACCEPTS_UPGRADE_SUBSTRING:
        return field_has_letters(http, "connection", "upgrade") ? BIT(CONNECTION_WITHOUT_UPGRADE) : 0;
    case EP_ACCEPTS_MISSING_KEY: return BIT(KEY_MISSING);
    case EP_ACCEPTS_EMPTY_KEY: return request->key.len == 0 ? BIT(KEY_NOT_16_OCTETS) : 0;
    case EP_ACCEPTS_ANY_KEY: return request->key.len > 0 ? BIT(KEY_NOT_16_OCTETS) : 0;
    case EP_ACCEPTS_TWO_KEYS: return BIT(KEY_DUPLICATE);
    case EP_ACCEPTS_MISSING_VERSION: return BIT(WS_VERSION_MISSING);
    case EP_ACCEPTS_TWO_VERSIONS: return BIT(WS_VERSION_DUPLICATE);
    case EP_ACCEPTS_ANY_VERSION: return BIT(WS_VERSION_NOT_13);
    case EP_ACCEPTS_VERSION_PREFIX: return reads_as_13(request->ws_version) ? BIT(WS_VERSION_NOT_13) : 0;
    case EP_ACCEPTS_MALFORMED_EXTENSIONS: return BIT(EXTENSIONS_MALFORMED);
    case EP_ACCEPTS_MALFORMED_PROTOCOLS: return BIT(PROTOCOLS_MALFORMED);
    case EP_ACCEPTS_SPACE_BEFORE_COLON: return BIT(FIELD_SPACE_BEFORE_COLON);
    case EP_ACCEPTS_LINE_WITHOUT_COLON: return BIT(FIELD_WITHOUT_COLON);
    case EP_ACCEPTS_ANY_FIELD_NAME: return BIT(FIELD_NAME_NOT_TOKEN);
    case EP_ACCEPTS_BAD_CONTENT_LENGTH: return BIT(CONTENT_LENGTH_MALFORMED);
    case EP_READS_BODY_AS_FRAMES: return BIT(BODY_ANNOUNCED);
    default: return 0;
    }
}

/* ---- Requests that do not pass although they must ------------------------------------------------------ */

/* True if an element of the list is exactly this, in this case. */
static bool list_has(const wsc_http *http, const char *name, const char *token) {
    wsc_list list;
    wsc_span element;
    wsc_list_init(&list, http, name);
    while (wsc_list_token(&list, &element)) {
        if (element.len == strlen(token) && has_prefix(element, token)) return true;
    }
    return false;
}

/* True if the whole value of the first field of that name is this. */
static bool field_is(const wsc_http *http, const char *name, const char *value) {
    const wsc_field *field = wsc_http_field(http, name, 0);
    return field != NULL && wsc_span_is(field->value, value);
}

/* The fields of an ordinary request as the RFC writes them. */
static const char *const known_names[] = {"Host",
                                          "Upgrade",
                                          "Connection",
                                          "Origin",
                                          "Sec-WebSocket-Key",
                                          "Sec-WebSocket-Version",
                                          "Sec-WebSocket-Protocol",
                                          "Sec-WebSocket-Extensions"};

/* True if the name is one of these, but for its case; *exact: with it. */
static bool is_known(wsc_span name, bool *exact) {
    for (size_t i = 0; i < sizeof known_names / sizeof *known_names; i++) {
        if (!wsc_span_is(name, known_names[i])) continue;
        *exact = memcmp(name.data, known_names[i], name.len) == 0;
        return true;
    }
    return false;
}

static bool field_refused(ep_fault fault, const wsc_field *field) {
    bool exact = false;
    bool known = is_known(field->name, &exact);
    switch (fault) {
    case EP_FIELD_NAMES_CASE_SENSITIVE: return known && !exact;
    case EP_REFUSES_UNKNOWN_FIELDS: return !known;
    case EP_REQUIRES_SPACE_AFTER_COLON: return field->value.data == field->name.data + field->name.len + 1;
    case EP_REFUSES_OBS_TEXT:
        for (size_t i = 0; !known && i < field->value.len; i++) {
            if ((uint8_t)field->value.data[i] >= 0x80) return true;
        }
        return false;
    default: return false;
    }
}

/* Whether the fault speaks against the request. */
static bool is_refused(const endpoint_core *core, const wsc_request *request) {
    const wsc_http *http = &core->head->http;
    switch (core->fault) {
    case EP_UPGRADE_CASE_SENSITIVE: return !list_has(http, "upgrade", "websocket");
    case EP_CONNECTION_CASE_SENSITIVE: return !list_has(http, "connection", "Upgrade");
    case EP_UPGRADE_NOT_A_LIST: return !field_is(http, "upgrade", "websocket");
    case EP_CONNECTION_NOT_A_LIST: return !field_is(http, "connection", "upgrade");
    case EP_CONNECTION_FIRST_LINE_ONLY: {
        const wsc_field *field = wsc_http_field(http, "connection", 0);
        return field != NULL && !has_letters(field->value, "upgrade");
    }
    case EP_REQUIRES_FIELD_ORDER: return http->num_fields == 0 || !wsc_span_is(http->fields[0].name, "host");
    case EP_REFUSES_EMPTY_LIST_ELEMENTS: return (request->faults & BIT(LIST_EMPTY_ELEMENT)) != 0;
    case EP_REFUSES_ABSOLUTE_FORM: return http->target.len == 0 || http->target.data[0] != '/';
    case EP_REFUSES_QUERY: return memchr(http->target.data, '?', http->target.len) != NULL;
    case EP_REFUSES_EXTENSION_OFFER: return request->offers_extensions;
    case EP_REFUSES_LONG_REQUEST_LINE:
        return http->method.len + http->target.len + http->version.len + 2 > 1024;
    case EP_REFUSES_EMPTY_FIRST_LINE: return (request->faults & BIT(LINE_EMPTY_FIRST)) != 0;
    case EP_REFUSES_SPLIT_HEAD: return core->bent.segments > 1;
    default: break;
    }
    for (size_t i = 0; i < http->num_fields; i++) {
        if (field_refused(core->fault, &http->fields[i])) return true;
    }
    return false;
}

/* Names that a table made of an object of JavaScript holds by itself. */
static bool offers_prototype_name(const wsc_http *http) {
    wsc_list list;
    wsc_extension extension;
    wsc_list_init(&list, http, "sec-websocket-extensions");
    while (wsc_list_extension(&list, &extension)) {
        if (wsc_span_is(extension.name, "constructor")) return true;
    }
    return false;
}

/* Cuts all values at a NUL; the request is then checked anew, without regard to what stood behind. */
static void cut_values(endpoint_core *core, wsc_request *request) {
    wsc_http *http = &core->head->http;
    for (size_t i = 0; i < http->num_fields; i++) {
        wsc_span *value = &http->fields[i].value;
        const char *nul = value->len > 0 ? memchr(value->data, '\0', value->len) : NULL;
        if (nul != NULL) value->len = (size_t)(nul - value->data);
    }
    http->faults &= ~BIT(FIELD_VALUE_OCTET);
    wsc_request_check(request, http);
}

/* The key with the white space behind it, as it stands in the head. */
static wsc_span untrimmed(const wsc_http *http, wsc_span value) {
    const char *end = http->buf + http->len;
    while (value.data + value.len < end && (value.data[value.len] == ' ' || value.data[value.len] == '\t'))
        value.len++;
    return value;
}

void ep_fault_request(endpoint_core *core, wsc_request *request) {
    const wsc_http *http = &core->head->http;
    bool dies = false;
    if (core->fault == EP_CUTS_VALUES_AT_NUL) cut_values(core, request);
    request->faults &= ~overlooked(core, request);
    if (is_refused(core, request)) request->faults |= REFUSED;
    switch (core->fault) {
    case EP_KEEPS_SPACE_AFTER_KEY:
        if (request->key.len > 0) request->key = untrimmed(http, request->key);
        break;
    case EP_DIES_ON_MANY_FIELDS: dies = http->num_fields > 64; break;
    case EP_DIES_ON_PROTOTYPE_NAME: dies = offers_prototype_name(http); break;
    case EP_DIES_ON_BAD_HOST: dies = (request->faults & BIT(HOST_MALFORMED)) != 0; break;
    default: break;
    }
    if (dies) ep_die(core);
}
