/* SPDX-License-Identifier: MIT */
/* Where faults act. Each function is one point in the life of a connection; it is called only while a fault
   is on, and does nothing unless the fault belongs there. */
#ifndef ENDPOINT_FAULTS_H
#define ENDPOINT_FAULTS_H

#include "endpoint/internal.h"

/* What a fault may do instead of the right thing (faults.c). */

/* Neither sends nor ends anything any more. deaf: does not even read. */
void ep_hang(endpoint_core *core, bool deaf);
/* The server dies. */
void ep_die(endpoint_core *core);
/* Sends any frame; a masked one is masked with its key. */
void ep_send_any_frame(endpoint_core *core, const wsc_frame *frame, const uint8_t *data, size_t len);
/* Skips the rest of the frame that is being read and starts the session anew. */
void ep_skip_frame(endpoint_core *core);
/* Remembers octets in place of those before. */
void ep_keep(endpoint_core *core, uint8_t opcode, const uint8_t *data, size_t len);

/* Segments and the connection as a whole (faults.c). */

void ep_fault_accepted(endpoint_core *core);
void ep_fault_segment_begin(endpoint_core *core);
void ep_fault_segment_end(endpoint_core *core);
/* The head is complete, and answered if it was a request. len: what follows in the segment; may be cut. */
void ep_fault_after_head(endpoint_core *core, size_t *len);
/* The frames of a segment, before they are decoded; true if they have been dealt with. */
bool ep_fault_frames(endpoint_core *core, const uint8_t *data, size_t len);
/* A frame is complete: true if the rest of the segment is not to be decoded now. */
bool ep_fault_frame_end(endpoint_core *core, const uint8_t *rest, size_t len);
/* The peer ended its half; true if that has been dealt with. */
bool ep_fault_eof(endpoint_core *core);

/* The request (fault_request.c). */

/* Like wsc_http_push. */
size_t ep_fault_head(endpoint_core *core, const uint8_t *data, size_t len, wsc_http_status *status);
/* A segment ended inside the head. */
void ep_fault_unfinished_head(endpoint_core *core);
/* Takes faults away from the request, or adds some. */
void ep_fault_request(endpoint_core *core, wsc_request *request);

/* The client's request (fault_ask.c): before it is sent, and behind it. */
void ep_fault_ask(endpoint_core *core, ep_answer *request);
void ep_fault_asked(endpoint_core *core);

/* The response (fault_response.c). */

/* Takes faults away from the response, or adds some. */
void ep_fault_response(endpoint_core *core, wsc_response *response, const wsc_offer *offer);
/* An interim response: true if it is taken for the final one. */
bool ep_fault_interim(endpoint_core *core);
/* Octets behind the response: how many of them are skipped. */
size_t ep_fault_content(endpoint_core *core, size_t len);
/* A response was found bad; true if that has been dealt with. */
bool ep_fault_response_refused(endpoint_core *core);

/* The answer (fault_answer.c). */

/* A 101 before it is sent. */
void ep_fault_answer(endpoint_core *core, const wsc_request *request, ep_answer *answer);
/* A refusal before it is sent; true if that has been dealt with. */
bool ep_fault_refusal(endpoint_core *core, ep_answer *answer);

/* Frames of the peer. */

/* Header complete: bends it, and says what becomes of the payload. */
ep_take ep_fault_header(endpoint_core *core, wsc_frame *frame);         /* fault_receive.c */
ep_take ep_fault_control_header(endpoint_core *core, wsc_frame *frame); /* fault_control.c */
ep_take ep_fault_close_header(endpoint_core *core, wsc_frame *frame);   /* fault_close.c */
ep_take ep_fault_text_header(endpoint_core *core, wsc_frame *frame);    /* fault_utf8.c */
ep_take ep_fault_mask_bit(endpoint_core *core, wsc_frame *frame);       /* fault_mask.c */
/* Unmasks a piece of payload (fault_receive.c). */
void ep_fault_unmask(endpoint_core *core, uint8_t *dst, const uint8_t *src, size_t len);
/* The payload of a frame of EP_COLLECT is complete (fault_control.c, fault_close.c). */
void ep_fault_collected_ping(endpoint_core *core);
void ep_fault_collected_close(endpoint_core *core);

