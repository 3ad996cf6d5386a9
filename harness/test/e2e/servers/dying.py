#!/usr/bin/env python3
"""An echo server that ends in some way when it is sent a certain text: `dying.py PORT TEXT HOW`.

HOW: exit (status 7), segv, asan (what a sanitizer prints, then exit), asan-quiet (the same, but it lives on),
hang (answers no more).
"""
import os
import signal
import sys
import threading

from hostile import Hostile

REPORT = """=================================================================
==4242==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000011 at pc 0x55d0 bp 0x7ffc sp 0x7ffc
READ of size 1 at 0x602000000011 thread T0
    #0 0x55d0 in parse_frame server.c:42
SUMMARY: AddressSanitizer: heap-buffer-overflow server.c:42 in parse_frame
==4242==ABORTING
"""


def main():
    port, text, how = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3]
    hung = threading.Event()

    def look(payload):
        if payload != text:
            return
        if how == "exit":
            os._exit(7)
        elif how == "segv":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif how == "hang":
            hung.set()
            threading.Event().wait()
        else:
            print(REPORT, file=sys.stderr, flush=True)
            if how == "asan":
                os._exit(1)

    def serve(peer):
        if hung.is_set():
            threading.Event().wait()
        peer.echo(look)

    Hostile(serve, port)
    threading.Event().wait()


if __name__ == "__main__":
    main()
