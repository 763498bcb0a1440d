import { comes, isSchedule, isTimeZone } from '../schema/cron.ts';
import type { KeySpec } from '../schema/key-schema.ts';
import { type Problem, visible } from '../schema/problem.ts';
import type { SecretPolicySpec } from '../schema/schema.ts';
import type { Template } from '../template.ts';

type Keys = SecretPolicySpec['keys'];

/** What is wrong with the rotations of a policy, beyond what a schema can say. */
export function rotationProblems(
  { keys }: SecretPolicySpec,
  templates: ReadonlyMap<string, Template>,
): Problem[] {
  const rotated = Object.entries(keys).filter(([, { rotate }]) => rotate !== undefined);
  if (rotated.length === 0) return [];
  return [
    ...rotated.flatMap(([name, key]) => unreadable(name, key)),
    ...neverComing(rotated),
    ...clashingPreviousKeys(keys, rotated),
    ...rotatedBaseKeys(rotated, templates),
  ];
}

const at = (name: string, message: string, ...fields: readonly string[]): Problem => ({
  path: ['spec', 'keys', name, 'rotate', ...fields],
  message,
});

function unreadable(name: string, { generate, rotate }: KeySpec): Problem[] {
  const problems: Problem[] = [];
  if (rotate === undefined) return problems;
  const { schedule, timeZone, previousKey, gracePeriod } = rotate;
  if (generate === undefined) problems.push(at(name, 'needs generate, which says how the new value is made'));
  if (!isSchedule(schedule)) {
    const message = 'is not a cron schedule of five fields that can be read: write e.g. "0 4 1 */6 *"';
    problems.push(at(name, message, 'schedule'));
  }
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    problems.push(at(name, 'is no time zone that is known: write e.g. Europe/Berlin', 'timeZone'));
  }
  if (gracePeriod !== undefined && previousKey === undefined)
    problems.push(
      at(name, 'needs previousKey, which names the key that holds the previous value', 'gracePeriod'),
    );
  return problems;
}

/** What is told of one policy; that a day never comes is slow to find out. */
const MOST = 20;

function neverComing(rotated: readonly (readonly [string, KeySpec])[]): Problem[] {
  const known = new Map<string, boolean>();
  const problems: Problem[] = [];
  for (const [name, { rotate }] of rotated) {
    if (problems.length === MOST) break;
    if (rotate === undefined || !isSchedule(rotate.schedule)) continue;
    // Whatever the minute, it is the day that may never come.
    const day = rotate.schedule.split(' ').slice(2).join(' ');
    const isComing = known.get(day) ?? comes(`0 0 ${day}`);
    known.set(day, isComing);
    if (!isComing) problems.push(at(name, 'never comes: no month that it names has such a day', 'schedule'));
  }
  return problems;
}

/** A key that keeps a value holds that, and nothing that somebody else makes of it. It is absent most of the time. */
function clashingPreviousKeys(keys: Keys, rotated: readonly (readonly [string, KeySpec])[]): Problem[] {
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
    return clash === undefined ? [] : [at(name, clash, 'previousKey')];
  });
}

function clashOf(
  name: string,
  previousKey: string,
  keys: Keys,
  aliasOf: string | undefined,
  keptBy: string | undefined,
): string | undefined {
  if (previousKey === name) return 'is the key itself: name another one';
  if (aliasOf !== undefined) return `is another spelling of ${visible(aliasOf)}: name a key of its own`;
  if (keptBy !== undefined) return `keeps the value of ${visible(keptBy)} already: name a key of its own`;
  const kept = Object.hasOwn(keys, previousKey) ? keys[previousKey] : undefined;
  if (kept === undefined) return undefined;
  const made = (['derive', 'generate', 'rotate'] as const).find((field) => kept[field] !== undefined);
  if (made !== undefined) return `names a key that has ${made} itself: name a key of its own`;
  if (kept.required || kept.requiredWith !== undefined)
    return 'names a key that is required, and that is there during a rotation only: make it optional';
  return undefined;
}

function rotatedBaseKeys(
  rotated: readonly (readonly [string, KeySpec])[],
  templates: ReadonlyMap<string, Template>,
): Problem[] {
  const bases = new Set(
    [...templates.values()]
      .filter(({ url }) => url !== undefined)
      .flatMap(({ references }) => references.map(({ name }) => name)),
  );
  const message =
    'is a base key of a connection URL, whose server must change with it: rotate it by a PostgresCredential';
  return rotated.filter(([name]) => bases.has(name)).map(([name]) => at(name, message));
}
