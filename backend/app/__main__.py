"""`python -m app --port 8000` serves the application."""

import argparse

import uvicorn

from app.core.server import Protocol


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="app")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument(
        "--drain", type=int, default=5, help="seconds that requests may take after SIGTERM"
    )
    given = parser.parse_args()
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=given.host,
        port=given.port,
        http=Protocol,
        access_log=False,
        timeout_graceful_shutdown=given.drain,
    )


if __name__ == "__main__":
    main()
