import { type RuleId, sentence } from '../../secret/finding/finding.ts';
import { plainSecret, type Request } from '../../secret/secret.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import { realValueFix } from '../rules/real-value.ts';
import { type Cel, listOf, quote, when } from './cel.ts';
import type { FloorEntry } from './entry.ts';

/** A Secret without an owner: the floor does not name the place of a fix. */
const PLAIN: { readonly request: Request; readonly data: ReadonlyMap<string, Sensitive> } = {
  request: {
    operation: 'CREATE',
    secret: plainSecret({ name: '', namespace: '' }),
    old: undefined,
    username: undefined,
  },
  data: new Map(),
};

export const fixByKey =
  ({ entry }: Pick<FloorEntry, 'entry'>, instruction: string, verb?: 'set' | 'add') =>
  (key: string): string =>
    realValueFix(PLAIN, { key, entry }, instruction, verb);

interface FloorFinding {
  readonly rule: RuleId;
  readonly message: string;
  /** One instruction to a person. It can depend on the spelling of the key. */
  readonly fix: string | ((key: string) => string);
}

/** `data[KEY]: is empty [lockstep/empty]: set a value (policy shop)`, as an expression. */
export const lineOf = (one: FloorEntry, { rule, message, fix }: FloorFinding): Cel =>
  `'data[' + ${one.key} + ']: ' + ${bySpelling(one, (key) =>
    sentence({ rule, message, fix: typeof fix === 'string' ? fix : fix(key), policy: one.policy.name }),
  )}`;

export const fixOf = (one: FloorEntry, fix: (key: string) => string): Cel => bySpelling(one, fix);

/** A text that can depend on the spelling in use. The most frequent text needs no list of spellings. */
function bySpelling({ key, spellings }: FloorEntry, textFor: (spelling: string) => string): Cel {
  const [[common] = [''], ...others] = [...Map.groupBy(spellings, textFor)].sort(
    ([, a], [, b]) => b.length - a.length,
  );
  return others.reduce(
    (otherwise, [other, some]) => when(`${key} in ${listOf(some)}`, quote(other), otherwise),
    quote(common),
  );
}

/** A check that finds nothing. */
export const NEVER: Cel = '[]';

/** A list of the finding if the condition holds, else an empty list. */
export const findingIf = (condition: Cel, line: Cel): Cel =>
  condition === 'false' ? NEVER : when(condition, `[${line}]`, '[]');
