import type { Derivation } from '../../policy/policy.ts';
import { referencesOf, type TemplateExpression, type UrlTemplate } from '../../policy/template/template.ts';
import { systemNamed } from '../../value/systems/systems.ts';
import type { ConnectionString, PartName } from '../../value/uri/connection.ts';
import { withoutBrackets } from '../../value/uri/encode.ts';
import { type Evaluation, isModified } from '../evaluation/evaluation.ts';
import { isUserOfTenant } from './account.ts';
import { isInvalidBaseKey } from './base-key-check.ts';
import { isOtherDatabase, isSameHost, keepsDatabase, keepsPort, keepsServer, portsOf } from './kept-parts.ts';
import type { Difference } from './plan.ts';
import { basesOf, expectedPart, isBound } from './render.ts';
import { isServerOfTeam } from './server-parts.ts';
import { isFilled } from './url-form.ts';

/** The expected value of one part of the URL, and the reason. */
export interface Correction extends Difference {
  readonly wanted: string;
  /** The value is correct, but its encoding is not. */
  readonly encodingOnly: boolean;
  /** A correction could end the login, so lockstep only warns. */
  readonly stays?: boolean;
}

/** The differences between a URL and its template. The values of invalid base keys are not compared. */
export interface Differences {
  /** In bound parts: lockstep corrects them. */
  readonly corrections: readonly Correction[];
  /** In other parts: lockstep only warns of them. */
  readonly noted: readonly Correction[];
}

export function differencesOf(
  evaluation: Evaluation,
  derive: Derivation,
  url: UrlTemplate,
  connection: ConnectionString,
): Differences {
  const corrections: Correction[] = [];
  const noted: Correction[] = [];
  const add = (part: string, differenceWhen: (isBound: boolean) => Correction | undefined): void => {
    const binding = bindingOf(derive, part);
    const found = binding === 'free' ? undefined : differenceWhen(binding === 'bound');
    if (found === undefined) return;
    if (binding === 'bound' && found.stays !== true) corrections.push(found);
    else if (!found.encodingOnly) noted.push(found);
  };
  for (const [part, expression] of url.parts)
    add(part, (isBound) =>
      derive.bind === 'Password' && part === 'user' && isUserOfTenant(evaluation, expression, connection)
        ? undefined
        : partDifference(evaluation, url, part, expression, connection, isBound),
    );
  for (const [part, expression] of url.params)
    add(part, () => paramDifference(evaluation, part, expression, connection));
  return { corrections, noted };
}

/** The user of a URL that belongs to another account, if a base key names a user. */
export function otherUser(
  evaluation: Evaluation,
  derive: Derivation,
  { parts }: UrlTemplate,
  { user }: ConnectionString,
): readonly Difference[] {
  const expression = parts.get('user');
  if (derive.otherUser === 'Keep' || user === undefined || expression === undefined) return [];
  const wanted = isBound(evaluation, expression) ? expectedPart(evaluation, expression) : undefined;
  if (wanted === undefined || wanted === user.value) return [];
  const bases = basesOf(evaluation, expression);
  if (bases.some((base) => isInvalidBaseKey(evaluation, base))) return [];
  return [{ part: 'user', bases }];
}

/** Names of the base keys of the compared parts. */
export function comparedNames(
  evaluation: Evaluation,
  url: UrlTemplate,
  derive: Derivation,
): readonly string[] {
  const expressions = [...(url.parts as ReadonlyMap<string, TemplateExpression>)]
    .concat([...url.params])
    .filter(([part]) => bindingOf(derive, part) === 'bound')
    .map(([, expression]) => expression);
  return expressions
    .filter((expression) => isBound(evaluation, expression))
    .flatMap((expression) => referencesOf(expression).map(({ name }) => name));
}

