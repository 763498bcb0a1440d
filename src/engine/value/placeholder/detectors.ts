import { unexecutedCommand, unexecutedSubstitution } from './command.ts';
import { builtOnKey, ownName } from './context-words.ts';
import { description } from './description.ts';
import { filler, fillerInConfiguration, fillerSecret } from './filler.ts';
import { instruction } from './instruction.ts';
import { listOfPlaceholders, loginWithPlaceholder, passwordOfLogin } from './parts.ts';
import { emptyPem, onlyComments } from './pem.ts';
import { publishedKey, publishedValue } from './published.ts';
import { unresolvedReferenceIn, unresolvedReferenceInConfiguration } from './reference.ts';
import { unrenderedInConfiguration, unrenderedTemplateIn } from './template.ts';
import type { ValueText } from './value-text.ts';
import type { Classify, Detect, DetectorContext, PlaceholderVerdict, ValueRole } from './verdict.ts';
import { onlyWordsOfPlaceholders } from './vocabulary-cover.ts';

/** The role of the key, or `generated` for a secret without any part that reads like a word. */
export type Asks = ValueRole | 'generated';

interface Detector {
  readonly name: string;
  readonly asks: readonly Asks[];
  readonly find: Detect;
}

const ANY_SECRET: readonly Asks[] = ['secret', 'generated'];

/**
 * All that can be wrong with a value, in the order of the questions: the first verdict counts. References come before
 * templates, because some are written in the braces of a template. A value of `configuration` may be a path, an address
 * or a format, so it has detectors of its own.
 *
 * @internal Exported for tests.
 */
export const DETECTORS: readonly Detector[] = [
  { name: 'reference', asks: ['secret', 'name'], find: unresolvedReferenceIn },
  { name: 'reference of a tool', asks: ['configuration'], find: unresolvedReferenceInConfiguration },
  { name: 'template', asks: ['secret', 'name'], find: unrenderedTemplateIn },
  { name: 'template of a renderer', asks: ['configuration'], find: unrenderedInConfiguration },
  { name: 'command', asks: ['secret', 'name'], find: unexecutedCommand },
  { name: 'command in $(…)', asks: ['configuration'], find: unexecutedSubstitution },
  { name: 'filler', asks: ['secret', 'name'], find: filler },
  { name: 'filler of any key', asks: ['configuration'], find: fillerInConfiguration },
  { name: 'name of key, user or database', asks: ANY_SECRET, find: ownName },
  { name: 'repetition, sequence, keyboard walk', asks: ANY_SECRET, find: fillerSecret },
  { name: 'empty PEM block', asks: ANY_SECRET, find: emptyPem },
  { name: 'comments only', asks: ANY_SECRET, find: onlyComments },
  { name: 'published value', asks: ANY_SECRET, find: publishedValue },
  {
    name: 'phrase, pattern, or only words of placeholders',
    asks: ['secret', 'name'],
    find: onlyWordsOfPlaceholders,
  },
  { name: 'instruction', asks: ['secret', 'name', 'configuration'], find: instruction },
  { name: 'description', asks: ['name', 'configuration'], find: description },
  { name: 'published access key', asks: ['configuration'], find: publishedKey },
  { name: 'password behind a user', asks: ['configuration'], find: passwordOfLogin },
  { name: 'list of placeholders', asks: ['secret'], find: listOfPlaceholders },
  { name: 'user and placeholder', asks: ['secret'], find: loginWithPlaceholder },
  { name: 'built on the name of the key', asks: ['secret'], find: builtOnKey },
];

const detectorsFor = (asks: Asks): readonly Detect[] =>
  DETECTORS.filter((detector) => detector.asks.includes(asks)).map(({ find }) => find);

const BY_QUESTION: Readonly<Record<Asks, readonly Detect[]>> = {
  secret: detectorsFor('secret'),
  generated: detectorsFor('generated'),
  name: detectorsFor('name'),
  configuration: detectorsFor('configuration'),
};

/** The first verdict. */
export function verdictOf(
  asks: Asks,
  value: ValueText,
  context: DetectorContext,
  classify: Classify,
): PlaceholderVerdict | undefined {
  for (const find of BY_QUESTION[asks]) {
    const verdict = find(value, context, classify);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}
