"""What an employer gives as tasks."""

from __future__ import annotations

from typing import Final

import strawberry

from domain.errors import InvalidInput
from domain.tasks.rules import NewTask
from schema.scalars import URL

TASK_COUNT_MAX: Final = 100


@strawberry.input(description="Work that is a text alone.")
class TextContentInput:
    text: str = strawberry.field(description="What there is to do; at most 10,000 characters.")


@strawberry.input(description="Work on something at an address.")
class LinkContentInput:
    text: str = strawberry.field(description="What there is to do there.")
    url: URL = strawberry.field(description="Where it is.")


@strawberry.input(one_of=True, description="What a worker gets to see; exactly one kind.")
class TaskContentInput:
    text: strawberry.Maybe[TextContentInput] = strawberry.field(description="A text alone.")
    link: strawberry.Maybe[LinkContentInput] = strawberry.field(
        description="Something at an address."
    )


@strawberry.input(description="What a task says where the instructions leave it open.")
class TaskVariableInput:
    name: str = strawberry.field(
        description="1 to 40 of a-z, 0-9 and _, a letter first: `city` for `{{city}}`."
    )
    value: str = strawberry.field(description="1 to 1,000 characters, put in as they are.")


@strawberry.input(description="A new task.")
class TaskInput:
    content: TaskContentInput = strawberry.field(description="What there is to do.")
    place_count: int = strawberry.field(
        default=1, description="How many workers may do it: 1 to 100,000."
    )
    external_reference: str | None = strawberry.field(
        default=None, description="Your own name for it; at most 200 characters."
    )
    priority: int = strawberry.field(
        default=0, description="0 to 100; higher ones are handed out first."
    )
    gold_label: str | None = strawberry.field(
        default=None,
        description="The answer, where you know it: one of the plan's labels. No worker sees it.",
    )

    variables: list[TaskVariableInput] = strawberry.field(
        default_factory=list,
        description="Values for all that the instructions leave open, at most 20; every task of "
        "the campaign has the same names.",
    )

    def to_task(self, index: int) -> NewTask:
        """Refuses with `InvalidInput`."""
        variables = {each.name: each.value for each in self.variables}
        if len(variables) < len(self.variables):
            raise InvalidInput("each name once", path=("tasks", str(index), "variables"))
        link, text = self.content.link, self.content.text
        if link is not None:
            content, url = link.value.text, str(link.value.url)
        else:
            assert text is not None  # one-of: the engine has checked it
            content, url = text.value.text, None
        return NewTask(
            text=content,
            url=url,
            place_count=self.place_count,
            external_reference=self.external_reference,
            priority=self.priority,
            gold_label=self.gold_label,
            variables=variables,
        )


@strawberry.input(description="Appends tasks to a draft.")
class CampaignAddTasksInput:
    campaign_id: strawberry.ID = strawberry.field(description="A draft of the viewer's.")
    tasks: list[TaskInput] = strawberry.field(description="1 to 100 tasks.")

    def to_tasks(self) -> list[NewTask]:
        """Refuses with `InvalidInput`."""
        if len(self.tasks) > TASK_COUNT_MAX:
            raise InvalidInput(f"at most {TASK_COUNT_MAX} tasks at once", path=("tasks",))
        return [each.to_task(index) for index, each in enumerate(self.tasks)]
