# shellcheck shell=bash
# Tools that PyPI has ready-made, each in a folder of its own below target/tools. Sourced, never run.

# from_pypi NAME PACKAGE==VERSION...: puts them into target/tools/NAME, unless they are there; 1 where they can't be had.
from_pypi() {
    local folder=target/tools/$1
    shift
    [ "$(cat "$folder/version" 2>/dev/null)" != "$*" ] || return 0
    rm -rf "$folder"
    python3 -m venv "$folder" || return
    "$folder/bin/pip" install --quiet --disable-pip-version-check "$@" || return
    echo "$*" >"$folder/version"
}

# buf_from_pypi: the one version of buf that checks the contract and calls the server, as target/tools/buf/bin/buf.
buf_from_pypi() {
    from_pypi buf buf-bin==1.75.0
}
