import type { RuleId } from '../finding/finding.ts';
import type { Derivation } from '../policy/policy.ts';
import { type Expression, referencesOf, type UrlTemplate } from '../policy/template.ts';
import { LARGEST_SECRET } from '../secret/secret.ts';
import { Sensitive } from '../secret/sensitive.ts';
import type { Connection } from '../uri/connection.ts';
import { namedSystem } from '../uri/named-system.ts';
import { readConnection } from '../uri/read.ts';
import { rewriteConnection } from '../uri/rewrite.ts';
import { LONGEST_TEXT, unfitBases } from './base-key-check.ts';
import { type Correction, correctionsOf, heldNames, serverAdditions, wantedOf } from './corrections.ts';
import { type Case, type Governed, isSet, keyNamed, valueNamed } from './evaluation.ts';
import { systemBeside } from './foreign-system.ts';
import { expectedPart, renderWhole } from './render.ts';

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

function keepInStep(
  aCase: Case,
  key: string,
  derive: Derivation,
  url: UrlTemplate,
  text: string,
  connection: Connection,
): Plan {
  const by = unfitBases(aCase, heldNames(aCase, url, derive));
  const corrections = correctionsOf(aCase, derive, url, connection, by);
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

function typedPassword(aCase: Case, key: string, differing: readonly Correction[]): string | undefined {
  const bases = differing.find(({ part }) => part === 'password')?.bases ?? [];
  const [base] = bases;
  const typed =
    isSet(aCase, key) && (aCase.request.old === undefined || !bases.some((one) => isSet(aCase, one)));
  return typed ? base : undefined;
}
