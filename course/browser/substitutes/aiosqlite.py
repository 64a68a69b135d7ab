"""aiosqlite without its thread: what it would put into the thread's queue is done at once."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any


def change(module: ModuleType) -> None:
    """Have connections of `module` (`aiosqlite.core`) do their own work."""

    class Queue:
        def __class_getitem__(cls, item: object) -> type:
            return cls

        def put_nowait(self, order: tuple[Any, Callable[[], Any]]) -> None:
            future, function = order
            try:
                result = function()
            except BaseException as error:
                if future is not None:
                    module.set_exception(future, error)
            else:
                if future is not None:
                    module.set_result(future, result)

    class Thread:
        daemon = True

        def __init__(self, *args: object, **kwargs: object) -> None: ...

        def start(self) -> None: ...

    module.__dict__.update(SimpleQueue=Queue, Thread=Thread)
