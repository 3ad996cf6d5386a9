/* SPDX-License-Identifier: MIT */
#include "script/extension.h"

#include <stdio.h>

#include "script/run.h"

/* ---- Answers to clients -------------------------------------------------------------------------------- */

static bool when_fits(case_when when, bool present) {
    return when == WHEN_ANY || present == (when == WHEN_PRESENT);
}

bool extension_answer(const test_case *test, const wsc_deflate_offers *offers, extension_line line) {
    const case_deflate *deflate = &test->deflate;
    static const wsc_deflate_policy as_asked;
    wsc_deflate_params params;
    char element[WSC_DEFLATE_ELEMENT_MAX];
    if (offers->num_offers == 0) return false;
    const wsc_deflate_params *first = &offers->offers[0];
    if (!when_fits(deflate->when.server_no_context_takeover, first->server_no_context_takeover) ||
        !when_fits(deflate->when.client_no_context_takeover, first->client_no_context_takeover) ||
        !when_fits(deflate->when.server_max_window_bits, first->has_server_max_window_bits) ||
        !when_fits(deflate->when.client_max_window_bits, first->has_client_max_window_bits))
        return false;
    if (deflate->answer)
        return snprintf(line, sizeof(extension_line), EXTENSION_FIELD "%s", deflate->answer) > 0;
    size_t num = deflate->given ? deflate->num_grants : 1;
    for (size_t i = 0; i < num; i++) {
        const wsc_deflate_policy *policy = deflate->given ? &deflate->grants[i] : &as_asked;
        int taken = wsc_deflate_answer(&params, policy, offers);
        if (taken < 0) continue;
        /* There are clients that refuse an answer without it, and would show nothing else (A54). */
        if (offers->offers[taken].client_no_context_takeover) params.client_no_context_takeover = true;
        if (!wsc_deflate_element_write(element, sizeof element, &params)) continue;
        return snprintf(line, sizeof(extension_line), EXTENSION_FIELD "%s", element) > 0;
    }
    return false;
}

/* ---- Cases that are about something else -----------------------------------------------------------------
 */

static bool frames_have_rsv1(const case_frame *frames, size_t num) {
    for (size_t i = 0; i < num; i++)
        if (frames[i].header.rsv1) return true;
    return false;
}

static bool steps_take_deflate(const case_step *steps, size_t num) {
    for (size_t i = 0; i < num; i++) {
        const case_step *step = &steps[i];
        if (step->kind == STEP_RAW) return false;
        if (step->kind == STEP_SEND && frames_have_rsv1(step->send.frames, step->send.num_frames))
            return false;
        /* Cuts are places in octets that would be others. */
        if ((step->kind == STEP_SEND || step->kind == STEP_MESSAGE) && step->num_cuts > 0) return false;
        if (step->kind == STEP_REPEAT && !steps_take_deflate(step->repeat.steps, step->repeat.num_steps))
            return false;
    }
    return true;
}

bool run_takes_deflate(const test_case *test) {
    const case_head *head = case_own_head(test);
    return !test->deflate.given && !test->handshake_only && head->ordinary &&
           steps_take_deflate(test->steps, test->num_steps);
}
