"""A venue of four gates and central in one simulated afternoon, on a network that loses, repeats
and reorders, with partitions and restarts: no grant beyond the right, never more inside than the
limit. The rights of gates and central are the product's own code; people and network are drawn.
"""
