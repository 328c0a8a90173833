# shellcheck shell=bash
# The programs of the cluster, built from source by Go: Debian has none of them
# in these versions. To be sourced, after settings.sh and s3_server.sh.
# shellcheck disable=SC2154

kubernetes_version=v1.34.4 # as in kubernetes/go.mod
kubernetes_parts=(kube-apiserver kube-controller-manager kube-proxy kube-scheduler kubelet kubectl)

# stamp FILES...: changes when one of them does, or Go.
stamp() {
  cat "$@" <("$go" env GOVERSION) | sha256sum
}

# fresh PROGRAM STAMP: whether it is built already, from what STAMP says.
fresh() { [[ -x $programs/$1 && "$(cat "$programs/$1.stamp" 2>/dev/null)" == "$2" ]]; }

# go_build NAME FOLDER PACKAGE [LINKER OPTIONS]: PACKAGE, as the module in FOLDER
# requires it, as a static program. Does nothing if it is there.
go_build() {
  local name=$1 folder="$here/$2" package=$3 flags="-s -w ${4:-}" now
  now=$(stamp "$folder"/*)
  if fresh "$name" "$now"; then return; fi
  say "Building $name"
  (cd "$folder" && CGO_ENABLED=0 GOTOOLCHAIN=auto GOFLAGS=-buildvcs=false \
    "$go" build -trimpath -ldflags "$flags" -o "$programs/$name" "$package") ||
    give_up "$name could not be built. Is the network there?"
  printf '%s\n' "$now" >"$programs/$name.stamp"
}

# The version that its parts tell each other; as kubernetes' own build sets it.
version_flags() {
  local package each
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    for each in gitVersion="$kubernetes_version" gitMajor=1 gitMinor=34 gitTreeState=clean gitCommit=module \
      buildDate=2026-01-01T00:00:00Z; do
      printf -- '-X %s.%s ' "$package" "$each"
    done
  done
}

build_kubernetes() {
  local part
  go_build kubernetes kubernetes . "$(version_flags)"
  for part in "${kubernetes_parts[@]}"; do
    ln -sfn kubernetes "$programs/$part"
  done
}

build_pause() {
  [[ $programs/pause -nt $here/images/pause.c ]] && return
  gcc -O2 -static -o "$programs/pause" "$here/images/pause.c"
}

# static, unlike the one that the end-to-end tests start: it goes into an image
# that has nothing else.
build_s3_server() {
  [[ -x $programs/versitygw-$s3_server_version ]] && return
  say "Building versitygw for an image"
  local folder="$cluster/go-bin"
  CGO_ENABLED=0 GOBIN="$folder" GOFLAGS=-buildvcs=false GOTOOLCHAIN=auto \
    "$go" install "github.com/versity/versitygw/cmd/versitygw@$s3_server_version" ||
    give_up "versitygw could not be built. Is the network there?"
  mv "$folder/versitygw" "$programs/versitygw-$s3_server_version"
  rmdir "$folder"
}

build_programs() {
  local go
  find_go
  mkdir -p "$programs"
  build_pause
  go_build coredns coredns .
  go_build kustomize tools sigs.k8s.io/kustomize/kustomize/v5
  go_build kubeconform tools github.com/yannh/kubeconform/cmd/kubeconform
  build_s3_server
  build_kubernetes
}
