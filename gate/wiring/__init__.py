"""The wiring of a lane: what the configuration says, over the 40 pins of the header.

`header` knows the Pi, `plan` the configured wires, `cautions` what an electrician should look at
twice, `levels` what the lines are like now, `bounce` what contacts do when somebody walks.
`drawing` is the plan as a sheet of paper. All pure.
"""
