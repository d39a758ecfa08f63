"""Form fields of the wizard. A field's name is the path of its value in the spec document (`l3out.bgp.hold`).

What is typed is kept as it is: whether it is right is for `webui.spec` to say. A field that a request does not hold
is left alone (`given` is false), so that a page never empties what it did not show.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.utils import unset_value

from webui.steps.document import LONGEST, LONGEST_TEXT, as_text, at, blank_to_none, clean

MOST_ROWS = 200
"""Rows taken from one request; far above what any check lets pass."""


@dataclass(frozen=True)
class Look:
    """How a field is shown."""

    help: str = ""
    unit: str = ""
    placeholder: str = ""
    topic: str = ""
    """Which help stands in the side panel while the field has the focus."""
    options: str = ""
    """Which live list it offers (webui.steps.options), such as `tenants`."""
    mono: bool = True
    longest: int = LONGEST


PLAIN = Look()


class SpecField(Field):  # type: ignore[misc]
    """A field of the spec document. `data` is what the draft keeps: a text, a list, a mapping or None."""

    look: Look
    given: bool
    kind = "text"

    def __init__(self, label: str, look: Look = PLAIN, **kwargs: Any) -> None:
        super().__init__(label, id=kwargs.get("name", ""), **kwargs)
        self.look = look
        self.given = False

    def process(self, formdata: MultiDict[str, str] | None, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Take the posted value, or else the draft's."""
        self.id = self.name
        self.process_errors: list[str] = []
        self.data = None if data is unset_value else data
        if formdata is not None:
            self.given = self.is_in(formdata)
            if self.given:
                self.data = self.posted(formdata)

    def is_in(self, formdata: MultiDict[str, str]) -> bool:
        """Whether the request holds this field."""
        return self.name in formdata

    def posted(self, formdata: MultiDict[str, str]) -> Any:
        """The value in the request, as the draft keeps it."""
        return clean(formdata.getlist(self.name)[-1], self.look.longest) or None

    @property
    def text(self) -> str:
        """The value as it stands in the input."""
        return self.words(self.data)

    def words(self, value: Any) -> str:
        """Any value of this field as it would stand in the input."""
        return ", ".join(map(as_text, value)) if isinstance(value, list) else as_text(value)


class Text(SpecField):
    """One line. A list of plain values is one line too, with commas between."""


class Area(SpecField):
    """Several lines, such as a PEM chain."""

    kind = "area"


class Choice(SpecField):
    """One of a few, shown with what each means: (value, title, words)."""

    kind = "choice"

    def __init__(self, label: str, choices: Sequence[tuple[str, str, str]], look: Look = PLAIN, **kwargs: Any) -> None:
        super().__init__(label, look, **kwargs)
        self.choices = choices


class Flag(SpecField):
    """Yes or no. A hidden `false` goes before the box, so that an empty box is told from a field that was not shown."""

    kind = "flag"

    def posted(self, formdata: MultiDict[str, str]) -> Any:
        return formdata.getlist(self.name)[-1] == "true"


class Several(SpecField):
    """Some of a few. A hidden empty value tells "none" from "not shown"."""

    kind = "several"

    def __init__(self, label: str, choices: Sequence[tuple[str, str, str]], look: Look = PLAIN, **kwargs: Any) -> None:
        super().__init__(label, look, **kwargs)
        self.choices = choices

    def offered(self) -> list[tuple[str, str, str]]:
        """The choices, and what the document holds besides them."""
        known = {value for value, _, _ in self.choices}
        held = map(as_text, self.data if isinstance(self.data, list) else [])
        return [*self.choices, *((one, one, "Given in the document.") for one in held if one and one not in known)]

    def posted(self, formdata: MultiDict[str, str]) -> Any:
        return list(dict.fromkeys(value for value in map(clean, formdata.getlist(self.name)) if value))[:MOST_ROWS]


class Pair(SpecField):
    """A tenant and a name in one box, `tenant/name`; kept as {"tenant", "name"}."""

    def posted(self, formdata: MultiDict[str, str]) -> Any:
        tenant, slash, name = clean(formdata.getlist(self.name)[-1], self.look.longest).partition("/")
        values = {"tenant": tenant, "name": name} if slash else {"name": tenant}
        return {key: value.strip() for key, value in values.items() if value.strip()} or None

    def words(self, value: Any) -> str:
        """`tenant/name`, or what there is of it."""
        tenant, name = as_text(at(value, "tenant")), as_text(at(value, "name"))
        return f"{tenant}/{name}" if tenant else name


class Secret(SpecField):
    """A secret: what is stored never comes back into a page. Empty keeps it; `NAME.clear` forgets it."""

    kind = "secret"
    stored = False

    def is_in(self, formdata: MultiDict[str, str]) -> bool:
        return bool(formdata.get(self.name)) or self.name + ".clear" in formdata

    def posted(self, formdata: MultiDict[str, str]) -> Any:
        return None if self.name + ".clear" in formdata else formdata.getlist(self.name)[-1][:LONGEST]

    def words(self, value: Any) -> str:
        """Nothing, ever."""
        return ""


