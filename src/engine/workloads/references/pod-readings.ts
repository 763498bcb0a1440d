import { mapAlong, type ObjectFields } from './object-fields.ts';
import type { ReadAs, Reading } from './reading.ts';

/** A hostile pod mounts a volume of ten thousand items ten thousand times. */
export const MAX_POD_READINGS = 20_000;

/** Each place in a pod's spec that reads a Secret or a ConfigMap, optional ones too. It keeps no value. */
export function* podReadings(pod: ObjectFields): Generator<Reading> {
  let count = 0;
  for (const reading of allReadings(pod)) {
    yield reading;
    count += 1;
    if (count === MAX_POD_READINGS) return;
  }
}

function* allReadings(pod: ObjectFields): Generator<Reading> {
  const volumes = new Map([...pod.maps('volumes')].map((volume) => [volume.text('name') ?? '', volume]));
  const mounted = new Set<string>();
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'])
    for (const container of pod.maps(list)) {
      yield* environmentReadings(container);
      // An init container that always restarts is a sidecar: it runs as long as the others do.
      const hasEnded = list === 'initContainers' && container.text('restartPolicy') !== 'Always';
      for (const mount of container.maps('volumeMounts')) {
        const name = mount.text('name') ?? '';
        mounted.add(name);
        yield* mountReadings(container, mount, hasEnded, volumes.get(name));
      }
    }
  for (const [name, volume] of volumes) {
    yield* driverReadings(volume, name);
    if (!mounted.has(name))
      for (const content of contentsOf(volume))
        yield* contentReadings(content, wholeOf(content), {
          as: 'unmounted volume',
          place: name,
          needsRestart: false,
        });
  }
  yield* pullReadings(pod);
}

/** The Secrets of `imagePullSecrets`, of a pod or a ServiceAccount. */
export function* pullReadings(fields: ObjectFields): Generator<Reading> {
  for (const secret of fields.maps('imagePullSecrets'))
    yield* secretReading(secret.text('name'), { as: 'image pull', place: '', needsRestart: false });
}

/** A reading of the whole Secret. None without a name. */
export function* secretReading(
  name: string | undefined,
  how: HowRead & { readonly namespace?: string | undefined },
): Generator<Reading> {
  if (name) yield { source: 'Secret', name, key: undefined, ...how };
}

type HowRead = Pick<Reading, 'as' | 'place' | 'needsRestart'>;

const ENVIRONMENT_SOURCES = [
  ['Secret', 'secretKeyRef', 'secretRef'],
  ['ConfigMap', 'configMapKeyRef', 'configMapRef'],
] as const;

function* environmentReadings(container: ObjectFields): Generator<Reading> {
  const containerName = container.text('name') ?? '';
  for (const variable of container.maps('env')) {
    const place = `${containerName}: ${variable.text('name') ?? ''}`;
    for (const [source, field] of ENVIRONMENT_SOURCES) {
      const reference = mapAlong(variable, ['valueFrom', field]);
      const [name, key] = [reference?.text('name'), reference?.text('key')];
      if (name && key !== undefined) yield { source, name, key, as: 'env', place, needsRestart: true };
    }
  }
  for (const all of container.maps('envFrom'))
    for (const [source, , field] of ENVIRONMENT_SOURCES) {
      const name = all.map(field)?.text('name');
      if (name)
        yield { source, name, key: undefined, as: 'envFrom', place: containerName, needsRestart: true };
    }
}

function* mountReadings(
  container: ObjectFields,
  mount: ObjectFields,
  hasEnded: boolean,
  volume: ObjectFields | undefined,
): Generator<Reading> {
  if (volume === undefined) return;
  const subPath = mount.text('subPath') ?? '';
  const isPart = subPath !== '' || Boolean(mount.text('subPathExpr'));
  const place = `${container.text('name') ?? ''}: ${mount.text('mountPath') ?? ''}`;
  for (const content of contentsOf(volume)) {
    const keys = isPart ? partOf(content, subPath) : wholeOf(content);
    const as: ReadAs = isPart ? 'subPath' : content.isProjected ? 'projected volume' : 'volume';
    yield* contentReadings(content, keys, { as, place, needsRestart: isPart || hasEnded });
  }
}

/** One Secret or ConfigMap that a volume holds. */
interface VolumeContent extends Pick<Reading, 'source' | 'name'> {
  readonly isProjected: boolean;
  /** Undefined means that each key is a file of the same name. */
  readonly items: readonly { readonly key: string; readonly path: string }[] | undefined;
}

function* contentsOf(volume: ObjectFields): Generator<VolumeContent> {
  yield* contentOf('Secret', volume.map('secret'), 'secretName', false);
  yield* contentOf('ConfigMap', volume.map('configMap'), 'name', false);
  for (const source of volume.map('projected')?.maps('sources') ?? []) {
    yield* contentOf('Secret', source.map('secret'), 'name', true);
    yield* contentOf('ConfigMap', source.map('configMap'), 'name', true);
  }
}

function* contentOf(
  source: Reading['source'],
  fields: ObjectFields | undefined,
  nameField: string,
  isProjected: boolean,
): Generator<VolumeContent> {
  const name = fields?.text(nameField);
  if (fields === undefined || !name) return;
  const items = [...fields.maps('items')].map((item) => ({
    key: item.text('key') ?? '',
    path: item.text('path') ?? '',
  }));
  // An empty list of items means all keys.
  yield { source, name, isProjected, items: items.length === 0 ? undefined : items };
}

function* contentReadings(
  { source, name }: VolumeContent,
  keys: readonly string[] | undefined,
  how: HowRead,
): Generator<Reading> {
  for (const key of keys ?? [undefined]) yield { source, name, key, ...how };
}

const wholeOf = ({ items }: VolumeContent): readonly string[] | undefined => items?.map(({ key }) => key);

/** The keys of a file or a folder of the volume. If they can't be determined, those of the whole volume. */
function partOf(content: VolumeContent, subPath: string): readonly string[] | undefined {
  const { items } = content;
  // Names of keys are names of files. Any other `subPath` is an unusual spelling, or no file of the volume.
  if (!/^[-\w.]+(\/[-\w.]+)*$/.test(subPath) || /(^|\/)\.(\/|$)/.test(subPath)) return wholeOf(content);
  if (items === undefined) return [subPath];
  return items.filter(({ path }) => path === subPath || path.startsWith(`${subPath}/`)).map(({ key }) => key);
}

/** The kinds of volumes whose driver reads a Secret when it mounts, with the field that names the Secret. */
const DRIVER_SECRETS: readonly (readonly string[])[] = [
  ['csi', 'nodePublishSecretRef', 'name'],
  ['azureFile', 'secretName'],
  ...['cephfs', 'cinder', 'flexVolume', 'iscsi', 'rbd', 'scaleIO', 'storageos'].map((kind) => [
    kind,
    'secretRef',
    'name',
  ]),
];

function* driverReadings(volume: ObjectFields, place: string): Generator<Reading> {
  for (const path of DRIVER_SECRETS)
    yield* secretReading(mapAlong(volume, path.slice(0, -1))?.text(path.at(-1) ?? ''), {
      as: 'volume driver',
      place,
      needsRestart: true,
    });
}
