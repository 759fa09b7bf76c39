"""What the running programs need: memory of web and scan worker, and the time from an upload to its verdict.

    .venv/bin/python -m benchmarks.service [--uploads 20] [--data ../shared/data]

Starts Redis, web, scan worker and clock as `make run` does, in a temporary folder and on a free port, and sends
photos over HTTP. Memory is PSS (each shared page counted once), parent and children together; a peak is the highest
of samples taken every few milliseconds. RSS is shown beside it: what `top` shows, summed up.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import psutil
from PIL import Image

from maskweb.processes import embedded_redis, programs

ROOT = Path(__file__).resolve().parent.parent
TWELVE_MEGAPIXELS = (4000, 3000)
MIB = 1024 * 1024
PASSWORD = uuid.uuid4().hex


@dataclass(frozen=True)
class Memory:
    """In MB, of a program with its children."""

    pss: float
    rss: float


@dataclass(frozen=True)
class Line:
    what: str
    measured: float
    target: float
    unit: str
    remark: str = ""

    def __str__(self) -> str:
        judged = "ok" if self.measured <= self.target else "MISSED"
        return f"{self.what:<52} {self.measured:>8.2f} {self.unit:<3} {self.target:>6.0f} {judged:<7} {self.remark}"


# --- photos ------------------------------------------------------------------------------------------------------
def photos(data: Path, count: int, size: tuple[int, int]) -> list[bytes]:
    """Real photos at the given size, turned if they stand; no two are the same."""
    files = sorted((data / "scenes" / "images").glob("*.jpg"))
    return [as_jpeg(files[number % len(files)], size) for number in range(count)]


def as_jpeg(path: Path, size: tuple[int, int]) -> bytes:
    image = Image.open(path).convert("RGB")
    if image.height > image.width:
        size = (size[1], size[0])
    buffer = BytesIO()
    image.resize(size, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=88, comment=uuid.uuid4().bytes)
    return buffer.getvalue()


# --- programs ----------------------------------------------------------------------------------------------------
class Service:
    """The programs of `make run`, started in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.token = ""
        self.environment = os.environ | {
            "MASKWEB_DATA_DIR": str(folder),
            "MASKWEB_ADMIN_PASSWORD": PASSWORD,
            "MASKWEB_TOKEN_RATE": "1000/min",
            "PORT": str(self.port),
            "PYTHONPATH": str(ROOT),
        }

    def start(self) -> None:
        (self.folder / "run").mkdir(parents=True)
        self.launch(embedded_redis.program(self.folder))
        wait_until(lambda: embedded_redis.answers(self.folder), "Redis answers")
        subprocess.run([sys.executable, "manage.py", "prepare"], cwd=ROOT, env=self.environment, check=True)
        for program in (programs.web(), programs.scan_worker(), programs.beat()):
            self.launch(program)
        wait_until(self.is_ready, "the programs are ready", seconds=180)
        credentials = json.dumps({"username": "admin", "password": PASSWORD}).encode()
        self.token = self.ask("POST", "/api/v1/token/", credentials, "application/json")["token"]

    def launch(self, program: programs.Program) -> None:
        with (self.folder / f"{program.name}.log").open("wb") as log:
            self.running[program.name] = subprocess.Popen(
                program.command,
                cwd=ROOT,
                env={**self.environment, **program.environment},
                stdout=log,
                stderr=log,
            )

    def stop(self) -> None:
        for process in reversed(self.running.values()):
            process.terminate()
        for process in self.running.values():
            process.wait(timeout=30)

    def ask(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> Any:
        headers = {"Authorization": f"Token {self.token}"} if self.token else {}
        headers |= {"Content-Type": content_type} if content_type else {}
        request = urllib.request.Request(self.address + path, body, headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)

    def is_ready(self) -> bool:
        try:
            return bool(self.ask("GET", "/readyz")["ready"])
        except OSError:
            return False

    def upload(self, photo: bytes) -> str:
        mark = uuid.uuid4().hex
        head = f'--{mark}\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n'
        body = head.encode() + photo + f"\r\n--{mark}--\r\n".encode()
        return str(self.ask("POST", "/api/v1/photos/", body, f"multipart/form-data; boundary={mark}")["id"])

    def status(self, photo_id: str) -> str:
        return str(self.ask("GET", f"/api/v1/photos/{photo_id}/")["status"])

    def is_scanned(self, photo_id: str) -> bool:
        status = self.status(photo_id)
        if status == "failed":
            raise SystemExit(f"A photo failed: {self.ask('GET', f'/api/v1/photos/{photo_id}/')}")
        return status == "done"

    def memory(self, name: str) -> Memory:
        parent = psutil.Process(self.running[name].pid)
        parts = [process.memory_full_info() for process in (parent, *parent.children(recursive=True))]
        return Memory(sum(part.pss for part in parts) / MIB, sum(part.rss for part in parts) / MIB)

    def modules_loaded(self, name: str, library: str) -> bool:
        """Whether one of the program's processes has mapped the library."""
        parent = psutil.Process(self.running[name].pid)
        processes = (parent, *parent.children(recursive=True))
        return any(library in part.path for process in processes for part in process.memory_maps())


@contextmanager
def peak_memory(service: Service, name: str) -> Iterator[list[Memory]]:
    """The list holds the highest reading when the block ends."""
    highest = [service.memory(name)]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.003):
            now = service.memory(name)
            highest[0] = Memory(max(highest[0].pss, now.pss), max(highest[0].rss, now.rss))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield highest
    finally:
        over.set()
        watcher.join()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_until(condition: Any, what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"Waited {seconds:.0f} s in vain until {what}.")
        time.sleep(0.01)


