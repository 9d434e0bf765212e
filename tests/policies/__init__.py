"""Who may do what: access matrix, registry, mutation, privileges and attacks."""
