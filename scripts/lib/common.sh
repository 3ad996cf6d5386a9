# Shared by the scripts, which source it: messages, packages, builds.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Something went wrong before anything could be judged: the exit code of an error in the harness.
trouble=5

say() { printf -- '-- %s\n' "$*" >&2; }
die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit "$trouble"
}

# What building takes, and what testing takes beyond that. An entry is PACKAGE, or COMMAND=PACKAGE where any
# package that brings the command will do.
packages_build=(cc=gcc libc6-dev cmake=cmake ninja=ninja-build pkg-config=pkg-config libuv1-dev libjansson-dev
    libssl-dev zlib1g-dev)
packages_test=(gcc=gcc "g++=g++" git=git clang-14=clang-14 clang-tidy-14=clang-tidy-14 clang-format-14=clang-format-14
    llvm-symbolizer-14=llvm-14 libclang-rt-14-dev libcmocka-dev libwslay-dev libboost-dev shellcheck=shellcheck
    man=man-db mandoc=mandoc zsh=zsh fish=fish xmllint=libxml2-utils prove=perl openssl=openssl tshark=tshark
    lintian=lintian dpkg-shlibdeps=dpkg-dev rsync=rsync libsoup-3.0-dev
    python3 python3-aiohttp python3-jsonschema python3-junitparser python3-websockets python3-yaml node=nodejs npm=npm chromium=chromium)

have_package() {
    local entry=$1
    if [[ $entry == *=* ]]; then
        command -v "${entry%%=*}" >/dev/null
    else
        [[ $(dpkg-query -W -f='${db:Status-Status}' "$entry" 2>/dev/null) == installed ]]
    fi
}

# install_packages ENTRY...: installs those that are missing, and touches nothing if none is. With
# WSCONFORM_NO_INSTALL set it only names them.
install_packages() {
    local entry missing=() sudo=() options=(-q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600)
    for entry in "$@"; do
        have_package "$entry" || missing+=("${entry##*=}")
    done
    [[ ${#missing[@]} -eq 0 ]] && return 0
    if ! command -v apt-get >/dev/null; then
        say "this is no Debian: if the build fails, these packages of Debian are what it wants: ${missing[*]}"
        return 0
    fi
    [[ -z ${WSCONFORM_NO_INSTALL:-} ]] || die "missing packages: ${missing[*]}"
    if [[ $(id -u) -ne 0 ]]; then
        command -v sudo >/dev/null || die "missing packages; as root: apt-get install ${missing[*]}"
        sudo=(sudo)
    fi
    # A machine of CI is thrown away: nothing there has to survive a power cut.
    [[ -z ${CI:-} ]] || options+=(-o Dpkg::Options::=--force-unsafe-io)
    say "installing: ${missing[*]}"
    local log
    log=$(mktemp)
    if ! { "${sudo[@]}" apt-get "${options[@]}" update &&
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" --no-install-recommends \
            install "${missing[@]}"; } </dev/null >"$log" 2>&1; then
        tail -n 30 "$log" >&2
        rm -f "$log"
        die "the packages cannot be installed"
    fi
    rm -f "$log"
}

# build_tree BUILD TARGET ARGUMENT...: configures BUILD with the arguments and builds a target of it, in turn with
# other scripts that build in this tree.
build_tree() {
    local build=$1 target=$2 lock code=0
    shift 2
    mkdir -p "$root/build"
    exec {lock}>"$root/build/.lock"
    flock "$lock"
    { cmake -S "$root" -B "$build" "$@" && cmake --build "$build" --target "$target"; } </dev/null || code=$?
    exec {lock}>&-
    return "$code"
}

# build_preset PRESET [TARGET [ARGUMENT...]]: configures a preset and builds a target of it (all if empty);
# arguments go to the configuration.
build_preset() {
    local name=$1 target=${2:-all} log
    shift $(($# < 2 ? $# : 2))
    log="$root/build/$name.log"
    mkdir -p "$root/build"
    say "building $name (log: build/$name.log)"
    if ! build_tree "$root/build/$name" "$target" --preset "$name" "$@" >"$log" 2>&1; then
        grep -nE 'error|warning|FAILED|CMake Error' "$log" | head -n 40 >&2
        tail -n 20 "$log" >&2
        die "$name does not build"
    fi
}

# node_packages FOLDER: what its package-lock.json names, in FOLDER/node_modules.
node_packages() {
    local folder=$1
    [[ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ]] && return 0
    say "installing the Node.js packages of ${folder#"$root"/}"
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) </dev/null >&2 ||
        die "npm cannot install the packages of $folder"
    touch "$folder/node_modules/.package-lock.json"
}
