import { isIP } from 'node:net';
import type { Network } from '../engine/login/server/target.ts';
import { isNamespaceName, nearestNamespaceName } from '../engine/secret/kubernetes/name.ts';
import { nearestNames } from '../engine/secret/nearest.ts';
import { LockstepError } from '../errors/errors.ts';
import type { Environment } from './variables.ts';

/** An option of the command line. `variable` is read if the flag is absent. */
export interface PodOption {
  readonly flags: string;
  readonly name: string;
  readonly variable: `LOCKSTEP_${string}`;
  /** A few words, because the help fits one screen. The default is in brackets at its end. */
  readonly description: string;
  /** The words of the reference and the man page, if they are others. */
  readonly meaning?: string;
}

const variableOf = (name: string): PodOption['variable'] =>
  `LOCKSTEP_${name.replaceAll('-', '_').toUpperCase()}`;

export const podOption = (
  flags: string,
  description: string,
  { meaning, variable }: Partial<Pick<PodOption, 'meaning' | 'variable'>> = {},
): PodOption => {
  const name = flags.slice(2).split(' ', 1)[0] ?? '';
  return { flags, name, variable: variable ?? variableOf(name), description, ...(meaning && { meaning }) };
};

export type Flags = ReadonlyMap<string, string | readonly string[]>;

/** Options by name, from the command line or else the environment. */
export interface OptionReader {
  readonly one: (name: string) => OptionValue | undefined;
  readonly list: (name: string, separator: RegExp) => readonly string[];
}

export function optionReader(options: readonly PodOption[], flags: Flags, env: Environment): OptionReader {
  const one = (name: string): OptionValue | undefined => optionValue(name, options, flags, env);
  return { one, list: (name, separator) => listOf(one(name), separator) };
}

/** A value and the name by which the user gave its option, for the error message. */
interface OptionValue {
  readonly source: string;
  readonly value: string | readonly string[];
}

function optionValue(
  name: string,
  options: readonly PodOption[],
  flags: Flags,
  env: Environment,
): OptionValue | undefined {
  const flag = flags.get(name);
  if (flag !== undefined) return { source: `--${name}`, value: flag };
  const variable = options.find((each) => each.name === name)?.variable;
  const value = variable && env[variable];
  return variable === undefined || !value ? undefined : { source: variable, value };
}

/**
 * `localhost` means one address: fastify would open a second server for the other family, which would not get a
 * renewed certificate.
 */
export function hostOf(given: OptionValue | undefined, inPod: boolean): string {
  const host = textOf(given) ?? (inPod ? '::' : '127.0.0.1');
  return host === 'localhost' ? '127.0.0.1' : host;
}

export function textOf(given: OptionValue | undefined): string | undefined {
  return given === undefined ? undefined : String(given.value);
}

/** A flag is split at commas only: a path given by a flag may hold a colon. */
function listOf(given: OptionValue | undefined, separator: RegExp): readonly string[] {
  if (given === undefined) return [];
  const pieces =
    typeof given.value === 'string'
      ? given.value.split(separator)
      : given.value.flatMap((each) => each.split(','));
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== '');
}

export function integerOf(given: OptionValue | undefined, fallback: number, max: number, min = 0): number {
  if (given === undefined) return fallback;
  const text = String(given.value);
  if (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
  const requirement = `must be a whole number from ${min} to ${max}`;
  throw new LockstepError('BAD_OPTION', [
    given.source,
    `${requirement}, not ${text}${/^\d+$/.test(text) ? `: did you mean ${Number(text) > max ? max : min}?` : ''}`,
  ]);
}

export function oneOf<Word extends string>(
  given: OptionValue | undefined,
  words: readonly Word[],
): Word | undefined {
  if (given === undefined) return undefined;
  const word = words.find((each) => each === given.value);
  if (word !== undefined) return word;
  const [nearest] = nearestNames(String(given.value), words);
  const suggestion = nearest === undefined ? '' : `: did you mean ${nearest}?`;
  throw new LockstepError('BAD_OPTION', [given.source, `must be one of ${words.join(', ')}${suggestion}`]);
}

/** Throws BAD_OPTION. A pattern would match no namespace, and its user would not notice. */
export function parseNamespaces(names: readonly string[], optionName: string): readonly string[] {
  const wrong = names.find((name) => !isNamespaceName(name));
  if (wrong === undefined) return names;
  const nearest = nearestNamespaceName(wrong);
  const suggestion = nearest === undefined ? '' : `: did you mean ${nearest}?`;
  throw new LockstepError('BAD_OPTION', [
    optionName,
    `must be names of namespaces, not ${wrong}${suggestion}`,
  ]);
}

/** Throws BAD_OPTION. */
export const parseNetworks = (texts: readonly string[], optionName: string): readonly Network[] =>
  texts.map((text) => parseCidr(text) ?? rejectNetwork(text, optionName));

function parseCidr(text: string): Network | undefined {
  const [, address = '', digits] = /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const maxPrefix = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  const prefix = digits === undefined ? maxPrefix : Number(digits);
  return maxPrefix === 0 || prefix > maxPrefix ? undefined : { address, prefix };
}

function rejectNetwork(text: string, optionName: string): never {
  throw new LockstepError('BAD_OPTION', [
    optionName,
    `must be networks such as 10.0.0.0/8 or fd00::/8, not ${text}`,
  ]);
}
