"""What glibc does with memory that was given back."""

import ctypes

# malloc.h
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
LARGE_BYTES = 128 * 1024
ARENAS = 2


def give_back() -> None:
    """Have the C library return what is freed, for a process that goes on for months.

    By itself glibc gives each thread a heap of its own and learns to keep blocks as large as a
    camera frame (mallopt(3)): a lane that has taken its configuration over a few times holds half
    as much again. Where the library knows no mallopt, as musl, nothing is done.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        mallopt(M_TRIM_THRESHOLD, LARGE_BYTES)
