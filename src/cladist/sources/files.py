"""Files as streams of bytes: plain, gzip or inside a zip, damaged ones told apart from whole ones.

Nothing here trusts a file: blocks are bounded, a damaged stream gives what came before the
damage and then raises :class:`DamagedError`, and links that lead out of a folder are left alone.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final

from cladist.errors import InputError

HEAD_BYTES: Final = 1 << 16
_BLOCK: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"

#: ``advance(n)``: n more bytes of the file on disk were read.
Advance = Callable[[int], None]


class DamagedError(ValueError):
    """A stream that ends before its time or cannot be decompressed further."""


def nowhere(_: int) -> None:
    """Count bytes for nobody."""


def open_file(path: Path) -> IO[bytes]:
    """Open a file for reading.

    Raises
    ------
    InputError
        If it is not there, is no regular file, or may not be read.
    """
    try:
        if path.exists() and not path.is_dir() and not path.is_file():
            raise InputError(
                f"{path} is no regular file.", "Write its content to a file, and name that."
            )
        return path.open("rb")
    except FileNotFoundError:
        raise InputError(f"{path} is not there.", "Check the path of the source.") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder.", "Name a file in it.") from None
    except PermissionError:
        raise InputError(
            f"{path} cannot be read: permission denied.",
            "Allow reading (chmod +r), or copy it to where you may read.",
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be opened: {error}.", "Check the path.") from None


def _read(stream: IO[bytes], path: Path, advance: Advance) -> Iterator[bytes]:
    while True:
        try:
            block = stream.read(_BLOCK)
        except OSError as error:
            raise InputError(
                f"{path} cannot be read: {error.strerror}.", "Check the disk, or copy the file."
            ) from None
        if not block:
            return
        advance(len(block))
        yield block


def _inflate(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress gzip members one after the other, a bounded block at a time."""
    inflater = zlib.decompressobj(wbits=31)
    fresh = False
    for block in blocks:
        data = block
        while data:
            if inflater.eof:
                data = data.lstrip(b"\0")  # padding after a member is allowed
                if not data:
                    break
                inflater, fresh = zlib.decompressobj(wbits=31), True
            try:
                out = inflater.decompress(data, _BLOCK)
            except zlib.error as error:
                raise DamagedError(f"gzip data are damaged: {error}") from None
            fresh = False
            yield out
            data = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    if not inflater.eof and not fresh:
        yield inflater.flush()
        raise DamagedError("gzip data end before their end mark")


def blocks(path: Path, advance: Advance = nowhere) -> Iterator[bytes]:
    """Yield the content of a file, decompressed if it is gzip, in bounded blocks.

    Raises
    ------
    InputError
        If the file cannot be opened or read.
    DamagedError
        After the last good block, if gzip data are truncated or damaged.
    """
    with open_file(path) as stream:
        raw = _read(stream, path, advance)
        first = next(raw, b"")
        whole = _chain(first, raw)
        yield from _inflate(whole) if first.startswith(_GZIP) else whole


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def member_blocks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield the content of one member of a zip; it is never written anywhere.

    Raises
    ------
    DamagedError
        After the last good block, if the member is damaged or encrypted.
    """
    try:
        with archive.open(member) as stream:
            while block := stream.read(_BLOCK):
                yield block
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise DamagedError(f"the member of the zip cannot be read: {error}") from None
    except OSError as error:
        raise DamagedError(f"the zip cannot be read: {error}") from None


def open_zip(path: Path) -> zipfile.ZipFile:
    """Open a zip file.

    Raises
    ------
    InputError
        If it cannot be opened, or its directory is damaged.
    """
    open_file(path).close()
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise InputError(
            f"{path} is no zip file that can be read: {error}.", "Download or pack it again."
        ) from None


def head(path: Path, size: int = HEAD_BYTES) -> bytes:
    """Return the first bytes of a file, decompressed as far as that is possible.

    Raises
    ------
    InputError
        If the file cannot be opened or read.
    """
    kept = bytearray()
    try:
        for block in blocks(path):
            kept += block
            if len(kept) >= size:
                break
    except DamagedError:
        pass
    return bytes(kept[:size])


def files_below(folder: Path) -> list[Path]:
    """Return the regular files below a folder, in byte order of their relative paths.

    Hidden files and folders, and links that lead out of the folder, are left out.

    Raises
    ------
    InputError
        If the folder may not be listed.
    """
    root = folder.resolve()
    found: list[Path] = []

    def refuse(error: OSError) -> None:
        raise InputError(
            f"{error.filename} cannot be listed: {error.strerror}.", "Allow reading (chmod +rx)."
        )

    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in names:
            path = Path(place, name)
            if name.startswith("."):
                continue
            if inside(path, root) if path.is_symlink() else path.is_file():
                found.append(path)
    return sorted(found, key=os.fsencode)


def inside(path: Path, root: Path) -> bool:
    """Say whether a path is a regular file that, links followed, lies below ``root``."""
    try:
        return path.is_file() and path.resolve().is_relative_to(root)
    except (OSError, RuntimeError):
        return False


def locator(path: Path, folder: Path) -> str:
    """Return the path of a file inside its folder, as text that is valid UTF-8."""
    name = path.relative_to(folder).as_posix()
    return os.fsencode(name).decode("utf-8", "replace")
