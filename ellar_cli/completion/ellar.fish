# Completion of ellar in fish: ellar completion fish | source, in ~/.config/fish/config.fish
function __ellar_complete
    set -l typed (commandline -opc)
    set -l word (commandline -ct)
    set -l ellar (string replace -r '^~/' "$HOME/" -- $typed[1])
    set -l lines ($ellar __complete $typed[2..] "$word" 2>/dev/null)
    if string match -q ':files*' -- "$lines[1]"
        __fish_complete_path "$word"
    else
        printf '%s\n' $lines
    end
end
complete -c ellar -f -k -a '(__ellar_complete)'
