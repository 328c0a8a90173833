# shellcheck shell=bash
# The cluster's images, made without a registry and without Docker: base images
# by mmdebstrap, the others by buildah. To be sourced, after settings.sh.
# shellcheck disable=SC2154

authorities=/etc/ssl/certs/ca-certificates.crt

# buildah's own storage is in the cache folder, where nothing else meets it.
# chroot: the least that RUN needs of a machine.
buildah() {
  command buildah --root "$cluster/buildah" --runroot "$cluster/buildah-run" --storage-driver overlay "$@"
}

# release_storage: buildah leaves a mount of its storage, and the container of a
# build that failed.
release_storage() {
  if [[ ! -d $cluster/buildah ]]; then return; fi
  buildah rm --all >/dev/null || true
  if mountpoint --quiet "$cluster/buildah/overlay"; then
    umount "$cluster/buildah/overlay"
  fi
}

image_id() { buildah images --quiet --no-trunc "localhost/$1" 2>/dev/null; }

# build_image NAME:TAG DOCKERFILE CONTEXT [OPTIONS...]: steps that have not
# changed come from buildah's cache. A machine may reach the registries through
# somebody with a certificate of its own, so RUN finds this machine's authorities.
build_image() {
  local image=$1 dockerfile=$2 context=$3 before
  shift 3
  before=$(image_id "$image") || true
  buildah build --quiet --layers --isolation chroot --format docker --pull-never \
    --volume "$authorities:/run/authorities.crt:ro" \
    --file "$dockerfile" --tag "localhost/$image" "$@" "$context" >/dev/null ||
    give_up "The image $image could not be built from ${dockerfile#"$root"/}."
  [[ "$(image_id "$image")" == "$before" ]] || say "Built the image $image"
}

# archive_image NAME:TAG: as images/NAME.tar, for containerd.
archive_image() {
  local image=$1 name=${1%%:*} id
  id=$(image_id "$image")
  if [[ -f $archives/$name.tar && "$(cat "$archives/$name.id" 2>/dev/null)" == "$id" ]]; then return; fi
  rm -f "$archives/$name".{tar,id}
  buildah push --quiet "localhost/$image" "docker-archive:$archives/$name.tar:localhost/$image" ||
    give_up "The image $image could not be written to $archives/$name.tar."
  printf '%s\n' "$id" >"$archives/$name.id"
}

# debian_image NUMBER NAME: localhost/debian:NUMBER, as small as Debian gets.
debian_image() {
  local number=$1 name=$2 folder="$cluster/debian-$1"
  if [[ ! -f $folder/root.tar ]]; then
    say "Getting Debian $number"
    mkdir -p "$folder"
    mmdebstrap --quiet --variant=minbase "$name" "$folder/new.tar" ||
      give_up "Debian $number could not be had. Is the network there?"
    mv "$folder/new.tar" "$folder/root.tar"
  fi
  printf 'FROM scratch\nADD root.tar /\nCMD ["bash"]\n' >"$folder/Dockerfile"
  build_image "debian:$number" "$folder/Dockerfile" "$folder"
}

# small_image NAME:TAG PROGRAM: images/NAME.Dockerfile around one static program.
small_image() {
  local name=${1%%:*} folder="$cluster/context-${1%%:*}"
  mkdir -p "$folder"
  cp --update --preserve "$2" "$folder/$name"
  build_image "$1" "$here/images/$name.Dockerfile" "$folder"
  archive_image "$1"
}

rabbitmq_image() {
  debian_image 13 trixie
  build_image rabbitmq:4 "$here/images/rabbitmq.Dockerfile" "$here/images"
  archive_image rabbitmq:4
}

nfs_image() {
  debian_image 12 bookworm
  build_image nfs-server:1 "$here/images/nfs-server.Dockerfile" "$here/images"
  archive_image nfs-server:1
}

# ASReview in the versions of the end-to-end tests.
asreview_image() {
  local folder="$cluster/context-asreview"
  debian_image 12 bookworm
  mkdir -p "$folder"
  grep '^asreview' "$root/tests/e2e/requirements.txt" >"$folder/requirements.txt"
  build_image asreview:2 "$here/images/asreview.Dockerfile" "$folder"
}

build_images() {
  mkdir -p "$archives"
  small_image pause:1 "$programs/pause"
  small_image versitygw:1 "$programs/versitygw-$s3_server_version"
  rabbitmq_image
  nfs_image
  asreview_image
}

# The parts of this repository that its Dockerfiles take, with data sets as a
# user would put them there.
write_context() {
  local folder=$1
  rm -rf "$folder"
  mkdir -p "$folder"
  (cd "$root" && git ls-files -z CMakeLists.txt CMakePresets.json '*.md' LICENSE cmake scripts src docker |
    tar --create --null --files-from=- | tar --extract --directory "$folder")
  PYTHONPATH="$root/tests/e2e" python3 "$here/images/data_sets.py" "$folder/docker/data"
}

# The images of this repository, from its own Dockerfiles. The compiler's cache
# is kept from one build to the next.
build_ours() {
  local kind folder="$cluster/context-shoal"
  mkdir -p "$archives" "$cluster/ccache"
  build_image builder:12 "$here/images/builder.Dockerfile" "$here/images" \
    --build-arg PACKAGES="${build_packages[*]} binutils dpkg-dev"
  write_context "$folder"
  for kind in worker tasker; do
    build_image "shoal-$kind:1" "$root/docker/$kind.Dockerfile" "$folder" \
      --build-arg BASE=localhost/asreview:2 --build-arg BUILDER=localhost/builder:12 \
      --volume "$cluster/ccache:/root/.cache/ccache"
    archive_image "shoal-$kind:1"
  done
}
