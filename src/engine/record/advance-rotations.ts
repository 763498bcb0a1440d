import type { Rollout, SecretRecord, Version } from './record.ts';

/**
 * Where the rotations stand with this version. A step that is done counts from when it was written. What somebody else has made of a key, or of the one
 * that keeps its other value, ends its rotation. `written`: when what was pending was written, at the latest; undefined where somebody else has written.
 */
export function advanceRotations(
  { pending, afterPending, rotations, requestedKeys, versions }: SecretRecord,
  written: Date | undefined,
  { keys }: Version,
): Pick<SecretRecord, 'rotations' | 'requestedKeys' | 'afterPending'> {
  // Who was to be restarted for it is not known then.
  if (versions.at(-1)?.data === undefined)
    return { rotations: new Map(), requestedKeys, afterPending: undefined };
  if (written !== undefined && pending?.why.kind === 'rotated' && afterPending !== undefined) {
    const restarted = [...afterPending.rotations].map(([key, rotation]) => {
      const isNew = rotation.step !== rotations.get(key)?.step && rotation.since < written;
      return [key, isNew ? { ...rotation, since: written } : rotation] as const;
    });
    return {
      rotations: new Map(restarted),
      requestedKeys: afterPending.requestedKeys,
      afterPending: undefined,
    };
  }
  const left = new Map(
    [...rotations].filter(([key, { previousKey }]) => !keys.includes(key) && !keys.includes(previousKey)),
  );
  // Asked for or not: it is over.
  const stillRequested = requestedKeys.filter((key) => left.has(key) || !rotations.has(key));
  return { rotations: left, requestedKeys: stillRequested, afterPending: undefined };
}

/** The record with a rollout that has gone on. From its end on counts how long the old value stays. */
export function recordRollout(record: SecretRecord, rollout: Rollout | undefined, now: Date): SecretRecord {
  const { changes = [] } = record.rollout ?? {};
  if (rollout !== undefined) return { ...record, rollout };
  const rotations = [...record.rotations].map(([key, rotation]) => {
    const isRolledOut = rotation.step === 'switched' && changes.some(({ keys }) => keys.includes(key));
    return [key, isRolledOut && rotation.since < now ? { ...rotation, since: now } : rotation] as const;
  });
  return { ...record, rollout, rotations: new Map(rotations) };
}
