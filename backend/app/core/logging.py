"""JSON lines on stdout. Never log a token, a body or the message of an unexpected exception."""

import logging
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Their INFO lines duplicate ours, contain URLs, or report font subsetting.
_QUIET = ("httpx", "httpcore", "asyncio", "fontTools", "fpdf")


class _StdoutHandler(logging.Handler):
    """Writes to the current `sys.stdout`; a class of its own so that it can be recognized."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), flush=True)


def describe_exception(error: BaseException) -> dict[str, Any]:
    """Class and stack of an exception. The message is omitted: it may contain input of a client."""
    frames = traceback.extract_tb(error.__traceback__)
    described: dict[str, Any] = {
        "error": f"{type(error).__module__}.{type(error).__qualname__}",
        "stack": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if error.__cause__ is not None:
        described["cause"] = type(error.__cause__).__qualname__
    return described


def _exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event.update(describe_exception(error))
    return event


def configure_logging(level: str) -> None:
    """Route structlog and the standard library (uvicorn) to stdout, one JSON object a line."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exception,
    ]
    number = logging.getLevelNamesMapping()[level]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=False,
    )

    handler = _StdoutHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [old for old in root.handlers if not isinstance(old, _StdoutHandler)]
    root.addHandler(handler)
    root.setLevel(number)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    # RequestLogMiddleware replaces the access log.
    access = logging.getLogger("uvicorn.access")
    access.handlers = []
    access.propagate = False
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def get_logger() -> structlog.typing.FilteringBoundLogger:
    """The service's logger; the context adds the request id and the user id."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger("lyceum")
    return logger
