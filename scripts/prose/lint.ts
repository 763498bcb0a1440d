import { TextlintKernel, type TextlintKernelOptions } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import terminology from 'textlint-rule-terminology';
import { plainSentence } from './plain-sentence.ts';
import { longCommentLines, proseOf } from './typescript-prose.ts';
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

/**
 * The breaches of docs/contribute/writing.md in a Markdown page, or in the comments and messages of a TypeScript file.
 * Outside of `src/` only comments count, because no user reads the messages.
 */
export async function breachesIn(file: string, text: string): Promise<readonly Breach[]> {
  const isTypeScript = file.endsWith('.ts');
  const prose = isTypeScript ? proseOf(text, file.startsWith('src/')) : undefined;
  const longLines = isTypeScript ? longCommentLines(text) : [];
  const { messages } = await kernel.lintText(prose?.text ?? text, { ...OPTIONS, filePath: `${file}.md` });
  const breaches = messages.map(({ loc, message }) => {
    const line = loc.start.line;
    return { file, line: prose?.lines[line - 1] ?? line, message };
  });
  const tooLong = longLines.map((line) => ({
    file,
    line,
    message: 'The comment line has over 120 characters.',
  }));
  return [...breaches, ...tooLong].sort((one, other) => one.line - other.line);
}
