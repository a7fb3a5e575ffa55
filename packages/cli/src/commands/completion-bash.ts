/**
 * The completion script of bash. It needs nothing beside bash itself (the completion library's own asks for the
 * bash-completion package, which many machines lack), and may be sourced again.
 */
export const BASH_COMPLETION = `# bash completion for hud
_hud_complete() {
  local words line word
  read -ra words <<< "\${COMP_LINE:0:COMP_POINT}"
  [[ "\${COMP_LINE:0:COMP_POINT}" == *[[:space:]] ]] && words+=("")
  COMPREPLY=()
  while IFS= read -r line; do
    word="\${line%%$'\\t'*}"
    [[ -n "$word" && "$word" != :* ]] && COMPREPLY+=("$word")
  done < <("\${words[0]}" complete -- "\${words[@]:1}" 2> /dev/null)
}
complete -o default -F _hud_complete hud
`;
