import type { Derivation } from '../../policy/policy.ts';
import type { UrlTemplate } from '../../policy/template/template.ts';
import type { Plaintext } from '../../secret/sensitive.ts';
import type { ConnectionString } from '../../value/uri/connection.ts';
import { namedSystem, readScheme } from '../../value/uri/dialect.ts';
import { readConnection } from '../../value/uri/read.ts';
import { isAdded } from '../evaluation/added-key.ts';
import { type Evaluation, keyByName, type ManagedKey } from '../evaluation/evaluation.ts';
import { factsByKey } from '../evaluation/facts-by-key.ts';
import { systemFromOtherKeys } from '../evaluation/foreign-system.ts';
import { MAX_TEXT_BYTES } from '../evaluation/input-artifact.ts';
import { parsedConnection } from '../evaluation/parsed-connection.ts';
import { templateToFollow } from './account.ts';
import { invalidBaseKeys } from './base-key-check.ts';
import { comparedNames, otherUser } from './corrections.ts';
import { isServerUnusable } from './kept-parts.ts';
import { otherLogin } from './other-login.ts';
import type { DerivationPlan } from './plan.ts';
import { expectedPart, isBound } from './render.ts';
import { isMisspelledScheme, isPasswordForUser, isSystemOpen, isWebAddress } from './url-form.ts';
import { piecesOfList, planList } from './url-list.ts';
import { planUrlUpdate } from './url-update.ts';
import { planExactValue, planWholeValue } from './whole-value.ts';

/** The plan for a key. The kind is `leave` for a key that is not derived, and for one whose value would not change. */
export function derivationPlan(
  evaluation: Evaluation,
  { key, entry: { derive, format } }: ManagedKey,
): DerivationPlan {
  if (derive === undefined) return { kind: 'leave' };
  return knownPlan(evaluation, key, () => {
    const plan = computePlan(evaluation, key, derive, format === 'uri');
    return plan.kind === 'write' && plan.value.equals(evaluation.data.get(key)) ? { kind: 'leave' } : plan;
  });
}

const knownPlan = factsByKey<DerivationPlan>();

function computePlan(
  evaluation: Evaluation,
  key: string,
  derive: Derivation,
  mustBeUrl: boolean,
): DerivationPlan {
  const value = evaluation.data.get(key);
  if (value === undefined || value.isEmpty) {
    if (!isAdded(evaluation.data, key, derive)) return { kind: 'unwanted' };
    return planWholeValue(evaluation, derive, 'derived');
  }
  return value.withPlaintext((plain) => {
    const { template, exact } = derive;
    if (exact || template.url === undefined) return planExactValue(evaluation, derive);
    const isReadable = value.size <= MAX_TEXT_BYTES;
    const planOf = (one: Plaintext): DerivationPlan =>
      planUrl(evaluation, { key, derive, mustBeUrl }, one, isReadable);
    const pieces = isReadable ? piecesOfList(plain.text ?? '') : [];
    return pieces.length > 1
      ? planList(pieces, (text) => planOf({ ...plain, text, parsed: undefined }))
      : planOf(plain);
  });
}

interface DerivedKey {
  readonly key: string;
  readonly derive: Derivation;
  readonly mustBeUrl: boolean;
}

function planUrl(
  evaluation: Evaluation,
  { key, derive, mustBeUrl }: DerivedKey,
  plain: Plaintext,
  isReadable: boolean,
): DerivationPlan {
  const { text } = plain;
  const url = derive.template.url!;
  const connection =
    isReadable && text !== undefined ? connectionIn(evaluation, url, plain, text) : undefined;
  if (text !== undefined && isWebAddress(text, connection, derive) && hasPassword(evaluation, url))
    return planWholeValue(evaluation, derive, 'invalid-uri', text);
  const system = isSystemOpen(text ?? '', connection, derive, url)
    ? url.system
    : (connection?.system ?? namedSystem(text ?? '') ?? url.system);
  const otherKeysSystem = systemFromOtherKeys(evaluation.data, url, (name) => keyByName(evaluation, name));
  if (otherKeysSystem !== undefined) return { kind: 'foreign' };
  const isMisspelled = url.system === 'postgres' && isMisspelledScheme(text ?? '', system);
  if (system !== url.system && !isMisspelled) return { kind: 'foreign' };
  if (text === undefined || connection === undefined)
    return mustBeUrl || url.system === 'postgres' || readScheme(text ?? '')?.system === url.system
      ? planWholeValue(evaluation, derive, 'invalid-uri', text)
      : { kind: 'unreadable' };
  // `mssql+pyodbc:///?odbc_connect=…` has the whole login in one parameter.
  if (connection.params.has('odbc_connect')) return { kind: 'foreign' };
  const isOpen = derive.bind === 'Password' || isPasswordOf(evaluation, url, connection);
  if (isPasswordForUser(connection) && isOpen) return { kind: 'foreign' };
  const followed = templateToFollow(evaluation, derive, url, connection);
  const foreign =
    followed === undefined
      ? otherUser(evaluation, derive, url, connection)
      : otherLogin(evaluation, derive, key, followed, connection);
  const isForeign = followed === undefined || foreign !== undefined;
  if (isMisspelled || isServerUnusable(connection))
    return isForeign ? { kind: 'unreadable' } : planWholeValue(evaluation, derive, 'invalid-uri', text);
  return isForeign
    ? { kind: 'foreign', noted: foreign ?? [] }
    : planUrlUpdate(evaluation, key, derive, followed, text, connection);
}

/** Whether an invalid base key kept a part of the URL from being compared. */
export function isComparedInPart(evaluation: Evaluation, managedKey: ManagedKey): boolean {
  const plan = derivationPlan(evaluation, managedKey);
  const { derive } = managedKey.entry;
  if (plan.kind !== 'leave' || plan.compared === undefined || derive === undefined) return false;
  return invalidBaseKeys(evaluation, comparedNames(evaluation, plan.compared, derive)).length > 0;
}

/** The user of the URL is the password that its base key has. */
const isPasswordOf = (evaluation: Evaluation, { parts }: UrlTemplate, { user }: ConnectionString): boolean =>
  expectedPart(evaluation, parts.get('password') ?? []) === user?.value;

const hasPassword = (evaluation: Evaluation, url: UrlTemplate): boolean =>
  url.system === 'postgres' && isBound(evaluation, url.parts.get('password') ?? []);

/** The true password is known to the parser, so that it recognises a raw copy of it. */
function connectionIn(
  evaluation: Evaluation,
  url: UrlTemplate,
  plain: Plaintext,
  text: string,
): ConnectionString | undefined {
  const expression = url.parts.get('password');
  const password = expression && expectedPart(evaluation, expression);
  return password === undefined || !text.includes(password)
    ? parsedConnection(plain)
    : readConnection(text, { password });
}
