import { type Exclusions, exemptionText } from '../../policy/match/match.ts';
import { GENERATE_ANNOTATION } from '../../review/decide/generate.ts';
import type { EngineContext } from '../../review/evaluation/decision.ts';
import type { Evaluation, ManagedKey } from '../../review/evaluation/evaluation.ts';
import { type Permissions, reportsOnly, storedEvaluation } from '../../review/own-writes/permissions.ts';
import { isOwned } from '../../secret/owners.ts';
import {
  type ChangeReason,
  differingKeys,
  type RotationStep,
  type SecretRecord,
} from '../../secret/record/record.ts';
import { PART_OF_URL, type Rotatable, rotatable } from '../key-rotation/rotatable.ts';
import { nextWrite } from './next-write.ts';

/** The answer to the request of a person to rotate keys now. */
export type RequestedRotation =
  /** `reason` completes "nothing is rotated in Secret a/b: …". */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'granted'; readonly keys: readonly Rotatable[] };

/**
 * The `names` are spelled as in the policy or in the Secret. An empty list means each key whose policy has `rotate`.
 */
export function requestRotation(
  permissions: Permissions,
  names: readonly string[],
  context: Pick<EngineContext, 'now'> & Exclusions,
): RequestedRotation {
  const reason = refusalReason(permissions, context);
  if (reason !== undefined) return refused(reason);
  const evaluation = storedEvaluation(permissions);
  const now = context.now();
  const requested =
    names.length === 0 ? requestAllKeys(evaluation, now) : requestNamedKeys(evaluation, names, now);
  // Last: nobody annotates a Secret whose keys can't be rotated.
  const missing = requested.kind === 'granted' ? missingPermission(permissions) : undefined;
  return missing === undefined ? requested : refused(missing);
}

const refused = (reason: string): RequestedRotation => ({ kind: 'refused', reason });

function refusalReason(
  { request, matched, maxAction }: Permissions,
  exclusions: Exclusions,
): string | undefined {
  const { secret } = request;
  if (secret.deleting) return 'it is being deleted';
  const exemption = exemptionText(request, exclusions);
  if (exemption !== undefined) return `it is ${exemption}`;
  if (maxAction !== 'Enforce') return reportsOnly(maxAction);
  if (matched.length === 0) return 'no policy matches it';
  if (isOwned(secret))
    return `it belongs to ${secret.controller ?? 'another controller'}: rotate it at its source`;
  return secret.immutable ? 'it is immutable: delete it, and make it again' : undefined;
}

function missingPermission({ request: { secret }, mayGenerate }: Permissions): string | undefined {
  if (secret.annotations.get(GENERATE_ANNOTATION) !== 'true') {
    const { namespace, name } = secret;
    return `it does not say that lockstep may make its values: kubectl -n ${namespace} annotate secret ${name} ${GENERATE_ANNOTATION}=true`;
  }
  return mayGenerate ? undefined : NOTHING_GENERATED;
}

const NOTHING_GENERATED = 'no policy says generate of any of its keys';

function requestAllKeys(evaluation: Evaluation, now: Date): RequestedRotation {
  const managed = [...evaluation.managedKeys.values()];
  if (managed.every(({ entry }) => entry.generate === undefined)) return refused(NOTHING_GENERATED);
  const scheduled = managed.filter(({ entry }) => entry.rotate !== undefined);
  if (scheduled.length === 0) {
    const login = managed.find(
      ({ key, entry }) => entry.generate !== undefined && evaluation.bindings.has(key),
    );
    return refused(
      login === undefined
        ? 'no policy says rotate of any of its keys; name them with --key'
        : `${login.key} ${PART_OF_URL}`,
    );
  }
  const candidates = scheduled.map((managedKey) => rotatable(evaluation, managedKey, now));
  const keys = candidates.filter((candidate) => 'generate' in candidate);
  if (keys.length > 0) return { kind: 'granted', keys };
  return refused(candidates.flatMap((one) => ('reason' in one ? `${one.key} ${one.reason}` : [])).join('; '));
}

function requestNamedKeys(evaluation: Evaluation, names: readonly string[], now: Date): RequestedRotation {
  const keys = new Map<string, Rotatable>();
  for (const name of names) {
    const managedKey = [...evaluation.managedKeys.values()].find((one) => hasName(one, name));
    if (managedKey === undefined) return refused(`no policy that matches it names the key ${name}`);
    const candidate = rotatable(evaluation, managedKey, now);
    if ('reason' in candidate) return refused(`${candidate.key} ${candidate.reason}`);
    keys.set(candidate.key, candidate);
  }
  return { kind: 'granted', keys: [...keys.values()] };
}

const hasName = ({ key, entry }: ManagedKey, name: string): boolean =>
  key === name || entry.name === name || entry.aliases.includes(name);

export const withRequestedKeys = (record: SecretRecord, keys: readonly string[]): SecretRecord => ({
  ...record,
  requestedKeys: [...new Set([...record.requestedKeys, ...keys])],
});

export interface DryRunStep {
  /** `generated` and `healed` are no rotation steps. The policies require them, and they come first. */
  readonly step: RotationStep | 'generated' | 'healed';
  /** The changed keys. In alphabetical order. */
  readonly keys: readonly string[];
}

/**
 * The writes after the request, one after another, if no consumer had to be waited for. `record` includes the present
 * data of the Secret.
 */
export function dryRunRotation(
  permissions: Permissions,
  record: SecretRecord,
  keys: readonly Rotatable[],
  context: EngineContext,
): readonly DryRunStep[] {
  const names = keys.map(({ key }) => key);
  const steps: DryRunStep[] = [];
  let { request } = permissions;
  let current = { ...withRequestedKeys(record, names), pending: undefined };
  while (current.requestedKeys.some((key) => names.includes(key)) && steps.length < MAX_STEPS) {
    const next = nextWrite({ ...permissions, request, mayRestart: false }, current, context, {
      propagation: 0,
    });
    if (next.kind === 'none') break;
    steps.push({ step: dryRunStepOf(next.why), keys: differingKeys(request.secret.data, next.data) });
    request = { ...request, secret: { ...request.secret, data: next.data } };
    current = { ...current, ...next.record.afterPending, pending: undefined, afterPending: undefined };
  }
  const retired = names.flatMap((key) => current.rotations.get(key)?.previousKey ?? []);
  return retired.length === 0 ? steps : [...steps, { step: 'retired', keys: retired.sort() }];
}

function dryRunStepOf(why: ChangeReason): DryRunStep['step'] {
  if (why.kind === 'rotated') return why.step;
  return why.kind === 'generated' ? 'generated' : 'healed';
}

/** Three steps of three kinds. Other due writes are included. */
const MAX_STEPS = 9;
