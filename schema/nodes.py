"""`node` and `nodes`: any object by its id, when the viewer may see it."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

import strawberry
from graphql import GraphQLError

from schema.context import Context, Info
from schema.errors import InvalidId
from schema.node import Node, has_kind, object_of
from schema.prices import Cost

NODE_COUNT_MAX: Final = 100


@strawberry.type(description="Reads.")
class NodeQueries:
    @strawberry.field(
        description="The object with this id; null when the viewer may not see it.",
        directives=[Cost(weight=5)],
    )
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of any object.")],
    ) -> Node | None:
        return await node_of(info.context, id)

    @strawberry.field(
        description="The objects with these ids, in their order, at most 100; null where `node` "
        "would be.",
        directives=[Cost(weight=5, list_size=NODE_COUNT_MAX)],
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Ids of any objects.")],
    ) -> list[Node | None] | None:
        if len(ids) > NODE_COUNT_MAX:
            raise GraphQLError(
                f"At most {NODE_COUNT_MAX} ids.", extensions={"code": "INVALID_ARGUMENT"}
            )
        if info.context.batches is not None:
            return [await node_of(info.context, each) for each in ids]
        return await asyncio.gather(*(node_of(info.context, each) for each in ids))


async def node_of(context: Context, text: str) -> Node | None:
    tag = context.ids.tag_of(text)
    if tag is None or not has_kind(tag):
        return None
    try:
        key = context.ids.decode(tag, text)
    except InvalidId:
        return None
    found: Node | None = await object_of(context, tag, key)
    return found
