"""The decorator that lets a call through only with a message that passes.

Decides where the validator comes from; where there is none, it refuses.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from sealwire.errors import ErrorCode, error_for
from sealwire.module.legacy import OrLegacy
from sealwire.module.validation import SecurityValidator

__all__ = ["security_required"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


def security_required(
    level: int | OrLegacy, *, validator: SecurityValidator | None = None
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Checks the first argument after `self`, a message, before the function is called.

    The validator is the one given here, or the attribute `security_validator` of `self`.

    Args:
        level: what the message must have at least.
        validator: for functions, or where one class has several.

    Raises:
        MisuseError: MANAGER_MISSING when called without any validator.
        SecurityError: as `SecurityValidator.validate_message`. The function isn't called then.
    """

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        is_method = _first_name(function) == "self"

        def check(arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
            own = arguments[0] if is_method and arguments else None
            found = validator or getattr(own, "security_validator", None)
            if not isinstance(found, SecurityValidator):
                raise error_for(ErrorCode.MANAGER_MISSING, "no security_validator")
            place = int(is_method)
            if len(arguments) <= place:
                detail = f"{function.__qualname__} takes its message by position"
                raise error_for(ErrorCode.INVALID_ARGUMENT, detail)
            found.validate_message(arguments[place], level)

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def waiting(*arguments: _P.args, **named: _P.kwargs) -> Any:
                check(arguments, named)
                return await function(*arguments, **named)

            return waiting  # type: ignore[return-value]

        @functools.wraps(function)
        def checked(*arguments: _P.args, **named: _P.kwargs) -> _R:
            check(arguments, named)
            return function(*arguments, **named)

        return checked

    return decorate


def _first_name(function: Callable[..., Any]) -> str:
    return next(iter(inspect.signature(function).parameters), "")
