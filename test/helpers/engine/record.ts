import type { SecretData, Version } from '../../../src/engine/secret/record/record.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';

export const values = (texts: Readonly<Record<string, string | Uint8Array>>): SecretData =>
  new Map(
    Object.entries(texts).map(([key, value]) => [
      key,
      typeof value === 'string' ? Sensitive.fromText(value) : Sensitive.fromBytes(value),
    ]),
  );

/** As text; tests may look. */
export const plainValues = (
  held: SecretData | undefined,
): Readonly<Record<string, string | undefined>> | undefined =>
  held && Object.fromEntries([...held].map(([key, value]) => [key, value.withPlaintext(({ text }) => text)]));

/** Seconds after noon. */
export const at = (second: number): Date => new Date(Date.UTC(2026, 10, 25, 12, 0, second));

/** A version that `kubectl-edit` has made. */
export const aVersion = (
  number: number,
  texts: Readonly<Record<string, string>>,
  rest: Partial<Version> = {},
): Version => ({
  number,
  time: at(number),
  by: 'kubectl-edit',
  why: { kind: 'changed' },
  keys: Object.keys(texts),
  data: values(texts),
  ...rest,
});
