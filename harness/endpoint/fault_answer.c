/* SPDX-License-Identifier: MIT */
/* Faults of the answer in an opening handshake. */
#include "endpoint/faults.h"

#include <stdio.h>
#include <string.h>

/* Appends to the text of the answer as much as fits. */
static void text_append(ep_answer *answer, const char *data, size_t len) {
    size_t used = strlen(answer->text);
    if (len > sizeof answer->text - 1 - used) len = sizeof answer->text - 1 - used;
    memcpy(answer->text + used, data, len);
    answer->text[used + len] = '\0';
}

/* All values of a field as one list, in the text of the answer; NULL if there is no such field. */
static const char *joined(ep_answer *answer, const wsc_http *http, const char *name) {
    const wsc_field *field;
    for (size_t nth = 0; (field = wsc_http_field(http, name, nth)) != NULL; nth++) {
        if (nth > 0) text_append(answer, ", ", 2);
        text_append(answer, field->value.data, field->value.len);
    }
    return answer->text[0] == '\0' ? NULL : answer->text;
}

static int base64_value(char c) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c == '\0' ? NULL : strchr(alphabet, c);
    return found == NULL ? 0 : (int)(found - alphabet);
}

/* The octets of base64 text without white space; returns how many. */
static size_t base64_decode(uint8_t *dst, const char *text, size_t len) {
    size_t num = 0;
    for (size_t i = 0; i + 4 <= len; i += 4) {
        unsigned group = 0;
        for (size_t k = 0; k < 4; k++) group = group << 6 | (unsigned)base64_value(text[i + k]);
        dst[num++] = (uint8_t)(group >> 16);
        if (text[i + 2] != '=') dst[num++] = (uint8_t)(group >> 8 & 0xFF);
        if (text[i + 3] != '=') dst[num++] = (uint8_t)(group & 0xFF);
    }
    return num;
}

static void accept_value(const endpoint_core *core, const wsc_request *request, ep_answer *answer) {
    static const char name[] = "Sec-WebSocket-Accept";
    const wsc_span key = request->key;
    uint8_t octets[WSC_ACCEPT_LEN];
    char line[64];
    switch (core->fault) {
    case EP_ACCEPT_INCLUDES_LINE_END:
        snprintf(line, sizeof line, "%.*s\r\n", (int)key.len, key.data);
        wsc_accept_encode(answer->accept, (wsc_span){line, strlen(line)});
        break;
    case EP_ACCEPT_OF_DECODED_KEY: {
        size_t len = base64_decode(octets, key.data, WSC_KEY_LEN);
        wsc_accept_encode(answer->accept, (wsc_span){(const char *)octets, len});
        break;
    }
    case EP_ACCEPT_IN_HEX: {
        size_t len = base64_decode(octets, answer->accept, WSC_ACCEPT_LEN);
        for (size_t i = 0; i < len; i++) snprintf(answer->text + 2 * i, 3, "%02x", octets[i]);
        ep_answer_set(answer, name, answer->text);
        break;
    }
    case EP_ACCEPT_IN_LOWER_CASE:
        for (char *c = answer->accept; *c != '\0'; c++) {
            if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
        }
        break;
    case EP_ACCEPT_WITHOUT_PADDING: answer->accept[WSC_ACCEPT_LEN - 1] = '\0'; break;
    case EP_ACCEPT_CONSTANT: ep_answer_set(answer, name, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); break;
    case EP_ACCEPT_MISSING: ep_answer_drop(answer, name); break;
    case EP_ACCEPT_TWICE: ep_answer_add(answer, name, answer->accept); break;
    default: break;
    }
}

/* The own spelling of a subprotocol that was offered in whatever case. */
static const char *choose_in_any_case(const endpoint_core *core) {
    wsc_list list;
    wsc_span offered;
    wsc_list_init(&list, &core->head->http, "sec-websocket-protocol");
    while (wsc_list_token(&list, &offered)) {
        for (const char *const *name = core->config.protocols; name != NULL && *name != NULL; name++) {
            if (wsc_span_is(offered, *name)) return *name;
        }
    }
    return NULL;
}

