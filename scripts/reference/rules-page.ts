import { manifestRules, ruleTexts } from '../../src/engine/rules/manifest-rules.ts';

const HEAD = `# Rules

Every finding names its rule, as in \`[lockstep/placeholder]\`, and the policy that asked, as in
\`(policy jwt-keys)\`. A rule of the API server has no policy. Most rules apply to the keys that a policy names.
The rules about placeholders and about typing apply to any key, as the built-in policy \`no-placeholders\` asks. The
action of the policy decides: \`Enforce\` refuses the write, \`Warn\` prints a warning, \`Audit\` only records it. On
UPDATE, a finding about a key that the request did not change is at most a warning.

The rules from [${manifestRules[0]?.id}](#${manifestRules[0]?.id}) on are about manifests. Only \`lockstep check\` and \`lockstep render\` know them.

This page is written by \`npm run docs\` from \`src/engine/rules/\`. A test keeps the two equal.
`;

/** docs/reference/rules.md, as the rules say it. */
export function rulesPage(): string {
  const index = ruleTexts
    .map(({ id, meaning }) => `| [${id}](#${id}) | ${firstSentence(meaning)} |`)
    .join('\n');
  const sections = ruleTexts.map(
    ({ id, meaning, example, remediation: mend, maxAction: atMost }) => `## ${id}

${meaning}

- **For example:** ${example.startsWith('`') ? example : `\`${example}\``}
- **To fix it:** ${mend}
${atMost === undefined ? '' : `- **At most:** \`${atMost}\`, whatever the policy says.\n`}`,
  );
  return [HEAD, `| rule | finding |\n|---|---|\n${index}\n`, ...sections].join('\n');
}

/** In a table cell a bar is the end of the cell. */
const firstSentence = (text: string): string => text.replace(/(?<=\.) .*$/s, '').replaceAll('|', '\\|');
