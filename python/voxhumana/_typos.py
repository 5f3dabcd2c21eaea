"""Arguments that a function does not know."""

from __future__ import annotations

import difflib
import functools
import inspect
from typing import TYPE_CHECKING, Any, Callable, TypeVar

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    P = ParamSpec("P")
R = TypeVar("R")


def names_the_nearest(function: "Callable[P, R]") -> "Callable[P, R]":
    """The function, whose TypeError for a mistyped keyword argument names the nearest one, as Python itself does from 3.13 on."""
    known = [
        p.name
        for p in inspect.signature(function).parameters.values()
        if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD) and p.name != "self"
    ]

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> R:
        for name in kwargs:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1, 0.5)
                advice = f"did you mean {near[0]!r}?" if near else f"accepted: {', '.join(known)}"
                raise TypeError(
                    f"{function.__qualname__}() got an unexpected keyword argument {name!r}; {advice}"
                )
        return function(*args, **kwargs)

    return checked
