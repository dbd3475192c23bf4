"""What a method is: its names and types, derived from a function; and how it is called."""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from inspect import Parameter, Signature, cleandoc, isawaitable, signature
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.near_words import did_you_mean
from cdp_bgservices.testing.expected import Criteria
from cdp_bgservices.testing.methods.session import Session
from cdp_bgservices.testing.methods.wire import camel, from_wire, to_wire, wire_type
from cdp_bgservices.testing.services import BackgroundServices

F = TypeVar("F", bound=Callable[..., Any])

VIEW = {"context": str | list[str] | None, "since": str | None}
"""What says which events a test sees: browser contexts, and the mark that they came after."""

Seen = Annotated[BackgroundServices, "context", "since"]
"""As a method's first parameter: it is about what a test sees."""
InContext = Annotated[BackgroundServices, "context"]
"""As a method's first parameter: it acts in a browser context."""

Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
"""Of a wait. 0 is without an end."""
TIMEOUT = 30_000.0

IN_PYTHON_ONLY = ("predicate",)
"""Criteria that JSON cannot have."""


class Method(msgspec.Struct, frozen=True):
    name: str
    function: Callable[..., Any]
    """It may be asynchronous."""
    parameters: type[msgspec.Struct]
    """As JSON has them. Those that are None are left out of the call."""
    view: tuple[str, ...]
    """Those of VIEW that it takes."""
    session: tuple[str, ...]
    """Its parameters that are given the session."""
    result: Any
    """The type of its result, as JSON has it."""

    @property
    def description(self) -> str:
        return cleandoc(self.function.__doc__ or "")

    @property
    def summary(self) -> str:
        return self.description.partition("\n\n")[0].replace("\n", " ")

    async def call(self, session: Session, given: Mapping[str, Any]) -> Any:
        """Its result, as JSON has it. Raises InvalidInputError for wrong parameters, and what the function raises."""
        values = self.convert(given)
        view = {name: values.pop(name, None) for name in self.view}
        test = await session.services(**view)
        result = self.function(test, **values, **dict.fromkeys(self.session, session))
        return to_wire(await result if isawaitable(result) else result)

    def convert(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments, by their names in Python. Raises InvalidInputError."""
        names = self.parameters.__struct_encode_fields__
        for name in given:
            if name not in names:
                known = f"It has: {', '.join(names)}." if names else "It has none."
                remedy = did_you_mean(name, names) or known
                raise InvalidInputError(f"{self.name} has no parameter {name!r}", remedy)
        try:
            converted = msgspec.convert(given, self.parameters)
        except msgspec.ValidationError as error:
            known = ", ".join(names)
            raise InvalidInputError(f"{self.name}: {error}", f"Its parameters are: {known}.") from None
        values = msgspec.structs.asdict(converted)
        return {name: from_wire(value) for name, value in values.items() if value is not None}


class Methods:
    """A decorator: it makes a method of each function. ``group`` is the first part of their names."""

    def __init__(self, group: str = "") -> None:
        self.group = group
        self.found: list[Method] = []

    def __call__(self, function: F) -> F:
        self.found.append(make_method(self.group, function))
        return function

    def value(self, function: F) -> F:
        """The same for one without parameters, which is a property in Python."""
        return self(function)

    def of(self, function: Callable[..., Awaitable[Any]], test: Any, name: str = "", **fixed: object) -> None:
        """The same for one of the services' own. ``test``: the type of its first parameter. ``fixed``: arguments that
        it always has by this name."""
        call = in_json(function, test, fixed)
        call.__name__ = name or function.__name__
        self(call)


def in_json(function: Callable[..., Awaitable[Any]], test: Any, fixed: Mapping[str, object]) -> Callable[..., Any]:
    """A method of the services, with its timeout in milliseconds. A parameter that may be None may be left out."""
    hints = get_type_hints(function, include_extras=True)
    first, *others = (each for each in signature(function).parameters.values() if each.name not in fixed)
    required = [each.name for each in others if each.default is each.empty]
    absent = {name: None for name in required if NoneType in get_args(hints[name])}
    defaults: dict[str, Any] = absent | {"timeout": TIMEOUT}

    @wraps(function)
    async def call(test: BackgroundServices, **values: Any) -> Any:
        if "timeout" in values:
            values["timeout"] /= 1000
        return await function(test, **absent | values, **fixed)

    shown = [
        each.replace(kind=max(each.kind, Parameter.KEYWORD_ONLY), default=defaults.get(each.name, each.default))
        for each in others
    ]
    call.__annotations__ = hints | {first.name: test, "timeout": Milliseconds}
    shown.sort(key=lambda each: (each.kind, each.default is not each.empty))  # Required ones first.
    vars(call)["__signature__"] = Signature([first, *shown])
    return call


def make_method(group: str, function: Callable[..., Any]) -> Method:
    hints = get_type_hints(function, include_extras=True)
    first, *parameters = signature(function).parameters.values()
    view = get_args(hints[first.name])[1:]
    fields: dict[str, tuple[str, Any, Any]] = {}
    for each in parameters:
        if each.kind is Parameter.VAR_KEYWORD:
            criteria = get_type_hints(Criteria)
            names = [name for name in criteria if name not in (*IN_PYTHON_ONLY, *VIEW)]
            fields |= {name: (name, wire_type(criteria[name]) | None, None) for name in names}
        elif hints[each.name] is not Session:
            default = msgspec.NODEFAULT if each.default is Parameter.empty else each.default
            fields[each.name] = (each.name, wire_type(hints[each.name]), "" if default == b"" else default)
    fields |= {name: (name, VIEW[name], None) for name in view}

    def shorter(name: str) -> str:
        """``notification_id`` of a notification is its ``id``."""
        return camel(name.removeprefix(f"{group}_"))

    name = ".".join(filter(None, (group, camel(function.__name__))))
    return Method(
        name=name,
        function=function,
        parameters=msgspec.defstruct(
            f"{name}.params", list(fields.values()), rename=shorter, kw_only=True, forbid_unknown_fields=True
        ),
        view=view,
        session=tuple(each.name for each in parameters if hints[each.name] is Session),
        result=wire_type(hints["return"]),
    )
