# shellcheck shell=bash
# Names, places and addresses of the test cluster, and how to get into it.
# To be sourced, after packages.sh; `root` is the repository's folder.
# shellcheck disable=SC2034,SC2154  # for those who source this

here="$root/tests/cluster"
cluster=${SHOAL_CLUSTER:-$root/build/cluster} # all that is built, and all state
programs="$cluster/programs"
archives="$cluster/images" # one NAME.tar for each image
state="$cluster/state"     # of the running cluster; it goes with it
logs="$cluster/logs"       # of the node's programs, kept until the next start
keys="$state/keys"

# One cluster at a time on a machine: this file is locked while it lives, and
# says which.
lock=/run/shoal-cluster.lock
# The process that holds the cluster's namespaces. All other processes of the
# cluster live and die with it: it is the first of their PID namespace.
holder_file="$cluster/holder"

node=node
node_address=10.200.0.1
pod_network=10.244.0.0/24
service_network=10.96.0.0/16
api_service=10.96.0.1
dns_service=10.96.0.10

# The kernel settings that a kubelet changes and that belong to the machine.
kernel_settings=(
  vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops
  kernel.keys.root_maxkeys kernel.keys.root_maxbytes
)

# holder: prints the holder's process id; fails if the cluster is not up.
holder() {
  local pid
  pid=$(cat "$holder_file" 2>/dev/null) && [[ -n $pid ]] &&
    # Not just any process that was given the same id later.
    [[ "$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)" == "$programs/pause "* ]] &&
    printf '%s\n' "$pid"
}

# inside COMMAND...: runs it where the cluster's processes are.
inside() {
  nsenter --target "$(<"$holder_file")" --mount --net --pid -- "$@"
}

kubectl() {
  nsenter --target "$(<"$holder_file")" --net -- \
    "$programs/kubectl" --kubeconfig "$keys/admin.kubeconfig" "$@"
}

# await SECONDS WHAT COMMAND...: until the command succeeds.
await() {
  local seconds=$1 what=$2 deadline=$((SECONDS + $1))
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || give_up "Waited $seconds s in vain until $what."
    sleep 0.1
  done
}
