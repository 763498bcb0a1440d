import type { Derivation } from '../../policy/policy.ts';
import { referencesOf, type UrlTemplate } from '../../policy/template/template.ts';
import { Sensitive } from '../../secret/sensitive.ts';
import type { ConnectionString, PartName } from '../../value/uri/connection.ts';
import { rewriteConnection } from '../../value/uri/rewrite/rewrite.ts';
import { type Evaluation, isModified, keyByName, valueByName } from '../evaluation/evaluation.ts';
import { type Correction, differencesOf, wantedParts } from './corrections.ts';
import type { DerivationPlan, LostPassword } from './plan.ts';
import { expectedPart, isBound } from './render.ts';
import { serverAdditions } from './server-parts.ts';
import { isPasswordForUser } from './url-form.ts';
import { planWholeValue } from './whole-value.ts';

/** The plan for a URL of the account that its base keys are: the parts that differ are rewritten. */
export function planUrlUpdate(
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
  if (added.length === 0 && (corrections.length === 0 || isOtherServer(connection, noted)))
    return { kind: 'leave', compared: url, noted };

  const differing = corrections.filter(({ encodingOnly }) => !encodingOnly);
  const isMoved = hasPasswordForUser(evaluation, url, connection);
  const present = isMoved ? { password: connection.user } : connection;
  const lost = lostPassword(evaluation, key, differing, url, present);
  const changes = { ...additions, ...wantedParts(corrections, url) };
  if (isMoved) changes.user = '';
  const rewritten = rewriteConnection(readable, connection, changes);
  if (rewritten === undefined) {
    const isReplaced = derive.bind === 'All' && (connection.form === 'url' || url.system === 'postgres');
    const whole = isReplaced ? planWholeValue(evaluation, derive, 'mismatch', text) : undefined;
    if (whole === undefined) return { kind: 'unreadable' };
    return whole.kind === 'write' ? { ...whole, lost } : whole;
  }
  const reason = differing.length > 0 ? 'mismatch' : corrections.length > 0 ? 'unescaped-uri' : 'invalid-uri';
  const named = differing.length > 0 ? differing : corrections;
  const written = reason === 'mismatch' ? Object.keys(additions) : [];
  const defaults = written.filter((part) => basesOfParts(evaluation, url, [part]).length === 0);
  const following = written.filter((part) => !defaults.includes(part));
  return {
    kind: 'write',
    value: Sensitive.fromText(rewritten),
    reason,
    parts: corrections.length > 0 ? [...new Set([...named.map(({ part }) => part), ...following])] : added,
    bases: [
      ...new Set([...named.flatMap(({ bases }) => bases), ...basesOfParts(evaluation, url, following)]),
    ],
    defaults,
    lost,
    noted,
  };
}

/** The password of the base key is for the server that another base key names. */
const isOtherServer = ({ host, password }: ConnectionString, noted: readonly Correction[]): boolean =>
  host !== undefined && password === undefined && noted.some(({ part }) => part === 'host');

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
