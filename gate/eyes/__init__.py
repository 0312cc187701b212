"""What the camera sees: whether somebody is there, which codes, and whether it sees at all."""
