import { isSensitiveMember } from '../../secret/key-names/sensitive-keys.ts';
import { mayBeSecret } from '../placeholder/words/may-be-secret.ts';
import { wordsOf } from '../placeholder/words/words.ts';
import type { Member, Step } from './member.ts';

/** A deeper path shows its last steps. */
const MAX_STEPS = 6;
const MAX_NAME_LENGTH = 64;

/**
 * The place of a member: `db.password`, `auths["ghcr.io"].auth`, `receivers[0].api_url`. A name that could be a secret
 * itself (the keys of a map of tokens) is `*`. If that is the last name, the place is `line 3`. A member without a path
 * is named with its line: `line 3 (password)`.
 */
export function placeOf({ steps, name }: Pick<Member, 'steps' | 'name'>, text: string, at: number): string {
  const last = steps.at(-1);
  if (last === undefined) return `${lineAt(text, at)}${name !== '' && isShown(name, '') ? ` (${name})` : ''}`;
  if (typeof last === 'string' && !isShown(last, parentOf(steps, steps.length - 1))) return lineAt(text, at);
  const from = Math.max(0, steps.length - MAX_STEPS);
  const shown = steps.slice(from).map((step, index) => stepText(steps, from + index, step, index === 0));
  return `${from > 0 ? '…' : ''}${shown.join('')}`;
}

const lineAt = (text: string, at: number): string => `line ${text.slice(0, at).split('\n').length}`;

function stepText(steps: readonly Step[], index: number, step: Step, isFirst: boolean): string {
  if (typeof step === 'number') return `[${step}]`;
  const name = isShown(step, parentOf(steps, index)) ? step : '*';
  if (isFirst) return name;
  return /^[\w*-]+$/.test(name) ? `.${name}` : `["${name}"]`;
}

function parentOf(steps: readonly Step[], index: number): string {
  const parent = steps[index - 1];
  return typeof parent === 'string' ? parent : '';
}

/** The characters of names and hosts. */
const NAME = /^[A-Za-z_$@/.][\w.\-/:@$]*$/;

function isShown(name: string, parent: string): boolean {
  if (name.length > MAX_NAME_LENGTH || !NAME.test(name)) return false;
  if (isSensitiveMember(parent) && !isSensitiveMember(name) && !isKnown(name)) return false;
  return !name.split(/[^A-Za-z0-9]+/).some(mayBeSecret);
}

const isKnown = (name: string): boolean =>
  wordsOf(name)?.every(({ kind, whole }) => whole && kind !== 'unknown' && kind !== 'noise') === true;
