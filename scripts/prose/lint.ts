import { TextlintKernel, type TextlintKernelOptions } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import terminology from 'textlint-rule-terminology';
import { plainSentence } from './plain-sentence.ts';
import { proseOf } from './typescript-prose.ts';
import words from './words.json' with { type: 'json' };

interface Breach {
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
  const prose = file.endsWith('.ts') ? proseOf(text, file.startsWith('src/')) : undefined;
  const { messages } = await kernel.lintText(prose?.text ?? text, { ...OPTIONS, filePath: `${file}.md` });
  const breaches = messages.map(({ loc, message }) => {
    const { line } = loc.start;
    return { line: prose?.lines[line - 1] ?? line, message };
  });
  const tooLong = (prose?.longLines ?? []).map((line) => ({ line, message: LONG_COMMENT }));
  return [...breaches, ...tooLong, ...pageLength(file, text)].sort((one, other) => one.line - other.line);
}

const LONG_COMMENT = 'The comment line has over 120 characters.';
const MAX_PAGE_WORDS = 1200;

/** Pages that a reader reads from begin to end. A reader searches the others. */
const READ_WHOLE =
  /^docs\/(?!reference\/|operate\/|concepts\/glossary\.md|contribute\/find-the-code\.md).*\.md$/;

/** A page with too many words, code included. A comment is not counted: a reader does not see it. */
function pageLength(file: string, text: string): readonly Breach[] {
  const words = text.replaceAll(/<!--.*?-->/gs, '').match(/\S+/g)?.length ?? 0;
  if (words <= MAX_PAGE_WORDS || !READ_WHOLE.test(file)) return [];
  const message = `The page has ${words} words: ${MAX_PAGE_WORDS} at most. Split it, or move details to docs/reference`;
  return [{ line: 1, message }];
}
