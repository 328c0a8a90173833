#!/usr/bin/env bash
# What the tasker does in its pod: prepares a study on the shared volume, then
# hands its commands to the workers. It may be stopped, killed and started again
# at any line: it goes on, and deletes nothing that is not its own.
set -euo pipefail
app=${SHOAL_APP:-/app}
work=${SHOAL_WORKDIR:-$app/workdir}

#### Your study: change it between these two lines #############################

# The template, and what Makita shall do in any case. Settings that differ from
# project to project belong into makita-args.txt. A template of your own:
# makita=(arfi --template "$app/my_template.txt.template")
makita=(arfi)

# get_data FOLDER: puts the data sets into FOLDER.
get_data() {
  cp -R "$app/data/." "$1"
}

# Options for `shoal run`, for example (--retries 1 --timeout 12h).
run_options=()

#### Nothing to change below ###################################################

# The script's own folder on the volume.
own=.tasker
# How long to wait for workers where a run was finished before, in seconds: for
# those of a Job, whose node may have to start, and for others.
patience=300
pause=15

say() {
  printf '%s  %s\n' "$(date '+%Y-%m-%d %H:%M:%S')" "$*"
}

# give_up CODE WORDS...: 2 where what was given is wrong, 3 where the volume is;
# the Job is started again after the latter.
give_up() {
  local code=$1
  shift
  printf '%s\n' "$*" >&2
  exit "$code"
}

enter_volume() {
  cd "$work" 2>/dev/null || give_up 3 "There is no folder $work: the shared volume is not mounted."
  if ! { mkdir -p "$own" && : >"$own/lock"; } 2>/dev/null; then
    give_up 3 "User $(id -u) cannot write to the shared volume (in $work). Its folder should belong" \
      "to user or group 1000: see docs/troubleshooting.md."
  fi
  exec 9>"$own/lock"
  flock --wait 120 9 || give_up 3 "Another tasker is preparing the study on this volume."
}

wants_fresh() {
  case "${SHOAL_FRESH:-0}" in
    1 | yes | true) return 0 ;;
    0 | no | false) return 1 ;;
    *) give_up 2 "SHOAL_FRESH is '$SHOAL_FRESH'. It may be 1 (move an earlier project aside) or 0." ;;
  esac
}

# write FILE WORDS...: all of it or nothing.
write() {
  local file=$1
  shift
  printf '%s\n' "$*" >"$file.new"
  mv -T "$file.new" "$file"
}

