import type { CheckOutcome } from '../../engine/diagnosis/check-result.ts';
import type { NamedCheckResult } from '../../engine/diagnosis/cluster-checks/checks.ts';
import { paintIf } from '../paint.ts';
import { printable } from '../printable.ts';

export const DOCTOR_FORMATS = ['json', 'yaml'] as const;
export type DoctorFormat = (typeof DOCTOR_FORMATS)[number];

/** The contract, field by field, as in docs/reference/doctor.md. */
export function doctorObject(results: readonly NamedCheckResult[]): object {
  const checks = results.map(({ check, outcome, message, fix, names }) => ({
    check,
    outcome,
    message,
    fix,
    names,
  }));
  return { checks, summary: outcomeCounts(results) };
}

/**
 * The text for people:
 *
 *     ok       webhook-reached      the API server reaches lockstep
 *     warning  fails-closed         validate.lockstep.dev fails open: while no pod answers, Secrets are written without validation
 *                                   once lockstep probe succeeds: kubectl apply -k manifests/overlays/fail-closed
 */
export function doctorText(results: readonly NamedCheckResult[], colour: boolean): string {
  const paint = paintIf(colour);
  const width = Math.max(...results.map(({ check }) => check.length));
  const indent = ' '.repeat(OUTCOME_WIDTH + 2 + width + 2);
  const lines = results.flatMap(({ check, outcome, message, fix, names }) => [
    `${paint(STYLE_BY_OUTCOME[outcome], outcome.padEnd(OUTCOME_WIDTH))}  ${check.padEnd(width)}  ${printable(message)}`,
    ...names.map((name) => `${indent}- ${printable(name)}`),
    ...(fix === '' ? [] : [`${indent}${printable(fix)}`]),
  ]);
  return `${[...lines, '', summaryLine(results)].join('\n')}\n`;
}

const STYLE_BY_OUTCOME = { ok: 'green', warning: 'yellow', fault: 'red', unknown: 'cyan' } as const;
const OUTCOME_WIDTH = 'warning'.length;

function outcomeCounts(results: readonly NamedCheckResult[]): Readonly<Record<CheckOutcome, number>> {
  const count = (counted: CheckOutcome) => results.filter(({ outcome }) => outcome === counted).length;
  return { ok: count('ok'), warning: count('warning'), fault: count('fault'), unknown: count('unknown') };
}

function summaryLine(results: readonly NamedCheckResult[]): string {
  const { ok, warning, fault, unknown } = outcomeCounts(results);
  const rest = [
    [fault, 'at fault'],
    [warning, 'with a warning'],
    [unknown, 'not known'],
  ] as const;
  const others = rest.filter(([count]) => count > 0).map(([count, what]) => `, ${count} ${what}`);
  return `${results.length} checks: ${ok} well${others.join('')}`;
}
