"""Everything on the way of an event is killed, cut, held or slow, at random; nothing may be lost.

Gates (real store, writer, publisher and link) and who listens to them are processes of their own,
each with a proxy between itself and a real mosquitto. The other side is a plain subscriber without
a line of ours, or `gate central`.
"""
