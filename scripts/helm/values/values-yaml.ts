import { stringify } from 'yaml';
import type { Members, Section, Value } from './value.ts';

const HEAD = `# Written by \`npm run docs\` from scripts/helm/values: change it there.
# The defaults are those of \`kubectl apply -k manifests\`. docs/reference/helm-values.md has one table of all values.
`;

/** Columns of a comment with its indentation. */
const WIDTH = 110;

/** values.yaml: each value with its default, under a comment that explains it. */
export const valuesYaml = (values: Members): string => `${HEAD}\n${blocksOf(values, '').join('\n')}`;

const blocksOf = (members: Members, indent: string): readonly string[] =>
  Object.entries(members).map(([name, member]) => blockOf(name, member, indent));

function blockOf(name: string, member: Value | Section, indent: string): string {
  const comment = wrap(member.description, WIDTH - indent.length - 2).map((line) => `${indent}# ${line}\n`);
  const lines =
    member.kind === 'section'
      ? `${indent}${name}:\n${blocksOf(member.members, `${indent}  `).join('')}`
      : stringify({ [name]: member.default }, { lineWidth: 0 }).replaceAll(/^(?=.)/gm, indent);
  return `${comment.join('')}${lines}`;
}

function wrap(sentence: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of sentence.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
