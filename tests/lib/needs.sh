# shellcheck shell=bash
# What a script lacks is installed where it runs as root on Debian, else named in one message. Sourced, never run.
#
#   need cc "a C compiler" build-essential      # looks for the command `cc`
#   met || …                                    # installs, or says what is missing and answers 1

needed_packages=()
needed_names=()

# need COMMAND NAME PACKAGE: notes what is missing.
need() {
    command -v "$1" >/dev/null || lack "$2" "$3"
}

# lack NAME PACKAGE: notes that NAME is missing and that the Debian package PACKAGE has it.
lack() {
    needed_names+=("$1")
    needed_packages+=("$2")
}

# need_python: Python with venv, which is how tools come from PyPI.
need_python() {
    need python3 python3 python3
    python3 -c 'import ensurepip' 2>/dev/null || lack "python3's venv" python3-venv
}

# need_node: Node with npm.
need_node() {
    need node "Node.js 18 or newer" nodejs
    need npm npm npm
}

# met: whether everything noted is there by now.
met() {
    [ ${#needed_packages[@]} -gt 0 ] || return 0
    if on_debian && [ "$(id -u)" -eq 0 ]; then
        echo "installing what is missing: ${needed_packages[*]}"
        if installed "${needed_packages[@]}"; then
            needed_packages=() needed_names=()
            return 0
        fi
    fi
    local names
    printf -v names '%s, ' "${needed_names[@]}"
    echo "error: missing: ${names%, }" >&2
    if on_debian; then
        echo "hint: sudo apt-get install ${needed_packages[*]}" >&2
    else
        echo "hint: on Debian these are the packages ${needed_packages[*]}; install what your system calls them" >&2
    fi
    return 1
}

on_debian() {
    [ -e /etc/debian_version ] && command -v apt-get >/dev/null
}

# installed PACKAGE...: installs them; its output is shown only where it failed.
installed() {
    local log package
    log=$(mktemp)
    if ! apt update >>"$log" 2>&1; then
        echo "apt-get update failed; trying with the lists that are there" >&2
    fi
    for package in "$@"; do
        if [ "$package" = postgresql ]; then
            without_a_cluster >>"$log" 2>&1 || true
        fi
        if [ "$package" = slapd ]; then
            without_a_directory >>"$log" 2>&1 || true
        fi
        if ! apt install "$package" >>"$log" 2>&1; then
            tail -n 20 "$log" >&2
            rm -f "$log"
            return 1
        fi
    done
    rm -f "$log"
}

apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends "$@" </dev/null
}

# PostgreSQL's package makes and starts a cluster of its own when it is installed; nobody here asked for one.
without_a_cluster() {
    local settings=/etc/postgresql-common/createcluster.conf
    [ ! -e "$settings" ] || return 0
    apt install postgresql-common
    sed -i 's/^#\? *create_main_cluster.*/create_main_cluster = false/' "$settings"
}

# slapd's package makes and serves a directory of its own; without a configuration it does neither.
without_a_directory() {
    echo "slapd slapd/no_configuration boolean true" | debconf-set-selections
}
