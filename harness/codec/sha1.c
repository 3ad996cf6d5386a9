/* SPDX-License-Identifier: MIT */
/* SHA-1 by libcrypto. OpenSSL 3 deprecates these functions in favour of EVP, whose contexts live on the heap;
   the codec has no heap, so the older interface it is. RFC 6455 demands SHA-1 as a checksum; no security
   rests on it. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "octet.h"

#include <openssl/sha.h>

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define WSC_MSAN 1
#endif
#endif

_Static_assert(WSC_SHA1_LEN == SHA_DIGEST_LENGTH, "length of a SHA-1 value");

void wsc_sha1(uint8_t digest[WSC_SHA1_LEN], wsc_span first, wsc_span second) {
#ifdef WSC_MSAN
    /* libcrypto is not instrumented: it checks nothing that it reads, and what it writes looks uninitialised.
       So its input is checked here, and its output declared written. */
    __msan_check_mem_is_initialized(first.data, first.len);
    __msan_check_mem_is_initialized(second.data, second.len);
#endif
    SHA_CTX context;
    SHA1_Init(&context);
    SHA1_Update(&context, first.data, first.len);
    SHA1_Update(&context, second.data, second.len);
    SHA1_Final(digest, &context);
#ifdef WSC_MSAN
    __msan_unpoison(digest, WSC_SHA1_LEN);
#endif
}
