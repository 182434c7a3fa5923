"""The walls around one process of the jail: memory, time, files, network, other programs. Each says if it stands.

Nothing here needs rights: Landlock, seccomp and user namespaces are open to everybody on a kernel that has them.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import socket
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_DIES_WITH_PARENT: Final = 1  # prctl PR_SET_PDEATHSIG
_NO_NEW_RIGHTS: Final = 38  # prctl PR_SET_NO_NEW_PRIVS
_NEW_USER, _NEW_NET, _NEW_IPC = 0x10000000, 0x40000000, 0x08000000
_SIGKILL: Final = 9

_CREATE_RULES, _ADD_RULE, _RESTRICT = 444, 445, 446  # the same on every machine
_ABI: Final = 1  # flag of landlock_create_ruleset: only tell the version
_READ: Final = 0b1100  # files and folders
# All kinds of access to files that each version knows.
_ALL_ACCESS: Final = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF}
_NEWEST_ACCESS: Final = 0xFFFF

_LOAD, _EQUAL, _AT_LEAST, _HAS_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000
_THREAD: Final = 0x10000  # CLONE_THREAD
_X32: Final = 0x40000000
# socket socketpair connect bind listen, execve execveat fork vfork, ptrace process_vm_* kill pidfd_*, unshare setns
# mount, io_uring bpf keys perf userfaultfd, setrlimit prlimit64.
_X86: Final = (
    *(41, 53, 42, 49, 50, 59, 322, 57, 58, 101, 310, 311, 62, 424, 438, 272, 308, 165),
    *(425, 321, 248, 249, 250, 298, 323, 160, 302),
)
_GENERIC: Final = (
    *(198, 199, 203, 200, 201, 221, 281, 117, 270, 271, 129, 424, 438, 97, 268, 40),
    *(425, 280, 217, 218, 219, 241, 282, 164, 261),
)
_CLONE3: Final = 435


@dataclass(frozen=True, slots=True)
class _Machine:
    arch: int
    clone: int
    forbidden: tuple[int, ...]


_MACHINES: Final = {
    "x86_64": _Machine(0xC000003E, 56, _X86),
    "aarch64": _Machine(0xC00000B7, 220, _GENERIC),
    "loongarch64": _Machine(0xC0000102, 220, _GENERIC),
}


def cut_network() -> bool:
    """Move this process and its children to where there is no network at all. False where the kernel forbids it."""
    return any(_LIBC.unshare(flags) == 0 for flags in (_NEW_USER | _NEW_NET | _NEW_IPC, _NEW_NET))


class _NoSocket(socket.socket):
    """What Python finds instead of a socket."""

    def __init__(self, *_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "no network here")


def forget_sockets() -> None:
    """The weakest wall, for a kernel that offers none: Python opens no socket. A library in C still could."""
    socket.socket = _NoSocket  # type: ignore[misc]


def limit(memory: int, cpu: int) -> None:
    """At most so many bytes of memory and seconds of processor time; no file written, none but a few open, no core."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    for what, most in ((resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 64)):
        resource.setrlimit(what, (most, most))


def die_with_parent() -> None:
    """End this process when the one that made it ends."""
    _LIBC.prctl(_DIES_WITH_PARENT, _SIGKILL, 0, 0, 0)


def readable() -> list[str]:
    """The folders that a reader needs: the libraries of Python and of the system, and the fonts. No data lies there."""
    wanted = ("/usr", "/lib", "/lib64", "/etc/fonts", sys.prefix, sys.base_prefix)
    return sorted({str(Path(folder).resolve()) for folder in wanted if Path(folder).is_dir()} - {"/"})


def lock_files(folders: Iterable[str]) -> bool:
    """Landlock: read in these folders and nothing else; no TCP and no signal to others where it knows them."""
    version = _LIBC.syscall(_CREATE_RULES, None, 0, _ABI)
    if version < 1:
        return False
    access = _ALL_ACCESS.get(version, _NEWEST_ACCESS)
    asked = struct.pack("=QQQ", access, 0b11 if version >= 4 else 0, 0b11 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = _LIBC.syscall(_CREATE_RULES, asked, ctypes.c_size_t(size), 0)
    if rules < 0:
        return False
    try:
        return all(_open_folder(rules, folder) for folder in folders) and _restrict(rules)
    finally:
        os.close(rules)


def _open_folder(rules: int, folder: str) -> bool:
    handle = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", _READ, handle)
        return bool(_LIBC.syscall(_ADD_RULE, rules, 1, rule, 0) == 0)
    finally:
        os.close(handle)


def _restrict(rules: int) -> bool:
    _LIBC.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0)
    return bool(_LIBC.syscall(_RESTRICT, rules, 0) == 0)


def forbid_calls() -> bool:
    """Seccomp: no socket, no program, no process, no look into others. False on a machine that we do not know."""
    machine = _MACHINES.get(platform.machine())
    if machine is None or sys.maxsize < 2**32:
        return False
    program = b"".join(struct.pack("=HBBI", *step) for step in _program(machine))
    kept = ctypes.create_string_buffer(program, len(program))
    _LIBC.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0)
    asked = _Program(len(program) // 8, ctypes.cast(kept, ctypes.c_void_p))
    return bool(_LIBC.prctl(22, 2, ctypes.byref(asked), 0, 0) == 0)  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


class _Program(ctypes.Structure):
    """struct sock_fprog"""

    _fields_: ClassVar[Any] = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def _program(machine: _Machine) -> list[tuple[int, int, int, int]]:
    """The filter: each step is (what, jump when true, jump when false, number). A new thread is allowed."""
    refuse = (_RETURN, 0, 0, _FAIL | errno.EPERM)
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, machine.arch), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    steps += [(_AT_LEAST, 0, 1, _X32), refuse]
    for number in machine.forbidden:
        steps += [(_EQUAL, 0, 1, number), refuse]
    # The C library falls back to clone, whose flags can be looked at.
    steps += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _FAIL | errno.ENOSYS)]
    steps += [(_EQUAL, 0, 3, machine.clone), (_LOAD, 0, 0, 16), (_HAS_BIT, 1, 0, _THREAD), refuse]
    return [*steps, (_RETURN, 0, 0, _ALLOW)]
