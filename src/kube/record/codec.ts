import { type LoginRecord, loginsOf } from '../../engine/secret/record/login-record.ts';
import type { Pending, SecretRecord, Version } from '../../engine/secret/record/record.ts';
import type { SecretFrame } from '../../engine/secret/record/secret-frame.ts';
import { MAX_SECRET_BYTES } from '../../engine/secret/secret.ts';
import { type LoginEntry, parseIndex, type RecordIndex, SCHEMA_VERSION, type VersionEntry } from './index.ts';
import { decodeLogin, encodeLogin } from './login.ts';
import { type PackedValues, packValues, type UnpackValues, valuesUnpacker } from './values.ts';

/**
 * The data of a record, in base64 as in the API: `index`, `version-1`, `version-2`, …, `pending`, `login`,
 * `login-redis`.
 */
export type RecordData = Readonly<Record<string, string | null>>;

const INDEX = 'index';
const PENDING = 'pending';
const versionDataKey = (number: number): string => `version-${number}`;
const loginDataKey = ({ system }: Pick<LoginRecord, 'system'>): string =>
  system === undefined ? 'login' : `login-${system}`;

/**
 * Encodes a record for the API server. A Secret holds 1 MiB, so the oldest versions are left out until the rest fits.
 * The last version, the pending one and the passwords of a login always stay. Undefined if these do not fit.
 */
export function encodeRecord(record: SecretRecord): RecordData | undefined {
  const packedVersions = new Map(
    record.versions.map(({ number, data }) => [number, data && packValues(data)]),
  );
  const pending = record.pending?.data && packValues(record.pending.data);
  for (let first = 0; first < record.versions.length; first += 1) {
    const keptVersions = record.versions.slice(first);
    const encoded = encodeData({ ...record, versions: keptVersions }, packedVersions, pending);
    const size = [...encoded.values()].reduce((sum, { length }) => sum + length, 0);
    if (size <= MAX_SECRET_BYTES)
      return Object.fromEntries([...encoded].map(([key, bytes]) => [key, bytes.toString('base64')]));
  }
  return undefined;
}

type PackedVersions = ReadonlyMap<number, PackedValues | undefined>;

function encodeData(
  record: SecretRecord,
  packedVersions: PackedVersions,
  pending: PackedValues | undefined,
): Map<string, Buffer> {
  const { uid, versions, lastChanged, recentChanges, rollout, deletedAt, afterPending, inSyncKeys, frame } =
    record;
  const logins = loginsOf(record).map((one) => {
    const { index, passwords } = encodeLogin(one);
    return { index, key: loginDataKey(one), passwords: packValues(passwords) };
  });
  const [login, ...otherLogins] = logins.map(({ index, passwords: { sha256 } }) => ({ ...index, sha256 }));
  const index: RecordIndex = {
    schema: SCHEMA_VERSION,
    uid,
    versions: versions.map((version) => encodeVersion(version, packedVersions.get(version.number))),
    pending: record.pending && {
      ...encodeVersion(record.pending, pending),
      baseResourceVersion: record.pending.baseResourceVersion,
    },
    lastChanged: [...lastChanged].map(([key, time]) => ({ key, time })),
    recentChanges: recentChanges.length === 0 ? undefined : recentChanges,
    ...encodeRotations(record),
    afterPending: afterPending && encodeRotations(afterPending),
    rollout: rollout && encodeRollout(rollout),
    login,
    otherLogins: otherLogins.length === 0 ? undefined : otherLogins,
    inSyncKeys: inSyncKeys.size === 0 ? undefined : [...inSyncKeys].map(([key, one]) => ({ key, ...one })),
    deletedAt,
    frame: frame && encodeFrame(frame),
  };
  const data = new Map<string, Buffer>([[INDEX, Buffer.from(JSON.stringify(index))]]);
  for (const { number } of versions) {
    const values = packedVersions.get(number);
    if (values !== undefined) data.set(versionDataKey(number), values.bytes);
  }
  if (pending !== undefined) data.set(PENDING, pending.bytes);
  for (const { key, passwords } of logins) data.set(key, passwords.bytes);
  return data;
}

const encodeVersion = ({ number, time, by, why, keys }: Version, packed: PackedValues | undefined) => ({
  number,
  time,
  by,
  why,
  keys,
  sha256: packed?.sha256,
});

const encodeFrame = ({ immutable, labels, annotations, ...frame }: SecretFrame) => ({
  ...frame,
  immutable: immutable ? (true as const) : undefined,
  labels: encodeTexts(labels),
  annotations: encodeTexts(annotations),
});

