import type { LoginOutcome } from '../../login/result/login-finding.ts';
import type { EngineContext } from '../../review/evaluation/decision.ts';
import type { Permissions } from '../../review/own-writes/permissions.ts';
import type { Finding } from '../../secret/finding/finding.ts';
import { type ChangeReason, differingKeys, type SecretRecord } from '../../secret/record/record.ts';
import type { OverdueKey } from '../../versions/key-rotation/overdue.ts';
import { nextWrite, type ReconcileTiming } from '../../versions/reconcile/next-write.ts';

/** The writes that the controller would make to one stored Secret, and the keys that it would report. Names only. */
export interface ControllerPreview {
  /** Undefined if its values stay unchanged. */
  readonly write: PreviewedWrite | undefined;
  /** The controller would start to keep versions of it. */
  readonly record: boolean;
  /** The workloads that the controller would restart, as `Kind/name`. */
  readonly restarts: readonly string[];
  readonly derivedSecret: 'write' | 'remove' | undefined;
  /** If logins are tried: those of derived keys that disagree. */
  readonly trials: readonly UrlTrial[];
  /** The keys that are older than their policy allows. */
  readonly overdue: readonly OverdueKey[];
  /** The findings that only the record shows. */
  readonly findings: readonly Finding[];
}

export interface PreviewedWrite {
  readonly why: ChangeReason['kind'];
  readonly keys: readonly string[];
  /** The reason for each key. */
  readonly note: string;
}

/**
 * Whether the URL of a derived key opens its server, as it is stored and as it would be corrected. It names no host,
 * role or database.
 */
export interface UrlTrial {
  readonly key: string;
  /** The base keys that the corrected URL follows, for people. */
  readonly bases: string;
  readonly stored: LoginOutcome;
  readonly corrected: LoginOutcome;
}

/**
 * The first write that the controller would make. More writes may follow. `record` includes the present data of the
 * Secret.
 */
export function previewWrite(
  permissions: Permissions,
  record: SecretRecord,
  context: EngineContext,
  timing: ReconcileTiming,
): PreviewedWrite | undefined {
  const next = nextWrite(permissions, record, context, timing);
  if (next.kind === 'none') return undefined;
  const keys = differingKeys(permissions.request.secret.data, next.data);
  return { why: next.why.kind, keys, note: truncated(next.note) };
}

/** In characters. A policy may name a thousand keys. */
const MAX_NOTE_LENGTH = 500;

const truncated = (note: string): string =>
  note.length <= MAX_NOTE_LENGTH ? note : `${note.slice(0, MAX_NOTE_LENGTH)}…`;

/** The keys whose consumers the controller would restart: those of this write, and those of a rollout in progress. */
export function keysToRollOut(
  { mayRestart }: Permissions,
  { rollout }: Pick<SecretRecord, 'rollout'>,
  write: PreviewedWrite | undefined,
): readonly string[] {
  if (!mayRestart) return [];
  const open = rollout === undefined || rollout.stopped !== undefined ? [] : rollout.changes;
  return [...new Set([...(write?.keys ?? []), ...open.flatMap(({ keys }) => keys)])];
}

export const hasPlannedAction = ({
  write,
  record,
  restarts,
  derivedSecret,
  trials,
}: ControllerPreview): boolean =>
  write !== undefined || record || restarts.length > 0 || derivedSecret !== undefined || trials.length > 0;
