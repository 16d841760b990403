"""What the resolvers of one level ask for, fetched together without a task or future for each.

A resolver says `await context.load(...)` as ever. While the executor steps it, that parks the
resolver; when all of the level are parked, each load function is asked once, and they go on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from schema.context import Context

KEYS_MAX: Final = 1_000  # of one load

Load: TypeAlias = "Callable[[Context, Sequence[Any]], Awaitable[Mapping[Any, Any]]]"


class Failed:
    """In the place of a value that could not be loaded."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


class Batches:
    """Of one operation. `is_stepping` only while the executor itself drives a resolver."""

    __slots__ = ("_context", "_known", "_wanted", "is_stepping")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[Load, dict[Hashable, Any]] = {}
        self._wanted: dict[Load, dict[Hashable, None]] = {}
        self.is_stepping = False

    def forget(self) -> None:
        """What was loaded before a change is the past."""
        self._known.clear()

    def wants(self, load: Load, keys: Sequence[Hashable]) -> bool:
        """Notes what is not known yet."""
        known = self._known.get(load, {})
        missing = [key for key in keys if key not in known]
        if missing:
            self._wanted.setdefault(load, {}).update(dict.fromkeys(missing))
        return bool(missing)

    def found(self, load: Load, keys: Sequence[Hashable]) -> list[Any]:
        known = self._known[load]
        values = [known[key] for key in keys]
        for value in values:
            if isinstance(value, Failed):
                raise value.error
        return values

    async def fetch(self) -> None:
        """Each load function once, for all that is wanted."""
        wanted, self._wanted = self._wanted, {}
        for load, keys in wanted.items():
            known = self._known.setdefault(load, {})
            asked = list(keys)
            for start in range(0, len(asked), KEYS_MAX):
                part = asked[start : start + KEYS_MAX]
                try:
                    found = await load(self._context, part)
                except Exception as error:  # noqa: BLE001  # told to each resolver that asked
                    known.update(dict.fromkeys(part, Failed(error)))
                else:
                    known.update({key: found.get(key) for key in part})


class Asked:
    """`await` gives the values of the keys; for one key, `await` of `one` gives its value."""

    __slots__ = ("_batches", "_keys", "_load")

    def __init__(self, batches: Batches, load: Load, keys: Sequence[Hashable]) -> None:
        self._batches = batches
        self._load = load
        self._keys = keys

    def __await__(self) -> Generator[Any, None, list[Any]]:
        while self._batches.wants(self._load, self._keys):
            yield self._batches
        return self._batches.found(self._load, self._keys) if self._keys else []


class Rest:
    """The rest of a coroutine whose first step has been taken, awaited as if it had not."""

    __slots__ = ("_coroutine", "_yielded")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], yielded: Any) -> None:
        self._coroutine = coroutine
        self._yielded = yielded

    def __await__(self) -> Generator[Any, Any, Any]:
        yielded = self._yielded
        try:
            while True:
                try:
                    sent = yield yielded
                except BaseException as error:  # noqa: BLE001  # such as a cancellation: it is theirs
                    yielded = self._coroutine.throw(error)
                else:
                    yielded = self._coroutine.send(sent)
        except StopIteration as done:
            return done.value
