import { styleText } from 'node:util';
import type { Audited } from '../../engine/audit/audit.ts';
import type { Finding } from '../../engine/finding/finding.ts';
import type { Verdict } from '../../engine/finding/verdict.ts';
import { ownerOf } from '../../engine/secret/owners.ts';
import { printable } from '../printable.ts';
import { intention, LEVELS, type Level } from '../wording.ts';
import { type AuditReporter, isTold } from './audit-report.ts';
import { auditSummary, auditTables, foreseenSummary } from './audit-tables.ts';
import { foresightLines } from './controller-preview.ts';

/**
 * For people, namespace by namespace:
 *
 *     shop
 *       Secret shop/app: would be denied
 *         error    JWT_SECRET is a placeholder [placeholder, jwt-keys]
 *                  set a generated value, e.g. openssl rand -base64 48
 */
export function auditText(colour: boolean): AuditReporter {
  const paint: Paint = (style, painted) =>
    colour ? styleText(style, painted, { validateStream: false }) : painted;
  let namespace = '';
  return {
    secret: (audited) => {
      if (!isTold(audited)) return '';
      const heading = audited.secret.namespace === namespace ? [] : [headingOf(audited, namespace, paint)];
      namespace = audited.secret.namespace;
      return `${[...heading, ...linesOf(audited, paint)].join('\n')}\n`;
    },
    end: (end) => {
      const { total } = end.tally;
      const tone = end.errors.length > 0 || total.denied > 0 ? 'red' : isQuiet(total) ? 'green' : 'yellow';
      const blocks = [
        ...auditTables(end).map(([title, ...rows]) => [paint('bold', title ?? ''), ...rows]),
        [...notesOf(end, paint), paint(tone, auditSummary(end)), ...foreseenSummary(end)],
      ].map((lines) => `${lines.join('\n')}\n`);
      return `${namespace === '' ? '' : '\n'}${blocks.join('\n')}`;
    },
  };
}

type Style = 'red' | 'yellow' | 'cyan' | 'green' | 'bold' | 'dim';
type Paint = (style: Style, text: string) => string;

const STYLES: Readonly<Record<Level, Style>> = { error: 'red', warning: 'yellow', note: 'cyan' };
const LEVEL_WIDTH = 'warning'.length;

const VERDICTS: Readonly<Record<Verdict, string>> = {
  deny: 'would be denied',
  fix: 'would be changed, and then allowed',
  allow: 'would be allowed',
  skip: 'is not judged',
};

const headingOf = ({ secret }: Audited, before: string, paint: Paint): string =>
  `${before === '' ? '' : '\n'}${paint('bold', printable(secret.namespace))}`;

function linesOf({ secret, verdict, decision, foreseen }: Audited, paint: Paint): readonly string[] {
  const owner = ownerOf(secret);
  return [
    `  Secret ${printable(`${secret.namespace}/${secret.name}`)}: ${VERDICTS[verdict]}`,
    ...(owner === undefined ? [] : [paint('dim', `    owned by ${printable(owner)}: change it there`)]),
    ...decision.findings.flatMap((finding) => pairOf(finding, paint)),
    ...decision.changes.map((change) => {
      const what = printable(`lockstep would ${intention(change)}`);
      return `    ${levelOf('note', paint)}  ${what} ${paint('dim', `[${change.reason}]`)}`;
    }),
    ...(foreseen === undefined ? [] : foresightLines(foreseen, secret.name)).map(
      (line) => `    ${levelOf('note', paint)}  ${printable(line)}`,
    ),
  ];
}

function pairOf({ action, key, message, fix, rule, policy }: Finding, paint: Paint): readonly string[] {
  const what = printable(`${key === '' ? 'the Secret' : key} ${message}`);
  return [
    `    ${levelOf(LEVELS[action], paint)}  ${what} ${paint('dim', `[${rule}, ${printable(policy)}]`)}`,
    `    ${' '.repeat(LEVEL_WIDTH)}  ${printable(fix)}`,
  ];
}

const levelOf = (level: Level, paint: Paint): string => paint(STYLES[level], level.padEnd(LEVEL_WIDTH));

const isQuiet = ({ warned, changed }: { readonly warned: number; readonly changed: number }): boolean =>
  warned + changed === 0;

function notesOf(
  { errors, isMixed }: { readonly errors: readonly string[]; readonly isMixed: boolean },
  paint: Paint,
): readonly string[] {
  const mixed = `${paint('cyan', 'note')}: reading took longer than the API server keeps the past; what was written meanwhile may be missing`;
  return [
    ...(isMixed ? [mixed] : []),
    ...errors.map((message) => `${paint('red', 'error')}: ${printable(message)}`),
  ];
}
