import { denies, policySuffix } from '../../engine/secret/finding/finding.ts';
import type { CheckError, CheckedObject, CheckedSecret, CheckReport } from '../check-report.ts';
import { checkFails, type FailureOptions } from '../failure.ts';
import { linesOf } from '../lines.ts';
import { type Paint, paintIf } from '../paint.ts';
import { printable } from '../printable.ts';
import { kindOf, type Remark, remarksOf, summaryLine } from '../wording.ts';
import { firstSteps } from './first-steps.ts';
import { hintLines } from './hint-lines.ts';
import type { Reporter } from './reporter.ts';

/**
 * The text for people, by file, with at most 80 columns where the words allow it:
 *
 *     k8s/app.yaml
 *       Secret recon/app: denied
 *         9:3   error    JWT_SECRET is a placeholder [placeholder] (policy jwt-keys)
 *                        set a generated value, e.g. openssl rand -base64 48
 */
export const text: Reporter = (report: CheckReport, options) => {
  const { colour } = options;
  const paint = paintIf(colour);
  const nonEmpty = fileBlocks(report, options, paint);
  const last = paint(summaryStyle(report, options), summaryLine(report));
  const hints = hintLines(report).map(
    (hint) => `${wrap(`${paint('cyan', 'hint')}: `, hint, 'hint: '.length).join('\n')}\n`,
  );
  const isLong = nonEmpty.flat().length > LONG_REPORT;
  const steps = (isLong ? firstSteps(report, options) : []).map(
    ({ label, text: step }) => `${wrap(`${paint('cyan', label)}: `, step, label.length + 2).join('\n')}\n`,
  );
  const blocks = [
    ...nonEmpty.map((lines) => `${lines.join('\n')}\n`),
    ...[hints, steps].filter(({ length }) => length > 0).map((lines) => lines.join('')),
  ];
  return `${[...blocks, last].join('\n')}\n`;
};

/** In lines: more than a screen. */
const LONG_REPORT = 40;

const STYLE_BY_LEVEL = { error: 'red', warning: 'yellow', note: 'cyan' } as const;

/** Every file with something to report, in the order of reading. */
function fileBlocks(
  { secrets, objects, errors }: CheckReport,
  options: FailureOptions,
  paint: Paint,
): readonly (readonly string[])[] {
  const linesByFile = new Map<string, string[]>();
  const add = (file: string, lines: readonly string[]): void => {
    if (lines.length === 0) return;
    const known = linesByFile.get(file) ?? [paint('bold', printable(file))];
    linesByFile.set(file, known);
    for (const line of lines) known.push(line);
  };
  const lastOf = lastSecretOfCommand(secrets);
  for (const one of [...secrets, ...objects]) add(one.file, checkedLines(one, options, paint, lastOf));
  for (const error of errors) add(error.file, errorLines(error, paint));
  return [...linesByFile.values()];
}

function errorLines({ line, column, message }: CheckError, paint: Paint): readonly string[] {
  const position = line === undefined ? '' : `${line}${column === undefined ? '' : `:${column}`}  `;
  const width = `  ${position}error  `.length;
  return wrap(`  ${position}${paint('red', 'error')}  `, printable(message), width);
}

/** A command is for a file, so it stands at the last Secret of the file that needs it. */
type LastSecretOfCommand = ReadonlyMap<string | undefined, CheckedSecret | CheckedObject>;

const lastSecretOfCommand = (secrets: readonly CheckedSecret[]): LastSecretOfCommand =>
  new Map(secrets.flatMap((secret) => secret.findings.map(({ command }) => [command, secret] as const)));

function checkedLines(
  checked: CheckedSecret | CheckedObject,
  options: FailureOptions,
  paint: Paint,
  lastOf: LastSecretOfCommand,
): readonly string[] {
  const remarks = remarksOf(checked, options);
  if (remarks.length === 0) return [];
  const verdict = 'verdict' in checked ? `: ${verdictText(checked)}` : '';
  const name = `  ${printable(`${kindOf(checked)} ${checked.ref}`)}${verdict}`;
  return [
    ...(kindOf(checked) === 'File' ? [] : [name]),
    ...positionedLines(remarks, paint, (command) => lastOf.get(command) !== checked),
  ];
}

