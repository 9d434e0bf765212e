"""How a turn teaches: intent, plan, withheld questions, abstention."""
