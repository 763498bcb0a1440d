import type { Surroundings } from '../evaluation/decision.ts';
import type { LoginOutcome } from '../login/login-finding.ts';
import type { Mandate } from '../permissions/permissions.ts';
import { differingKeys, type SecretRecord, type Why } from '../record/record.ts';
import { nextWrite, type Pace } from './next-write.ts';

/** The writes that the controller would make to one stored Secret. Names only. */
export interface Foresight {
  /** Undefined where its values stay as they are. */
  readonly write: ForeseenWrite | undefined;
  /** It would begin to keep versions of it. */
  readonly record: boolean;
  /** Those that it would restart, as `Kind/name`. */
  readonly restarts: readonly string[];
  /** The writes to the Secret of derived keys beside it. */
  readonly sibling: 'write' | 'remove' | undefined;
  /** If logins are tried: those of derived keys that disagree. */
  readonly trials: readonly UrlTrial[];
}

export interface ForeseenWrite {
  readonly why: Why['kind'];
  readonly keys: readonly string[];
  /** Why, key by key. */
  readonly note: string;
}

/** Whether the URL of a derived key opens its server, as it is stored and as it would be corrected. Names no host, role or database. */
export interface UrlTrial {
  readonly key: string;
  /** The base keys that the corrected URL follows, for people. */
  readonly bases: string;
  readonly stored: LoginOutcome;
  readonly corrected: LoginOutcome;
}

/** The first write that the controller would make. It may find more to do after it. `record`: with what the Secret holds now. */
export function foreseenWrite(
  mandate: Mandate,
  record: SecretRecord,
  around: Surroundings,
  pace: Pace,
): ForeseenWrite | undefined {
  const next = nextWrite(mandate, record, around, pace);
  if (next.kind === 'none') return undefined;
  const keys = differingKeys(mandate.request.secret.data, next.data);
  return { why: next.why.kind, keys, note: shortened(next.note) };
}

/** A policy may name a thousand keys. Characters. */
const LONGEST_NOTE = 500;

const shortened = (note: string): string =>
  note.length <= LONGEST_NOTE ? note : `${note.slice(0, LONGEST_NOTE)}…`;

/** The keys whose readers would be restarted: those of this write, and of what has not reached everybody yet. */
export function keysToBring(
  { restarts }: Mandate,
  { rollout }: Pick<SecretRecord, 'rollout'>,
  write: ForeseenWrite | undefined,
): readonly string[] {
  if (!restarts) return [];
  const open = rollout === undefined || rollout.stopped !== undefined ? [] : rollout.changes;
  return [...new Set([...(write?.keys ?? []), ...open.flatMap(({ keys }) => keys)])];
}

export const isForeseen = ({ write, record, restarts, sibling, trials }: Foresight): boolean =>
  write !== undefined || record || restarts.length > 0 || sibling !== undefined || trials.length > 0;
