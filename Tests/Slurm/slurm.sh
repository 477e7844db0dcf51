#!/usr/bin/env bash
# A Slurm of one node on this machine, for tests.
#
#   Tests/Slurm/slurm.sh start FOLDER     then: export SLURM_CONF=FOLDER/slurm.conf
#   Tests/Slurm/slurm.sh stop FOLDER
#
# Key, configuration, logs and ports are its own: a Slurm of the machine is left alone. The node
# claims 8 processors, whatever it has. Jobs of the partition `work` give way to those of `urgent`:
# 300 s before they are put back into the queue they get the signal of their --signal.
#
# Needs root and Debian's packages slurm-wlm and munge. Exit code 77: cannot run here, and why.
set -euo pipefail

refuse() {
  echo "slurm.sh: $1" >&2
  exit 77
}

check_tools() {
  local tool missing=()
  for tool in munged slurmctld slurmd sbatch scontrol sinfo squeue scancel runuser; do
    if ! command -v "$tool" >/dev/null; then missing+=("$tool"); fi
  done
  if ((${#missing[@]})); then
    refuse "missing: ${missing[*]}; apt-get install --no-install-recommends slurm-wlm munge"
  fi
  if ((EUID != 0)); then refuse 'slurmctld and slurmd need root'; fi
  if ! id munge &>/dev/null; then refuse 'missing: the user munge, which the package munge makes'; fi
}

# Prints a port on which nothing listens.
free_port() {
  local port
  while true; do
    port=$((20000 + RANDOM % 10000))
    if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}

write_configuration() {
  local host controller node
  host=$(hostname -s)
  controller=$(free_port)
  node=$(free_port)
  # What was put back into the queue may start again once its credential has expired: by default
  # after two minutes.
  cat >"$folder/slurm.conf" <<END
ClusterName=gmlp-train-tests
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller
SlurmdPort=$node
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=2,bf_interval=2
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
KillWait=10
ReturnToService=2
SlurmdParameters=config_overrides
MailProg=/bin/true
NodeName=$host NodeAddr=127.0.0.1 CPUs=8
PartitionName=work Nodes=$host Default=YES PriorityTier=1 GraceTime=300 OverSubscribe=YES
PartitionName=urgent Nodes=$host PriorityTier=2
END
}

start() {
  check_tools
  mkdir -p "$folder"/{state,spool,munge}
  chmod 755 "$folder"
  folder=$(realpath -- "$folder")
  [[ ! -e $folder/slurm.conf ]] || { echo "slurm.sh: $folder is in use already" >&2; exit 64; }
  write_configuration
  export SLURM_CONF=$folder/slurm.conf
  head -c 128 /dev/urandom >"$folder/munge/key"
  chmod 600 "$folder/munge/key"
  chown -R munge: "$folder/munge"

  runuser -u munge -- munged --key-file="$folder/munge/key" --socket="$folder/munge/socket" \
    --pid-file="$folder/munge/munged.pid" --seed-file="$folder/munge/seed" \
    --log-file="$folder/munge/munged.log"
  slurmctld
  slurmd
  local deadline=$((SECONDS + 600))
  until [[ $(sinfo --noheader --partition=work --format=%t 2>/dev/null) == idle ]]; do
    if ((SECONDS >= deadline)); then
      tail -n 5 "$folder"/*.log >&2
      stop
      echo 'slurm.sh: the node was not idle within 600 s' >&2
      exit 1
    fi
    sleep 0.2
  done
}

# Ends the daemon NAME whose process ID is in FILE, and waits until it is gone.
end_daemon() {
  local name=$1 file=$2 process
  if [[ ! -e $file ]]; then return; fi
  process=$(<"$file")
  if [[ $(cat "/proc/$process/comm" 2>/dev/null) != "$name" ]]; then return; fi
  kill "$process"
  local deadline=$((SECONDS + 300))
  while [[ -e /proc/$process ]]; do
    if ((SECONDS >= deadline)); then
      echo "slurm.sh: $name ($process) does not end" >&2
      exit 1
    fi
    sleep 0.1
  done
}

# Jobs first: what slurmd leaves behind would go on.
stop() {
  folder=$(realpath -- "$folder")
  export SLURM_CONF=$folder/slurm.conf
  local deadline=$((SECONDS + 300))
  while ((SECONDS < deadline)) && [[ -n $(squeue --noheader 2>/dev/null) ]]; do
    scancel --state=PENDING --user=root
    scancel --state=RUNNING --user=root
    sleep 0.5
  done
  end_daemon slurmd "$folder/slurmd.pid"
  end_daemon slurmctld "$folder/slurmctld.pid"
  end_daemon munged "$folder/munge/munged.pid"
}

folder=${2:-}
case ${1:-} in
  -h | --help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0" ;;
  start | stop)
    if [[ -z $folder ]]; then
      echo "slurm.sh: $1 needs a folder; see --help" >&2
      exit 64
    fi
    "$1"
    ;;
  *)
    echo "slurm.sh: '${1:-}' is neither start nor stop; see --help" >&2
    exit 64
    ;;
esac
