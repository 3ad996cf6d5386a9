/* SPDX-License-Identifier: MIT */
/* A certificate for a server that has none, from an authority that lives as long as the process; and why a
   peer's certificate is refused. */
#include "wire/tls_impl.h"

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

/* A clock of the peer may be slow; and browsers refuse what is valid for more than 398 days. */
#define VALID_BEFORE  (-86400L)
#define VALID_AFTER   (396L * 86400)
#define SERIAL_BITS   127
#define NAMES_MAX     4096
#define SHOWN_NAMES   4
#define X509_VERSION3 2

bool wire__tls_is_host(const char *text, bool *address) {
    unsigned char octets[sizeof(struct in6_addr)];
    *address = inet_pton(AF_INET, text, octets) == 1 || inet_pton(AF_INET6, text, octets) == 1;
    if (*address) return true;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    size_t len = strlen(text);
    return len > 0 && len < 254 && text[0] != '.' && strspn(text, letters) == len;
}

/* The value of a subjectAltName extension. */
static void names_add(char *value, size_t size, const char *name) {
    bool address;
    if (!wire__tls_is_host(name, &address)) return;
    size_t used = strlen(value);
    int n = snprintf(value + used, size - used, "%s%s:%s", used > 0 ? "," : "", address ? "IP" : "DNS", name);
    if (n < 0 || (size_t)n >= size - used) value[used] = '\0';
}

static int extend(X509 *cert, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (extension == NULL) return -1;
    int result = X509_add_ext(cert, extension, -1) == 1 ? 0 : -1;
    X509_EXTENSION_free(extension);
    return result;
}

static int serial_set(X509 *cert) {
    BIGNUM *number = BN_new();
    bool good = number != NULL && BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;
    BN_free(number);
    return good ? 0 : -1;
}

/* A certificate without a signature. issuer: NULL if it is its own. */
static X509 *cert_new(const char *subject, EVP_PKEY *key, X509 *issuer) {
    X509 *cert = X509_new();
    if (cert == NULL) return NULL;
    X509_NAME *name = X509_get_subject_name(cert);
    bool good = X509_set_version(cert, X509_VERSION3) == 1 && serial_set(cert) == 0 &&
                X509_gmtime_adj(X509_getm_notBefore(cert), VALID_BEFORE) != NULL &&
                X509_gmtime_adj(X509_getm_notAfter(cert), VALID_AFTER) != NULL &&
                X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)subject, -1, -1,
                                           0) == 1 &&
                X509_set_issuer_name(cert, issuer != NULL ? X509_get_subject_name(issuer) : name) == 1 &&
                X509_set_pubkey(cert, key) == 1;
    if (good) return cert;
    X509_free(cert);
    return NULL;
}

