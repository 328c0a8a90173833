# shellcheck shell=bash
# The cluster's authority, and who shows which certificate. To be sourced, after
# settings.sh.
# shellcheck disable=SC2154

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

# certificate NAME SUBJECT [ALTERNATIVE NAMES]: NAME.key and NAME.crt.
certificate() {
  local name=$1 subject=$2 extensions='keyUsage=digitalSignature'
  extensions+=$'\nextendedKeyUsage=serverAuth,clientAuth'
  extensions+=${3:+$'\nsubjectAltName='$3}
  new_key "$keys/$name.key"
  openssl req -new -key "$keys/$name.key" -subj "$subject" |
    openssl x509 -req -CA "$keys/authority.crt" -CAkey "$keys/authority.key" -CAcreateserial \
      -days 30 -extfile <(printf '%s\n' "$extensions") -out "$keys/$name.crt" 2>/dev/null
}

# client NAME SUBJECT: a certificate, and a kubeconfig that shows it.
client() {
  certificate "$1" "$2"
  cat >"$keys/$1.kubeconfig" <<YAML
apiVersion: v1
kind: Config
clusters:
  - name: shoal
    cluster:
      server: https://$node_address:6443
      certificate-authority: $keys/authority.crt
users:
  - name: $1
    user:
      client-certificate: $keys/$1.crt
      client-key: $keys/$1.key
contexts:
  - name: shoal
    context: {cluster: shoal, user: $1}
current-context: shoal
YAML
}

# Kubernetes reads who somebody is from the subject: CN is the name, O the group.
make_certificates() {
  mkdir -p "$keys"
  chmod 700 "$keys"
  new_key "$keys/authority.key"
  openssl req -x509 -new -key "$keys/authority.key" -subj '/CN=shoal test cluster' -days 30 -out "$keys/authority.crt"
  local own=kubernetes.default.svc
  certificate api '/CN=kube-apiserver' \
    "DNS:kubernetes,DNS:kubernetes.default,DNS:$own,DNS:$own.cluster.local,DNS:localhost,IP:127.0.0.1,IP:$api_service,IP:$node_address"
  certificate kubelet-server "/CN=$node" "DNS:$node,IP:$node_address"
  certificate api-to-kubelet '/O=system:masters/CN=api-to-kubelet'
  client admin '/O=system:masters/CN=admin'
  client controllers '/CN=system:kube-controller-manager'
  client scheduler '/CN=system:kube-scheduler'
  client proxy '/CN=system:kube-proxy'
  client kubelet "/O=system:nodes/CN=system:node:$node"
  # With this key the controllers sign the tokens of service accounts.
  new_key "$keys/accounts.key"
  openssl ec -in "$keys/accounts.key" -pubout -out "$keys/accounts.pub" 2>/dev/null
}
