import { FLUX_GROUP } from './flux-substitution.ts';
import { groupOf, mapAlong, type ObjectFields, type ReadObject, textAlong } from './object-fields.ts';

/** The keys of a Secret that a PostgresCredential or RedisCredential writes. */
export interface RotatedSecret {
  readonly secret: string;
  readonly keys: readonly string[];
  /** `PostgresCredential app` */
  readonly writer: string;
  /** Undefined if none is written. */
  readonly namespace: string | undefined;
  /** lockstep changes the password on a schedule too, and not only on request. */
  readonly isScheduled: boolean;
}

export function rotatedSecretOf({ apiVersion, kind, name, fields }: ReadObject): RotatedSecret | undefined {
  if (groupOf(apiVersion) !== 'lockstep.dev') return undefined;
  if (kind !== 'PostgresCredential' && kind !== 'RedisCredential') return undefined;
  const secret = textAlong(fields, 'spec', 'secretName');
  if (secret === undefined) return undefined;
  const keyOf = (role: string, usual: string): string => textAlong(fields, 'spec', 'keys', role) ?? usual;
  const isAlternating = textAlong(fields, 'spec', 'rotation', 'strategy') === 'AlternatingUsers';
  const users = isAlternating ? [keyOf('user', 'POSTGRES_USER')] : [];
  return {
    secret,
    keys: [keyOf('password', kind === 'RedisCredential' ? 'REDIS_PASSWORD' : 'POSTGRES_PASSWORD'), ...users],
    writer: `${kind} ${name}`,
    namespace: textAlong(fields, 'metadata', 'namespace'),
    isScheduled: textAlong(fields, 'spec', 'rotation', 'schedule') !== undefined,
  };
}

/** A field that Flux or Argo CD leaves as it is in the cluster. */
export interface IgnoredField {
  readonly pointer: string;
  /** Undefined if it is ignored in each Secret. */
  readonly secret: string | undefined;
}

export function* ignoredFieldsOf({ apiVersion, kind, fields }: ReadObject): Generator<IgnoredField> {
  const group = groupOf(apiVersion);
  const spec = fields.map('spec');
  if (spec === undefined) return;
  if (kind === 'Kustomization' && group === FLUX_GROUP)
    for (const rule of spec.maps('ignore')) {
      const target = rule.map('target');
      if (isAboutSecrets(target))
        for (const { text } of rule.texts('paths')) yield { pointer: text, secret: target?.text('name') };
    }
  // Without the option, Argo CD shows no difference, and each sync still writes the field.
  if (kind === 'Application' && group === 'argoproj.io' && respectsIgnored(spec))
    for (const rule of spec.maps('ignoreDifferences'))
      if (isAboutSecrets(rule))
        for (const { text } of rule.texts('jsonPointers')) yield { pointer: text, secret: rule.text('name') };
}

const isAboutSecrets = (target: ObjectFields | undefined): boolean =>
  ['Secret', '*', undefined].includes(target?.text('kind'));

const respectsIgnored = (spec: ObjectFields): boolean =>
  [...(mapAlong(spec, ['syncPolicy'])?.texts('syncOptions') ?? [])].some(
    ({ text }) => text === 'RespectIgnoreDifferences=true',
  );

/** `/data/tls.crt`, as a JSON pointer. */
export const pointerTo = (key: string): string => `/data/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
