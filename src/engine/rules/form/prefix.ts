import { Buffer } from 'node:buffer';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { MAX_CHARACTER_BYTES } from '../../secret/characters.ts';
import { placeOfFix } from '../../secret/owners.ts';
import type { KeyRule, Violation } from '../rule.ts';

export const prefix: KeyRule = {
  id: 'prefix',
  meaning: 'The value does not begin with the text that the policy asks for, or a secret is this text alone.',
  example: 'STRIPE_SECRET_KEY: sk_test_… where production asks for sk_live_',
  remediation: 'Set the value for this environment, which begins with the text.',
  concerns: ({ entry }) => entry.prefix !== undefined,
  check: lacksPrefix,
};

function lacksPrefix({ data, request }: Evaluation, { key, entry }: ManagedKey): Violation | undefined {
  const { prefix: wanted, sensitive } = entry;
  if (wanted === undefined) return undefined;
  const value = data.get(key);
  if (value === undefined || value.isEmpty) return undefined;
  const start = Buffer.from(wanted, 'utf8');
  // `withBeginning` may leave out the last character.
  const hasPrefix = value.withBeginning(start.length + MAX_CHARACTER_BYTES, ({ bytes }) =>
    start.equals(bytes.subarray(0, start.length)),
  );
  const isBare = sensitive === true && value.size === start.length;
  if (hasPrefix && !isBare) return undefined;
  return {
    key,
    message: hasPrefix ? `is only the prefix "${wanted}"` : `does not begin with "${wanted}"`,
    fix: `set a value that begins with "${wanted}"${placeOfFix(request.secret)}`,
  };
}
