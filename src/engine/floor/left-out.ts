import { isExpired, type KeyEntry, type Policy } from '../policy/policy.ts';
import { MAX_ASCII_BYTES, MAX_CHARACTERS } from './base64.ts';

/** A requirement of a policy that the floor does not express, or not exactly. */
export interface LeftOut {
  readonly policy: string;
  /** Empty for the policy as a whole. */
  readonly key: string;
  /** The requirement and the reason, as one sentence without an end. */
  readonly what: string;
}

/** The requirements that no expression of the floor is about. */
export function leftOutOf(policy: Policy, now: Date): readonly LeftOut[] {
  const whole = wholePolicy(policy, now).map((what) => ({ policy: policy.name, key: '', what }));
  const keys = policy.keys.flatMap((entry) =>
    ofKey(entry).map((what) => ({ policy: policy.name, key: entry.name, what })),
  );
  return [...whole, ...keys];
}

function wholePolicy({ match, validations, defaultEntry, exceptions }: Policy, now: Date): readonly string[] {
  const what: string[] = [];
  if (match.server !== undefined)
    what.push(
      'Secrets that it selects by a general key such as DB_PASSWORD, and some faults of it: a value says which server it is for',
    );
  if (validations.length > 0) what.push('validations, because CEL sees the values as base64');
  if (defaultEntry !== undefined)
    what.push(
      'unnamed keys beyond the usual placeholders, values that they share, and all of them in a Secret with more than 1000 keys',
    );
  for (const exception of exceptions.filter((one) => !isExpired(one, now)))
    what.push(
      `the end of the exception ${exception.reason} on ${exception.until}, for updates: CEL has no clock, so generate the floor again`,
    );
  return what;
}

function ofKey(entry: KeyEntry): readonly string[] {
  const what: string[] = [];
  const isBase = entry.derive === undefined;
  if ((entry.when?.is ?? entry.when?.isNot) !== undefined)
    what.push('the entry, if the value that its condition compares has quotes or a line break around it');
  if (entry.recommended) what.push('recommended, because it never refuses');
  if (entry.recommendedLength !== undefined) what.push('recommendedLength, because it never refuses');
  if (entry.sensitive === true && isBase) what.push('weak values and placeholders beyond the usual ones');
  if (entry.lenient && (entry.minLength ?? entry.maxLength ?? entry.prefix ?? entry.enum) !== undefined)
    what.push('the length and the form of the value, because the key is lenient');
  if (!entry.lenient && isBase && (entry.minLength ?? 0) > MAX_CHARACTERS)
    what.push('minLength of a value with characters outside ASCII, if it has more bytes than minLength');
  if (!entry.lenient && isBase && (entry.maxLength ?? 0) >= MAX_CHARACTERS)
    what.push(
      `maxLength of a value with characters outside ASCII or more than ${MAX_ASCII_BYTES} bytes, up to four bytes for each character`,
    );
  if (entry.derive?.exact === false && entry.derive.template.url?.system === 'postgres')
    what.push('another user or database than its base keys, if the request does not set the password too');
  if (!isBase && (entry.minLength ?? entry.maxLength ?? entry.prefix ?? entry.enum) !== undefined)
    what.push('the length and the form of the value, because lockstep may derive it');
  if (entry.sensitive === true && entry.enum !== undefined)
    what.push('enum, because the floor would list the values of a sensitive key');
  if (entry.format !== undefined) what.push('format, because CEL sees the value as base64');
  if (entry.pattern !== undefined) what.push('pattern, because CEL sees the value as base64');
  if (entry.validations.length > 0) what.push('validations, because CEL sees the value as base64');
  return what;
}
