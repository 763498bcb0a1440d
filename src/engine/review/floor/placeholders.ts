import { policySuffix, sentenceWithoutPolicy } from '../../secret/finding/finding.ts';
import type { PlaceholderVerdict } from '../../value/placeholder/verdict.ts';
import { base64, encodedSize, withoutLineBreak } from './base64.ts';
import { allOf, type Cel, concat, listOf, quote, type Variable, when } from './cel.ts';
import type { FloorEntry } from './entry.ts';
import { surelyMatches } from './match.ts';
import { fixByKey, fixOf } from './message.ts';
import {
  type FloorRole,
  MAX_PLACEHOLDER_BYTES,
  type PlaceholderGroup,
  placeholderTexts,
} from './placeholder-texts.ts';

/** The places in an item about a value: the value in base64, the key, the usual fix, the end of the finding. */
const VALUE = 0;
const KEY = 1;
const FIX = 2;
const POLICY = 3;

/** The literals of one expression. The API server counts a look-up in a list by its size. */
const MAX_LITERALS = 800;

const ROLES: readonly FloorRole[] = ['secret', 'any'];

const roleOf = ({ entry }: FloorEntry): FloorRole => (entry.sensitive === true ? 'secret' : 'any');

/** The value of the entry, which this request set, is a placeholder. */
export const isPlaceholder = (floorEntry: FloorEntry): Cel =>
  `variables.found_${roleOf(floorEntry)}.exists(found, found[0] == ${floorEntry.key})`;

/**
 * The placeholders among the values of the entries, and their findings: a list. One expression asks about all values,
 * so that each text stands in the object once.
 */
export function placeholderChecks(entries: readonly FloorEntry[]): {
  readonly variables: readonly Variable[];
  readonly findings: readonly Cel[];
} {
  const variables: Variable[] = [];
  const findings: Cel[] = [];
  for (const role of ROLES) {
    const items = entries
      .filter((floorEntry) => roleOf(floorEntry) === role)
      .map((floorEntry) => itemOf(floorEntry, role));
    if (items.length === 0) continue;
    const define = (name: string, expression: Cel): Cel => {
      variables.push({ name: `${name}_${role}`, expression });
      return `variables.${name}_${role}`;
    };
    const asked = define(
      'asked',
      `(${concat(items)}).filter(one, size(one[${VALUE}]) <= ${encodedSize(MAX_PLACEHOLDER_BYTES + 1)})` +
        `.map(one, [${withoutLineBreak(`one[${VALUE}]`)}, one[${KEY}], one[${FIX}], one[${POLICY}]])`,
    );
    const parts = placeholderTexts(role)
      .flatMap(inParts)
      .map((group, part) => define(`found${part}`, foundIn(asked, group)));
    findings.push(`${define('found', concat(parts))}.map(found, found[1])`);
  }
  return { variables, findings };
}

function itemOf(floorEntry: FloorEntry, role: FloorRole): Cel {
  const fix =
    role === 'secret'
      ? fixOf(floorEntry, fixByKey(floorEntry, 'set a generated value'))
      : quote('set the real value');
  return when(
    allOf([
      surelyMatches(floorEntry.place),
      floorEntry.isHeld,
      `${floorEntry.value} != ''`,
      floorEntry.isChecked,
    ]),
    `[[${floorEntry.value}, ${floorEntry.key}, ${fix}, ${quote(policySuffix(floorEntry.policy.name))}]]`,
    '[]',
  );
}

const inParts = ({ verdict, texts }: PlaceholderGroup): readonly PlaceholderGroup[] =>
  Array.from({ length: Math.ceil(texts.length / MAX_LITERALS) }, (_, part) => ({
    verdict,
    texts: texts.slice(part * MAX_LITERALS, (part + 1) * MAX_LITERALS),
  }));

/** Pairs of the key and its finding. */
const foundIn = (list: Cel, { verdict, texts }: PlaceholderGroup): Cel =>
  `${list}.filter(one, one[${VALUE}] in ${listOf(texts.map(base64))}).map(one, [one[${KEY}], ${lineOf(verdict)}])`;

/** `data[KEY]: is a placeholder [lockstep/placeholder]: set a generated value (policy shop)` */
function lineOf(verdict: PlaceholderVerdict): Cel {
  const start = sentenceWithoutPolicy({ rule: verdict.rule, message: verdict.message, fix: '' });
  return `'data[' + one[${KEY}] + ${quote(`]: ${start}`)} + ${commonFix(verdict)} + one[${POLICY}]`;
}

function commonFix({ rule }: PlaceholderVerdict): Cel {
  switch (rule) {
    case 'placeholder':
      return `one[${FIX}]`;
    case 'unrendered-template':
      return quote('render the manifest before it is applied: Kubernetes replaces nothing inside a Secret');
    case 'unresolved-reference':
      return quote('apply it through the tool that resolves it, or set the value itself');
  }
}
