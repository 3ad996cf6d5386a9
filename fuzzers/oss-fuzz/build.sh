#!/bin/bash
# SPDX-License-Identifier: MIT
# Builds the entry points of the codec as OSS-Fuzz and ClusterFuzzLite want them: with $CC, $CXX, their flags and
# $LIB_FUZZING_ENGINE, into $OUT, with seeds, dictionaries and options beside them. The images that run them have no
# libraries, so zlib and libcrypto are linked in. $SRC/wsconform: the sources. $WORK: for what is built on the way.
#
# By hand: SRC=.. OUT=/tmp/out WORK=/tmp/work CC=clang CXX=clang++ CFLAGS='-O1 -fsanitize=fuzzer-no-link,address' \
#          CXXFLAGS="$CFLAGS" LIB_FUZZING_ENGINE=-fsanitize=fuzzer fuzzers/oss-fuzz/build.sh

set -eu
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
[[ ! -d ${SRC:-}/wsconform ]] || source=$SRC/wsconform
mkdir -p "$OUT" "$WORK"

# The engine may be of C++, so $CXX links. No build type: the flags are the caller's.
cmake -S "$source" -B "$WORK" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER="$CC" -DCMAKE_C_FLAGS="$CFLAGS" \
    -DCMAKE_C_LINK_EXECUTABLE="$CXX $CXXFLAGS <LINK_FLAGS> <OBJECTS> -o <TARGET> <LINK_LIBRARIES>" \
    -DWSC_CODEC_ONLY=ON -DWSC_BUILD_FUZZERS=ON -DWSC_FUZZING_FLAGS= -DWSC_FUZZING_ENGINE="$LIB_FUZZING_ENGINE" \
    -DOPENSSL_USE_STATIC_LIBS=ON -DZLIB_USE_STATIC_LIBS=ON -DWSLAY_INCLUDE_DIR=
cmake --build "$WORK" --target fuzzers/all

for program in "$WORK"/fuzzers/*_fuzzer; do
    name=$(basename "$program" _fuzzer)
    cp "$program" "$OUT/"
    (cd "$source/corpus/$name" && python3 -m zipfile -c "$OUT/${name}_fuzzer_seed_corpus.zip" ./*)
    case $name in
    http_* | handshake | connection | negotiate) cp "$source/fuzzers/http.dict" "$OUT/${name}_fuzzer.dict" ;;
    esac
    printf '[libfuzzer]\nmax_len = 1024\ntimeout = 10\n' >"$OUT/${name}_fuzzer.options"
done
