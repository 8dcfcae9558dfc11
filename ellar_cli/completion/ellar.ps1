# Completion of ellar in PowerShell: ellar completion powershell | Out-String | Invoke-Expression, in $PROFILE
Register-ArgumentCompleter -Native -CommandName ellar -ScriptBlock {
    param($word, $ast, $cursor)
    $typed = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -le $cursor } | ForEach-Object { $_.ToString() })
    # An argument that is empty gets lost on its way in older versions; a pair of quotes does not.
    if (-not $word) { $typed += '""' }
    $behind = @($typed | Select-Object -Skip 1)
    & $typed[0] __complete @behind 2>$null | Where-Object { $_ -notlike ':files*' } | ForEach-Object {
        $name, $about = $_ -split "`t", 2
        if (-not $about) { $about = $name }
        [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $about)
    }
}
