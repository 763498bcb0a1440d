import { styleText } from 'node:util';
import type { KubectlResult } from '../../test/testbed/cluster/kubectl.ts';

type Style = Parameters<typeof styleText>[0];

/** A piece of the demo's output. */
export interface Passage {
  readonly style: 'sentence' | 'command' | 'output' | 'warning' | 'error';
  /** Without a newline at the end. */
  readonly text: string;
}

/** Prints the demo, and remembers what it has printed. */
export interface Terminal {
  sentence(text: string): void;
  /** `input` is shown as a here-document. */
  commandLine(words: readonly string[], input?: string): void;
  /** Warnings and errors come before the result. */
  output(result: KubectlResult): void;
  lines(texts: readonly string[]): void;
  readonly passages: readonly Passage[];
}

const STYLES: Readonly<Record<Passage['style'], Style>> = {
  sentence: 'bold',
  command: 'cyan',
  output: 'reset',
  warning: 'yellow',
  error: 'red',
};

export function openTerminal(): Terminal {
  const passages: Passage[] = [];
  const print = (style: Passage['style'], text: string): void => {
    passages.push({ style, text });
    // Colour only if standard output is a terminal that has it, and NO_COLOR is not set.
    process.stdout.write(`${styleText(STYLES[style], text, { stream: process.stdout })}\n`);
  };
  return {
    passages,
    sentence: (text) => print('sentence', `\n${text}`),
    commandLine: (words, input) => {
      const document = input === undefined ? '' : ` <<EOF\n${input}EOF`;
      print('command', `$ ${shellLine(words)}${document}`);
    },
    output: ({ stdout, stderr, exitCode }) => {
      if (stderr !== '') print(exitCode === 0 ? 'warning' : 'error', stderr.trimEnd());
      if (stdout !== '') print('output', stdout.trimEnd());
      if (stdout + stderr === '') print('output', `(nothing is printed, exit code ${exitCode})`);
    },
    lines: (texts) => print('output', texts.join('\n')),
  };
}

export function failure(text: string): void {
  process.stderr.write(`${styleText('red', text, { stream: process.stderr })}\n`);
}

/** As it is typed into a POSIX shell. A line that grows too long is broken before each `--from-literal`. */
function shellLine(words: readonly string[]): string {
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
