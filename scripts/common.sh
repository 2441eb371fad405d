# Shared by the scripts beside it: they source it, and then stand in the project's directory.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# One line of what is done next.
say() { printf '==> %s\n' "$*"; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# The MPI that Package.swift builds with, and where: each has a directory of its own, so that one does
# not undo the other's work.
mpi=${HTNET_MPI:-openmpi}
case $mpi in
  openmpi) build=.build ;;
  mpich) build=.build-mpich ;;
  *) die "HTNET_MPI is \"$mpi\": it may be openmpi, which is the default, or mpich" ;;
esac

require_swift() {
  command -v swift >/dev/null || die "there is no swift on the PATH.
Install Swift 6.2 or newer (https://www.swift.org/install/linux), open a new shell, and run this again."
}

# Sets the array `mpirun` to a command that starts so many ranks here, and that can be shown as it is.
set_mpirun() {
  # Where both are installed, the plain name is one of theirs, and each has its own as well.
  mpirun=("mpirun.$mpi" -n "$1")
  command -v "${mpirun[0]}" >/dev/null || mpirun[0]=mpirun
  [ "$mpi" = openmpi ] || return 0
  # Open MPI starts as root, in a container say, only if it is told twice.
  if [ "$(id -u)" -eq 0 ]; then
    mpirun=(env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "${mpirun[@]}")
  fi
  # Open MPI counts cores, not hardware threads, so it is asked rather than foretold.
  "${mpirun[@]}" true >/dev/null 2>&1 || mpirun+=(--oversubscribe)
}
