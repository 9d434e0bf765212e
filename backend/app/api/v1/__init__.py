"""Version 1 of the HTTP interface."""

# On each router, not on the one that collects them: a route then knows its whole path.
PREFIX = "/v1"
