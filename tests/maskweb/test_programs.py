"""The command lines of the programs fit the project: their queues, their modules, their settings."""

import importlib
import shlex
import subprocess
import sys

import pytest
from celery.beat import Scheduler
from django.conf import settings
from django.utils.module_loading import import_string

from maskweb import clock
from maskweb.celery import app
from maskweb.processes import programs
from tests.requirements import ROOT

ALL = [*programs.needed_first(), *programs.needed_later()]


def queues_of(program: programs.Program) -> set[str]:
    command = program.command
    return set(command[command.index("-Q") + 1].split(",")) if "-Q" in command else set()


def test_every_queue_that_messages_go_to_has_a_worker() -> None:
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    worked = set().union(*map(queues_of, ALL))
    assert routed | {settings.CELERY_TASK_DEFAULT_QUEUE} == worked


def test_each_program_has_a_name_and_a_log_of_its_own() -> None:
    assert sorted(program.name for program in ALL) == ["beat", "scan-worker", "training-worker", "web"]
    assert len({program.title for program in ALL}) == len(ALL)


def test_the_workers_nodes_are_the_names_their_signs_of_life_are_kept_under() -> None:
    named = {command[command.index("-n") + 1] for command in (p.command for p in ALL) if "-n" in command}
    assert named == {f"{node}@%h" for node in programs.WORKER_NODES}


@pytest.mark.parametrize("program", ALL, ids=lambda program: program.name)
def test_each_program_is_a_module_that_exists(program: programs.Program) -> None:
    assert program.command[:2] == (sys.executable, "-m")
    assert importlib.util.find_spec(program.command[2])


def test_the_procfile_has_the_same_command_lines() -> None:
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    assert lines.pop("release") == "python manage.py prepare"
    assert lines == {program.name: shlex.join(["python", *program.command[1:]]) for program in ALL}


def test_gunicorn_takes_our_settings_and_application() -> None:
    command = programs.web().command
    done = subprocess.run([*command, "--check-config"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_web_process_holds_no_torch() -> None:
    script = "import sys, maskweb.wsgi, maskweb.urls; print('torch' in sys.modules, 'cv2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "False False\n", done.stderr


def test_the_clock_gives_signs_of_life_and_sends_what_is_due(
    settings: object, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SIGN_OF_LIFE_FILE = str(tmp_path / "alive")
    scheduler = import_string(app.conf.beat_scheduler.replace(":", "."))(app=app)
    ticked: list[str] = []
    monkeypatch.setattr(Scheduler, "tick", lambda *_, **__: ticked.append("tick") or 1.5)
    assert scheduler.tick() == 1.5
    assert (tmp_path / "alive").exists()
    assert ticked == ["tick"]


def test_without_a_file_to_touch_nothing_is_written(settings: object, tmp_path: object) -> None:
    settings.SIGN_OF_LIFE_FILE = ""
    clock.touch_sign_of_life()
    assert not list(tmp_path.iterdir())
