import { LockstepError } from '../errors.ts';
import { formerNames } from './renamed-options.ts';
import type { Environment } from './variables.ts';

/** An option as the command line and the environment know it; `variable` is read where the flag is not given. */
export interface PodOption {
  readonly flags: string;
  readonly name: string;
  readonly variable: `LOCKSTEP_${string}`;
  readonly about: string;
  readonly many?: boolean;
}

const variableOf = (name: string): PodOption['variable'] =>
  `LOCKSTEP_${name.replaceAll('-', '_').toUpperCase()}`;

export const option = (flags: string, about: string, many = false): PodOption => {
  const long = flags.slice(2).split(' ', 1)[0] ?? '';
  return { flags, name: long, variable: variableOf(long), about, many };
};

export type Flags = ReadonlyMap<string, string | readonly string[]>;

/** Options by their name, from the command line or else the environment. */
export interface Reader {
  readonly one: (name: string) => Given | undefined;
  readonly many: (name: string, separator: RegExp) => readonly string[];
}

export function readerOf(options: readonly PodOption[], flags: Flags, env: Environment): Reader {
  refuseFormerVariables(options, env);
  const one = (name: string): Given | undefined => given(name, options, flags, env);
  return { one, many: (name, separator) => listOf(one(name), separator) };
}

/** A variable that lockstep does not know is left alone: Kubernetes sets some for each Service. */
function refuseFormerVariables(options: readonly PodOption[], env: Environment): void {
  for (const [former, now] of formerNames(options.map(({ name }) => name))) {
    if ((env[variableOf(former)] ?? '') === '') continue;
    throw new LockstepError('BAD_OPTION', [
      variableOf(former),
      `is no variable of lockstep: did you mean ${variableOf(now)}?`,
    ]);
  }
}

/** A value and how the user spelled its option, for the error that names it. */
interface Given {
  readonly by: string;
  readonly value: string | readonly string[];
}

function given(
  name: string,
  options: readonly PodOption[],
  flags: Flags,
  env: Environment,
): Given | undefined {
  const flag = flags.get(name);
  if (flag !== undefined) return { by: `--${name}`, value: flag };
  const variable = options.find((each) => each.name === name)?.variable;
  const value = variable && env[variable];
  return variable === undefined || !value ? undefined : { by: variable, value };
}

/** fastify opens a second server for the other family of `localhost`, and a new certificate would not reach it. */
export function hostOf(found: Given | undefined, inPod: boolean): string {
  const host = textOf(found) ?? (inPod ? '::' : '127.0.0.1');
  return host === 'localhost' ? '127.0.0.1' : host;
}

export function textOf(found: Given | undefined): string | undefined {
  return found === undefined ? undefined : String(found.value);
}

/** A flag is split at commas only: a path given by a flag may hold a colon. */
function listOf(found: Given | undefined, separator: RegExp): readonly string[] {
  if (found === undefined) return [];
  const pieces =
    typeof found.value === 'string'
      ? found.value.split(separator)
      : found.value.flatMap((each) => each.split(','));
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== '');
}

export function whole(found: Given | undefined, otherwise: number, most: number, least = 0): number {
  if (found === undefined) return otherwise;
  const text = String(found.value);
  if (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
  const wanted = `must be a whole number from ${least} to ${most}`;
  throw new LockstepError('BAD_OPTION', [found.by, `${wanted}, not ${text}`]);
}

export function oneOf<Word extends string>(
  found: Given | undefined,
  words: readonly Word[],
): Word | undefined {
  if (found === undefined) return undefined;
  const word = words.find((each) => each === found.value);
  if (word !== undefined) return word;
  throw new LockstepError('BAD_OPTION', [found.by, `must be one of ${words.join(', ')}`]);
}
