# shellcheck shell=sh disable=SC2154
# Sourced by ../planish, which sets here, cache, suite, packages, requirements, root, venv and missing.
# A build holds the lock. While NAME.half exists, in the cache, NAME is not used, and the next build removes both.

say() { echo "planish: $*" >&2; }
die() {
    say "$@"
    exit 1
}
recipe() { sed -n "/^$1() {/,/^}/p" "$here/tools/environment.sh"; }
hash() { sha256sum | cut -c 1-16; }

# True if nobody else can have put programs into a folder, or it is not there.
ours() { [ ! -e "$1" ] || [ -z "$(find "$1" -maxdepth 0 '(' ! -user "$(id -u)" -o -perm /022 ')')" ]; }
make_ours() { [ -d "$1" ] || (umask 022 && mkdir -p "$1"); }

# The folders of the paths among some arguments, one per line.
folders() {
    [ $# -gt 0 ] || return 0
    for path; do
        set -- "$@" "${path#--*=}"
        shift
    done
    readlink -f -- "$@" | while IFS= read -r path; do
        [ -d "$path" ] || path=${path%/*}
        echo "$path"
    done
}

# The packages of these sections of debian-packages.txt, one per line.
debian_packages() {
    for section; do
        sed -n "/^\[$section\]/,/^\[/{s/[[:space:]]*#.*//;/^\[/d;/./p}" "$here/debian-packages.txt"
    done
}

# `dependencies` and the extra `dev` of pyproject.toml, one per line.
all_requirements() {
    awk '/^(dependencies|dev) = \[/ {on = 1} on {print} /\]$/ {on = 0}' "$here/pyproject.toml" |
        grep -o '"[^"]*"' | tr -d '"'
}

# Those without a marker; those with one are in Debian and conda-forge under other names.
pypi_requirements() { all_requirements | grep -v ';'; }

# Prints nothing if python3 has all, or the name of the virtual environment that it still needs. Fails, and prints what
# is missing, if it has no DOLFINx and that of PyPI does not run here.
current_python() {
    # shellcheck disable=SC2086
    [ -z "${PLANISH_SUITE-}" ] && command -v python3 >/dev/null &&
        python3 "$here/tools/probe_python.py" "$(all_requirements && recipe build_wheels)" $requirements
}

ready() { [ -d "$1" ] && [ ! -e "$1.half" ] && { touch -c "$1" 2>/dev/null || true; }; }

is_debian() { [ -e /etc/debian_version ] && command -v apt-get >/dev/null; }

no_way() {
    cat >&2 <<END
planish: python3 is not a Python 3.11 or later with DOLFINx, and a private environment can be built on Debian and Ubuntu only. Use one of

  PyPI        a python3 that has what is missing here: ${missing:-Python 3.12}
  Docker      docker build -t planish '$here' && docker run --rm --shm-size=1g -v "\$PWD:\$PWD" -w "\$PWD" planish $command_line
  Apptainer   cd '$here' && apptainer build planish.sif apptainer.def && ./planish.sif $command_line
  conda       conda env create -f '$here/environment.yml' && conda activate planish && '$here/planish' $command_line
END
    exit 1
}

lock() {
    make_ours "$cache"
    command -v flock >/dev/null || return 0
    exec 9>"$cache/lock"
    waiting=
    until flock -n 9; do
        [ -n "$waiting" ] || say "waiting for another planish that is building in $cache"
        waiting=yes
        sleep 1
    done
}

# shellcheck disable=SC2016
# Ends with the shell that started it, and takes its whole process group along.
keeper='trap "trap : TERM; kill -s TERM 0" TERM
"$@" & wait $! || { code=$?; wait $!; exit $code; }'

# step COMMAND...: run it with the output in $log, and a line of progress every 20 s.
step() {
    if command -v setsid >/dev/null && command -v setpriv >/dev/null; then
        set -- setsid setpriv --pdeathsig TERM sh -c "$keeper" keeper "$@"
    fi
    "$@" >>"$log" 2>&1 </dev/null &
    job=$!
    trap 'stop 130' INT
    trap 'stop 143' TERM
    while kill -0 "$job" 2>/dev/null; do
        sleep 1
        seconds=$(($(date +%s) - started))
        if [ "$seconds" -ge "$report_at" ]; then
            report_at=$((seconds + 20))
            say "  $seconds s  $(sed -n 's/^I: //p; s/^\(Collecting [^ ]*\).*/\1/p' "$log" | tail -n 1)"
        fi
    done
    code=0
    wait "$job" || code=$?
    job=
    trap - INT TERM
    [ "$code" -eq 0 ] && return
    tail -n 25 "$log" >&2
    die "that failed after $seconds s (exit code $code); the whole log is in $log"
}

stop() {
    trap '' INT TERM
    kill -s TERM "$job" 2>/dev/null || true
    wait "$job" || true
    say "interrupted; the next start begins again"
    exit "$1"
}

# begin NAME: start a build that leaves nothing behind unless it ends well.
begin() {
    log=$1.log
    started=$(date +%s)
    report_at=20
    find "$cache" -maxdepth 1 -type d -name '*-*' -mtime +60 -exec mv {} {}.half \;
    tidy
    trap tidy EXIT
    : >"$log"
}

# finish WHAT: the build is in place; let others build.
finish() {
    tidy
    trap - EXIT
    exec 9>&-
    say "$1 ready after $(($(date +%s) - started)) s"
}

# Remove what builds left that did not end well.
tidy() {
    if [ -s "$cache/scratch" ]; then
        remove "$(cat "$cache/scratch")"
        rm "$cache/scratch"
    fi
    for left in "$cache"/*.half; do
        remove "${left%.half}" "$left"
    done
}

# What mmdebstrap left of an ordinary user's build belongs to subordinate users.
remove() {
    rm -rf --one-file-system "$@" 2>/dev/null || {
        mmdebstrap --unshare-helper rm -rf "$@" >/dev/null 2>&1 || true
        rm -rf --one-file-system "$@"
    }
}

# The Debian mirror that this machine itself uses; empty (the default of mmdebstrap) if it is not a Debian.
mirror() {
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(COMPONENT) $(RELEASE) $(REPO_URI)' 'Identifier: Packages' 2>/dev/null |
        awk -v codename="$(. /etc/os-release && [ "$ID" = debian ] && echo "${VERSION_CODENAME-}")" '
            codename && $1 == "main" && $2 ~ "^(" codename "|stable|testing|unstable|sid)$" && $3 ~ /^https?:/ {print $3; exit}'
}

install_tools() {
    missing=
    command -v mmdebstrap >/dev/null || missing="$missing mmdebstrap"
    command -v bwrap >/dev/null || missing="$missing bubblewrap"
    [ "$(id -u)" -eq 0 ] || command -v newuidmap >/dev/null || missing="$missing uidmap"
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || missing="$missing debian-archive-keyring"
    [ -n "$missing" ] || return 0
    [ "$(id -u)" -eq 0 ] || die "to build its environment planish needs:  sudo apt install$missing"
    say "installing$missing"
    # shellcheck disable=SC2086
    step sh -c 'apt-get update; apt-get install -y --no-install-recommends "$@"' sh $missing
}

check_tools() {
    [ "$(id -u)" -eq 0 ] || grep -qs "^\($(id -un)\|$(id -u)\):" /etc/subuid ||
        die "$(id -un) has no subordinate user ids:  sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $(id -un)"
    bwrap --dev-bind / / true 2>>"$log" && return
    tail -n 1 "$log" >&2
    [ "$(cat /proc/sys/kernel/apparmor_restrict_unprivileged_userns 2>/dev/null)" != 1 ] ||
        die "this machine forbids it:  sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"
    say "this machine does not let $(id -un) enter a private root file system."
    no_way
}

build_root() {
    lock
    ! ready "$root" || return 0
    begin "$root"
    install_tools
    check_tools
    say "building a private Debian $suite (once, about 3 min, 2.6 GB in $cache)"

    half=$root.half
    options=$root.options.half
    apt-config dump Acquire::http Acquire::https >"$options"
    [ "$suite" = trixie ] || echo 'Acquire::Check-Valid-Until "false";' >>"$options"
    set -- --variant=apt --aptopt="$options" --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
        --include="$(echo "$packages" | paste -s -d , -)" "$suite"
    mirror=$(mirror)
    if [ "$(id -u)" -eq 0 ]; then
        step unshare --mount mmdebstrap --mode=root "$@" "$half" ${mirror:+"$mirror"}
    else
        mktemp -d "${TMPDIR:-/var/tmp}/planish.XXXXXX" >"$cache/scratch"
        chmod 755 "$(cat "$cache/scratch")"
        step env TMPDIR="$(cat "$cache/scratch")" mmdebstrap --mode=unshare --format=tar "$@" "$root.tar.half" ${mirror:+"$mirror"}
        mkdir "$half"
        step tar -C "$half" --exclude='./dev/*' -xf "$root.tar.half"
    fi
    for file in hosts resolv.conf localtime pip.conf; do
        rm -f "$half/etc/$file"
        : >"$half/etc/$file"
    done
    mkdir -p "$half/etc/ssl/certs"
    mv "$half" "$root"
    finish "the private Debian is"
}

build_venv() {
    lock
    ! ready "$venv" || return 0
    begin "$venv"
    say "installing the Python packages of pyproject.toml (once, about 30 s, 0.6 GB in $cache)"
    : >"$venv.half" # a virtual environment cannot be renamed
    # shellcheck disable=SC2016,SC2086
    step ${root:+"$here/tools/enter_root" "$root"} sh -c '
        set -e
        python3 -m venv --system-site-packages "$0"
        # the packages of a virtual environment that python3 itself lives in
        python3 -c "import site, sys; sys.prefix == sys.base_prefix or print(*site.getsitepackages(), sep=\"\n\")" \
            >"$(echo "$0"/lib/python3*/site-packages)/outer.pth"
        "$0/bin/python3" -m pip install "$@"' "$venv" $requirements
    rm "$venv.half"
    finish "the Python packages are"
}

build_wheels() {
    lock
    ! ready "$venv" || return 0
    begin "$venv"
    say "installing DOLFINx and the Python packages of pyproject.toml from PyPI (once, about 1 min, 1.4 GB in $cache)"
    all_requirements >"$venv.half" # a virtual environment cannot be renamed
    # shellcheck disable=SC2016
    step sh -c '
        set -e
        python3 -m venv "$0"
        "$0/bin/python3" -m pip install -r "$0.half"
        "$0/bin/python3" -c "import dolfinx_solver, dolfinx, gmsh"' "$venv"
    rm "$venv.half"
    finish "DOLFINx is"
}
