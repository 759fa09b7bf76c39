"""Every command, port, variable and file that docker-compose.yml and the Dockerfile name exists in the project."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from maskweb.processes import programs
from tests.maskweb.composition import COMPOSE_FILE, composition, env_file, filled_in, variables_asked_for
from tests.maskweb.variables import variables_read
from tests.requirements import ROOT, needs

SERVICES: dict[str, Any] = composition(filled_in())["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("maskweb")}
ALWAYS = {name for name, service in SERVICES.items() if "profiles" not in service}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
HARDENING = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"], "init": True}


def compose_program() -> list[str]:
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    return ["docker", "compose"]


def test_the_services_of_a_school_are_there_and_gpu_workers_only_on_request() -> None:
    workers = {"scan-worker", "training-worker"}
    assert {"web", "beat", "redis", "postgres", "prepare"} | workers == ALWAYS
    assert {name: service["profiles"] for name, service in SERVICES.items() if name not in ALWAYS} == {
        "scan-worker-gpu": ["gpu"],
        "training-worker-gpu": ["gpu"],
    }


@pytest.mark.parametrize("program", [*programs.needed_first(), *programs.needed_later()], ids=lambda p: p.name)
def test_each_program_has_the_command_that_make_run_gives_it(program: programs.Program) -> None:
    expected = ["python", *program.command[1:]]
    assert SERVICES[program.name]["command"] == expected
    if program.name.endswith("worker"):
        assert SERVICES[f"{program.name}-gpu"]["command"] == expected


def test_preparation_is_a_command_of_ours_and_runs_before_everything() -> None:
    assert SERVICES["prepare"]["command"] == ["python", "manage.py", "prepare"]
    assert (ROOT / "maskweb" / "management" / "commands" / "prepare.py").exists()
    for name in OURS.keys() - {"prepare"}:
        assert OURS[name]["depends_on"]["prepare"] == {"condition": "service_completed_successfully"}, name


def test_every_variable_given_to_our_programs_is_read_by_them() -> None:
    given = set().union(*(service["environment"] for service in OURS.values()))
    assert given <= variables_read()


def test_every_variable_the_image_sets_is_ours_or_pythons() -> None:
    block = re.search(r"^ENV (.*?[^\\])$", DOCKERFILE, re.MULTILINE | re.DOTALL)[1]
    named = {word.split("=")[0] for word in shlex.split(block.replace("\\\n", " "))}
    known = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", *programs.WEB_ENVIRONMENT}
    assert named - known <= variables_read()


def test_every_variable_asked_of_a_person_is_explained_in_the_example() -> None:
    assert variables_asked_for() == set(env_file())


def test_no_password_is_in_any_file_and_none_may_be_left_out() -> None:
    assert {name for name, value in env_file().items() if not value} == {
        "POSTGRES_PASSWORD",
        "MASKWEB_SECRET_KEY",
        "MASKWEB_ADMIN_PASSWORD",  # one is made up and shown once
    }
    for name in ("POSTGRES_PASSWORD", "MASKWEB_SECRET_KEY"):
        with pytest.raises(AssertionError, match=f"{name}: Copy .env.example"):
            composition(filled_in() | {name: ""})


def test_ports_fit_and_only_the_web_server_is_reachable() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:8000:8000"]}
    assert "PORT=8000" in DOCKERFILE
    assert "EXPOSE 8000" in DOCKERFILE
    web = OURS["web"]["environment"]
    assert web["DATABASE_URL"].endswith("@postgres:5432/maskweb")
    assert web["MASKWEB_BROKER_URL"] == "redis://redis:6379/0"


def test_every_service_is_watched_and_restarted() -> None:
    for name, service in SERVICES.items():
        watched = "healthcheck" in service or (name == "web" and "HEALTHCHECK" in DOCKERFILE)
        assert watched, name
        assert service["restart"] == ("on-failure" if name == "prepare" else "unless-stopped")


def test_our_containers_may_write_only_where_they_must() -> None:
    assert "USER maskweb" in DOCKERFILE
    for name, service in OURS.items():
        assert {key: service[key] for key in HARDENING} == HARDENING, name
        assert service["volumes"] == ["data:/data"], name
    assert "MASKWEB_DATA_DIR=/data" in DOCKERFILE


def test_every_volume_is_declared_and_data_is_kept() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service["volumes"]}
    assert used == set(composition(filled_in())["volumes"])


def test_redis_keeps_messages_and_never_drops_one() -> None:
    command = SERVICES["redis"]["command"]
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--maxmemory-policy"] == "noeviction"


def test_the_image_copies_only_files_that_exist_and_the_context_has_them() -> None:
    copied = [line.split()[1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ") and "--from" not in line]
    context = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(copied) == context
    for path in copied:
        tracked = subprocess.run(["git", "ls-files", path], cwd=ROOT, capture_output=True, text=True).stdout
        assert tracked or not (ROOT / ".git").exists(), f"{path} is not in the repository"


def test_django_finds_nothing_to_warn_of_in_the_compose_shape(tmp_path: Path) -> None:
    environment = OURS["web"]["environment"] | {"MASKWEB_DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-W", "error", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert done.stdout == "System check identified no issues (0 silenced).\n"


@needs("docker-compose")
@pytest.mark.parametrize("profile", [[], ["--profile", "gpu"]], ids=["cpu", "gpu"])
def test_docker_compose_accepts_the_file(tmp_path: Path, profile: list[str]) -> None:
    (tmp_path / "env").write_text("".join(f"{name}={value}\n" for name, value in filled_in().items()))
    command = [*compose_program(), *profile, "--env-file", str(tmp_path / "env"), "--file", str(COMPOSE_FILE)]
    done = subprocess.run([*command, "config", "--services"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) >= ALWAYS


@needs("docker-compose")
def test_docker_compose_refuses_to_start_without_the_secrets(tmp_path: Path) -> None:
    command = [*compose_program(), "--env-file", str(ROOT / ".env.example"), "--file", str(COMPOSE_FILE), "config"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode != 0
    assert "Copy .env.example to .env" in done.stderr
