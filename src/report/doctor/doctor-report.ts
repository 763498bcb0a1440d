import { styleText } from 'node:util';
import type { Told } from '../../engine/cluster-doctor/checks.ts';
import type { Outcome } from '../../engine/doctor/check-result.ts';
import { printable } from '../printable.ts';

export const DOCTOR_FORMATS = ['text', 'json'] as const;
export type DoctorFormat = (typeof DOCTOR_FORMATS)[number];

export const doctorReport = (told: readonly Told[], format: DoctorFormat, colour: boolean): string =>
  format === 'json' ? doctorJson(told) : doctorText(told, colour);

/** The contract, field by field, as docs/security.md has it. */
function doctorJson(told: readonly Told[]): string {
  const checks = told.map(({ check, outcome, message, fix, names }) => ({
    check,
    outcome,
    message,
    fix,
    names,
  }));
  return `${JSON.stringify({ checks, summary: countsOf(told) }, null, 2)}\n`;
}

/**
 * For people:
 *
 *     ok       webhook-reached      the API server reaches lockstep
 *     warning  fails-closed         validate.lockstep.dev fails open: while no pod answers, Secrets are written unjudged
 *                                   once lockstep probe is content: kubectl apply -k manifests/overlays/fail-closed
 */
function doctorText(told: readonly Told[], colour: boolean): string {
  const paint = (outcome: Outcome, text: string): string =>
    colour ? styleText(STYLES[outcome], text, { validateStream: false }) : text;
  const width = Math.max(...told.map(({ check }) => check.length));
  const indent = ' '.repeat(OUTCOME_WIDTH + 2 + width + 2);
  const lines = told.flatMap(({ check, outcome, message, fix, names }) => [
    `${paint(outcome, outcome.padEnd(OUTCOME_WIDTH))}  ${check.padEnd(width)}  ${printable(message)}`,
    ...names.map((name) => `${indent}- ${printable(name)}`),
    ...(fix === '' ? [] : [`${indent}${printable(fix)}`]),
  ]);
  return `${[...lines, '', summary(told)].join('\n')}\n`;
}

const STYLES = { ok: 'green', warning: 'yellow', fault: 'red', unknown: 'cyan' } as const;
const OUTCOME_WIDTH = 'warning'.length;

function countsOf(told: readonly Told[]): Readonly<Record<Outcome, number>> {
  const count = (wanted: Outcome) => told.filter(({ outcome }) => outcome === wanted).length;
  return { ok: count('ok'), warning: count('warning'), fault: count('fault'), unknown: count('unknown') };
}

function summary(told: readonly Told[]): string {
  const { ok, warning, fault, unknown } = countsOf(told);
  const rest = [
    [fault, 'at fault'],
    [warning, 'with a warning'],
    [unknown, 'not known'],
  ] as const;
  const others = rest.filter(([count]) => count > 0).map(([count, what]) => `, ${count} ${what}`);
  return `${told.length} checks: ${ok} well${others.join('')}`;
}
