"""Everything on the way of an event is killed, cut, held or slow, at random; nothing may be lost.

A gate (its real store, writer, publisher and link) and a subscriber are processes of their own,
each with a proxy between itself and a real mosquitto.
"""
