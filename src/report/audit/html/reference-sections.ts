import { EMPTY_POLICY_GROUP, type RuleCounts } from '../../../engine/diagnosis/audit/tally.ts';
import { ruleTexts } from '../../../engine/review/rules/manifest-rules.ts';
import { ruleUrl } from '../../../engine/secret/finding/docs-url.ts';
import { type AuditReport, auditNotes } from '../audit-report.ts';
import { rulesByCount } from './heat-map.ts';
import { grouped, html, type Markup, NOTHING, prose } from './markup.ts';

const number = (count: number): Markup =>
  html`<td class="number${count === 0 ? ' is-zero' : ''}">${count === 0 ? '–' : grouped(count)}</td>`;

const numbers = ({ denied, warned, recorded }: RuleCounts): readonly Markup[] =>
  [denied, warned, recorded].map(number);

const COUNT_HEADINGS = html`<th scope="col" class="number">Denied</th><th scope="col" class="number">Warned</th><th scope="col" class="number">Recorded</th>`;

/** Each policy with its actions, the Secrets that it matched, and those in violation. */
export function policiesSection({ policies, tally }: AuditReport): Markup {
  const rows = policies.map(({ name, source, actions }) => {
    const { counts } = tally.policies.get(name) ?? EMPTY_POLICY_GROUP;
    const violating = counts.denied + counts.warned + counts.recorded;
    return html`<tr data-policy="${name}"><th scope="row">${name}</th><td>${source}</td><td>${actions.join(', ')}</td>${[
      number(counts.secrets),
      number(violating),
      ...numbers(counts),
    ]}</tr>
`;
  });
  const table = html`<div class="scroll" role="region" aria-label="Table of policies" tabindex="0">
<table class="counts">
<thead><tr><th scope="col">Policy</th><th scope="col">Source</th><th scope="col">Action</th><th scope="col" class="number">Matched</th><th scope="col" class="number">In violation</th>${COUNT_HEADINGS}</tr></thead>
<tbody>${rows}</tbody>
</table>
</div>`;
  return html`<section id="policies" aria-labelledby="policies-title">
<h2 id="policies-title">Policies</h2>
${policies.length === 0 ? html`<p class="empty">No policy took part in this audit.</p>` : table}
</section>
`;
}

/** The broken rules with their meaning and fix. */
export function rulesSection({ tally }: AuditReport): Markup {
  const rules = rulesByCount([...tally.namespaces]);
  const rows = rules.map(([rule, counts]) => {
    const text = ruleTexts.find(({ id }) => id === rule);
    return html`<tr><th scope="row"><a href="${ruleUrl(rule)}" rel="noreferrer">${rule}</a></th>${numbers(counts)}<td class="prose">${
      text === undefined
        ? NOTHING
        : html`${prose(text.meaning)} <span class="fix">${prose(text.remediation)}</span>`
    }</td></tr>
`;
  });
  const table = html`<div class="scroll" role="region" aria-label="Table of broken rules" tabindex="0">
<table class="counts">
<thead><tr><th scope="col">Rule</th>${COUNT_HEADINGS}<th scope="col">Meaning and fix</th></tr></thead>
<tbody>${rows}</tbody>
</table>
</div>`;
  return html`<section id="rules" aria-labelledby="rules-title">
<h2 id="rules-title">Broken rules</h2>
${rules.length === 0 ? html`<p class="empty">Each rule holds for each Secret.</p>` : table}
</section>
`;
}

export function notesSection(report: AuditReport): Markup {
  const notes = auditNotes(report);
  if (notes.length === 0) return NOTHING;
  return html`<section id="notes" aria-labelledby="notes-title">
<h2 id="notes-title">Notes</h2>
<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>
</section>
`;
}
