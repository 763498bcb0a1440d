import type { ClusterSearch, FixablePlace } from '../../engine/diagnosis/find-value/cluster-search.ts';
import { type Fix, fixCommand } from '../../engine/diagnosis/find-value/fix.ts';
import { fieldText } from '../../engine/diagnosis/find-value/place.ts';
import type { SoughtForm } from '../../engine/diagnosis/find-value/sought-values.ts';
import type { Encoding } from '../../engine/diagnosis/find-value/views.ts';
import { printable } from '../printable.ts';
import { plural } from '../wording.ts';

/** A search with the values that were given, each by its place in a report. It holds none of them. */
export interface FindValueReport extends ClusterSearch {
  /** Empty for the value of standard input. */
  readonly origins: readonly string[];
  readonly skipped: readonly { readonly origin: string; readonly reason: string }[];
}

/**
 * The text for people:
 *
 *     the value is in 2 places:
 *       Secret shop/app
 *         key POSTGRES_PASSWORD: plain; read by Deployment/web
 *         key DATABASE_URL: percent-encoded; read by Deployment/web
 *           to change it: lockstep rotate shop/app
 */
export function findValueText(report: FindValueReport): string {
  const { origins, places, skipped, unread, secrets, objects } = report;
  const byValue = Map.groupBy(places, ({ value }) => value);
  const lines = [
    ...origins.flatMap((origin, value) => valueLines(valueName(origin, value), byValue.get(value) ?? [])),
    ...skipped.map(({ origin, reason }) => `not searched for (${origin}): ${reason}`),
    ...unread.map((what) => `not read: ${what}`),
    `searched ${plural(secrets, 'Secret')} and ${plural(objects, 'other object')}`,
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}

const valueName = (origin: string, value: number): string =>
  origin === '' ? 'the value' : `value ${value + 1} (${origin})`;

function valueLines(name: string, places: readonly FixablePlace[]): readonly string[] {
  if (places.length === 0) return [`${name} was not found`];
  const objects = Map.groupBy(places, ({ kind, namespace, name: own }) => `  ${kind} ${namespace}/${own}`);
  return [
    `${name} is in ${plural(places.length, 'place')}:`,
    ...[...objects].flatMap(([object, all]) => [
      object,
      ...[...Map.groupBy(all, ({ fix }) => fixText(fix))].flatMap(([fix, alike]) => [
        ...alike.map((place) => `    ${placeText(place)}`),
        `      ${fix}`,
      ]),
    ]),
  ];
}

function placeText({ field, encodings, form, readers }: FixablePlace): string {
  const how = [encodingText(encodings), ...(form === 'given' ? [] : [FORM_TEXT[form]])].join(', ');
  const readBy = readers.length === 0 ? '' : `; read by ${readers.join(', ')}`;
  return `${fieldText(field)}: ${how}${readBy}`;
}

const FORM_TEXT: Readonly<Record<Exclude<SoughtForm, 'given'>, string>> = {
  decoded: 'the text that the given value encodes',
  'url-password': 'the password of the given URL',
  'key-line': 'a line of the given key',
};

const ENCODING_TEXT: Readonly<Record<Encoding, string>> = {
  base64: 'base64',
  hex: 'hexadecimal',
  percent: 'percent-encoded',
  escaped: 'escaped',
  quoted: 'with doubled quotes',
  xml: 'XML entities',
  gzip: 'gzip',
};

/** `plain`, `base64 twice`, `base64 of percent-encoded` */
function encodingText(encodings: readonly Encoding[]): string {
  if (encodings.length === 0) return 'plain';
  if (encodings.length === 2 && encodings[0] === encodings[1]) return `${ENCODING_TEXT[encodings[0]!]} twice`;
  return encodings.map((encoding) => ENCODING_TEXT[encoding]).join(' of ');
}

function fixText(fix: Fix): string {
  const command = fixCommand(fix);
  if (fix.by === 'lockstep') return `to change it: ${command}`;
  return fix.by === 'owner' ? `to change it: ${fix.what}` : `${fix.what}: ${command}`;
}
