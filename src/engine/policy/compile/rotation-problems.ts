import type { PolicyBudget } from '../cost.ts';
import { everFires, isCronSchedule, isTimeZone } from '../schema/cron.ts';
import type { KeySpec } from '../schema/key-schema.ts';
import { type Problem, visible } from '../schema/problem.ts';
import type { SecretPolicySpec } from '../schema/schema.ts';
import type { DerivationTemplate } from '../template/template.ts';

type KeySpecs = SecretPolicySpec['keys'];

/** The problems of a policy's rotations that a schema can't express. */
export function rotationProblems(
  { keys }: SecretPolicySpec,
  templates: ReadonlyMap<string, DerivationTemplate>,
  budget: PolicyBudget,
): Problem[] {
  const rotated = Object.entries(keys).filter(([, { rotate }]) => rotate !== undefined);
  if (rotated.length === 0) return [];
  return [
    ...invalidRotations(rotated, budget),
    ...neverDue(rotated, budget),
    ...clashingPreviousKeys(keys, rotated),
    ...rotatedBaseKeys(rotated, templates),
  ];
}

const problemAt = (name: string, message: string, ...fields: readonly string[]): Problem => ({
  path: ['spec', 'keys', name, 'rotate', ...fields],
  message,
});

/** Measured: a schedule is parsed, and a time zone looked up among those of the machine. */
const STEPS = {
  perSchedule: 5000,
  perCharacter: 60,
  perTimeZone: 20_000,
  perDay: 15_000,
  perProof: 200_000,
} as const;

function invalidRotations(rotated: readonly (readonly [string, KeySpec])[], budget: PolicyBudget): Problem[] {
  const zones = new Map<string, boolean>();
  return rotated.flatMap(([name, key]) => {
    const spend = budget.for(['spec', 'keys', name, 'rotate']);
    spend(STEPS.perSchedule + STEPS.perCharacter * (key.rotate?.schedule.length ?? 0));
    const isKnownZone = (zone: string): boolean => {
      const before = zones.get(zone);
      if (before !== undefined) return before;
      spend(STEPS.perTimeZone);
      const isKnown = isTimeZone(zone);
      zones.set(zone, isKnown);
      return isKnown;
    };
    return invalidRotation(name, key, isKnownZone);
  });
}

function invalidRotation(
  name: string,
  { generate, rotate }: KeySpec,
  isKnownZone: (zone: string) => boolean,
): Problem[] {
  const problems: Problem[] = [];
  if (rotate === undefined) return problems;
  const { schedule, timeZone, previousKey, gracePeriod } = rotate;
  if (generate === undefined)
    problems.push(problemAt(name, 'needs generate, which says how the new value is made'));
  if (!isCronSchedule(schedule)) {
    const message = 'is not a cron schedule of five fields that can be read: write e.g. "0 4 1 */6 *"';
    problems.push(problemAt(name, message, 'schedule'));
  }
  if (timeZone !== undefined && !isKnownZone(timeZone)) {
    problems.push(problemAt(name, 'is no time zone that is known: write e.g. Europe/Berlin', 'timeZone'));
  }
  if (gracePeriod !== undefined && previousKey === undefined)
    problems.push(
      problemAt(name, 'needs previousKey, which names the key that holds the previous value', 'gracePeriod'),
    );
  return problems;
}

/** The number of problems for one policy: proving that a schedule never fires is slow. */
const MAX_PROBLEMS = 20;

function neverDue(rotated: readonly (readonly [string, KeySpec])[], budget: PolicyBudget): Problem[] {
  const cache = new Map<string, boolean>();
  const problems: Problem[] = [];
  for (const [name, { rotate }] of rotated) {
    if (problems.length === MAX_PROBLEMS) break;
    if (rotate === undefined || !isCronSchedule(rotate.schedule)) continue;
    // Only the day can make a schedule that never fires. The minute and hour do not matter.
    const day = rotate.schedule.split(' ').slice(2).join(' ');
    const known = cache.get(day);
    const isDue = known ?? everFires(`0 0 ${day}`);
    cache.set(day, isDue);
    if (known === undefined)
      budget.for(['spec', 'keys', name, 'rotate'])(isDue ? STEPS.perDay : STEPS.perProof);
    if (!isDue)
      problems.push(problemAt(name, 'never comes: no month that it names has such a day', 'schedule'));
  }
  return problems;
}

/** A previous key holds only the previous value, and no other entry may write it. It is absent most of the time. */
function clashingPreviousKeys(keys: KeySpecs, rotated: readonly (readonly [string, KeySpec])[]): Problem[] {
  const aliases = new Map(
    Object.entries(keys).flatMap(([name, { aliases = [] }]) =>
      aliases.map((alias) => [alias, name] as const),
    ),
  );
  const keptBy = new Map<string, string>();
  return rotated.flatMap(([name, { rotate }]) => {
    const previousKey = rotate?.previousKey;
    if (previousKey === undefined) return [];
    const clash = clashOf(name, previousKey, keys, aliases.get(previousKey), keptBy.get(previousKey));
    keptBy.set(previousKey, name);
    return clash === undefined ? [] : [problemAt(name, clash, 'previousKey')];
  });
}

function clashOf(
  name: string,
  previousKey: string,
  keys: KeySpecs,
  aliasOf: string | undefined,
  keptBy: string | undefined,
): string | undefined {
  if (previousKey === name) return 'is the key itself: name another one';
  if (aliasOf !== undefined) return `is another spelling of ${visible(aliasOf)}: name a key of its own`;
  if (keptBy !== undefined) return `keeps the value of ${visible(keptBy)} already: name a key of its own`;
  const keptSpec = Object.hasOwn(keys, previousKey) ? keys[previousKey] : undefined;
  if (keptSpec === undefined) return undefined;
  const conflicting = (['derive', 'generate', 'rotate'] as const).find(
    (field) => keptSpec[field] !== undefined,
  );
  if (conflicting !== undefined) return `names a key that has ${conflicting} itself: name a key of its own`;
  if (keptSpec.required || keptSpec.recommended || keptSpec.requiredWith !== undefined)
    return 'names a key that is required, and that is there during a rotation only: make it optional';
  return undefined;
}

function rotatedBaseKeys(
  rotated: readonly (readonly [string, KeySpec])[],
  templates: ReadonlyMap<string, DerivationTemplate>,
): Problem[] {
  const bases = new Set(
    [...templates.values()]
      .filter(({ url }) => url !== undefined)
      .flatMap(({ references }) => references.map(({ name }) => name)),
  );
  const message =
    'is a base key of a connection URL, whose server must change with it: rotate it by a PostgresCredential or RedisCredential';
  return rotated.filter(([name]) => bases.has(name)).map(([name]) => problemAt(name, message));
}
