import type { Policy } from '../../../src/engine/policy/policy.ts';
import { Baseline } from '../../../src/engine/review/own-writes/new-denials.ts';
import { permissionsFor } from '../../../src/engine/review/own-writes/permissions.ts';
import {
  newRecord,
  type SecretData,
  type SecretRecord,
  stagePending,
} from '../../../src/engine/secret/record/record.ts';
import {
  type ObservedWrite,
  recordObservation,
} from '../../../src/engine/secret/record/record-observation.ts';
import type { Secret } from '../../../src/engine/secret/secret.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import {
  nextRotationStep,
  type RotationDecision,
  type RotationWrite,
} from '../../../src/engine/versions/key-rotation/rotation.ts';
import { aPolicy, aSecret, GOOD, testContext } from './engine.ts';
import { seededRandom } from './seeded-random.ts';

const START = new Date('2026-11-25T12:00:00Z');
/** So many seconds after the start, which is at noon. */
export const at = (seconds: number): Date => new Date(START.getTime() + seconds * 1000);
export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** Seconds. */
export const PROPAGATION = 2 * MINUTE;

export const ANNOTATED: Partial<Secret> = { annotations: new Map([['lockstep.dev/generate', 'true']]) };

/** A key that is generated, and rotated where `rotate` is given. */
export const generatedKey = (rotate?: object, of: object = {}) => ({
  sensitive: true,
  generate: { bytes: 48, encoding: 'base64url' },
  ...of,
  ...(rotate && { rotate }),
});

/** A Secret, its record, and the policies over it. */
export interface World {
  readonly secret: Secret;
  readonly record: SecretRecord;
  readonly specs: readonly object[];
}

export function aWorld(
  spec: object | readonly object[],
  texts: Readonly<Record<string, string>> = { JWT_SECRET: GOOD.key },
  rest: Partial<Secret> = ANNOTATED,
): World {
  const secret = aSecret(texts, rest);
  const record = newRecord('u1', secret.data, { ...found(0), why: { kind: 'seen' } });
  return { secret, record, specs: [spec].flat() };
}

const found = (seconds: number): ObservedWrite => ({
  time: at(Math.floor(seconds)),
  by: 'kubectl-edit',
  why: { kind: 'changed' },
});

const { bytes } = seededRandom(7);
const random = (size: number): Uint8Array => bytes(size, size);

const compiled = new WeakMap<object, Policy>();

function policyOf(spec: object, index: number): Policy {
  const policy = compiled.get(spec) ?? aPolicy(`p${index}`, spec);
  compiled.set(spec, policy);
  return policy;
}

export const mandateOf = ({ secret, specs }: World) =>
  permissionsFor(secret, undefined, specs.map(policyOf), testContext);

export function moveAt(world: World, seconds: number): RotationDecision {
  const mandate = mandateOf(world);
  return nextRotationStep(
    mandate,
    world.record,
    { ...testContext, random, now: () => at(seconds) },
    PROPAGATION * 1000,
    new Baseline(mandate),
  );
}

/** The Secret is found with this data. */
export function withData(world: World, data: SecretData, seconds: number): World {
  const { mayRestart: restarts } = mandateOf(world);
  const record = recordObservation(world.record, data, found(seconds), { history: 5, restarts });
  return { ...world, record, secret: { ...world.secret, data } };
}

/** As the record is before the Secret is written. */
export function withPending(world: World, write: RotationWrite, seconds: number): World {
  const written = { time: at(seconds), by: 'lockstep-controller', why: write.why };
  return { ...world, record: stagePending(write.record, dataAfter(world, write), written) };
}

export function dataAfter(
  { secret }: World,
  { set, remove }: Pick<RotationWrite, 'set' | 'remove'>,
): SecretData {
  const data = new Map(secret.data);
  for (const key of remove) data.delete(key);
  for (const [key, value] of set) data.set(key, value);
  return data;
}

/** The next step, carried out. Throws where there is none. */
export function afterStep(world: World, seconds: number): World {
  const write = moveAt(world, seconds);
  if (write.kind === 'none') throw new Error(`there is no step, before ${write.requeueAt?.toISOString()}`);
  return withData(withPending(world, write, seconds), dataAfter(world, write), seconds);
}

/** Another client sets keys, or removes those that are undefined. */
export function afterEdit(
  world: World,
  texts: Readonly<Record<string, string | undefined>>,
  seconds: number,
): World {
  const data = new Map(world.secret.data);
  for (const [key, text] of Object.entries(texts)) {
    if (text === undefined) data.delete(key);
    else data.set(key, Sensitive.fromText(text));
  }
  return withData(world, data, seconds);
}

export const textsOf = ({ secret }: World): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries([...secret.data].map(([key, value]) => [key, value.withPlaintext(({ text }) => text)]));

export const reasonsOf = ({ record }: World): readonly string[] =>
  record.versions.map(({ why }) => ('step' in why ? why.step : why.kind));
