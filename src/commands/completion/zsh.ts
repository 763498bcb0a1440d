import type { CompletedCommand, CompletedOption } from './words.ts';

export function zshScript(commands: readonly CompletedCommand[]): string {
  const known = commands.filter(({ path }) => path.length > 0).map(({ path }) => `'${path.join(' ')}'`);
  const values = commands.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map((option) => {
        const patterns = namesOf(option).map((name) => `'${[...path, name].join(' ')}'`);
        const reply = option.choices.length === 0 ? '_files' : `compadd -- ${option.choices.join(' ')}`;
        return `    ${patterns.join('|')}) ${reply}; return ;;`;
      }),
  );
  const words = commands.map(({ path, subcommands, options }) => {
    const described = [
      ...subcommands.map(({ name, summary }) => entry(name, summary)),
      ...options.flatMap((option) => namesOf(option).map((name) => entry(name, option.description))),
    ];
    return `    '${path.join(' ')}') entries=(${described.join(' ')}) ;;`;
  });
  return `#compdef lockstep
# Completion of lockstep for zsh: lockstep completion zsh > "\${fpath[1]}/_lockstep"
_lockstep() {
  local place='' word
  local -a entries
  for word in \${words[2,CURRENT-1]}; do
    case "\${place:+$place }$word" in
      ${known.join('|')}) place="\${place:+$place }$word" ;;
    esac
  done
  case "\${place:+$place }\${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  case "$place" in
${words.join('\n')}
  esac
  _describe lockstep entries
  [[ $PREFIX == -* ]] || _files
}
if [[ $funcstack[1] == _lockstep ]]; then _lockstep "$@"; else compdef _lockstep lockstep; fi
`;
}

const namesOf = ({ long, short }: CompletedOption): readonly string[] =>
  short === undefined ? [long] : [long, short];

/** A colon divides the word from its description. */
const entry = (word: string, description: string): string =>
  `'${word}:${description.replaceAll(':', '\\:').replaceAll("'", `'\\''`)}'`;
