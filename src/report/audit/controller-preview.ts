import type { Foresight, UrlTrial } from '../../engine/reconcile/controller-preview.ts';

/** The most lines about one Secret; a policy may name a thousand keys, and a namespace may have as many workloads. */
const MOST = 20;

/** The writes that the controller would make, sentence by sentence. Names only. */
export function foresightLines(
  { write, record, restarts, sibling, trials }: Foresight,
  name: string,
): readonly string[] {
  return [
    ...(write === undefined ? [] : [`the controller would write ${listed(write.keys)} (${write.note})`]),
    ...(record ? [`the controller would keep its versions, in Secret lockstep-record-${name}`] : []),
    ...(restarts.length === 0 ? [] : [`the controller would restart ${listed(restarts)}`]),
    ...(sibling === undefined ? [] : [`the controller would ${sibling} Secret ${name}-derived`]),
    ...trials.flatMap(trialLines),
  ];
}

/** As it is stored, and as it would be corrected. */
export const trialLines = ({ key, stored, corrected }: UrlTrial): readonly string[] => [
  `${key} as it is stored ${outcomeText(stored)}`,
  `${key} as corrected ${outcomeText(corrected)}`,
];

function outcomeText(outcome: UrlTrial['stored']): string {
  switch (outcome.kind) {
    case 'open':
      return 'opens the server';
    case 'untried':
      return `could not be tried: ${outcome.why}`;
    default:
      return outcome.message;
  }
}

function listed(names: readonly string[]): string {
  const others = names.length - MOST;
  return `${names.slice(0, MOST).join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

/** The same for programs, with no more names. */
export const foresightJson = ({ write, record, restarts, sibling, trials }: Foresight) => ({
  write: write && { reason: write.why, keys: write.keys.slice(0, MOST), count: write.keys.length },
  record,
  restarts: restarts.slice(0, MOST),
  restartCount: restarts.length,
  derivedSecret: sibling,
  logins: trials.map(({ key, stored, corrected }) => ({
    key,
    stored: stored.kind,
    corrected: corrected.kind,
  })),
});
