"""Makes `import torchvision` work beside a torch that its compiled part was not built for.

The wheel of torchvision is built for one build of torch. Beside another (CPU torch, say) its compiled operators
cannot be loaded, and importing it fails because it registers fake kernels for operators nobody defined. Models and
transforms need none of them: declaring the schemas is enough. Import this module before torchvision.
"""

import torch

SCHEMAS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_fragments: list[torch.library.Library] = []  # a schema lives as long as the library that declared it


def operator_exists(name: str) -> bool:
    return bool(torch._C._jit_get_schemas_for_operator(f"torchvision::{name}"))


def load_compiled_operators() -> None:
    """Lets torchvision's own compiled part declare its operators, when it fits the torch that is here."""
    from importlib.util import find_spec
    from pathlib import Path

    found = find_spec("torchvision")
    for folder in (found.submodule_search_locations or []) if found else []:
        for library in sorted(Path(folder).glob("_C*.so")):
            try:
                torch.ops.load_library(str(library))  # type: ignore[no-untyped-call]
            except OSError:
                return


def declare_missing() -> list[str]:
    """Declares what is missing, once; gives the names it declared."""
    load_compiled_operators()
    missing = [name for name in SCHEMAS if not operator_exists(name)]
    if missing:
        fragment = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
        for name in missing:
            fragment.define(name + SCHEMAS[name])  # type: ignore[no-untyped-call]
        _fragments.append(fragment)
    return missing


declare_missing()
