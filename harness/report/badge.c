/* SPDX-License-Identifier: MIT */
/* The endpoint that badges of shields.io read: how many of the judged cases passed. */
#include <errno.h>

#include "report/model.h"

int report_badge(const record *rec, FILE *file) {
    digest *d = digest_new(rec);
    if (!d) {
        errno = ENOMEM;
        return -1;
    }
    size_t passed = d->totals[WORD_PASS] + d->totals[WORD_LENIENT] + d->totals[WORD_INFO];
    size_t judged =
        d->total - d->totals[WORD_UNSUPPORTED] - d->totals[WORD_NOT_RUN] - d->totals[WORD_BLOCKED];
    int64_t code = json_int(rec->footer, "exit_code");
    bool red = d->red > 0 || code != 0;
    fputs("{\"schemaVersion\":1,\"label\":\"RFC 6455\",\"message\":\"", file);
    if (d->incomplete)
        fputs("incomplete\",\"color\":\"lightgrey\",\"isError\":true}\n", file);
    else
        fprintf(file, "%zu/%zu\",\"color\":\"%s\"}\n", passed, judged,
                red               ? "red"
                : passed < judged ? "yellow"
                                  : "brightgreen");
    digest_free(d);
    return fflush(file) == EOF || ferror(file) ? -1 : 0;
}
