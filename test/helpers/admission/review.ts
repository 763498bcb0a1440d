import { Buffer } from 'node:buffer';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Json = Record<string, unknown>;

export const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** A `v1` Secret object as the API server sends it; `data` in plain text. */
export function aSecretObject(
  data: Readonly<Record<string, string>> = { TOKEN: 'before' },
  more: Json = {},
): Json {
  return {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { name: 'app', namespace: 'team' },
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, base64(text)])),
    type: 'Opaque',
    ...more,
  };
}

/** A review that creates a Secret; `request` says what differs. */
export function aReview(request: Json = {}, review: Json = {}): Json {
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '7f0b2a52-6e3f-4a0e-9d2b-6d3c1d0f8f11',
      kind: { group: '', version: 'v1', kind: 'Secret' },
      resource: { group: '', version: 'v1', resource: 'secrets' },
      name: 'app',
      namespace: 'team',
      operation: 'CREATE',
      userInfo: { username: 'jane' },
      object: aSecretObject(),
      oldObject: null,
      dryRun: false,
      ...request,
    },
    ...review,
  };
}

export const bytesOf = (json: unknown): Buffer => Buffer.from(JSON.stringify(json), 'utf8');

const RECORDED = join(import.meta.dirname, '..', '..', 'data', 'reviews');

/** Reviews of a real API server, by file name. */
export function recordedReviews(): readonly (readonly [name: string, body: Buffer])[] {
  return readdirSync(RECORDED)
    .filter((name) => name.endsWith('.json'))
    .map((name) => [name, readFileSync(join(RECORDED, name))]);
}
