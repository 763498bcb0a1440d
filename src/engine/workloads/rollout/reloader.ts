import { createHash } from 'node:crypto';
import { compilePattern } from '../../policy/pattern.ts';
import type { Secret } from '../../secret/secret.ts';

/**
 * The marks of Reloader (github.com/stakater/Reloader) on a workload: the annotations that make Reloader restart it,
 * and the traces of its last restarts.
 */
export interface ReloaderMarks {
  readonly annotations: StringMap;
  /** Secrets that Reloader ignores for this workload. */
  readonly excluded: readonly string[];
  /** The digests that Reloader wrote into the containers, by the name of the variable. */
  readonly digests: ReadonlyMap<string, string>;
  /** The Secret of the last restart, and its digest, as JSON. */
  readonly lastReloaded: string | undefined;
}

type StringMap = Readonly<Record<string, string>>;

/** Reloader also reads annotations of the Secret. */
export type ReloaderSecret = Pick<Secret, 'name' | 'annotations'>;

const RELOAD = 'secret.reloader.stakater.com/reload';
const AUTO = 'reloader.stakater.com/auto';
const SECRET_AUTO = 'secret.reloader.stakater.com/auto';
const SEARCH = 'reloader.stakater.com/search';
const TRIGGERS = [RELOAD, AUTO, SECRET_AUTO, SEARCH] as const;
const EXCLUDE = 'secrets.exclude.reloader.stakater.com/reload';
const LAST_RELOADED = 'reloader.stakater.com/last-reloaded-from';
const MATCH_ON_SECRET = 'reloader.stakater.com/match';
const IGNORE_ON_SECRET = 'reloader.stakater.com/ignore';

/** More regular expressions than a person writes. Names do not count. */
const MAX_PATTERNS = 10;
const VARIABLE = /^STAKATER_\w+_SECRET$/;

interface MarkedTemplate {
  readonly annotations: StringMap;
  readonly variables: readonly { readonly name?: string; readonly value?: string }[];
}

/**
 * Undefined if no annotation makes Reloader restart the workload. Reloader reads the annotations of the pod template
 * only if the workload itself has none of them. It reads the excluded names on the workload alone.
 */
export function reloaderMarksOf(annotations: StringMap, template: MarkedTemplate): ReloaderMarks | undefined {
  const deciding = [annotations, template.annotations].find((each) =>
    TRIGGERS.some((trigger) => Object.hasOwn(each, trigger)),
  );
  if (deciding === undefined) return undefined;
  const digests = template.variables.flatMap(({ name = '', value = '' }) =>
    VARIABLE.test(name) ? [[name, value] as const] : [],
  );
  return {
    annotations: deciding,
    excluded: listed(annotations[EXCLUDE]),
    digests: new Map(digests),
    lastReloaded: template.annotations[LAST_RELOADED],
  };
}

/** Whether Reloader restarts a workload that reads this Secret when its data changes. */
export function isLeftToReloader(
  marks: ReloaderMarks | undefined,
  { name, annotations: ofSecret }: ReloaderSecret,
): marks is ReloaderMarks {
  if (marks === undefined || ofSecret.get(IGNORE_ON_SECRET) === 'true') return false;
  const { annotations, excluded } = marks;
  if (excluded.includes(name)) return false;
  if (isNamed(listed(annotations[RELOAD]), name)) return true;
  if (annotations[SEARCH] === 'true' && ofSecret.get(MATCH_ON_SECRET) === 'true') return true;
  return isTrue(annotations[AUTO]) || isTrue(annotations[SECRET_AUTO]);
}

/** Whether the pod template shows that Reloader has restarted the workload for the present data of the Secret. */
export function isReloadedFor(
  { digests, lastReloaded }: ReloaderMarks,
  { name, data }: Pick<Secret, 'name' | 'data'>,
): boolean {
  const digest = digests.get(variableOf(name));
  const reload = digest === undefined ? reloadIn(lastReloaded) : { type: 'SECRET', name, hash: digest };
  return reload.type === 'SECRET' && reload.name === name && reload.hash === digestOf(data);
}

/** Each entry is a regular expression for the whole name. */
function isNamed(entries: readonly string[], name: string): boolean {
  const [names, patterns] = [entries.filter(isPlain), entries.filter((entry) => !isPlain(entry))];
  return (
    names.includes(name) || patterns.slice(0, MAX_PATTERNS).some((pattern) => isMatch(`^${pattern}$`, name))
  );
}

const isPlain = (entry: string): boolean => /^[-a-z0-9]*$/.test(entry);

/** Reloader skips an entry that is no regular expression. An entry that is too large for lockstep counts as none. */
function isMatch(text: string, name: string): boolean {
  try {
    const pattern = compilePattern(text);
    return name.length <= pattern.maxCharacters && pattern.matches(name);
  } catch {
    return false;
  }
}

const listed = (text = ''): readonly string[] => text.split(',').map((entry) => entry.trim());

/** As `strconv.ParseBool` of Go. */
const isTrue = (text = ''): boolean => ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text);

const variableOf = (name: string): string =>
  `STAKATER_${name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, '_')}_SECRET`;

interface Reload {
  readonly type?: unknown;
  readonly name?: unknown;
  readonly hash?: unknown;
}

/** Any user of the namespace may have written the annotation. */
function reloadIn(json = ''): Reload {
  try {
    return (JSON.parse(json) as Reload | null) ?? {};
  } catch {
    return {};
  }
}

/** Reloader's digest of a Secret: the SHA-1 of `KEY=VALUE;KEY=VALUE`, in the order of the bytes. */
function digestOf(data: Secret['data']): string {
  const hash = createHash('sha1');
  const entries = [...data].map(([key, value]) => [`${key}=`, value] as const);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [index, [key, value]] of entries.entries()) {
    hash.update(index === 0 ? key : `;${key}`);
    value.withPlaintext(({ bytes }) => void hash.update(bytes));
  }
  return hash.digest('hex');
}
