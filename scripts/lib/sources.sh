# shellcheck shell=bash
# Sources of Debian's and Ubuntu's own packages. To be sourced, after packages.sh.

# debian_source NAME FOLDER: the sources of a package of this system, with its
# distributor's changes, in FOLDER/NAME. The system's list of repositories stays
# as it is.
debian_source() {
  local name=$1 folder=$2 work
  if [[ -d $folder/$name ]]; then return; fi
  say "Getting the sources of $name"
  work=$(mktemp -d)
  mkdir -p "$work/lists/partial" "$work/parts" "$work/unpacked" "$folder"
  local file
  for file in /etc/apt/sources.list.d/*.sources; do
    if [[ -f $file ]]; then
      sed -E 's/^Types:.*/Types: deb-src/' "$file" >"$work/parts/${file##*/}"
    fi
  done
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    if [[ -f $file ]]; then
      sed -nE 's/^deb /deb-src /p' "$file" >"$work/parts/${file##*/}.list"
    fi
  done
  local apt=(apt-get --quiet=2 -o Dir::Etc::sourcelist=/dev/null
    -o "Dir::Etc::sourceparts=$work/parts" -o "Dir::State::lists=$work/lists")
  # Packages are checked by their signatures; who unpacks them does not matter.
  (
    cd "$work/unpacked"
    as_root "${apt[@]}" -o APT::Sandbox::User=root update
    as_root "${apt[@]}" -o APT::Sandbox::User=root source "$name" >/dev/null
  ) || give_up "apt-get could not get the sources of $name."
  as_root chown -R "$(id -u):$(id -g)" "$work/unpacked"
  mv "$work/unpacked/$name"-*/ "$folder/$name"
  as_root rm -rf "$work"
}
