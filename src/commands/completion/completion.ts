import type { Command } from 'commander';
import { type CompletedCommand, type CompletedOption, commandsIn } from './words.ts';

/** The script for a shell, made from the commands themselves. */
export function completionScript(program: Command, shell: 'bash' | 'zsh' | 'fish'): string {
  const commands = commandsIn(program, []);
  switch (shell) {
    case 'bash':
      return bashScript(commands);
    case 'zsh':
      return zshScript(commands);
    case 'fish':
      return fishScript(commands);
  }
}

/** The words are names of commands, options and choices, which need no quoting. */
function bashScript(commands: readonly CompletedCommand[]): string {
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

function fishScript(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ path, subcommands, options }) => {
    const place = conditionOf(
      path,
      subcommands.map(({ name }) => name),
    );
    return [
      ...subcommands.map(
        ({ name, summary }) => `complete -c lockstep -n ${quoted(place)} -a ${name} -d ${quoted(summary)}`,
      ),
      ...options.map(({ long, short, description, takesValue, choices }) =>
        [
          `complete -c lockstep -n ${quoted(conditionOf(path, []))}`,
          `-l ${long.slice(2)}`,
          ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
          ...(choices.length > 0 ? [`-xa ${quoted(choices.join(' '))}`] : takesValue ? ['-r'] : []),
          `-d ${quoted(description)}`,
        ].join(' '),
      ),
    ];
  });
  return `# Completion of lockstep for fish: lockstep completion fish > ~/.config/fish/completions/lockstep.fish
${lines.join('\n')}
`;
}

/** Each word of the path was typed, and none of the words that may follow. */
function conditionOf(path: readonly string[], next: readonly string[]): string {
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const unseen = next.length === 0 ? [] : [`not __fish_seen_subcommand_from ${next.join(' ')}`];
  const all = [...seen, ...unseen];
  return all.length === 0 ? 'true' : all.join('; and ');
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function zshScript(commands: readonly CompletedCommand[]): string {
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
