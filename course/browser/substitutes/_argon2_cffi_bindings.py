"""What argon2-cffi asks of its compiled half: `ffi` for buffers, `lib` for the hashes themselves."""

from __future__ import annotations

import base64
import hmac
from typing import Any

from course.browser import substitutes

LETTERS = ("d", "i", "id")


class ffi:  # noqa: N801
    """As much of cffi as is needed to pass bytes on."""

    NULL = None

    @staticmethod
    def new(kind: str, value: int | bytes) -> bytearray:
        return bytearray(value)

    @staticmethod
    def string(buffer: bytearray) -> bytes:
        return bytes(buffer).rstrip(b"\0")

    @staticmethod
    def buffer(buffer: bytearray, size: int) -> bytes:
        return bytes(buffer[:size])


class lib:  # noqa: N801
    """The functions of Argon2's reference implementation that argon2-cffi calls."""

    ARGON2_VERSION_NUMBER = 0x13
    ARGON2_OK = 0
    ARGON2_VERIFY_MISMATCH = -35
    ARGON2_DECODING_FAIL = -32
    Argon2_d, Argon2_i, Argon2_id = range(3)

    @staticmethod
    def argon2_encodedlen(t: int, m: int, p: int, salt: int, length: int, kind: int) -> int:
        texts = len(f"$argon2{LETTERS[kind]}$v=19$m={m},t={t},p={p}$$") + 8
        return texts + 4 * (salt + length) // 3

    @staticmethod
    def argon2_hash(
        t: int,
        m: int,
        p: int,
        secret: bytearray,
        secret_size: int,
        salt: bytearray,
        salt_size: int,
        raw: bytearray | None,
        length: int,
        encoded: bytearray | None,
        encoded_size: int,
        kind: int,
        version: int,
    ) -> int:
        made = _hash(kind, bytes(secret), bytes(salt), t, m, p, length, version)
        if raw is not None:
            raw[:] = made
        if encoded is not None:
            head = f"$argon2{LETTERS[kind]}$v={version}$m={m},t={t},p={p}$"
            text = b"$".join([head.encode() + _encoded(bytes(salt)), _encoded(made)])
            encoded[: len(text)] = text
        return 0

    @staticmethod
    def argon2_verify(encoded: bytearray, secret: bytearray, secret_size: int, kind: int) -> int:
        try:
            _, name, version, parameters, salt, wanted = bytes(encoded).rstrip(b"\0").split(b"$")
            number = {key: int(value) for key, value in (one.split(b"=") for one in parameters.split(b","))}
            if name.decode() != f"argon2{LETTERS[kind]}":
                return lib.ARGON2_DECODING_FAIL
            raw = _decoded(wanted)
            sizes = number[b"t"], number[b"m"], number[b"p"], len(raw), int(version[2:])
            made = _hash(kind, bytes(secret), _decoded(salt), *sizes)
        except (ValueError, KeyError):
            return lib.ARGON2_DECODING_FAIL
        return 0 if hmac.compare_digest(made, raw) else lib.ARGON2_VERIFY_MISMATCH

    @staticmethod
    def argon2_error_message(error: int) -> bytes:
        texts = {-32: b"Decoding failed", -35: b"The password does not match the supplied hash"}
        return texts.get(error, b"Unknown error code")


def _hash(kind: int, secret: bytes, salt: bytes, *sizes: Any) -> bytes:
    if substitutes.argon2 is None:
        raise NotImplementedError("Argon2 is computed by the page, which is not there.")
    return bytes(substitutes.argon2(kind, secret, salt, *sizes))


def _encoded(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _decoded(text: bytes) -> bytes:
    return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
