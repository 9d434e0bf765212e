"""The tutor: what a turn is made of, and what may be said in it."""