# move_into FOLDER ENTRIES...: under a free name each.
move_into() {
  local folder=$1 entry name number
  shift
  mkdir -p "$folder"
  for entry; do
    name=${entry##*/} number=2
    while [[ -e $folder/$name ]]; do
      name=${entry##*/}.$number
      number=$((number + 1))
    done
    mv -T "$entry" "$folder/$name"
  done
}

# move_project_aside FOLDER: all but what belongs to the volume itself. Workers
# that have started already know the volume by .shoal/folder-id, and when the
# first of them came by .shoal/crews.
move_project_aside() {
  local folder=$1 entry
  local files=() records=()
  shopt -s dotglob nullglob
  for entry in *; do
    case "$entry" in
      "$own" | earlier | .shoal | lost+found | .nfs*) ;;
      *) files+=("$entry") ;;
    esac
  done
  for entry in .shoal/*; do
    case "$entry" in
      .shoal/folder-id | .shoal/crews | .shoal/.nfs*) ;;
      *) records+=("$entry") ;;
    esac
  done
  shopt -u dotglob nullglob
  if [[ ${#files[@]} == 0 && ${#records[@]} == 0 ]]; then
    return
  fi
  say "Moving the earlier project to $folder"
  move_into "$folder" "${files[@]}"
  move_into "$folder/.shoal" "${records[@]}"
}

# start_fresh: once for each Job, which starts this script again whenever its pod
# is lost. The note says which Job has moved (or is moving) a project, and where to.
start_fresh() {
  local note=$own/fresh uid='' state='' folder=''
  if [[ -f $note ]]; then
    read -r uid state folder <"$note" || true
  fi
  # Half of a project must not stay behind, whoever began.
  if [[ $state == moving ]]; then
    move_project_aside "$folder"
    write "$note" "$uid moved $folder"
  fi
  wants_fresh || return 0
  [[ -n ${SHOAL_JOB_UID:-} ]] ||
    give_up 2 "SHOAL_FRESH=1 needs SHOAL_JOB_UID, by which this script knows a Job that starts again."
  if [[ $uid == "$SHOAL_JOB_UID" ]]; then
    say "This Job has made room before: going on."
    return
  fi
  folder=earlier/$(date +%Y-%m-%d_%H-%M-%S)
  write "$note" "$SHOAL_JOB_UID moving $folder"
  move_project_aside "$folder"
  write "$note" "$SHOAL_JOB_UID moved $folder"
}

has_data() {
  [[ -n "$(find "$1" -type f ! -name 'README*' -print -quit)" ]]
}

# The volume's files win, for results belong to them; but nobody should wonder.
compare_data() {
  local file
  [[ -d $app/data ]] || return 0
  while IFS= read -r file; do
    if [[ ! -f data/$file || $(stat -c %s "data/$file") != $(stat -c %s "$app/data/$file") ]]; then
      say "Note: data/$file on the volume is not the one in the image. The volume's is used;" \
        "SHOAL_FRESH=1 starts anew with the image's."
    fi
  done < <(cd "$app/data" && find . -type f ! -name 'README*' -printf '%P\n')
}

prepare_data() {
  if [[ -d data ]]; then
    compare_data
    return
  fi
  rm -rf "$own/data" # what a start that was killed has left
  mkdir "$own/data"
  say "Getting the data sets"
  get_data "$own/data" # a failure in it ends this script
  has_data "$own/data" ||
    give_up 2 "There are no data. Put data sets into docker/data and build the image of the tasker again."
  mv -T "$own/data" data
  say "Data: $(find data -type f | wc -l) files"
}

prepare_settings() {
  [[ -f $app/makita-args.txt ]] || return 0
  if [[ ! -e makita-args.txt ]]; then
    cp "$app/makita-args.txt" "$own/makita-args.txt"
    mv -T "$own/makita-args.txt" makita-args.txt
  elif ! cmp -s "$app/makita-args.txt" makita-args.txt; then
    say "Note: makita-args.txt on the volume is not the one in the image. The volume's is used;" \
      "SHOAL_FRESH=1 starts anew with the image's."
  fi
}

has_settings() {
  [[ -f makita-args.txt ]] && grep -qvE '^[[:space:]]*(#|$)' makita-args.txt
}

# Makita writes into a folder of the script's own, and what it wrote is moved out
# of there, jobs.sh last. So a project that has a jobs.sh is whole.
make_project() {
  if [[ -f jobs.sh ]]; then
    say "Going on with the project on the volume"
    return
  fi
  local project=$own/project entry
  say "Makita writes a project: ${makita[*]}"
  rm -rf "$project"
  mkdir "$project"
  (cd "$project" && asreview makita template "${makita[@]}" --job-file jobs.sh --platform Linux \
    --data-folder ../../data </dev/null) || true
  # Makita ends with 0 even where it fails.
  [[ -s $project/jobs.sh ]] ||
    give_up 2 "Makita wrote no jobs.sh. What it said stands above; see also docker/tasker.sh."
  shopt -s dotglob nullglob
  for entry in "$project"/*; do
    if [[ ${entry##*/} != jobs.sh && ! -e ${entry##*/} ]]; then
      mv -T "$entry" "${entry##*/}"
    fi
  done
  shopt -u dotglob nullglob
  mv -T "$project/jobs.sh" jobs.sh
  rm -rf "$project"
}

# A start that was killed may have left half of a folder: hence --overwrite, which
# replaces what Makita writes, and no results.
make_sweep() {
  local code=0
  shoal sweep makita-args.txt -- asreview makita template "${makita[@]}" --job-file jobs.sh \
    --platform Linux --overwrite --data-folder ../data '{settings}' || code=$?
  case "$code" in
    0) ;;
    3) give_up 3 "The projects of makita-args.txt could not be made. Why stands above." ;;
    *) give_up 2 "The projects of makita-args.txt could not be made. Why stands above." ;;
  esac
}

# newer_than FILE FILES...: whether one of them is.
newer_than() {
  local file=$1 each
  shift
  for each; do
    if [[ $each -nt $file ]]; then return 0; fi
  done
  return 1
}

# Where nothing is left to do, shoal would end before the workers that were
# started with this Job are there, and they would wait for a run that is over.
# Once the first of them is there, the others know (.shoal/crews) that it was theirs.
await_workers() {
  local note newest='' limit=$pause end
  for note in .shoal/runs/*/finished; do
    if [[ -z $newest || $note -nt $newest ]]; then newest=$note; fi
  done
  if [[ ! -e $newest ]]; then return 0; fi
  if compgen -G '.shoal/crews/*' >/dev/null; then limit=$patience; fi
  say "A run was finished here before: waiting for workers ($limit s at most), to tell them what is left"
  end=$((SECONDS + limit))
  until newer_than "$newest" .shoal/crews/* || ((SECONDS >= end)); do
    sleep 1 &
    wait "$!"
  done
}

main() {
  # In a container nobody else would heed it for a process number 1.
  trap 'exit 143' TERM INT
  enter_volume
  start_fresh
  prepare_data
  prepare_settings
  local jobs=jobs.sh
  if has_settings; then
    make_sweep
    jobs=sweep.sh
  else
    make_project
  fi
  exec 9>&-
  await_workers
  say "shoal run $jobs"
  exec shoal run "$jobs" --broker env --listen 0.0.0.0:9464 "${run_options[@]}"
}

main "$@"
