import { Buffer } from 'node:buffer';
import { GENERIC_KEY, SYSTEM_KEYS } from '../../../src/engine/policy/match/generic-login.ts';
import { matchingPolicies } from '../../../src/engine/policy/match/match.ts';
import type { Policy } from '../../../src/engine/policy/policy.ts';
import { decide, validateSecret } from '../../../src/engine/review/decide/decide.ts';
import { denies, type Finding } from '../../../src/engine/secret/finding/finding.ts';
import { plainSecret, type Request, type Secret } from '../../../src/engine/secret/secret.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { testContext } from '../engine/engine.ts';
import { applyFloor, create, evaluationErrors, findingsOfFloor } from './floor-cluster.ts';
import {
  type FloorObjectFields,
  type FloorWrite,
  floorWrites,
  NAMESPACES,
  POLICIES,
  storedSecrets,
} from './writes.ts';

export interface Soundness {
  /** The findings of the engine by their rule, and how many of them the floor has too. */
  readonly shares: ReadonlyMap<string, Share>;
  /** Refusals of the floor that the engine does not share. */
  readonly wrong: readonly string[];
  readonly refused: number;
  /** Errors of expressions that the API server counted. */
  readonly errors: readonly string[];
}

export interface Share {
  readonly all: number;
  readonly caught: number;
  /** Some of the writes whose finding the floor lacks. */
  readonly missed: readonly string[];
}

/** Rules of which the floor has each finding: `missingFindings`. */
export const WHOLE_RULES = [
  'required',
  'empty',
  'removed',
  'min-length',
  'max-length',
  'enum',
  'prefix',
] as const;

/** The writes whose finding of such a rule the floor lacks. */
export const missingFindings = ({ shares }: Pick<Soundness, 'shares'>): readonly string[] =>
  WHOLE_RULES.flatMap((rule) => shares.get(rule)?.missed ?? []);

/** `placeholder 40/52, required 90/90` */
export const sharesText = ({ shares }: Pick<Soundness, 'shares'>): string =>
  [...shares]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([rule, { caught, all }]) => `${rule} ${caught}/${all}`)
    .join(', ');

/** Half of the namespaces have the label that a policy selects. */
const namespaceLabels = (namespace: string): ReadonlyMap<string, string> =>
  new Map([
    ['kubernetes.io/metadata.name', namespace],
    ...(NAMESPACES.indexOf(namespace) % 2 === 0 ? ([['team', 'blue']] as const) : []),
  ]);

