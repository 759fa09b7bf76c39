from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from detection.vision import classifier as module
from detection.vision.classifier import Classifier, cpu_has_bf16, judgement, pick_device, pick_dtype
from detection.vision.crops import resized
from detection.vision.errors import WeightsError
from detection.vision.labels import Label
from tests.detection.vision.models import ALL_CLASSES, make_crops, make_model, make_spec, save_model


@pytest.fixture(autouse=True)
def full_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASKWEB_BF16", "0")


def make_classifier(**changes: object) -> Classifier:
    spec = make_spec(**changes)
    return Classifier(make_model(spec.classes), spec, "cpu")


def test_every_crop_gets_a_judgement_in_order_whatever_its_size() -> None:
    crops = [*make_crops(2, 32), *make_crops(1, 90), np.zeros((20, 50, 3), np.uint8)]
    together = make_classifier().judge(crops)
    one_by_one = [make_classifier().judge([crop])[0] for crop in crops]

    assert [j.scores for j in together] == [pytest.approx(j.scores, abs=1e-5) for j in one_by_one]


def test_no_crops_give_no_judgements() -> None:
    assert make_classifier().judge([]) == []


def test_many_crops_go_through_in_bounded_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.MOST_AT_ONCE, "slim_vgg16", 4)
    judge, sizes = make_classifier(), []
    forward = judge._forward
    monkeypatch.setattr(judge, "_forward", lambda crops: sizes.append(len(crops)) or forward(crops))

    assert len(judge.judge(make_crops(10))) == 10
    assert sizes == [4, 4, 2]


def test_the_scores_are_those_of_the_network_on_normalised_pictures() -> None:
    spec, crop = make_spec(classes=("mask", "no_mask"), mean=(0.1, 0.2, 0.3), std=(0.5, 0.6, 0.7)), make_crops(1)[0]
    picture = torch.from_numpy(resized(crop, 32)).permute(2, 0, 1)[None] / 255
    normal = (picture - torch.tensor(spec.mean).view(1, 3, 1, 1)) / torch.tensor(spec.std).view(1, 3, 1, 1)
    expected = make_model(spec.classes)(normal).softmax(1)[0]

    judged = Classifier(make_model(spec.classes), spec, "cpu").judge([crop])[0]

    assert list(judged.scores.values()) == pytest.approx(expected.tolist(), abs=1e-4)


def test_a_higher_temperature_makes_scores_less_sure_but_keeps_their_order() -> None:
    crops = make_crops(6)
    cold = [make_classifier(temperature=0.05).judge(crops), make_classifier(temperature=5.0).judge(crops)]

    for sure, modest in zip(*cold, strict=True):
        assert sure.score > modest.score
        assert max(sure.scores, key=sure.scores.get) == max(modest.scores, key=modest.scores.get)


def test_the_scores_of_the_face_labels_sum_to_one_and_leave_background_out() -> None:
    for judged in make_classifier().judge(make_crops(5)):
        assert set(judged.scores) == {"mask", "no_mask", "incorrect"}
        assert sum(judged.scores.values()) == pytest.approx(1)
        assert judged.score == max(judged.scores.values())


def test_the_surest_label_is_given_when_it_is_sure_enough() -> None:
    judged = judgement(np.array([0.1, 0.7, 0.1, 0.1]), make_spec(unsure_below=0.75))

    assert (judged.label, judged.is_background) == (Label.NO_MASK, False)
    assert judged.score == pytest.approx(0.7 / 0.9)


def test_a_score_below_the_threshold_is_unsure() -> None:
    assert judgement(np.array([0.4, 0.3, 0.3, 0.0]), make_spec(unsure_below=0.5)).label == Label.UNSURE


@pytest.mark.parametrize(("background", "thrown_out"), [(0.59, False), (0.6, True), (1.0, True)])
def test_what_is_probably_no_face_is_background(background: float, thrown_out: bool) -> None:
    rest = (1 - background) / 3
    judged = judgement(np.array([rest, rest, rest, background]), make_spec(background_above=0.6))

    assert judged.is_background is thrown_out
    assert sum(judged.scores.values()) == pytest.approx(1)


