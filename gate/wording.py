"""How a visitor is told: a sentence in Indonesian and English, a pictogram and a sound.

Every `Say` and every `RefusalCode` has its words here; a refusal's sentence says what to do next.
"""

from dataclasses import dataclass

from gate.model import Prompt, RefusalCode, Say, Sound


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on the lane's screen. `{person}` and `{of}` are filled from the prompt."""

    pictogram: str
    """Name of the picture: `phone`, `forehead`, `walk`, `stop`, `clock`, `staff`, `wait`, ..."""
    indonesian: str
    english: str


WORDS: dict[Say | RefusalCode, Words] = {
    Say.SHOW_PASS: Words(
        "phone", "Tunjukkan kode QR Anda ke kamera.", "Show your QR code to the camera."
    ),
    Say.ROOM_AGAIN: Words(
        "room",
        "Ada tempat lagi: tunjukkan kode QR Anda.",
        "There is room again: show your QR code.",
    ),
    Say.MEASURE: Words(
        "forehead",
        "Orang {person} dari {of}: dekatkan dahi ke termometer.",
        "Person {person} of {of}: bring your forehead close to the thermometer.",
    ),
    Say.MEASURE_AGAIN: Words(
        "forehead",
        "Sekali lagi: lebih dekat dan jangan bergerak.",
        "Once more: come closer and hold still.",
    ),
    Say.ONE_MOMENT: Words("wait", "Tunggu sebentar.", "One moment, please."),
    Say.WALK: Words(
        "walk",
        "Silakan masuk: orang {person} dari {of}.",
        "Please walk in: person {person} of {of}.",
    ),
    Say.ASK_ATTENDANT: Words(
        "staff", "Tunggu petugas, ia akan membantu Anda.", "Please wait: our staff will help you."
    ),
    Say.EXIT_ONLY: Words(
        "exit",
        "Jalur keluar. Tunjukkan kode QR agar kunjungan Anda ditutup.",
        "Way out. Show your QR code to close your visit.",
    ),
    Say.GOODBYE: Words("goodbye", "Terima kasih, sampai jumpa.", "Thank you, goodbye."),
    Say.RELEASED: Words(
        "emergency", "DARURAT: jalan bebas, keluarlah.", "EMERGENCY: the way is free, leave now."
    ),
    Say.FREE: Words("walk", "Jalur bebas, silakan lewat.", "The lane is free, please walk."),
    Say.COUNT_ONLY: Words("walk", "Selamat datang.", "Welcome."),
    RefusalCode.UNREADABLE: Words(
        "phone",
        "Kode rusak. Buka lagi tiket di aplikasi lalu coba lagi.",
        "The code is damaged. Open your pass in the app again and retry.",
    ),
    RefusalCode.NOT_A_PASS: Words(
        "phone",
        "Ini bukan tiket masuk. Buka tiket Anda di aplikasi.",
        "This is not a pass. Open your pass in the app.",
    ),
    RefusalCode.UNSUPPORTED_VERSION: Words(
        "phone",
        "Versi tiket tidak dikenal. Perbarui aplikasi atau temui petugas.",
        "Unknown version of pass. Update the app or see our staff.",
    ),
    RefusalCode.UNKNOWN_KEY: Words(
        "staff",
        "Penerbit tiket tidak dikenal. Temui petugas.",
        "The issuer of this pass is unknown. Please see our staff.",
    ),
    RefusalCode.BAD_SIGNATURE: Words(
        "staff",
        "Tiket tidak sah. Temui petugas.",
        "This pass is not genuine. Please see our staff.",
    ),
    RefusalCode.WRONG_VENUE: Words(
        "stop",
        "Tiket ini untuk tempat lain. Check-in lagi di sini.",
        "This pass is for another place. Check in here again.",
    ),
    RefusalCode.NOT_YET_VALID: Words(
        "clock",
        "Tiket belum berlaku. Kembalilah pada waktunya.",
        "Your pass is not valid yet. Come back when it is.",
    ),
    RefusalCode.EXPIRED: Words(
        "clock",
        "Tiket sudah kedaluwarsa. Check-in lagi di aplikasi.",
        "Your pass has expired. Check in again in the app.",
    ),
    RefusalCode.REVOKED: Words(
        "staff", "Tiket sudah dicabut. Temui petugas.", "This pass was withdrawn. See our staff."
    ),
    RefusalCode.ALREADY_INSIDE: Words(
        "staff",
        "Menurut catatan rombongan ini masih di dalam. Temui petugas.",
        "Our record says your party is still inside. Please see our staff.",
    ),
    RefusalCode.PARTY_COMPLETE: Words(
        "stop",
        "Semua anggota rombongan sudah masuk. Tamu lain perlu check-in sendiri.",
        "Your whole party is inside. Others need a pass of their own.",
    ),
    RefusalCode.USED: Words(
        "stop",
        "Tiket sudah terpakai. Check-in lagi untuk masuk.",
        "This pass has been used. Check in again to enter.",
    ),
    RefusalCode.FULL: Words(
        "full",
        "Tempat penuh. Tunggu sampai ada yang keluar.",
        "We are full. Please wait until somebody leaves.",
    ),
    RefusalCode.CLOSED: Words(
        "stop", "Jalur ini ditutup. Tanya petugas.", "This lane is closed. Please ask our staff."
    ),
    RefusalCode.TOO_WARM: Words(
        "staff",
        "Suhu masih tinggi. Anda belum dapat masuk; temui petugas.",
        "You are still too warm to enter today. Please see our staff.",
    ),
    RefusalCode.WAIT_AND_RETURN: Words(
        "wait",
        "Suhu agak tinggi. Istirahat di tempat teduh 5 menit, lalu kembali.",
        "A little warm. Rest in the shade for 5 minutes, then come back.",
    ),
    RefusalCode.SEE_STAFF: Words("staff", "Silakan temui petugas.", "Please see our staff."),
    RefusalCode.OUT_OF_SERVICE: Words(
        "stop",
        "Jalur ini sedang rusak. Pakai jalur lain.",
        "This lane is out of service. Please use another one.",
    ),
    RefusalCode.CLOCK_UNSURE: Words(
        "clock",
        "Jam mesin belum tepat. Temui petugas.",
        "This lane does not know the time. Please see our staff.",
    ),
}

CHIMES: dict[Sound, tuple[tuple[float, float], ...]] = {
    # (seconds on, seconds off); told apart by number and length, not by pitch
    Sound.ACCEPTED: ((0.06, 0.0),),
    Sound.WALK: ((0.06, 0.06), (0.06, 0.0)),
    Sound.GOODBYE: ((0.15, 0.0),),
    Sound.WAIT: ((0.15, 0.15), (0.15, 0.0)),
    Sound.ROOM_AGAIN: ((0.06, 0.06), (0.06, 0.06), (0.06, 0.0)),
    Sound.REFUSED: ((0.5, 0.0),),
    Sound.ALARM: ((0.3, 0.1), (0.3, 0.1), (0.3, 0.0)),
}


def sentences(prompt: Prompt) -> tuple[str, str]:
    """The Indonesian and the English sentence of a prompt, its numbers filled in."""
    words = WORDS[prompt.what]
    numbers = {"person": prompt.person, "of": prompt.of}
    return words.indonesian.format(**numbers), words.english.format(**numbers)