/* What the session reports. True: it has been dealt with. */

/* The largest message (fault_message.c). */
uint64_t ep_fault_limit(const endpoint_core *core);
/* Data of a message: how many octets are to be taken (fault_message.c). */
size_t ep_fault_data(endpoint_core *core, size_t len);
/* Echoes the complete message (fault_message.c). */
void ep_fault_echo(endpoint_core *core);
bool ep_fault_ping(endpoint_core *core, const uint8_t *data, size_t len); /* fault_control.c */
void ep_fault_pong(endpoint_core *core, const uint8_t *data, size_t len);
bool ep_fault_close(endpoint_core *core, const wsc_close *close);        /* fault_close.c */
bool ep_fault_fail(endpoint_core *core, wsc_fault fault, uint16_t code); /* fault_close.c */
/* A complete message of text, or of any type, that the session let pass: EP_TEXT_BAD fails the connection.
   May change the message (fault_utf8.c). */
typedef enum ep_text { EP_TEXT_GOOD, EP_TEXT_BAD, EP_TEXT_SKIP } ep_text;
ep_text ep_fault_text(endpoint_core *core);

/* permessage-deflate: negotiation (fault_deflate.c). */

/* Takes faults away from offers. */
void ep_fault_deflate_offers(const endpoint_core *core, wsc_deflate_offers *offers);
/* The answer to the chosen offer (-1: none), as it is about to be sent. */
void ep_fault_deflate_answer(endpoint_core *core, const wsc_deflate_offers *offers, int chosen,
                             ep_answer *answer);
/* The offer of a client before it is sent. */
void ep_fault_deflate_offer(const endpoint_core *core, ep_answer *request);
/* The faults for which the client refuses the response. */
wsc_deflate_faults ep_fault_deflate_response(const endpoint_core *core, const wsc_deflate_response *response,
                                             wsc_deflate_faults faults);

/* permessage-deflate: messages (fault_inflate.c). */

/* An inspector is about to be made; true if there has to be one although nothing was agreed on. */
bool ep_fault_deflate_open(const endpoint_core *core, wsc_inspector_config *config);
/* As ep_fault_header. */
ep_take ep_fault_deflate_header(endpoint_core *core, wsc_frame *frame);
/* Payload, unmasked, before the session gets it. */
void ep_fault_deflate_octets(endpoint_core *core, const uint8_t *data, size_t len);
/* The payload of a data frame of EP_COLLECT is complete. */
void ep_fault_deflate_collected(endpoint_core *core);
/* As ep_fault_ping and ep_fault_fail. */
bool ep_fault_deflate_ping(endpoint_core *core, const uint8_t *data, size_t len);
bool ep_fault_deflate_fail(endpoint_core *core, wsc_fault fault);
/* A message is complete, compressed or not; true if that is all that is to be done with it. */
bool ep_fault_deflate_message(endpoint_core *core);
/* The deflater is about to be made. */
void ep_fault_deflate_deflater(const endpoint_core *core, wsc_deflater_config *config);
/* A message is to be sent; true if it has been. */
bool ep_fault_deflate_send(endpoint_core *core, uint8_t opcode, const uint8_t *data, size_t len);
/* A message was compressed. */
void ep_fault_deflate_packed(endpoint_core *core);

/* The mask of a frame that a client is to send (fault_mask.c). */
void ep_fault_mask(endpoint_core *core, wsc_frame *frame);
/* Sends a frame (fault_send.c). */
void ep_fault_send(endpoint_core *core, wsc_frame *frame, const uint8_t *data, size_t len);
/* Sends what SENDS_INTERLEAVED_MESSAGES still holds back. */
void ep_fault_send_rest(endpoint_core *core);

#endif
