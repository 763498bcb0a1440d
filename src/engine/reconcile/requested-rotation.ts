import { GENERATE } from '../decide/mutate.ts';
import type { Surroundings } from '../evaluation/decision.ts';
import { type Case, type Governed, openCase } from '../evaluation/evaluation.ts';
import type { Mandate } from '../permissions/permissions.ts';
import { differingKeys, type RotationStep, type SecretRecord, type Why } from '../record/record.ts';
import { type Rotatable, rotatable } from '../rotation/rotatable.ts';
import { isOwned } from '../secret/owners.ts';
import { nextWrite } from './next-write.ts';

/** What becomes of somebody's wish that keys get new values now. */
export type AskedRotation =
  /** `reason` completes "nothing is rotated in Secret a/b: …". */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'granted'; readonly keys: readonly Rotatable[] };

/** `names`: as the policy or the Secret spells them; none stands for every key of which a policy says `rotate`. */
export function askRotation(mandate: Mandate, names: readonly string[], now: Date): AskedRotation {
  const reason = whyNot(mandate);
  if (reason !== undefined) return refused(reason);
  const aCase = openCase(mandate.request, mandate.matched);
  return names.length === 0 ? askAll(aCase, now) : askNamed(aCase, names, now);
}

const refused = (reason: string): AskedRotation => ({ kind: 'refused', reason });

function whyNot({ request: { secret }, matched, generates }: Mandate): string | undefined {
  if (secret.deleting) return 'it is being deleted';
  if (matched.length === 0) return 'no policy matches it';
  if (isOwned(secret))
    return `it belongs to ${secret.controller ?? 'another controller'}: rotate it at its source`;
  if (secret.immutable) return 'it is immutable: delete it, and make it again';
  if (secret.annotations.get(GENERATE) !== 'true') {
    const { namespace, name } = secret;
    return `it does not say that lockstep may make its values: kubectl -n ${namespace} annotate secret ${name} ${GENERATE}=true`;
  }
  return generates ? undefined : 'no policy says generate of any of its keys';
}

function askAll(aCase: Case, now: Date): AskedRotation {
  const scheduled = [...aCase.governed.values()].filter(({ entry }) => entry.rotate !== undefined);
  if (scheduled.length === 0)
    return refused('no policy says rotate of any of its keys; name them with --key');
  const verdicts = scheduled.map((governed) => rotatable(aCase, governed, now));
  const keys = verdicts.filter((verdict) => 'generate' in verdict);
  if (keys.length > 0) return { kind: 'granted', keys };
  return refused(verdicts.flatMap((one) => ('reason' in one ? `${one.key} ${one.reason}` : [])).join('; '));
}

function askNamed(aCase: Case, names: readonly string[], now: Date): AskedRotation {
  const keys = new Map<string, Rotatable>();
  for (const name of names) {
    const governed = [...aCase.governed.values()].find((one) => isCalled(one, name));
    if (governed === undefined) return refused(`no policy that matches it names the key ${name}`);
    const verdict = rotatable(aCase, governed, now);
    if ('reason' in verdict) return refused(`${verdict.key} ${verdict.reason}`);
    keys.set(verdict.key, verdict);
  }
  return { kind: 'granted', keys: [...keys.values()] };
}

const isCalled = ({ key, entry }: Governed, name: string): boolean =>
  key === name || entry.name === name || entry.aliases.includes(name);

/** The record with the wish in it. */
export const withAsked = (record: SecretRecord, keys: readonly string[]): SecretRecord => ({
  ...record,
  asked: [...new Set([...record.asked, ...keys])],
});

export interface RehearsedStep {
  /** `generated` and `healed` are no steps of a rotation: the policies ask for them, and they come first. */
  readonly step: RotationStep | 'generated' | 'healed';
  /** That it changes. In alphabetical order. */
  readonly keys: readonly string[];
}

/** The writes that would follow the request, one after another, if no consumer were waited for. `record`: with what the Secret holds now. */
export function rehearse(
  mandate: Mandate,
  record: SecretRecord,
  keys: readonly Rotatable[],
  around: Surroundings,
): readonly RehearsedStep[] {
  const names = keys.map(({ key }) => key);
  const steps: RehearsedStep[] = [];
  let { request } = mandate;
  let now = { ...withAsked(record, names), pending: undefined };
  while (now.asked.some((key) => names.includes(key)) && steps.length < MOST_STEPS) {
    const next = nextWrite({ ...mandate, request, restarts: false }, now, around, { propagation: 0 });
    if (next.kind === 'none') break;
    steps.push({ step: stepOf(next.why), keys: differingKeys(request.secret.data, next.data) });
    request = { ...request, secret: { ...request.secret, data: next.data } };
    now = { ...now, ...next.record.ahead, pending: undefined, ahead: undefined };
  }
  const kept = names.flatMap((key) => now.rotations.get(key)?.previousKey ?? []);
  return kept.length === 0 ? steps : [...steps, { step: 'retired', keys: kept.sort() }];
}

function stepOf(why: Why): RehearsedStep['step'] {
  if (why.kind === 'rotated') return why.step;
  return why.kind === 'generated' ? 'generated' : 'healed';
}

/** Three steps of three kinds; what else is due goes along. */
const MOST_STEPS = 9;
