"""Simulated people in front of a simulated thermometer, and what the screening makes of them.

A person's *true* temperature is the body-equivalent number that an ideal part would show: one
without error and noise, whose view the forehead fills, and whose site knows the emissivity.
"""
