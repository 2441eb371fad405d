"""Hosts that cluster/local-cluster makes on this machine: broken, mended, and what runs there."""

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
        self.off = set()

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
        return errors.strip() if status else None

    def processes(self, names=None):
        """What runs on these hosts, or on all, besides their own sshd: pid -> (host, state, command)."""
        found = {}
        for name in names or self.names:
            for line in self.call("ps", name).splitlines()[1:]:
                pid, state, command = line.split(None, 2)
                if "[listener]" not in command and "sshd -D " not in command:
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
            time.sleep(0.2)
        return left

    def switch_off(self, name):
        self.off.add(name)
        self.call("kill", name)

    def boot(self):
        """Starts the hosts that are off."""
        for name in sorted(self.off):
            self.call("boot", name)
        self.off.clear()

    def mend(self):
        """Ends what is left on the hosts, boots what is off, and heals all cables."""
        patience = time.monotonic() + LONGEST_CALL
        while left := self.processes():
            for pid in left:
                send(pid, signal.SIGKILL)
            if time.monotonic() > patience:
                raise Trouble(f"processes cannot be ended: {left}")
        self.boot()
        self.call("heal")

    def down(self):
        self.call("down")
