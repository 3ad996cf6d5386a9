#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A bill of materials in CycloneDX 1.6: sbom.py VERSION FILE...

The libraries that the program is linked with, in the versions that pkg-config knows, and the hashes of the files. The
same input gives the same octets; SOURCE_DATE_EPOCH says when."""
import datetime
import hashlib
import json
import os
import pathlib
import subprocess
import sys

# Name, name for pkg-config, licence, and where it comes from.
LIBRARIES = (
    ("openssl", "openssl", "Apache-2.0", "https://www.openssl.org/"),
    ("zlib", "zlib", "Zlib", "https://zlib.net/"),
    ("jansson", "jansson", "MIT", "https://github.com/akheron/jansson"),
    ("libuv", "libuv", "MIT", "https://libuv.org/"),
)


def version_of(name):
    done = subprocess.run(["pkg-config", "--modversion", name], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def libc():
    name, version = os.confstr("CS_GNU_LIBC_VERSION").split()
    return component("library", name, version, "LGPL-2.1-or-later", "https://www.gnu.org/software/libc/")


def component(kind, name, version, licence, url):
    purl = f"pkg:generic/{name}@{version}"
    return {"type": kind, "bom-ref": purl, "name": name, "version": version, "licenses": [{"license": {"id": licence}}],
            "purl": purl, "externalReferences": [{"type": "website", "url": url}]}


def of_file(path):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"type": "file", "bom-ref": f"file:{path.name}", "name": path.name,
            "hashes": [{"alg": "SHA-256", "content": digest}]}


def document(version, files):
    program = {"type": "application", "bom-ref": "wsconform", "name": "wsconform", "version": version,
               "licenses": [{"license": {"id": "MIT"}}], "purl": f"pkg:generic/wsconform@{version}"}
    libraries = [component("library", name, version_of(package), licence, url) for name, package, licence, url in LIBRARIES]
    libraries.append(libc())
    when = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": program},
        "components": libraries + [of_file(path) for path in files],
        "dependencies": [{"ref": "wsconform", "dependsOn": [one["bom-ref"] for one in libraries]}]
        + [{"ref": one["bom-ref"], "dependsOn": []} for one in libraries],
    }


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: sbom.py VERSION FILE...")
    json.dump(document(sys.argv[1], [pathlib.Path(name) for name in sys.argv[2:]]), sys.stdout, indent=2)
    print()
