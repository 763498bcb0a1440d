import type { RuleId } from '../../finding/finding.ts';
import type { Derivation } from '../../policy/policy.ts';
import { referencesOf, type TemplateExpression, type UrlTemplate } from '../../policy/template.ts';
import { nearestNames } from '../../secret/nearest.ts';
import { MAX_SECRET_BYTES } from '../../secret/secret.ts';
import { type Plaintext, Sensitive } from '../../secret/sensitive.ts';
import type { ConnectionString, PartName } from '../../uri/connection.ts';
import { namedSystem, readScheme } from '../../uri/dialect.ts';
import { isReadAlike, readConnection } from '../../uri/read.ts';
import { rewrite } from '../../uri/rewrite/rewrite.ts';
import { invalidBaseKeys, MAX_TEXT_BYTES } from '../base-key-check.ts';
import { type Evaluation, isModified, keyByName, type ManagedKey, valueByName } from '../evaluation.ts';
import { factsByKey } from '../facts-by-key.ts';
import { parsedConnection, rewrittenValue } from '../parsed-connection.ts';
import { templateToFollow } from './account.ts';
import { isAdded } from './added-key.ts';
import { type Correction, comparedNames, differencesOf, otherUser, wantedParts } from './corrections.ts';
import { hasKeysOfOtherSystem, systemFromOtherKeys } from './foreign-system.ts';
import { isServerUnusable } from './kept-parts.ts';
import { expectedPart, isBound, renderWhole, type UnquotableKeys, unquotableKeys } from './render.ts';
import { serverAdditions } from './server-parts.ts';

/** The plan for one derived key. `decide/derive.ts` executes it, and the rules report it. */
export type DerivationPlan =
  /**
   * The key agrees, or the Secret holds no value to compare it with. `compared` is the template that a URL agrees with,
   * as far as its base keys are valid.
   */
  | { readonly kind: 'leave'; readonly compared?: UrlTemplate; readonly noted?: readonly Correction[] }
  /** A URL of another system or account, or next to the login of another system, is not lockstep's concern. */
  | { readonly kind: 'foreign'; readonly noted?: readonly Correction[] }
  /** The value is no URL, and may be right in another form that the system knows. */
  | { readonly kind: 'unreadable' }
  /** The key is absent, and the policy does not add it to this Secret. */
  | { readonly kind: 'unwanted' }
  /** These base keys are invalid, so nothing may be derived from them. */
  | { readonly kind: 'blocked'; readonly by: readonly string[] }
  /** These base keys are missing. */
  | { readonly kind: 'underivable'; readonly missing: readonly string[] }
  /** These base keys hold a character that the template can't quote. */
  | ({ readonly kind: 'unquotable' } & UnquotableKeys)
  /** The value would be larger than any Secret. */
  | { readonly kind: 'outsized' }
  | DerivationWrite;

export interface DerivationWrite {
  readonly kind: 'write';
  readonly value: Sensitive;
  readonly reason: DerivationReason;
  /** Names of the URL's parts that differed, and of the base keys that they now follow. */
  readonly parts: readonly string[];
  readonly bases: readonly string[];
  /** The password of the URL, if it is lost: it is neither the present nor an earlier one of its base key. */
  readonly lost: LostPassword | undefined;
  /** Differences that stay in the URL. */
  readonly noted?: readonly Correction[];
}

interface LostPassword {
  readonly base: string;
  /** This request typed it into the URL only. */
  readonly isTyped: boolean;
}

type DerivationReason = Extract<RuleId, 'mismatch' | 'invalid-uri' | 'unescaped-uri'> | 'derived';

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
    const { text } = plain;
    const usable = text !== undefined && value.size <= MAX_TEXT_BYTES;
    const url = derive.template.url;
    if (derive.exact || url === undefined) return planExactValue(evaluation, derive);
    const connection = usable ? connectionIn(evaluation, url, plain, text) : undefined;
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
    if (isMisspelled || isServerUnusable(connection))
      return followed === undefined
        ? { kind: 'unreadable' }
        : planWholeValue(evaluation, derive, 'invalid-uri', text);
    return followed === undefined
      ? { kind: 'foreign', noted: otherUser(evaluation, derive, url, connection) }
      : planUrlUpdate(evaluation, key, derive, followed, text, connection);
  });
}

/**
 * `Server=db;User Id=app;Password=…` can be read by the drivers of several systems. With `bind: All` it is a string of
 * Npgsql, unless it has a word that only other drivers know.
 */
const isSystemOpen = (
  text: string,
  connection: ConnectionString | undefined,
  { bind }: Derivation,
  { system }: UrlTemplate,
): boolean =>
  connection?.isSystemGuessed === true &&
  (system === 'mysql' || (system === 'postgres' && bind === 'All' && !NOT_OF_NPGSQL.test(text)));

