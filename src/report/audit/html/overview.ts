import type { AuditHeader, AuditReport } from '../audit-report.ts';
import { controllerSummary } from '../audit-tables.ts';
import { grouped, html, type Markup, NOTHING } from './markup.ts';

/** The header of the report: where, when, by which version, and the counts. */
export function overview(header: AuditHeader, report: AuditReport): Markup {
  const { tally, errors, isMixed } = report;
  const [planned] = controllerSummary(report);
  return html`<section id="overview" aria-labelledby="title">
<h1 id="title">Audit of Secrets</h1>
${facts(header, report)}
${errors.length > 0 ? incomplete(errors) : NOTHING}
<p class="verdict ${tally.total.denied > 0 ? 'is-denied' : 'is-allowed'}">${verdictOf(report)}</p>
<p class="lead">${leadOf(report)}${planned === undefined ? '' : ` By its policies, ${planned}.`}${
    isMixed
      ? ' Reading took longer than the API server keeps its history, so later writes may be missing.'
      : ''
  }</p>
${tally.total.secrets > 0 ? shares(report) : NOTHING}
${cards(report)}
</section>
`;
}

function facts(
  { cluster, namespace, startedAt, version }: AuditHeader,
  { tally, maxAction }: AuditReport,
): Markup {
  const time = startedAt.toISOString();
  return html`<dl class="facts">
<div><dt>Cluster</dt><dd><code>${cluster}</code></dd></div>
<div><dt>Scope</dt><dd>${namespace === undefined ? 'all namespaces' : html`<code>${namespace}</code>`}</dd></div>
<div><dt>Time</dt><dd><time datetime="${time}">${time.slice(0, 16).replace('T', ' ')} UTC</time></dd></div>
<div><dt>lockstep</dt><dd>${version}</dd></div>
<div><dt>Secrets</dt><dd>${grouped(tally.total.secrets)} in ${grouped(tally.namespaces.size)} ${
    tally.namespaces.size === 1 ? 'namespace' : 'namespaces'
  }</dd></div>
${maxAction === 'Enforce' ? NOTHING : html`<div><dt>Maximum action</dt><dd>${maxAction}</dd></div>`}
${tally.skipped > 0 ? html`<div><dt>Not validated</dt><dd>${grouped(tally.skipped)}</dd></div>` : NOTHING}
</dl>`;
}

const incomplete = (errors: readonly string[]): Markup => html`<div class="alert tone-denied" role="note">
<h2>This report is incomplete</h2>
<ul>${errors.map((error) => html`<li>${error}</li>`)}</ul>
</div>`;

function verdictOf({ tally: { total, clean }, errors }: AuditReport): string {
  if (total.secrets === 0) return 'No Secret to validate was found';
  if (total.denied > 0)
    return `${grouped(total.denied)} of ${grouped(total.secrets)} Secrets would be denied`;
  if (clean === total.secrets && errors.length === 0)
    return total.secrets === 1
      ? 'The Secret is fine as it is'
      : `All ${grouped(total.secrets)} Secrets are fine as they are`;
  return 'No Secret would be denied';
}

function leadOf({ tally: { total, clean } }: AuditReport): string {
  if (total.secrets === 0)
    return 'lockstep never validates system namespaces and its own. Check the namespace of the command, and the rights of its user.';
  if (clean === total.secrets)
    return 'With lockstep installed, each of them would be admitted without a remark.';
  const mutated = total.mutated === 0 ? '' : `${grouped(total.mutated)} would be mutated, and then allowed. `;
  return `${mutated}${grouped(clean)} would be allowed as they are. Each Secret is validated as if it were new. An audit changes nothing.`;
}

/** One bar for all Secrets, each once, by its strongest result. */
function shares({ tally: { total, clean } }: AuditReport): Markup {
  const remarked = total.secrets - total.denied - total.mutated - clean;
  const parts = [
    ['denied', 'denied', total.denied],
    ['mutated', 'mutated', total.mutated],
    ['warned', 'allowed, with a remark', remarked],
    ['clean', 'allowed as they are', clean],
  ] as const;
  let start = 0;
  const bars = parts.map(([outcome, , count]) => {
    const width = (count / total.secrets) * 1000;
    const bar = html`<rect class="tone-${outcome}" x="${start.toFixed(2)}" y="0" width="${width.toFixed(2)}" height="10"/>`;
    start += width;
    return bar;
  });
  const legend = parts.map(
    ([outcome, name, count]) =>
      html`<li><span class="dot tone-${outcome}"></span>${grouped(count)} ${name}</li>`,
  );
  return html`<svg class="shares" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">${bars}</svg>
<ul class="legend">${legend}</ul>`;
}

function cards({ tally, references: { objects } }: AuditReport): Markup {
  const { denied, warned, recorded, mutated } = tally.total;
  const shown = [
    ['denied', 'Denied', denied, 'the API server would not store them'],
    ['mutated', 'Mutated', mutated, 'lockstep computes or cleans a key'],
    ['overdue', 'Overdue', tally.overdue, 'a key is older than its policy allows'],
    ['warned', 'Warned', warned, 'stored, and the writer is warned'],
    ['recorded', 'Recorded', recorded, 'stored, and only reported'],
    ['objects', 'Other objects', objects.length, 'they read a Secret or key that is missing'],
  ] as const;
  return html`<ul class="cards">${shown.map(
    ([outcome, name, count, meaning]) =>
      html`<li class="card tone-${outcome}${count === 0 ? ' is-zero' : ''}" data-outcome="${outcome}"><span class="card-name">${name}</span><span class="card-count">${grouped(count)}</span><span class="card-meaning">${meaning}</span></li>`,
  )}</ul>
<p class="hint">A Secret counts in each tile that applies to it, such as Mutated and Warned. The bar counts it once.</p>`;
}
