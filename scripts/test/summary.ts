import { Parser, type Result } from 'tap-parser';

/** The result of a run of tap. */
export interface Summary {
  /** Assertions, as tap counts them. */
  readonly passed: number;
  readonly failed: number;
  /** The place of each failure: file, test, assertion. */
  readonly failures: readonly string[];
  readonly files: readonly { readonly name: string; readonly seconds: number }[];
}

/** tap closes with `# { total: 10, pass: 9, fail: 1 }`. */
const TOTALS = /^# \{ (total: .*) \}$/m;

/**
 * Reads the TAP of a whole run.
 *
 * @throws Error, one sentence, where the run did not come to its end.
 */
export function summaryOf(tap: string): Summary {
  const totals = tap.match(TOTALS)?.[1];
  if (totals === undefined) throw new Error('the run was cut off: its output has no totals');
  const count = (name: string): number => Number(new RegExp(`\\b${name}: (\\d+)`).exec(totals)?.[1] ?? 0);

  const failures: string[] = [];
  const files: { name: string; seconds: number }[] = [];
  const parser = new Parser();
  parser.on('child', (child: Parser) => listen(child, failures));
  parser.on('assert', (file: Result) => {
    files.push({ name: file.name, seconds: (file.time ?? 0) / 1000 });
    if (!file.ok) addFailure(failures, file.name);
  });
  parser.end(tap);
  return { passed: count('pass'), failed: count('fail'), failures, files };
}

function listen(parser: Parser, failures: string[]): void {
  parser.on('child', (child: Parser) => listen(child, failures));
  parser.on('assert', (result: Result) => {
    if (!result.ok && !result.todo) addFailure(failures, `${parser.fullname} > ${result.name}`);
  });
}

/** A test that has a failure fails too, after it: that is one failure, not two. */
function addFailure(failures: string[], place: string): void {
  if (!failures.at(-1)?.startsWith(`${place} > `)) failures.push(place);
}

const SLOWEST = 10;

/** The text at the end of a run. */
export function textOf({ passed, failed, failures, files }: Summary): string {
  const slowest = files.toSorted((one, other) => other.seconds - one.seconds).slice(0, SLOWEST);
  const lines = slowest.map(({ name, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${name}`);
  const failing = failures.length > 0 ? ['Failing:', ...failures.map((each) => `  ${each}`), ''] : [];
  return [...failing, 'Slowest files:', ...lines, '', `${passed} passed, ${failed} failed`, ''].join('\n');
}
