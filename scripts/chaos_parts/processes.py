"""Processes by the mark in their environment, and how they end."""

import ctypes
import os
import pathlib
import signal


class Trouble(Exception):
    """Something that must not happen."""


def adopt_orphans():
    """Makes orphans of killed launchers our children, so that their ends are seen."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def processes(mark):
    """Living processes with the environment variable CHAOS=mark: pid -> environment.

    A mark that ends in "-" stands for all that begin so.
    """
    found = {}
    wanted = b"CHAOS=" + mark.encode()
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            state = pathlib.Path(f"/proc/{name}/stat").read_bytes().rpartition(b")")[2].split()[0]
            environment = pathlib.Path(f"/proc/{name}/environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if state != b"Z" and any(
                entry == wanted or mark.endswith("-") and entry.startswith(wanted)
                for entry in environment):
            pairs = (entry.decode(errors="replace").partition("=") for entry in environment)
            found[int(name)] = {key: value for key, _, value in pairs}
    return found


def program(pid):
    """The name of a process's program."""
    try:
        return pathlib.Path(f"/proc/{pid}/exe").resolve().name
    except OSError:
        return ""


def send(pid, number):
    """Sends a signal; whether there was a process that got it."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def end(mark):
    """Ends all processes that carry a mark."""
    for pid in processes(mark):
        send(pid, signal.SIGKILL)


def reap():
    """Collects every child that has ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def ending(status):
    return f"signal {-status}" if status < 0 else f"status {status}"
