"""Set-up by QR code: what a technician holds up in front of a gate that knows nothing yet."""
