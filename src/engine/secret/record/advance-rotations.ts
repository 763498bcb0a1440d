import type { Rollout, SecretRecord, Version } from './record.ts';

/**
 * The state of the rotations with this version. A finished step counts from the time of its write. If another writer
 * changed a key or its previous key, the rotation of that key ends.
 *
 * `written` is the latest time at which the pending version was written. It is undefined if another writer wrote this
 * version.
 */
export function advanceRotations(
  { pending, afterPending, rotations, requestedKeys, versions }: SecretRecord,
  written: Date | undefined,
  { keys }: Version,
): Pick<SecretRecord, 'rotations' | 'requestedKeys' | 'afterPending'> {
  // The values of the last version are lost, so the consumers that need a restart are unknown.
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
  // A rotation that another writer ended is over, even if a person requested it.
  const stillRequested = requestedKeys.filter((key) => left.has(key) || !rotations.has(key));
  return { rotations: left, requestedKeys: stillRequested, afterPending: undefined };
}

/** The record with a rollout that has advanced. The grace period of a previous key starts when the rollout ends. */
export function recordRollout(record: SecretRecord, rollout: Rollout | undefined, now: Date): SecretRecord {
  const { changes = [] } = record.rollout ?? {};
  if (rollout !== undefined) return { ...record, rollout };
  const rotations = [...record.rotations].map(([key, rotation]) => {
    const isRolledOut = rotation.step === 'switched' && changes.some(({ keys }) => keys.includes(key));
    return [key, isRolledOut && rotation.since < now ? { ...rotation, since: now } : rotation] as const;
  });
  return { ...record, rollout, rotations: new Map(rotations) };
}
