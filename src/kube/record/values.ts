import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { isBase64 } from '../../engine/secret/base64.ts';
import type { SecretData } from '../../engine/secret/record/record.ts';
import { Sensitive } from '../../engine/secret/sensitive.ts';

/** The values of one version in a record: gzip of JSON, `{"KEY":"base64"}`. */
export interface PackedValues {
  readonly bytes: Buffer;
  /** The SHA-256 shows an edit by hand. It never leaves the record. */
  readonly sha256: string;
}

export function packValues(values: SecretData): PackedValues {
  // A key `__proto__` is one like any other. `fromEntries` defines it, and an assignment would not.
  const texts = Object.fromEntries([...values].map(([key, value]) => [key, value.reveal()]));
  const bytes = gzipSync(JSON.stringify(texts));
  return { bytes, sha256: sha256Of(bytes) };
}

/** The largest values of a Secret as base64, with some space for its keys. */
const MAX_VERSION_BYTES = 4 * 1024 * 1024;
/**
 * The limit for all versions of one record together. A user who may write Secrets could write a hundred gzip bombs into
 * one record.
 */
const MAX_RECORD_BYTES = 32 * 1024 * 1024;

/** The memory of one value in addition to its text. */
const BYTES_PER_VALUE = 200;

/**
 * `base64` is the data of the record, and `sum` is the SHA-256 in its index. Undefined if the data is not the packed
 * values of that sum.
 */
export type UnpackValues = (base64: string, sum: string) => SecretData | undefined;

export function valuesUnpacker(): UnpackValues {
  let bytesLeft = MAX_RECORD_BYTES;
  return (base64, sha256) => {
    const bytes = Buffer.from(base64, 'base64');
    if (bytesLeft <= 0 || sha256Of(bytes) !== sha256) return undefined;
    try {
      const json = gunzipSync(bytes, { maxOutputLength: Math.min(MAX_VERSION_BYTES, bytesLeft) });
      bytesLeft -= json.length + BYTES_PER_VALUE * countValues(json);
      // Counted before parsing, because four megabytes may hold half a million keys without a value.
      if (bytesLeft < 0) return undefined;
      return valuesOf(JSON.parse(json.toString('utf8')));
    } catch {
      return undefined;
    }
  };
}

const QUOTE = 0x22;

/** Each value has two strings, and so four quotes. */
function countValues(json: Buffer): number {
  let quotes = 0;
  for (let at = json.indexOf(QUOTE); at >= 0; at = json.indexOf(QUOTE, at + 1)) quotes += 1;
  return quotes / 4;
}

function valuesOf(texts: unknown): SecretData | undefined {
  if (typeof texts !== 'object' || texts === null || Array.isArray(texts)) return undefined;
  const entries = Object.entries(texts);
  if (!entries.every((entry): entry is [string, string] => isValue(entry[1]))) return undefined;
  return new Map(entries.map(([key, base64]) => [key, Sensitive.fromBase64(base64)]));
}

const isValue = (value: unknown): value is string => typeof value === 'string' && isBase64(value);

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
