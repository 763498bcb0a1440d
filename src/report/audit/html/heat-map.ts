import type { AuditGroup, RuleCounts } from '../../../engine/diagnosis/audit/tally.ts';
import type { AuditReport } from '../audit-report.ts';
import { grouped, html, type Markup, NOTHING } from './markup.ts';

/** Limit of rows. The namespaces with most denied Secrets come first, and the last row has the sum of the others. */
const MAX_NAMESPACES = 100;

type Place = readonly [name: string, group: Pick<AuditGroup, 'counts' | 'rules'>];

/** Namespaces by rules. Each cell counts Secrets, and its colour shows the strongest result and how many. */
export function heatMap({ tally }: AuditReport): Markup {
  const places = [...tally.namespaces]
    .filter(([, { rules }]) => rules.size > 0)
    .sort(([, a], [, b]) => b.counts.denied - a.counts.denied || b.counts.warned - a.counts.warned);
  const rules = rulesByCount(places);
  const most = Math.max(1, ...places.flatMap(([, group]) => [...group.rules.values()].map(sum)));
  return html`<section id="map" aria-labelledby="map-title">
<h2 id="map-title">Namespaces and rules</h2>
${places.length === 0 ? html`<p class="empty">No rule found a fault in any namespace.</p>` : table(places, rules, most)}
</section>
`;
}

export function rulesByCount(
  places: readonly Place[],
): readonly (readonly [rule: string, counts: RuleCounts])[] {
  const totals = new Map<string, RuleCounts>();
  for (const [, group] of places)
    for (const [rule, found] of group.rules) totals.set(rule, add(totals.get(rule) ?? NO_COUNTS, found));
  return [...totals].sort(([, a], [, b]) => b.denied - a.denied || sum(b) - sum(a));
}

const NO_COUNTS: RuleCounts = { denied: 0, warned: 0, recorded: 0 };

const sum = ({ denied, warned, recorded }: RuleCounts): number => denied + warned + recorded;

const add = (a: RuleCounts, b: RuleCounts): RuleCounts => ({
  denied: a.denied + b.denied,
  warned: a.warned + b.warned,
  recorded: a.recorded + b.recorded,
});

function table(places: readonly Place[], rules: ReturnType<typeof rulesByCount>, most: number): Markup {
  const shown = places.slice(0, MAX_NAMESPACES);
  const others = places.slice(MAX_NAMESPACES);
  const columns = rules.map(([rule]) => html`<th scope="col" class="rule"><span>${rule}</span></th>`);
  return html`<p class="hint">Secrets with a finding, the namespace with most denials first. Red would be denied, amber warned, blue recorded.</p>
<div class="scroll" role="region" aria-label="Table of namespaces and rules" tabindex="0">
<table class="heat">
<thead><tr><th scope="col">Namespace</th><th scope="col" class="number">Secrets</th>${columns}</tr></thead>
<tbody>${shown.map(([name, group]) => row(name, group, rules, most))}${
    others.length === 0
      ? NOTHING
      : row(`${grouped(others.length)} other namespaces`, merged(others), rules, most, true)
  }</tbody>
</table>
</div>`;
}

function merged(others: readonly Place[]): Place[1] {
  const counts = { secrets: 0, denied: 0, warned: 0, recorded: 0, mutated: 0 };
  for (const [, group] of others) counts.secrets += group.counts.secrets;
  return { counts, rules: new Map(rulesByCount(others)) };
}

function row(
  name: string,
  { counts, rules: found }: Place[1],
  rules: ReturnType<typeof rulesByCount>,
  most: number,
  isRest = false,
): Markup {
  const cells = rules.map(([rule]) => cell(found.get(rule), most));
  return html`<tr${isRest ? html` class="rest"` : NOTHING}><th scope="row">${name}</th><td class="number">${grouped(counts.secrets)}</td>${cells}</tr>
`;
}

function cell(counts: RuleCounts | undefined, most: number): Markup {
  if (counts === undefined) return html`<td></td>`;
  const tone = counts.denied > 0 ? 'denied' : counts.warned > 0 ? 'warned' : 'recorded';
  return html`<td><span class="tile tone-${tone} level-${levelOf(sum(counts), most)}">${grouped(sum(counts))}</span></td>`;
}

const LEVELS = 4;

/** 1 to 4, by the square root: otherwise one namespace with many findings makes all others look clean. */
const levelOf = (count: number, most: number): number => Math.ceil(LEVELS * Math.sqrt(count / most));
