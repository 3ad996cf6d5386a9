/* SPDX-License-Identifier: MIT */
/* Parts of the HTML report. All of them write markup; strings of the record go through text_put with
   TEXT_MARKUP. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "report/model.h"

/* reports/template.html with its content security policy filled in; slots are written {{name}}. */
extern const char html_template[];

#endif
