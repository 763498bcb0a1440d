import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import type { ValueText } from './value-text.ts';
import type { DetectorContext, PlaceholderVerdict } from './verdict.ts';
import { BEGINNINGS, EMULATORS, PUBLISHED } from './vocabulary/published-hashes.ts';

const DEFAULT: PlaceholderVerdict = { rule: 'placeholder', message: 'is a published default' };

/** Correct in a cluster for tests, and no secret of anybody. */
const EMULATOR: PlaceholderVerdict = {
  rule: 'placeholder',
  message: 'is the published key of an emulator or a playground',
  maxAction: 'Warn',
  advice: 'use it only where the emulator runs',
};

/** 64 bits of SHA-256: a random value equals one of a few hundred entries once in 10^17. */
const HASH_LENGTH = 16;

/** Values that look like secrets and are published in documentation, images and tutorials, by exact match. */
export function publishedValue(
  { text }: ValueText,
  { published }: DetectorContext,
): PlaceholderVerdict | undefined {
  if (published === false) return undefined;
  for (const copy of [text, hashOfUser(text), headOfKey(text)]) {
    // A hash costs more than all other checks of a random value. Few values begin like one of the list.
    if (copy === undefined || !BEGINNINGS.has(beginning(copy))) continue;
    const print = fingerprint(copy);
    if (EMULATORS.has(print)) return EMULATOR;
    if (PUBLISHED.has(print)) return DEFAULT;
  }
  return isExampleToken(text) ? DEFAULT : undefined;
}

/** The hash of a line of htpasswd: the user in front of it is anybody's. */
const hashOfUser = (text: string): string | undefined => /^[^:\s]{1,64}:(\$.+)$/.exec(text)?.[1];

/**
 * The first 64 bits of a long hexadecimal key. A copy of a published key often has another end.
 */
export const headOfKey = (text: string): string | undefined =>
  /^(?:0x)?[0-9a-f]{32,}$/i.test(text) ? text.toLowerCase().replace('0x', '').slice(0, 16) : undefined;

/**
 * The same for a value that need not be a secret: `minioadmin` is a correct user name, and a published access key is
 * not.
 */
export function publishedKey(value: ValueText, context: DetectorContext): PlaceholderVerdict | undefined {
  const { text } = value;
  if (text === 'minioadmin' && ACCESS_KEY.test(context.key)) return MINIO;
  return text.length >= MIN_KEY_LENGTH && /\d/.test(text) && /[A-Z]/.test(text)
    ? publishedValue(value, context)
    : undefined;
}

const ACCESS_KEY = /access[-_.]?key(?:[-_.]?id)?$/i;
const MINIO: PlaceholderVerdict = {
  rule: 'placeholder',
  message: 'is the default access key of MinIO',
  maxAction: 'Warn',
  advice: 'choose another name for the user of MinIO',
};

const MIN_KEY_LENGTH = 12;

export function fingerprint(text: string): string {
  return hash('sha256', text, 'hex').slice(0, HASH_LENGTH);
}

/** Length and first three characters. */
export function beginning(text: string): string {
  return `${text.length}${text.slice(0, 3)}`;
}

/** A JSON Web Token from a tutorial: its claims are those of jwt.io, or of Supabase's demo project. */
function isExampleToken(text: string): boolean {
  if (!text.startsWith('eyJ') && !text.startsWith('ewog')) return false;
  const claims = Buffer.from(text.split('.')[1] ?? '', 'base64url').toString('latin1');
  return /"sub"\s*:\s*"1234567890"|John Doe|supabase-demo/.test(claims);
}