const NOT_OF_NPGSQL =
  /(?:^|;) *(?:data ?source|initial catalog|(?:network )?addr(?:ess)?|trusted_connection|integrated security|trustservercertificate|encrypt|driver|dsn) *=|= *tcp:|, *\d+ *(?:;|$)|\\/i;

/** `redis://password@host`: some clients of Redis read the user as the password. */
const isPasswordForUser = ({ system, user, password }: ConnectionString): boolean =>
  system === 'redis' && user !== undefined && password === undefined;

/** The user of the URL is the password that its base key has. */
const isPasswordOf = (evaluation: Evaluation, { parts }: UrlTemplate, { user }: ConnectionString): boolean =>
  expectedPart(evaluation, parts.get('password') ?? []) === user?.value;

/**
 * `http://app:secret@db:5432/app`. An https address without a login may be the API of a hosted database. With
 * `bind: All`, the base keys name the server, so it is none.
 */
const isWebAddress = (
  text: string,
  connection: ConnectionString | undefined,
  { bind }: Derivation,
): boolean =>
  (text[0] === 'h' || text[0] === 'H') &&
  (/^http:\/\//i.test(text) ||
    ((bind === 'All' || connection?.password !== undefined) && /^https:\/\//i.test(text)));

/** No driver reads `postgre://` or `jdbc:postgres:`. */
const isMisspelledScheme = (text: string, system: string): boolean =>
  (system !== 'postgres' || text[4] === ':') &&
  (/^jdbc:postgres:/i.test(text) ||
    (/^p\w{5}/.test(system) &&
      system !== 'postgres' &&
      nearestNames(system, ['postgres', 'postgresql']).length > 0));

/** The Secret holds the password of the URL. */
const hasPassword = (evaluation: Evaluation, url: UrlTemplate): boolean =>
  url.system === 'postgres' && isBound(evaluation, url.parts.get('password') ?? []);

function planWholeValue(
  evaluation: Evaluation,
  derive: Derivation,
  reason: DerivationReason,
  replaced = '',
): DerivationPlan {
  const names = derive.template.references.map(({ name }) => name);
  const by = invalidBaseKeys(evaluation, names);
  if (by.length > 0) return { kind: 'blocked', by };
  const { url } = derive.template;
  const keyOf = (name: string): string => keyByName(evaluation, name);
  if (url !== undefined && hasKeysOfOtherSystem(evaluation.data, url, keyOf)) return { kind: 'unwanted' };
  const missing = missingReferences(evaluation, derive.template.whole);
  if (missing.length > 0) return { kind: 'underivable', missing };
  if (sizeOf(evaluation, derive.template.whole) > MAX_SECRET_BYTES) return { kind: 'outsized' };
  const unquotable = unquotableKeys(evaluation, derive.template);
  if (unquotable !== undefined) return { kind: 'unquotable', ...unquotable };
  const value = Sensitive.fromText(renderWhole(evaluation, derive.template, replaced));
  const bases = names.filter((name) => valueByName(evaluation, name) !== undefined);
  const keys = [...new Set(bases.map((name) => keyByName(evaluation, name)))];
  return { kind: 'write', value, reason, parts: [], bases: keys, lost: undefined };
}

/** The size in bytes, computed without rendering: a template can name a large value 64 times. */
function sizeOf(evaluation: Evaluation, expression: TemplateExpression): number {
  const sizes = expression.map((piece) =>
    typeof piece === 'string'
      ? piece.length
      : (valueByName(evaluation, piece.name)?.size ?? piece.fallback?.length ?? 0),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The names in the expression that the Secret lacks and that have no default. */
function missingReferences(evaluation: Evaluation, expression: TemplateExpression): readonly string[] {
  const missing = referencesOf(expression).filter(
    ({ name, fallback }) => fallback === undefined && valueByName(evaluation, name) === undefined,
  );
  return [...new Set(missing.map(({ name }) => keyByName(evaluation, name)))];
}

function planExactValue(evaluation: Evaluation, derive: Derivation): DerivationPlan {
  const whole = planWholeValue(evaluation, derive, 'mismatch');
  return whole.kind === 'underivable' ? { kind: 'leave' } : whole;
}

/** Whether an invalid base key kept a part of the URL from being compared. */
export function isComparedInPart(evaluation: Evaluation, managedKey: ManagedKey): boolean {
  const plan = derivationPlan(evaluation, managedKey);
  const { derive } = managedKey.entry;
  if (plan.kind !== 'leave' || plan.compared === undefined || derive === undefined) return false;
  return invalidBaseKeys(evaluation, comparedNames(evaluation, plan.compared, derive)).length > 0;
}

/** The true password is known to the parser, so that it recognises a raw copy of it. */
function connectionIn(
  evaluation: Evaluation,
  url: UrlTemplate,
  plain: Plaintext,
  text: string,
): ConnectionString | undefined {
  const expression = url.parts.get('password');
  const password = expression && expectedPart(evaluation, expression);
  const connection = parsedConnection(plain);
  return password === undefined || isReadAlike(text, connection, password)
    ? connection
    : readConnection(text, { password });
}

function planUrlUpdate(
  evaluation: Evaluation,
  key: string,
  derive: Derivation,
  url: UrlTemplate,
  text: string,
  connection: ConnectionString,
): DerivationPlan {
  const isNpgsql = connection.isSystemGuessed === true && url.system === 'postgres';
  const read = isNpgsql ? { ...connection, system: url.system } : connection;
  const differences = differencesOf(evaluation, derive, url, read);
  const corrections = placeable(differences.corrections, read);
  const noted = placeable(differences.noted, read);
  const additions = serverAdditions(evaluation, url, connection);
  const readable = withLowerCaseScheme(text, connection);
  const added = readable === text ? Object.keys(additions) : ['scheme', ...Object.keys(additions)];
  if (corrections.length === 0 && added.length === 0) return { kind: 'leave', compared: url, noted };

  const differing = corrections.filter(({ encodingOnly }) => !encodingOnly);
  const isMoved = hasPasswordForUser(evaluation, url, connection);
  const present = isMoved ? { password: connection.user } : connection;
  const lost = lostPassword(evaluation, key, differing, url, present);
  const changes = { ...additions, ...wantedParts(corrections, url) };
  if (isMoved) changes.user = '';
  const rewritten = rewrite(readable, connection, changes);
  if (rewritten === undefined) {
    const isReplaced = derive.bind === 'All' && (connection.form === 'url' || url.system === 'postgres');
    const whole = isReplaced ? planWholeValue(evaluation, derive, 'mismatch', text) : undefined;
    if (whole === undefined) return { kind: 'unreadable' };
    return whole.kind === 'write' ? { ...whole, lost } : whole;
  }
  const reason = differing.length > 0 ? 'mismatch' : corrections.length > 0 ? 'unescaped-uri' : 'invalid-uri';
  const named = differing.length > 0 ? differing : corrections;
  const written = reason === 'mismatch' ? Object.keys(additions) : [];
  return {
    kind: 'write',
    value: rewrittenValue(rewritten),
    reason,
    parts: corrections.length > 0 ? [...new Set([...named.map(({ part }) => part), ...written])] : added,
    bases: [...new Set([...named.flatMap(({ bases }) => bases), ...basesOfParts(evaluation, url, written)])],
    lost,
    noted,
  };
}

/** `redis://password@host`, and no base key names a user. */
const hasPasswordForUser = (evaluation: Evaluation, { parts }: UrlTemplate, one: ConnectionString): boolean =>
  isPasswordForUser(one) &&
  one.layout.authority?.user !== undefined &&
  !isBound(evaluation, parts.get('user') ?? []);

/** The base keys of these parts that the Secret holds. */
const basesOfParts = (evaluation: Evaluation, { parts }: UrlTemplate, names: readonly string[]) =>
  names
    .flatMap((part) => referencesOf(parts.get(part as PartName) ?? []))
    .filter(({ name }) => valueByName(evaluation, name) !== undefined)
    .map(({ name }) => keyByName(evaluation, name));

/** SqlClient and ODBC have no word for a port: it is part of the server, or absent. */
const placeable = (
  corrections: readonly Correction[],
  { form, system, port }: ConnectionString,
): readonly Correction[] =>
  form === 'ado' && system === 'sqlserver' && port === undefined
    ? corrections.filter(({ part }) => part !== 'port')
    : corrections;

/** libpq reads `POSTGRESQL://` as the name of a database. */
function withLowerCaseScheme(text: string, { system, scheme }: ConnectionString): string {
  const lowerCase = scheme.toLowerCase();
  return system !== 'postgres' || lowerCase === scheme ? text : lowerCase + text.slice(scheme.length);
}

/** A stored URL with another password than its base key may be the one that works. */
function lostPassword(
  evaluation: Evaluation,
  key: string,
  differing: readonly Correction[],
  { parts }: UrlTemplate,
  { password }: Pick<ConnectionString, 'password'>,
): LostPassword | undefined {
  const [base, ...others] = differing.find(({ part }) => part === 'password')?.bases ?? [];
  if (base === undefined || password === undefined || password.value === '') return undefined;
  const { old, earlierData = [] } = evaluation.request;
  const isBaseKept = old === undefined || ![base, ...others].some((one) => isModified(evaluation, one));
  if (isModified(evaluation, key) && isBaseKept) return { base, isTyped: true };
  const expression = parts.get('password') ?? [];
  const earlier = old === undefined ? earlierData : [old.data, ...earlierData];
  const isKnown = earlier.some((data) => expectedPart(evaluation, expression, data) === password.value);
  return isKnown ? undefined : { base, isTyped: false };
}
