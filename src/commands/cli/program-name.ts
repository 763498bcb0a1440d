import { basename } from 'node:path';
import { EXIT_CODES } from './exit-codes.ts';
import type { Shell } from './shell.ts';

/** A sentence may begin with "lockstep uses". */
const AFTER: Readonly<Record<string, string>> = { uses: '(?= \\[| -| \\S+/)' };
const COMMANDS = [...new Set(Object.keys(EXIT_CODES).map((name) => name.split(' ', 1)[0] ?? ''))]
  .map((name) => `${name}${AFTER[name] ?? '(?![\\w/-])'}`)
  .join('|');

/** A command line of lockstep inside a text, also after a colour. Inside a path the same words are none. */
const COMMAND_LINE = new RegExp(
  `(?<=^|[^\\w./@-]|\\x1b\\[\\d*m)(?<!kubectl )lockstep (?=${COMMANDS}|help |\\[options\\])`,
  'gm',
);

/** The help or the message, with each command line as this person writes it: `kubectl lockstep` for the plugin. */
export const inOwnWords = (text: string, { startedAs }: Pick<Shell, 'startedAs'>): string =>
  /^kubectl-lockstep(\.exe)?$/.test(basename(startedAs))
    ? text.replace(COMMAND_LINE, 'kubectl lockstep ')
    : text;
