"""Reads and changes canfar's configuration file, for comparison.

Reads one command a line from stdin, as JSON, and answers each with one line on stdout: what the configuration then says,
secrets in clear, or why there is none. `{"set": {"console.width": 80}}` sets values and saves; `{}` only reads.
"""

import json
import sys


def plain(value):
    """The value as JSON has it."""
    if hasattr(value, "get_secret_value"):
        return value.get_secret_value()
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value if isinstance(value, (str, bool, int, float)) else str(value)


def answer(command):
    from canfar.models.config import Configuration

    configuration = Configuration()
    # Up to canfar 1.4 the configuration saved itself.
    editor = getattr(configuration, "editor", None)
    for path, value in command.get("set", {}).items():
        if editor is None:
            configuration = configuration.set_value(path, value)
        else:
            editor.set(path, value)
    if "set" in command:
        (editor or configuration).save()
    return plain(configuration.model_dump(mode="python"))


for line in sys.stdin:
    try:
        told = {"says": answer(json.loads(line))}
    except Exception as error:  # noqa: BLE001
        told = {"raises": f"{type(error).__name__}: {error}"}
    print(json.dumps(told), flush=True)
