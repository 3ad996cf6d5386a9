/* SPDX-License-Identifier: MIT */
/* Seeds for the entry points, made from the cases of the catalogue: corpus_seeds FOLDER writes into
   FOLDER/NAME what each case sends, for every entry point NAME that can use it. A file is named by its
   content, so that cases which send the same make one seed. */
#include "fuzz.h"

#include "script/case.h"
#include "script/head.h"

#include <errno.h>
#include <sys/stat.h>

/* A longer seed would only slow the engines down. */
#define SEED_MAX  4096
#define FRAME_MAX 2048

static const char key_of_rfc[] = "dGhlIHNhbXBsZSBub25jZQ==";
static const char accept_of_rfc[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
static const head_values values = {
    .target = "/", .host = "localhost:9001", .key = key_of_rfc, .accept = accept_of_rfc};
static const case_head ordinary_request = {.eol = "\r\n", .ordinary = true};
static const case_head ordinary_response = {.eol = "\r\n", .ordinary = true, .response = true};

static const char *const names[] = {"frame",        "session",       "wslay",     "utf8",       "close",
                                    "http_request", "http_response", "handshake", "connection", NULL};

typedef struct maker {
    const char *folder;
    size_t num_seeds;
    bool failed; /* a seed could not be written */
} maker;

/* Writes a seed, with an octet of options behind it if the entry point takes one. */
static void write_seed(maker *m, const char *name, const octets *seed, const char *option) {
    if (seed->len == 0 || seed->failed) return;
    uint64_t digest = 0xCBF29CE484222325u;
    for (size_t i = 0; i < seed->len; i++) digest = (digest ^ seed->data[i]) * 0x100000001B3u;
    if (option != NULL) digest ^= (uint64_t)*option << 56;
    char *path = NULL;
    if (asprintf(&path, "%s/%s/case-%016llx", m->folder, name, (unsigned long long)digest) < 0) abort();
    FILE *file = fopen(path, "wbx"); /* what is there already has this content */
    if (file != NULL) {
        bool good = fwrite(seed->data, 1, seed->len, file) == seed->len;
        if (option != NULL) good = fwrite(option, 1, 1, file) == 1 && good;
        good = fclose(file) == 0 && good;
        if (!good) (void)fprintf(stderr, "%s: cannot be written\n", path);
        m->failed = m->failed || !good;
        m->num_seeds++;
    } else if (errno != EEXIST) {
        perror(path);
        m->failed = true;
    }
    free(path);
}

static void add_frame(octets *out, wsc_frame header, bool masked, const payload *content, uint64_t offset,
                      uint64_t len) {
    uint8_t octets_of_header[WSC_HEADER_MAX];
    header.masked = masked;
    if (!masked) memset(header.key, 0, 4);
    size_t size = wsc_frame_encode(octets_of_header, &header);
    if (len > FRAME_MAX || size == 0) {
        out->failed = true;
        return;
    }
    uint8_t *data = fuzz_alloc((size_t)len);
    if (content != NULL && len > 0) payload_read(content, offset, data, (size_t)len);
    if (masked) wsc_mask(data, data, (size_t)len, header.key, 0);
    octets_add(out, octets_of_header, size);
    octets_add(out, data, (size_t)len);
    free(data);
}

/* A payload as a seed of its own. */
static void write_payload(maker *m, const char *name, const payload *content, const char *option) {
    octets seed = {.max = SEED_MAX};
    if (content->total > SEED_MAX) return;
    uint8_t *data = fuzz_alloc((size_t)content->total);
    if (content->total > 0) payload_read(content, 0, data, (size_t)content->total);
    octets_add(&seed, data, (size_t)content->total);
    write_seed(m, name, &seed, option);
    octets_free(&seed);
    free(data);
}

/* A text by itself, and where it crosses the edges of what is validated at a time. */
static void write_text(maker *m, const payload *content) {
    uint8_t letters[61];
    memset(letters, 'a', sizeof letters);
    payload before = {.kind = PAYLOAD_BYTES, .data = letters, .len = 61, .total = 61};
    payload behind = {.kind = PAYLOAD_BYTES, .data = letters, .len = 40, .total = 40};
    const payload parts[] = {before, *content, behind};
    payload longer = {.kind = PAYLOAD_CONCAT, .parts = parts, .num_parts = 3, .total = 101 + content->total};
    write_payload(m, "utf8", content, "");
    write_payload(m, "utf8", &longer, "");
}

static const uint8_t some_key[4] = {0x37, 0xFA, 0x21, 0x3D};

static void case_frame_add(maker *m, octets *out, const case_frame *frame, bool by_role) {
    wsc_frame header = frame->header;
    bool masked = frame->masking == MASK_ON || (frame->masking == MASK_BY_ROLE && by_role);
    if (!frame->has_key) memcpy(header.key, some_key, 4);
    add_frame(out, header, masked, &frame->payload, 0, frame->payload.total);
    if (header.opcode == WSC_OP_CLOSE) write_payload(m, "close", &frame->payload, NULL);
    if (header.opcode <= WSC_OP_TEXT) write_text(m, &frame->payload);
}

static void message_add(maker *m, octets *out, const case_message *message, bool masked) {
    uint64_t offset = 0, total = message->payload.total;
    uint64_t num = case_num_fragments(&message->fragments, total);
    for (uint64_t i = 0; i < num; i++) {
        uint64_t len = case_fragment_octets(&message->fragments, total, i, offset);
        wsc_frame header = {.fin = i + 1 == num,
                            .opcode = i == 0 ? message->opcode : WSC_OP_CONTINUATION,
                            .key = {some_key[0], some_key[1], some_key[2], (uint8_t)i},
                            .length = len};
        add_frame(out, header, masked, &message->payload, offset, len);
        offset += len;
        if (!header.fin && message->between != NULL) case_frame_add(m, out, message->between, masked);
    }
    if (message->opcode == WSC_OP_TEXT) write_text(m, &message->payload);
}

static void steps_add(maker *m, octets *out, const case_step *steps, size_t num_steps, bool masked) {
    for (size_t i = 0; i < num_steps; i++) {
        const case_step *step = &steps[i];
        if (step->kind == STEP_SEND) {
            for (size_t k = 0; k < step->send.num_frames; k++)
                case_frame_add(m, out, &step->send.frames[k], masked);
        } else if (step->kind == STEP_MESSAGE) {
            message_add(m, out, &step->message, masked);
        } else if (step->kind == STEP_RAW && step->raw.total <= FRAME_MAX) {
            uint8_t data[FRAME_MAX];
            payload_read(&step->raw, 0, data, (size_t)step->raw.total);
            octets_add(out, data, (size_t)step->raw.total);
        } else if (step->kind == STEP_CLOSE) {
            uint8_t body[WSC_CONTROL_MAX];
            size_t len = 0;
            if (step->close.has_code) {
                const char *reason = step->close.reason != NULL ? step->close.reason : "";
                len = wsc_close_encode(body, step->close.code, reason, strlen(reason));
            }
            payload content = {.kind = PAYLOAD_BYTES, .data = body, .len = len, .total = len};
            wsc_frame header = {.fin = true, .opcode = WSC_OP_CLOSE, .length = len};
            memcpy(header.key, some_key, 4);
            add_frame(out, header, masked, &content, 0, len);
            write_payload(m, "close", &content, NULL);
        }
    }
}

/* A head, and with it the ordinary other half of its handshake. */
static void write_head(maker *m, const case_head *head) {
    octets alone = {.max = SEED_MAX}, both = {.max = SEED_MAX};
    octets_add(&alone, head->lead.data, head->lead.len);
    head_build(&alone, head, &values);
    if (head->response) head_build(&both, &ordinary_request, &values);
    octets_add(&both, alone.data, alone.len);
    if (!head->response) head_build(&both, &ordinary_response, &values);
    write_seed(m, head->response ? "http_response" : "http_request", &alone, "");
    write_seed(m, "handshake", &both, "");
    octets_free(&alone);
    octets_free(&both);
}

/* The request or the response of the case and what it sends then; the peer answers as usual and says no more.
 */
static void write_connection(maker *m, const test_case *test, const octets *wire, bool response) {
    octets both = {.max = SEED_MAX};
    head_build(&both, response ? &ordinary_request : &test->request, &values);
    if (!response) octets_add(&both, wire->data, wire->len);
    size_t sent = both.len;
    head_build(&both, response ? &test->response : &ordinary_response, &values);
    if (response) octets_add(&both, wire->data, wire->len);
    octets_add(&both, (const uint8_t[]){(uint8_t)(sent >> 8), (uint8_t)sent}, 2);
    both.failed = both.failed || wire->failed;
    write_seed(m, "connection", &both, NULL);
    octets_free(&both);
}

static void write_case(maker *m, const test_case *test) {
    octets wire = {.max = SEED_MAX};
    /* Who judges a server is a client. */
    steps_add(m, &wire, test->steps, test->num_steps, test->judges_server);
    write_seed(m, "frame", &wire, NULL);
    write_seed(m, "session", &wire, "");
    write_seed(m, "session", &wire, "\4"); /* messages of 4 octets at most */
    write_seed(m, "wslay", &wire, "");
    write_seed(m, "wslay", &wire, "\2"); /* of 125 */
    if (test->judges_server) write_connection(m, test, &wire, false);
    if (test->judges_client && !test->judges_server) write_connection(m, test, &wire, true);
    octets_free(&wire);
    if (test->judges_server) write_head(m, &test->request);
    if (test->judges_client) write_head(m, &test->response);
}

static void complain(void *user, const char *file, int line, const char *pointer, const char *message) {
    (void)user;
    (void)fprintf(stderr, "%s:%d: %s: %s\n", file, line, pointer, message);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        (void)fprintf(stderr, "usage: corpus_seeds FOLDER\n");
        return 2;
    }
    maker m = {.folder = argv[1]};
    for (size_t i = 0; names[i] != NULL; i++) {
        char *path = NULL;
        if (asprintf(&path, "%s/%s", m.folder, names[i]) < 0) abort();
        if (mkdir(path, 0777) != 0 && errno != EEXIST) {
            perror(path);
            free(path);
            return 1;
        }
        free(path);
    }
    catalogue *all = catalogue_load(NULL, complain, NULL);
    if (all == NULL) return 1;
    for (size_t i = 0; i < all->num_cases; i++) write_case(&m, &all->cases[i]);
    printf("%zu seeds from %zu cases\n", m.num_seeds, all->num_cases);
    catalogue_free(all);
    return m.failed ? 1 : 0;
}
