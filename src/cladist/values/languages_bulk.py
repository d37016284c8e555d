"""Languages from tags for many models at once: the rule of ``languages_from_tags``, vectorised."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cladist.values.languages import HUB_TAGS, STOP_TAG, tag_languages


def languages_of_tag_lists(tags: pa.ListArray) -> pa.ListArray:
    """Read the languages of each model from its list of tags.

    Parameters
    ----------
    tags
        list<string>, one list a model; null lists have no language.

    Returns
    -------
    pyarrow.ListArray
        Distinct codes in byte order, null where the tags name no language. Equal, model by
        model, to the set of :func:`cladist.values.languages.languages_from_tags`, the definition.

    Notes
    -----
    Work per distinct tag, then array passes over all tags; no loop over models.
    """
    flat = tags.flatten()
    length = pc.fill_null(pc.list_value_length(tags), 0).to_numpy(zero_copy_only=False)
    row = np.repeat(np.arange(len(tags)), length)
    place = np.arange(len(row))
    table = tag_languages()
    codes = sorted({code for code, _ in table.values()})
    code, only_inside, breaks, stops = _per_tag(flat, codes)
    start = np.cumsum(length) - length
    stop = start + length
    at = np.flatnonzero(stops)
    np.minimum.at(stop, row[at], place[at])
    before = start - 1
    at = np.flatnonzero(breaks & (place < stop[row]))
    np.maximum.at(before, row[at], place[at])
    inside = (place > before[row]) & (place < stop[row])
    counts = np.flatnonzero((code >= 0) & (inside | ~only_inside))
    pairs = np.unique(row[counts] * len(codes) + code[counts])
    return _lists(
        pairs // len(codes), pa.array(codes).take(pa.array(pairs % len(codes))), len(tags)
    )


def _per_tag(flat: pa.Array, codes: list[str]) -> tuple[np.ndarray, ...]:
    """Return code (-1 if none), only-inside, breaks-the-block and stops-it flags, tag by tag."""
    encoded = flat.dictionary_encode()
    words, index = encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False)
    table = tag_languages()
    number = {c: i for i, c in enumerate(codes)}
    # One entry more, so that a tag that is no language takes -1.
    code_of = np.array([*(number[c] for c, _ in table.values()), -1])
    inside_of = np.array([*(inside for _, inside in table.values()), False])
    key = pc.index_in(words, pa.array(list(table), pa.string()))
    key = pc.fill_null(key, len(table)).to_numpy(zero_copy_only=False)
    code = code_of[key]
    hub = pc.is_in(words, pa.array(sorted(HUB_TAGS))).to_numpy(zero_copy_only=False)
    stops = pc.match_substring_regex(words, f"(?s)^(?:{STOP_TAG})$")
    stops = pc.fill_null(stops, False).to_numpy(zero_copy_only=False)
    return code[index], inside_of[key][index], ((code < 0) & ~hub)[index], stops[index]


def _lists(row: np.ndarray, values: pa.Array, n: int) -> pa.ListArray:
    """Gather values that are sorted by row into one list a row, null where there is none."""
    offsets = np.searchsorted(row, np.arange(n + 1)).astype(np.int32)
    empty = offsets[1:] == offsets[:-1]
    return pa.ListArray.from_arrays(pa.array(offsets), values, mask=pa.array(empty))
