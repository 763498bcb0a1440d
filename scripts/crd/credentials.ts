import { postgresCredentialSchema } from '../../src/engine/login/credential-schema/postgres-schema.ts';
import { redisCredentialSchema } from '../../src/engine/login/credential-schema/redis-schema.ts';
import { postgresCredentialRules, redisCredentialRules } from './cel-rules.ts';
import { AGE, type Column, type Crd } from './definition.ts';
import { secretPolicyCrd } from './secret-policy.ts';
import { conditionsOf, observedGeneration } from './status-schema.ts';
import { structuralSchema } from './structural-schema.ts';

const SECRET: Column = {
  name: 'Secret',
  type: 'string',
  jsonPath: '.spec.secretName',
  description: 'The Secret that holds the login.',
};

const STATE: readonly Column[] = [
  {
    name: 'Ready',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].status',
    description: 'Whether lockstep looks after the login.',
  },
  {
    name: 'Synced',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Synced")].status',
    description: 'Whether the login of the Secret opens the server.',
  },
  {
    name: 'Phase',
    type: 'string',
    jsonPath: '.status.phase',
    description: 'Where a change stands; Idle without one.',
  },
  {
    name: 'Version',
    type: 'integer',
    jsonPath: '.status.version',
    description: 'Of the Secret, as `lockstep history` counts.',
  },
  {
    name: 'Next',
    // A `date` column tells how long ago something was.
    type: 'string',
    jsonPath: '.status.nextRotation',
    description: 'When the password is changed next.',
  },
  AGE,
  {
    name: 'Reason',
    type: 'string',
    jsonPath: '.status.reason',
    description: 'The message of the condition that matters most.',
    priority: 1,
  },
];

export const postgresCredentialCrd: Crd = {
  kind: 'PostgresCredential',
  plural: 'postgrescredentials',
  shortName: 'pgcred',
  scope: 'Namespaced',
  source: 'src/engine/login/credential-schema/postgres-schema.ts',
  summary: 'the kind by which a Secret and a PostgreSQL server are kept in sync',
  description:
    'A Secret is a login on a PostgreSQL server. lockstep keeps both in sync: it proves the login, changes the password in both, and restarts whoever reads it. It holds no secrets itself.',
  columns: [
    SECRET,
    {
      name: 'Strategy',
      type: 'string',
      jsonPath: '.spec.rotation.strategy',
      description: 'SingleUser or AlternatingUsers.',
    },
    ...STATE,
  ],
  spec: structuralSchema(postgresCredentialSchema.shape.spec, postgresCredentialRules, 'spec'),
  status: statusOf('PostgresCredential', {
    account: 'role',
    allowed: 'spec.allowedRoles',
    order: 'The owner first, then the second login.',
  }),
};

export const redisCredentialCrd: Crd = {
  kind: 'RedisCredential',
  plural: 'rediscredentials',
  shortName: 'rediscred',
  scope: 'Namespaced',
  source: 'src/engine/login/credential-schema/redis-schema.ts',
  summary: 'the kind by which a Secret and a Redis or Valkey server are kept in sync',
  description:
    'A Secret is a login on a Redis or Valkey server. lockstep keeps both in sync: it proves the login, changes the password in both, and restarts whoever reads it. It holds no secrets itself.',
  columns: [SECRET, ...STATE],
  spec: structuralSchema(redisCredentialSchema.shape.spec, redisCredentialRules, 'spec'),
  status: statusOf('RedisCredential', {
    account: 'user',
    allowed: 'spec.allowedUsers',
    order: 'The one user.',
  }),
};

/** The kinds that lockstep defines. */
export const OWN_CRDS: readonly Crd[] = [secretPolicyCrd, postgresCredentialCrd, redisCredentialCrd];

interface StatusWords {
  readonly account: string;
  /** The field that names the accounts that an administrator may change. */
  readonly allowed: string;
  readonly order: string;
}

function statusOf(kind: string, { account, allowed, order }: StatusWords): object {
  return {
    type: 'object',
    description: 'What lockstep says of it. Written by lockstep alone.',
    properties: {
      observedGeneration: observedGeneration(kind),
      version: {
        type: 'integer',
        format: 'int64',
        minimum: 0,
        description: 'The version of the Secret, as `lockstep history` counts.',
      },
      phase: {
        type: 'string',
        maxLength: 63,
        description:
          'Where a change of the password stands: Preflight, Apply, Verify, Publish, Rollout, Drain, Finalize, or one that begins with Rollback. Idle without one, Diverged where somebody has to decide.',
      },
      lastRotation: {
        type: 'string',
        format: 'date-time',
        description: 'When the password was changed last.',
      },
      nextRotation: {
        type: 'string',
        format: 'date-time',
        description: 'When it is changed next, as spec.rotation says.',
      },
      waitingFor: {
        type: 'string',
        maxLength: 1024,
        description: 'The condition that a change of the password waits for. Absent if it waits for nothing.',
      },
      reason: {
        type: 'string',
        maxLength: 1024,
        description:
          'The message of the condition that matters most: why it is not ready, a change under way, why Secret and server are not in sync, or how the last change failed.',
      },
      verified: {
        type: 'object',
        description: `The ${account}s whose login succeeded, and on which server. Without ${allowed} the login of adminSecretName changes these alone.`,
        properties: {
          server: { type: 'string', maxLength: 512, description: 'Host and port.' },
          roles: {
            type: 'array',
            maxItems: 2,
            items: { type: 'string', maxLength: 63 },
            description: order,
          },
        },
      },
      conditions: conditionsOf(
        kind,
        'Ready, Synced or Progressing',
        'LoginVerified or Diverged',
        'Ready: lockstep looks after the login. Synced: the login of the Secret opens the server. Progressing: a change is under way, or how the last one ended.',
      ),
    },
  };
}
