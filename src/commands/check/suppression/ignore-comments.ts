import { findRule, parseRuleId, unknownRuleAdvice } from '../../../engine/review/rules/find-rule.ts';
import { IGNORE_COMMENT } from '../../../engine/review/rules/manifest-rules.ts';
import type { IgnoreComment } from '../../../manifest/read/ignore-comments.ts';
import type {
  CheckedObject,
  CheckedSecret,
  CheckFinding,
  CheckReport,
} from '../../../report/check-report.ts';
import { withSuppressions } from './suppress.ts';

interface AppliedComment {
  readonly comment: IgnoreComment;
  readonly directive: IgnoreDirective;
  readonly usedRules: Set<string>;
}

/**
 * Accepts the findings that a comment names on its line, and adds a finding for each comment without an effect.
 * `mayBeUnused` is false for a rule that this run could not ask.
 */
export function applyIgnoreComments(
  report: CheckReport,
  comments: readonly IgnoreComment[],
  mayBeUnused: (rule: string) => boolean,
): CheckReport {
  const applied = withoutRepetition(comments).map(
    (comment): AppliedComment => ({
      comment,
      directive: parseIgnoreComment(comment),
      usedRules: new Set(),
    }),
  );
  const byLine = effectiveComments(applied);
  const suppressed = withSuppressions(report, ({ file, line, rule }) => {
    const effective = byLine.get(lineId(file, line))?.get(rule);
    effective?.usedRules.add(rule);
    return effective && { kind: 'inSource', reason: effective.reason };
  });
  return withCommentFindings(suppressed, applied, mayBeUnused);
}

interface EffectiveComment {
  readonly usedRules: Set<string>;
  readonly reason: string;
}

/** For each line, the first comment for each rule. */
function effectiveComments(
  applied: readonly AppliedComment[],
): ReadonlyMap<string, ReadonlyMap<string, EffectiveComment>> {
  const byLine = new Map<string, Map<string, EffectiveComment>>();
  for (const { comment, directive, usedRules } of applied) {
    if ('fault' in directive) continue;
    const id = lineId(comment.place.file, comment.targetLine);
    const byRule = byLine.get(id) ?? new Map<string, EffectiveComment>();
    byLine.set(id, byRule);
    for (const rule of directive.rules)
      if (!byRule.has(rule)) byRule.set(rule, { usedRules, reason: directive.reason });
  }
  return byLine;
}

const lineId = (file: string, line: number): string => `${line} ${file}`;

/** A user may give one file twice. */
function withoutRepetition(comments: readonly IgnoreComment[]): readonly IgnoreComment[] {
  const byPlace = new Map<string, IgnoreComment>();
  for (const comment of comments) {
    const { file, line, column } = comment.place;
    byPlace.set(`${line}:${column} ${file}`, comment);
  }
  return [...byPlace.values()];
}

interface CommentFault {
  readonly comment: IgnoreComment;
  readonly message: string;
  readonly fix: string;
}

/** A person corrects the first ones. A file can hold a million of them. */
const MAX_REPORTED = 1000;

/** Each finding goes to the Secret around its comment, or else to an entry for the file. */
function withCommentFindings(
  report: CheckReport,
  applied: readonly AppliedComment[],
  mayBeUnused: (rule: string) => boolean,
): CheckReport {
  const faults = applied.flatMap((one) => faultOf(one, mayBeUnused)).slice(0, MAX_REPORTED);
  if (faults.length === 0) return report;
  const secretsByFile = Map.groupBy(report.secrets, ({ file }) => file);
  const bySecret = new Map<CheckedSecret, CheckFinding[]>();
  const byFile = new Map<string, CheckFinding[]>();
  for (const fault of faults) {
    const { file } = fault.comment.place;
    const secret = secretAround(fault.comment, secretsByFile.get(file) ?? []);
    // Ciphertext has no findings, so that a comment for its plain text is not unused.
    if (secret?.verdict === 'skip') continue;
    const finding = findingOf(fault, secret === undefined);
    if (secret === undefined) append(byFile, file, finding);
    else append(bySecret, secret, finding);
  }
  return {
    ...report,
    secrets: report.secrets.map((secret) => {
      const added = bySecret.get(secret);
      return added === undefined ? secret : { ...secret, findings: [...secret.findings, ...added] };
    }),
    objects: [...report.objects, ...[...byFile].map(fileObject)],
  };
}

