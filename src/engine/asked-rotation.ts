import { type Case, type Governed, openCase } from './case.ts';
import type { Surroundings } from './decision.ts';
import type { Mandate } from './mandate.ts';
import { GENERATE } from './mend.ts';
import { isOwned } from './owners.ts';
import type { RotationStep, SecretRecord } from './record.ts';
import { type Rotatable, rotatable } from './rotatable.ts';
import { rotationStep } from './rotation.ts';

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
  readonly step: RotationStep;
  /** That it changes. In alphabetical order. */
  readonly keys: readonly string[];
}

/** The steps that the wish would take, one after another, if nobody were waited for. */
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
    const move = rotationStep({ ...mandate, request, restarts: false }, now, around, 0);
    if (move.kind === 'none') break;
    const data = new Map([...request.secret.data, ...move.set]);
    for (const key of move.remove) data.delete(key);
    request = { ...request, secret: { ...request.secret, data } };
    now = { ...now, ...move.record.ahead, ahead: undefined };
    steps.push({ step: move.why.step, keys: [...move.set.keys(), ...move.remove].sort() });
  }
  const kept = names.flatMap((key) => now.rotations.get(key)?.keep ?? []);
  return kept.length === 0 ? steps : [...steps, { step: 'retired', keys: kept.sort() }];
}

/** Three steps of three kinds; what else is due goes along. */
const MOST_STEPS = 9;
