"""The drivers touch the world; they know nothing of the gate."""
