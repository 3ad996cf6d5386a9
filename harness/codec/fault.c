/* SPDX-License-Identifier: MIT */
/* Names of faults, of requirements and of opcodes. */
#include "wsc.h"

#include <string.h>

typedef struct fault_text {
    const char *name;
    const char *requirement;
} fault_text;

#define FAULT_TEXT(symbol, name, requirement) {name, requirement},

static const fault_text fault_texts[] = {{"none", NULL}, WSC_FAULT_LIST(FAULT_TEXT)};
static const fault_text http_fault_texts[] = {{"none", NULL}, WSC_HTTP_FAULT_LIST(FAULT_TEXT)};
static const fault_text deflate_fault_texts[] = {{"none", NULL}, WSC_DEFLATE_FAULT_LIST(FAULT_TEXT)};

_Static_assert(WSC_FAULT_COUNT <= 64, "wsc_faults has one bit for each fault");
_Static_assert(WSC_HTTP_FAULT_COUNT <= 64, "wsc_http_faults has one bit for each fault");
_Static_assert(WSC_DEFLATE_FAULT_COUNT <= 64, "wsc_deflate_faults has one bit for each fault");

/* Index of the entry of that name; 0, the entry of "none", if there is no other. */
static unsigned text_find(const fault_text *texts, unsigned count, const char *name) {
    for (unsigned i = 1; name != NULL && i < count; i++) {
        if (strcmp(texts[i].name, name) == 0) return i;
    }
    return 0;
}

const char *wsc_fault_name(wsc_fault fault) {
    return (unsigned)fault < WSC_FAULT_COUNT ? fault_texts[fault].name : NULL;
}

const char *wsc_fault_requirement(wsc_fault fault) {
    return (unsigned)fault < WSC_FAULT_COUNT ? fault_texts[fault].requirement : NULL;
}

wsc_fault wsc_fault_from_name(const char *name) {
    return (wsc_fault)text_find(fault_texts, WSC_FAULT_COUNT, name);
}

const char *wsc_http_fault_name(wsc_http_fault fault) {
    return (unsigned)fault < WSC_HTTP_FAULT_COUNT ? http_fault_texts[fault].name : NULL;
}

const char *wsc_http_fault_requirement(wsc_http_fault fault) {
    return (unsigned)fault < WSC_HTTP_FAULT_COUNT ? http_fault_texts[fault].requirement : NULL;
}

wsc_http_fault wsc_http_fault_from_name(const char *name) {
    return (wsc_http_fault)text_find(http_fault_texts, WSC_HTTP_FAULT_COUNT, name);
}

const char *wsc_deflate_fault_name(wsc_deflate_fault fault) {
    return (unsigned)fault < WSC_DEFLATE_FAULT_COUNT ? deflate_fault_texts[fault].name : NULL;
}

const char *wsc_deflate_fault_requirement(wsc_deflate_fault fault) {
    return (unsigned)fault < WSC_DEFLATE_FAULT_COUNT ? deflate_fault_texts[fault].requirement : NULL;
}

wsc_deflate_fault wsc_deflate_fault_from_name(const char *name) {
    return (wsc_deflate_fault)text_find(deflate_fault_texts, WSC_DEFLATE_FAULT_COUNT, name);
}

const char *wsc_deflate_end_name(wsc_deflate_end end) {
    static const char *const names[] = {"proper", "tail-left", "final", "block", "inside", "empty"};
    return (unsigned)end < sizeof names / sizeof *names ? names[end] : NULL;
}

const char *wsc_opcode_name(unsigned opcode) {
    static const char *const names[16] = {"continuation", "text",        "binary",      "reserved-3",
                                          "reserved-4",   "reserved-5",  "reserved-6",  "reserved-7",
                                          "close",        "ping",        "pong",        "reserved-11",
                                          "reserved-12",  "reserved-13", "reserved-14", "reserved-15"};
    return names[opcode % 16];
}

uint16_t wsc_fault_code(wsc_fault fault) {
    switch (fault) {
    case WSC_FAULT_TEXT_NOT_UTF8:
    case WSC_FAULT_CLOSE_REASON_NOT_UTF8:
    case WSC_FAULT_DEFLATE_INVALID:
    case WSC_FAULT_DEFLATE_BLOCK_TYPE:
    case WSC_FAULT_DEFLATE_STORED_LENGTH:
    case WSC_FAULT_DEFLATE_CODE_LENGTHS:
    case WSC_FAULT_DEFLATE_LENGTH_SYMBOL:
    case WSC_FAULT_DEFLATE_DISTANCE_SYMBOL:
    case WSC_FAULT_DEFLATE_DISTANCE_BEFORE_START:
    case WSC_FAULT_DEFLATE_END_IN_BLOCK:
    case WSC_FAULT_DEFLATE_END_WITHOUT_BLOCK: return 1007;
    case WSC_FAULT_MESSAGE_TOO_BIG: return 1009;
    default: return 1002;
    }
}
