"""Asking /readyz, against a small web server that answers what a test wants."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from maskweb.processes import readiness

Answers = Callable[[int, bytes], str]


@pytest.fixture
def server() -> Iterator[Answers]:
    """Answers from now on with the status and body given; gives its address."""
    answer: list[tuple[int, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer[-1] if self.path == "/readyz" else (404, b"")
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    http = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=http.serve_forever, daemon=True).start()

    def answers(status: int, body: bytes) -> str:
        answer.append((status, body))
        return readiness.address("127.0.0.1", http.server_port)

    yield answers
    http.shutdown()
    http.server_close()


def test_a_ready_server_waits_for_nothing(server: Answers) -> None:
    assert readiness.waiting_for(server(200, b"{}")) == []


def test_the_parts_that_are_not_ready_are_named(server: Answers) -> None:
    body = b'{"parts": {"database": {"ready": true}, "broker": {"ready": false}, "model": {"ready": false}}}'
    assert readiness.waiting_for(server(503, body)) == ["broker", "model"]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"parts": {}}'])
def test_an_answer_that_names_no_part_means_the_web_server(server: Answers, body: bytes) -> None:
    assert readiness.waiting_for(server(503, body)) == ["web"]


def test_no_answer_means_the_web_server() -> None:
    assert readiness.waiting_for("http://127.0.0.1:1/") == ["web"]


def test_a_proxy_of_the_environment_is_not_asked(server: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert readiness.waiting_for(server(200, b"{}")) == []


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/"),
        ("0.0.0.0", "http://127.0.0.1:8000/"),  # noqa: S104
        ("::", "http://[::1]:8000/"),
        ("masks.example.org", "http://masks.example.org:8000/"),
    ],
)
def test_the_address_is_one_a_browser_here_can_open(host: str, shown: str) -> None:
    assert readiness.address(host, 8000) == shown
