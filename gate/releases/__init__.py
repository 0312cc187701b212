"""Releases of the program on a device: made beside each other, used one at a time.

`layout` says where they are, `install` makes them, `bundle` carries one to a device, `updating`
brings it into use and takes it out again where it does not work. What the Debian package runs from
a wheel that nobody has installed yet (`layout`, `install`, `__main__`) needs the standard library
and `gate.durable` alone.
"""
