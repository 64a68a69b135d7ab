"""Maps, sets and lists that never change: each change gives a new one.

The real ones share what they have in common; these copy, which is enough for the few entries that a schema's
validator keeps.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Set
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
T = TypeVar("T")


class HashTrieMap(Mapping[K, V]):
    def __init__(self, value: Any = (), **more: V) -> None:
        self._data: dict[K, V] = dict(value, **more)

    @classmethod
    def convert(cls, value: Any) -> HashTrieMap[K, V]:
        return value if isinstance(value, HashTrieMap) else cls(value)

    @classmethod
    def fromkeys(cls, keys: Iterable[K], value: Any = None) -> HashTrieMap[K, Any]:
        return HashTrieMap(dict.fromkeys(keys, value))

    def __getitem__(self, key: K) -> V:
        return self._data[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __hash__(self) -> int:
        return hash(frozenset(self._data.items()))

    def __repr__(self) -> str:
        return f"HashTrieMap({self._data!r})"

    def insert(self, key: K, value: V) -> HashTrieMap[K, V]:
        return HashTrieMap({**self._data, key: value})

    def update(self, *others: Any, **more: V) -> HashTrieMap[K, V]:
        data = dict(self._data)
        for other in others:
            data.update(other)
        return HashTrieMap({**data, **more})

    def remove(self, key: K) -> HashTrieMap[K, V]:
        data = dict(self._data)
        del data[key]
        return HashTrieMap(data)

    def discard(self, key: K) -> HashTrieMap[K, V]:
        return self.remove(key) if key in self._data else self


class HashTrieSet(Set[T]):
    def __init__(self, value: Iterable[T] = ()) -> None:
        self._data = frozenset(value)

    def __contains__(self, key: object) -> bool:
        return key in self._data

    def __iter__(self) -> Iterator[T]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __hash__(self) -> int:
        return hash(self._data)

    def __repr__(self) -> str:
        return f"HashTrieSet({set(self._data)!r})"

    def insert(self, value: T) -> HashTrieSet[T]:
        return HashTrieSet(self._data | {value})

    def remove(self, value: T) -> HashTrieSet[T]:
        if value not in self._data:
            raise KeyError(value)
        return HashTrieSet(self._data - {value})

    def discard(self, value: T) -> HashTrieSet[T]:
        return HashTrieSet(self._data - {value})

    def update(self, *others: Iterable[T]) -> HashTrieSet[T]:
        return HashTrieSet(self._data.union(*others))

    union = update


class List(Generic[T]):
    def __init__(self, *values: Any) -> None:
        # One value that can be iterated over is what the list is made from, as with `list`.
        one = values[0] if len(values) == 1 and isinstance(values[0], Iterable) else values
        self._data: tuple[T, ...] = tuple(one)

    @property
    def first(self) -> T:
        return self._data[0]

    @property
    def rest(self) -> List[T]:
        return List(self._data[1:])

    def push_front(self, value: T) -> List[T]:
        return List((value, *self._data))

    def drop_first(self) -> List[T]:
        return List(self._data[1:])

    def __iter__(self) -> Iterator[T]:
        return iter(self._data)

    def __reversed__(self) -> Iterator[T]:
        return reversed(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, List) and self._data == other._data

    def __hash__(self) -> int:
        return hash(self._data)

    def __repr__(self) -> str:
        return f"List({list(self._data)!r})"
