"""What a model's own record says of its form, where its source does not state the relation.

A bare ``base_model`` says that there is a parent, not how the model was made from it. The Hub reads
the files then; here the library, the tags and the name are read, and only towards doubt: a form
that may be an adapter or a copy is judged as one.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

ADAPTER_LIBRARIES: Final = ("peft", "adapter-transformers")
ADAPTER_TAGS: Final = ("peft", "lora", "qlora", "adapter", "adapter-transformers")
ADAPTER_NAME: Final = r"(^|[-_./])q?lora($|[-_.])"
COPY_LIBRARIES: Final = ("gguf", "ggml", "mlx", "onnx", "openvino")
COPY_TAGS: Final = ("gguf", "ggml", "gptq", "awq", "exl2", "mlx", "onnx", "openvino")
COPY_NAME: Final = r"(^|[-_./])(gguf|ggml|gptq|awq|exl2|mlx|onnx)($|[-_.])"


def form_of(name: str, library: str | None, tags: Collection[str]) -> str:
    """Return ``adapter``, ``copy``, or ``derivative`` where nothing speaks for either."""
    lowered = name.lower()
    for form, libraries, words, pattern in (
        ("adapter", ADAPTER_LIBRARIES, ADAPTER_TAGS, ADAPTER_NAME),
        ("copy", COPY_LIBRARIES, COPY_TAGS, COPY_NAME),
    ):
        if library in libraries or any(w in tags for w in words) or re.search(pattern, lowered):
            return form
    return "derivative"
