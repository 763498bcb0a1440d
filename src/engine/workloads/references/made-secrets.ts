import { MAKERS, OUTPUT_FIELDS, RELEASES, release } from './makers.ts';
import { groupOf, mapAlong, type ObjectFields, type ReadObject } from './object-fields.ts';
import { containersOf, podOf } from './secret-references.ts';

/** A Secret, or several with one beginning, that a controller or kustomize makes from an object. */
export interface MadeSecret {
  /** `*` stands for any text, at the beginning or at the end. */
  readonly name: string;
  /** `ExternalSecret app` */
  readonly maker: string;
}

/** The groups and kinds that make Secrets, without those of Kubernetes itself. */
export const MAKING_KINDS: readonly (readonly [group: string, kinds: readonly string[]])[] = kindsIn(MAKERS);

/** The groups and kinds whose Secrets only manifests lack. */
export const RELEASE_KINDS = kindsIn(RELEASES);

function kindsIn(makers: typeof MAKERS): typeof MAKING_KINDS {
  return Object.entries(makers).map(([group, kinds]) => [group, Object.keys(kinds)]);
}

export function madeSecretsOf(object: ReadObject): readonly MadeSecret[] {
  return made(namesFor(object), `${object.kind} ${object.name}`);
}

const made = (names: readonly (string | undefined)[], maker: string): readonly MadeSecret[] =>
  names.flatMap((name) => (name === undefined || name === '' ? [] : { name, maker }));

function namesFor(object: ReadObject): readonly (string | undefined)[] {
  const { kind, name, fields } = object;
  if (kind === 'Ingress') return isCertified(fields) ? tlsNames(fields) : [];
  if (kind === 'ServiceAccount') return [`${name}-token`, `${name}-token-*`];
  const pod = podOf(object);
  if (pod !== undefined) return [...commandNames(pod)];
  return namesIn(MAKERS, object) ?? [];
}

function namesIn(
  makers: typeof MAKERS,
  { kind, apiVersion, name, fields }: ReadObject,
): readonly (string | undefined)[] | undefined {
  const group = groupOf(apiVersion);
  const kinds = Object.hasOwn(makers, group) ? makers[group] : undefined;
  const namesOf = kinds !== undefined && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  return namesOf?.(name, fields);
}

/** The Secrets that appear once a manifest is applied, if a chart or an unknown controller makes them. */
export function laterSecretsOf(object: ReadObject): readonly MadeSecret[] {
  const { kind, name, apiVersion, fields } = object;
  const maker = `${kind} ${name}`;
  if (kind === 'Service') return made(servingCertificates(fields), maker);
  const released = namesIn(RELEASES, object);
  if (released !== undefined) return made(released, maker);
  const group = groupOf(apiVersion);
  const spec = fields.map('spec');
  // The groups of Kubernetes have no field of such a meaning.
  if (spec === undefined || !group.includes('.') || group.endsWith('.k8s.io')) return [];
  const named = OUTPUT_FIELDS.map((path) => mapAlong(spec, path.slice(0, -1))?.text(path.at(-1) ?? ''));
  return made(/Secret$/.test(kind) ? [...named, name] : named, maker);
}

/** The annotation by which OpenShift makes a certificate for a Service. */
const servingCertificates = (fields: ObjectFields): readonly (string | undefined)[] =>
  ['beta', 'alpha'].map((version) =>
    mapAlong(fields, ['metadata', 'annotations'])?.text(
      `service.${version}.openshift.io/${SERVING_CERTIFICATE}`,
    ),
  );

export const SERVING_CERTIFICATE = 'serving-cert-secret-name';

/** A Job often makes a certificate: `--secret-name=webhook-tls`, or `kubectl create secret tls webhook-tls`. */
function* commandNames(pod: ObjectFields): Generator<string> {
  for (const container of containersOf(pod))
    for (const list of ['command', 'args'])
      for (const { text } of container.texts(list))
        if (text.length <= MAX_COMMAND_LENGTH)
          for (const { groups } of text.matchAll(MAKING_COMMAND)) yield groups?.option ?? groups?.name ?? '';
}

/** A longer text is no command. */
const MAX_COMMAND_LENGTH = 16_384;
const MAKING_COMMAND =
  /--(?:[a-z]{1,20}-){0,3}secret-name[= ](?<option>[a-z0-9][-a-z0-9.]{0,252})|\bcreate secret (?:generic|tls|docker-registry) (?<name>[a-z0-9][-a-z0-9.]{0,252})/g;

/** The Secrets that `kubectl kustomize` makes of a kustomization, which need not have a kind. */
export const generatedSecretsOf = (fields: ObjectFields): readonly MadeSecret[] => [
  ...[...fields.maps('secretGenerator')].flatMap((generator) =>
    made([generator.text('name')], 'a secretGenerator of kustomize'),
  ),
  ...[...fields.maps('helmCharts')].flatMap((chart) =>
    made(release(chart.text('releaseName') ?? chart.text('name') ?? ''), 'a chart of kustomize'),
  ),
];

/** cert-manager makes the certificates of an Ingress with one of these annotations. */
function isCertified(fields: ObjectFields): boolean {
  const annotations = mapAlong(fields, ['metadata', 'annotations'])?.keys() ?? [];
  return [...annotations].some(
    (key) => /^(?:acme\.)?cert-manager\.io\//.test(key) || key === 'kubernetes.io/tls-acme',
  );
}

const tlsNames = (fields: ObjectFields): readonly (string | undefined)[] =>
  [...(fields.map('spec')?.maps('tls') ?? [])].map((tls) => tls.text('secretName'));

/** An object can make Secrets of many names, so each name is compared with each pattern once. */
export function makersByName(secrets: readonly MadeSecret[]): (name: string) => string | undefined {
  const all = [...secrets, ...MADE_IN_EACH_NAMESPACE];
  const byName = new Map(all.map((one) => [one.name, one.maker]));
  const patterns = all.filter(({ name }) => name.includes('*')).slice(-MAX_PATTERNS);
  return (name) => {
    const maker = byName.get(name) ?? patterns.find((pattern) => isMade(pattern, name))?.maker;
    byName.set(name, maker ?? '');
    return maker === '' ? undefined : maker;
  };
}

/** Each namespace has this ServiceAccount, without a manifest. */
const MADE_IN_EACH_NAMESPACE: readonly MadeSecret[] = ['default-token', 'default-token-*'].map((name) => ({
  name,
  maker: 'ServiceAccount default',
}));

/** Bounds the comparisons for each name. */
const MAX_PATTERNS = 500;

/** Whether the name is the one that is made, or one of those. */
export function isMade({ name: pattern }: Pick<MadeSecret, 'name'>, name: string): boolean {
  if (pattern.startsWith('*')) return name.endsWith(pattern.slice(1));
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
