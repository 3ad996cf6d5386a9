/* SPDX-License-Identifier: MIT */
/* Close payloads and their status codes (RFC 6455 5.5.1, 7.4). */
#include "wsc.h"

#include <string.h>

wsc_code_class wsc_code_classify(uint16_t code) {
    if (code < 1000) return WSC_CODE_INVALID;
    if (code >= 5000) return WSC_CODE_UNDEFINED;
    if (code >= 4000) return WSC_CODE_PRIVATE;
    if (code >= 3000) return WSC_CODE_REGISTERED;
    switch (code) {
    case 1005:
    case 1006:
    case 1015: return WSC_CODE_NOT_ON_WIRE;
    case 1004: return WSC_CODE_RESERVED;
    default: return code < 1016 ? WSC_CODE_DEFINED : WSC_CODE_RESERVED;
    }
}

bool wsc_code_sendable(uint16_t code) {
    wsc_code_class class = wsc_code_classify(code);
    return class == WSC_CODE_DEFINED || class == WSC_CODE_REGISTERED || class == WSC_CODE_PRIVATE;
}

void wsc_close_parse(wsc_close *close, const uint8_t *data, size_t len) {
    memset(close, 0, sizeof *close);
    if (len == 1) close->faults |= WSC_FAULT_BIT(WSC_FAULT_CLOSE_ONE_OCTET);
    if (len < 2) return;
    close->has_code = true;
    close->code = (uint16_t)(data[0] << 8 | data[1]);
    close->reason.data = (const char *)data + 2;
    close->reason.len = len - 2;
    if (!wsc_code_sendable(close->code)) close->faults |= WSC_FAULT_BIT(WSC_FAULT_CLOSE_CODE_ILLEGAL);
    if (!wsc_utf8_valid(data + 2, len - 2)) close->faults |= WSC_FAULT_BIT(WSC_FAULT_CLOSE_REASON_NOT_UTF8);
}

size_t wsc_close_encode(uint8_t dst[WSC_CONTROL_MAX], uint16_t code, const char *reason, size_t reason_len) {
    if (reason_len > WSC_CONTROL_MAX - 2) return 0;
    dst[0] = (uint8_t)(code >> 8);
    dst[1] = (uint8_t)(code & 0xFF);
    if (reason_len > 0) memcpy(dst + 2, reason, reason_len);
    return 2 + reason_len;
}
