#compdef ellar
# Completion of ellar in zsh: eval "$(ellar completion zsh)" in ~/.zshrc, after compinit
_ellar() {
    local line name ellar=${~words[1]}
    local -a lines offered
    lines=("${(@f)$("$ellar" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ ${lines[1]} == :files* ]]; then
        _files
        return
    fi
    for line in ${lines}; do
        name=${line%%$'\t'*}
        offered+=("${name//:/\\:}:${line#*$'\t'}")
    done
    _describe -V ellar offered
}
if [[ ${funcstack[1]} == _ellar ]]; then
    _ellar "$@"
else
    compdef _ellar ellar
fi
