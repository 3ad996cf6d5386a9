/* SPDX-License-Identifier: MIT */
/* Faults of checking text. Where the session is too strict for a fault it is told that the message is binary,
   and the message is checked here once it is complete. */
#include "endpoint/faults.h"

#include <string.h>

/* True if text is not to be checked by the session. */
static bool checks_itself(ep_fault fault, const wsc_frame *frame) {
    switch (fault) {
    case EP_UTF8_UNCHECKED_IN_FRAGMENTS: return !frame->fin;
    case EP_UTF8_UNCHECKED:
    case EP_UTF8_ONLY_FIRST_FRAGMENT:
    case EP_UTF8_ONLY_FIRST_1024:
    case EP_UTF8_SKIPS_TAIL:
    case EP_UTF8_SKIPS_ASCII_START:
    case EP_UTF8_INCOMPLETE_END:
    case EP_UTF8_SURROGATES:
    case EP_UTF8_SURROGATE_PAIRS:
    case EP_UTF8_OVERLONG_2:
    case EP_UTF8_NUL_AS_C080:
    case EP_UTF8_OVERLONG_3:
    case EP_UTF8_OVERLONG_4:
    case EP_UTF8_ABOVE_10FFFF:
    case EP_UTF8_5_AND_6_OCTETS:
    case EP_UTF8_TAIL_NOT_CHECKED:
    case EP_UTF8_LONE_TAIL:
    case EP_UTF8_REPLACED:
    case EP_UTF8_DROPPED: return true;
    default: return false;
    }
}

ep_take ep_fault_text_header(endpoint_core *core, wsc_frame *frame) {
    if (core->receive.message_open) return EP_FEED;
    if (frame->opcode == WSC_OP_TEXT || frame->opcode == WSC_OP_BINARY) core->bent.as_text = false;
    if (frame->opcode == WSC_OP_TEXT && checks_itself(core->fault, frame)) {
        frame->opcode = WSC_OP_BINARY;
        core->bent.as_text = true;
    }
    return EP_FEED;
}

/* ---- Characters, well-formed or not ------------------------------------------------------------------- */

/* What one sequence of octets is. */
typedef struct character {
    size_t len;         /* octets that belong together, at least 1 */
    bool whole;         /* a first octet with as many 80 to BF behind it as it announces */
    unsigned announced; /* octets that the first one announces; 1 also for 80 to BF */
    uint32_t code;      /* if whole: the number, whatever it is */
} character;

static character read_character(const uint8_t *data, size_t len) {
    const uint8_t first = data[0];
    character c = {.len = 1, .announced = 1, .code = first, .whole = first < 0x80};
    if (first < 0xC0 || first >= 0xFE) return c;
    c.announced = first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF8 ? 4 : first < 0xFC ? 5 : 6;
    c.code = first & (0x7Fu >> c.announced);
    while (c.len < c.announced && c.len < len && (data[c.len] & 0xC0) == 0x80)
        c.code = c.code << 6 | (data[c.len++] & 0x3F);
    c.whole = c.len == c.announced;
    return c;
}

static bool is_surrogate(uint32_t code) {
    return code >= 0xD800 && code <= 0xDFFF;
}

static bool is_overlong(const character *c) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000, 0x200000, 0x4000000};
    return c->code < least[c->announced];
}

/* Whether the fault takes a character that is ill-formed. */
static bool takes(ep_fault fault, const character *c, const uint8_t *data, size_t len) {
    const bool overlong = is_overlong(c);
    if (fault == EP_UTF8_LONE_TAIL) return data[0] >= 0x80 && data[0] < 0xC0;
    if (!c->whole) return false;
    switch (fault) {
    case EP_UTF8_SURROGATES: return c->announced == 3 && is_surrogate(c->code);
    case EP_UTF8_SURROGATE_PAIRS: {
        if (c->announced != 3 || !is_surrogate(c->code)) return false;
        if (c->code >= 0xDC00 || len < 6) return false;
        character next = read_character(data + 3, len - 3);
        return next.whole && next.announced == 3 && next.code >= 0xDC00 && next.code <= 0xDFFF;
    }
    case EP_UTF8_OVERLONG_2: return c->announced == 2 && overlong;
    case EP_UTF8_NUL_AS_C080: return c->announced == 2 && c->code == 0;
    case EP_UTF8_OVERLONG_3: return c->announced == 3 && overlong;
    case EP_UTF8_OVERLONG_4: return c->announced == 4 && overlong;
    case EP_UTF8_ABOVE_10FFFF: return c->announced == 4 && c->code > 0x10FFFF;
    case EP_UTF8_5_AND_6_OCTETS: return c->announced > 4;
    default: return false;
    }
}

/* Well-formed but for what the fault takes. */
static bool valid_to(ep_fault fault, const uint8_t *data, size_t len) {
    for (size_t i = 0; i < len;) {
        character c = read_character(data + i, len - i);
        size_t size = c.len;
        if (fault == EP_UTF8_TAIL_NOT_CHECKED && data[i] >= 0xC2 && data[i] <= 0xF4) {
            size = c.announced;
            if (size > len - i) return false;
        } else if (!wsc_utf8_valid(data + i, size)) {
            if (!takes(fault, &c, data + i, len - i)) return false;
            if (fault == EP_UTF8_SURROGATE_PAIRS) size = 6;
        }
        i += size;
    }
    return true;
}

/* No octet makes the text ill-formed; it may end inside a character. */
static bool valid_so_far(const uint8_t *data, size_t len) {
    wsc_utf8 utf8 = {0};
    return wsc_utf8_push(&utf8, data, len) == len;
}