/** Only a part that differs is asked why it may: nearly every part agrees. */
function partDifference(
  evaluation: Evaluation,
  url: UrlTemplate,
  part: PartName,
  expression: TemplateExpression,
  connection: ConnectionString,
  isCorrected: boolean,
): Correction | undefined {
  if (!isBound(evaluation, expression)) {
    const free = rawLogin(part, connection);
    return free === undefined ? undefined : { part, wanted: free, bases: [], encodingOnly: true };
  }
  const present = connection[part];
  const expected = expectedPart(evaluation, expression);
  if (expected === undefined) return undefined;
  const wanted = part === 'host' ? withoutBrackets(expected) : expected;
  const bases = basesOf(evaluation, expression);
  const isSpellingOf = part === 'host' && !(isCorrected && bases.some((base) => isEdited(evaluation, base)));
  const agrees =
    present !== undefined &&
    (present.value === wanted || (isSpellingOf && isSameHost(evaluation, present.value, wanted)));
  if (agrees && (present.portable || (part === 'database' && connection.system !== 'postgres')))
    return undefined;
  const isServerPart = part === 'host' || part === 'port';
  if (isServerPart && isCorrected && isServerOfTeam(evaluation, url, connection)) return undefined;
  if (part === 'port' && !isCorrected && keepsServer(connection)) return undefined;
  // A URL without a database names no other one.
  if (part === 'database' && !isCorrected && present === undefined) return undefined;
  if (isImplied(part, wanted, connection)) return undefined;
  const stays = !agrees && part === 'database' && keepsDatabase(connection);
  if (stays && !(isCorrected && isOtherDatabase(connection))) return undefined;
  if (!agrees && part === 'port' && keepsPort(connection, wanted)) return undefined;
  if (bases.some((base) => isInvalidBaseKey(evaluation, base))) return undefined;
  return { part, wanted, bases, encodingOnly: agrees && present.conflicts !== true, stays };
}

/** A user or password with a delimiter in it. libpq ends it at the first one, and other drivers at the last `@`. */
function rawLogin(part: PartName, connection: ConnectionString): string | undefined {
  const { value = '', portable = true, conflicts = false } = connection[part] ?? {};
  const isLogin = part === 'user' || part === 'password';
  const isInUrl = connection.system === 'postgres' && connection.form === 'url';
  const isRaw = isLogin && isInUrl && !portable && !conflicts && /[@/?#]/.test(value) && isFilled(value);
  return isRaw ? value : undefined;
}

/** An update has written the base key again, and the URL follows the spelling. A certificate can hold only one. */
const isEdited = (evaluation: Evaluation, base: string): boolean =>
  evaluation.request.old !== undefined && isModified(evaluation, base);

/**
 * An absent part can be correct. It may be the default port. In a JDBC, R2DBC, ADO or PDO string the program may get
 * the credentials from other keys, and in a keyword string from a file.
 */
function isImplied(part: PartName, wanted: string, connection: ConnectionString): boolean {
  if (connection[part] !== undefined) return false;
  if (part === 'port') return portsOf(connection).includes(wanted) || keepsPort(connection, wanted);
  const { user, database } = systemNamed(connection.system);
  if (part === 'database' && (wanted === database || keepsDatabase(connection))) return true;
  if (part === 'user' && wanted === user && connection.form === 'url') return true;
  if (part !== 'user' && part !== 'password') return false;
  if (hasOtherProof(connection)) return true;
  if (connection.form === 'keyword' && connection.scheme === '')
    return PASSWORD_SOURCES.some((name) => connection.params.has(name));
  return connection.form !== 'url' || /^r2dbc:/i.test(connection.scheme);
}

/** The driver proves the user by a certificate, a ticket, or the keys of a cloud, and refuses a password. */
function hasOtherProof({ params }: ConnectionString): boolean {
  for (const [name, { value }] of params)
    if (/^auth_?mechanism$/i.test(name) && /^(?:mongodb-.+|gssapi|external)$/i.test(value)) return true;
  return false;
}

/** Parameters of libpq that name another place for the login. */
const PASSWORD_SOURCES = ['service', 'passfile', 'sslcert', 'sslkey'];

function paramDifference(
  evaluation: Evaluation,
  part: string,
  expression: TemplateExpression,
  connection: ConnectionString,
): Correction | undefined {
  const wanted = isBound(evaluation, expression) ? expectedPart(evaluation, expression) : undefined;
  if (wanted === undefined || connection.params.get(part)?.value === wanted) return undefined;
  const bases = basesOf(evaluation, expression);
  if (bases.some((base) => isInvalidBaseKey(evaluation, base))) return undefined;
  return { part, wanted, bases, encodingOnly: false };
}

export function wantedParts(corrections: readonly Correction[], url: UrlTemplate) {
  const params = new Map<string, string>();
  const parts: Partial<Record<PartName, string>> = {};
  for (const { part, wanted } of corrections) {
    if (url.parts.has(part as PartName)) parts[part as PartName] = wanted;
    else params.set(part, wanted);
  }
  return { ...parts, params };
}

/**
 * The relation of a part of a URL to its base key. A `bound` part follows the key. A `noted` part that differs is only
 * a warning. A `free` part is the team's choice.
 */
type PartBinding = 'bound' | 'noted' | 'free';

/** `account.ts` decides which account the user and the password follow. Parameters are parts too. */
function bindingOf({ free, bind }: Pick<Derivation, 'free' | 'bind'>, part: string): PartBinding {
  if (free.has(part)) return 'free';
  return bind === 'All' || part === 'user' || part === 'password' ? 'bound' : 'noted';
}
