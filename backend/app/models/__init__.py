"""Row models, generated from the schema by `make types`."""
