import { isExpired, type Policy, type Validation } from '../../engine/policy/policy.ts';
import type { Action } from '../../engine/secret/finding/finding.ts';
import { linesOf } from '../lines.ts';
import { printable } from '../printable.ts';
import { listText, matchText } from './match-text.ts';
import { type ListedPolicy, tableText } from './policy-table.ts';
import { requirementsOf } from './requirements.ts';

interface PagePolicy extends ListedPolicy {
  /** Why the version of the cluster can't be used. */
  readonly problems: readonly string[];
  /** The action that the policy itself has. */
  readonly ownAction: Action;
}

/** One policy for a reader: what it selects, what it asks of each key, which exceptions it has. */
export function policyPage(
  { name, source, action, ownAction, policy, problems }: PagePolicy,
  now: Date,
): string {
  if (policy === undefined)
    return `${printable(name)} of the cluster can not be used:\n${problems.map((one) => `  ${printable(one)}\n`).join('')}`;
  const limit =
    action === ownAction ? '' : `, because the installation allows no more (the policy has ${ownAction})`;
  const heading = [
    ['Name', name],
    ['Source', source],
    ['Secrets', matchText(policy.match, 100)],
    ['Action', `${action}${limit}`],
    ['Precedence', `${policy.precedence}`],
    ['Heal', policy.heal],
    ['Restart', policy.restart ? 'yes' : 'no'],
    [
      'Other keys',
      policy.defaultEntry === undefined ? 'not validated' : `validated, action ${policy.defaultEntry.action}`,
    ],
  ];
  return [
    heading.map(([label = '', text = '']) => indented(`${label}:`.padEnd(LABEL_WIDTH), text)).join(''),
    keyTable(policy, ownAction),
    listBlock('Rules', policy.validations.map(validationText)),
    listBlock('Exceptions', exceptionTexts(policy, now)),
  ]
    .filter((block) => block !== '')
    .join('\n');
}

function keyTable({ keys }: Policy, action: Action): string {
  if (keys.length === 0) return '';
  const rows = keys.map((entry) => {
    const readers = keys
      .filter(({ derive }) => derive?.baseNames.includes(entry.name))
      .map(({ name }) => name);
    const phrases = [
      ...requirementsOf(entry, action),
      ...(readers.length === 0 ? [] : [`part of ${listText(readers, 'and')}`]),
    ];
    return [entry.name, phrases.join(', ') || 'no requirements'];
  });
  const aliases = keys.filter((entry) => entry.aliases.length > 0);
  const spellings = aliases.map((entry) => `${entry.name}: ${entry.aliases.join(', ')}`);
  return (
    tableText([['KEY', 'REQUIREMENTS'], ...rows]) +
    (spellings.length === 0 ? '' : `\n${listBlock('Other spellings', spellings)}`)
  );
}

const listBlock = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `${title}:\n${lines.map((line) => indented('  ', line)).join('')}`;

/** In columns. */
const WIDTH = 100;
const LABEL_WIDTH = 12;

/** The lines after the first begin below the text of the first. */
function indented(label: string, text: string): string {
  const margin = ' '.repeat(label.length === 2 ? 4 : label.length);
  const [first = '', ...more] = linesOf(text, WIDTH - margin.length);
  return [`${label}${first}`, ...more.map((line) => `${margin}${line}`)].map((line) => `${line}\n`).join('');
}

const validationText = ({ message, expression, action }: Validation): string =>
  `${message} (${action}): ${expression}`;

const exceptionTexts = ({ exceptions }: Policy, now: Date): readonly string[] =>
  exceptions.map((exception) => {
    const { namespace, name, keys, reason, until } = exception;
    const end = isExpired(exception, now) ? `ran out on ${until}` : `until ${until}`;
    return `${namespace}/${name}, ${[...keys].join(' and ')}: ${reason}, ${end}`;
  });
