/* SPDX-License-Identifier: MIT */
/* URLs of RFC 6455 section 3, addresses, and the resolver. */
#include "wire_fixture.h"

#include <netinet/in.h>

typedef struct good_url {
    const char *text;
    bool secure;
    const char *host, *port, *authority, *target;
} good_url;

static const good_url good_urls[] = {
    {"ws://example.com", false, "example.com", "80", "example.com", "/"},
    {"ws://example.com/", false, "example.com", "80", "example.com", "/"},
    {"wss://example.com/", true, "example.com", "443", "example.com", "/"},
    {"WS://Example.COM/A", false, "Example.COM", "80", "Example.COM", "/A"},
    {"wSs://h/", true, "h", "443", "h", "/"},
    {"ws://h:80/", false, "h", "80", "h", "/"},
    {"ws://h:00080/", false, "h", "80", "h", "/"},
    {"ws://h:443/", false, "h", "443", "h:443", "/"},
    {"wss://h:443", true, "h", "443", "h", "/"},
    {"wss://h:80", true, "h", "80", "h:80", "/"},
    {"ws://h:/", false, "h", "80", "h", "/"},
    {"ws://h:1/", false, "h", "1", "h:1", "/"},
    {"ws://h:65535/", false, "h", "65535", "h:65535", "/"},
    {"ws://127.0.0.1:9001/x", false, "127.0.0.1", "9001", "127.0.0.1:9001", "/x"},
    {"ws://[::1]/", false, "::1", "80", "[::1]", "/"},
    {"ws://[::1]:9001/", false, "::1", "9001", "[::1]:9001", "/"},
    {"ws://[::1]:", false, "::1", "80", "[::1]", "/"},
    {"wss://[2001:DB8::7]:443?q", true, "2001:DB8::7", "443", "[2001:DB8::7]", "/?q"},
    {"ws://[::ffff:192.0.2.1]:1", false, "::ffff:192.0.2.1", "1", "[::ffff:192.0.2.1]:1", "/"},
    {"ws://h?", false, "h", "80", "h", "/?"},
    {"ws://h?a=b&c=/d?e", false, "h", "80", "h", "/?a=b&c=/d?e"},
    {"ws://h:81?x", false, "h", "81", "h:81", "/?x"},
    {"ws://h/runCase?case=1&agent=x", false, "h", "80", "h", "/runCase?case=1&agent=x"},
    {"ws://h//a/./../b", false, "h", "80", "h", "//a/./../b"},
    {"ws://h/%00%7e%C3%a9", false, "h", "80", "h", "/%00%7e%C3%a9"},
    {"ws://h/-._~!$&'()*+,;=:@", false, "h", "80", "h", "/-._~!$&'()*+,;=:@"},
    {"ws://h/@", false, "h", "80", "h", "/@"},
    {"ws://a-b_c~d.e!$&'()*+,;=f/", false, "a-b_c~d.e!$&'()*+,;=f", "80", "a-b_c~d.e!$&'()*+,;=f", "/"},
    {"ws://xn--bcher-kva.example./", false, "xn--bcher-kva.example.", "80", "xn--bcher-kva.example.", "/"},
};

static void good_urls_are_taken_apart(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof good_urls / sizeof *good_urls; i++) {
        const good_url *good = &good_urls[i];
        wire_url url;
        char error[200] = "";
        if (wire_url_parse(&url, good->text, error, sizeof error) != 0) fail_msg("%s: %s", good->text, error);
        assert_int_equal(url.secure, good->secure);
        assert_string_equal(url.address.host, good->host);
        assert_string_equal(url.address.port, good->port);
        assert_string_equal(url.address.path, "");
        assert_string_equal(url.authority, good->authority);
        assert_string_equal(url.target, good->target);
    }
}