# --- measuring ---------------------------------------------------------------------------------------------------
def web_at_rest(service: Service) -> list[Line]:
    for path in ("/healthz", "/api/v1/photos/", "/api/v1/report/", "/api/v1/models/"):
        service.ask("GET", path)
    memory = service.memory("web")
    torch = service.modules_loaded("web", "libtorch")
    return [
        Line("Memory of web at rest (PSS)", memory.pss, 150, "MB", f"RSS {memory.rss:.0f} MB"),
        Line("Processes of web that loaded torch", float(torch), 0, ""),
    ]


def web_while_three_come_in(service: Service, large: list[bytes], rounds: int = 4) -> Line:
    with peak_memory(service, "web") as highest:
        for number in range(rounds):
            send_together(service, large[3 * number : 3 * number + 3])
    remark = f"RSS {highest[0].rss:.0f} MB, highest of {rounds} rounds"
    return Line("Memory of web while three 12 MP photos come in (PSS)", highest[0].pss, 400, "MB", remark)


def send_together(service: Service, some: list[bytes]) -> None:
    ids: list[str] = []
    senders = [threading.Thread(target=lambda photo=photo: ids.append(service.upload(photo))) for photo in some]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    if len(ids) < len(some):
        raise SystemExit("An upload failed; its reason is above.")
    wait_until(lambda: all(service.is_scanned(photo_id) for photo_id in ids), "all three are scanned")


def upload_to_verdict(service: Service, some: list[bytes], what: str) -> Line:
    """Each is sent when the one before is done; asked for every 10 ms."""
    taken = []
    for photo in some:
        time.sleep(0.2)
        start = time.perf_counter()
        photo_id = service.upload(photo)
        wait_until(lambda photo_id=photo_id: service.is_scanned(photo_id), "the photo is scanned")
        taken.append(time.perf_counter() - start)
    remark = f"{len(taken)} photos, fastest {min(taken):.2f}, slowest {max(taken):.2f}"
    return Line(f"Time from upload to verdict, {what}", statistics.median(taken), 1, "s", remark)


def scan_worker(service: Service) -> Line:
    memory = service.memory("scan-worker")
    return Line("Memory of the scan worker afterwards (PSS)", memory.pss, 1024, "MB", f"RSS {memory.rss:.0f} MB")


def main() -> None:
    options = arguments()
    large = photos(options.data, max(12, options.uploads), TWELVE_MEGAPIXELS)
    with tempfile.TemporaryDirectory(prefix="maskweb-") as folder:
        service = Service(Path(folder))
        try:
            service.start()
            lines = web_at_rest(service)
            lines.append(web_while_three_come_in(service, large[:12]))
            idle = photos(options.data, options.uploads, TWELVE_MEGAPIXELS)
            lines.append(upload_to_verdict(service, idle, "12 MP"))
            small = photos(options.data, options.uploads, (1600, 1200))
            lines.append(upload_to_verdict(service, small, "2 MP"))
            lines.append(scan_worker(service))
        finally:
            service.stop()
    print(f"{'':<52} {'':>8} {'':<3} {'target':>6}")
    print("\n".join(map(str, lines)))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uploads", type=int, default=20, help="Photos sent one after the other, per size.")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    return parser.parse_args()


if __name__ == "__main__":
    main()
