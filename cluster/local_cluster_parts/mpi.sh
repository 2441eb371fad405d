# shellcheck shell=bash disable=SC2054,SC2154  # its variables are those of local-cluster
# Open MPI on the hosts.

# What mpirun is told, as pairs of an MCA parameter and its value.
set_parameters() {
  parameters=(
    plm_rsh_agent "ssh -F $state/ssh_config" plm_rsh_no_tree_spawn 1
    pml ob1 btl tcp,self,vader btl_tcp_if_include "$network.0/24" oob_tcp_if_include "$network.0/24"
    # Quick, for trials; a real cluster takes 10, 5 and 3.
    oob_tcp_keepalive_time 2 oob_tcp_keepalive_intvl 1 oob_tcp_keepalive_probes 3
    # All hosts share the machine's cores: each would bind its first rank to the first one.
    hwloc_base_binding_policy none mpi_yield_when_idle 1
    # A short path, and each host's own.
    orte_tmpdir_base /dev/shm
  )
  # Open MPI wants to be told twice.
  as_root=(OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1)
}

run() {
  [ $# -gt 0 ] || fail 2 "run needs a program, and before it what else mpirun is to be told, as -n 3"
  local nsenter parameters as_root line quoted=() index
  set_nsenter node1
  set_parameters
  line=("${as_root[@]}" mpirun --hostfile "$state/hostfile")
  for ((index = 0; index < ${#parameters[@]}; index += 2)); do
    line+=(--mca "${parameters[@]:index:2}")
  done
  line+=("$@")
  # Quoted only where a shell would need it.
  for index in "${!line[@]}"; do
    [[ ${line[index]} =~ ^[A-Za-z0-9_=/.,:+-]+$ ]] && quoted+=("${line[index]}") || quoted+=("${line[index]@Q}")
  done
  echo "on node1: ${quoted[*]}" >&2
  exec "${nsenter[@]}" "${line[@]}"
}

# Runs a command on a host in an environment in which mpirun needs no options, and neither does a job of
# Slurm, which hands the environment on.
enter() {
  [ $# -gt 1 ] || fail 2 "exec needs a host and a command"
  known "$1"
  local nsenter parameters as_root variables index
  set_nsenter "$1"
  shift
  set_parameters
  variables=("${as_root[@]}")
  if [ -n "$slurm" ]; then
    variables+=("SLURM_CONF=$state/slurm/slurm.conf")
  else
    variables+=("OMPI_MCA_orte_default_hostfile=$state/hostfile")
  fi
  for ((index = 0; index < ${#parameters[@]}; index += 2)); do
    variables+=("OMPI_MCA_${parameters[index]}=${parameters[index + 1]}")
  done
  exec "${nsenter[@]}" "${variables[@]}" "$@"
}