function append<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

function faultOf(
  { comment, directive, usedRules }: AppliedComment,
  mayBeUnused: (rule: string) => boolean,
): readonly CommentFault[] {
  if ('fault' in directive) return [{ comment, message: directive.fault, fix: directive.fix }];
  const unused = directive.rules.filter((rule) => !usedRules.has(rule) && mayBeUnused(rule));
  return unused.map((rule) => ({
    comment,
    message: `has an ignore comment for ${rule}, and there is no such finding on line ${comment.targetLine}`,
    fix: 'remove it, or put it on the line of the finding or above it',
  }));
}

/** The last Secret of the same document that begins before the content of the comment. */
const secretAround = (
  { documentLine, targetLine }: IgnoreComment,
  secrets: readonly CheckedSecret[],
): CheckedSecret | undefined => secrets.findLast(({ line }) => line >= documentLine && line <= targetLine);

const findingOf = ({ comment, message, fix }: CommentFault, isForFile: boolean): CheckFinding => ({
  rule: IGNORE_COMMENT,
  key: '',
  action: 'Warn',
  message: isForFile ? `the file ${message}` : message,
  fix,
  line: comment.place.line,
  column: comment.place.column,
});

const fileObject = ([file, findings]: readonly [string, readonly CheckFinding[]]): CheckedObject => ({
  kind: 'File',
  ref: file,
  file,
  line: findings[0]?.line ?? 1,
  findings,
});

/** The findings that a comment accepts, or the reason why it accepts none. */
type IgnoreDirective =
  | { readonly rules: readonly string[]; readonly reason: string }
  | { readonly fault: string; readonly fix: string };

const FORM = 'write # lockstep:ignore RULE -- REASON';

/** `# lockstep:ignore placeholder, weak -- the reason`. One unknown rule makes the whole comment ineffective. */
function parseIgnoreComment({ word, text }: Pick<IgnoreComment, 'word' | 'text'>): IgnoreDirective {
  const suffix = /^\S*/.exec(text)?.[0] ?? '';
  if (word !== 'ignore' || suffix !== '')
    return { fault: `has the comment lockstep:${shortened(word + suffix)}, which has no meaning`, fix: FORM };
  const [ruleText = '', reason = ''] = splitAtReason(text);
  const rules = [...new Set(ruleText.split(/[\s,]+/).map(parseRuleId))].filter((id) => id !== '');
  if (rules.length === 0) return { fault: 'has an ignore comment that names no rule', fix: FORM };
  const unknown = rules.find((id) => findRule(id) === undefined);
  if (unknown !== undefined)
    return {
      fault: `has an ignore comment for the rule ${shortened(unknown)}, which does not exist`,
      fix: unknownRuleAdvice(unknown),
    };
  if (rules.includes(IGNORE_COMMENT))
    return {
      fault: `has an ignore comment for the rule ${IGNORE_COMMENT}`,
      fix: 'correct the other comment',
    };
  if (reason === '') return { fault: 'has an ignore comment without a reason', fix: FORM };
  return { rules, reason: shortened(reason, MAX_REASON) };
}

/** The rules, and the reason after the two dashes. */
function splitAtReason(text: string): readonly string[] {
  const dashes = /(?:^|\s)--(?=\s|$)/.exec(text);
  if (dashes === null) return [text];
  return [text.slice(0, dashes.index), text.slice(dashes.index + dashes[0].length).trim()];
}

/** Limits in characters. A comment may be as long as a file. */
const MAX_REASON = 300;
const MAX_WORD = 40;

const shortened = (text: string, most = MAX_WORD): string =>
  text.length <= most ? text : `${text.slice(0, most)}…`;
