#!/usr/bin/env bash
# Builds the images of worker and tasker, and pushes them. See usage below.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: docker/build-and-push.sh USER [OPTIONS]

Builds USER/shoal-worker and USER/shoal-tasker with docker, podman or buildah,
whichever is there, and pushes them. USER is your name at Docker Hub, or another
registry with a path (ghcr.io/me, registry.example.org/team), or localhost for
images that stay on this computer.

  --no-push          build only
  --overlay FOLDER   write the images' names into FOLDER/kustomization.yaml, for
                     example deploy/overlays/cloud-nfs
  --tag TAG          the images' tag (default: the time, so that no node of a
                     cluster takes an older image for this one)
  --base IMAGE       the image to start from (default: see worker.Dockerfile)
  --packages LIST    what is installed from PyPI, in place of ASReview 2 with
                     Makita and insights
  --builder IMAGE    where shoal is built (default, and the oldest: Debian 12)
TEXT
}

give_up() {
  printf '%s\n' "$*" >&2
  exit 1
}

bad_usage() {
  printf '%s\n\n' "$*" >&2
  usage >&2
  exit 2
}

# value_of OPTION [VALUE]: leaves the value in `value`.
value_of() {
  [[ -n ${2:-} ]] || bad_usage "$1 needs a value."
  value=$2
}

read_arguments() {
  user='' push=yes overlay='' tag=$(date +%Y%m%d-%H%M%S)
  build_arguments=()
  while (($#)); do
    case "$1" in
      -h | --help)
        usage
        exit 0
        ;;
      --no-push) push=no ;;
      --overlay | --tag | --base | --packages | --builder)
        value_of "$1" "${2:-}"
        case "$1" in
          --overlay) overlay=$(cd "$here" && cd "$value" 2>/dev/null && pwd) || bad_usage "There is no folder $value." ;;
          --tag) tag=$value ;;
          --base) build_arguments+=(--build-arg "BASE=$value") ;;
          --packages) build_arguments+=(--build-arg "PACKAGES=$value") ;;
          --builder) build_arguments+=(--build-arg "BUILDER=$value") ;;
        esac
        shift
        ;;
      -*) bad_usage "There is no option $1." ;;
      *)
        [[ -z $user ]] || bad_usage "One USER, please, not both $user and $1."
        user=$1
        ;;
    esac
    shift
  done
  [[ -n $user ]] || bad_usage "USER is missing."
  [[ ! $user =~ [A-Z] ]] || bad_usage "Names of images have no capital letters: $user"
  if [[ -n $overlay && ! -f $overlay/kustomization.yaml ]]; then
    bad_usage "There is no $overlay/kustomization.yaml."
  fi
  # As Kubernetes reads it: a first part without dot or port is a name at Docker Hub.
  case "$user" in
    localhost) prefix=localhost push=no ;;
    *.*/* | *:*/* | localhost/*) prefix=$user ;;
    *) prefix=docker.io/$user ;;
  esac
}

find_tool() {
  local each
  for each in docker podman buildah; do
    # A docker without its daemon builds nothing.
    if command -v "$each" >/dev/null && "$each" info >/dev/null 2>&1; then
      tool=$each
      return
    fi
  done
  give_up "There is no docker, podman or buildah here that works (docker may need its daemon started," \
    "or your user in the group docker). Install one of them: https://docs.docker.com/engine/install/"
}

check_data() {
  if [[ -z "$(find docker/data -mindepth 1 ! -name 'README*' ! -name '.*' -print -quit)" ]] &&
    grep -q '^COPY docker/data ' docker/tasker.Dockerfile; then
    give_up "docker/data is empty. Put your data sets there," \
      "or choose another source in docker/tasker.Dockerfile."
  fi
}

# write_names FILE: puts both images into an overlay's settings.
write_names() {
  local file=$1
  awk -v prefix="$prefix" -v tag="$tag" '
    /^ *- name: shoal-(worker|tasker) *$/ { image = $3 }
    image != "" && /^ *newName:/ { sub(/newName:.*/, "newName: " prefix "/" image) }
    image != "" && /^ *newTag:/ { sub(/newTag:.*/, "newTag: \"" tag "\""); image = "" }
    { print }
  ' "$file" >"$file.new"
  cat "$file.new" >"$file"
  rm "$file.new"
}

main() {
  read_arguments "$@"
  find_tool
  check_data
  local each
  for each in worker tasker; do
    printf '\nBuilding %s/shoal-%s:%s with %s\n' "$prefix" "$each" "$tag" "$tool"
    "$tool" build ${build_arguments[@]+"${build_arguments[@]}"} --file "docker/$each.Dockerfile" \
      --tag "$prefix/shoal-$each:$tag" . ||
      give_up "The image of the $each could not be built. What went wrong stands above."
  done
  if [[ $push == yes ]]; then
    for each in worker tasker; do
      "$tool" push "$prefix/shoal-$each:$tag" ||
        give_up "$prefix/shoal-$each:$tag could not be pushed. Are you logged in? ($tool login)"
    done
  fi
  if [[ -n $overlay ]]; then
    write_names "$overlay/kustomization.yaml"
    printf '\n%s/kustomization.yaml names these images now.\n' "$overlay"
  else
    cat <<TEXT

For the settings at the top of your overlay's kustomization.yaml:

images:
  - name: shoal-worker
    newName: $prefix/shoal-worker
    newTag: "$tag"
  - name: shoal-tasker
    newName: $prefix/shoal-tasker
    newTag: "$tag"
TEXT
  fi
}

here=$PWD # what paths that are given begin from; ours begin from the repository
cd "$(dirname "${BASH_SOURCE[0]}")/.."
main "$@"
