"""The Lyceum service: the work that Postgres cannot do."""

__version__ = "0.1.0"
