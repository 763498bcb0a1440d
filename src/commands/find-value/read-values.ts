import { parseLeakReport, type ReportedValue } from '../../engine/diagnosis/find-value/leak-report.ts';
import { MAX_SOUGHT_BYTES, unsearchableReason } from '../../engine/diagnosis/find-value/unsearchable.ts';
import { LockstepError, systemCode } from '../../errors/errors.ts';
import { readLimited } from '../../read-limited.ts';
import type { Shell } from '../cli/shell.ts';
import type { TerminalInput } from '../cli/terminal-input.ts';

/** The values to search for. */
export interface GivenValues {
  readonly values: readonly ReportedValue[];
  /** The values that are not searched for, each with its reason. */
  readonly skipped: readonly { readonly origin: string; readonly reason: string }[];
}

const MAX_REPORT_BYTES = 16 * 1024 * 1024;

/** Reads the report, or one value from standard input. Throws LockstepError if there is nothing to search for. */
export async function readValues(
  report: string | undefined,
  shell: Shell,
  terminal: TerminalInput | undefined,
): Promise<GivenValues> {
  if (report !== undefined) return valuesOfReport(await readReport(report, shell));
  const text =
    terminal === undefined
      ? (await readInput(shell, MAX_SOUGHT_BYTES + 2)).replace(/\r?\n$/, '')
      : await terminal.askHidden('the value to find (it is not shown): ');
  const reason = unsearchableReason(text);
  if (reason !== undefined) throw new LockstepError('VALUE_UNSEARCHABLE', [reason]);
  return { values: [{ text, origin: '' }], skipped: [] };
}

async function readReport(path: string, shell: Shell): Promise<string> {
  if (path === '-') return await readInput(shell, MAX_REPORT_BYTES + 1);
  try {
    return (await readLimited(path, MAX_REPORT_BYTES)).toString('utf8');
  } catch (error) {
    throw new LockstepError('LEAK_REPORT_UNREADABLE', [path, systemCode(error)], error);
  }
}

/** Standard input, or the first bytes of more. */
async function readInput({ stdin }: Shell, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function valuesOfReport(text: string): GivenValues {
  if (Buffer.byteLength(text) > MAX_REPORT_BYTES)
    throw new LockstepError('LEAK_REPORT_UNUSABLE', ['is larger than 16 MiB']);
  const report = parseLeakReport(text);
  if (typeof report === 'string') throw new LockstepError('LEAK_REPORT_UNUSABLE', [report]);
  const searched = report.values.map((value) => ({ value, reason: unsearchableReason(value.text) }));
  const skipped = [
    ...searched.flatMap(({ value: { origin }, reason }) => (reason === undefined ? [] : { origin, reason })),
    ...(report.redacted === 0
      ? []
      : [{ origin: `${report.redacted} findings`, reason: 'the report hides the value' }]),
  ];
  const values = searched.flatMap(({ value, reason }) => (reason === undefined ? value : []));
  if (values.length === 0)
    throw new LockstepError('LEAK_REPORT_UNUSABLE', [
      `names no value to search for: ${skipped[0]?.reason ?? ''}`,
    ]);
  return { values, skipped };
}
