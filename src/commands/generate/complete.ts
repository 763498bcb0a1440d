import {
  type ReplacedPlaceholders,
  replacePlaceholders,
} from '../../engine/review/decide/replace-placeholders.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { ManifestSecret, StructureFault } from '../../manifest/object/manifest-secret.ts';
import { UNREAD_VALUE } from '../../manifest/object/values.ts';
import type { ChosenPolicy } from '../policy-sources/choose-policy.ts';
import { fillSecret, findingText } from './fill-secret.ts';
import type { GenerateOptions } from './generate.ts';

export interface Target {
  readonly manifest: ManifestSecret;
  readonly chosen: ChosenPolicy;
}

export interface Completed {
  readonly written: ReadonlyMap<string, Sensitive>;
  /** Undefined: the Secret stays as it is, and standard error has the reason. */
  readonly summary: string | undefined;
  /** `check` admits it. */
  readonly isComplete: boolean;
}

/** Decides the new values of one Secret, and prints its findings. */
export function complete(
  { manifest, chosen }: Target,
  setValues: ReadonlyMap<string, Sensitive>,
  { env, replacePlaceholders: replaces = false }: GenerateOptions,
  warn: (message: string) => void,
): Completed {
  const { engine } = chosen;
  const { values, kept } = replaces
    ? replacePlaceholders(
        manifest.secret,
        chosen.policies,
        engine.context,
        engine.labelsOf?.(manifest.secret.namespace),
      )
    : NOTHING_REPLACED;
  const unread = unreadFaults(manifest, values);
  const given = withValues(withSetValues(manifest.secret, setValues), values);
  const filled = fillSecret(given, chosen, env, warn, replaces);
  for (const fault of unread) {
    if (!kept.includes(fault.key)) warn(findingText(fault));
  }
  if (filled.kind !== 'complete' && !replaces)
    return { written: new Map(), summary: undefined, isComplete: false };
  const following = filled.changes.filter(({ bases = [] }) => bases.some((base) => values.has(base)));
  const replaced = new Set([...values.keys(), ...following.map(({ key }) => key)]);
  const keptKeys = new Set([...kept, ...unread.map(({ key }) => key)]);
  for (const { key } of filled.changes) {
    if (hasValue(manifest.secret, key) && !replaced.has(key) && !keptKeys.has(key))
      warn(`data[${key}] is left as it is. lockstep render corrects it.`);
  }
  const written = changesTo(manifest.secret, filled.secret, replaced);
  const left = [...keptKeys].filter((key) => !written.has(key));
  return {
    written,
    summary: summaryOf(manifest.secret, written, left),
    isComplete: filled.kind === 'complete' && unread.length === 0,
  };
}

const NOTHING_REPLACED: ReplacedPlaceholders = { values: new Map(), kept: [] };

export const NOTHING_MISSING = 'nothing is missing';

function summaryOf(before: Secret, written: ReadonlyMap<string, Sensitive>, kept: readonly string[]): string {
  const keys = [...written.keys()];
  const parts = [
    [keys.filter((key) => !hasValue(before, key)), 'added'],
    [keys.filter((key) => hasValue(before, key)), 'replaced'],
    [kept, 'kept'],
  ] as const;
  const texts = parts
    .filter(([names]) => names.length > 0)
    .map(([names, done]) => `${names.join(', ')} ${done}`);
  return texts.length === 0 ? NOTHING_MISSING : texts.join('; ');
}

/** The faults of values that stay as they are. Throws at a fault of the form, which leaves no Secret to complete. */
function unreadFaults(
  { faults }: ManifestSecret,
  replaced: ReadonlyMap<string, Sensitive>,
): readonly StructureFault[] {
  const refused = faults.filter((fault) => fault.refused);
  const fault = refused.find(({ rule }) => !UNREAD_VALUE.has(rule));
  if (fault === undefined) return refused.filter(({ key }) => !replaced.has(key));
  const { place, key, message, fix } = fault;
  const position = `${place.file}:${place.line}`;
  throw invalidInto([position, `${key === '' ? 'the Secret' : key} ${message}`, fix].join(': '));
}

function withSetValues(secret: Secret, values: ReadonlyMap<string, Sensitive>): Secret {
  const existing = [...values.keys()].find((key) => hasValue(secret, key));
  if (existing !== undefined) throw invalidInto(`${existing} has a value already, which --set would change`);
  return withValues(secret, values);
}

const withValues = (
  { undecoded = new Set(), ...secret }: Secret,
  values: ReadonlyMap<string, Sensitive>,
): Secret => ({
  ...secret,
  undecoded: new Set([...undecoded].filter((key) => !values.has(key))),
  data: new Map([...secret.data, ...values]),
});

/** The keys that lacked a value, and those in `replaced`. An empty value may be intended, so it stays. */
function changesTo(
  { data: before }: Secret,
  { data }: Secret,
  replaced: ReadonlySet<string>,
): ReadonlyMap<string, Sensitive> {
  return new Map(
    [...data].filter(
      ([key, value]) =>
        (replaced.has(key) || before.get(key)?.isEmpty !== false) && !value.equals(before.get(key)),
    ),
  );
}

const hasValue = ({ data }: Secret, key: string): boolean => data.get(key)?.isEmpty === false;

export const invalidInto = (what: string): LockstepError => new LockstepError('BAD_OPTION', ['--into', what]);
