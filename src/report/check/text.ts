import { styleText } from 'node:util';
import type { CheckedSecret, CheckReport } from '../check-report.ts';
import { printable } from '../printable.ts';
import { errorPosition, type Level, type Remark, remarksOf, summaryLine } from '../wording.ts';
import type { Reporter } from './reporter.ts';

/**
 * The text for people, by file:
 *
 *     k8s/app.yaml
 *       Secret recon/app: denied
 *         k8s/app.yaml:9:3   error    JWT_SECRET is a placeholder [placeholder]
 *                                     set a generated value, e.g. openssl rand -base64 48
 */
export const text: Reporter = (report: CheckReport, { colour, strict }) => {
  const paint: TextPaint = (style, painted) =>
    colour ? styleText(style, painted, { validateStream: false }) : painted;
  const blocks = reportedFiles(report).map((file) => fileBlock(file, report, strict, paint));
  const nonEmpty = blocks.filter((lines) => lines.length > 0);
  const last = paint(summaryStyle(report, strict), summaryLine(report.secrets, report.errors));
  return `${[...nonEmpty.map((lines) => `${lines.join('\n')}\n`), last].join('\n')}\n`;
};

type TextStyle = 'red' | 'yellow' | 'cyan' | 'green' | 'bold' | 'dim';
type TextPaint = (style: TextStyle, text: string) => string;

const STYLE_BY_LEVEL: Readonly<Record<Level, TextStyle>> = { error: 'red', warning: 'yellow', note: 'cyan' };

/** Every file with something to report, in the order of reading. */
const reportedFiles = ({ secrets, errors, hints }: CheckReport): readonly string[] => [
  ...new Set([...secrets, ...errors, ...hints].map(({ file }) => file)),
];

function fileBlock(
  file: string,
  { secrets, errors, hints }: CheckReport,
  strict: boolean,
  paint: TextPaint,
): readonly string[] {
  const lines = [
    ...secrets.filter((secret) => secret.file === file).flatMap((one) => secretLines(one, strict, paint)),
    ...errors
      .filter((error) => error.file === file)
      .map(
        (error) =>
          `  ${printable(errorPosition(error))}  ${paint('red', 'error')}  ${printable(error.message)}`,
      ),
    ...hints
      .filter((hint) => hint.file === file)
      .map(({ message }) => `  ${paint('cyan', 'hint')}: ${printable(message)}`),
  ];
  return lines.length === 0 ? [] : [paint('bold', printable(file)), ...lines];
}

function secretLines(secret: CheckedSecret, strict: boolean, paint: TextPaint): readonly string[] {
  const remarks = remarksOf(secret, strict);
  if (remarks.length === 0) return [];
  const places = remarks.map(({ line, column }) => `${printable(secret.file)}:${line}:${column}`);
  const width = Math.max(...places.map(({ length }) => length));
  return [
    `  Secret ${printable(secret.ref)}: ${VERDICT_TEXTS[secret.verdict]}`,
    ...remarks.flatMap((remark, index) => remarkLines(remark, (places[index] ?? '').padEnd(width), paint)),
  ];
}

const VERDICT_TEXTS: Readonly<Record<CheckedSecret['verdict'], string>> = {
  deny: 'denied',
  fix: 'allowed, once lockstep has corrected it',
  allow: 'allowed',
  skip: 'not validated',
};

/** The width of `warning`, the longest of the levels. */
const LEVEL_WIDTH = 'warning'.length;

function remarkLines(
  { level, text: what, rule, fix }: Remark,
  position: string,
  paint: TextPaint,
): readonly string[] {
  const indent = ' '.repeat(4 + position.length + 2 + LEVEL_WIDTH + 2);
  return [
    `    ${position}  ${paint(STYLE_BY_LEVEL[level], level.padEnd(LEVEL_WIDTH))}  ${what} ${paint('dim', `[${rule}]`)}`,
    `${indent}${fix}`,
  ];
}

function summaryStyle({ secrets, errors }: CheckReport, strict: boolean): TextStyle {
  const hasDenials = secrets.some(({ verdict }) => verdict === 'deny' || (strict && verdict === 'fix'));
  if (hasDenials || errors.length > 0) return 'red';
  const hasWarnings = secrets.some(({ findings }) => findings.some(({ action }) => action === 'Warn'));
  return hasWarnings || secrets.some(({ verdict }) => verdict === 'fix') ? 'yellow' : 'green';
}