function verdictText({ verdict, suppressed = [] }: CheckedSecret): string {
  if (verdict !== 'deny' && suppressed.some(denies)) return 'denied by the cluster, accepted here';
  return VERDICT_TEXTS[verdict];
}

function positionedLines(
  remarks: readonly Remark[],
  paint: Paint,
  isRepeatedLater: (command: string) => boolean,
): readonly string[] {
  const positions = remarks.map(({ line, column }) => `${line}:${column}`);
  const width = Math.max(...positions.map(({ length }) => length));
  return remarks.flatMap((remark, index) => {
    const fix = fixAt(remarks, index, isRepeatedLater);
    return remarkLines({ ...remark, fix }, (positions[index] ?? '').padEnd(width), paint);
  });
}

/** Neighbours with one fix show it once, and a command for several keys or Secrets stands at the last one. */
function fixAt(
  remarks: readonly Remark[],
  index: number,
  isRepeatedLater: (command: string) => boolean,
): string | undefined {
  const { fix, command } = remarks[index] as Remark;
  if (remarks[index + 1]?.fix === fix) return undefined;
  if (command === undefined) return fix;
  const isLast = remarks.findLastIndex((one) => one.command === command) === index;
  if (isLast && !isRepeatedLater(command)) return fix;
  return `${fix.slice(0, -command.length).replace(/: $/, '')}, by the command below`;
}

const VERDICT_TEXTS: Readonly<Record<CheckedSecret['verdict'], string>> = {
  deny: 'denied',
  fix: 'allowed, once lockstep has mutated it',
  allow: 'allowed',
  skip: 'not validated',
};

/** The width of `warning`, the longest of the levels. */
const LEVEL_WIDTH = 'warning'.length;

function remarkLines(
  { level, text: what, rule, policy, fix }: Omit<Remark, 'fix'> & { readonly fix: string | undefined },
  position: string,
  paint: Paint,
): readonly string[] {
  const width = 4 + position.length + 2 + LEVEL_WIDTH + 2;
  const first = `    ${position}  ${paint(STYLE_BY_LEVEL[level], level.padEnd(LEVEL_WIDTH))}  `;
  const ruleMark = `[${rule}]`;
  return [
    ...wrap(first, `${what} ${ruleMark}${policySuffix(policy)}`, width).map((line) =>
      line.replace(ruleMark, paint('dim', ruleMark)),
    ),
    ...(fix === undefined ? [] : wrap(' '.repeat(width), fix)),
  ];
}

function summaryStyle(report: CheckReport, options: FailureOptions): 'red' | 'yellow' | 'green' {
  const { secrets, objects, errors } = report;
  const hasDenials = secrets.some(({ verdict }) => verdict === 'deny');
  if (hasDenials || errors.length > 0 || checkFails(report, options)) return 'red';
  const hasWarnings = [...secrets, ...objects].some(({ findings }) =>
    findings.some(({ action }) => action === 'Warn'),
  );
  return hasWarnings || secrets.some(({ verdict }) => verdict === 'fix') ? 'yellow' : 'green';
}

/** The width of a terminal that every reader has. */
const MAX_COLUMNS = 80;

/**
 * The lines of a text, after `first` on the first line and as many blanks on the others. A line breaks between words
 * only, so a longer word keeps its line. A command is one word: a person copies it. So is the name of a policy.
 */
function wrap(first: string, text: string, width = first.length): readonly string[] {
  const lines = linesOf(text, MAX_COLUMNS - width, text.match(COMMAND_OR_WORD) ?? []);
  const indent = ' '.repeat(width);
  return lines.map((line, index) => `${index === 0 ? first : indent}${line}`);
}

const COMMAND_OR_WORD =
  /(?:lockstep (?:generate|render|check)|openssl rand|kubectl kustomize|helm template)(?: (?:'[^']*'|\\'|[^\s;,'])+)+|printf %s VALUE \| base64 -w0|--(?:write-baseline|exclude|fail-on) [^ ;]+|lockstep explain [^ ;]+|\(policy [^ ]+\)|[^ ]+/g;
