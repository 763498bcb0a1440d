import { gunzipSync } from 'node:zlib';
import type { Cluster } from '../../testbed/cluster/cluster.ts';

type Data = Readonly<Record<string, string>>;

/**
 * How the values of each version begin in every record: gzip's own header, and the first brackets. Characters of
 * base64.
 */
const HEADER = 24;
/** Enough to be found by. */
const ENOUGH = 120;

export interface KeptValues {
  /** Values that lockstep has made itself, and how versions are packed. */
  readonly values: readonly string[];
  /** By which an edit of a version is seen: their beginnings, in hexadecimal. */
  readonly digests: readonly string[];
}

/** Secret values in records, without those in `known`. */
export async function keptValues(cluster: Cluster, known: readonly string[]): Promise<KeptValues> {
  const found: string[] = [];
  const digests: string[] = [];
  const listed = await cluster.request('/api/v1/secrets?fieldSelector=type=lockstep.dev/record');
  for (const { data = {} } of listed.json().items as readonly { readonly data?: Data }[]) {
    digests.push(...digestsOf(data.index ?? ''));
    for (const [key, packed] of Object.entries(data)) {
      if (!/^(version-|pending)/.test(key) || !packed.startsWith('H4sI')) continue;
      found.push(packed.slice(HEADER, HEADER + ENOUGH), ...generatedOf(packed));
    }
  }
  return { digests, values: found.filter((value) => !known.some((one) => value.includes(one))) };
}

/** Fields of a valid index. */
function digestsOf(index: string): readonly string[] {
  return [
    ...Buffer.from(index, 'base64')
      .toString('utf8')
      .matchAll(/"sha256":"([0-9a-f]{64})"/g),
  ].map(([, digest = '']) => digest.slice(0, 16));
}

/** Keys that lockstep has made values for. */
const GENERATED = ['JWT_SECRET', 'JWT_SECRET_BEFORE', 'CSRF_SECRET'];

function generatedOf(packed: string): readonly string[] {
  const values: Data = JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString('utf8'));
  return GENERATED.flatMap((key) => {
    const base64 = values[key];
    return base64 === undefined ? [] : [Buffer.from(base64, 'base64').toString('utf8')];
  });
}
