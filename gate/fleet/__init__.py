"""Many devices at once: who they are at the broker, and what each of them is given."""
