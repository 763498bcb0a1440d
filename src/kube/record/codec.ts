import type { LoginRecord } from '../../engine/record/login-record.ts';
import type { Pending, SecretRecord, Version, Why } from '../../engine/record/record.ts';
import { LARGEST_SECRET } from '../../engine/secret/secret.ts';
import {
  type IndexedLogin,
  type IndexedVersion,
  type RecordIndex,
  readIndex,
  SCHEMA,
  type WrittenIndex,
} from './index.ts';
import { loginForm, readLogin } from './login.ts';
import { type PackedValues, packValues, type Unpack, unpacker } from './values.ts';

/** The data of a record's Secret, in base64 as the API server has it: `index`, `version-1`, `version-2`, …, `pending`, `login`. */
export type RecordData = Readonly<Record<string, string | null>>;

const INDEX = 'index';
const PENDING = 'pending';
const LOGIN = 'login';
const versionKey = (number: number): string => `version-${number}`;

/**
 * What a record is stored as. A Secret holds 1 MiB: the oldest versions are left out until what is left fits, never the last one, what is pending, nor
 * the passwords of a login; undefined where these do not fit.
 */
export function writeForm(record: SecretRecord): RecordData | undefined {
  const packed = new Map(record.versions.map(({ number, data }) => [number, data && packValues(data)]));
  const pending = record.pending?.data && packValues(record.pending.data);
  for (let first = 0; first < record.versions.length; first += 1) {
    const kept = record.versions.slice(first);
    const form = formOf({ ...record, versions: kept }, packed, pending);
    const size = [...form.values()].reduce((sum, { length }) => sum + length, 0);
    if (size <= LARGEST_SECRET)
      return Object.fromEntries([...form].map(([key, bytes]) => [key, bytes.toString('base64')]));
  }
  return undefined;
}

type Packed = ReadonlyMap<number, PackedValues | undefined>;

function formOf(
  record: SecretRecord,
  packed: Packed,
  pending: PackedValues | undefined,
): Map<string, Buffer> {
  const { uid, versions, changed, rollout, gone, ahead, inStep } = record;
  const login = record.login && loginForm(record.login);
  const passwords = login && packValues(login.passwords);
  const index: WrittenIndex = {
    schema: SCHEMA,
    uid,
    versions: versions.map((one) => indexed(one, packed.get(one.number))),
    pending: record.pending && { ...indexed(record.pending, pending), over: record.pending.over },
    changed: [...changed].map(([key, time]) => ({ key, time: text(time) })),
    ...rotatingOf(record),
    ahead: ahead && rotatingOf(ahead),
    rollout: rollout && rolloutOf(rollout),
    login: login && passwords && { ...login.index, sha256: passwords.sum },
    inStep: inStep.size === 0 ? undefined : [...inStep].map(([key, one]) => ({ key, ...one })),
    gone: gone && text(gone),
  };
  const form = new Map<string, Buffer>([[INDEX, Buffer.from(JSON.stringify(index))]]);
  for (const { number } of versions) {
    const values = packed.get(number);
    if (values !== undefined) form.set(versionKey(number), values.bytes);
  }
  if (pending !== undefined) form.set(PENDING, pending.bytes);
  if (passwords !== undefined) form.set(LOGIN, passwords.bytes);
  return form;
}

const indexed = ({ number, time, by, why, keys }: Version, packed: PackedValues | undefined) => ({
  number,
  time: text(time),
  by,
  why: whyForm(why),
  keys: [...keys],
  sha256: packed?.sum,
});

const whyForm = (why: Why) =>
  why.kind === 'rolled-back' ? { ...why, except: why.except && [...why.except] } : why;

const rotatingOf = ({ rotations, asked }: Pick<SecretRecord, 'rotations' | 'asked'>) => ({
  rotations: [...rotations].map(([key, { step, since, previousKey }]) => ({
    key,
    step,
    since: text(since),
    previousKey,
  })),
  asked: [...asked],
});

const rolloutOf = ({ changes, done, current, stopped }: NonNullable<SecretRecord['rollout']>) => ({
  changes: changes.map(({ number, time, keys }) => ({ number, time: text(time), keys: [...keys] })),
  done: [...done].map(([workload, number]) => ({ workload, number })),
  current: current && { workload: current.workload, since: text(current.since) },
  stopped,
});

const text = (time: Date): string => time.toISOString();

/** The record, or why it can't be read. Whoever may write Secrets may have written anything there. */
export function readForm(data: RecordData): SecretRecord | string {
  const stored = data[INDEX];
  if (typeof stored !== 'string') return 'it has no index';
  const index = readIndex(Buffer.from(stored, 'base64').toString('utf8'));
  if (typeof index === 'string') return index;
  const { uid, versions, pending, changed, ahead, rollout, gone, inStep = [] } = index;
  const unpack = unpacker();
  const login = index.login && loginIn(index.login, data[LOGIN], unpack);
  if (login === 'lost') return 'the passwords of its login were edited';
  // The newest first: of too much the oldest is what is not read.
  const pendingRead = pending && pendingOf(pending, data[PENDING], unpack);
  const newestFirst = versions
    .toReversed()
    .map((one) => versionOf(one, data[versionKey(one.number)], unpack));
  return {
    uid,
    versions: newestFirst.toReversed(),
    pending: pendingRead,
    changed: new Map(changed.map(({ key, time }) => [key, time])),
    ...rotatingIn(index),
    ahead: ahead && rotatingIn(ahead),
    rollout: rollout && {
      changes: rollout.changes,
      done: new Map(rollout.done.map(({ workload, number }) => [workload, number])),
      current: rollout.current,
      stopped: rollout.stopped,
    },
    login,
    inStep: new Map(inStep.map(({ key, ...one }) => [key, one])),
    gone,
  };
}

/** They may be the only key to a database: nothing is done with a record that has lost them. */
function loginIn(
  login: IndexedLogin,
  packed: string | null | undefined,
  unpack: Unpack,
): LoginRecord | 'lost' {
  const passwords = typeof packed === 'string' ? unpack(packed, login.sha256) : undefined;
  return (passwords && readLogin(login, passwords)) ?? 'lost';
}

const versionOf = (
  { sha256, ...version }: IndexedVersion,
  packed: string | null | undefined,
  unpack: Unpack,
): Version => ({
  ...version,
  data: sha256 === undefined || typeof packed !== 'string' ? undefined : unpack(packed, sha256),
});

const pendingOf = (
  { over, ...version }: NonNullable<RecordIndex['pending']>,
  packed: string | null | undefined,
  unpack: Unpack,
): Pending => ({ ...versionOf(version, packed, unpack), over });

const rotatingIn = ({ rotations, asked }: Pick<RecordIndex, 'rotations' | 'asked'>) => ({
  rotations: new Map(rotations.map(({ key, ...rotation }) => [key, rotation])),
  asked,
});
