import type { Fields } from './entries.ts';
import { ignoredFault, type OffsetFault } from './offset-fault.ts';

export function* duplicateKeyFaults(fields: Fields, path: string): Generator<OffsetFault> {
  for (const { key, duplicates } of fields.values()) {
    for (const { start } of duplicates) {
      const message = 'is written twice, and kubectl keeps only the last one';
      yield ignoredFault('duplicate-key', `${path}${key}`, message, 'remove one of the two', start);
    }
  }
}
