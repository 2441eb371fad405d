# shellcheck shell=bash disable=SC2154  # its variables are those of local-cluster
# The network: a switch, which is a bridge in a namespace of its own, and a cable from it to each host.
# The switch's end of a cable has the host's name, and the host's end is eth0. Nothing of it is
# visible on the machine itself, so that clusters may have the same addresses.

# The name of a host's namespace, or of the switch's. Names are the machine's, so they begin with what
# follows from the directory of the cluster.
namespace() {
  local sum
  read -r sum _ < <(cksum <<<"$state")
  echo "htnet-$sum-$1"
}

hosts() { seq -f 'node%g' "$count"; }

address() { echo "$network.${1#node}"; }

known() { [[ " $(hosts | xargs) " == *" $1 "* ]] || fail 2 "there is no host '$1': $(hosts | xargs)"; }

make_switch() {
  local name
  name=$(namespace switch)
  ip netns add "$name" || fail "$CANNOT" "cannot make the network namespace $name"
  ip -n "$name" link add name bridge0 type bridge
  ip -n "$name" link set bridge0 up
}

# A host's namespace and cable, which stay when the host is switched off.
make_host() {
  local name
  name=$(namespace "$1")
  ip netns add "$name"
  ip -n "$name" link set lo up
  ip -n "$(namespace switch)" link add "$1" type veth peer name eth0 netns "$name"
  ip -n "$(namespace switch)" link set "$1" master bridge0 up
  ip -n "$name" addr add "$(address "$1")/24" dev eth0
  ip -n "$name" link set eth0 up
}

cable() {
  if ip -n "$(namespace switch)" -o link show "$1" | grep -q '[<,]UP[,>]'; then echo up; else echo cut; fi
}

set_cable() { ip -n "$(namespace switch)" link set "$1" "$2"; }

# Pairs of hosts that are cut from each other, one a line.
cuts() { cat "$state/cuts" 2>/dev/null || true; }

pair() { printf '%s\n' "$1" "$2" | sort -V | xargs; }

cut_off() {
  known "${1:-}"
  if [ $# -eq 1 ]; then set_cable "$1" down && return; fi
  known "$2"
  [ "$1" != "$2" ] || fail 2 "a host cannot be cut from itself"
  local all
  all=$(cuts; pair "$1" "$2")
  sort -u <<<"$all" >"$state/cuts"
  apply_faults
}

mend() {
  local host left
  if [ $# -eq 0 ]; then
    for host in $(hosts); do if is_running "$host"; then set_cable "$host" up; fi; done
    rm -f "$state/cuts"
  else
    known "$1"
    if [ $# -eq 1 ]; then set_cable "$1" up && return; fi
    known "$2"
    left=$(cuts | grep -vxF "$(pair "$1" "$2")" || true)
    echo "$left" | sed '/^$/d' >"$state/cuts"
  fi
  apply_faults
}

# What the switch drops, replaced as a whole.
apply_faults() {
  local rules='' one other
  while read -r one other; do
    one=$(address "$one") other=$(address "$other")
    rules+="ip saddr { $one, $other } ip daddr { $one, $other } drop"$'\n'
  done < <(cuts)
  # In parts of ten thousand.
  if [ "$loss" != 0 ]; then
    rules+="numgen random mod 10000 < $(awk "BEGIN { printf \"%d\", $loss * 100 }") drop"
  fi
  ip netns exec "$(namespace switch)" nft -f - <<END \
    || fail 1 "this kernel's nftables cannot drop packets of a bridge: see its words above"
table bridge faults
delete table bridge faults
table bridge faults {
  chain forward {
    type filter hook forward priority 0
    $rules
  }
}
END
}

reshape() {
  [ $# -gt 0 ] || fail 2 "shape needs a rate, as 1gbit, or off"
  rate=$1 loss=0 delay=0
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      --loss) loss=${2:-none} ;;
      --delay) delay=${2:-none} ;;
      *) fail 2 "shape has no option $1; see --help" ;;
    esac
    shift "$(($# > 1 ? 2 : 1))"
  done
  check_limits
  apply_limits
  save
}

check_limits() {
  [[ $rate =~ ^(off|[1-9][0-9]*[kmg]bit)$ ]] || fail 2 "a rate is like 1gbit, 100mbit, or off; not $rate"
  [[ $loss =~ ^[0-9]{1,2}(\.[0-9]{1,2})?$ ]] || fail 2 "a loss is percent, as 0.5; not $loss"
  [[ $delay =~ ^(0|[1-9][0-9]*[mu]s)$ ]] || fail 2 "a delay is like 2ms or 100us; not $delay"
}

# Limits what a host sends at its own end of the cable, and what it gets at the switch's.
apply_limits() {
  local host
  if [ "$delay" != 0 ] && ! can_delay; then
    fail "$CANNOT" "this kernel has no netem (module sch_netem), so a delay is not available; rate and loss are"
  fi
  for host in $(hosts); do
    limit "$(namespace "$host")" eth0
    limit "$(namespace switch)" "$host"
  done
  apply_faults
}

limit() {
  tc -n "$1" qdisc delete dev "$2" root 2>/dev/null || true
  local parent=root
  if [ "$rate" != off ]; then
    # The bucket holds 4 ms, which is the longest tick of a kernel, and at least some of the
    # largest packets, which are 64 KiB.
    local bytes=$((${rate%?bit} * 125 * 4))
    case $rate in *kbit) bytes=$((bytes / 1000)) ;; *gbit) bytes=$((bytes * 1000)) ;; esac
    tc -n "$1" qdisc add dev "$2" root handle 1: tbf rate "$rate" latency 50ms \
      burst "$((bytes > 200000 ? bytes : 200000))"
    parent='parent 1:1'
  fi
  # shellcheck disable=SC2086  # two words
  if [ "$delay" != 0 ]; then tc -n "$1" qdisc add dev "$2" $parent netem delay "$delay" limit 100000; fi
}

can_delay() {
  tc -n "$(namespace switch)" qdisc add dev lo root netem delay 1ms 2>/dev/null \
    && tc -n "$(namespace switch)" qdisc delete dev lo root
}
