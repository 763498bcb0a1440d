import { documentsOf, type ManifestDocument } from '../yaml/documents.ts';
import type { SyntaxFault } from '../yaml/node.ts';
import {
  chartHint,
  chartOf,
  hintOf,
  isKustomization,
  kustomizationHint,
  likelyCharts,
  renderFirst,
} from './hints.ts';
import { kindOf } from './kinds.ts';
import { type ManifestPath, manifestPaths, STDIN, whyUnreadable } from './manifest-paths.ts';
import type { Hint, ManifestSecret, ReadError } from './manifest-secret.ts';
import { type ManifestText, readText, textOf } from './manifest-text.ts';
import { isFault, objectsOf } from './objects.ts';
import { placesIn } from './positions.ts';
import { secretObject } from './secret-object.ts';

/** What one file, or standard input, holds. */
export interface ManifestFile {
  /** `-` for standard input. */
  readonly file: string;
  readonly secrets: readonly ManifestSecret[];
  readonly errors: readonly ReadError[];
  readonly hints: readonly Hint[];
}

export interface ReadOptions {
  /** Of Secrets that name none. */
  readonly namespace: string | undefined;
  readonly stdin: () => Promise<Uint8Array>;
  /** Keys that something else renders later are told apart. */
  readonly allowReferences: boolean;
}

/**
 * The Secrets at the paths, as kubectl 1.37 would read them: files, folders with all they hold, `-` for standard input. File after file, so that no
 * more than one is in memory. What can't be read is an error of its file; nothing is thrown.
 */
export async function* readManifests(
  paths: readonly string[],
  options: ReadOptions,
): AsyncGenerator<ManifestFile> {
  for (const path of manifestPaths(paths)) yield readLoaded(await load(path, options), options);
}

interface LoadedFile {
  readonly path: ManifestPath;
  readonly found: ManifestText;
}

/** Never rejects. */
async function load(path: ManifestPath, options: ReadOptions): Promise<LoadedFile> {
  const { file, problem } = path;
  if (problem !== undefined) return { path, found: { problem } };
  if (file !== STDIN) return { path, found: await readText(file) };
  const unreadable = (error: unknown): ManifestText => ({ problem: whyUnreadable(error) });
  return { path, found: await options.stdin().then(textOf, unreadable) };
}

function readLoaded({ path, found }: LoadedFile, options: ReadOptions): ManifestFile {
  const { file, given } = path;
  if ('problem' in found)
    return { ...EMPTY, file, errors: [{ file, line: undefined, message: found.problem }] };
  if (isKustomization(file)) return { ...EMPTY, file, hints: [{ file, message: kustomizationHint(file) }] };
  if (!given && isBesideThePoint(found.text)) return { ...EMPTY, file };
  const chart = file === STDIN ? undefined : chartOf(file, found.text);
  if (chart !== undefined) return { ...EMPTY, file, hints: [{ file, message: chartHint(chart) }] };
  return readManifest(path, found.text, options);
}

const EMPTY = { secrets: [], errors: [], hints: [] } as const;

/**
 * Whether a file found in a folder can hold no Secret: the word is not there, nor what could spell it otherwise, nor a document that can do harm. Then it is
 * not parsed, which is what takes the time.
 */
const isBesideThePoint = (text: string): boolean =>
  !/secret|stringData|kustomize\.config/i.test(text) && !/\\(?:[ux]|\r?$)|!!|(?:[-:,[] *|^)\*\w/m.test(text);

function readManifest({ file, given }: ManifestPath, text: string, options: ReadOptions): ManifestFile {
  const placeAt = placesIn(file, text);
  const secrets: ManifestSecret[] = [];
  const errors: ReadError[] = [];
  const hints = new Set<string>();
  let objects = 0;

  function complain({ at, message }: SyntaxFault): void {
    errors.push({ file, line: placeAt(at).line, message });
  }

  function take({ root, fault, cut }: ManifestDocument): void {
    if (fault !== undefined) complain({ ...fault, message: `${fault.message}${renderFirst(text)}` });
    if (cut !== undefined)
      hints.add(
        `holds more from line ${placeAt(cut).line} on, behind "...", which kubectl does not read: part it with ---`,
      );
    if (root === undefined) return;
    for (const object of objectsOf(root)) {
      objects += 1;
      if (isFault(object)) {
        // In a folder there may be lists that are nobody's manifest.
        if (given) complain(object);
        continue;
      }
      const kind = kindOf(object);
      const hint = hintOf(file, kind);
      if (hint !== undefined) hints.add(hint);
      if (kind === 'secret' || kind === 'almost-secret' || kind === 'sealed-secret')
        secrets.push(secretObject(object, kind, { ...options, placeAt }));
    }
  }

  for (const document of documentsOf(text)) take(document);
  const [chart] = errors.length > 0 && text.includes('{{') ? likelyCharts(file) : [];
  if (chart !== undefined) {
    hints.add(chartHint(chart));
    errors.length = 0;
  } else if (given && objects === 0 && errors.length === 0)
    errors.push({ file, line: undefined, message: 'holds no object: there is nothing to check' });
  return { file, secrets, errors, hints: [...hints].map((message) => ({ file, message })) };
}