def test_a_model_of_two_classes_never_finds_background_or_incorrect() -> None:
    judged = judgement(np.array([0.2, 0.8]), make_spec(classes=("mask", "no_mask"), background_above=0.0))

    assert judged.scores == pytest.approx({"mask": 0.2, "no_mask": 0.8})
    assert not judged.is_background


def test_the_order_of_the_classes_comes_from_the_spec() -> None:
    turned = ("background", "no_mask", "incorrect", "mask")

    assert judgement(np.array([0.0, 0.1, 0.1, 0.8]), make_spec(classes=turned)).label == Label.MASK


def test_a_classifier_is_read_from_a_file_whose_hash_is_checked(tmp_path: Path) -> None:
    digest = save_model(tmp_path / "tiny.safetensors")

    judge = Classifier.from_file(tmp_path / "tiny.safetensors", digest, "cpu")

    assert judge.spec == make_spec()
    with pytest.raises(WeightsError):
        Classifier.from_file(tmp_path / "tiny.safetensors", "f" * 64)


def test_half_precision_on_disk_hardly_changes_the_scores(tmp_path: Path) -> None:
    save_model(tmp_path / "tiny.safetensors")
    crops = make_crops(5)

    kept = Classifier.from_file(tmp_path / "tiny.safetensors", device="cpu").probabilities(crops)

    assert np.abs(kept - make_classifier().probabilities(crops)).max() < 0.005


def test_the_network_is_frozen_folded_and_in_channels_last_order() -> None:
    network = make_classifier()._model

    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert not any(isinstance(layer, torch.nn.BatchNorm2d) for layer in network.modules())
    assert network.features[2].weight.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("flags", "native"),
    [("fpu avx2 fma", False), ("avx2 avx512_bf16", True), ("amx_tile amx_bf16", True), ("avx512f", False)],
)
def test_the_processor_says_whether_it_computes_bfloat16(
    flags: str, native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MASKWEB_BF16")
    monkeypatch.setattr(Path, "read_text", lambda *_args, **_kwargs: f"flags : {flags}\n")

    assert cpu_has_bf16() is native


@pytest.mark.parametrize(
    ("has", "gains", "dtype"),
    [(True, True, torch.bfloat16), (True, False, torch.float32), (False, True, torch.float32)],
)
def test_bfloat16_is_used_where_the_processor_has_it_and_gains_from_it(
    has: bool,
    gains: bool,
    dtype: torch.dtype,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "cpu_has_bf16", lambda: has)
    monkeypatch.setattr(module, "cpu_gains_from_bf16", lambda: gains)

    assert pick_dtype(torch.device("cpu")) == dtype


@pytest.mark.parametrize(("times_as_quick", "gains"), [(3.0, True), (1.1, False), (0.6, False)])
def test_the_gain_must_be_worth_the_lost_digits(
    times_as_quick: float,
    gains: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = {torch.float32: 1.0, torch.bfloat16: 1.0 / times_as_quick}
    monkeypatch.setattr(module, "seconds_for_a_layer", seconds.__getitem__)

    assert module.cpu_gains_from_bf16.__wrapped__() is gains


def test_a_layer_takes_some_time() -> None:
    assert 0 < module.seconds_for_a_layer(torch.float32) < float("inf")


def test_bfloat16_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_args, **_kwargs: "amx_bf16")

    assert not cpu_has_bf16()


def test_a_processor_that_tells_nothing_gets_full_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MASKWEB_BF16")

    def unreadable(*_args: object, **_kwargs: object) -> str:
        raise OSError

    monkeypatch.setattr(Path, "read_text", unreadable)
    assert not cpu_has_bf16()


def test_judging_in_bfloat16_gives_nearly_the_same_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    crops = make_crops(4)
    exact = make_classifier().probabilities(crops)
    monkeypatch.setattr(module, "pick_dtype", lambda _device: torch.bfloat16)

    assert np.abs(make_classifier().probabilities(crops) - exact).max() < 0.03


def test_the_device_can_be_named_or_left_to_be_found() -> None:
    assert pick_device("cpu").type == "cpu"
    assert pick_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_scores_are_numbers_even_for_extreme_logits() -> None:
    judge = make_classifier()
    judge.spec = replace(judge.spec, temperature=0.01)

    assert np.isfinite(judge.probabilities(make_crops(3))).all()
    assert len(judge.spec.classes) == len(ALL_CLASSES)
