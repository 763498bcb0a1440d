interface NameText {
  /** The object that carries the name. */
  readonly on: string;
  readonly setBy: 'you' | 'lockstep';
  /** One line for the reference of the public surface. */
  readonly meaning: string;
}

type NameTable = Readonly<Record<string, NameText>>;

/*
 * Every name that lockstep reads or writes on objects of a cluster. A constant that holds one is declared `satisfies
 * Annotation`. An undeclared name does not compile.
 */

export const ANNOTATIONS = {
  'lockstep.dev/generate': {
    on: 'Secret',
    setBy: 'you',
    meaning: '"true": lockstep makes values for missing keys, and rotates them, as its policy says.',
  },
  'lockstep.dev/derived-secret': {
    on: 'Secret that another controller owns',
    setBy: 'you',
    meaning: '"true": lockstep keeps the derived keys in a Secret NAME-derived.',
  },
  'lockstep.dev/derived-from': {
    on: 'Secret NAME-derived',
    setBy: 'lockstep',
    meaning: 'The name of the Secret that the keys are derived from.',
  },
  'lockstep.dev/restart': {
    on: 'Deployment, Rollout, StatefulSet, DaemonSet, CronJob',
    setBy: 'you',
    meaning: '"false": lockstep does not restart this workload.',
  },
  'lockstep.dev/secret-version': {
    on: 'pod template of a workload; a Rollout itself',
    setBy: 'lockstep',
    meaning: 'The version of the Secret, or NAME=VERSION for each Secret, that the pods were restarted for.',
  },
  'lockstep.dev/allow-change-until': {
    on: 'Secret',
    setBy: 'you',
    meaning:
      'A time at most 24 hours ahead, such as 2026-11-30T18:00:00Z. Until then, values may change that a policy keeps.',
  },
  'lockstep.dev/copy-of': {
    on: 'Secret',
    setBy: 'you',
    meaning:
      'NAMESPACE/NAME of a Secret whose PostgresCredential names this one under copies: it gets the same login.',
  },
  'lockstep.dev/break-glass': {
    on: 'Secret',
    setBy: 'you',
    meaning: 'A reason. No webhook validates the Secret, if the writer may use breakglass.lockstep.dev.',
  },
  'lockstep.dev/floor-digest': {
    on: 'ValidatingAdmissionPolicy of the floor',
    setBy: 'lockstep',
    meaning: 'The digest of its spec, which changes with the policies.',
  },
  'lockstep.dev/record-of': {
    on: 'Secret lockstep-record-NAME',
    setBy: 'lockstep',
    meaning: 'The name of the Secret whose versions this record holds.',
  },
} as const satisfies NameTable;

export const LABELS = {
  'lockstep.dev/derived': {
    on: 'Secret NAME-derived',
    setBy: 'lockstep',
    meaning: '"true": the Secret holds derived keys.',
  },
  'lockstep.dev/floor': {
    on: 'ValidatingAdmissionPolicy and its binding',
    setBy: 'lockstep',
    meaning: '"true": the object is part of the floor that `lockstep policy floor` prints.',
  },
  'lockstep.dev/record': {
    on: 'Secret lockstep-record-NAME',
    setBy: 'lockstep',
    meaning: '"true": the Secret is a record.',
  },
  'app.kubernetes.io/managed-by': {
    on: 'Report, PolicyReport; Secret with a certificate',
    setBy: 'lockstep',
    meaning: '"lockstep" or "lockstep-certs": lockstep may replace the object.',
  },
} as const satisfies NameTable;

export const FINALIZERS = {
  'lockstep.dev/change': {
    on: 'PostgresCredential, RedisCredential',
    setBy: 'lockstep',
    meaning: 'A change of the password is in progress; the deletion waits for its end.',
  },
} as const satisfies NameTable;

export const SECRET_TYPES = {
  'lockstep.dev/record': {
    on: 'Secret lockstep-record-NAME',
    setBy: 'lockstep',
    meaning: 'A record: the versions of one Secret. No webhook validates it.',
  },
} as const satisfies NameTable;

/** The API server records under this name which fields lockstep wrote. */
export const FIELD_MANAGER = 'lockstep';

export type Annotation = keyof typeof ANNOTATIONS;
export type Label = keyof typeof LABELS;
export type Finalizer = keyof typeof FINALIZERS;
export type SecretType = keyof typeof SECRET_TYPES;

/** The Secret with the CA of the webhook pods, which exists from the install on: manifests/base. */
export const CA_SECRET_NAME = 'lockstep-webhook-ca';
