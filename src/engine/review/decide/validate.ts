import { isExpired, plainEntry } from '../../policy/policy.ts';
import { type Finding, milder, stricter } from '../../secret/finding/finding.ts';
import type { BudgetedContext } from '../evaluation/budget.ts';
import type { EngineContext } from '../evaluation/decision.ts';
import { type Evaluation, isAffected, type ManagedKey } from '../evaluation/evaluation.ts';
import { exceptionsFor, isExcepted } from '../evaluation/exceptions.ts';
import { changed } from '../rules/changed.ts';
import { presenceRules, secretRules, valueRules } from '../rules/registry.ts';
import type { KeyRule, RuleText, Violation } from '../rules/rule.ts';
import { changedViolations } from './changed-values.ts';
import { isOnlyWarned, WARN_FOR_UNNAMED } from './warned-rules.ts';

/** Step 5: every finding about the present object, with its action. */
export function findingsOf(evaluation: Evaluation, context: BudgetedContext): readonly Finding[] {
  const { budget } = context;
  const findings: Finding[] = [];
  const add = (rule: RuleText, violation: Violation): void => {
    const finding = findingFrom(evaluation, rule, violation, context);
    if (finding !== undefined) findings.push(finding);
  };
  const { plan, data } = evaluation;
  for (const managedKey of plan.allKeys) {
    budget.spend(data.get(managedKey.key)?.size);
    checkKey(evaluation, managedKey, add);
  }
  for (const violation of changedViolations(evaluation, context)) add(changed, violation);
  for (const rule of secretRules) {
    for (const violation of rule.check(evaluation, context)) {
      budget.spend();
      add(rule, violation);
    }
  }
  return findings;
}

function checkKey(
  evaluation: Evaluation,
  managedKey: ManagedKey,
  add: (rule: KeyRule, violation: Violation) => void,
): void {
  for (const rule of presenceRules) {
    const violation = rule.check(evaluation, managedKey);
    if (violation === undefined) continue;
    add(rule, violation);
    if (rule.final) return;
  }
  const value = evaluation.data.get(managedKey.key);
  if (value === undefined || value.isEmpty) return;
  for (const rule of valueRules) {
    const violations = rule.check(evaluation, managedKey, value);
    if (violations === undefined) continue;
    if ('key' in violations) add(rule, violations);
    else for (const violation of violations) add(rule, violation);
    if (rule.final) return;
  }
}

function findingFrom(
  evaluation: Evaluation,
  { id, maxAction }: RuleText,
  violation: Violation,
  context: EngineContext,
): Finding | undefined {
  const owners = ownersOf(evaluation, violation);
  const [owner] = owners;
  if (owner === undefined) return undefined;
  const now = context.now();
  // The stronger action of two keys counts: an exception for one of them does not cover the other.
  const action = owners
    .map((one) => (isExcepted(evaluation, one, now) ? 'Audit' : (violation.action ?? one.entry.action)))
    .reduce(stricter);
  const onlyWarns =
    isOnlyWarned(owner.entry, id) ||
    (isDefaultEntry(evaluation, owner) && WARN_FOR_UNNAMED.has(id)) ||
    // It denies only if the derived key is required.
    (id === 'underivable' && !owner.entry.required) ||
    isRatcheted(evaluation, violation) ||
    isWarnOnly(evaluation, context);
  const limit = milder(context.maxAction, onlyWarns ? 'Warn' : 'Enforce');
  const ruleLimit = milder(maxAction ?? 'Enforce', violation.maxAction ?? 'Enforce');
  return {
    rule: id,
    key: violation.key,
    action: milder(action, milder(limit, ruleLimit)),
    message: violation.message,
    fix: `${violation.fix}${exceptionRemark(evaluation, owners, now)}`,
    policy: owner.policy.name,
  };
}

const isWarnOnly = ({ request }: Evaluation, { warnOnlyUsers }: EngineContext): boolean =>
  warnOnlyUsers.has(request.username ?? '');

function ownersOf(
  evaluation: Evaluation,
  { key, other, action, aboutSecret, managedKey }: Violation,
): readonly ManagedKey[] {
  if (managedKey !== undefined) return [managedKey];
  if (aboutSecret !== undefined) {
    const { policy } = aboutSecret;
    return [{ key, entry: plainEntry(key, action ?? 'Enforce'), policy }];
  }
  const owner = responsibleKey(evaluation, key);
  const second = other === undefined ? undefined : responsibleKey(evaluation, other);
  if (second === undefined) return owner === undefined ? [] : [owner];
  return owner === undefined ? [second] : [owner, second];
}

/** The exception that permits the value, or else one that no longer does. */
function exceptionRemark(evaluation: Evaluation, owners: readonly ManagedKey[], now: Date): string {
  // Most policies permit no exception.
  if (owners.every(({ policy }) => policy.exceptions.length === 0)) return '';
  const exceptions = owners.flatMap((one) => exceptionsFor(evaluation, one));
  const [exception] = exceptions.toSorted((a, b) => Number(isExpired(a, now)) - Number(isExpired(b, now)));
  if (exception === undefined) return '';
  const { reason, until } = exception;
  return isExpired(exception, now)
    ? ` (the exception ${reason} ran out on ${until})`
    : ` (allowed by the exception ${reason} until ${until})`;
}

const isDefaultEntry = ({ defaultEntry }: Evaluation, { entry }: ManagedKey): boolean =>
  entry === defaultEntry?.entry;

function responsibleKey(
  { managedKeys, defaultEntry, policies }: Evaluation,
  key: string,
): ManagedKey | undefined {
  const managedKey = managedKeys.get(key);
  if (managedKey !== undefined || defaultEntry !== undefined)
    return managedKey ?? (defaultEntry && { key, ...defaultEntry });
  // The first policy reports a finding about a key, or the Secret, that no policy names.
  const [first] = managedKeys.values();
  return first && policies.length > 0 ? { ...first, key } : undefined;
}

/** The ratchet of Kubernetes itself: a fault that this request did not touch is no reason to refuse it. */
const isRatcheted = (evaluation: Evaluation, { key, other, aboutSecret }: Violation): boolean =>
  aboutSecret === undefined
    ? !isAffected(evaluation, key) && (other === undefined || !isAffected(evaluation, other))
    : !aboutSecret.isAffected;
