import type { AuditResult } from '../../../engine/audit/audit.ts';
import type { ObjectWithFindings } from '../../../engine/references/object-findings.ts';
import { ownerOf } from '../../../engine/secret/owners.ts';
import { printable } from '../../printable.ts';
import { type AuditRemark, type Outcome, remarksOfObject, remarksOfResult } from '../audit-remarks.ts';

/** A text, or its place in the list of texts. */
type TextOrIndex = string | number;

/**
 * One Secret or other object, as page/report-data.js reads it:
 *
 *     [kind, namespace, name, owner, [[outcome, rule, policy, text, fix], …]]
 */
type Row = readonly [
  kind: TextOrIndex,
  namespace: TextOrIndex,
  name: string,
  owner: TextOrIndex,
  remarks: readonly (readonly [number, TextOrIndex, TextOrIndex, TextOrIndex, TextOrIndex])[],
];

/** The order is the one in page/report-data.js. */
const OUTCOMES: readonly Outcome[] = ['denied', 'warned', 'recorded', 'mutated', 'overdue', 'controller'];

/** The rows of the report as JSON, written one by one. Repeated texts are written once, at the end. */
export interface RowWriter {
  readonly secret: (audited: AuditResult) => string;
  readonly object: (object: ObjectWithFindings) => string;
  readonly count: () => number;
  readonly texts: () => string;
}

/** The limit of texts that are held in memory. A message may hold the name of a key, so there may be many. */
const MAX_TEXTS = 20_000;

export function rowWriter(): RowWriter {
  const indexes = new Map<string, number>();
  let count = 0;

  function shared(text: string): TextOrIndex {
    const known = indexes.get(text);
    if (known !== undefined) return known;
    if (indexes.size >= MAX_TEXTS) return text;
    indexes.set(text, indexes.size);
    return indexes.size - 1;
  }

  function rowOf(
    kind: string,
    namespace: string,
    name: string,
    owner: string,
    remarks: readonly AuditRemark[],
  ): string {
    const row: Row = [
      shared(printable(kind)),
      shared(printable(namespace)),
      printable(name),
      shared(printable(owner)),
      remarks.map(({ outcome, rule, policy, text, fix }) => [
        OUTCOMES.indexOf(outcome),
        shared(rule),
        shared(policy),
        shared(text),
        shared(fix),
      ]),
    ];
    count += 1;
    return `${count === 1 ? '' : ','}\n${inScript(row)}`;
  }

  return {
    secret: (audited) =>
      rowOf(
        'Secret',
        audited.secret.namespace,
        audited.secret.name,
        ownerOf(audited.secret) ?? '',
        remarksOfResult(audited),
      ),
    object: (object) => rowOf(object.kind, object.namespace, object.name, '', remarksOfObject(object)),
    count: () => count,
    texts: () => inScript([...indexes.keys()]),
  };
}

/** JSON without a character that could end a `script` element or begin a comment in it. */
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');
