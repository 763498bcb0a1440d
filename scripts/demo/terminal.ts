import { styleText } from 'node:util';
import type { KubectlResult } from '../../test/testbed/cluster/kubectl.ts';

type Style = Parameters<typeof styleText>[0];

/** Colour only where standard output is a terminal that has it, and NO_COLOR is not set. */
const styled = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

const print = (text: string): void => void process.stdout.write(text);

export function sentence(text: string): void {
  print(`\n${styled('bold', text)}\n`);
}

export function commandLine(words: readonly string[]): void {
  print(styled('cyan', `$ ${shellLine(words)}`));
  print('\n');
}

/** What kubectl wrote. Its warnings come before its result, as in a terminal. */
export function output({ stdout, stderr, exitCode }: KubectlResult): void {
  if (stderr !== '') print(`${styled(exitCode === 0 ? 'yellow' : 'red', stderr.trimEnd())}\n`);
  print(stdout);
  if (stdout + stderr === '') print(`${styled('dim', `(nothing is printed, exit code ${exitCode})`)}\n`);
}

export function lines(texts: readonly string[]): void {
  for (const text of texts) print(`${text}\n`);
}

export function failure(text: string): void {
  process.stderr.write(`${styleText('red', text, { stream: process.stderr })}\n`);
}

/**
 * As it is typed into a POSIX shell. A line that grows too long is broken before each `--from-literal`.
 *
 * @internal Exported for tests.
 */
export function shellLine(words: readonly string[]): string {
  const line = words.map(quoted).join(' ');
  return line.length <= MOST ? line : line.replaceAll(' --from-literal', ' \\\n    --from-literal');
}

/** Columns. */
const MOST = 100;

/** Only what needs quotes stands in them: `--from-literal=JWT_SECRET='$(openssl …)'`. */
function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  const names = /^(?:[\w-]+=)*/.exec(word)?.[0] ?? '';
  return `${names}'${word.slice(names.length).replaceAll("'", `'\\''`)}'`;
}