static void subprotocol(const endpoint_core *core, ep_answer *answer) {
    static const char name[] = "Sec-WebSocket-Protocol";
    const wsc_http *http = &core->head->http;
    const char *const *own = core->config.protocols;
    const char *chosen = ep_answer_value(answer, name);
    const char *value = NULL;
    switch (core->fault) {
    case EP_PROTOCOL_NOT_OFFERED:
        if (chosen == NULL) value = own != NULL && *own != NULL ? *own : "chat";
        break;
    case EP_PROTOCOL_IN_ANY_CASE:
        if (chosen == NULL) value = choose_in_any_case(core);
        break;
    case EP_PROTOCOL_LIST:
        ep_answer_drop(answer, name);
        value = joined(answer, http, name);
        break;
    case EP_PROTOCOL_EMPTY:
        if (chosen == NULL) value = "";
        break;
    case EP_PROTOCOL_TWICE: value = chosen; break;
    default: break;
    }
    if (value != NULL) ep_answer_add(answer, name, value);
}

static void extensions(endpoint_core *core, ep_answer *answer) {
    static const char name[] = "Sec-WebSocket-Extensions";
    const char *value = NULL;
    if (core->fault == EP_EXTENSION_NOT_OFFERED) value = "x-webkit-deflate-frame";
    if (core->fault == EP_EXTENSION_SENT_BACK) {
        value = joined(answer, &core->head->http, name);
        ep_answer_drop(answer, name);
        core->deflate.agreed = false;
    }
    if (value != NULL) ep_answer_add(answer, name, value);
}

void ep_fault_answer(endpoint_core *core, const wsc_request *request, ep_answer *answer) {
    static const uint8_t early[] = {'e', 'a', 'r', 'l', 'y'};
    accept_value(core, request, answer);
    subprotocol(core, answer);
    extensions(core, answer);
    switch (core->fault) {
    case EP_ANSWERS_WITHOUT_UPGRADE: ep_answer_drop(answer, "Upgrade"); break;
    case EP_ANSWERS_OTHER_UPGRADE: ep_answer_set(answer, "Upgrade", "h2c"); break;
    case EP_ANSWERS_WITHOUT_CONNECTION: ep_answer_drop(answer, "Connection"); break;
    case EP_ANSWERS_CONNECTION_KEEP_ALIVE: ep_answer_set(answer, "Connection", "keep-alive"); break;
    case EP_ANSWERS_200:
        answer->status = 200;
        answer->phrase = "OK";
        break;
    case EP_ANSWERS_HTTP_1_0: answer->version = "HTTP/1.0"; break;
    case EP_ANSWERS_WITHOUT_PHRASE_SPACE:
        answer->bare_phrase = true;
        answer->phrase = "";
        break;
    case EP_ANSWERS_BARE_LF: answer->line_end = "\n"; break;
    case EP_ANSWERS_FOLDED: ep_answer_set(answer, "Connection", "\r\n Upgrade"); break;
    case EP_ANSWERS_SPACE_BEFORE_COLON: answer->colon = " : "; break;
    case EP_ANSWERS_CONTENT_LENGTH: ep_answer_add(answer, "Content-Length", "0"); break;
    case EP_ANSWERS_TRANSFER_ENCODING: ep_answer_add(answer, "Transfer-Encoding", "chunked"); break;
    case EP_ANSWERS_CONTENT:
        ep_answer_add(answer, "Content-Length", "8");
        answer->content = "Welcome\n";
        break;
    case EP_ANSWERS_EXTRA_CRLF: answer->content = "\r\n"; break;
    case EP_FRAME_BEFORE_101: ep_send_frame(core, WSC_OP_PING, early, sizeof early); break;
    default: break;
    }
}

bool ep_fault_refusal(endpoint_core *core, ep_answer *answer) {
    switch (core->fault) {
    case EP_NO_VERSION_IN_426: ep_answer_drop(answer, "Sec-WebSocket-Version"); return false;
    case EP_NO_UPGRADE_IN_426:
        ep_answer_drop(answer, "Upgrade");
        ep_answer_set(answer, "Connection", "close");
        return false;
    case EP_REFUSES_WITH_500:
        answer->status = 500;
        answer->phrase = "Internal Server Error";
        return false;
    case EP_REFUSES_SILENTLY: ep_end(core); return true;
    case EP_HANGS_ON_BAD_REQUEST: ep_hang(core, false); return true;
    default: return false;
    }
}
