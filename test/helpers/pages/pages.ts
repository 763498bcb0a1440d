import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Every page that is for a reader, relative to the repository. */
export async function pages(): Promise<string[]> {
  const docs = await readdir(join(ROOT, 'docs'), { recursive: true });
  const inDocs = docs.filter((name) => name.endsWith('.md')).map((name) => join('docs', name));
  const top = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'];
  return [...top, 'certs/README.md', 'manifests/helm/README.md', 'test/testbed/README.md', ...inDocs.sort()];
}

export const readPage = (page: string): Promise<string> => readFile(join(ROOT, page), 'utf8');

/**
 * test/cluster/docs/pages.test.ts runs the commands of a page, block after block, in one clone. They use one
 * cluster with lockstep. readme.test.ts runs those of the README, which installs it. A `sh` block must end with 0.
 * In a `console` block, each line that begins with `$ ` is typed, and the lines below it are the output. Comments
 * above a block:
 *
 *     <!-- not run: it needs a cloud account; test/x.test.ts does the same -->   why not, and which test has it instead
 *     <!-- before: kubectl create namespace payments -->                        what is there by then; must end with 0
 *     <!-- refused: [lockstep/placeholder] -->                                  must not end with 0, and print this
 *     <!-- file: payments.yaml -->                                              the block is that file of the clone
 */
export const MARKERS = ['not run', 'before', 'refused', 'file'] as const;

/** A fenced block of a page. */
export interface Block {
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** The word after the fence; empty where there is none. */
  readonly language: string;
  readonly text: string;
  readonly markers: ReadonlyMap<string, string>;
}

/** In a list, the comments and both fences have the indent of the item. */
const BLOCK =
  /(?<comments>(?:^ *<!--(?:(?!-->).)*-->\n)*)^(?<indent> *)```(?<language>\w*)\n(?<text>.*?)^\k<indent>```$/gms;
const COMMENT = /<!-- ([\w ]+): ((?:(?!-->).)*?)\s*-->/gs;

export function blocksOf(page: string): Block[] {
  return [...page.matchAll(BLOCK)].map(({ index, groups = {} }) => {
    const { comments = '', indent = '', language = '', text = '' } = groups;
    return {
      line: page.slice(0, index + comments.length).split('\n').length,
      language,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      markers: new Map([...comments.matchAll(COMMENT)].map(([, name = '', value = '']) => [name, value])),
    };
  });
}

/** The text below that heading, to the next one of its rank. */
export function sectionOf(page: string, heading: string): string {
  const rank = heading.indexOf(' ');
  const begin = page.indexOf(`\n${heading}\n`);
  if (begin < 0) throw new Error(`there is no heading "${heading}"`);
  const body = page.slice(begin + heading.length + 2);
  const next = body.search(new RegExp(`^#{1,${rank}} `, 'm'));
  return next < 0 ? body : body.slice(0, next);
}

/** A `console` block: what is typed after `$ `, and what must be printed then. */
export function turnsOf({
  text,
}: Pick<Block, 'text'>): { readonly command: string; readonly output: string }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((turn) => {
      const [command = '', ...output] = turn.split('\n');
      return { command, output: trimmed(output.join('\n')) };
    });
}

/** kubectl ends some lines with a blank, which an editor takes away. */
export const trimmed = (text: string): string => text.replaceAll(/ +$/gm, '').trim();

/** As GitHub makes them of headings. */
export const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
