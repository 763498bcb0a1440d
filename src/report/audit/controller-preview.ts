import type { ControllerPreview, UrlTrial } from '../../engine/diagnosis/audit/controller-preview.ts';
import { nameList } from '../lines.ts';

/** Limit of lines about one Secret. A policy may name a thousand keys, and a namespace may have as many workloads. */
const MAX_NAMES = 20;

/** The writes that the controller would make, one sentence each. They contain names only, and no value. */
export function controllerPreviewLines(
  { write, record, restarts, derivedSecret, trials: attempts }: ControllerPreview,
  name: string,
): readonly string[] {
  return [
    ...(write === undefined
      ? []
      : [`the controller would write ${nameList(write.keys, { most: MAX_NAMES })} (${write.note})`]),
    ...(record ? [`the controller would keep its versions, in Secret lockstep-record-${name}`] : []),
    ...(restarts.length === 0
      ? []
      : [`the controller would restart ${nameList(restarts, { most: MAX_NAMES })}`]),
    ...(derivedSecret === undefined ? [] : [`the controller would ${derivedSecret} Secret ${name}-derived`]),
    ...attempts.flatMap(loginAttemptLines),
  ];
}

/** The stored Secret, and the corrected one. */
export const loginAttemptLines = ({ key, stored, corrected }: UrlTrial): readonly string[] => [
  `${key} as it is stored ${attemptText(stored)}`,
  `${key} as corrected ${attemptText(corrected)}`,
];

function attemptText(outcome: UrlTrial['stored']): string {
  switch (outcome.kind) {
    case 'open':
      return 'opens the server';
    case 'untried':
      return `could not be tried: ${outcome.why}`;
    default:
      return outcome.message;
  }
}

/** The same for programs, with the same limit of names. */
export const controllerPreviewJson = ({
  write,
  record,
  restarts,
  derivedSecret,
  trials: attempts,
}: ControllerPreview) => ({
  write: write && { reason: write.why, keys: write.keys.slice(0, MAX_NAMES), count: write.keys.length },
  record,
  restarts: restarts.slice(0, MAX_NAMES),
  restartCount: restarts.length,
  derivedSecret: derivedSecret,
  logins: attempts.map(({ key, stored, corrected }) => ({
    key,
    stored: stored.kind,
    corrected: corrected.kind,
  })),
});