const encodeTexts = (texts: ReadonlyMap<string, string>) =>
  [...texts].map(([name, text]) => ({ name, text }));

const encodeRotations = ({
  rotations,
  requestedKeys,
}: Pick<SecretRecord, 'rotations' | 'requestedKeys'>) => ({
  rotations: [...rotations].map(([key, rotation]) => ({ key, ...rotation })),
  requestedKeys,
});

const encodeRollout = ({ changes, done, ...rollout }: NonNullable<SecretRecord['rollout']>) => ({
  ...rollout,
  changes: changes.map(({ number, time, keys }) => ({ number, time, keys })),
  done: [...done].map(([workload, number]) => ({ workload, number })),
});

/** The record, or the reason why it can't be read. Any user who may write Secrets may have edited it. */
export function decodeRecord(data: RecordData): SecretRecord | string {
  const encodedIndex = data[INDEX];
  if (typeof encodedIndex !== 'string') return 'it has no index';
  const index = parseIndex(Buffer.from(encodedIndex, 'base64').toString('utf8'));
  if (typeof index === 'string') return index;
  const {
    uid,
    versions,
    pending,
    lastChanged,
    recentChanges = [],
    afterPending,
    rollout,
    deletedAt,
    inSyncKeys = [],
    frame,
  } = index;
  const unpack = valuesUnpacker();
  const logins: LoginRecord[] = [];
  for (const entry of [index.login, ...(index.otherLogins ?? [])]) {
    if (entry === undefined) continue;
    const login = decodeLoginEntry(entry, data[loginDataKey(entry)], unpack);
    if (login === 'lost') return 'the passwords of its login were edited';
    if (logins.some(({ system }) => system === login.system)) return 'it has two logins of one kind';
    logins.push(login);
  }
  const [login, ...otherLogins] = logins;
  // The newest first: if there is too much data, the oldest version is not read.
  const decodedPending = pending && decodePending(pending, data[PENDING], unpack);
  const newestFirst = versions
    .toReversed()
    .map((one) => decodeVersion(one, data[versionDataKey(one.number)], unpack));
  return {
    uid,
    versions: newestFirst.toReversed(),
    pending: decodedPending,
    lastChanged: new Map(lastChanged.map(({ key, time }) => [key, time])),
    recentChanges,
    ...decodeRotations(index),
    afterPending: afterPending && decodeRotations(afterPending),
    rollout: rollout && {
      changes: rollout.changes,
      done: new Map(rollout.done.map(({ workload, number }) => [workload, number])),
      current: rollout.current,
      stopped: rollout.stopped,
    },
    login,
    ...(otherLogins.length > 0 && { otherLogins }),
    inSyncKeys: new Map(inSyncKeys.map(({ key, ...one }) => [key, one])),
    deletedAt,
    frame: frame && decodeFrame(frame),
  };
}

const decodeFrame = ({ immutable, labels, annotations, ...frame }: NonNullable<RecordIndex['frame']>) => ({
  ...frame,
  controller: frame.controller,
  immutable: immutable === true,
  labels: decodeTexts(labels),
  annotations: decodeTexts(annotations),
});

const decodeTexts = (texts: NonNullable<RecordIndex['frame']>['labels']): ReadonlyMap<string, string> =>
  new Map(texts.map(({ name, text }) => [name, text]));

/** These passwords may be the only way into a database, so lockstep does not use a record that has lost them. */
function decodeLoginEntry(
  login: LoginEntry,
  packed: string | null | undefined,
  unpack: UnpackValues,
): LoginRecord | 'lost' {
  const passwords = typeof packed === 'string' ? unpack(packed, login.sha256) : undefined;
  return (passwords && decodeLogin(login, passwords)) ?? 'lost';
}

const decodeVersion = (
  { sha256, ...version }: VersionEntry,
  packed: string | null | undefined,
  unpack: UnpackValues,
): Version => ({
  ...version,
  data: sha256 === undefined || typeof packed !== 'string' ? undefined : unpack(packed, sha256),
});

const decodePending = (
  { baseResourceVersion, ...version }: NonNullable<RecordIndex['pending']>,
  packed: string | null | undefined,
  unpack: UnpackValues,
): Pending => ({ ...decodeVersion(version, packed, unpack), baseResourceVersion });

const decodeRotations = ({ rotations, requestedKeys }: Pick<RecordIndex, 'rotations' | 'requestedKeys'>) => ({
  rotations: new Map(rotations.map(({ key, ...rotation }) => [key, rotation])),
  requestedKeys,
});
