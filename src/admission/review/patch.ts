import { Buffer } from 'node:buffer';
import type { Change } from '../../engine/review/evaluation/decision.ts';

/**
 * RFC 6902. The API server answers 500 to a patch that does not apply, even under `failurePolicy: Ignore`. `add` always
 * applies.
 */
export interface AddOperation {
  readonly op: 'add';
  readonly path: string;
  readonly value: string | Readonly<Record<string, never>>;
}

/** `hasData` refers to the raw object: `add /data/KEY` needs its parent. */
export function patchOf(changes: readonly Change[], hasData: boolean): readonly AddOperation[] {
  const keys = changes.map(
    ({ key, value }): AddOperation => ({
      op: 'add',
      path: `/data/${jsonPointerToken(key)}`,
      value: value.reveal(),
    }),
  );
  return hasData ? keys : [{ op: 'add', path: '/data', value: {} }, ...keys];
}

/** The encoding of a patch in an AdmissionResponse. */
export function encodePatch(patch: readonly AddOperation[]): string {
  return Buffer.from(JSON.stringify(patch), 'utf8').toString('base64');
}

/** One token of a JSON pointer (RFC 6901, 3). */
function jsonPointerToken(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
