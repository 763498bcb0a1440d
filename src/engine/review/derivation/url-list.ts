import { Sensitive } from '../../secret/sensitive.ts';
import type { DerivationPlan, Difference } from './plan.ts';

/** Drivers of RabbitMQ and Redis take one URL for each node of a cluster. A longer text is no such list. */
const MAX_URLS = 32;

const SCHEME = /^[a-z][a-z0-9+.-]{0,63}(?=:\/\/)/i;

/**
 * The URLs of `amqp://a,amqp://b`, and the separators between them: `[url, separator, url, …]`. One piece if the text
 * is no list. All URLs have the scheme of the first one, so a URL in a parameter is none of them.
 */
export function piecesOfList(text: string): readonly string[] {
  const [scheme] = SCHEME.exec(text) ?? [];
  // Nearly every URL ends here.
  if (scheme === undefined || !text.includes(`${scheme}://`, scheme.length)) return [text];
  return text.split(new RegExp(`([,;] *)(?=${scheme.replace(/[.+]/g, '\\$&')}://)`));
}

/** The plan for the list: each URL is planned as if it stood alone, and all else keeps its bytes. */
export function planList(pieces: readonly string[], planOf: (url: string) => DerivationPlan): DerivationPlan {
  if (pieces.length > 2 * MAX_URLS) return { kind: 'unreadable' };
  const plans = pieces.map((piece, at) => (at % 2 === 0 ? planOf(piece) : undefined));
  const planned = plans.filter((plan) => plan !== undefined);
  const noted = planned.flatMap((plan) => ('noted' in plan && plan.noted) || []);
  const writes = planned.filter((plan) => plan.kind === 'write');
  const [write] = writes;
  const unable = planned.find(({ kind }) => kind !== 'write' && kind !== 'leave' && kind !== 'foreign');
  if (unable !== undefined) return unable;
  const left = planned.find((plan) => plan.kind === 'leave') ?? { kind: 'foreign' };
  if (write === undefined) return { ...left, noted: distinct(noted) };
  return {
    kind: 'write',
    value: Sensitive.fromText(pieces.map((piece, at) => textOf(plans[at]) ?? piece).join('')),
    reason: (writes.find(({ reason }) => reason === 'mismatch') ?? write).reason,
    parts: [...new Set(writes.flatMap(({ parts }) => parts))],
    bases: [...new Set(writes.flatMap(({ bases }) => bases))],
    lost: writes.find(({ lost }) => lost !== undefined)?.lost,
    noted: distinct(noted),
  };
}

const textOf = (plan: DerivationPlan | undefined): string | undefined =>
  plan?.kind === 'write' ? plan.value.withPlaintext(({ text }) => text) : undefined;

/** The same part of several URLs is named once. */
const distinct = (noted: readonly Difference[]): readonly Difference[] =>
  noted.filter(({ part }, at) => noted.findIndex((other) => other.part === part) === at);
