"""What an MLX90614 says: its words and the three bytes of a reply. No I/O, no other library.

The driver reads it and the simulated chip writes it. Sections are those of the Melexis data
sheet, rev 13.
"""

ADDRESS = 0x5A
"""Factory address, seven bits."""

AMBIENT, OBJECT = 0x06, 0x07
"""Commands: the two temperatures, in RAM (section 8.4.5)."""

EMISSIVITY, CONFIG, OWN_ADDRESS, EMISSIVITY_CALIBRATION = 0x24, 0x25, 0x2E, 0x2F
ID = (0x3C, 0x3D, 0x3E, 0x3F)
"""Commands: cells of the EEPROM that tell one part from another (section 8.4.4)."""

IDENTITY = (EMISSIVITY, CONFIG, OWN_ADDRESS, EMISSIVITY_CALIBRATION, *ID)

ERROR_FLAG = 0x8000
"""Bit 15 of a temperature word: the chip itself does not trust it (section 8.4.6). In a cell of
the EEPROM it is a bit like any other."""

LOWEST_WORD = 0x27AD
"""-70.01 C, where the range of the temperature words begins (section 8.4.6)."""


def pec(message: bytes) -> int:
    """The packet error code: CRC-8, polynomial x^8 + x^2 + x + 1 (section 8.4.3.1)."""
    crc = 0
    for byte in message:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ 0x107 if crc & 0x80 else crc << 1
    return crc


def check_byte(word: int, *, command: int, address: int = ADDRESS) -> int:
    """The third byte of the reply: it covers all that was on the wires (section 8.4.3.3)."""
    write = address << 1
    return pec(bytes((write, command, write | 1, word & 0xFF, word >> 8)))


def reply_of(word: int, *, command: int, address: int = ADDRESS) -> bytes:
    """The whole reply to a word read: low byte, high byte, check."""
    check = check_byte(word, command=command, address=address)
    return bytes((word & 0xFF, word >> 8, check))


def word_of(celsius: float) -> int:
    """A temperature as the chip says it: units of 0.02 K above absolute zero."""
    return round((celsius + 273.15) / 0.02)
