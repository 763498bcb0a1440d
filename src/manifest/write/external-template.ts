import type { Policy } from '../../engine/policy/policy.ts';
import type { GoTemplate } from '../../engine/review/decide/go-template.ts';

const NAME_HINT =
  'Under another name: write that name into the template, one with a dash or a dot as (index . "the-name").';

/** Maximum line length, in columns. */
const MAX_COLUMNS = 100;

/**
 * The part of an ExternalSecret that computes derived keys, ready to paste. Base keys are fetched under the names that
 * the policy gives them. Comments list these keys and their aliases.
 */
export function externalTemplate(policy: Policy, templates: readonly GoTemplate[]): string {
  const translated = templates.filter(({ text }) => text !== undefined);
  // External Secrets fails as a whole for a key that was not fetched.
  const isOptional = ({ addWith }: GoTemplate): boolean =>
    addWith.length > 0 && translated.some((other) => other.addWith.length === 0);
  const references = translated
    .filter((template) => !isOptional(template))
    .flatMap((template) => template.references);
  const required = namesOf(references.filter(({ fallback }) => fallback === undefined));
  const optional = namesOf(references).filter((name) => !required.includes(name));
  const optionalHint = optional.length === 0 ? '' : `, and may fetch ${joinNames(optional)}`;
  return [
    ...commentLines(
      '',
      `Derived keys of SecretPolicy ${policy.name}, for an ExternalSecret: merge this into its spec.`,
    ),
    ...commentLines(
      '',
      `spec.data or spec.dataFrom must fetch ${joinNames(required)}${optionalHint}. ${NAME_HINT}`,
    ),
    'spec:',
    '  target:',
    '    template:',
    '      engineVersion: v2',
    ...commentLines(
      '      ',
      'Keeps the fetched keys next to the computed ones; without it only the latter are stored.',
    ),
    '      mergePolicy: Merge',
    '      data:',
    ...templates.flatMap((template) => templateLines(template, isOptional(template), policy)),
    '',
  ].join('\n');
}

function templateLines(
  { key, text, unsupportedReason, addWith, references }: GoTemplate,
  isOptional: boolean,
  { keys }: Policy,
): readonly string[] {
  if (text === undefined) return commentLines(INDENT, `${key} is left out: ${unsupportedReason}.`);
  const aliases = namesOf(references).flatMap((name) => {
    const aliasesOfName = keys.find((entry) => entry.name === name)?.aliases ?? [];
    return aliasesOfName.length === 0 ? [] : [`${name} may be fetched as ${aliasesOfName.join(', ')}.`];
  });
  const conditionLine = isOptional
    ? [`If ${joinNames(addWith)} is fetched as well, remove the # in front of ${key}.`]
    : addWith.length === 0
      ? []
      : [`Only where ${joinNames(addWith)} is there as well; else leave it out.`];
  const ownAliases = keys.find((entry) => entry.name === key)?.aliases ?? [];
  const aliasLine = ownAliases.length === 0 ? [] : [`May be called ${ownAliases.join(', ')} instead.`];
  return [
    ...[...aliasLine, ...conditionLine, ...aliases].flatMap((line) => commentLines(INDENT, line)),
    `${INDENT}${isOptional ? '# ' : ''}${quotedKey(key)}: ${quoted(text)}`,
  ];
}

const INDENT = ' '.repeat(8);

const namesOf = (references: readonly { readonly name: string }[]): readonly string[] => [
  ...new Set(references.map(({ name }) => name)),
];

const joinNames = (names: readonly string[]): string => (names.length === 0 ? 'nothing' : names.join(', '));

/** Wraps between words. */
function commentLines(indent: string, text: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/[\s\0-\x1f\x7f]+/)) {
    if (line !== '' && indent.length + line.length + word.length + 3 > MAX_COLUMNS) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => `${indent}# ${each}`);
}

/** Some readers would not take `1` or `yes` for a string. */
const quotedKey = (key: string): string =>
  /^[A-Za-z_][\w.-]{3,}$/.test(key) && !/^(true|false|null)$/i.test(key) ? key : quoted(key);

/**
 * Single quotes need no escapes, so that the template stays readable. A text that they can't hold is escaped to ASCII
 * in double quotes.
 */
function quoted(text: string): string {
  if (/^[\x20-\x7e\u00a0-\ud7ff]*$/.test(text) && !/[\u2028\u2029]/.test(text))
    return `'${text.replaceAll("'", "''")}'`;
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
