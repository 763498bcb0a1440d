import { IGNORE_COMMENT } from '../../../engine/rules/manifest-rules.ts';
import type { IgnoreComment } from '../../../manifest/read/ignore-comments.ts';
import type {
  CheckedObject,
  CheckedSecret,
  CheckFinding,
  CheckReport,
} from '../../../report/check-report.ts';
import { type IgnoreDirective, parseIgnoreComment } from './ignore-directive.ts';
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
