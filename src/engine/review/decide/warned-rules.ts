import type { KeyEntry } from '../../policy/policy.ts';
import type { RuleId } from '../../secret/finding/finding.ts';

/** For a key that no policy names, only a value that is no secret at all is refused. It may be encoded on purpose. */
export const WARN_FOR_UNNAMED: ReadonlySet<RuleId> = new Set<RuleId>([
  'trailing-newline',
  'quoted',
  'distinct',
  'double-base64',
  'unescaped-uri',
]);

/** For a lenient key, neither is a value that was accepted before any policy named its key. */
const WARN_FOR_LENIENT: ReadonlySet<RuleId> = new Set<RuleId>([...WARN_FOR_UNNAMED, 'weak', 'min-length']);

export const isOnlyWarned = ({ lenient }: KeyEntry, rule: RuleId): boolean =>
  lenient && WARN_FOR_LENIENT.has(rule);
