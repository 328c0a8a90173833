# shellcheck shell=bash
# The node's programs and their settings. To be sourced, after settings.sh.
# shellcheck disable=SC2154

# start NAME COMMAND...: starts it in the cluster's namespaces. What it says is
# in logs/NAME.log. It ends with the holder, so nobody need remember its id.
start() {
  local name=$1
  shift
  # 9 is the lock of who starts the cluster. No child may keep it.
  nsenter --target "$(<"$holder_file")" --mount --net --pid -- \
    setsid "$@" </dev/null >"$logs/$name.log" 2>&1 9>&- &
  disown
}

# The network of the node alone: no way leads out. Its address is that of an
# empty bridge, for some kernels have no dummy devices.
make_network() {
  inside ip link set lo up
  inside ip link add name node0 type bridge
  inside ip address add "$node_address/24" dev node0
  inside ip link set node0 up
  # So that the node, too, reaches services. Their packets need a way before
  # kube-proxy's rules give them another address.
  inside ip route add "$service_network" dev node0
  inside sysctl --quiet --write net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1
  # Without it, a pod that reaches itself or its neighbour by a service hears
  # answers from the wrong address.
  inside sysctl --quiet --write net.bridge.bridge-nf-call-iptables=1
}

write_pod_network() {
  mkdir -p "$state/cni"
  cat >"$state/cni/10-pods.conflist" <<JSON
{
  "cniVersion": "0.4.0",
  "name": "pods",
  "plugins": [
    {
      "type": "bridge", "bridge": "pods0", "isGateway": true, "hairpinMode": true,
      "ipam": {
        "type": "host-local", "dataDir": "$state/cni-addresses",
        "ranges": [[{"subnet": "$pod_network"}]], "routes": [{"dst": "0.0.0.0/0"}]
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
JSON
}

# restrict_oom_score_adj: where root may not lower that of a process (no
# CAP_SYS_RESOURCE), a pod that asks for it would not start.
write_containerd_settings() {
  cat >"$state/containerd.toml" <<TOML
version = 2
root = "$cluster/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  tolerate_missing_hugetlb_controller = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$state/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
TOML
}

start_containerd() {
  write_pod_network
  write_containerd_settings
  start containerd containerd --config "$state/containerd.toml"
}

# Nothing here has to outlive a power failure, so etcd need not wait for the disk.
start_etcd() {
  start etcd etcd --name "$node" --data-dir "$state/etcd" --unsafe-no-fsync \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
    --initial-cluster "$node=http://127.0.0.1:2380"
}

start_api() {
  start api "$programs/kube-apiserver" \
    --etcd-servers=http://127.0.0.1:2379 \
    --advertise-address="$node_address" --secure-port=6443 --service-cluster-ip-range="$service_network" \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true \
    --client-ca-file="$keys/authority.crt" \
    --tls-cert-file="$keys/api.crt" --tls-private-key-file="$keys/api.key" \
    --kubelet-client-certificate="$keys/api-to-kubelet.crt" --kubelet-client-key="$keys/api-to-kubelet.key" \
    --kubelet-preferred-address-types=InternalIP \
    --service-account-issuer=https://kubernetes.default.svc \
    --service-account-key-file="$keys/accounts.pub" --service-account-signing-key-file="$keys/accounts.key" \
    --endpoint-reconciler-type=lease --profiling=false
}

start_controllers() {
  start controllers "$programs/kube-controller-manager" --kubeconfig="$keys/controllers.kubeconfig" \
    --bind-address=127.0.0.1 --leader-elect=false --use-service-account-credentials=true \
    --service-account-private-key-file="$keys/accounts.key" --root-ca-file="$keys/authority.crt" \
    --allocate-node-cidrs=false
  start scheduler "$programs/kube-scheduler" --kubeconfig="$keys/scheduler.kubeconfig" \
    --bind-address=127.0.0.1 --leader-elect=false
}

# failCgroupV1: this kubelet wants version 2 of control groups, and can do with
# version 1 if one insists. Images are never collected: nobody could pull them again.
write_kubelet_settings() {
  : >"$state/no-nameserver.conf"
  cat >"$state/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $node_address
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: $keys/authority.crt}
authorization: {mode: Webhook}
tlsCertFile: $keys/kubelet-server.crt
tlsPrivateKeyFile: $keys/kubelet-server.key
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
podLogsDir: $logs/pods
volumePluginDir: $state/volume-plugins
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
oomScoreAdj: 0
clusterDNS: [$dns_service]
clusterDomain: cluster.local
resolvConf: $state/no-nameserver.conf
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}
nodeStatusUpdateFrequency: 5s
syncFrequency: 10s
YAML
}

start_kubelet() {
  write_kubelet_settings
  start kubelet "$programs/kubelet" --config="$state/kubelet.yaml" --kubeconfig="$keys/kubelet.kubeconfig" \
    --root-dir="$state/kubelet" --hostname-override="$node" --node-ip="$node_address"
}

# conntrack: its limits belong to the whole machine.
start_proxy() {
  cat >"$state/proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $keys/proxy.kubeconfig}
mode: iptables
hostnameOverride: $node
bindAddress: $node_address
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
clusterCIDR: $pod_network
oomScoreAdj: 0
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
YAML
  start proxy "$programs/kube-proxy" --config="$state/proxy.yaml"
}

# CoreDNS is a process of the node; a service gives it its well-known address.
start_dns() {
  cat >"$state/Corefile" <<DNS
.:53 {
    bind $node_address
    errors
    ready 127.0.0.1:8181
    kubernetes cluster.local in-addr.arpa {
        kubeconfig $keys/admin.kubeconfig shoal
        ttl 5
    }
    cache 5
}
DNS
  start dns "$programs/coredns" -conf "$state/Corefile"
  kubectl apply --filename - >/dev/null <<YAML
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec:
  clusterIP: $dns_service
  ports:
    - {name: dns, port: 53, protocol: UDP}
    - {name: dns-tcp, port: 53, protocol: TCP}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: kube-dns-node
  namespace: kube-system
  labels: {kubernetes.io/service-name: kube-dns}
addressType: IPv4
ports:
  - {name: dns, port: 53, protocol: UDP}
  - {name: dns-tcp, port: 53, protocol: TCP}
endpoints:
  - {addresses: [$node_address], conditions: {ready: true}}
YAML
}
