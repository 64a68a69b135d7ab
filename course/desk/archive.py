"""What is in a ZIP file, read with care: bounded, and nothing that would lie outside."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import PurePosixPath

from course.lessons import CourseError

FILE = 5_000_000
"""Bytes of the biggest file that is read."""

FILES = 5_000
"""How many files one learner may have, those that are passed over among them."""

TIME = 0x5455
"""The extra field that says when a file was saved, in seconds since 1970: the time beside it has no zone."""


@dataclass(frozen=True)
class Item:
    """A file: where it lies, when it was saved (seconds since 1970), and how it is read."""

    place: PurePosixPath
    saved: float
    read: Callable[[], bytes]


def in_zip(content: bytes) -> Iterator[Item]:
    """The files of a ZIP file, each read when it is asked for.

    Raises:
        CourseError: it is damaged, or has too many.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except _DAMAGED:
        raise CourseError("The ZIP file is damaged, or is none: it has to be saved again.") from None
    infos = archive.infolist()
    if len(infos) > FILES:
        raise CourseError(f"There are more than {FILES:,} files in it: only work belongs there.")
    for info in infos:
        place = PurePosixPath(info.filename.replace("\\", "/"))
        if not (info.is_dir() or place.is_absolute() or ".." in place.parts):
            yield Item(place, _saved(info), _reader(archive, info))


_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
)
"""What comes of reading a ZIP file that is damaged, has a password, or is packed in a way of its own."""


def _saved(info: zipfile.ZipInfo) -> float:
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == TIME and len(field) >= 5 and field[0] & 1:
            return float(struct.unpack_from("<i", field, 1)[0])
    try:
        return datetime(*info.date_time).timestamp()
    except (ValueError, OverflowError):  # a month that does not exist
        return 0.0


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        name = PurePosixPath(info.filename).name
        try:
            with archive.open(info) as file:
                content = file.read(FILE + 1)  # what the ZIP file says of its size may be wrong
        except _DAMAGED as error:
            raise CourseError(f"{name} cannot be read from the ZIP file: {error}.") from None
        if len(content) > FILE:
            raise CourseError(f"{name} is bigger than {FILE / 1e6:g} MB: it is not read.")
        return content

    return read
