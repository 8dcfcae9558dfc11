# Completion of ellar in PowerShell: ellar completion powershell | Out-String | Invoke-Expression, in $PROFILE
Register-ArgumentCompleter -Native -CommandName ellar -ScriptBlock {
    param($word, $ast, $cursor)
    # What stands before the cursor, as it is written; a word that the cursor is in, up to there.
    $typed = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.Extent } |
        Where-Object { $_.StartOffset -lt $cursor } |
        ForEach-Object { $_.Text.Substring(0, [Math]::Min($_.Text.Length, $cursor - $_.StartOffset)) })
    # An argument that is empty gets lost on its way in older versions; a pair of quotes does not, and is one for ellar.
    if (-not $word) { $typed += '""' }
    $ellar = $ast.GetCommandName()
    & $ellar __complete @typed 2>$null | Where-Object { $_ -notlike ':files*' } | ForEach-Object {
        $name, $about = $_ -split "`t", 2
        if (-not $about) { $about = $name }
        # Braces, as in the path of a route, are no part of a word here.
        $written = if ($name -match '[{}();,|&<>@#$\s]') { "'$name'" } else { $name }
        [System.Management.Automation.CompletionResult]::new($written, $name, 'ParameterValue', $about)
    }
}
