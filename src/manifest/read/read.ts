import { basename } from 'node:path';
import { manifestKindOf } from '../object/kinds.ts';
import type { Hint, HintKind, ManifestSecret, ReadError } from '../object/manifest-secret.ts';
import { isSyntaxFault, objectsOf } from '../object/objects.ts';
import { positionsIn } from '../object/positions.ts';
import type { FileReferences, ReferenceCollector } from '../references/collect.ts';
import { type ManifestDocument, splitDocuments } from '../yaml/documents.ts';
import type { SyntaxFault } from '../yaml/node.ts';
import {
  chartCandidates,
  chartFolderOf,
  chartHint,
  hintFor,
  isAssertion,
  isKustomization,
  kustomizationHint,
  renderFirstAdvice,
} from './hints.ts';
import { type IgnoreComment, ignoreCommentsIn, mayHoldIgnoreComment } from './ignore-comments.ts';
import {
  type IsKnownKind,
  isOtherJson,
  isOtherKind,
  isSecretKind,
  mayBeSecret,
  mayHoldOtherObject,
  mayHoldOwnObject,
  namesAlmostSecret,
  namesKindInJson,
} from './irrelevant.ts';
import {
  type IsExcluded,
  type ManifestPath,
  manifestPaths,
  STDIN,
  unreadableReason,
} from './manifest-paths.ts';
import { decodeManifest, type ManifestText, readManifestText } from './manifest-text.ts';
import { readManifestSecret } from './secret-object.ts';

export interface ManifestFileContent {
  /** `-` for standard input. */
  readonly file: string;
  readonly secrets: readonly ManifestSecret[];
  readonly errors: readonly ReadError[];
  readonly hints: readonly Hint[];
  /** Only if they are asked for. */
  readonly references?: FileReferences;
  /** Absent if there is none. */
  readonly ignoreComments?: readonly IgnoreComment[];
}

export interface ManifestReadOptions {
  /** Namespace of Secrets that name none. */
  readonly namespace: string | undefined;
  readonly stdin: () => Promise<Uint8Array>;
  /** Reports keys separately that another tool renders later. */
  readonly allowReferences: boolean;
  /** Collects which objects read Secrets, and which make some. */
  readonly collectsReferences?: boolean;
  /** Reports faults of objects of lockstep's own kinds as errors. */
  readonly compilesOwnObjects?: boolean;
  /** Whether a path is left out. It is relative to the given folder, or a given file itself. */
  readonly isExcluded?: IsExcluded | undefined;
}

/**
 * The Secrets at the paths, as kubectl 1.37 would read them: files, folders with all their files, `-` for standard
 * input. Only one file at a time is in memory. An unreadable file is an error of that file; nothing is thrown.
 */
export async function* readManifests(
  paths: readonly string[],
  options: ManifestReadOptions,
): AsyncGenerator<ManifestFileContent> {
  for (const path of manifestPaths(paths, options.isExcluded)) {
    const loaded = await loadFile(path, options);
    const content = readLoadedFile(loaded, options, await collectorFor(loaded, options));
    yield options.compilesOwnObjects === true ? await withOwnObjectErrors(content, loaded) : content;
  }
}

/** A chart is no manifest yet. The schemas load only for a file that may need them. */
async function withOwnObjectErrors(
  content: ManifestFileContent,
  { path: { file }, content: loaded }: LoadedFile,
): Promise<ManifestFileContent> {
  const isChart = content.hints.some(({ kind }) => kind === 'chart');
  if (isChart || !('text' in loaded) || !mayHoldOwnObject(loaded.text)) return content;
  const { ownObjectErrors } = await import('../policies/own-object-errors.ts');
  return { ...content, errors: [...content.errors, ...ownObjectErrors(file, loaded.text)] };
}

/** The modules of the collector load only for a file that may hold other objects than Secrets. */
async function collectorFor(
  { path: { file }, content }: LoadedFile,
  { collectsReferences, namespace }: ManifestReadOptions,
): Promise<ReferenceCollector | undefined> {
  if (collectsReferences !== true || !('text' in content) || isAssertion(file)) return undefined;
  if (!isKustomization(file) && !mayHoldOtherObject(content.text)) return undefined;
  const { referenceCollector } = await import('../references/collect.ts');
  return referenceCollector(namespace, isKustomization(file), positionsIn(file, content.text));
}

