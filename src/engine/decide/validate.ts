import type { Metered } from '../evaluation/budget.ts';
import type { Surroundings } from '../evaluation/decision.ts';
import { type Case, type Governed, isChanged } from '../evaluation/evaluation.ts';
import { exceptionsFor, isExcepted } from '../evaluation/exceptions.ts';
import { type Action, type Finding, milder, stricter } from '../finding/finding.ts';
import { hasRunOut } from '../policy/policy.ts';
import { keyRules, secretRules } from '../rules/registry.ts';
import type { Complaint, KeyRule, SecretRule } from '../rules/rule.ts';

/** Step 5: every finding about the object as it stands, and what each one does. */
export function findingsOf(aCase: Case, around: Metered): readonly Finding[] {
  const { budget } = around;
  const findings: Finding[] = [];
  const add = (rule: KeyRule | SecretRule, complaint: Complaint): void => {
    const finding = findingFrom(aCase, rule, complaint, around);
    if (finding !== undefined) findings.push(finding);
  };
  for (const governed of everyKey(aCase)) {
    budget.spend(aCase.data.get(governed.key)?.size);
    for (const rule of keyRules) {
      const complaint = rule.check(aCase, governed);
      if (complaint === undefined) continue;
      add(rule, complaint);
      if (rule.final) break;
    }
  }
  for (const rule of secretRules) {
    for (const complaint of rule.check(aCase, budget)) {
      budget.spend();
      add(rule, complaint);
    }
  }
  return findings;
}

/** The keys that policies name, held or not, then all others under the entry for unnamed keys. */
function* everyKey({ governed, unnamed, data }: Case): Generator<Governed> {
  yield* governed.values();
  if (unnamed === undefined) return;
  for (const key of data.keys()) {
    if (!governed.has(key)) yield { key, entry: unnamed.entry, policy: unnamed.policy };
  }
}

function findingFrom(
  aCase: Case,
  { id, atMost }: KeyRule | SecretRule,
  complaint: Complaint,
  around: Surroundings,
): Finding | undefined {
  const owners = [complaint.key, complaint.other].flatMap((key) =>
    key === undefined ? [] : (ownerOf(aCase, key) ?? []),
  );
  const [owner] = owners;
  if (owner === undefined) return undefined;
  const now = around.now();
  // Of two keys the stricter: an exception for one of them lets the other be judged.
  const action = owners
    .map((one) => (isExcepted(aCase, one, now) ? 'Audit' : one.entry.action))
    .reduce(stricter);
  const limits = [
    atMost,
    underivableLimit(id, owner),
    isUnnamed(aCase, owner) && MILD_WHERE_UNNAMED.has(id) ? 'Warn' : undefined,
    isRatcheted(aCase, complaint) || around.warnOnlyUsers.has(aCase.request.username ?? '')
      ? 'Warn'
      : undefined,
    around.maxAction,
  ].filter((limit): limit is Action => limit !== undefined);
  const past = owners
    .flatMap((one) => exceptionsFor(aCase, one))
    .find((exception) => hasRunOut(exception, now));
  return {
    rule: id,
    key: complaint.key,
    action: limits.reduce(milder, action),
    message: complaint.message,
    fix:
      past === undefined
        ? complaint.fix
        : `${complaint.fix} (the exception ${past.reason} ran out on ${past.until})`,
    policy: owner.policy.name,
  };
}

/** Of keys that nobody named only a value that is no secret at all is refused. */
const MILD_WHERE_UNNAMED: ReadonlySet<string> = new Set([
  'trailing-newline',
  'quoted',
  'distinct',
  'unescaped-uri',
]);

const isUnnamed = ({ unnamed }: Case, { entry }: Governed): boolean => entry === unnamed?.entry;

/** `underivable` denies only where the derived key is required. */
const underivableLimit = (id: string, { entry }: Governed): Action | undefined =>
  id === 'underivable' && !entry.required ? 'Warn' : undefined;

function ownerOf({ governed, unnamed, policies }: Case, key: string): Governed | undefined {
  const named = governed.get(key);
  if (named !== undefined || unnamed !== undefined) return named ?? (unnamed && { key, ...unnamed });
  // A finding about a key, or the Secret, that no policy answers for is the first policy's to report.
  const [first] = governed.values();
  return first && policies.length > 0 ? { ...first, key } : undefined;
}

/** As Kubernetes itself ratchets: what this request did not touch is no reason to refuse it. */
const isRatcheted = (aCase: Case, { key, other }: Complaint): boolean =>
  !isChanged(aCase, key) && (other === undefined || !isChanged(aCase, other));
