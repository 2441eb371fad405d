# shellcheck shell=bash disable=SC2154  # its variables are those of local-cluster
# Hosts: an sshd each, in namespaces of their own, and what runs there.

# Keys and configurations of ssh, for this cluster alone.
make_keys() {
  local key
  for key in host user; do ssh-keygen -q -t ed25519 -N '' -C htnet-local-cluster -f "$state/$key-key"; done
  printf '* %s\n' "$(<"$state/host-key.pub")" >"$state/known_hosts"
  # Without PAM, which would want a session; and the directory may lie below one that others can write to.
  cat >"$state/sshd_config" <<END
HostKey $state/host-key
AuthorizedKeysFile $state/user-key.pub
PermitRootLogin yes
PasswordAuthentication no
UsePAM no
StrictModes no
UseDNS no
PidFile none
MaxStartups 100
END
  cat >"$state/ssh_config" <<END
Host *
  IdentityFile $state/user-key
  IdentitiesOnly yes
  BatchMode yes
  UserKnownHostsFile $state/known_hosts
  ConnectTimeout 10
  ServerAliveInterval 2
  ServerAliveCountMax 3
  LogLevel ERROR
END
  local host
  echo '127.0.0.1 localhost' >"$state/hosts"
  for host in $(hosts); do
    echo "$(address "$host") $host" >>"$state/hosts"
    echo "$host slots=$slots" >>"$state/hostfile"
  done
  # sshd refuses root where its password is locked, as Ubuntu has it.
  echo 'root:*:::::::' >"$state/shadow"
  # A shell without start files: another's may take long, or wait for one another on all hosts.
  sed 's|^\(root:.*:\)[^:]*$|\1/bin/sh|' /etc/passwd >"$state/passwd"
}

# The first process of a host. What it mounts is seen there alone.
first_process() {
  local directory
  hostname "$1"
  mount --bind "$state/hosts" /etc/hosts
  mount --bind "$state/shadow" /etc/shadow
  mount --bind "$state/passwd" /etc/passwd
  mount -t tmpfs -o size=1g,mode=1777 tmpfs /dev/shm
  for directory in "${private[@]}"; do mount -t tmpfs -o size=1g tmpfs "$directory"; done
  # sshd wants its own absolute path.
  exec "$(command -v sshd)" -D -e -f "$state/sshd_config"
}

start_host() {
  # What says that the host is ready must be its own, not that of an earlier boot.
  rm -f "$state/log/sshd.$1"
  # sshd's empty directory, which its own service makes too.
  mkdir -p /run/sshd "${private[@]}"
  export -f first_process
  # All of it becomes one process after another, with one id.
  state=$state setsid nsenter --net="/run/netns/$(namespace "$1")" \
    unshare --uts --ipc --mount --propagation slave bash -euc "
      $(declare -p private)
      first_process $1" </dev/null >"$state/log/sshd.$1" 2>&1 &
  echo $! >"$state/$1.pid"
  # Bash would tell of its end.
  disown
}

wait_for_host() {
  local try
  for try in {1..500}; do
    if grep -qs '^Server listening' "$state/log/sshd.$1"; then return; fi
    is_running "$1" || [ "$try" -lt 100 ] || break
    sleep 0.02
  done
  fail 1 "$1 did not start: $(tail -n 3 "$state/log/sshd.$1")"
}

# Processes of a host, or of the switch, by their network namespace: it is the only thing that all of
# them have, daemons too, and that no other process has.
processes() { ip netns pids "$(namespace "$1")" 2>/dev/null || true; }

# Whether a host's first process lives, and is not another process that has got its id.
is_running() {
  local process
  process=$(cat "$state/$1.pid" 2>/dev/null) || return 1
  [[ " $(processes "$1" | xargs) " == *" $process "* ]]
}

end_processes() {
  local all
  # Again and again, since some may just be starting others.
  while all=$(processes "$1") && [ -n "$all" ]; do
    xargs kill -KILL 2>/dev/null <<<"$all" || true
    sleep 0.01
  done
}

switch_off() {
  # First its cable: a machine without power says nothing, while a killed process closes its connections.
  set_cable "$1" down
  end_processes "$1"
}

boot() {
  is_running "$1" && fail 2 "$1 runs already"
  end_processes "$1"
  start_host "$1"
  wait_for_host "$1"
  set_cable "$1" up
  if [ -n "$slurm" ]; then start_slurm_daemons "$1"; fi
}

# Sets `nsenter` to what brings a command onto a host; it becomes the command, so that signals reach it.
set_nsenter() {
  is_running "$1" || fail 1 "$1 is off: start it with \`boot $1\`"
  nsenter=(nsenter -t "$(<"$state/$1.pid")" --net --uts --ipc --mount env -C "$PWD")
}

# Runs a command on a host.
on() {
  local nsenter host=$1
  shift
  set_nsenter "$host"
  "${nsenter[@]}" "$@"
}
