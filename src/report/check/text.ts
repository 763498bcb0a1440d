import { styleText } from 'node:util';
import type { CheckedSecret, CheckReport } from '../check-report.ts';
import { printable } from '../printable.ts';
import { type Level, placeOfError, type Remark, remarksOf, summary } from '../wording.ts';
import type { Reporter } from './reporter.ts';

/**
 * For people, file by file:
 *
 *     k8s/app.yaml
 *       Secret recon/app: denied
 *         k8s/app.yaml:9:3   error    JWT_SECRET is a placeholder [placeholder]
 *                                     set a generated value, e.g. openssl rand -base64 48
 */
export const text: Reporter = (report: CheckReport, { colour, strict }) => {
  const paint: Paint = (style, painted) =>
    colour ? styleText(style, painted, { validateStream: false }) : painted;
  const blocks = filesOf(report).map((file) => blockOf(file, report, strict, paint));
  const told = blocks.filter((lines) => lines.length > 0);
  const last = paint(toneOf(report, strict), summary(report.secrets, report.errors));
  return `${[...told.map((lines) => `${lines.join('\n')}\n`), last].join('\n')}\n`;
};

type Style = 'red' | 'yellow' | 'cyan' | 'green' | 'bold' | 'dim';
type Paint = (style: Style, text: string) => string;

const STYLES: Readonly<Record<Level, Style>> = { error: 'red', warning: 'yellow', note: 'cyan' };

/** Every file that there is something to say of, in the order it was read. */
const filesOf = ({ secrets, errors, hints }: CheckReport): readonly string[] => [
  ...new Set([...secrets, ...errors, ...hints].map(({ file }) => file)),
];

function blockOf(
  file: string,
  { secrets, errors, hints }: CheckReport,
  strict: boolean,
  paint: Paint,
): readonly string[] {
  const lines = [
    ...secrets.filter((secret) => secret.file === file).flatMap((one) => linesOf(one, strict, paint)),
    ...errors
      .filter((error) => error.file === file)
      .map(
        (error) =>
          `  ${printable(placeOfError(error))}  ${paint('red', 'error')}  ${printable(error.message)}`,
      ),
    ...hints
      .filter((hint) => hint.file === file)
      .map(({ message }) => `  ${paint('cyan', 'hint')}: ${printable(message)}`),
  ];
  return lines.length === 0 ? [] : [paint('bold', printable(file)), ...lines];
}

function linesOf(secret: CheckedSecret, strict: boolean, paint: Paint): readonly string[] {
  const remarks = remarksOf(secret, strict);
  if (remarks.length === 0) return [];
  const places = remarks.map(({ line, column }) => `${printable(secret.file)}:${line}:${column}`);
  const width = Math.max(...places.map(({ length }) => length));
  return [
    `  Secret ${printable(secret.ref)}: ${VERDICTS[secret.verdict]}`,
    ...remarks.flatMap((remark, index) => pairOf(remark, (places[index] ?? '').padEnd(width), paint)),
  ];
}

const VERDICTS: Readonly<Record<CheckedSecret['verdict'], string>> = {
  deny: 'denied',
  fix: 'allowed, once lockstep has mended it',
  allow: 'allowed',
  skip: 'not judged',
};

/** `warning` is the longest of the levels. */
const LEVEL_WIDTH = 'warning'.length;

function pairOf({ level, text: what, rule, fix }: Remark, place: string, paint: Paint): readonly string[] {
  const indent = ' '.repeat(4 + place.length + 2 + LEVEL_WIDTH + 2);
  return [
    `    ${place}  ${paint(STYLES[level], level.padEnd(LEVEL_WIDTH))}  ${what} ${paint('dim', `[${rule}]`)}`,
    `${indent}${fix}`,
  ];
}

function toneOf({ secrets, errors }: CheckReport, strict: boolean): Style {
  const denied = secrets.some(({ verdict }) => verdict === 'deny' || (strict && verdict === 'fix'));
  if (denied || errors.length > 0) return 'red';
  const warned = secrets.some(({ findings }) => findings.some(({ action }) => action === 'Warn'));
  return warned || secrets.some(({ verdict }) => verdict === 'fix') ? 'yellow' : 'green';
}
