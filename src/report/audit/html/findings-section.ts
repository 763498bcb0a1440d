import type { AuditReport } from '../audit-report.ts';
import { html, type Markup } from './markup.ts';

/** The script fills the list and its choices from the rows. Without one, the reader learns of the other formats. */
export function findingsSection(report: AuditReport, hasRows: boolean): Markup {
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