static void unix_sockets(void **state) {
    (void)state;
    static const struct {
        const char *text, *path, *target;
        bool secure;
    } rows[] = {{"ws+unix:///run/s", "/run/s", "/", false},
                {"WSS+UNIX:/run/s:/a?b=c", "/run/s", "/a?b=c", true},
                {"ws+unix://s:", "s", "/", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        wire_url url;
        char error[200] = "";
        assert_int_equal(wire_url_parse(&url, rows[i].text, error, sizeof error), 0);
        assert_int_equal(url.secure, rows[i].secure);
        assert_string_equal(url.address.path, rows[i].path);
        assert_string_equal(url.address.host, "");
        assert_string_equal(url.authority, "localhost");
        assert_string_equal(url.target, rows[i].target);
    }
}

/* What is wrong, and a word that the reason has to contain. */
static const char *const bad_urls[][2] = {
    {"ws+unix://", "no path of a socket"},
    {"ws+unix://:/", "no path of a socket"},
    {"http+unix:///s", "neither ws nor wss"},
    {"w+unix:///s", "neither ws nor wss"},
    {"ws+unix:///s:/#f", "fragment"},
    {"ws+unix:///"
     "sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss"
     "sss"
     "ssssssssss",
     "at most 107 octets"},
    {"", "scheme"},
    {"example.com", "scheme"},
    {"/path", "scheme"},
    {"//example.com/", "scheme"},
    {":80", "scheme"},
    {"://h/", "scheme"},
    {"http://h/", "\"http\""},
    {"https://h/", "\"https\""},
    {"w://h/", "\"w\""},
    {"wsss://h/", "\"wsss\""},
    {"ws", "scheme"},
    {"ws:", "\"//\""},
    {"ws:/", "\"//\""},
    {"ws:/h", "\"//\""},
    {"ws:h", "\"//\""},
    {"example.com:80/", "\"example.com\""},
    {" ws://h/", "space"},
    {"w s://h/", "space"},
    {"ws ://h/", "space"},
    {"w\ts://h/", "0x09"},
    {"w\xc3\xa9s://h/", "0xc3"},
    {"ws://", "no host"},
    {"ws:///", "no host"},
    {"ws://:80/", "no host"},
    {"ws://?q", "no host"},
    {"ws://#", "no host"},
    {"ws://u@h/", "user"},
    {"ws://u:p@h/", "user"},
    {"ws://@h/", "user"},
    {"ws://h h/", "space"},
    {"ws://h /", "space"},
    {"ws:// h/", "space"},
    {"ws://h\x01/", "0x01"},
    {"ws://h\x7f/", "0x7f"},
    {"ws://h\r\nX: y/", "0x0d"},
    {"ws://b\xc3\xbc"
     "cher/",
     "0xc3"},
    {"ws://h%41/", "IDNA"},
    {"ws://h\"/", "'\"'"},
    {"ws://h\\x/", "'\\'"},
    {"ws://h<>/", "'<'"},
    {"ws://h]/", "']'"},
    {"ws://::1/", "brackets"},
    {"ws://[::\x01]/", "0x01"},
    {"ws://[::1\xff]/", "0xff"},
    {"ws://[ ::1]/", "space"},
    {"ws://[::1", "\"]\""},
    {"ws://[::1", "\"]\""},
    {"ws://[::1/", "\"]\""},
    {"ws://[]/", "IPv6"},
    {"ws://[:::1]/", "IPv6"},
    {"ws://[1.2.3.4]/", "IPv6"},
    {"ws://[v1.x]/", "IPv6"},
    {"ws://[::g]/", "IPv6"},
    {"ws://[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]/", "IPv6"},
    {"ws://[fe80::1%25eth0]/", "zone"},
    {"ws://[::1]x/", "authority"},
    {"ws://[::1]80/", "authority"},
    {"ws://h:0/", "port 0"},
    {"ws://h:000/", "port 000"},
    {"ws://h:65536/", "65536"},
    {"ws://h:99999999999999999999999999/", "999"},
    {"ws://h:8x/", "'x'"},
    {"ws://h:-1/", "'-'"},
    {"ws://h:+1/", "'+'"},
    {"ws://h: 80/", "space"},
    {"ws://h:80 /", "space"},
    {"ws://h:80:81/", "more than one"},
    {"ws://h/#", "fragment"},
    {"ws://h#f", "fragment"},
    {"ws://h/?q#f", "fragment"},
    {"ws://h/a b", "space in the path (at offset 8)"},
    {"ws://h/?a b", "space in the query"},
    {"ws://h/ ", "space"},
    {"ws://h/\n", "0x0a"},
    {"ws://h/a\tb", "0x09"},
    {"ws://h/\xff", "0xff"},
    {"ws://h/%", "hexadecimal"},
    {"ws://h/%4", "hexadecimal"},
    {"ws://h/%4g", "hexadecimal"},
    {"ws://h/?%zz", "hexadecimal"},
    {"ws://h/<x>", "'<'"},
    {"ws://h/\"", "'\"'"},
    {"ws://h/[", "'['"},
    {"ws://h/\\", "'\\'"},
    {"ws://h/^`{|}", "'^'"},
};

static void bad_urls_are_refused_with_a_reason(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_urls / sizeof *bad_urls; i++) {
        wire_url url;
        char error[300] = "";
        if (wire_url_parse(&url, bad_urls[i][0], error, sizeof error) != -1)
            fail_msg("taken: %s", bad_urls[i][0]);
        if (strstr(error, bad_urls[i][1]) == NULL)
            fail_msg("%s: no \"%s\" in: %s", bad_urls[i][0], bad_urls[i][1], error);
        for (const char *at = error; *at != '\0'; at++) assert_true(*at >= ' ' && *at < 0x7f);
        /* A reason that does not fit is cut. */
        char little[8] = "1234567";
        assert_int_equal(wire_url_parse(&url, bad_urls[i][0], little, 5), -1);
        assert_true(strlen(little) <= 4);
        assert_int_equal(little[5], '6');
        assert_int_equal(wire_url_parse(&url, bad_urls[i][0], NULL, 0), -1);
    }
}

