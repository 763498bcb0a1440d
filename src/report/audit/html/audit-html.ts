import { createHash } from 'node:crypto';
import type { AuditResult } from '../../../engine/diagnosis/audit/audit.ts';
import { ownerOf } from '../../../engine/secret/owners.ts';
import type { ObjectWithFindings } from '../../../engine/workloads/references/object-findings.ts';
import { printable } from '../../printable.ts';
import { type AuditRemark, remarksOfObject, remarksOfResult } from '../audit-remarks.ts';
import { type AuditHeader, type AuditReport, type AuditReporter, isReportable } from '../audit-report.ts';
import { PAGE, SCRIPT, STYLE } from './assets.ts';
import { heatMap } from './heat-map.ts';
import { html, Markup } from './markup.ts';
import { overview } from './overview.ts';
import { notesSection, policiesSection, rulesSection } from './reference-sections.ts';

/**
 * One file that a browser opens without a server. The rows are written while Secrets are read, as JSON that no browser
 * executes. Overview, heat map, policies and rules follow at the end, and are readable without a script.
 */
export function auditHtml(header: AuditHeader): AuditReporter {
  const [beforeRows = '', afterRows = ''] = PAGE.split('{{rows}}');
  const begin = fill(beforeRows, {
    policy: html`${CONTENT_SECURITY_POLICY}`,
    title: html`Audit of Secrets, ${hostOf(header.cluster)}`,
    style: new Markup(STYLE),
  });
  let rows = 0;
  const write = (row: Row): string => `${rows++ === 0 ? begin : ','}\n${inScript(row)}`;
  return {
    secret: (audited) => (isReportable(audited) ? write(secretRow(audited)) : ''),
    finish: (report) => {
      const objects = report.isSummary ? [] : report.references.objects.map((one) => write(objectRow(one)));
      const rest = fill(afterRows, { main: mainOf(header, report, rows > 0), script: new Markup(SCRIPT) });
      return `${rows === 0 ? begin : objects.join('')}${rest}`;
    },
  };
}

/** One Secret or other object, as the files of page/ read it. All texts are printable. */
interface Row {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Empty for an object without an owner. */
  readonly owner: string;
  readonly remarks: readonly AuditRemark[];
}

const secretRow = (audited: AuditResult): Row => ({
  kind: 'Secret',
  namespace: printable(audited.secret.namespace),
  name: printable(audited.secret.name),
  owner: printable(ownerOf(audited.secret) ?? ''),
  remarks: remarksOfResult(audited),
});

const objectRow = (object: ObjectWithFindings): Row => ({
  kind: printable(object.kind),
  namespace: printable(object.namespace),
  name: printable(object.name),
  owner: '',
  remarks: remarksOfObject(object),
});

/** JSON without a character that could end a `script` element or begin a comment in it. */
const inScript = (row: Row): string => JSON.stringify(row).replaceAll('<', '\\u003c');

const mainOf = (header: AuditHeader, report: AuditReport, hasRows: boolean): Markup =>
  html`${[
    overview(header, report),
    heatMap(report),
    findingsSection(report, hasRows),
    policiesSection(report),
    rulesSection(report),
    notesSection(report),
  ]}`;

/** A function as the replacement: a text may hold `$&`. */
const fill = (template: string, slots: Readonly<Record<string, Markup>>): string =>
  template.replace(/\{\{(\w+)\}\}/g, (_, slot) => String(slots[slot]));

const hostOf = (cluster: string): string => cluster.replace(/^https:\/\//, '');

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The page runs its own script and style, and nothing else. No text becomes an element: the script makes them all. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(SCRIPT)}`,
  `style-src ${hashOf(STYLE)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The script fills the list and its choices from the rows. Without one, the reader learns of the other formats. */
function findingsSection(report: AuditReport, hasRows: boolean): Markup {
  const content = report.isSummary ? ONLY_COUNTS : hasRows ? FINDINGS : NOTHING_TO_FIX;
  return html`<section id="findings" aria-labelledby="findings-title">
<h2 id="findings-title" tabindex="-1">Findings</h2>
${content}
</section>
`;
}

const ONLY_COUNTS = html`<p class="empty">This report has only the counts. Without <code>--summary</code>, it lists each finding with its fix.</p>`;

const NOTHING_TO_FIX = html`<p class="empty">Nothing to fix: no Secret has a finding.</p>`;

const select = (id: string, label: string, all: string): Markup =>
  html`<p class="field"><label for="${id}">${label}</label><select id="${id}"><option value="">${all}</option></select></p>`;

const FINDINGS = html`<p class="empty" id="no-script">The list needs JavaScript. <code>lockstep audit --format text</code> and <code>--format json</code> write the same findings without it.</p>
<div id="list" hidden>
<form class="filters" role="search" aria-label="Filter the findings" id="filters">
<p class="field wide"><label for="search">Search</label><input type="search" id="search" autocomplete="off" spellcheck="false" placeholder="name, key, rule or text ( / )"></p>
${[
  select('outcome', 'Result', 'all results'),
  select('namespace', 'Namespace', 'all namespaces'),
  select('rule', 'Rule', 'all rules'),
  select('policy', 'Policy', 'all policies'),
]}
<p class="field"><button type="button" class="quiet" id="reset">Reset</button></p>
</form>
<p class="status" id="status" role="status"></p>
<ol class="results" id="results"></ol>
<nav class="pages" aria-label="Pages of findings" id="pages"></nav>
</div>`;
