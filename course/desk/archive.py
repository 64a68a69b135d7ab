"""What is in a ZIP file or a folder, read with care: bounded, and nothing that would lie outside."""

from __future__ import annotations

import contextlib
import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath

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
        raise _too_many()
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


def in_folder(
    folder: Path, into: Callable[[list[str], list[str]], list[str]] = lambda names, _: names
) -> Iterator[Item]:
    """The files of a folder, each read when it is asked for; links are not followed.

    Args:
        folder: where they lie.
        into: which folders to go into, of those in one place, and what files there are beside them.

    Raises:
        CourseError: there are too many.
    """
    count = 0
    for place, names, files in os.walk(folder):
        names[:] = sorted(into(names, files))
        for name in files:
            if (count := count + 1) > FILES:
                raise _too_many()
            path = Path(place, name)
            with contextlib.suppress(OSError):
                facts = path.lstat()
                if stat.S_ISREG(facts.st_mode):
                    where = PurePosixPath(path.relative_to(folder).as_posix())
                    yield Item(where, facts.st_mtime, _reader_of_file(path, facts.st_size))


def _reader_of_file(path: Path, size: int) -> Callable[[], bytes]:
    def read() -> bytes:
        if size > FILE:
            raise _too_big(path.name)
        return path.read_bytes()

    return read


def _too_many() -> CourseError:
    return CourseError(f"There are more than {FILES:,} files in it: only work belongs there.")


def _too_big(name: str) -> CourseError:
    return CourseError(f"{name} is bigger than {FILE / 1e6:g} MB: it is not read.")


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        name = PurePosixPath(info.filename).name
        try:
            with archive.open(info) as file:
                content = file.read(FILE + 1)  # what the ZIP file says of its size may be wrong
        except _DAMAGED as error:
            raise CourseError(f"{name} cannot be read from the ZIP file: {error}.") from None
        if len(content) > FILE:
            raise _too_big(name)
        return content

    return read
