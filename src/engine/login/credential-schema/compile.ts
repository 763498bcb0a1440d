import type * as z from 'zod';
import { outOfBounds } from '../../policy/schema/bounds.ts';
import type { CronSchedule } from '../../policy/schema/cron.ts';
import { milliseconds } from '../../policy/schema/duration.ts';
import type { Problem } from '../../policy/schema/problem.ts';
import { schemaProblems } from '../../policy/schema/schema-problems.ts';
import { inconsistencies } from './consistency.ts';
import type { CredentialMetadata } from './fields.ts';
import { postgresCredentialSchema } from './postgres-schema.ts';
import { redisCredentialSchema } from './redis-schema.ts';
import { copiesOf, type LoginCopy, type StatedSpec, statedRedisSpec } from './stated-spec.ts';

/** The way to change a password: the one role gets another, or the other role of a pair is used. */
export type Strategy = 'SingleUser' | 'AlternatingUsers';

/**
 * A valid object that states that a Secret is a login on a server, whatever kind of server that is. Durations are in
 * milliseconds.
 */
export interface ServerCredential {
  readonly namespace: string;
  readonly name: string;
  /** Empty in a manifest that was not applied yet. */
  readonly uid: string;
  /** Increases with each change of the spec. */
  readonly generation: number;
  /** The year 1970 in a manifest. */
  readonly created: Date;
  readonly spec: CredentialSpec;
}

export interface CredentialSpec
  extends Omit<
    StatedSpec,
    'rotation' | 'consumers' | 'server' | 'adminSecretName' | 'allowedRoles' | 'copies'
  > {
  readonly server: NonNullable<StatedSpec['server']>;
  readonly adminSecretName: string | undefined;
  /** Undefined means the roles with a proven login. */
  readonly allowedRoles: readonly string[] | undefined;
  readonly strategy: Strategy;
  /** Undefined means on request only. */
  readonly schedule: RotationSchedule | undefined;
  readonly consumers: { readonly restart: boolean; readonly timeout: number };
  readonly copies: readonly LoginCopy[];
}

export interface RotationSchedule extends CronSchedule {
  /** Undefined means that a change is never too late. */
  readonly window: number | undefined;
}

export type CompiledCredential =
  | { readonly credential: ServerCredential }
  | { readonly problems: readonly Problem[] };

/** The kinds of objects that name a login on a server. */
export const CREDENTIAL_KINDS = ['PostgresCredential', 'RedisCredential'] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

/** A credential as the API server stores it. */
export interface CredentialResource {
  readonly kind: CredentialKind;
  readonly namespace: string;
  readonly name: string;
  /** A credential that was deleted and created again has another uid. */
  readonly uid: string;
  readonly resourceVersion: string;
  /** Parsed JSON without validation. */
  readonly document: unknown;
  readonly status: unknown;
  readonly finalizers: readonly string[];
  /** Undefined if it is not being deleted. */
  readonly deletedAt: Date | undefined;
}

const NO_CREDENTIAL: Problem = {
  path: [],
  message: 'is no PostgresCredential or RedisCredential: write one of lockstep.dev/v1alpha1',
};

/** Fields that the API server and other clients write. */
const UNCHECKED_FIELDS: ReadonlySet<string> = new Set(['metadata', 'status']);

/** The limit of reported problems for one object. A user who has fixed twenty sees the others next. */
const MAX_PROBLEMS = 20;

/** Compiles a parsed document, or reports every problem of it. Any input takes only milliseconds. */
export function compileCredential(document: unknown): CompiledCredential {
  const { kind } = (document ?? {}) as { readonly kind?: unknown };
  switch (kind) {
    case 'PostgresCredential':
      return compileKind(document, kind, postgresCredentialSchema, (spec) => spec);
    case 'RedisCredential':
      return compileKind(document, kind, redisCredentialSchema, statedRedisSpec);
    default:
      return { problems: [NO_CREDENTIAL] };
  }
}

function compileKind<Spec>(
  document: unknown,
  kind: CredentialKind,
  schema: z.ZodType<{ readonly metadata: CredentialMetadata; readonly spec: Spec }>,
  statedOf: (spec: Spec) => StatedSpec,
): CompiledCredential {
  const excess = outOfBounds(document, UNCHECKED_FIELDS, kind);
  if (excess !== undefined) return { problems: [excess] };
  const parsed = schema.safeParse(document);
  if (!parsed.success)
    return { problems: schemaProblems(parsed.error.issues, `a ${kind}`, schema).slice(0, MAX_PROBLEMS) };
  const { metadata, spec } = parsed.data;
  const stated = statedOf(spec);
  const problems = inconsistencies(stated, metadata.namespace ?? '');
  return problems.length > 0 ? { problems } : { credential: credentialOf(metadata, stated) };
}

function credentialOf(
  { namespace, name, uid, generation, creationTimestamp }: CredentialMetadata,
  spec: StatedSpec,
): ServerCredential {
  const { rotation, consumers, server, adminSecretName, allowedRoles, copies: _, ...rest } = spec;
  const { strategy, schedule, timeZone, window } = rotation;
  const created = new Date(creationTimestamp ?? 0);
  return {
    namespace: namespace ?? '',
    name,
    uid: uid ?? '',
    generation: generation ?? 0,
    created: Number.isNaN(created.getTime()) ? new Date(0) : created,
    spec: {
      ...rest,
      server: server ?? {},
      adminSecretName,
      allowedRoles,
      strategy,
      schedule:
        schedule === undefined
          ? undefined
          : { schedule, timeZone, window: window === undefined ? undefined : milliseconds(window) },
      consumers: { restart: consumers.restart, timeout: milliseconds(consumers.timeout) },
      copies: copiesOf(spec, namespace ?? ''),
    },
  };
}
