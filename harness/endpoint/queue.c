/* SPDX-License-Identifier: MIT */
/* Growing buffers, and the queue of what a core wants done. */
#include "endpoint/internal.h"

#include <stdlib.h>
#include <string.h>

/* Small pieces share an item of this size. */
#define ITEM_SIZE ((size_t)4096)

bool ep_buffer_room(ep_buffer *buffer, size_t len) {
    if (len <= buffer->cap - buffer->len) return true;
    if (len > SIZE_MAX / 4 || buffer->len > SIZE_MAX / 4) return false;
    size_t need = buffer->len + len;
    size_t cap = buffer->cap < 128 ? 256 : buffer->cap * 2;
    if (cap < need) cap = need;
    uint8_t *data = realloc(buffer->data, cap);
    if (data == NULL) return false;
    buffer->data = data;
    buffer->cap = cap;
    return true;
}

bool ep_buffer_append(ep_buffer *buffer, const uint8_t *data, size_t len) {
    if (!ep_buffer_room(buffer, len)) return false;
    if (len > 0) memcpy(buffer->data + buffer->len, data, len);
    buffer->len += len;
    return true;
}

void ep_buffer_free(ep_buffer *buffer) {
    free(buffer->data);
    memset(buffer, 0, sizeof *buffer);
}

struct ep_item {
    ep_item *next;
    endpoint_action_type type;
    unsigned delay_ms;
    ep_buffer buffer;
    size_t pos; /* octets of the buffer that are gone */
};

static ep_item *queue_add(ep_queue *queue, endpoint_action_type type) {
    ep_item *item = calloc(1, sizeof *item);
    if (item == NULL) return NULL;
    item->type = type;
    if (queue->last == NULL)
        queue->first = item;
    else
        queue->last->next = item;
    queue->last = item;
    return item;
}

bool ep_queue_copy(ep_queue *queue, const uint8_t *data, size_t len) {
    if (len == 0) return true;
    ep_item *item = queue->last;
    bool shares = item != NULL && item->type == ENDPOINT_SEND && len <= item->buffer.cap - item->buffer.len;
    if (!shares) {
        ep_buffer buffer = {0};
        if (!ep_buffer_room(&buffer, len < ITEM_SIZE ? ITEM_SIZE : len)) return false;
        item = queue_add(queue, ENDPOINT_SEND);
        if (item == NULL) {
            ep_buffer_free(&buffer);
            return false;
        }
        item->buffer = buffer;
    }
    queue->octets += len;
    return ep_buffer_append(&item->buffer, data, len);
}

bool ep_queue_move(ep_queue *queue, ep_buffer *buffer, size_t pos) {
    if (buffer->len - pos < ITEM_SIZE) {
        bool ok = ep_queue_copy(queue, buffer->data + pos, buffer->len - pos);
        buffer->len = 0;
        return ok;
    }
    ep_item *item = queue_add(queue, ENDPOINT_SEND);
    if (item == NULL) return false;
    item->buffer = *buffer;
    item->pos = pos;
    queue->octets += buffer->len - pos;
    memset(buffer, 0, sizeof *buffer);
    return true;
}

bool ep_queue_action(ep_queue *queue, endpoint_action_type type, unsigned delay_ms) {
    ep_item *item = queue_add(queue, type);
    if (item == NULL) return false;
    item->delay_ms = delay_ms;
    return true;
}

void ep_queue_peek(const ep_queue *queue, endpoint_action *action) {
    memset(action, 0, sizeof *action);
    const ep_item *item = queue->first;
    if (item == NULL) return;
    action->type = item->type;
    action->delay_ms = item->delay_ms;
    if (item->type == ENDPOINT_SEND) {
        action->data = item->buffer.data + item->pos;
        action->len = item->buffer.len - item->pos;
    }
}

void ep_queue_took(ep_queue *queue, size_t len) {
    ep_item *item = queue->first;
    if (item->type == ENDPOINT_SEND) {
        item->pos += len;
        queue->octets -= len;
        if (item->pos < item->buffer.len) return;
    }
    queue->first = item->next;
    if (queue->first == NULL) queue->last = NULL;
    ep_buffer_free(&item->buffer);
    free(item);
}

void ep_queue_free(ep_queue *queue) {
    while (queue->first != NULL) {
        ep_item *item = queue->first;
        queue->first = item->next;
        ep_buffer_free(&item->buffer);
        free(item);
    }
    memset(queue, 0, sizeof *queue);
}
