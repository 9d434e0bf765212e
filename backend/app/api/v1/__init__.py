"""Version 1 of the HTTP interface."""

# The prefix is set on each router, not on the parent, so that a route knows its whole path.
PREFIX = "/v1"
