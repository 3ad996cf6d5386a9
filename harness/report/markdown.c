/* SPDX-License-Identifier: MIT */
#include "report/markdown.h"

#include <string.h>

#include "report/explain.h"
#include "report/text.h"

void markdown_text(FILE *file, view text, size_t max) {
    memo out;
    if (memo_open(&out) == 0) view_put(out.file, text, 0);
    if (memo_close(&out) == 0) {
        for (size_t at = 0; at < out.len;) {
            int32_t code;
            size_t taken = text_decode(out.data + at, out.len - at, &code);
            if (max && at + taken > max) {
                fputs("...", file);
                break;
            }
            if (taken == 1 && strchr("\\`*_[]<>|&~#!@:$", out.data[at])) putc('\\', file);
            fwrite(out.data + at, 1, taken, file);
            at += taken;
        }
    }
    memo_free(&out);
}
