"""Tasks of the Hub in the groups of the palette."""

from __future__ import annotations

from typing import Final

from cladist.views.theme import PALETTES

_MEMBERS: Final = {
    "text-generation": "text-generation conversational",
    "text-understanding": "text-classification token-classification fill-mask question-answering "
    "feature-extraction sentence-similarity multiple-choice zero-shot-classification text-ranking "
    "sentence-embeddings table-question-answering text-retrieval",
    "text-to-text": "text2text-generation translation summarization table-to-text",
    "audio": "automatic-speech-recognition audio-to-audio audio-classification text-to-speech "
    "text-to-audio voice-activity-detection audio-text-to-text",
    "image-generation": "text-to-image unconditional-image-generation image-to-image "
    "text-to-video image-to-video video-to-video text-to-3d image-to-3d video-to-3d "
    "image-text-to-image image-text-to-video",
    "image-understanding": "image-classification object-detection image-segmentation "
    "video-classification zero-shot-image-classification image-feature-extraction "
    "depth-estimation mask-generation zero-shot-object-detection keypoint-detection "
    "keypoint-matching normals-estimation",
    "multimodal": "image-text-to-text image-to-text visual-question-answering any-to-any "
    "document-question-answering video-text-to-text visual-document-retrieval",
}

#: Group -> its code; the order is that of the palette.
GROUPS: Final = {name: code for code, name in enumerate(PALETTES["task"])}

GROUP_OF: Final = {
    task: GROUPS[group] for group, tasks in _MEMBERS.items() for task in tasks.split()
}


def group_of(task: str | None) -> int:
    """Return the code of a task's group."""
    if task is None:
        return GROUPS["unstated"]
    return GROUP_OF.get(task, GROUPS["other"])
