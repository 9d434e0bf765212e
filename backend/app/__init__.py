"""The Lyceum service: what Postgres cannot do by itself."""

__version__ = "0.1.0"
