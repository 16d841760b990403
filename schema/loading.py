"""Batches what the resolvers of one operation ask for: one statement per level, no N+1."""

from __future__ import annotations

from asyncio import current_task
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, cast

from strawberry.dataloader import DataLoader

if TYPE_CHECKING:
    from schema.context import Context

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

Load: TypeAlias = "Callable[[Context, Sequence[Key]], Awaitable[Mapping[Key, Value]]]"

BATCH_SIZE_MAX: Final = 1_000


class Loaders:
    """One loader per load function, made when first asked for."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._loaders: dict[Callable[..., Any], DataLoader[Any, Any]] = {}

    def of(self, load: Load[Key, Value]) -> DataLoader[Key, Value | None]:
        """`load` is a module-level function, never a closure: it is the loader's name."""
        if load not in self._loaders:
            self._loaders[load] = self._made(load)
        return cast("DataLoader[Key, Value | None]", self._loaders[load])

    def _made(self, load: Load[Key, Value]) -> DataLoader[Key, Value | None]:
        async def batch(keys: list[Key]) -> list[Value | None]:
            task = current_task()
            assert task is not None
            self._context.loading.add(task)
            try:
                found = await load(self._context, keys)
            finally:
                self._context.loading.discard(task)
            return [found.get(key) for key in keys]

        return DataLoader(load_fn=batch, max_batch_size=BATCH_SIZE_MAX)
