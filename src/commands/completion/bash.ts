import type { CompletedCommand } from './words.ts';

/** The words are names of commands, options and choices, which need no quoting. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const known = commands.filter(({ path }) => path.length > 0).map(({ path }) => `'${path.join(' ')}'`);
  const values = commands.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ long, short, choices }) => {
        const names = [long, ...(short === undefined ? [] : [short])];
        const patterns = names.map((name) => `'${[...path, name].join(' ')}'`).join('|');
        const reply = choices.length === 0 ? 'compgen -f' : `compgen -W '${choices.join(' ')}'`;
        return `    ${patterns}) COMPREPLY=($(${reply} -- "$current")); return ;;`;
      }),
  );
  const words = commands.map(({ path, subcommands, options }) => {
    const names = [
      ...subcommands.map(({ name }) => name),
      ...options.flatMap(({ long, short }) => [long, ...(short === undefined ? [] : [short])]),
    ];
    return `    '${path.join(' ')}') words='${names.join(' ')}' ;;`;
  });
  return `# Completion of lockstep for bash: source <(lockstep completion bash)
_lockstep() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${known.join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case "\${path:+$path }$previous" in
${values.join('\n')}
  esac
  case "$path" in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ $current == -* ]] || COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _lockstep lockstep
`;
}
