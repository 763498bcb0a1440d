import type { TextlintRuleModule, TextlintRuleReporter } from '@textlint/kernel';
import { SentenceSplitterSyntax, splitAST, type TxtSentenceNode } from 'sentence-splitter';

/** Words that make a clause the subject of a sentence: "Who reads the Secret late is locked out". */
const OPENERS = new Set(['of', 'what', 'who', 'whoever', 'whatever', 'where', 'nobody', 'somebody']);

/** The splitter takes the full stop of "exits with 1. Then" for that of a number. */
const AFTER_NUMBER = /(?<=\d\.)\s+(?=\p{Lu})/u;

const MAX_WORDS = 25;
const MAX_COLONS = 1;

const reporter: TextlintRuleReporter = ({ Syntax, RuleError, report, locator }) => {
  const check = (node: Parameters<typeof report>[0]): void => {
    // A semicolon in a cell of a table separates the items of a list.
    const ends = node.type === Syntax.TableCell ? /;\s/ : AFTER_NUMBER;
    for (const sentence of sentencesIn(node)) {
      const padding = locator.at(sentence.range[0] - node.range[0]);
      for (const part of textOf(sentence).split(ends))
        for (const fault of faultsOf(part)) report(node, new RuleError(fault, { padding }));
    }
  };
  return { [Syntax.Paragraph]: check, [Syntax.Header]: check, [Syntax.TableCell]: check };
};

/** Rules 1 and 2 of docs/contribute/writing.md, as far as a program can see them. */
export const plainSentence: TextlintRuleModule = reporter;

function sentencesIn(node: object): readonly TxtSentenceNode[] {
  // The splitter takes each node with inline children; its type names the paragraph alone.
  return splitAST(node as Parameters<typeof splitAST>[0]).children.filter(
    (child): child is TxtSentenceNode => child.type === SentenceSplitterSyntax.Sentence,
  );
}

function faultsOf(sentence: string): readonly string[] {
  const words = sentence.match(/[\p{L}\p{N}]\S*/gu) ?? [];
  const colons = sentence.match(/[:;](?=\s|$)/g) ?? [];
  const first = words[0]?.replace(/\P{L}.*$/u, '') ?? '';
  const faults: string[] = [];
  if (OPENERS.has(first.toLowerCase()))
    faults.push(`A sentence begins with "${first}": name the actor first`);
  if (words.length > MAX_WORDS) faults.push(`A sentence has ${words.length} words: ${MAX_WORDS} at most`);
  if (colons.length > MAX_COLONS)
    faults.push(`A sentence has ${colons.length} colons and semicolons: ${MAX_COLONS} at most`);
  return faults;
}

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly Node[];
}

/** Inline code counts as one word, whatever its length. */
function textOf(node: Node): string {
  if (node.type === 'Code') return 'code';
  if (node.type === 'Html') return '';
  if (node.type === 'Break') return ' ';
  return node.children?.map(textOf).join('') ?? node.value ?? '';
}
