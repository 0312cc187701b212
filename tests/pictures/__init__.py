"""Pictures as a camera at a lane would take them, drawn from texts and fixed seeds.

`conditions` says what a picture is like, `phone` and `lane` are what stands before the lens, `lens`
is what lens and sensor make of it, `drawing` puts them together, `sweeps` are the rows of the
tables, `bundle` the frames that travel with the gate.
"""
