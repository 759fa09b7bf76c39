"""What people do with their hands, for tests that drive a browser."""

import base64
import colorsys
from pathlib import Path

from playwright.sync_api import Page

from tests.factories import picture

DROP = """([files, target]) => {
  const transfer = new DataTransfer();
  for (const [name, type, content] of files) {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  for (const kind of ["dragenter", "dragover", "drop"]) {
    const event = new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer });
    document.querySelector(target).dispatchEvent(event);
  }
}"""


def drop(page: Page, files: dict[str, bytes]) -> None:
    """Drops files, by name, on the upload page's field."""
    coded = [[name, "image/jpeg", base64.b64encode(content).decode()] for name, content in files.items()]
    page.wait_for_load_state()  # a page just navigated to takes nothing before its scripts have run
    page.evaluate(DROP, [coded, "[data-drop]"])


def pictures(count: int) -> dict[str, bytes]:
    """So many different small photos."""
    return {f"photo-{number:03}.jpg": picture(64, 48, colour(number / count)) for number in range(count)}


def colour(hue: float) -> tuple[int, int, int]:
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, 1.0, 1.0))
    return red, green, blue


def contents(paths: list[Path]) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in paths}
