import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { ManifestSecret, SourcePosition } from '../../manifest/object/manifest-secret.ts';
import type { CheckedSecret, CheckFinding, OtherPlace } from '../../report/check-report.ts';
import { plural } from '../../report/wording.ts';

/** Finds two Secrets of one name in a run: kubectl stores the second one over the first. */
export interface DuplicateNameCheck {
  /** Must be called in the order of the Secrets. */
  readonly add: (manifest: ManifestSecret) => void;
  readonly addFindings: (secrets: readonly CheckedSecret[]) => readonly CheckedSecret[];
}

export function duplicateNameCheck(): DuplicateNameCheck {
  const byRef = new Map<string, NamedSecret[]>();
  let count = 0;
  return {
    add: ({ ref, secret, place, skipped }) => {
      const index = count++;
      // The API server makes another name for each `generateName`. Ciphertext often lies next to its plain text.
      if (secret.name === '' || skipped !== undefined) return;
      const named = { index, place, path: resolve(place.file), inDefault: secret.namespace === 'default' };
      const others = byRef.get(ref);
      if (others === undefined) byRef.set(ref, [named]);
      else others.push(named);
    },
    addFindings: (secrets) => {
      const duplicates = duplicatesOf([...byRef.values()].filter(({ length }) => length > 1));
      return secrets.map((secret, index) => {
        const duplicate = duplicates.get(index);
        if (duplicate === undefined) return secret;
        return { ...secret, findings: [...secret.findings, findingOf(duplicate)] };
      });
    },
  };
}

interface NamedSecret {
  readonly index: number;
  readonly place: SourcePosition;
  readonly path: string;
  readonly inDefault: boolean;
}

interface Duplicate {
  readonly place: SourcePosition;
  /** The place of the first Secret of this name. */
  readonly first: SourcePosition;
}

function findingOf({ first, place: { file, line, column } }: Duplicate): CheckFinding {
  const message = `has the name of the Secret in ${first.file}:${first.line}, and kubectl keeps only the last one`;
  const folders = differingFolders(first.file, file);
  const shared = folders && {
    id: folders,
    messageWith: (others: readonly OtherPlace[]) => {
      const names = new Set(others.map(({ ref }) => ref)).size;
      return `${message}; the same two folders share ${plural(names, 'more name')}`;
    },
  };
  return {
    rule: 'duplicate-name',
    key: '',
    action: 'Warn',
    message,
    fix: 'rename or remove one of the two',
    line,
    column,
    ...(shared && { shared }),
  };
}

/** The two folders that hold alternatives: `v1` and `v2` for v1/app/s.yaml and v2/app/s.yaml. Undefined for one. */
function differingFolders(a: string, b: string): string | undefined {
  const [one, other] = [dirname(a).split(sep), dirname(b).split(sep)];
  while (one.length > 0 && one.at(-1) === other.at(-1)) {
    one.pop();
    other.pop();
  }
  return one.length + other.length === 0 ? undefined : JSON.stringify([one, other]);
}

/** The later Secrets of each name, by their index. */
function duplicatesOf(groups: readonly (readonly NamedSecret[])[]): ReadonlyMap<number, Duplicate> {
  const sharedNames = Map.groupBy(groups, foldersOf);
  return new Map(
    groups.flatMap((group) => {
      const folders = foldersOf(group);
      // Folders that share several names are copies of one layout, for example one a region.
      const isLayout = folders.split('\n').length > 2 || (sharedNames.get(folders)?.length ?? 0) > 1;
      return [...duplicatesIn(group, isLayout)];
    }),
  );
}

const foldersOf = (group: readonly NamedSecret[]): string =>
  [...new Set(group.map(({ path }) => dirname(path)))].sort().join('\n');

function* duplicatesIn(
  group: readonly NamedSecret[],
  isLayout: boolean,
): Generator<readonly [number, Duplicate]> {
  const seen: NamedSecret[] = [];
  for (const one of group) {
    if (seen.some(({ path, place }) => isSamePlace(path, place, one))) continue;
    const first = seen.find((other) => areAppliedTogether(other, one, isLayout));
    if (first !== undefined) yield [one.index, { place: one.place, first: first.place }];
    if (seen.length < MAX_COMPARED) seen.push(one);
  }
}

/** Bounds the comparison of one name: its cost grows linearly with the number of Secrets. */
const MAX_COMPARED = 50;

/** The user gave one file twice. */
const isSamePlace = (path: string, { line, column }: SourcePosition, other: NamedSecret): boolean =>
  path === other.path && line === other.place.line && column === other.place.column;

/**
 * Whether one `kubectl apply` is likely to get both. Environments, overlays and clusters repeat a name on purpose, in a
 * file or a folder each.
 */
function areAppliedTogether(a: NamedSecret, b: NamedSecret, isLayout: boolean): boolean {
  if (a.path === b.path) return true;
  const isVariant = differingWords(a.path, b.path).some((word) => VARIANTS.has(word));
  if (isVariant) return false;
  if (dirname(a.path) === dirname(b.path)) return true;
  // Without a namespace each folder may be meant for another one.
  return !isLayout && !a.inDefault && !isBuilt(a, b) && !isBuilt(b, a);
}

/** Words in a path that mark one of several variants. */
const VARIANTS: ReadonlySet<string> = new Set(
  [
    'dev develop development stage staging stg prod production prd live test tests testing qa uat e2e ci local',
    'preview sandbox demo base overlay overlays env envs environment environments cluster clusters region',
    'regions tenant tenants customer customers example examples sample samples template templates docs',
    'fixtures testdata blue green canary',
  ].flatMap((line) => line.split(' ')),
);

/** The words of the parts in which two paths differ. */
function differingWords(a: string, b: string): readonly string[] {
  const [one, other] = [a.split(sep), b.split(sep)];
  let same = 0;
  while (same < one.length && one[same] === other[same]) same += 1;
  return [...one.slice(same), ...other.slice(same)].flatMap((part) => part.toLowerCase().split(/[^a-z\d]+/));
}

const BUILD_FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization', 'Chart.yaml'];

/** Whether a tool builds the folder of `a`, or one above it that does not hold `b`, on its own. */
function isBuilt(a: NamedSecret, b: NamedSecret): boolean {
  for (let folder = dirname(a.path); !b.path.startsWith(folder + sep); folder = dirname(folder)) {
    if (BUILD_FILES.some((file) => existsSync(join(folder, file)))) return true;
    if (basename(folder) === '') return false;
  }
  return false;
}
