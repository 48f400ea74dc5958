"""Calls a Python client of the platform and says how long it took.

Reads one command a line from stdin, as JSON, and answers each with one line on stdout:
`{"method": "info", "ids": [...], "concurrency": 32}` gives `{"millis": 12.3, "answers": 1000}`. Without a concurrency it
is the client's own default. A client is made once, and used again. `PLATFORM_URL` says where the platform is; the
argument, which library.
"""

import asyncio
import importlib
import json
import os
import sys
import time

LIBRARY = sys.argv[1]
URL = os.environ["PLATFORM_URL"]
TOKEN = os.environ["CANFAR_TOKEN"]
MODULE = {"skaha": "skaha.session", "canfar": "canfar.sessions"}[LIBRARY]
ADDRESS = {
    "skaha": {"server": URL, "version": "v1"},
    "canfar": {"url": f"{URL}/v1"},
}[LIBRARY]


def main():
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    made = getattr(importlib.import_module(MODULE), "AsyncSession")
    clients = {}
    loop = asyncio.new_event_loop()
    for line in sys.stdin:
        command = json.loads(line)
        concurrency = command.get("concurrency")
        if concurrency not in clients:
            limits = {} if concurrency is None else {"concurrency": concurrency}
            clients[concurrency] = made(**ADDRESS, token=TOKEN, **limits)
        start = time.perf_counter()
        result = loop.run_until_complete(getattr(clients[concurrency], command["method"])(command["ids"]))
        millis = (time.perf_counter() - start) * 1000
        print(json.dumps({"millis": millis, "answers": len(result)}), file=answers, flush=True)


main()
