import { type Fields, textAt, valueAt } from '../object/entries.ts';
import { invalidMetadata, type OffsetFault } from '../object/offset-fault.ts';
import { resolveScalar } from '../yaml/scalar.ts';
import { requireType, typeOf, wrongType } from './field-types.ts';

/**
 * Faults of the fields of `metadata` that the API server sets. Exported manifests hold them. The API server ignores
 * their values in a new Secret, but not a wrong form. Only `kubectl apply --server-side` refuses a valid `uid` and
 * `managedFields`, and what it applies may exist already: they are no faults.
 */
export function* serverFieldFaults(metadata: Fields): Generator<OffsetFault> {
  for (const field of ['uid', 'resourceVersion', 'selfLink', ...TIMES])
    yield* requireType(metadata, field, 'string', `metadata.${field}`);
  yield* requireType(metadata, 'managedFields', 'list', 'metadata.managedFields');
  for (const field of INTEGERS) yield* requireType(metadata, field, 'number', `metadata.${field}`);
  const managedFields = valueAt(metadata, 'managedFields');
  for (const [index, item] of (managedFields?.kind === 'seq' ? managedFields.items : []).entries()) {
    const type = typeOf(item);
    if (type !== 'map' && type !== 'null')
      yield wrongType(`metadata.managedFields[${index}]`, type, 'map', item.start);
  }
  for (const [field, { keyNode }] of metadata) {
    const message = faultOf(metadata, field);
    if (message !== undefined)
      yield invalidMetadata(
        `metadata.${field}`,
        message,
        'remove it, because the API server sets it',
        keyNode.start,
      );
  }
}

const TIMES = ['creationTimestamp', 'deletionTimestamp'];
const INTEGERS = ['generation', 'deletionGracePeriodSeconds'];

function faultOf(metadata: Fields, field: string): string | undefined {
  const text = textAt(metadata, field);
  switch (field) {
    case 'resourceVersion':
      return text === undefined || /^\d*$/.test(text) ? undefined : 'is no version of an object';
    case 'generation':
    case 'deletionGracePeriodSeconds':
      return integerFault(metadata, field);
    case 'creationTimestamp':
    case 'deletionTimestamp':
      return text === undefined || isTime(text) ? undefined : 'is no time of the form 2027-03-01T00:00:00Z';
    default:
      return undefined;
  }
}

function integerFault(metadata: Fields, field: string): string | undefined {
  const node = valueAt(metadata, field);
  const meaning = node?.kind === 'scalar' ? resolveScalar(node) : undefined;
  if (meaning?.type !== 'number') return undefined;
  if (!/^-?\d{1,18}$/.test(meaning.text)) return 'is no integer';
  return field === 'generation' && meaning.text.startsWith('-') ? 'is negative' : undefined;
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|[-+](\d\d):(\d\d))$/;

/** As Go reads `time.RFC3339`, whose zone may be 24 hours. JavaScript takes February 30 for March 2. */
function isTime(text: string): boolean {
  const match = TIME.exec(text.slice(0, MAX_TIME_LENGTH));
  if (match === null || text.length > MAX_TIME_LENGTH) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ...zone] = match
    .slice(1)
    .map(Number);
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  const isDate = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const [zoneHour = 0, zoneMinute = 0] = zone.map((part) => part || 0);
  return isDate && hour < 24 && minute < 60 && second < 60 && zoneHour <= 24 && zoneMinute <= 60;
}

const MAX_TIME_LENGTH = 64;
