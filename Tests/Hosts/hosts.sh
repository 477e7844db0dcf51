# shellcheck shell=bash
# Hosts of a network on this machine, made of network namespaces, for tests and benchmarks.
#
#   source Tests/Hosts/hosts.sh
#   make_hosts 3                      # hosts[0] to hosts[2], and addresses[0] to addresses[2]
#   limit_link 1 1gbit                # what the second host sends and receives
#   delay_link 1 1gbit 5ms            # the same, and what it sends arrives so much later
#   on_host 0 mpirun -n 2 --host "${addresses[0]}:1,${addresses[1]}:1" gmlp-train
#   cut_link 1; join_link 1           # its cable is pulled out and put in again
#   lose_host 1; return_host 1        # it loses its power: cable and processes at once
#   remove_hosts                      # also for a trap
#
# Each host has a network and a name of its own, named for this process; a bridge in one more namespace
# joins them. Files, processors and memory they share. mpirun reaches the hosts by $hosts_folder/agent as
# by ssh, with an environment of its own; a host that is lost or cut off does not answer. Needs root and
# iproute2.

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  sed -n '2,16s/^# \{0,1\}//p' "$0"
  exit 0
fi

hosts=() addresses=()
hosts_name=gmlp$$ hosts_folder='' hosts_network=10.213.77

# make_hosts COUNT [CORES...]: as many hosts, each on its CORES (as 0-3), if they are given.
make_hosts() {
  local count=$1 index
  shift
  hosts_folder=$(mktemp -d)
  ip netns add "${hosts_name}net"
  ip -n "${hosts_name}net" link add bridge type bridge
  ip -n "${hosts_name}net" link set bridge up
  for ((index = 0; index < count; index++)); do make_host "$index" "${1:-}"; shift $(($# > 0)); done
  write_agent
  # mpirun takes these to the other hosts. What it leaves on a lost host goes with the folder.
  export OMPI_MCA_plm_rsh_agent=$hosts_folder/agent OMPI_MCA_orte_tmpdir_base=$hosts_folder
  export OMPI_MCA_btl_tcp_if_include=$hosts_network.0/24 OMPI_MCA_oob_tcp_if_include=$hosts_network.0/24
  export OMPI_MCA_btl_vader_backing_directory=$hosts_folder
}

make_host() {
  local host=$hosts_name-$(($1 + 1)) address=$hosts_network.$(($1 + 1))
  hosts+=("$host")
  addresses+=("$address")
  ip netns add "$host"
  ip link add eth0 netns "$host" type veth peer name "port$1" netns "${hosts_name}net"
  ip -n "$host" address add "$address/24" dev eth0
  ip -n "$host" link set lo up
  ip -n "$host" link set eth0 up
  ip -n "${hosts_name}net" link set "port$1" master bridge
  ip -n "${hosts_name}net" link set "port$1" up
  printf '%s\n' "$host" >"$hosts_folder/$address"
  if [[ -n $2 ]]; then printf '%s\n' "$2" >"$hosts_folder/$host.cores"; fi
}

# What mpirun takes for ssh: runs a command on the host with this address, in a shell of that host. As
# ssh it stays on the host that calls it, and does not hear of what happens behind a cut.
write_agent() {
  cat >"$hosts_folder/agent" <<END
#!/bin/sh
cd "$hosts_folder" || exit 255
host=\$(cat "\$1" 2>/dev/null)
if [ -z "\$host" ] || [ -e "\$host.cut" ]; then
  echo "agent: \$1 does not answer" >&2
  exit 255
fi
shift
cores=\$(cat "\$host.cores" 2>/dev/null)
status=0
env -i PATH="\$PATH" HOME="\$HOME" ip netns exec "\$host" \${cores:+taskset -c "\$cores"} \\
  unshare --uts sh -c "hostname \$host && cd / && \$*" || status=\$?
while [ -e "\$host.cut" ]; do sleep 1; done
exit "\$status"
END
  chmod +x "$hosts_folder/agent"
}

# on_host INDEX COMMAND...: runs it on the host, with this environment and folder.
on_host() {
  local host=${hosts[$1]} placed=()
  shift
  if [[ -e $hosts_folder/$host.cores ]]; then placed=(taskset -c "$(<"$hosts_folder/$host.cores")"); fi
  # The shell in quotes expands its own arguments.
  # shellcheck disable=SC2016
  ip netns exec "$host" "${placed[@]}" unshare --uts sh -c 'hostname "$0" && exec "$@"' "$host" "$@"
}

# limit_link INDEX RATE: what the host sends and what it receives, each, as tc writes rates.
limit_link() {
  local shape=(root tbf rate "$2" burst 256kb latency 50ms)
  tc -n "${hosts[$1]}" qdisc replace dev eth0 "${shape[@]}"
  tc -n "${hosts_name}net" qdisc replace dev "port$1" "${shape[@]}"
}

# delay_link INDEX RATE DELAY: as limit_link; with room for what is on its way at 10 Gbit/s and 50 ms.
delay_link() {
  limit_link "$1" "$2"
  tc -n "${hosts[$1]}" qdisc replace dev eth0 root netem delay "$3" rate "$2" limit 50000
}

free_link() {
  tc -n "${hosts[$1]}" qdisc delete dev eth0 root
  tc -n "${hosts_name}net" qdisc delete dev "port$1" root
}

cut_link() {
  : >"$hosts_folder/${hosts[$1]}.cut"
  ip -n "${hosts_name}net" link set "port$1" down
}

join_link() {
  ip -n "${hosts_name}net" link set "port$1" up
  rm "$hosts_folder/${hosts[$1]}.cut"
}

# Nobody is told: what the kernel would say of sockets that close goes nowhere.
lose_host() {
  cut_link "$1"
  end_processes "$1"
}
return_host() { join_link "$1"; }

# Kills all processes of the host, and those that they start meanwhile.
end_processes() {
  local processes
  while processes=$(ip netns pids "${hosts[$1]}") && [[ -n $processes ]]; do
    # The list is of words.
    # shellcheck disable=SC2086
    kill -s KILL $processes 2>/dev/null || true
    sleep 0.05
  done
}

remove_hosts() {
  local index
  for index in "${!hosts[@]}"; do
    end_processes "$index"
    ip netns delete "${hosts[index]}" || true
  done
  ip netns delete "${hosts_name}net" || true
  rm -rf "$hosts_folder"
  hosts=() addresses=()
}
