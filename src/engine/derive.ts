import { type Case, type Governed, isSet, keyNamed, valueNamed } from './case.ts';
import type { RuleId } from './finding.ts';
import { LONGEST_TEXT, unfitBases } from './fit.ts';
import { systemBeside } from './other-system.ts';
import type { Derivation } from './policy.ts';
import { expectedPart, renderWhole } from './render.ts';
import { LARGEST_SECRET } from './secret.ts';
import { Sensitive } from './sensitive.ts';
import { type Expression, referencesOf, type UrlTemplate } from './template.ts';
import type { Connection, PartName } from './uri/connection.ts';
import type { Wanted } from './uri/edit.ts';
import { namedSystem } from './uri/named-system.ts';
import { readConnection } from './uri/read.ts';
import { rewriteConnection } from './uri/rewrite.ts';

/** What is to be done about one derived key, as data: `mend` carries it out, the rules report it. */
export type Plan =
  /** It agrees, or nothing it could be compared with is held. */
  | { readonly kind: 'leave' }
  /** A URL of another system, or beside the login of one, is the team's own business. */
  | { readonly kind: 'foreign' }
  /** Absent, and the policy adds it only where other keys are held. */
  | { readonly kind: 'unwanted' }
  /** These base keys are no values that may be spread. */
  | { readonly kind: 'blocked'; readonly by: readonly string[] }
  /** These base keys are missing. */
  | { readonly kind: 'underivable'; readonly missing: readonly string[] }
  /** It would be more than any Secret holds. */
  | { readonly kind: 'outsized' }
  | Write;

export interface Write {
  readonly kind: 'write';
  readonly value: Sensitive;
  readonly reason: Reason;
  /** Names of the URL's parts that differed, and of the base keys that they now follow. */
  readonly parts: readonly string[];
  readonly bases: readonly string[];
  /** The base key to change instead, where this request typed a password into the URL alone. */
  readonly typed: string | undefined;
}

type Reason = Extract<RuleId, 'mismatch' | 'invalid-uri' | 'unescaped-uri'> | 'derived';

/** What is to be done about a derived key; a key that is not derived is left, and so is one that would be written as it is. */
export function planFor(aCase: Case, { key, entry: { derive } }: Governed): Plan {
  if (derive === undefined) return { kind: 'leave' };
  const known = plans.get(aCase)?.get(key);
  if (known !== undefined) return known;
  const plan = planOf(aCase, key, derive);
  const kept: Plan =
    plan.kind === 'write' && plan.value.equals(aCase.data.get(key)) ? { kind: 'leave' } : plan;
  if (!plans.has(aCase)) plans.set(aCase, new Map());
  plans.get(aCase)?.set(key, kept);
  return kept;
}

/** Several rules ask for one plan. */
const plans = new WeakMap<Case, Map<string, Plan>>();

function planOf(aCase: Case, key: string, derive: Derivation): Plan {
  const value = aCase.data.get(key);
  if (value === undefined || value.isEmpty) {
    if (!derive.addWith.every((name) => aCase.data.get(name)?.isEmpty === false)) return { kind: 'unwanted' };
    return writeWhole(aCase, derive, 'derived');
  }
  return value.look(({ text }) => {
    const usable = text !== undefined && value.size <= LONGEST_TEXT;
    const url = derive.template.url;
    if (derive.exact || url === undefined) return keepEqual(aCase, derive);
    const connection = usable ? readConnection(text, passwordHint(aCase, url)) : undefined;
    const system = connection?.system ?? namedSystem(text ?? '') ?? url.system;
    const beside = systemBeside(aCase.data, url, (name) => keyNamed(aCase, name));
    if (system !== url.system || beside !== undefined) return { kind: 'foreign' };
    if (text === undefined || connection === undefined) return writeWhole(aCase, derive, 'invalid-uri');
    return keepInStep(aCase, key, derive, url, text, connection);
  });
}

function writeWhole(aCase: Case, derive: Derivation, reason: Reason): Plan {
  const names = derive.template.references.map(({ name }) => name);
  const by = unfitBases(aCase, names);
  if (by.length > 0) return { kind: 'blocked', by };
  const missing = missingFrom(aCase, derive.template.whole);
  if (missing.length > 0) return { kind: 'underivable', missing };
  if (sizeOf(aCase, derive.template.whole) > LARGEST_SECRET) return { kind: 'outsized' };
  const value = Sensitive.fromText(renderWhole(aCase, derive.template));
  return { kind: 'write', value, reason, parts: [], bases: names, typed: undefined };
}

