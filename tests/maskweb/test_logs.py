from pathlib import Path

from maskweb.processes.logs import trim


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("short")
    trim(log, largest=5)
    assert log.read_text() == "short"
    assert [path.name for path in tmp_path.iterdir()] == ["web.log"]


def test_a_log_that_is_not_there_yet_is_no_problem(tmp_path: Path) -> None:
    trim(tmp_path / "web.log")
    assert not list(tmp_path.iterdir())


def test_a_program_goes_on_writing_into_the_emptied_log(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"first lines")
        trim(log, largest=5)
        writer.write(b"later")
    assert log.read_bytes() == b"later"
    assert (tmp_path / "web.log.1").read_bytes() == b"first lines"


def test_only_so_many_old_logs_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    for text in ("one...", "two...", "three.", "four.."):
        log.write_text(text)
        trim(log, largest=5, kept=2)
    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert kept == {"web.log": "", "web.log.1": "four..", "web.log.2": "three."}