static X509 *authority_make(EVP_PKEY *key) {
    X509 *cert = cert_new("wsconform: made for one run", key, NULL);
    if (cert == NULL) return NULL;
    if (extend(cert, cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") == 0 &&
        extend(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign") == 0 &&
        extend(cert, cert, NID_subject_key_identifier, "hash") == 0 && X509_sign(cert, key, EVP_sha256()) > 0)
        return cert;
    X509_free(cert);
    return NULL;
}

static X509 *leaf_make(EVP_PKEY *key, X509 *authority, EVP_PKEY *authority_key, const char *names) {
    X509 *cert = cert_new("wsconform", key, authority);
    if (cert == NULL) return NULL;
    if (extend(cert, authority, NID_basic_constraints, "critical,CA:FALSE") == 0 &&
        extend(cert, authority, NID_key_usage, "critical,digitalSignature") == 0 &&
        extend(cert, authority, NID_ext_key_usage, "serverAuth") == 0 &&
        extend(cert, authority, NID_subject_key_identifier, "hash") == 0 &&
        extend(cert, authority, NID_authority_key_identifier, "keyid:always") == 0 &&
        extend(cert, authority, NID_subject_alt_name, names) == 0 &&
        X509_sign(cert, authority_key, EVP_sha256()) > 0)
        return cert;
    X509_free(cert);
    return NULL;
}

X509 *wire__tls_make(SSL_CTX *ctx, const char *const *names) {
    char value[NAMES_MAX] = "";
    static const char *const usual[] = {"localhost", "127.0.0.1", "::1"};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) names_add(value, sizeof value, usual[i]);
    for (; names != NULL && *names != NULL; names++) names_add(value, sizeof value, *names);

    EVP_PKEY *authority_key = EVP_EC_gen("P-256");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *authority = authority_key != NULL ? authority_make(authority_key) : NULL;
    X509 *leaf = authority != NULL && key != NULL ? leaf_make(key, authority, authority_key, value) : NULL;
    bool good =
        leaf != NULL && SSL_CTX_use_certificate(ctx, leaf) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1;
    EVP_PKEY_free(authority_key);
    EVP_PKEY_free(key);
    X509_free(leaf);
    if (good) return authority;
    X509_free(authority);
    return NULL;
}

/* ---- Certificates of the peer -------------------------------------------------------------------------- */

static void text_add(char *text, size_t size, const char *more, size_t more_len) {
    size_t used = strlen(text);
    for (size_t i = 0; i < more_len && used + 1 < size; i++)
        text[used++] = more[i] > ' ' && more[i] < 0x7f ? more[i] : '?';
    text[used] = '\0';
}

static void address_add(char *text, size_t size, const ASN1_OCTET_STRING *octets) {
    char numeric[INET6_ADDRSTRLEN] = "";
    const unsigned char *data = ASN1_STRING_get0_data(octets);
    int len = ASN1_STRING_length(octets);
    if (len == 4) inet_ntop(AF_INET, data, numeric, sizeof numeric);
    if (len == 16) inet_ntop(AF_INET6, data, numeric, sizeof numeric);
    text_add(text, size, numeric, strlen(numeric));
}

/* The first names that a certificate is for. */
static void names_list(const X509 *cert, char *text, size_t size) {
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    int num = names != NULL ? sk_GENERAL_NAME_num(names) : 0;
    int shown = 0;
    text[0] = '\0';
    for (int i = 0; i < num && shown < SHOWN_NAMES; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
        if (shown++ > 0 && strlen(text) + 3 < size) strcat(text, ", ");
        if (name->type == GEN_DNS)
            text_add(text, size, (const char *)ASN1_STRING_get0_data(name->d.dNSName),
                     (size_t)ASN1_STRING_length(name->d.dNSName));
        else
            address_add(text, size, name->d.iPAddress);
    }
    if (shown > 0 && shown < num && strlen(text) + 6 < size) strcat(text, ", ...");
    GENERAL_NAMES_free(names);
}

static void time_show(const ASN1_TIME *when, char *text, size_t size) {
    struct tm tm;
    if (when == NULL || ASN1_TIME_to_tm(when, &tm) != 1 ||
        strftime(text, size, " (%Y-%m-%d %H:%M UTC)", &tm) == 0)
        text[0] = '\0';
}

wire_tls_problem wire__tls_explain_certificate(const wire_tls *tls, X509_STORE_CTX *store, char *text,
                                               size_t text_len) {
    const char *whose = tls->server ? "the client's certificate" : "the server's certificate";
    const char *which = X509_STORE_CTX_get_error_depth(store) > 0 ? "a certificate above " : "";
    const X509 *cert = X509_STORE_CTX_get_current_cert(store);
    int result = X509_STORE_CTX_get_error(store);
    char more[200] = "";
    switch (result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        if (cert != NULL) names_list(cert, more, sizeof more);
        snprintf(text, text_len, "%s is not for %.100s, but for %s", whose, tls->name,
                 more[0] != '\0' ? more : "nobody");
        return WIRE_TLS_WRONG_NAME;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        if (cert != NULL) time_show(X509_get0_notAfter(cert), more, sizeof more);
        snprintf(text, text_len, "%s%s has expired%s", which, whose, more);
        return WIRE_TLS_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        if (cert != NULL) time_show(X509_get0_notBefore(cert), more, sizeof more);
        snprintf(text, text_len, "%s%s is not valid yet%s", which, whose, more);
        return WIRE_TLS_EXPIRED;
    default:
        snprintf(text, text_len, "%s is not trusted: %s", whose, X509_verify_cert_error_string(result));
        return WIRE_TLS_UNTRUSTED;
    }
}
