import type { AuditResult } from '../../engine/audit/audit.ts';
import type { Finding } from '../../engine/finding/finding.ts';
import { keyRules, secretRules } from '../../engine/rules/registry.ts';
import { plural } from '../wording.ts';

/** The number of Secrets for which a text lists the findings of one rule. */
const MAX_LISTED = 3;

const RULES_THAT_ONLY_RECORD: ReadonlySet<string> = new Set(
  [...keyRules, ...secretRules].filter(({ maxAction }) => maxAction === 'Audit').map(({ id }) => id),
);

/**
 * Shortens the findings of rules that only record. Nearly every Secret of a cluster can have such a finding, and the
 * text would hide the others among them. Memory grows with the rules, not with the Secrets.
 */
export class RepeatedNotes {
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
