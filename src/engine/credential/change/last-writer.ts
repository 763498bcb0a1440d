import type { Version } from '../../record/record.ts';

/** The client that set the key, whatever other writes followed. */
export const lastWriter = (
  versions: readonly Pick<Version, 'keys' | 'by'>[],
  key: string,
): string | undefined => versions.findLast(({ keys }) => keys.includes(key))?.by;