static void lengths_are_bounded(void **state) {
    (void)state;
    enum { SIZE = 5000 };
    static char text[SIZE];
    wire_url url;
    char error[200];
    for (size_t len = 1; len < 600; len++) {
        memset(text, 'h', sizeof text);
        memcpy(text, "ws://", 5);
        memcpy(text + 5 + len, ":9001", 6);
        bool fits = len < sizeof url.address.host;
        assert_int_equal(wire_url_parse(&url, text, error, sizeof error), fits ? 0 : -1);
        if (fits) {
            assert_int_equal(strlen(url.address.host), len);
            assert_int_equal(strlen(url.authority), len + 5);
        } else {
            assert_non_null(strstr(error, "host is longer than 255"));
        }
    }
    for (size_t len = 1; len < 4000; len++) {
        memset(text, 'p', sizeof text);
        memcpy(text, "ws://h/", 7);
        text[6 + len] = '\0';
        bool fits = len < sizeof url.target;
        assert_int_equal(wire_url_parse(&url, text, error, sizeof error), fits ? 0 : -1);
        if (fits)
            assert_int_equal(strlen(url.target), len);
        else
            assert_non_null(strstr(error, "longer than 2047"));
    }
    /* Over-long parts that are wrong anyway, in a reason of bounded length. */
    memset(text, 'a', sizeof text);
    text[SIZE - 1] = '\0';
    text[4000] = ':';
    assert_int_equal(wire_url_parse(&url, text, error, sizeof error), -1);
    memset(text, '9', sizeof text);
    memcpy(text, "ws://h:", 7);
    text[SIZE - 1] = '\0';
    assert_int_equal(wire_url_parse(&url, text, error, sizeof error), -1);
    memset(text, ':', sizeof text);
    memcpy(text, "ws://[", 6);
    text[SIZE - 2] = ']';
    text[SIZE - 1] = '\0';
    assert_int_equal(wire_url_parse(&url, text, error, sizeof error), -1);
}

