# shellcheck shell=bash disable=SC2154  # its variables are those of local-cluster
# The hosts as a Slurm cluster: munged and slurmd on each, slurmctld on node1.

start_slurm() {
  local directory=$state/slurm host
  mkdir -p "$directory"
  dd if=/dev/urandom of="$directory/munge.key" bs=1024 count=1 status=none
  chmod 400 "$directory/munge.key"
  # Times are those of a test: credentials end after 5 s, since a job that is put back into the queue
  # waits for that; a node that says nothing is down after 20 s. /dev/shm is each host's own.
  cat >"$directory/slurm.conf" <<END
ClusterName=htnet
SlurmctldHost=node1
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=/dev/shm/munge.socket,cred_expire=5
StateSaveLocation=$directory/controller
SlurmdSpoolDir=/dev/shm/slurmd
SlurmctldPidFile=/dev/shm/slurmctld.pid
SlurmdPidFile=/dev/shm/slurmd.pid
SlurmctldLogFile=$state/log/slurmctld
SlurmdLogFile=$state/log/slurmd.%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=1,sched_interval=2,bf_interval=2
ReturnToService=2
SlurmdTimeout=20
KillWait=10
NodeName=node[1-$count] CPUs=$slots RealMemory=1000
PartitionName=all Nodes=ALL Default=YES
END
  # Where srun --mpi=pmix puts its sockets; it fails on a directory that hosts share.
  echo 'PMIxCliTmpDirBase=/dev/shm' >"$directory/mpi.conf"
  for host in $(hosts); do start_slurm_daemons "$host"; done
  wait_for_slurm
}

start_slurm_daemons() {
  local configuration=$state/slurm/slurm.conf
  on "$1" munged --force --key-file="$state/slurm/munge.key" --socket=/dev/shm/munge.socket \
    --pid-file=/dev/shm/munged.pid --seed-file=/dev/shm/munge.seed --log-file="$state/log/munged.$1"
  if [ "$1" = node1 ]; then on node1 slurmctld -f "$configuration"; fi
  on "$1" mkdir /dev/shm/slurmd
  on "$1" slurmd -f "$configuration"
}

# Each host with its state, as `node1 idle`.
slurm_states() {
  if ! is_running node1; then echo 'node1 is off, and its controller with it'; return; fi
  on node1 env SLURM_CONF="$state/slurm/slurm.conf" sinfo --noheader -N -o '%N %t' 2>/dev/null \
    || echo 'its controller does not answer'
}

wait_for_slurm() {
  for _ in {1..200}; do
    if [ "$(slurm_states | grep -c ' idle$')" = "$count" ]; then return; fi
    sleep 0.1
  done
  tail -n 5 "$state"/log/slurm* >&2
  fail 1 "Slurm did not start: see the ends of its logs above"
}
