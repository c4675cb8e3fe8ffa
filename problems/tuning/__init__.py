"""The search for parameters that suit a user's own instances."""
