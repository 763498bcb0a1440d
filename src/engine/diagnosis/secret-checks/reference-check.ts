import type { ObjectWithFindings } from '../../workloads/references/object-findings.ts';
import type { ComparedReferences } from '../../workloads/references/reference-index.ts';
import { type CheckResult, fault, ok, unknown } from '../check-result.ts';

/** The references of a namespace to one Secret. */
export interface ReferenceFacts extends ComparedReferences {
  /** The objects that could not be read. */
  readonly unread: readonly string[];
  readonly isUnknown: boolean;
  /** The Secret does not exist. */
  readonly isAbsent: boolean;
  /** The fix if nothing could be read. */
  readonly grantHint: string;
  /** The place in which a person adds a key: empty, or ` where its Certificate takes it from`. */
  readonly placeOfFix: string;
}

/** The objects that ask for a key that the Secret lacks, or for a Secret that does not exist. */
export function referenceCheck(facts: ReferenceFacts): CheckResult {
  const { readers, objects, made, unread, isUnknown, isAbsent } = facts;
  if (isUnknown) return unknown('the objects that read it could not be read', facts.grantHint);
  const [maker] = made;
  if (isAbsent && maker !== undefined)
    return fault(`it does not exist: ${maker.maker} makes it, and has not yet`, describeCommand(maker), [
      ...unreadNames(unread),
    ]);
  if (objects.length === 0) {
    const message =
      readers === 0 ? 'no object of the namespace needs it' : `${countOf(readers)} it, and no key is missing`;
    return { ...ok(message), names: unreadNames(unread) };
  }
  const names = objects.flatMap(({ kind, name, findings }) =>
    findings.map(({ message, fix }) => `${kind}/${name}: ${message}: ${fix}`),
  );
  const places = listOf(objects.map(({ kind, name }) => `${kind}/${name}`));
  if (isAbsent)
    return fault(
      `it does not exist, and ${countOf(objects.length)} it`,
      `create it, or correct the name in ${places}`,
      [...names, ...unreadNames(unread)],
    );
  const keys = keysOf(objects);
  const isOne = keys.length === 1;
  return fault(
    `it lacks the ${isOne ? 'key' : 'keys'} ${listOf(keys)}, and ${countOf(objects.length)} ${isOne ? 'it' : 'them'}: pods do not start without`,
    `add ${listOf(keys)} to it${facts.placeOfFix}, or correct the key in ${places}`,
    [...names, ...unreadNames(unread)],
  );
}

const keysOf = (objects: readonly ObjectWithFindings[]): readonly string[] => [
  ...new Set(objects.flatMap(({ findings }) => findings.map(({ key }) => key))),
];

const countOf = (count: number): string => (count === 1 ? '1 object reads' : `${count} objects read`);

const unreadNames = (unread: readonly string[]): readonly string[] =>
  unread.length === 0 ? [] : [`not read: ${unread.join(', ')}`];

/** Names that one line holds. */
const MAX_LISTED = 5;

const listOf = (names: readonly string[]): string =>
  names.length <= MAX_LISTED
    ? names.join(', ')
    : `${names.slice(0, MAX_LISTED).join(', ')} and ${names.length - MAX_LISTED} more`;

/** `ExternalSecret app` of `shop/app`. */
function describeCommand({ secret, maker }: ComparedReferences['made'][number]): string {
  const [kind = '', name = ''] = maker.split(' ');
  return `kubectl -n ${secret.split('/')[0]} describe ${kind.toLowerCase()} ${name}`;
}
