/* SPDX-License-Identifier: MIT */
/* Details of a case as JSON, and the HTML pages. Everything that came from a peer is escaped. */
#ifndef AUTOBAHN_PAGE_H
#define AUTOBAHN_PAGE_H

#include <stdio.h>

#include "autobahn/report.h"

/* True for a-z, A-Z and 0-9. */
bool ab_page_plain(char c);
/* The 39 members of a case's file, and "note" where our words are not Autobahn's; the caller owns it. number:
   its place as they count. */
json_t *ab_detail(const ab_run *run, const json_t *line, const ab_case *one, const ab_agent *agent,
                  unsigned number);
void ab_page_case(FILE *file, const json_t *detail, const ab_case *one, const char *version);
void ab_page_index(FILE *file, const ab_run *run);

#endif