class SecretArea(Secret):
    """A secret of several lines, such as a private key."""

    kind = "secret-area"

    def posted(self, formdata: MultiDict[str, str]) -> Any:
        if self.name + ".clear" in formdata:
            return None
        return clean(formdata.getlist(self.name)[-1], LONGEST_TEXT) + "\n"


@dataclass(frozen=True)
class Column:
    """One column of a row table. `key` is "" where a row is one plain value."""

    key: str
    title: str
    look: Look = PLAIN


class Rows(SpecField):
    """A list that is edited in place: one mapping (or text) a row. A hidden value tells "no rows" from "not shown".

    `key` names the column by which a row is known again: what the document holds of it besides the columns is kept.
    """

    kind = "rows"

    def __init__(
        self, label: str, columns: Sequence[Column], most: int, look: Look = PLAIN, key: str = "", **kwargs: Any
    ) -> None:
        super().__init__(label, look, **kwargs)
        self.columns = columns
        self.most = most
        self.key = key
        self.places: list[int] = []

    def posted(self, formdata: MultiDict[str, str]) -> Any:
        """The rows that hold something; `places` keeps where each stood in the page."""
        rows = [(place, self._row(formdata, place)) for place in self._indices(formdata)]
        filled = [(place, row) for place, row in rows if row]
        self.places = [place for place, _ in filled]
        return [self._with_the_rest(row) for _, row in filled]

    def _with_the_rest(self, row: Any) -> Any:
        """The row with what its columns do not show, as the document holds it."""
        stored = self.data if self.key and isinstance(self.data, list) else []
        before: dict[str, Any] = next((one for one in stored if as_text(at(one, self.key)) == row.get(self.key)), {})
        shown = {column.key for column in self.columns}
        return {**{key: value for key, value in before.items() if key not in shown}, **row} if before else row

    def cell(self, row: int, column: Column) -> str:
        """The name of an input."""
        return f"{self.name}.{row}.{column.key}" if column.key else f"{self.name}.{row}"

    def shown(self) -> list[dict[str, str]]:
        """The rows as texts by column."""
        rows = self.data if isinstance(self.data, list) else []
        return [{c.key: as_text(at(row, c.key) if c.key else row) for c in self.columns} for row in rows[:MOST_ROWS]]

    def _row(self, formdata: MultiDict[str, str], row: int) -> Any:
        values = {c.key: clean(formdata.get(self.cell(row, c), ""), c.look.longest) for c in self.columns}
        return values[""] if "" in values else {key: value for key, value in values.items() if value}

    def _indices(self, formdata: MultiDict[str, str]) -> list[int]:
        start = self.name + "."
        found = (key[len(start) :].split(".", 1)[0] for key in formdata if key.startswith(start))
        return sorted({int(index) for index in found if index.isascii() and index.isdecimal() and len(index) < 5})[
            :MOST_ROWS
        ]


class PageForm(FlaskForm):  # type: ignore[misc]
    """The form of one wizard page; its own fields alone."""

    def spec_fields(self) -> Iterable[SpecField]:
        """Every field of the document on this page."""
        return (field for field in self if isinstance(field, SpecField))

    def paths(self) -> list[str]:
        """The paths that this page may write, secrets left out."""
        return [field.name for field in self.spec_fields() if not isinstance(field, Secret)]

    def values(self) -> dict[str, Any]:
        """What the request gave, by path, as the draft keeps it."""
        return {f.name: f.data for f in self.spec_fields() if f.given and not isinstance(f, Secret)}

    def secrets(self) -> dict[str, str | None]:
        """Secrets that were typed or cleared, by path."""
        return {f.name: f.data for f in self.spec_fields() if f.given and isinstance(f, Secret)}

    def rows(self) -> Iterable[Rows]:
        """The row tables of this page."""
        return (field for field in self if isinstance(field, Rows))


def page_form(name: str, fields: Mapping[str, Any]) -> type[PageForm]:
    """A form class whose fields are named by their paths."""
    made: Any = types.new_class(name, (PageForm,), exec_body=lambda body: body.update(fields))
    return cast("type[PageForm]", made)


def fill(
    form: type[PageForm], document: Mapping[str, Any], stored: Iterable[str], posted: MultiDict[str, str] | None
) -> PageForm:
    """The form of a draft, with what was posted (if anything) on top. `stored` names the secrets that are set."""
    names = [name for name in vars(form) if hasattr(getattr(form, name), "_formfield")]
    made = form(formdata=posted, data={name: blank_to_none(at(document, name)) for name in names})
    for field in made.spec_fields():
        if isinstance(field, Secret):
            field.stored = field.name in stored
    return made
