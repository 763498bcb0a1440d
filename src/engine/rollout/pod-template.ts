import type { Keys, Use } from './consumers.ts';

/** What is looked at of a pod's spec, as the API server's JSON has it; of an environment never a value. */
export interface PodSpec {
  readonly initContainers?: Some<Container>;
  readonly containers?: Some<Container>;
  readonly volumes?: Some<Volume>;
}

/** An empty list may be left out, or null. */
type Some<Item> = readonly Item[] | null;

interface Container {
  readonly restartPolicy?: string;
  readonly env?: Some<{ readonly valueFrom?: { readonly secretKeyRef?: KeyRef | null } | null }>;
  readonly envFrom?: Some<{ readonly secretRef?: { readonly name?: string } | null }>;
  readonly volumeMounts?: Some<Mount>;
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
  readonly secret?: { readonly secretName?: string; readonly items?: Some<Item> } | null;
  readonly projected?: {
    readonly sources?: Some<{
      readonly secret?: { readonly name?: string; readonly items?: Some<Item> } | null;
    }>;
  } | null;
}

/** One key, and the file of the volume that it becomes. */
interface Item {
  readonly key: string;
  readonly path: string;
}

/** One place of the template that names a Secret. */
interface Reading {
  readonly secret: string;
  readonly keys: Keys;
  readonly how: keyof Use;
}

/**
 * What the pods of a template read of which Secrets; optional references count as well. What kubelet alone reads (to pull an image, to mount a share) does not,
 * nor does a volume that no container mounts.
 */
export function usesOf(spec: PodSpec): ReadonlyMap<string, Use> {
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, contentsOf(volume)]));
  const readings = [
    ...(spec.initContainers ?? []).flatMap((container) =>
      // One that restarts always is a sidecar: it runs as long as the others do.
      readingsOf(container, volumes, container.restartPolicy === 'Always' ? 'live' : 'fixed'),
    ),
    ...(spec.containers ?? []).flatMap((container) => readingsOf(container, volumes, 'live')),
  ];
  return new Map([...Map.groupBy(readings, ({ secret }) => secret)].map(([name, all]) => [name, useOf(all)]));
}

const useOf = (readings: readonly Reading[]): Use => ({
  fixed: union(readings.filter(({ how }) => how === 'fixed')),
  live: union(readings.filter(({ how }) => how === 'live')),
});

function union(readings: readonly Reading[]): Keys {
  const keys = new Set<string>();
  for (const reading of readings) {
    if (reading.keys === 'all') return 'all';
    for (const key of reading.keys) keys.add(key);
  }
  return keys;
}

/** `mounted`: how a volume is read that is mounted whole. */
function readingsOf(
  { env, envFrom, volumeMounts }: Container,
  volumes: ReadonlyMap<string, readonly Content[]>,
  mounted: keyof Use,
): readonly Reading[] {
  const readings: Reading[] = [];
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

/** What a volume holds of one Secret. */
interface Content {
  readonly secret: string;
  /** Undefined: each key, as a file of its name. */
  readonly items: readonly Item[] | undefined;
}

function contentsOf({ secret, projected }: Volume): readonly Content[] {
  const sources = (projected?.sources ?? []).map((source) => source.secret);
  return [{ name: secret?.secretName, items: secret?.items }, ...sources].flatMap((source) =>
    source?.name === undefined ? [] : [{ secret: source.name, items: listed(source.items) }],
  );
}

/** An empty list of items is none: all keys. */
const listed = (items: Some<Item> | undefined): readonly Item[] | undefined =>
  items === undefined || items === null || items.length === 0 ? undefined : items;

const wholeOf = ({ items }: Content): Keys =>
  items === undefined ? 'all' : new Set(items.map(({ key }) => key));

/** A file or a folder of the volume. Where it can't be told which, all that the volume holds. */
function partOf(content: Content, { subPath = '' }: Mount): Keys {
  const { items } = content;
  // Names of keys are names of files; anything else is spelled in a way, or is no file there.
  if (!/^[-\w.]+(\/[-\w.]+)*$/.test(subPath) || /(^|\/)\.(\/|$)/.test(subPath)) return wholeOf(content);
  if (items === undefined) return new Set([subPath]);
  const within = items.filter(({ path }) => path === subPath || path.startsWith(`${subPath}/`));
  return new Set(within.map(({ key }) => key));
}
