import { readFileSync, statSync } from 'node:fs';
import { findRule, parseRuleId, unknownRuleAdvice } from '../../../engine/review/rules/find-rule.ts';
import { IGNORE_COMMENT } from '../../../engine/review/rules/manifest-rules.ts';
import { nearestNames } from '../../../engine/secret/nearest.ts';
import { LockstepError, systemCode } from '../../../errors/errors.ts';
import { parseJson as locateFault } from '../../../manifest/yaml/json-node.ts';
import type { BaselineEntry } from '../../../report/check-report.ts';
import { printable } from '../../../report/printable.ts';

/** One entry of a baseline file. It accepts so many findings of one rule about one key. */
export interface StoredEntry extends BaselineEntry {
  readonly count: number;
  /** Written by a person, and kept. */
  readonly reason: string | undefined;
}

/** A baseline of 100,000 findings has a third of it. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Limit in characters of one text. The longest path of Linux has as many. */
const MAX_TEXT = 4096;
const MAX_COUNT = 1_000_000;
const VERSION = 1;

/** The entries of the file. Undefined if it does not exist. Throws BASELINE_UNUSABLE. */
export function readBaselineFile(path: string): readonly StoredEntry[] | undefined {
  const text = readText(path);
  return text === undefined ? undefined : parseBaseline(path, text);
}

function readText(path: string): string | undefined {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw unusable(path, 'it is no regular file');
    if (stats.size > MAX_BYTES) throw unusable(path, `it is larger than ${MAX_BYTES / 1024 / 1024} MiB`);
    // A file of the kernel has no size, and a read of one can wait for ever.
    return stats.size === 0 ? '' : readFileSync(path, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    if (systemCode(error) === 'ENOENT') return undefined;
    throw unusable(path, `it can not be read (${systemCode(error)})`);
  }
}

export const unusable = (path: string, reason: string): LockstepError =>
  new LockstepError('BASELINE_UNUSABLE', [printable(path), reason]);

function parseBaseline(path: string, text: string): readonly StoredEntry[] {
  const conflict = /^(?:<{7}|={7}|>{7})(?: |\r?$)/m.exec(text);
  if (conflict !== null) throw unusable(path, `line ${lineAt(text, conflict.index)} is a merge conflict`);
  const document = parseJson(path, text);
  if (!isObject(document)) throw unusable(path, NO_BASELINE);
  const { version, findings, ...others } = document;
  if (version !== VERSION)
    throw unusable(
      path,
      typeof version === 'number'
        ? `it has version ${version}, and this lockstep reads version ${VERSION}`
        : NO_BASELINE,
    );
  refuseUnknown(path, '', others, ['version', 'findings']);
  if (!Array.isArray(findings)) throw unusable(path, NO_BASELINE);
  return findings.map((entry: unknown, index) => parseEntry(path, `findings[${index}]`, entry));
}

const NO_BASELINE = 'it is no baseline: --write-baseline writes one';

/** The message of the fast parser quotes the text. The parser of manifests knows the place. */
function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const result = locateFault(text, 0);
    const at = 'message' in result ? result.offset : text.length;
    throw unusable(path, `line ${lineAt(text, at)} is no JSON`);
  }
}

const ENTRY_FIELDS = ['file', 'kind', 'ref', 'key', 'rule', 'count', 'reason'];

function parseEntry(path: string, at: string, entry: unknown): StoredEntry {
  if (!isObject(entry)) throw unusable(path, `${at} is no object`);
  const { file, kind, ref, key, rule, count = 1, reason, ...others } = entry;
  refuseUnknown(path, `${at}.`, others, ENTRY_FIELDS);
  const textOf = (name: string, text: unknown): string => {
    if (typeof text === 'string' && text.length <= MAX_TEXT) return text;
    throw unusable(path, `${at}.${name} is no text of at most ${MAX_TEXT} characters`);
  };
  const id = parseRuleId(textOf('rule', rule));
  if (findRule(id) === undefined)
    throw unusable(
      path,
      `${at}.rule is ${printable(id.slice(0, MAX_NAME))}, which is no rule; ${unknownRuleAdvice(id)}`,
    );
  if (id === IGNORE_COMMENT) throw unusable(path, `${at}.rule is ${id}, which can not be accepted`);
  if (!Number.isInteger(count) || Number(count) < 1 || Number(count) > MAX_COUNT)
    throw unusable(path, `${at}.count is no whole number from 1 to ${MAX_COUNT}`);
  return {
    file: textOf('file', file),
    kind: kind === undefined ? undefined : textOf('kind', kind),
    ref: textOf('ref', ref),
    key: textOf('key', key),
    rule: id,
    count: Number(count),
    reason: reason === undefined ? undefined : textOf('reason', reason),
  };
}

/** Limit in characters of a name in a message. */
const MAX_NAME = 40;

/** A misspelt field would otherwise be ignored. */
function refuseUnknown(path: string, at: string, others: object, known: readonly string[]): void {
  const [unknown] = Object.keys(others);
  if (unknown === undefined) return;
  const [nearest] = nearestNames(unknown, known);
  const advice = nearest === undefined ? `it can have ${known.join(', ')}` : `did you mean ${nearest}?`;
  throw unusable(path, `there is no field ${at}${printable(unknown.slice(0, MAX_NAME))}; ${advice}`);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/**
 * The text of a baseline: one entry a line, in the order of the names, so that Git merges two changes. Equal findings
 * give equal bytes.
 */
export function baselineText(entries: readonly StoredEntry[]): string {
  const lines = entries.toSorted(byNames).map((entry) => `    ${lineOf(entry)}`);
  const list = lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n  ]`;
  return `{\n  "version": ${VERSION},\n  "findings": ${list}\n}\n`;
}

const NAMES = ['file', 'kind', 'ref', 'key', 'rule'] as const;

function byNames(a: BaselineEntry, b: BaselineEntry): number {
  for (const name of NAMES) {
    const [one = '', other = ''] = [a[name], b[name]];
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

function lineOf({ file, kind, ref, key, rule, count, reason }: StoredEntry): string {
  const fields = { file, kind, ref, key, rule, count: count === 1 ? undefined : count, reason };
  const written = Object.entries(fields).filter(([, value]) => value !== undefined);
  return `{ ${written.map(([name, value]) => `"${name}": ${JSON.stringify(value)}`).join(', ')} }`;
}
