"""What is wrong with a device, and how to mend it: `gate doctor`."""
