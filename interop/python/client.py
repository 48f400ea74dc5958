"""Makes calls with a Python client of the platform.

Reads one call a line from stdin, as JSON, and answers each with one line on stdout: what it gives, or what it raises.
`PLATFORM_URL` says where the platform is, the two arguments which library to use and in which form.
"""

import asyncio
import contextlib
import importlib
import io
import json
import os
import sys
import webbrowser

LIBRARY, FORM = sys.argv[1:3]
URL = os.environ["PLATFORM_URL"]
SESSIONS = {"sync": "Session", "async": "AsyncSession"}[FORM]

CLASSES = {
    "skaha": {
        "sessions": ("skaha.session", SESSIONS),
        "images": ("skaha.images", "Images"),
        "context": ("skaha.context", "Context"),
        "overview": ("skaha.overview", "Overview"),
    },
    "canfar": {
        "sessions": ("canfar.sessions", SESSIONS),
        "images": ("canfar.images", "Images"),
        "context": ("canfar.context", "Context"),
        "overview": ("canfar.overview", "Overview"),
    },
}[LIBRARY]

ADDRESS = {
    "skaha": {"server": URL, "version": "v1"},
    "canfar": {"url": f"{URL}/v1"},
}[LIBRARY]


def made_of(options):
    """The arguments of a client: canfar has registry credentials in its configuration only."""
    given = {**ADDRESS, **options}
    if LIBRARY == "canfar" and "registry" in given:
        given["config"] = {"registry": given.pop("registry")}
    return given


class Tabs(webbrowser.BaseBrowser):
    """A browser that only notes what it is asked to open."""

    opened: list[str] = []

    def open(self, url, new=0, autoraise=True):
        self.opened.append(url)
        return True


class Clients:
    """Clients by what they are made of, each made once."""

    def __init__(self):
        self.made = {}

    def get(self, service, options):
        key = json.dumps([service, options], sort_keys=True)
        if key not in self.made:
            module, name = CLASSES[service]
            self.made[key] = getattr(importlib.import_module(module), name)(**made_of(options))
        return self.made[key]


def describe(error):
    """An exception as data: its class, its text, and whatever else it tells."""
    told = {"raises": type(error).__name__, "text": str(error)}
    response = getattr(error, "response", None)
    if response is not None:
        told["status"] = response.status_code
    failures = getattr(error, "errors", None)
    if isinstance(failures, dict):
        told["operation"] = error.operation
        told["results"] = error.results
        told["failures"] = {str(key): describe(failure) for key, failure in failures.items()}
    return told


def perform(loop, clients, call):
    """Makes one call and tells how it went."""
    Tabs.opened.clear()
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            client = clients.get(call["service"], call["options"])
            value = getattr(client, call["method"])(**call["arguments"])
            if asyncio.iscoroutine(value):
                value = loop.run_until_complete(value)
        told = {"gives": value}
    except Exception as error:
        told = describe(error)
    return {**told, "printed": printed.getvalue(), "opened": list(Tabs.opened)}


def plain(model):
    """What the JSON encoder does not know is a model of the library's."""
    return model.model_dump(mode="json")


def main():
    webbrowser.register("tabs", None, Tabs("tabs"), preferred=True)
    # Whatever a library prints must not get in between.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    clients = Clients()
    loop = asyncio.new_event_loop()
    for line in sys.stdin:
        print(json.dumps(perform(loop, clients, json.loads(line)), default=plain), file=answers, flush=True)


main()
