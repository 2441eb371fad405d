"""Hosts that cluster/local-cluster makes on this machine: broken, mended, and what runs there."""

import os
import pathlib
import signal
import subprocess
import time

from .processes import Trouble, send

CANNOT = 77  # the status of local-cluster where it cannot work
LONGEST_CALL = 60  # seconds for a command of local-cluster


class Hosts:
    def __init__(self, root, state, count):
        self.path, self.state = root / "cluster/local-cluster", state
        self.names = [f"node{number}" for number in range(1, count + 1)]
        self.off, self.is_cut = set(), False

    def command(self, *arguments):
        """A command of local-cluster for these hosts."""
        return [str(self.path), "--state", str(self.state), *map(str, arguments)]

    def ask(self, *arguments):
        """Runs a command of local-cluster; gives status, output and errors."""
        try:
            done = subprocess.run(self.command(*arguments), timeout=LONGEST_CALL,
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True)
        except subprocess.TimeoutExpired:
            raise Trouble(f"local-cluster {' '.join(map(str, arguments))} hangs")
        return done.returncode, done.stdout, done.stderr

    def call(self, *arguments):
        """Runs a command of local-cluster that must succeed; gives its output."""
        status, output, errors = self.ask(*arguments)
        if status:
            raise Trouble(f"local-cluster {' '.join(map(str, arguments))}: status {status}\n{errors}")
        return output

    def up(self, slots):
        """Makes the hosts; why that is impossible here, or None."""
        status, _, errors = self.ask("up", "--hosts", len(self.names), "--slots", slots)
        if status not in (0, CANNOT):
            raise Trouble(f"local-cluster up: status {status}\n{errors}")
        if status:
            return errors.strip()
        # Its last line names the hosts' network namespaces: "… namespaces htnet-123-*".
        self.prefix = self.call("status").split()[-1].removesuffix("*")
        return None

    def processes(self, names=None):
        """What runs on these hosts, or on all, besides their own sshd: pid -> (host, state, command).

        As `local-cluster ps` does, by network namespaces, but at less cost.
        """
        inodes = {os.stat(f"/run/netns/{self.prefix}{name}").st_ino: name for name in names or self.names}
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                name = inodes.get(os.stat(f"/proc/{pid}/ns/net").st_ino)
                if name is None:
                    continue
                command = pathlib.Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
                state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            command = command.replace("\0", " ").strip()
            if command and "[listener]" not in command and "sshd -D " not in command:
                found[int(pid)] = (name, state, command)
        return found

    def programs(self, name, *programs):
        """The processes of a host that run one of these programs, by their names."""
        return sorted(pid for pid, (_, _, command) in self.processes([name]).items()
                      if pathlib.Path(command.split()[0]).name in programs)

    def wait_for_processes(self, seconds):
        """Waits until nothing of a job is left on any host; gives what is."""
        patience = time.monotonic() + seconds
        while (left := self.processes()) and time.monotonic() < patience:
            time.sleep(0.1)
        return left

    def cut(self, *names):
        self.is_cut = True
        self.call("cut", *names)

    def heal(self):
        """Mends all cables."""
        if self.is_cut:
            self.call("heal")
        self.is_cut = False

    def switch_off(self, name):
        self.off.add(name)
        self.is_cut = True
        self.call("kill", name)

    def boot(self):
        """Starts the hosts that are off."""
        while self.off:
            self.call("boot", self.off.pop())

    def mend(self):
        """Ends what is left on the hosts, boots what is off, and heals all cables."""
        self.end_processes()
        self.boot()
        self.heal()

    def end_processes(self):
        """Ends what is left on the hosts."""
        patience = time.monotonic() + LONGEST_CALL
        while left := self.processes():
            for pid in left:
                send(pid, signal.SIGKILL)
            if time.monotonic() > patience:
                raise Trouble(f"processes cannot be ended: {left}")

    def down(self):
        self.call("down")
