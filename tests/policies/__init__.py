"""Access control: matrix, registry, mutation, privileges and attacks."""
