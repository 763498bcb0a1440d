import { TextlintKernel, type TextlintKernelOptions } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import terminology from 'textlint-rule-terminology';
import { plainSentence } from './plain-sentence.ts';
import { proseOf } from './typescript-prose.ts';
import words from './words.json' with { type: 'json' };

export interface Breach {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

const OPTIONS: TextlintKernelOptions = {
  ext: '.md',
  plugins: [{ pluginId: 'markdown', plugin: markdown.default }],
  rules: [
    { ruleId: 'plain-sentence', rule: plainSentence },
    { ruleId: 'terminology', rule: terminology, options: { defaultTerms: false, terms: words, skip: [] } },
  ],
};

const kernel = new TextlintKernel();

/** Where a Markdown page, or the comments and messages of a TypeScript file, break the rules of docs/contribute/writing.md. */
export async function breachesIn(file: string, text: string): Promise<readonly Breach[]> {
  const prose = file.endsWith('.ts') ? proseOf(text) : undefined;
  const { messages } = await kernel.lintText(prose?.text ?? text, { ...OPTIONS, filePath: `${file}.md` });
  return messages.map(({ loc, message }) => {
    const line = loc.start.line;
    return { file, line: prose?.lines[line - 1] ?? line, message };
  });
}
