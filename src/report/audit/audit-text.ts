import type { AuditResult } from '../../engine/diagnosis/audit/audit.ts';
import { keyRules, secretRules } from '../../engine/review/rules/registry.ts';
import type { Finding } from '../../engine/secret/finding/finding.ts';
import type { Verdict } from '../../engine/secret/finding/verdict.ts';
import { ownerOf } from '../../engine/secret/owners.ts';
import type { ObjectWithFindings } from '../../engine/workloads/references/object-findings.ts';
import { type Paint, paintIf } from '../paint.ts';
import { printable } from '../printable.ts';
import { type Level, plural } from '../wording.ts';
import { type AuditRemark, type Outcome, remarksOfObject, remarksOfResult } from './audit-remarks.ts';
import { type AuditReport, type AuditReporter, auditNotes, isReportable } from './audit-report.ts';
import { auditSummary, auditTables, controllerSummary } from './audit-tables.ts';

/**
 * The text for people, by namespace:
 *
 *     shop
 *       Secret shop/app: would be denied
 *         error    JWT_SECRET is a placeholder [placeholder, jwt-keys]
 *                  set a generated value, e.g. openssl rand -base64 48
 *
 * A finding that only records is listed for the first Secrets, and counted for the others.
 */
export function auditText(colour: boolean): AuditReporter {
  const paint = paintIf(colour);
  const repeated = new RepeatedNotes();
  let namespace = '';
  return {
    secret: (complete) => {
      const audited = repeated.shorten(complete);
      if (!isReportable(audited)) return '';
      const heading =
        audited.secret.namespace === namespace ? [] : [namespaceHeading(audited, namespace, paint)];
      namespace = audited.secret.namespace;
      return `${[...heading, ...secretLines(audited, paint)].join('\n')}\n`;
    },
    finish: (result) => {
      const { total } = result.tally;
      const { objects } = result.references;
      const isAllowed = isClean(total) && objects.length === 0;
      const summaryStyle =
        result.errors.length > 0 || total.denied > 0 ? 'red' : isAllowed ? 'green' : 'yellow';
      const blocks = [
        ...(result.isSummary || objects.length === 0 ? [] : [objectLines(objects, paint)]),
        ...auditTables(result).map(([title, ...rows]) => [paint('bold', title ?? ''), ...rows]),
        [
          ...(result.isSummary ? [] : repeated.notes()).map((message) => noteLine(message, paint)),
          ...noteLines(result, paint),
          paint(summaryStyle, auditSummary(result)),
          ...controllerSummary(result),
        ],
      ].map((lines) => `${lines.join('\n')}\n`);
      return `${namespace === '' ? '' : '\n'}${blocks.join('\n')}`;
    },
  };
}

const STYLES = { error: 'red', warning: 'yellow', note: 'cyan' } as const;
const LEVELS: Readonly<Record<Outcome, Level>> = {
  denied: 'error',
  warned: 'warning',
  recorded: 'note',
  mutated: 'note',
  overdue: 'note',
  controller: 'note',
};
const LEVEL_WIDTH = 'warning'.length;

const VERDICT_TEXTS: Readonly<Record<Verdict, string>> = {
  deny: 'would be denied',
  fix: 'would be mutated, and then allowed',
  allow: 'would be allowed',
  skip: 'is not validated',
};

const namespaceHeading = ({ secret }: AuditResult, before: string, paint: Paint): string =>
  `${before === '' ? '' : '\n'}${paint('bold', printable(secret.namespace))}`;

function secretLines(audited: AuditResult, paint: Paint): readonly string[] {
  const { secret, verdict } = audited;
  const owner = ownerOf(secret);
  return [
    `  Secret ${printable(`${secret.namespace}/${secret.name}`)}: ${VERDICT_TEXTS[verdict]}`,
    ...(owner === undefined ? [] : [paint('dim', `    owned by ${printable(owner)}: change it there`)]),
    ...remarksOfResult(audited).flatMap((remark) => remarkLines(remark, paint)),
  ];
}

function remarkLines({ outcome, text, rule, policy, fix }: AuditRemark, paint: Paint): readonly string[] {
  const level = LEVELS[outcome];
  const source = policy === '' ? rule : `${rule}, ${policy}`;
  return [
    `    ${paint(STYLES[level], level.padEnd(LEVEL_WIDTH))}  ${text}${rule === '' ? '' : ` ${paint('dim', `[${source}]`)}`}`,
    ...(fix === '' ? [] : [`    ${' '.repeat(LEVEL_WIDTH)}  ${fix}`]),
  ];
}

const isClean = ({ warned, mutated }: { readonly warned: number; readonly mutated: number }): boolean =>
  warned + mutated === 0;

/** The objects that read Secrets, after all Secrets. */
const objectLines = (objects: readonly ObjectWithFindings[], paint: Paint): readonly string[] => [
  paint('bold', 'Other objects'),
  ...objects.flatMap((object) => [
    `  ${printable(`${object.kind} ${object.namespace}/${object.name}`)}`,
    ...remarksOfObject(object).flatMap((remark) => remarkLines(remark, paint)),
  ]),
];

function noteLines(report: AuditReport, paint: Paint): readonly string[] {
  const { errors, isMixed } = report;
  return [
    ...(isMixed ? [noteLine(MIXED, paint)] : []),
    ...auditNotes(report).map((message) => noteLine(message, paint)),
    ...errors.map((message) => `${paint('red', 'error')}: ${printable(message)}`),
  ];
}

const MIXED =
  'reading took longer than the API server keeps its history, so that later writes may be missing';

const noteLine = (message: string, paint: Paint): string => `${paint('cyan', 'note')}: ${printable(message)}`;

/** The number of Secrets for which a text lists the findings of one rule. */
const MAX_LISTED = 3;

const RULES_THAT_ONLY_RECORD: ReadonlySet<string> = new Set(
  [...keyRules, ...secretRules].filter(({ maxAction }) => maxAction === 'Audit').map(({ id }) => id),
);

/**
 * Shortens the findings of rules that only record. Nearly every Secret of a cluster can have such a finding, and the
 * text would hide the others among them. Memory grows with the rules, not with the Secrets.
 */
class RepeatedNotes {
  readonly #secretsByRule = new Map<string, number>();

  /** The next Secret, with the findings that the text lists. */
  shorten(audited: AuditResult): AuditResult {
    const { decision } = audited;
    return { ...audited, decision: { ...decision, findings: this.#select(decision.findings) } };
  }

  #select(findings: readonly Finding[]): readonly Finding[] {
    for (const rule of new Set(findings.map(({ rule }) => rule))) {
      if (RULES_THAT_ONLY_RECORD.has(rule))
        this.#secretsByRule.set(rule, (this.#secretsByRule.get(rule) ?? 0) + 1);
    }
    return findings.filter(({ rule }) => (this.#secretsByRule.get(rule) ?? 0) <= MAX_LISTED);
  }

  /** One sentence for each rule whose findings are not all listed. */
  notes(): readonly string[] {
    return [...this.#secretsByRule]
      .filter(([, secrets]) => secrets > MAX_LISTED)
      .map(([rule, secrets]) => {
        const others = secrets - MAX_LISTED;
        return `${plural(others, 'more Secret')} ${others === 1 ? 'has' : 'have'} the finding ${rule}; --format json lists each`;
      });
  }
}