/** Writes so many Secrets past the floor alone, in dry runs, and compares each answer with the engine. */
export async function proveSoundness(
  cluster: Cluster,
  count: number,
  seed: number,
  policies: readonly Policy[] = POLICIES,
): Promise<Soundness> {
  for (const name of NAMESPACES) {
    const labels = Object.fromEntries(namespaceLabels(name));
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
    const { status, text } = await cluster.request('/api/v1/namespaces', { method: 'POST', body });
    if (status !== 201) throw new Error(text);
  }
  const stored = storedSecrets(seed);
  for (const one of stored) {
    const { status, text } = await create(cluster, one.namespace, one, false);
    if (status !== 201) throw new Error(text);
  }
  await applyFloor(cluster, policies);
  const next = floorWrites(seed, stored);
  const shares = new Map<string, { all: number; caught: number; missed: string[] }>();
  const wrong: string[] = [];
  let refused = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (done < count) {
      done += 1;
      const write = next();
      const found = await findingsOfFloor(cluster, write);
      const { validated, decided } = engineOn(write, policies);
      if (found.length > 0) refused += 1;
      for (const { key, rule } of comparable(write, policies, validated, decided)) {
        const share = shares.get(rule) ?? { all: 0, caught: 0, missed: [] };
        share.all += 1;
        if (found.some((one) => one.key === key && one.rule === rule)) share.caught += 1;
        else if (share.missed.length < 5)
          share.missed.push(`${key} ${rule}: ${describe(write, found, validated, decided)}`);
        shares.set(rule, share);
      }
      // The engine reports one fault of a placeholder, and the floor may only know another one.
      const isShared = found.every(({ key }) => validated.some((finding) => finding.key === key));
      const isCorrected = decided.length === 0 && found.length > 0;
      if (!isShared || isCorrected) wrong.push(describe(write, found, validated, decided));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return { shares, wrong, refused, errors: await evaluationErrors(cluster) };
}

/**
 * The findings that the floor can have: of the object as it is, and not gone when lockstep has corrected it. The label
 * of the policy `gold` may give it the key when lockstep has derived a URL, so such writes do not count. Neither do
 * derived keys, and keys with two spellings.
 */
function comparable(
  write: FloorWrite,
  all: readonly Policy[],
  validated: readonly Finding[],
  decided: readonly Finding[],
) {
  if ([write.after, write.before].some((one) => one?.labels.tier !== undefined)) return [];
  const policies = matchingPolicies(requestOf(write), all);
  const spellings = spellingsOfKeys(policies.flatMap(({ keys }) => keys));
  // A value says for which server a general key such as DB_PASSWORD is.
  const ofServers = policies.filter(({ match }) => match.server !== undefined);
  const namesSystem = SYSTEM_KEYS.some((one) => one in write.after.data);
  const derived = spellingsOfKeys(
    policies.flatMap(({ keys }) => keys.filter(({ derive }) => derive !== undefined)),
  );
  const isExact = ({ rule, key, policy }: Finding): boolean => {
    if (ofServers.some(({ name }) => name === policy) || derived.flat().includes(key)) return false;
    if (namesSystem && GENERIC_KEY.test(key)) return false;
    const spelled = spellings.filter((some) => some.includes(key));
    if (spelled.some((some) => some.filter((one) => one in write.after.data).length > 1)) return false;
    const value = Buffer.from(write.after.data[key] ?? '', 'base64').toString('latin1');
    if (ABOUT_LENGTH.has(rule) && !/^[\0-\x7f]*$/.test(value)) return false;
    if (ABOUT_BEGINNING.has(rule) && /^["']/.test(value)) return false;
    return !ABOUT_WHOLE_VALUES.has(rule) || !/^["']|["'\r\n]$/.test(value);
  };
  return validated.filter(
    (one) => decided.some(({ key, rule }) => key === one.key && rule === one.rule) && isExact(one),
  );
}

const spellingsOfKeys = (keys: Policy['keys']) => keys.map(({ name, aliases }) => [name, ...aliases]);

/** lockstep may remove quotes and a line break around the value first. */
const ABOUT_WHOLE_VALUES: ReadonlySet<string> = new Set(['enum', 'max-length']);
const ABOUT_BEGINNING: ReadonlySet<string> = new Set(['prefix', 'min-length']);

/** The floor counts the bytes of the value. */
const ABOUT_LENGTH: ReadonlySet<string> = new Set(['min-length', 'max-length']);

const PARALLEL = 4;

/** The refusals of the engine: of the object as it is, and of the object after lockstep's own corrections. */
function engineOn(write: FloorWrite, policies: readonly Policy[]) {
  const request = requestOf(write);
  return {
    validated: validateSecret(request, policies, testContext).findings.filter(denies),
    decided: decide(request, policies, testContext).findings.filter(denies),
  };
}

function requestOf({ namespace, before, after }: FloorWrite): Request {
  return {
    operation: before === undefined ? 'CREATE' : 'UPDATE',
    secret: secretOf(namespace, after),
    old: before && secretOf(namespace, before),
    username: 'admin',
    namespaceLabels: namespaceLabels(namespace),
  };
}

const secretOf = (namespace: string, { name, labels, annotations, type, data }: FloorObjectFields): Secret =>
  plainSecret({
    name,
    namespace,
    type,
    labels: new Map(Object.entries(labels)),
    annotations: new Map(Object.entries(annotations)),
    // The API server sorts the keys.
    data: new Map(
      Object.entries(data)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => [key, Sensitive.fromBytes(Buffer.from(value, 'base64'))]),
    ),
  });

type Findings = readonly { readonly key: string; readonly rule: string }[];

const namesOf = (findings: Findings): string => findings.map(({ key, rule }) => `${key} ${rule}`).join(', ');

function describe(
  { namespace, before, after }: FloorWrite,
  found: Findings,
  validated: Findings,
  decided: Findings,
): string {
  const data = Object.fromEntries(
    Object.entries(after.data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('latin1')]),
  );
  const old =
    before &&
    Object.fromEntries(
      Object.entries(before.data)
        .filter(([key, value]) => after.data[key] !== value)
        .map(([key, value]) => [key, Buffer.from(value, 'base64').toString('latin1')]),
    );
  return JSON.stringify({
    namespace,
    name: after.name,
    labels: after.labels,
    type: after.type,
    floor: namesOf(found),
    validated: namesOf(validated),
    decided: namesOf(decided),
    data,
    old,
  });
}
