# shellcheck shell=bash
# The S3 servers of the tests, built from source by Go.
# To be sourced, after packages.sh; `root` is the repository's folder.
# shellcheck disable=SC2154

s3_server_version=v1.8.0
minio_version=v0.0.0-20260212201848-7aac2a2c5b7c
s3_server_go=1.25.0      # the oldest Go that builds it

# go_is_new_enough GO: whether it can fetch the Go that a module asks for.
go_is_new_enough() {
  local version
  version=$("$1" env GOVERSION 2>/dev/null) || return 1
  [[ "$(printf '%s\n' go1.21 "${version%% *}" | sort --version-sort | head -n 1)" == go1.21 ]]
}

# find_go: sets `go` to a Go that builds the server. Older ones than 1.21, such
# as Debian 12's, get the newer one as the module that newer ones get it as:
# https://go.dev/doc/toolchain
find_go() {
  command -v go >/dev/null || install_packages golang-go
  go=$(command -v go) || give_up "There is no go here, which builds the S3 server of the tests."
  if go_is_new_enough "$go"; then
    return
  fi
  local module folder
  module="golang.org/toolchain@v0.0.1-go$s3_server_go.linux-$("$go" env GOARCH)"
  folder=$(GOFLAGS=-modcacherw "$go" mod download -json "$module" |
    sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  [[ -d $folder ]] ||
    give_up "Go $s3_server_go could not be fetched. Is the network there?"
  chmod u+x "$folder"/bin/* "$folder"/pkg/tool/*/*
  go=$folder/bin/go
}

# go_install FOLDER MODULE@VERSION: builds a program into FOLDER, unless it is there.
go_install() {
  local folder=$1 module=$2 go
  if [[ -f "$folder/.built" && "$(<"$folder/.built")" == "$module" ]]; then
    return
  fi
  find_go
  say "Building ${module##*/}"
  mkdir -p "$folder"
  (cd "$folder" && GOBIN="$folder" GOFLAGS=-buildvcs=false GOTOOLCHAIN=auto "$go" install "$module") ||
    give_up "$module could not be built. Is the network there?"
  printf '%s\n' "$module" >"$folder/.built"
}

# install_s3_server: the server of the tests, versitygw.
install_s3_server() {
  go_install "$root/build/tools/versitygw-$s3_server_version" \
    "github.com/versity/versitygw/cmd/versitygw@$s3_server_version"
}

# install_minio: another server, for a second opinion. It needs some minutes.
install_minio() {
  go_install "$root/build/tools/minio" "github.com/minio/minio@$minio_version"
}
