import process from 'node:process';

/** One line of the table. Figures are in the unit that `work` names, else in microseconds of CPU time. */
export interface Row {
  readonly work: string;
  /** The server with a fixed answer; an empty Node for a command. */
  readonly noop?: number;
  /** The server that parses the body, and does no more. */
  readonly parsing?: number;
  readonly lockstep: number;
  /** Relative to the side that the aim names. */
  readonly ratio?: number;
  readonly aim?: Aim;
}

/** The most that the ratio, or the figure of lockstep itself, may be. */
export interface Aim {
  readonly most: number;
  readonly of: 'ratio' | 'figure';
}

export const ratioOfAtMost = (most: number): Aim => ({ most, of: 'ratio' });
export const figureOfAtMost = (most: number): Aim => ({ most, of: 'figure' });

const WORK_WIDTH = 56;
const FIGURE_WIDTH = 10;

export function printHead(
  columns: readonly string[] = ['no-op', 'parsing', 'lockstep', 'ratio', 'aim'],
): void {
  printCells(['work', ...columns]);
}

export function printRow(row: Row): void {
  const { work, noop, parsing, lockstep, ratio } = row;
  printCells([work, figure(noop), figure(parsing), figure(lockstep), ratio?.toFixed(2) ?? '-', aimText(row)]);
}

function aimText({ aim, ratio, lockstep }: Row): string {
  if (aim === undefined) return '-';
  const reached = aim.of === 'ratio' ? (ratio ?? Number.NaN) : lockstep;
  return `≤ ${aim.most}${reached <= aim.most ? '' : ' missed'}`;
}

function figure(value: number | undefined): string {
  if (value === undefined) return '-';
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}

/** The first cell is text, and so is the last one if it is not a figure. */
export function printCells([work = '', ...cells]: readonly string[]): void {
  const figures = cells.map((cell) => `  ${cell.padStart(FIGURE_WIDTH - 2)}`).join('');
  process.stdout.write(`${`${work.padEnd(WORK_WIDTH)}${figures}`.trimEnd()}\n`);
}
