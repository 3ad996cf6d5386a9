/* SPDX-License-Identifier: MIT */
/* Faults of the client's request. */
#include "endpoint/faults.h"

#include <stdio.h>
#include <string.h>

/* Any value that does not change. */
#define NONCE "the same nonce"

static const char key_field[] = "Sec-WebSocket-Key", version_field[] = "Sec-WebSocket-Version";
static const char protocol_field[] = "Sec-WebSocket-Protocol";

static void ask_start(const endpoint_core *core, ep_answer *request) {
    switch (core->fault) {
    case EP_REQUESTS_WITH_POST: request->method = "POST"; break;
    case EP_REQUESTS_LOWER_CASE_METHOD: request->method = "get"; break;
    case EP_REQUESTS_HTTP_1_0: request->version = "HTTP/1.0"; break;
    case EP_REQUESTS_TWO_SPACES: request->gap = "  "; break;
    case EP_REQUESTS_WITH_FRAGMENT:
        (void)snprintf(request->text, sizeof request->text, "%.1000s#top", request->target);
        request->target = request->text;
        break;
    case EP_REQUESTS_SPACE_IN_TARGET:
        (void)snprintf(request->text, sizeof request->text, "%.1000s?a b", request->target);
        request->target = request->text;
        break;
    case EP_REQUESTS_BARE_LF: request->line_end = "\n"; break;
    case EP_REQUESTS_SPACE_BEFORE_COLON: request->colon = " : "; break;
    default: break;
    }
}

static void ask_host(const endpoint_core *core, ep_answer *request) {
    switch (core->fault) {
    case EP_REQUESTS_WITHOUT_HOST: ep_answer_drop(request, "Host"); break;
    case EP_REQUESTS_TWO_HOSTS: ep_answer_add(request, "Host", core->config.request->host); break;
    case EP_REQUESTS_USERINFO_IN_HOST:
        (void)snprintf(request->text, sizeof request->text, "user:secret@%.900s", core->config.request->host);
        ep_answer_set(request, "Host", request->text);
        break;
    case EP_REQUESTS_URL_AS_HOST:
        (void)snprintf(request->text, sizeof request->text, "ws://%.900s/", core->config.request->host);
        ep_answer_set(request, "Host", request->text);
        break;
    default: break;
    }
}

static void ask_upgrade(const endpoint_core *core, ep_answer *request) {
    switch (core->fault) {
    case EP_REQUESTS_WITHOUT_UPGRADE: ep_answer_drop(request, "Upgrade"); break;
    case EP_REQUESTS_OTHER_UPGRADE: ep_answer_set(request, "Upgrade", "h2c"); break;
    case EP_REQUESTS_WITHOUT_CONNECTION: ep_answer_drop(request, "Connection"); break;
    case EP_REQUESTS_KEEP_ALIVE: ep_answer_set(request, "Connection", "keep-alive"); break;
    case EP_REQUESTS_EMPTY_LIST_ELEMENT: ep_answer_set(request, "Connection", "keep-alive,, Upgrade"); break;
    case EP_REQUESTS_FOLDED: ep_answer_set(request, "Connection", "keep-alive,\r\n Upgrade"); break;
    default: break;
    }
}

/* The key is set in the head too: by it the answer is judged. */
static void set_key(endpoint_core *core, ep_answer *request, const char *value) {
    (void)snprintf(core->head->key, sizeof core->head->key, "%s", value);
    ep_answer_set(request, key_field, core->head->key);
}

static void ask_key(endpoint_core *core, ep_answer *request) {
    static const uint8_t same[16] = NONCE;
    char value[WSC_KEY_LEN + 1];
    switch (core->fault) {
    case EP_REQUESTS_WITHOUT_KEY: ep_answer_drop(request, key_field); break;
    case EP_REQUESTS_TWO_KEYS: ep_answer_add(request, key_field, core->head->key); break;
    case EP_KEY_EMPTY: set_key(core, request, ""); break;
    case EP_KEY_OF_8_OCTETS: set_key(core, request, "AAECAwQFBgc="); break;
    case EP_KEY_OF_15_OCTETS: set_key(core, request, "AAECAwQFBgcICQoLDA0O"); break;
    case EP_KEY_OF_17_OCTETS: set_key(core, request, "AAECAwQFBgcICQoLDA0ODxA="); break;
    case EP_KEY_NOT_ENCODED: set_key(core, request, "the sample nonce"); break;
    case EP_KEY_WITHOUT_PADDING:
        memcpy(value, core->head->key, WSC_KEY_LEN - 2);
        value[WSC_KEY_LEN - 2] = '\0';
        set_key(core, request, value);
        break;
    case EP_KEY_CONSTANT:
        wsc_key_encode(value, same);
        set_key(core, request, value);
        break;
    default: break;
    }
}

static void ask_version(const endpoint_core *core, ep_answer *request) {
    switch (core->fault) {
    case EP_REQUESTS_WITHOUT_VERSION: ep_answer_drop(request, version_field); break;
    case EP_REQUESTS_TWO_VERSIONS: ep_answer_add(request, version_field, "13"); break;
    case EP_REQUESTS_VERSION_8: ep_answer_set(request, version_field, "8"); break;
    case EP_REQUESTS_VERSION_LIST: ep_answer_set(request, version_field, "13, 8"); break;
    default: break;
    }
}

static void ask_more(const endpoint_core *core, ep_answer *request) {
    switch (core->fault) {
    case EP_OFFERS_PROTOCOL_TWICE: ep_answer_add(request, protocol_field, "chat, chat"); break;
    case EP_OFFERS_EMPTY_PROTOCOL: ep_answer_add(request, protocol_field, ""); break;
    case EP_OFFERS_BAD_PROTOCOL: ep_answer_add(request, protocol_field, "my chat"); break;
    case EP_OFFERS_BAD_EXTENSION:
        ep_answer_add(request, "Sec-WebSocket-Extensions", "x-unknown; level=\"not a token\"");
        break;
    case EP_REQUESTS_BAD_FIELD_NAME: ep_answer_add(request, "X(Y)", "z"); break;
    case EP_REQUESTS_CONTROL_OCTET: ep_answer_add(request, "X-Title", "a\001b"); break;
    case EP_REQUESTS_WITH_CONTENT:
        ep_answer_add(request, "Content-Length", "4");
        request->content = "body";
        break;
    case EP_REQUESTS_CHUNKED:
        ep_answer_add(request, "Transfer-Encoding", "chunked");
        request->content = "0\r\n\r\n";
        break;
    default: break;
    }
}

void ep_fault_ask(endpoint_core *core, ep_answer *request) {
    ask_start(core, request);
    ask_host(core, request);
    ask_upgrade(core, request);
    ask_key(core, request);
    ask_version(core, request);
    ask_more(core, request);
}

void ep_fault_asked(endpoint_core *core) {
    static const uint8_t hello[] = {'h', 'e', 'l', 'l', 'o'};
    if (core->fault == EP_SENDS_BEFORE_101) ep_send_frame(core, WSC_OP_TEXT, hello, sizeof hello);
    if (core->fault == EP_PINGS_BEFORE_101) ep_send_frame(core, WSC_OP_PING, hello, sizeof hello);
}