static void addresses(void **state) {
    (void)state;
    static const char *const good[][4] = {
        {"localhost:80", "localhost", "80", ""},
        {"127.0.0.1:0", "127.0.0.1", "0", ""},
        {"[::1]:9001", "::1", "9001", ""},
        {":9001", "127.0.0.1", "9001", ""},
        {"9001", "127.0.0.1", "9001", ""},
        {"0", "127.0.0.1", "0", ""},
        {"00065535", "127.0.0.1", "65535", ""},
        {"0.0.0.0:1", "0.0.0.0", "1", ""},
        {"[::]:1", "::", "1", ""},
        {"unix:/run/x.sock", "", "", "/run/x.sock"},
    };
    static const char *const bad[][2] = {
        {"", "no port"},
        {"localhost", "host:port"},
        {"localhost:", "no port"},
        {":", "no port"},
        {"[::1]", "\":port\""},
        {"[::1]9", "\":port\""},
        {"[::1]:", "no port"},
        {"[::1", "\"]\""},
        {"[1.2.3.4]:1", "IPv6"},
        {"::1:80", "brackets"},
        {"h:65536", "65536"},
        {"h:1x", "'x'"},
        {"h:-1", "'-'"},
        {"h h:1", "space"},
        {"h/x:1", "'/'"},
        {"ws://h:1", "brackets"},
        {"http://h", "'/'"},
        {"h:1 ", "space"},
        {"h:\n1", "0x0a"},
        {"h\n", "0x0a"},
        {"[\n]:1", "0x0a"},
        {"\x80:1", "0x80"},
        {"unix:", "no path"},
        {"65536", "65536"},
        {"99999999999999999999999", "999"},
        {"unix:/"
         "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456"
         "7890123456789",
         "107"},
    };
    wire_address address;
    char error[300];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (wire_address_parse(&address, good[i][0], error, sizeof error) != 0)
            fail_msg("%s: %s", good[i][0], error);
        assert_string_equal(address.host, good[i][1]);
        assert_string_equal(address.port, good[i][2]);
        assert_string_equal(address.path, good[i][3]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (wire_address_parse(&address, bad[i][0], error, sizeof error) != -1)
            fail_msg("taken: %s", bad[i][0]);
        if (strstr(error, bad[i][1]) == NULL) fail_msg("%s: no \"%s\" in: %s", bad[i][0], bad[i][1], error);
    }
}

static void names_are_resolved(void **state) {
    (void)state;
    wire_target target = target_of("127.0.0.1", 80);
    assert_int_equal(target.addr.ss_family, AF_INET);
    assert_string_equal(target.text, "127.0.0.1:80");
    assert_int_equal(target.num_more, 0);
    target = target_of("::1", 65535);
    assert_int_equal(target.addr.ss_family, AF_INET6);
    assert_string_equal(target.text, "[::1]:65535");
    target = target_of("localhost", 9);
    assert_true(target.addr.ss_family == AF_INET || target.addr.ss_family == AF_INET6);
    assert_true(target.num_more <= WIRE_TARGET_MORE);
    for (unsigned i = 0; i < target.num_more; i++)
        assert_memory_not_equal(&target.addr, &target.more[i], sizeof target.addr);
    wire_address address = {.host = "no-such-host.invalid", .port = "80"};
    char error[300] = "";
    assert_int_equal(wire_resolve(&target, &address, error, sizeof error), -1);
    assert_true(strncmp(error, "cannot resolve host \"no-such-host.invalid\": ", 44) == 0);
    assert_true(strlen(error) > 44);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_urls_are_taken_apart),
        cmocka_unit_test(unix_sockets),
        cmocka_unit_test(bad_urls_are_refused_with_a_reason),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(addresses),
        cmocka_unit_test(names_are_resolved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
