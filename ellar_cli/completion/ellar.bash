# Completion of ellar in bash: eval "$(ellar completion bash)" in ~/.bashrc
_ellar() {
    local rest=${COMP_LINE:0:COMP_POINT} begin='' line piece spaces index
    local -a words=()
    COMPREPLY=()
    # What bash makes several words of at each ":" and "=" is one again. It completes the last of these alone.
    for ((index = 0; index <= COMP_CWORD; index++)); do
        spaces=${rest%%[![:space:]]*}
        rest=${rest#"$spaces"}
        piece=${COMP_WORDS[index]}
        [[ $index -eq COMP_CWORD ]] && piece=$rest
        rest=${rest#"$piece"}
        if [[ $index -gt 0 && -z $spaces ]]; then
            begin=${words[${#words[@]} - 1]}
            words[${#words[@]} - 1]+=$piece
        else
            begin=''
            words+=("$piece")
        fi
    done
    [[ -n $piece && -z ${piece//[:=]/} ]] && begin+=$piece
    while IFS= read -r line; do
        if [[ $line == :files* ]]; then
            compopt -o default 2>/dev/null
        else
            line=${line%%$'\t'*}
            COMPREPLY+=("${line#"$begin"}")
        fi
    done < <("${1/#\~\//$HOME/}" __complete "${words[@]:1}" 2>/dev/null)
}
complete -F _ellar ellar
