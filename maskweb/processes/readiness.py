"""Asks the running web server whether everything is ready, as a person's browser would reach it."""

import json
import urllib.error
import urllib.request
from typing import Any

EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  how to reach a server bound to all of them
ANSWER_SECONDS = 3


def address(host: str, port: int) -> str:
    """The server's address for a browser on this machine, with a slash at its end."""
    reachable = EVERY_ADDRESS.get(host, host)
    return f"http://[{reachable}]:{port}/" if ":" in reachable else f"http://{reachable}:{port}/"


def waiting_for(base: str) -> list[str]:
    """The parts that are not ready yet, as /readyz names them; empty when all are."""
    # No proxy of the environment stands between the supervisor and its own server.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{base}readyz", timeout=ANSWER_SECONDS):
            return []
    except urllib.error.HTTPError as answer:
        return parts_not_ready(answer.read())
    except OSError:
        return ["web"]


def parts_not_ready(body: bytes) -> list[str]:
    try:
        parts: dict[str, Any] = json.loads(body)["parts"]
    except (ValueError, KeyError, TypeError):
        return ["web"]
    return [name for name, part in parts.items() if not part.get("ready")] or ["web"]
