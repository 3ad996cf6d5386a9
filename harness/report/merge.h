/* SPDX-License-Identifier: MIT */
/* Shards: a run that was split into parts (--shard i/n), and the record of the whole made of theirs. */
#ifndef REPORT_MERGE_H
#define REPORT_MERGE_H

#include "report/report.h"

/* Whether a record is that of a part. */
bool record_is_shard(const record *rec);
/* Whether two records are parts of the same whole: of as many parts, against the same target, by the same
   cases and settings. A target is the same if its name is, or without one its agent, the command that started
   it, or its URL. */
bool record_same_whole(const record *a, const record *b);

/* Makes one record of parts of the same whole, in the order of a run that was not split. It is incomplete if
   a part is, or is missing. Cases are shared with the parts, which stay the caller's. The caller frees the
   result. NULL with a reason if a part is there twice, or without memory. */
record *record_merge(const record *const *parts, size_t num_parts, char *error, size_t error_len);

#endif
