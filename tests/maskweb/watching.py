"""A supervisor over stand-in programs, as a program of its own: python -m tests.maskweb.watching FOLDER NAME...

Each NAME is a way to behave (see BEHAVIOURS) and may be followed by =broker. What the supervisor tells goes to
FOLDER/told; each program writes its process id into FOLDER/NAME.pid and, when asked to stop, a line into FOLDER/stops.
"""

import os
import sys
from pathlib import Path

from maskweb.processes import supervisor
from maskweb.processes.programs import Program

START = """
import os, pathlib, signal, sys, time
folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
(folder / f"{name}.aside").write_text(str(os.getpid()))
def note(*_):
    with (folder / "stops").open("a") as file:
        file.write(f"{name} stops\\n")
def stop(*_):
    note()
    sys.exit()
"""
READY = "(folder / f'{name}.aside').rename(folder / f'{name}.pid')\n"
BEHAVIOURS = {
    "obeys": f"signal.signal(signal.SIGTERM, stop)\n{READY}\nwhile True: time.sleep(60)",
    "lingers": f"signal.signal(signal.SIGTERM, note)\n{READY}\nwhile True: time.sleep(60)",
    "fails": f"{READY}\nsys.exit(3)",
    "has-a-child": f"""
child = os.fork()
if child == 0:
    time.sleep(600)
(folder / "grandchild.pid").write_text(str(child))
{READY}
while True: time.sleep(60)
""",
}


def program(folder: Path, word: str) -> Program:
    name, _, broker = word.partition("=")
    behaviour = BEHAVIOURS[name.rstrip("0123456789")]
    command = (sys.executable, "-c", START + behaviour, str(folder), name)
    return Program(name, f"The program {name}", command, is_broker=bool(broker))


def main(folder: Path, words: list[str]) -> None:
    told = (folder / "told").open("a")

    def tell(text: str) -> None:
        told.write(text + "\n")
        told.flush()

    supervisor.STOP_SECONDS = float(os.environ["STOP_SECONDS"])
    supervisor.block_signals()
    watching = supervisor.Supervisor(folder, folder, {"STAND_IN": "yes"}, tell)
    watching.start([program(folder, word) for word in words])
    watching.run(each_look=lambda: None)
    watching.stop()
    tell("all stopped")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
