/* SPDX-License-Identifier: MIT */
/* Close payloads: reading, writing and reading again gives the same; the faults are those of the definition;
   a session accepts exactly the bodies without fault. */
#include "fuzz.h"

static bool sendable(unsigned code) {
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
           (code >= 3000 && code <= 4999);
}

static wsc_faults expected_faults(const uint8_t *body, size_t len) {
    if (len == 0) return 0;
    if (len == 1) return WSC_FAULT_BIT(WSC_FAULT_CLOSE_ONE_OCTET);
    wsc_faults faults = 0;
    wsc_utf8 utf8 = {0};
    bool valid = wsc_utf8_push_plain(&utf8, body + 2, len - 2) == len - 2 && wsc_utf8_complete(&utf8);
    if (!sendable((unsigned)body[0] * 256 + body[1])) faults |= WSC_FAULT_BIT(WSC_FAULT_CLOSE_CODE_ILLEGAL);
    if (!valid) faults |= WSC_FAULT_BIT(WSC_FAULT_CLOSE_REASON_NOT_UTF8);
    return faults;
}

/* What a client says about the body in a Close frame. */
static void check_session(const uint8_t *body, size_t len, const wsc_close *close) {
    uint8_t frame[2 + WSC_CONTROL_MAX];
    wsc_session_config config = {.role = WSC_CLIENT};
    wsc_session session;
    wsc_session_event event;
    frame[0] = 0x88;
    frame[1] = (uint8_t)len;
    if (len > 0) memcpy(frame + 2, body, len);
    wsc_session_init(&session, &config);
    wsc_session_push(&session, frame, 2 + len, &event);
    ORACLE((event.type == WSC_SESSION_CLOSE) == (close->faults == 0), "close-session");
    if (close->faults == 0) {
        ORACLE(event.close.has_code == close->has_code && event.close.code == close->code, "close-session");
        ORACLE(event.close.reason.len == close->reason.len, "close-session");
    } else {
        ORACLE(event.type == WSC_SESSION_FAIL, "close-session");
        ORACLE((close->faults & WSC_FAULT_BIT(event.fault)) != 0, "close-session");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > FUZZ_MAX) return 0;
    wsc_close close;
    wsc_close_parse(&close, data, size);
    ORACLE(close.has_code == (size >= 2), "close-code");
    if (close.has_code) {
        ORACLE(close.code == (unsigned)data[0] * 256 + data[1], "close-code");
        ORACLE(wsc_code_sendable(close.code) == sendable(close.code), "close-sendable");
    }
    ORACLE(close.faults == expected_faults(data, size), "close-faults");
    if (close.has_code) {
        ORACLE(close.reason.data == (const char *)data + 2 && close.reason.len == size - 2, "close-reason");
        uint8_t body[WSC_CONTROL_MAX];
        size_t len = wsc_close_encode(body, close.code, close.reason.data, close.reason.len);
        if (size <= WSC_CONTROL_MAX)
            ORACLE(len == size && memcmp(body, data, size) == 0, "close-round-trip");
        else
            ORACLE(len == 0, "close-too-long");
    } else {
        ORACLE(close.code == 0 && close.reason.len == 0, "close-code");
    }
    if (size <= WSC_CONTROL_MAX) check_session(data, size, &close);
    return 0;
}
