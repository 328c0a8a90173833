# shellcheck shell=bash
# Whether this machine can hold a cluster. To be sourced.

# why_no_cluster: prints why it cannot, and succeeds; fails if it can. It tries
# what a node will do, in namespaces that go away with the trial.
why_no_cluster() {
  if [[ "$(id -u)" != 0 ]]; then
    echo 'only root can make a cluster'
  elif [[ "$(uname -sm)" != 'Linux x86_64' ]]; then
    echo 'the images are made for Linux on x86_64'
  elif ! command -v apt-get >/dev/null; then
    echo 'its programs are packages of Debian, and there is no apt-get'
  elif ! unshare --mount --net --pid --fork true 2>/dev/null; then
    echo 'this machine gives no namespaces of mounts, networks and processes'
  elif ! unshare --mount --net --pid --fork ip link add name shoal-a type veth peer name shoal-b 2>/dev/null; then
    echo 'the kernel has no veth, the network devices of pods'
  elif ! unshare --mount --net --pid --fork ip link add name shoal-a type bridge 2>/dev/null; then
    echo 'the kernel has no network bridge'
  elif ! unshare --mount --net --pid --fork iptables --table nat --list 2>/dev/null >&2; then
    echo 'the kernel has no nftables, or there is no iptables, which routes services'
  elif ! unshare --mount bash -c '
      mount -t tmpfs tmpfs /mnt && mkdir /mnt/{low,up,work,all} &&
      mount -t overlay -o lowerdir=/mnt/low,upperdir=/mnt/up,workdir=/mnt/work overlay /mnt/all' 2>/dev/null; then
    echo 'the kernel has no overlayfs, on which images are unpacked'
  elif [[ ! -d /sys/fs/cgroup/memory && ! -f /sys/fs/cgroup/cgroup.controllers ]]; then
    echo 'there are no control groups, which give pods their limits'
  else
    return 1
  fi
}
