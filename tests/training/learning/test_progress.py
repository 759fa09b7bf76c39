import io
import json

from training.learning.progress import Progress

EPOCH = {
    "number": 1,
    "progress": 0.25,
    "train_loss": 0.5,
    "validation_loss": 0.4,
    "validation_accuracy": 0.9,
}


def make(*, as_json: bool) -> tuple[Progress, io.StringIO, io.StringIO]:
    out, bar = io.StringIO(), io.StringIO()
    return Progress(as_json=as_json, out=out, bar_to=bar), out, bar


def test_programs_get_one_json_object_per_line() -> None:
    progress, out, _ = make(as_json=True)

    progress.start("read", 3)
    progress.epoch(EPOCH)
    progress.close()

    stage, epoch = map(json.loads, out.getvalue().splitlines())
    assert stage == {"event": "stage", "stage": "read", "total": 3}
    assert epoch == {"event": "epoch", **EPOCH}


def test_people_get_a_bar_and_nothing_on_standard_output() -> None:
    progress, out, bar = make(as_json=False)

    progress.start("train", 100)
    progress.epoch(EPOCH)
    progress.close()

    assert out.getvalue() == ""
    assert "train" in bar.getvalue()
    assert "validation 0.400 (90.0%)" in bar.getvalue()


def test_steps_are_told_at_most_once_a_second(monkeypatch: object) -> None:
    progress, out, _ = make(as_json=True)
    progress.start("read", 1000)

    for _ in range(500):
        progress.step()
    progress._told -= 2
    progress.step(3)

    last = json.loads(out.getvalue().splitlines()[-1])
    assert last == {"event": "progress", "stage": "read", "done": 503, "total": 1000}
    assert len(out.getvalue().splitlines()) < 10


def test_a_new_stage_starts_counting_again() -> None:
    progress, _, _ = make(as_json=False)
    progress.start("read", 5)
    progress.step(5)

    progress.start("train", None)

    assert (progress.stage, progress.done, progress.total) == ("train", 0, None)
    progress.close()


def test_an_epoch_of_the_finder_is_told_to_programs_and_people() -> None:
    told = {"epoch": 1, "progress": 0.25, "face_loss": 0.5, "box_loss": 0.25, "label_loss": 0.125}
    progress, out, bar = make(as_json=True)

    progress.start("train", 100)
    progress.finder_epoch(told)
    progress.close()

    assert json.loads(out.getvalue().splitlines()[-1]) == {"event": "epoch", **told}
    assert "epoch 2, losses: face 0.50 box 0.25 label 0.12" in bar.getvalue()
