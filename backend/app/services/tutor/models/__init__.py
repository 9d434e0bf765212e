"""Where answers come from: one protocol, and what implements it."""