/** Bytes, found without filling it in: what a template names 64 times may be a whole Secret. */
function sizeOf(aCase: Case, expression: Expression): number {
  const sizes = expression.map((piece) =>
    typeof piece === 'string'
      ? piece.length
      : (valueNamed(aCase, piece.name)?.size ?? piece.fallback?.length ?? 0),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The names in the expression that the Secret lacks and that have no default. */
function missingFrom(aCase: Case, expression: Expression): readonly string[] {
  const missing = referencesOf(expression).filter(
    ({ name, fallback }) => fallback === undefined && valueNamed(aCase, name) === undefined,
  );
  return [...new Set(missing.map(({ name }) => keyNamed(aCase, name)))];
}

function keepEqual(aCase: Case, derive: Derivation): Plan {
  const whole = writeWhole(aCase, derive, 'mismatch');
  return whole.kind === 'underivable' ? { kind: 'leave' } : whole;
}

/** The true password, so that it is recognised where it was pasted in raw. */
function passwordHint(aCase: Case, url: UrlTemplate): { readonly password?: string } {
  const expression = url.parts.get('password');
  const password = expression === undefined ? undefined : expectedPart(aCase, expression);
  return password === undefined ? {} : { password };
}

/** What one part of the URL must be, and why. */
interface Correction {
  readonly part: string;
  readonly wanted: string;
  readonly bases: readonly string[];
  /** The value is right, its spelling is not. */
  readonly respelled: boolean;
}

function keepInStep(
  aCase: Case,
  key: string,
  derive: Derivation,
  url: UrlTemplate,
  text: string,
  connection: Connection,
): Plan {
  const by = unfitBases(aCase, heldNames(aCase, url, derive));
  const corrections = [
    ...partCorrections(aCase, url, derive, connection, by),
    ...paramCorrections(aCase, url, connection, by),
  ];
  const additions = serverAdditions(aCase, url, connection);
  const added = Object.keys(additions);
  if (corrections.length === 0 && added.length === 0)
    return by.length > 0 ? { kind: 'blocked', by } : { kind: 'leave' };

  const rewritten = rewriteConnection(text, connection, { ...additions, ...wantedOf(corrections, url) });
  if (rewritten === undefined) return writeWhole(aCase, derive, 'mismatch');
  const differing = corrections.filter(({ respelled }) => !respelled);
  const reason = differing.length > 0 ? 'mismatch' : corrections.length > 0 ? 'unescaped-uri' : 'invalid-uri';
  const named = differing.length > 0 ? differing : corrections;
  return {
    kind: 'write',
    value: Sensitive.fromText(rewritten),
    reason,
    parts: corrections.length > 0 ? named.map(({ part }) => part) : added,
    bases: [...new Set(named.flatMap(({ bases }) => bases))],
    typed: connection.password === undefined ? undefined : typedPassword(aCase, key, differing),
  };
}

/** Base keys, by their names, of the parts that are compared. */
function heldNames(aCase: Case, url: UrlTemplate, derive: Derivation): readonly string[] {
  const expressions = [...url.parts]
    .filter(([part]) => !derive.free.has(part))
    .map(([, expression]) => expression);
  return [...expressions, ...url.params.values()]
    .filter((expression) => isBound(aCase, expression))
    .flatMap((expression) => referencesOf(expression).map(({ name }) => name));
}

/** A part is bound if its template names a key that the Secret holds. */
const isBound = (aCase: Case, expression: Expression): boolean =>
  referencesOf(expression).some(({ name }) => valueNamed(aCase, name) !== undefined);

function* partCorrections(
  aCase: Case,
  url: UrlTemplate,
  derive: Derivation,
  connection: Connection,
  unfit: readonly string[],
): Generator<Correction> {
  for (const [part, expression] of url.parts) {
    const bases = basesOf(aCase, expression);
    if (derive.free.has(part) || !isBound(aCase, expression) || bases.some((base) => unfit.includes(base)))
      continue;
    const wanted = expectedPart(aCase, expression);
    if (wanted === undefined || isSilent(part, wanted, connection)) continue;
    const present = connection[part];
    const agrees = present !== undefined && sameValue(part, present.value, wanted);
    if (!agrees || !present.portable) yield { part, wanted, bases, respelled: agrees };
  }
}

const basesOf = (aCase: Case, expression: Expression): readonly string[] =>
  referencesOf(expression).map(({ name }) => keyNamed(aCase, name));

/** Host names are compared without regard to case (RFC 4343). */
function sameValue(part: PartName, present: string, wanted: string): boolean {
  return part === 'host' ? present.toLowerCase() === wanted.toLowerCase() : present === wanted;
}

/**
 * Leaving a part out may say the right thing: the port that is the default, or credentials in a JDBC, keyword or ADO string whose program takes
 * them from elsewhere.
 */
function isSilent(part: PartName, wanted: string, connection: Connection): boolean {
  if (connection[part] !== undefined) return false;
  if (part === 'port') return wanted === '5432' && connection.system === 'postgres';
  return connection.form !== 'url' && (part === 'user' || part === 'password');
}

function* paramCorrections(
  aCase: Case,
  url: UrlTemplate,
  connection: Connection,
  unfit: readonly string[],
): Generator<Correction> {
  for (const [part, expression] of url.params) {
    const bases = basesOf(aCase, expression);
    const wanted = isBound(aCase, expression) ? expectedPart(aCase, expression) : undefined;
    if (wanted === undefined || bases.some((base) => unfit.includes(base))) continue;
    if (connection.params.get(part)?.value !== wanted) yield { part, wanted, bases, respelled: false };
  }
}

/** A URL without a host gets the template's; so does one whose host or port nobody filled in, `<host>` or `${PORT}`. */
function serverAdditions(aCase: Case, url: UrlTemplate, connection: Connection): Wanted {
  const additions: Wanted = {};
  for (const part of ['host', 'port'] as const) {
    const expression = url.parts.get(part);
    const present = connection[part]?.value;
    const isUsable = present === undefined ? part === 'port' : !/[${}<>]/.test(present);
    if (expression === undefined || isUsable || connection.form !== 'url') continue;
    const wanted = expectedPart(aCase, expression);
    if (wanted !== undefined && wanted !== '') additions[part] = wanted;
  }
  return additions;
}

function wantedOf(corrections: readonly Correction[], url: UrlTemplate) {
  const params = new Map<string, string>();
  const parts: Partial<Record<PartName, string>> = {};
  for (const { part, wanted } of corrections) {
    if (url.parts.has(part as PartName)) parts[part as PartName] = wanted;
    else params.set(part, wanted);
  }
  return { ...parts, params };
}

function typedPassword(aCase: Case, key: string, differing: readonly Correction[]): string | undefined {
  const bases = differing.find(({ part }) => part === 'password')?.bases ?? [];
  const [base] = bases;
  const typed =
    isSet(aCase, key) && (aCase.request.old === undefined || !bases.some((one) => isSet(aCase, one)));
  return typed ? base : undefined;
}
