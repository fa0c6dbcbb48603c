"""What the forms of a project's page send."""

from pydantic import BaseModel, Field

from api.project_shapes import ProjectChange
from domain.project_role import ProjectRole


class ProjectForm(BaseModel):
    """What describes a project, as its form sends it."""

    name: str = Field("", max_length=400)
    description: str = Field("", max_length=8000)
    owner_id: str = Field("", max_length=64)
    contracted_value: str = Field("", max_length=40)
    starts_on: str = Field("", max_length=10)
    ends_on: str = Field("", max_length=10)

    def change(self, *, with_value: bool) -> ProjectChange:
        """The same as the door takes it: a field left blank is cleared, the value only by who may set it."""
        facts = self.model_dump(exclude=None if with_value else {"contracted_value"})
        blank = {name: None for name, value in facts.items() if not value}
        return ProjectChange.model_validate(
            facts | blank | {"name": self.name, "description": self.description}
        )


class MilestoneForm(BaseModel):
    """A milestone as its form sends it."""

    name: str = Field("", max_length=400)
    due_on: str = Field("", max_length=10)
    amount: str = Field("", max_length=40)
    place: int | None = Field(None, ge=1, le=1000)

    def facts(self, *, with_value: bool) -> dict[str, object]:
        """The same as the door takes it: a field left blank is cleared, the amount only by who may set it."""
        facts: dict[str, object] = {"name": self.name, "due_on": self.due_on or None}
        facts |= {"amount": self.amount or None} if with_value else {}
        return facts if self.place is None else facts | {"place": self.place}


class PersonForm(BaseModel):
    """A person and what they are in the project."""

    user_id: str = Field(max_length=64)
    role: ProjectRole


class DoneForm(BaseModel):
    """Whether a milestone is done."""

    done: bool
