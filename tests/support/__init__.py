"""The foundation of the tests: a database, a stack, actors and a small school."""