interface LoadedFile {
  readonly path: ManifestPath;
  readonly content: ManifestText;
}

/** Never rejects. */
async function loadFile(path: ManifestPath, options: ManifestReadOptions): Promise<LoadedFile> {
  const { file, problem, isExample, isSpecial } = path;
  if (problem !== undefined) return { path, content: { problem } };
  if (isSpecial) return { path, content: { text: '' } };
  if (isExample && options.collectsReferences !== true) return { path, content: { text: '' } };
  if (file !== STDIN) return { path, content: await readManifestText(file) };
  const unreadable = (error: unknown): ManifestText => ({ problem: unreadableReason(error) });
  return { path, content: await options.stdin().then(decodeManifest, unreadable) };
}

function readLoadedFile(
  { path, content }: LoadedFile,
  options: ManifestReadOptions,
  collector: ReferenceCollector | undefined,
): ManifestFileContent {
  const { file, isExplicit, isExample, isSpecial } = path;
  if (isSpecial) return { ...EMPTY_FILE, file, hints: [{ file, kind: 'special', isUnread: true }] };
  if (isExample)
    return {
      ...EMPTY_FILE,
      file,
      hints: [{ file, kind: 'example', ...unread(content) }],
      ...madeByHand(path, content),
    };
  if ('problem' in content)
    return { ...EMPTY_FILE, file, errors: [{ file, line: undefined, message: content.problem }] };
  if (isKustomization(file)) {
    const { references } =
      collector === undefined ? {} : readManifest(path, content.text, options, collector);
    const hint = { ...kustomizationHint(file), ...(isExplicit ? {} : makesSecret(content.text)) };
    return { ...EMPTY_FILE, file, hints: [hint], ...(references && { references }) };
  }
  const mayMatter = collector?.mayMatter(content.text) === true;
  if (!isExplicit && !mayMatter && holdsNoSecret(content.text)) return { ...EMPTY_FILE, file };
  const chart = file === STDIN ? undefined : chartFolderOf(file, content.text);
  if (chart !== undefined)
    return { ...EMPTY_FILE, file, hints: [{ ...chartHint(file, chart), ...unread(content) }] };
  return readManifest(path, content.text, options, collector);
}

/** Marks the hint of a file that may hold a Secret, which nothing checks. */
const unread = (content: ManifestText): Pick<Hint, 'isUnread'> =>
  'text' in content && mayBeSecret(content.text) ? { isUnread: true } : {};

/** A Git hook gives a kustomization itself, and can't render it. */
const makesSecret = (kustomization: string): Pick<Hint, 'isUnread'> =>
  /^secretGenerator\b/m.test(kustomization) ? { isUnread: true } : {};

/** A person makes the Secrets of an example from it. They count as existing. */
function madeByHand(path: ManifestPath, content: ManifestText): Pick<ManifestFileContent, 'references'> {
  if (!('text' in content) || holdsNoSecret(content.text)) return {};
  const { secrets } = readManifest(path, content.text, EXAMPLE_OPTIONS, undefined);
  const maker = `a person, from ${basename(path.file)}`;
  const made = secrets.map(({ secret: { name } }) => ({ name, maker }));
  return { references: { ...NO_REFERENCES, made } };
}

const NO_REFERENCES: FileReferences = { objects: [], made: [], substitutions: [], rotated: [], ignored: [] };

const EXAMPLE_OPTIONS: ManifestReadOptions = {
  namespace: undefined,
  stdin: async () => new Uint8Array(),
  allowReferences: true,
};

const EMPTY_FILE = { secrets: [], errors: [], hints: [] } as const;

/**
 * Whether a file in a folder can't hold a Secret. It lacks the word, any escape that could spell it, and any document
 * that can do harm. Such a file is not parsed, because parsing takes most of the time.
 */
