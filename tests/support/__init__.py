"""What the tests stand on: a database, a stack, actors and a small school."""
