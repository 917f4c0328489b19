"""Events, states, errors and decisions: pure values that import nothing of the project."""
