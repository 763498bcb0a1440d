import { type Annotation, FIELD_MANAGER } from '../../secret/kubernetes/kubernetes-names.ts';
import type { Version } from '../../secret/record/record.ts';
import { isOwnWriter } from '../../secret/record/writers.ts';
import type { Request } from '../../secret/secret.ts';

export const CONSENT_ANNOTATION = 'lockstep.dev/allow-change-until' satisfies Annotation;

/** A consent that was left in Git runs out. */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

/** Whether the request changes stored values on purpose. `ignored` is the fault of its annotation, as a predicate. */
export type Consent =
  | { readonly isGiven: true }
  | { readonly isGiven: false; readonly ignored: string | undefined };

/**
 * The mutating webhook reads the annotation as it is. The validating one gets `graceMs`, because it must not refuse
 * what the mutating one has let through. Another pod may have another clock.
 */
export function consentOf({ secret, fieldManager }: Request, now: Date, graceMs = 0): Consent {
  // Anybody who may write the Secret may also give the annotation.
  if (fieldManager === FIELD_MANAGER) return { isGiven: true };
  const until = secret.annotations.get(CONSENT_ANNOTATION);
  const ignored = until === undefined ? undefined : faultOf(until, now.getTime(), graceMs);
  return until === undefined || ignored !== undefined ? { isGiven: false, ignored } : { isGiven: true };
}

/** Whether the write of that version had consent, at its time. */
export const wasConsented = (request: Request, { by, time }: Pick<Version, 'by' | 'time'>): boolean =>
  isOwnWriter(by) || consentOf({ ...request, fieldManager: by }, time).isGiven;

const RFC_3339 = /^(?<day>\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?<zone>Z|[+-]\d{2}:\d{2})?$/i;

function faultOf(until: string, nowMs: number, graceMs: number): string | undefined {
  const { day = '', zone } = RFC_3339.exec(until)?.groups ?? {};
  const isDay = day !== '' && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day) === true;
  const time = isDay ? Date.parse(until.toUpperCase()) : Number.NaN;
  if (Number.isNaN(time)) return 'is no time like 2026-11-30T18:00:00Z';
  if (zone === undefined) return 'has no time zone, such as Z';
  if (time + graceMs <= nowMs) return 'is in the past';
  return time - graceMs > nowMs + MAX_AHEAD_MS ? 'is more than 24 hours ahead' : undefined;
}
