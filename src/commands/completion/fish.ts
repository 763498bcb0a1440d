import type { CompletedCommand } from './words.ts';

export function fishScript(commands: readonly CompletedCommand[]): string {
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
