# shellcheck shell=bash
# Images from archives into containerd, which keeps them from one start of the
# cluster to the next. To be sourced, after settings.sh and node.sh.
# shellcheck disable=SC2154

# forget_containers: those of the cluster before, whose processes went without
# containerd knowing. It would wait for them.
forget_containers() {
  local left
  mapfile -t left < <(inside ctr --namespace k8s.io containers list --quiet)
  if [[ ${#left[@]} == 0 ]]; then return; fi
  inside ctr --namespace k8s.io containers remove "${left[@]}" >/dev/null
  inside kill -KILL "$(inside pidof containerd)"
  start_containerd
  await 30 'containerd answers' inside ctr version
}

# An image of this name is imported already, and from the same archive.
is_imported() {
  [[ "$(cat "$cluster/containerd/imported/$1" 2>/dev/null)" == "$(stat --format '%Y %s' "$archives/$1.tar")" ]]
}

import_archive() {
  inside ctr --namespace k8s.io images import "$archives/$1.tar" >/dev/null ||
    give_up "containerd refused the image in $archives/$1.tar."
  stat --format '%Y %s' "$archives/$1.tar" >"$cluster/containerd/imported/$1"
}

# import_archives: what is new of all archives.
import_archives() {
  local archive name
  mkdir -p "$cluster/containerd/imported"
  for archive in "$archives"/*.tar; do
    name=$(basename "$archive" .tar)
    is_imported "$name" || import_archive "$name"
  done
}
