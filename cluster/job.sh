# What the job templates beside this file have in common. A template sources it, calls find_htnet,
# defines queue_again, which puts the next job into the queue, and calls run_job.
# shellcheck shell=bash

deaths_allowed=5 # in a row, without a new checkpoint or a finished fold between them

refuse() {
  echo "error: $*" >&2
  exit 2
}

# Sets `htnet` to $HTNET, or to htnet on the PATH, or to the program that was built in this directory.
find_htnet() {
  if [ -n "${HTNET:-}" ]; then
    htnet=$(type -P "$HTNET") || refuse "HTNET=$HTNET is no program on $(hostname)"
  elif ! htnet=$(type -P htnet); then
    htnet=.build/release/htnet
    [ -x "$htnet" ] || refuse "no htnet on $(hostname): set HTNET to its path, or load its module before
you submit, or submit from the directory in which \`swift build -c release\` has run; now $PWD"
  fi
  [[ $htnet == /* ]] || htnet=$PWD/$htnet
  "$htnet" --version >/dev/null || refuse "$htnet does not start on $(hostname): see above; a library that
is missing there, perhaps (ldd $htnet)"
}

# Sets `by_mpirun` to the options by which `htnet train` starts mpirun itself: so that a rank which dies costs
# its own group alone. `cores` is the number of each rank.
mpirun_options() {
  by_mpirun=(--restarts 0 --mpirun-args "--map-by slot:PE=$cores")
}

# Whether the scheduler lets the job go on; a template may know better.
still_wanted() { true; }

# A text that changes when a checkpoint was written or a fold finished.
progress() {
  find "$1" \( -name manifest.json -o -name result.json \) -printf '%p %T@\n' 2>/dev/null | sort | cksum
}

# A trapped signal ends `wait`, not what it waits for: wait until that is gone, then ask how it ended.
wait_for() {
  while kill -0 "$1" 2>/dev/null; do wait "$1"; done
  wait "$1"
}

# run_job RUN EARLIER COMMAND…
# Runs the command, which trains into the directory RUN, until every fold is finished, the job must end,
# or nothing helps. EARLIER: how many jobs of this series went before. Ends the script.
run_job() {
  local run=$1 earlier=$2 before moved deaths status=75
  local job='' stop='' # stop: empty, time (the job's is over) or user
  shift 2
  # What is called here would take a name that begins with "-" for an option.
  [[ $run != -* ]] || run=./$run

  # mpirun and srun hand SIGUSR1 to every rank; SIGTERM would end them within two seconds.
  trap 'stop=${stop:-time}; [ -z "$job" ] || kill -USR1 "$job"' USR1
  trap 'stop=user; [ -z "$job" ] || kill -USR1 "$job"' INT TERM

  [ "$earlier" -gt 0 ] || rm -f "$run/deaths.txt"
  while [ -z "$stop" ]; do
    before=$(progress "$run")
    "$@" &
    job=$!
    wait_for "$job"
    status=$?
    job=''
    echo "htnet ended with status $status"

    case $status in
      # 76: every fold is finished but those that failed by their own numbers.
      0 | 76)
        rm -f "$run/deaths.txt"
        "$htnet" report "$run"
        exit "$status"
        ;;
      2 | 74)
        echo "the same would happen again: not started again"
        exit "$status"
        ;;
    esac
    moved=''
    [ "$(progress "$run")" = "$before" ] || moved=yes
    [ -z "$moved" ] || rm -f "$run/deaths.txt"
    if [ "$stop" = user ] || ! still_wanted; then exit "$status"; fi
    # Without a signal to this script and without progress, srun has stopped the others after a death.
    if [ "$status" -eq 75 ] && [ -n "$stop$moved" ]; then break; fi

    if [ "$status" -eq 73 ]; then
      if [ "$earlier" -eq 0 ] && [ ! -e "$run/deaths.txt" ]; then exit "$status"; fi
      # After a death it may be lost ranks of this very run, which give up within ten minutes.
      sleep 120 &
      job=$!
      wait_for "$job"
      job=''
    fi
    # Otherwise something died: a rank, a host, mpirun.
    mkdir -p "$run"
    echo "$(date '+%F %T') status $status, job began on $(hostname)" >>"$run/deaths.txt"
    deaths=$(wc -l <"$run/deaths.txt")
    if [ "$deaths" -ge "$deaths_allowed" ]; then
      echo "$deaths deaths in a row without progress: not started again"
      exit "$status"
    fi
    # The first may be chance, and here are hosts. After another one the queue may give other hosts.
    if [ "$deaths" -gt 1 ] || [ "$status" -eq 75 ]; then break; fi
    [ -n "$stop" ] || echo "something died: started again on the same hosts"
  done

  if [ "$stop" = user ]; then exit "$status"; fi
  echo "the next job goes on"
  queue_again
  exit
}
