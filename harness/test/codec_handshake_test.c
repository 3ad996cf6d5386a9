/* SPDX-License-Identifier: MIT */
/* Sec-WebSocket-Key and Sec-WebSocket-Accept. */
#include "codec_heads.h"

static void encodes_keys(void **state) {
    (void)state;
    char *key = malloc(WSC_KEY_LEN + 1);
    assert_non_null(key);
    /* RFC 6455 1.3 */
    wsc_key_encode(key, (const uint8_t *)"the sample nonce");
    assert_string_equal(key, KEY);
    /* RFC 6455 4.1, as erratum 3150 has it */
    static const uint8_t counting[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    wsc_key_encode(key, counting);
    assert_string_equal(key, "AQIDBAUGBwgJCgsMDQ4PEA==");
    static const uint8_t ones[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    wsc_key_encode(key, ones);
    assert_string_equal(key, "/////////////////////w==");
    for (unsigned i = 0; i < 4096; i++) {
        uint8_t nonce[16];
        for (unsigned k = 0; k < 16; k++) nonce[k] = (uint8_t)(i * 37 + k * 101 + (i >> 4));
        wsc_key_encode(key, nonce);
        assert_true(wsc_key_valid((wsc_span){key, WSC_KEY_LEN}));
        assert_non_null(strchr("AQgw", key[21]));
    }
    free(key);
}

/* Each octet in each place of a key. */
static void checks_keys(void **state) {
    (void)state;
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < WSC_KEY_LEN; at++) {
        for (int octet = 0; octet < 256; octet++) {
            char *key = (char *)exact_copy(KEY, WSC_KEY_LEN);
            key[at] = (char)octet;
            bool valid = at < 22 ? octet != 0 && strchr(alphabet, octet) != NULL : octet == '=';
            assert_int_equal(wsc_key_valid((wsc_span){key, WSC_KEY_LEN}), valid);
            free(key);
        }
    }
    for (size_t len = 0; len < WSC_KEY_LEN; len++) {
        char *key = (char *)exact_copy(KEY, len);
        assert_false(wsc_key_valid((wsc_span){key, len}));
        free(key);
    }
    assert_false(wsc_key_valid((wsc_span){NULL, 0}));
    assert_false(wsc_key_valid((wsc_span){KEY "=", WSC_KEY_LEN + 1}));
}

static void encodes_accept_values(void **state) {
    (void)state;
    char *accept = malloc(WSC_ACCEPT_LEN + 1);
    assert_non_null(accept);
    wsc_accept_encode(accept, (wsc_span){KEY, WSC_KEY_LEN});
    assert_string_equal(accept, ACCEPT);
    /* Values computed apart, with other software: the key counts octet by octet, whatever it is. */
    wsc_accept_encode(accept, (wsc_span){NULL, 0});
    assert_string_equal(accept, "Kfh9QIsMVZcl6xEPYxPHzW8SZ8w=");
    wsc_accept_encode(accept, (wsc_span){"AQIDBAUGBwgJCgsMDQ4PEC==", 24});
    assert_string_equal(accept, "OfS0wDaT5NoxF2gqm7Zj2YtetzM=");
    wsc_accept_encode(accept, (wsc_span){"a\0b", 3});
    assert_string_equal(accept, "qKyXK94pUrkJj29q6yk9e81Q5lc=");
    char *large = malloc(100000);
    assert_non_null(large);
    memset(large, 'x', 100000);
    wsc_accept_encode(accept, (wsc_span){large, 100000});
    assert_string_equal(accept, "FIQBz/540j+jIT7zjivTbveTVVI=");
    free(large);
    free(accept);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_keys),
        cmocka_unit_test(checks_keys),
        cmocka_unit_test(encodes_accept_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
