"""Two gates of a venue that are cut off and joined at random, and passes that are shown at both.

In simulated time: control loop, desk, neighbours and central are the product's own; the wires below
and the network between are drawn, and so are the people. An oracle sees everybody.
"""