const holdsNoSecret = (text: string): boolean =>
  !/secret|stringData|kustomize\.config/i.test(text) &&
  !namesAlmostSecret(text) &&
  !/\\(?:[ux]|\r?$)|!!|(?:[-:,[] *|^)\*\w/m.test(text);

function readManifest(
  { file, isExplicit }: ManifestPath,
  text: string,
  options: ManifestReadOptions,
  collector: ReferenceCollector | undefined,
): ManifestFileContent {
  const positionAt = positionsIn(file, text);
  const secrets: ManifestSecret[] = [];
  const errors: ReadError[] = [];
  const hints = new Map<HintKind, Hint>();
  const mayIgnore = mayHoldIgnoreComment(text);
  const ignoreComments: IgnoreComment[] = [];
  let objects = 0;
  let faults = 0;

  function addError({ offset: at, message }: SyntaxFault): void {
    errors.push({ file, line: positionAt(at).line, message });
  }

  function readDocument({ start, end, root, fault, ignoredFrom, isSkipped }: ManifestDocument): void {
    if (isSkipped) objects += 1;
    // A document that was parsed for its references alone may have a fault, as all others of its kind.
    if (fault !== undefined && collector !== undefined && isOtherKind(text.slice(start, end))) return;
    if (fault !== undefined) {
      faults += 1;
      addError({ ...fault, message: `${fault.message}${renderFirstAdvice(text)}` });
    }
    if (ignoredFrom !== undefined)
      hints.set('ignored-rest', { file, kind: 'ignored-rest', line: positionAt(ignoredFrom).line });
    if (root === undefined) return;
    if (mayIgnore) {
      const document = { start, end: ignoredFrom ?? end, root };
      for (const comment of ignoreCommentsIn(text, document, positionAt)) ignoreComments.push(comment);
    }
    for (const object of objectsOf(root)) {
      objects += 1;
      if (isSyntaxFault(object)) {
        if (isExplicit || object.isInList === true) addError(object);
        continue;
      }
      collector?.add(object);
      const kind = manifestKindOf(object);
      const hint = hintFor(file, kind);
      if (hint !== undefined) hints.set(hint.kind, hint);
      if (kind === 'secret' || kind === 'almost-secret' || kind === 'sealed-secret')
        secrets.push(readManifestSecret(object, kind, { ...options, positionAt }));
    }
  }

  // In a given file, each fault of a list is reported.
  const isKnownIn = (document: string): IsKnownKind =>
    collector === undefined
      ? isSecretKind
      : (kind) => isSecretKind(kind) || collector.mayCollect(kind, document);
  const isIrrelevant = (document: string): boolean => isOtherKind(document, isKnownIn(document));
  const isIrrelevantJson = (json: string): boolean =>
    isOtherJson(json) && (collector === undefined || !namesKindInJson(json, isKnownIn(json)));
  const skip = { isIrrelevant, ...(isExplicit ? {} : { isIrrelevantJson }) };
  for (const document of splitDocuments(text, skip)) readDocument(document);
  const [chart] = errors.length > 0 && text.includes('{{') ? chartCandidates(file) : [];
  const harmless =
    chart === undefined
      ? harmlessFault(file, text, errors, faults)
      : { ...chartHint(file, chart), ...unread({ text }) };
  if (harmless !== undefined) {
    hints.set(harmless.kind, harmless);
    errors.length = 0;
  } else if (isExplicit && objects === 0 && errors.length === 0)
    errors.push({ file, line: undefined, message: 'holds no object: there is nothing to check' });
  const content = {
    file,
    secrets,
    errors,
    hints: [...hints.values()],
    ...(ignoreComments.length === 0 ? {} : { ignoreComments }),
  };
  return collector === undefined ? content : { ...content, references: collector.references };
}

/**
 * A file that is no valid YAML is no error if it names no Secret and no kind of lockstep. A repository has many such
 * files. An error in what a command pipes stays one, because the pipe then holds no manifest at all.
 */
function harmlessFault(
  file: string,
  text: string,
  errors: readonly ReadError[],
  faults: number,
): Hint | undefined {
  const [first] = errors;
  if (first === undefined || errors.length > faults || file === STDIN) return undefined;
  if (mayBeSecret(text) || mayHoldOwnObject(text)) return undefined;
  return { file, kind: 'no-manifest', ...(first.line === undefined ? {} : { line: first.line }) };
}
