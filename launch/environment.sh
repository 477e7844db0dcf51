# shellcheck shell=bash
# Settings for running gmlp-train under Open MPI on this machine. Source it, then use mpirun:
#
#   source launch/environment.sh
#   mpirun -n 8 gmlp-train
#
# A variable that is set already keeps its value. docs/operations/launching.md gives the reasons. Open MPI 5 has
# names of its own (PRTE_MCA_...) for what starts ranks.

if [ -z "${BASH_VERSION:-}${ZSH_VERSION:-}" ]; then
  echo 'environment.sh: needs bash or zsh: start bash and source it there' >&2
  return 64
fi
if [[ -n ${BASH_VERSION:-} && ${BASH_SOURCE[0]} == "$0" ]]; then
  sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
  exit 0
fi

# Open MPI refuses root, which is what a container has.
if [[ $EUID -eq 0 ]]; then
  export OMPI_ALLOW_RUN_AS_ROOT="${OMPI_ALLOW_RUN_AS_ROOT:-1}"
  export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="${OMPI_ALLOW_RUN_AS_ROOT_CONFIRM:-1}"
fi

# It is also refused to start more ranks than there are cores. Results do not depend on that.
export OMPI_MCA_rmaps_base_oversubscribe="${OMPI_MCA_rmaps_base_oversubscribe:-1}"
export PRTE_MCA_rmaps_default_mapping_policy="${PRTE_MCA_rmaps_default_mapping_policy:-:oversubscribe}"

# One or two ranks would be bound to one core each, with all their threads on it.
export OMPI_MCA_hwloc_base_binding_policy="${OMPI_MCA_hwloc_base_binding_policy:-none}"
export PRTE_MCA_hwloc_default_binding_policy="${PRTE_MCA_hwloc_default_binding_policy:-none}"

# A host that does not answer is noticed after 15 s, in place of eight minutes: before the ranks give up
# (train.hang_timeout), for what mpirun says to a lost host then keeps it from ending.
export OMPI_MCA_oob_tcp_keepalive_time="${OMPI_MCA_oob_tcp_keepalive_time:-5}"
export OMPI_MCA_oob_tcp_keepalive_intvl="${OMPI_MCA_oob_tcp_keepalive_intvl:-2}"
export OMPI_MCA_oob_tcp_keepalive_probes="${OMPI_MCA_oob_tcp_keepalive_probes:-5}"
export PRTE_MCA_oob_tcp_keepalive_time="${PRTE_MCA_oob_tcp_keepalive_time:-$OMPI_MCA_oob_tcp_keepalive_time}"
export PRTE_MCA_oob_tcp_keepalive_intvl="${PRTE_MCA_oob_tcp_keepalive_intvl:-$OMPI_MCA_oob_tcp_keepalive_intvl}"
export PRTE_MCA_oob_tcp_keepalive_probes="${PRTE_MCA_oob_tcp_keepalive_probes:-$OMPI_MCA_oob_tcp_keepalive_probes}"

# The program of this checkout comes before an installed one. An installed script has its program in bin.
gmlp_train_build=$(readlink -f -- "${BASH_SOURCE[0]:-$0}")
gmlp_train_build=${gmlp_train_build%/*/*}/.build/release
if [[ ! -d $gmlp_train_build && $gmlp_train_build == */share/gmlp-train/.build/release ]]; then
  gmlp_train_build=${gmlp_train_build%/share/*}/bin
fi
if [[ -x $gmlp_train_build/gmlp-train && :$PATH: != *":$gmlp_train_build:"* ]]; then
  export PATH="$gmlp_train_build:$PATH"
fi
unset gmlp_train_build