static bool is_ascii(const uint8_t *data, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (data[i] >= 0x80) return false;
    }
    return true;
}

/* ---- Checks of a complete message --------------------------------------------------------------------- */

/* Text that the session has not checked. */
static bool passes(const endpoint_core *core, const uint8_t *data, size_t len) {
    const ep_bent *bent = &core->bent;
    switch (core->fault) {
    case EP_UTF8_UNCHECKED:
    case EP_DEFLATE_TEXT_UNCHECKED:
    case EP_UTF8_UNCHECKED_IN_FRAGMENTS: return true;
    case EP_UTF8_ONLY_FIRST_FRAGMENT:
        return bent->num_fragments > 1 ? valid_so_far(data, bent->bounds[1] - EP_HEADROOM)
                                       : wsc_utf8_valid(data, len);
    case EP_UTF8_ONLY_FIRST_1024: return len > 1024 ? valid_so_far(data, 1024) : wsc_utf8_valid(data, len);
    case EP_UTF8_SKIPS_TAIL:
        return len % 16 != 0 ? valid_so_far(data, len - len % 16) : wsc_utf8_valid(data, len);
    case EP_UTF8_SKIPS_ASCII_START: return (len >= 8 && is_ascii(data, 8)) || wsc_utf8_valid(data, len);
    case EP_UTF8_INCOMPLETE_END: return valid_so_far(data, len);
    default: return valid_to(core->fault, data, len);
    }
}

/* Valid text that the fault does not take. */
static bool is_refused(ep_fault fault, const uint8_t *data, size_t len) {
    for (size_t i = 0; i < len;) {
        character c = read_character(data + i, len - i);
        const uint32_t code = c.code;
        bool control = code < 0x20 && code != '\t' && code != '\n' && code != '\r';
        if (fault == EP_UTF8_AT_MOST_3_OCTETS && c.announced > 3) return true;
        if (fault == EP_UTF8_NO_NUL && code == 0) return true;
        if (fault == EP_UTF8_NO_CONTROL && control) return true;
        if (fault == EP_UTF8_NO_NONCHARACTERS &&
            ((code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF)))
            return true;
        i += c.len;
    }
    return false;
}

/* True if a fragment ends or begins inside a character. */
static bool splits_character(const endpoint_core *core) {
    const ep_bent *bent = &core->bent;
    size_t num = bent->num_fragments < EP_BOUNDS_MAX ? bent->num_fragments : EP_BOUNDS_MAX;
    for (size_t i = 0; i < num; i++) {
        size_t start = bent->bounds[i], end = i + 1 < num ? bent->bounds[i + 1] : core->message.len;
        if (!wsc_utf8_valid(core->message.data + start, end - start)) return true;
    }
    return false;
}

/* ---- Changes ------------------------------------------------------------------------------------------ */

/* Writes the message anew: U+FFFD for what is ill-formed. */
static void replace(endpoint_core *core) {
    static const uint8_t replacement[] = {0xEF, 0xBF, 0xBD};
    ep_buffer *message = &core->message, *kept = &core->bent.kept;
    ep_keep(core, 0, message->data, message->len);
    message->len = EP_HEADROOM;
    for (size_t i = EP_HEADROOM; i < kept->len && !core->broken;) {
        character c = read_character(kept->data + i, kept->len - i);
        bool valid = wsc_utf8_valid(kept->data + i, c.len);
        bool ok = valid ? ep_buffer_append(message, kept->data + i, c.len)
                        : ep_buffer_append(message, replacement, sizeof replacement);
        if (!ok) core->broken = true;
        i += c.len;
    }
}

/* Removes U+FEFF: at the start, or everywhere. */
static void strip_feff(ep_buffer *message, bool everywhere) {
    size_t kept = EP_HEADROOM;
    for (size_t i = EP_HEADROOM; i < message->len;) {
        bool may = everywhere || i == EP_HEADROOM;
        if (may && message->len - i >= 3 && memcmp(message->data + i, "\xEF\xBB\xBF", 3) == 0)
            i += 3;
        else
            message->data[kept++] = message->data[i++];
    }
    message->len = kept;
}

ep_text ep_fault_text(endpoint_core *core) {
    const uint8_t *data = core->message.data + EP_HEADROOM;
    const size_t len = core->message.len - EP_HEADROOM;
    if (core->bent.as_text) {
        core->message_opcode = WSC_OP_TEXT;
        if (core->fault == EP_UTF8_REPLACED)
            replace(core);
        else if (!passes(core, data, len))
            return core->fault == EP_UTF8_DROPPED ? EP_TEXT_SKIP : EP_TEXT_BAD;
        return EP_TEXT_GOOD;
    }
    if (core->message_opcode == WSC_OP_BINARY) {
        bool bad = core->fault == EP_UTF8_BINARY_CHECKED && !wsc_utf8_valid(data, len);
        return bad ? EP_TEXT_BAD : EP_TEXT_GOOD;
    }
    bool bad = false;
    switch (core->fault) {
    case EP_UTF8_CHECKED_PER_FRAME: bad = splits_character(core); break;
    case EP_UTF8_CHECKED_PER_SEGMENT:
        bad =
            !wsc_utf8_valid(core->message.data + core->bent.checked, core->message.len - core->bent.checked);
        break;
    case EP_UTF8_BOM_STRIPPED: strip_feff(&core->message, false); break;
    case EP_UTF8_FEFF_STRIPPED: strip_feff(&core->message, true); break;
    default: bad = is_refused(core->fault, data, len); break;
    }
    return bad ? EP_TEXT_BAD : EP_TEXT_GOOD;
}
