import { Buffer } from 'node:buffer';
import { knownWordsOf } from '../../value/placeholder/words/words.ts';

const MIN_LENGTH = 8;
export const MAX_SOUGHT_BYTES = 64 * 1024;

/** The reason why a value is not searched for. It completes "the value is not searched for: …", and quotes nothing. */
export function unsearchableReason(value: string): string | undefined {
  if (value === '') return 'it is empty';
  if (Buffer.byteLength(value) > MAX_SOUGHT_BYTES) return 'it is larger than 64 KiB';
  if (value.includes('\0') || value.includes('\ufffd')) return 'it is no text in UTF-8';
  if ([...value.trim()].length < MIN_LENGTH)
    return `it is too short: a value of fewer than ${MIN_LENGTH} characters occurs by chance`;
  if (isCommon(value.trim())) return 'it is a common word, number or name, which many places hold by chance';
  return undefined;
}

/** Fewer distinct characters make a filler: `aaaaaaaa`, `--------`. */
const MIN_DISTINCT = 4;
/** Dates, times, versions, addresses, ports and quantities. A longer number may be a token. */
const NUMBER = /^[-+\d.,:_/ TZ]{1,24}$/;
/** Names of hosts and of the API of Kubernetes: `db.shop.svc.cluster.local`, `apps/v1beta1`. */
const NAME = /^(?:[a-z\d-]+\.)+(?:svc|local|localdomain|internal|io|com|org|net|dev)(?:[:/][a-z\d]*)?$/;
const DEFAULT = /^[a-z]+(?:[-_.][a-z]+)*[-_]?\d{1,4}$/;

function isCommon(value: string): boolean {
  if (value.length > MAX_COMMON_LENGTH) return false;
  if (new Set(value).size < MIN_DISTINCT || NUMBER.test(value) || NAME.test(value)) return true;
  // People choose passwords such as `Winter2024!`. A default is `admin123`.
  if (/\d/.test(value) && !DEFAULT.test(value)) return false;
  const words = knownWordsOf(value);
  return words !== undefined && words.length <= MAX_COMMON_WORDS;
}

const MAX_COMMON_LENGTH = 256;
/** A passphrase has more words. */
const MAX_COMMON_WORDS = 3;
