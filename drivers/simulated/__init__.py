"""Simulated wires: everything here stands below the drivers."""
