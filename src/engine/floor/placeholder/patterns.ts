import { CIPHERTEXT, UNRESOLVED } from '../../placeholder/reference.ts';
import type { PlaceholderVerdict } from '../../placeholder/verdict.ts';

/**
 * A form of placeholders, as a regular expression that RE2 and JavaScript read alike. The engine must find each text of
 * it. A test asks the engine about all texts of a phrase, and about many of a pattern.
 */
export interface PlaceholderPattern {
  readonly verdict: PlaceholderVerdict;
  readonly patterns: readonly string[];
}

/** One choice for each place. An empty choice leaves the place out. */
export type Phrase = readonly (readonly string[])[];

const words = (text: string): readonly string[] => text.trim().split(/\s+/);
const maybe = (text: string): readonly string[] => ['', ...words(text)];

const NOUNS = words('password secret key token secret-key api-key');
const OWNERS = maybe(
  'jwt db database api app postgres redis session csrf auth access refresh encryption admin user root',
);
const STRENGTHS = maybe('strong secure random long super super-secret');

/** Their texts are joined by `-` or by `_`, in small letters or in capitals. */
export const PHRASES: readonly Phrase[] = [
  [
    maybe('please'),
    words('change replace'),
    words('me this it'),
    maybe(
      'now please later before-deploying before-deployment in-production in-prod for-production password secret key token value',
    ),
  ],
  [maybe('please'), words('change replace'), maybe('this your the'), OWNERS, NOUNS],
  [words('replace'), words('with'), maybe('a your the'), STRENGTHS, OWNERS, [...NOUNS, 'value', 'string']],
  [words('fill insert set generate replace change update edit add'), words('me'), maybe('in here')],
  [
    words('insert enter put paste provide set generate'),
    maybe('your a the my'),
    OWNERS,
    NOUNS,
    maybe('here'),
  ],
  [words('your my'), STRENGTHS, OWNERS, NOUNS, maybe('here goes-here')],
  [
    words('your'),
    maybe('super-secret super-secure long-random secure-random very-long'),
    OWNERS,
    NOUNS,
    words('min-32-chars min-32-characters min-32-chars-long minimum-32-characters at-least-32-characters'),
  ],
  [words('your my'), words('128-bit 256-bit 384-bit 512-bit'), NOUNS, maybe('here')],
  [
    maybe(
      'a the my some dev test local example dummy fake sample default insecure development testing demo staging',
    ),
    OWNERS,
    NOUNS,
    maybe('here placeholder change-me changeme'),
  ],
  [words('a some'), maybe('very'), words('long'), words('random'), words('string secret')],
];

const escaped = (word: string): string => word.replaceAll(/[.+*?()[\]{}|\\^$]/g, '\\$&');

/** Small letters: the caller folds the text. A place that can be empty has its separator inside. */
function patternOf(phrase: Phrase, separator: string): string {
  const places = phrase.map((choices) => ({
    isOptional: choices.includes(''),
    pattern: `(?:${choices
      .filter((choice) => choice !== '')
      .map((choice) => escaped(choice.replaceAll('-', separator)))
      .join('|')})`,
  }));
  // The first place that is always there has no separator before it; those before it have theirs behind.
  const first = places.findIndex(({ isOptional }) => !isOptional);
  return `^${places
    .map(({ isOptional, pattern }, at) => {
      const withSeparator =
        at < first ? `${pattern}${separator}` : at === first ? pattern : `${separator}${pattern}`;
      return isOptional ? `(?:${withSeparator})?` : withSeparator;
    })
    .join('')}$`;
}

const PLACEHOLDER: PlaceholderVerdict = { rule: 'placeholder', what: 'is a placeholder' };
const UNRENDERED: PlaceholderVerdict = {
  rule: 'unrendered-template',
  what: 'is a template that nobody rendered',
};
const NEVER_RUN: PlaceholderVerdict = { rule: 'placeholder', what: 'is a command that was never run' };

/** They are asked about the text in small letters. The text itself has only these, or only capitals. */
export const FOLDED_PATTERNS: readonly PlaceholderPattern[] = [
  {
    verdict: PLACEHOLDER,
    patterns: PHRASES.flatMap((phrase) => ['-', '_'].map((separator) => patternOf(phrase, separator))),
  },
];

const NAME = '[A-Za-z_][A-Za-z0-9_]{2,40}';
const SLOT =
  '(?:your[-_ ])?(?:(?:jwt|db|database|api|app|admin|user|root|postgres|redis|mysql|secure|strong|local)[-_ ])?(?:password|secret|key|token|username|user)(?:[-_ ]here)?';

export const PATTERNS: readonly PlaceholderPattern[] = [
  {
    verdict: PLACEHOLDER,
    patterns: [`^<(?:${SLOT}|(?i:change|replace|insert|your|fill)[-_ ]?me)>$`, `^<${SLOT.toUpperCase()}>$`],
  },
  {
    verdict: UNRENDERED,
    patterns: [
      `^\\$\\{${NAME}\\}$`,
      `^\\$\\{${NAME}:?[-?=+][A-Za-z0-9_ .-]{1,40}\\}$`,
      '^\\{\\{ ?[.A-Za-z_][A-Za-z0-9_. -]{2,60}\\}\\}$',
      '^\\$\\{\\{ ?[.A-Za-z_][A-Za-z0-9_. -]{2,60}\\}\\}$',
    ],
  },
  {
    verdict: NEVER_RUN,
    patterns: [
      '^\\$\\([a-z][a-z0-9_./+-]{1,30} [ -~]{0,60}\\)$',
      '^openssl rand (?:-(?:base64|hex) )?[0-9]{1,4}$',
      '^`openssl rand (?:-(?:base64|hex) )?[0-9]{1,4}`$',
    ],
  },
  {
    verdict: UNRESOLVED,
    patterns: [
      '^op://[A-Za-z0-9_.-]{1,30}/[A-Za-z0-9_.-]{1,30}/[A-Za-z0-9_./-]{1,60}$',
      '^ref\\+[a-z0-9]{1,30}://[A-Za-z0-9_./#-]{1,60}$',
      '^arn:aws:(?:secretsmanager|ssm|kms):[!-~]{0,60}$',
      '^vault:[A-Za-z][A-Za-z0-9_./-]{1,60}[#][A-Za-z0-9_.-]{1,30}$',
    ],
  },
  { verdict: CIPHERTEXT, patterns: ['^ENC\\[[ -Z^-~]{0,80}\\]$'] },
];

/** The longest text that the patterns are asked about, in bytes. */
export const MAX_PATTERN_BYTES = 96;

/** One of the patterns matches the text, as the API server matches it. */
export function matchesPattern(text: string): boolean {
  const folded = text.toLowerCase();
  const isOneCase = text === folded || text === text.toUpperCase();
  return (
    (isOneCase && FOLDED_EXPRESSIONS.some((one) => one.test(folded))) ||
    EXPRESSIONS.some((one) => one.test(text))
  );
}

const expressionsOf = (all: readonly PlaceholderPattern[]): readonly RegExp[] =>
  all.flatMap(({ patterns }) => patterns.map((pattern) => new RegExp(pattern)));
const FOLDED_EXPRESSIONS = expressionsOf(FOLDED_PATTERNS);
const EXPRESSIONS = expressionsOf(PATTERNS);
