import type { KeySelection, SecretUse } from './consumers.ts';

/**
 * The fields of a pod's spec that lockstep reads, as in the JSON of the API server. The only values of environment
 * variables that it reads are the digests of Reloader.
 */
export interface PodSpec {
  readonly initContainers?: OptionalList<Container>;
  readonly containers?: OptionalList<Container>;
  readonly volumes?: OptionalList<Volume>;
}

/** The list may be absent, or null. */
type OptionalList<Item> = readonly Item[] | null;

interface Container {
  readonly restartPolicy?: string;
  readonly env?: OptionalList<{
    readonly name?: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef?: KeyRef | null } | null;
  }>;
  readonly envFrom?: OptionalList<{ readonly secretRef?: { readonly name?: string } | null }>;
  readonly volumeMounts?: OptionalList<Mount>;
}

interface KeyRef {
  readonly name?: string;
  readonly key: string;
}

interface Mount {
  readonly name: string;
  readonly subPath?: string;
  readonly subPathExpr?: string;
}

interface Volume {
  readonly name: string;
  readonly secret?: { readonly secretName?: string; readonly items?: OptionalList<VolumeItem> } | null;
  readonly projected?: {
    readonly sources?: OptionalList<{
      readonly secret?: { readonly name?: string; readonly items?: OptionalList<VolumeItem> } | null;
    }>;
  } | null;
}

/** One key, and the path of its file in the volume. */
interface VolumeItem {
  readonly key: string;
  readonly path: string;
}

interface SecretReading {
  readonly secret: string;
  readonly keys: KeySelection;
  readonly how: keyof SecretUse;
}

/**
 * The Secrets that the pods of a template read, with their keys. Optional references count too. Secrets that only the
 * kubelet reads, to pull an image or mount a share, don't count. Neither does a volume that no container mounts.
 */
export function secretUsesOf(spec: PodSpec): ReadonlyMap<string, SecretUse> {
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, contentsOf(volume)]));
  const readings = [
    ...(spec.initContainers ?? []).flatMap((container) =>
      // An init container that always restarts is a sidecar: it runs as long as the others do.
      readingsOf(container, volumes, container.restartPolicy === 'Always' ? 'live' : 'fixed'),
    ),
    ...(spec.containers ?? []).flatMap((container) => readingsOf(container, volumes, 'live')),
  ];
  return new Map([...Map.groupBy(readings, ({ secret }) => secret)].map(([name, all]) => [name, useOf(all)]));
}

const useOf = (readings: readonly SecretReading[]): SecretUse => ({
  fixed: union(readings.filter(({ how }) => how === 'fixed')),
  live: union(readings.filter(({ how }) => how === 'live')),
});

function union(readings: readonly SecretReading[]): KeySelection {
  const keys = new Set<string>();
  for (const reading of readings) {
    if (reading.keys === 'all') return 'all';
    for (const key of reading.keys) keys.add(key);
  }
  return keys;
}

/** `mounted` is the way in which the container reads a volume that is mounted as a whole. */
function readingsOf(
  { env, envFrom, volumeMounts }: Container,
  volumes: ReadonlyMap<string, readonly VolumeContent[]>,
  mounted: keyof SecretUse,
): readonly SecretReading[] {
  const readings: SecretReading[] = [];
  for (const { valueFrom } of env ?? []) {
    const { name, key } = valueFrom?.secretKeyRef ?? {};
    if (name !== undefined && key !== undefined)
      readings.push({ secret: name, keys: new Set([key]), how: 'fixed' });
  }
  for (const { secretRef } of envFrom ?? []) {
    if (secretRef?.name !== undefined) readings.push({ secret: secretRef.name, keys: 'all', how: 'fixed' });
  }
  for (const mount of volumeMounts ?? []) {
    for (const content of volumes.get(mount.name) ?? []) {
      const isPart = Boolean(mount.subPath) || Boolean(mount.subPathExpr);
      const keys = isPart ? partOf(content, mount) : wholeOf(content);
      readings.push({ secret: content.secret, keys, how: isPart ? 'fixed' : mounted });
    }
  }
  return readings;
}

/** The keys of one Secret that a volume holds. */
interface VolumeContent {
  readonly secret: string;
  /** Undefined means that each key is a file of the same name. */
  readonly items: readonly VolumeItem[] | undefined;
}

function contentsOf({ secret, projected }: Volume): readonly VolumeContent[] {
  const sources = (projected?.sources ?? []).map((source) => source.secret);
  return [{ name: secret?.secretName, items: secret?.items }, ...sources].flatMap((source) =>
    source?.name === undefined ? [] : [{ secret: source.name, items: nonEmpty(source.items) }],
  );
}

/** An empty list of items means all keys. */
const nonEmpty = (items: OptionalList<VolumeItem> | undefined): readonly VolumeItem[] | undefined =>
  items === undefined || items === null || items.length === 0 ? undefined : items;

const wholeOf = ({ items }: VolumeContent): KeySelection =>
  items === undefined ? 'all' : new Set(items.map(({ key }) => key));

/** A file or a folder of the volume. If the keys can't be determined, the whole volume. */
function partOf(content: VolumeContent, { subPath = '' }: Mount): KeySelection {
  const { items } = content;
  // Names of keys are names of files. Any other `subPath` is an unusual spelling, or no file of the volume.
  if (!/^[-\w.]+(\/[-\w.]+)*$/.test(subPath) || /(^|\/)\.(\/|$)/.test(subPath)) return wholeOf(content);
  if (items === undefined) return new Set([subPath]);
  const within = items.filter(({ path }) => path === subPath || path.startsWith(`${subPath}/`));
  return new Set(within.map(({ key }) => key));
}
