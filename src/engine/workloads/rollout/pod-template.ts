import type { ObjectFields } from '../references/object-fields.ts';
import { podReadings } from '../references/pod-readings.ts';
import type { ReadAs, Reading } from '../references/reading.ts';
import type { KeySelection, SecretUse } from './consumers.ts';

/**
 * The Secrets that the pods of a template read, with their keys. Optional references count too. Secrets that only the
 * kubelet reads, to pull an image or mount a share, don't count. Neither does a volume that no container mounts.
 */
export function secretUsesOf(spec: ObjectFields): ReadonlyMap<string, SecretUse> {
  const readings = [...podReadings(spec)].filter(
    ({ source, as }) => source === 'Secret' && !NOT_BY_CONTAINERS.has(as),
  );
  return new Map([...Map.groupBy(readings, ({ name }) => name)].map(([name, all]) => [name, useOf(all)]));
}

const NOT_BY_CONTAINERS: ReadonlySet<ReadAs> = new Set(['image pull', 'volume driver', 'unmounted volume']);

const useOf = (readings: readonly Reading[]): SecretUse => ({
  fixed: union(readings.filter(({ needsRestart }) => needsRestart)),
  live: union(readings.filter(({ needsRestart }) => !needsRestart)),
});

const union = (readings: readonly Reading[]): KeySelection =>
  readings.some(({ key }) => key === undefined)
    ? 'all'
    : new Set(readings.flatMap(({ key }) => (key === undefined ? [] : [key])));
