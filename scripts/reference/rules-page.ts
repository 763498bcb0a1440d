import { manifestRules, ruleTexts } from '../../src/engine/review/rules/manifest-rules.ts';

const HEAD = `# Rules

Most rules apply to the keys that a policy names. The rules about placeholders and about typing apply to any key, as the
built-in policy \`no-placeholders\` asks. The action of the policy decides: \`Enforce\` refuses the write, \`Warn\` prints a
warning, \`Audit\` only records it. On UPDATE, a finding about a key that the request did not change is at most a warning.
*At most* under a rule is the strongest action that it can have, whatever the policy says. \`lockstep explain RULE\` prints
the same.

\`npm run docs\` writes this page from \`src/engine/review/rules/\`.
`;

/** docs/reference/rules.md, as the rules say it. */
export function rulesPage(): string {
  const sections = ruleTexts.map(
    ({ id, meaning, example, remediation: mend, maxAction: atMost }) => `## ${id}

${meaning}

- **Example:** ${example.startsWith('`') ? example : `\`${example}\``}
- **Fix:** ${mend}
${atMost === undefined ? '' : `- **At most:** \`${atMost}\`\n`}`,
  );
  const ofManifests = manifestRules.map(({ id }) => id);
  const ofValues = ruleTexts.map(({ id }) => id).filter((id) => !ofManifests.includes(id));
  const lists = [
    '| known to | rules |\n|---|---|',
    `| all | ${links(ofValues)} |`,
    `| \`lockstep check\` and \`render\` | ${links(ofManifests)} |`,
  ];
  return [HEAD, ...lists, '', ...sections].join('\n');
}

const links = (ids: readonly string[]): string => ids.map((id) => `[${id}](#${id})`).join('; ');
