import type { JsonSchema } from './value.ts';

/**
 * The fields of Kubernetes objects that a value may set. The schema checks their names, because some versions of helm
 * drop a misspelt field. The API server checks what the fields hold.
 */
const objectWith = (
  names: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  ...(required.length === 0 ? {} : { required }),
  properties: names,
});

const listOfObjects = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

const TEXT: JsonSchema = { type: 'string' };
const NAME: JsonSchema = { type: 'string', minLength: 1 };
const FLAG: JsonSchema = { type: 'boolean' };
const ANY_OBJECT: JsonSchema = { type: 'object' };
const OBJECTS = listOfObjects(ANY_OBJECT);
const QUANTITY: JsonSchema = { anyOf: [{ type: 'string' }, { type: 'number' }] };
const QUANTITIES: JsonSchema = { type: 'object', additionalProperties: QUANTITY };

export const IMAGE_PULL_SECRETS = listOfObjects(objectWith({ name: NAME }, ['name']));

export const MATCH_CONDITIONS = listOfObjects(
  objectWith({ expression: NAME, name: NAME }, ['expression', 'name']),
);

export const RESOURCES = objectWith({ claims: OBJECTS, limits: QUANTITIES, requests: QUANTITIES });

export const TOLERATIONS = listOfObjects(
  objectWith({
    effect: { enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
    key: TEXT,
    operator: { enum: ['Exists', 'Equal', 'Lt', 'Gt'] },
    tolerationSeconds: { type: 'integer' },
    value: TEXT,
  }),
);

export const AFFINITY = objectWith({
  nodeAffinity: ANY_OBJECT,
  podAffinity: ANY_OBJECT,
  podAntiAffinity: ANY_OBJECT,
});

export const TOPOLOGY_SPREAD_CONSTRAINTS = listOfObjects(
  objectWith(
    {
      labelSelector: ANY_OBJECT,
      matchLabelKeys: { type: 'array', items: NAME },
      maxSkew: { type: 'integer', minimum: 1 },
      minDomains: { type: 'integer', minimum: 1 },
      nodeAffinityPolicy: { enum: ['Honor', 'Ignore'] },
      nodeTaintsPolicy: { enum: ['Honor', 'Ignore'] },
      topologyKey: NAME,
      whenUnsatisfiable: { enum: ['DoNotSchedule', 'ScheduleAnyway'] },
    },
    ['maxSkew', 'topologyKey', 'whenUnsatisfiable'],
  ),
);

/** A number or `true` without quotes is no text for the API server. */
export const EXTRA_ENV = listOfObjects(
  objectWith(
    {
      name: { type: 'string', pattern: '^[-._A-Za-z][-._A-Za-z0-9]*$' },
      value: TEXT,
      valueFrom: objectWith({
        configMapKeyRef: ANY_OBJECT,
        fieldRef: ANY_OBJECT,
        fileKeyRef: ANY_OBJECT,
        resourceFieldRef: ANY_OBJECT,
        secretKeyRef: ANY_OBJECT,
      }),
    },
    ['name'],
  ),
);

/** The kinds of volumes are many, and each has its own field. */
export const VOLUMES = listOfObjects({ type: 'object', required: ['name'], properties: { name: NAME } });

export const VOLUME_MOUNTS = listOfObjects(
  objectWith(
    {
      mountPath: NAME,
      mountPropagation: TEXT,
      name: NAME,
      readOnly: FLAG,
      recursiveReadOnly: TEXT,
      subPath: TEXT,
      subPathExpr: TEXT,
    },
    ['name', 'mountPath'],
  ),
);

const ID: JsonSchema = { type: 'integer', minimum: 0 };

export const POD_SECURITY_CONTEXT = objectWith({
  appArmorProfile: ANY_OBJECT,
  fsGroup: ID,
  fsGroupChangePolicy: { enum: ['OnRootMismatch', 'Always'] },
  runAsGroup: ID,
  runAsNonRoot: FLAG,
  runAsUser: ID,
  seLinuxChangePolicy: TEXT,
  seLinuxOptions: ANY_OBJECT,
  seccompProfile: ANY_OBJECT,
  supplementalGroups: { type: 'array', items: ID },
  supplementalGroupsPolicy: { enum: ['Merge', 'Strict'] },
  sysctls: OBJECTS,
});

export const SECURITY_CONTEXT = objectWith({
  allowPrivilegeEscalation: FLAG,
  appArmorProfile: ANY_OBJECT,
  capabilities: ANY_OBJECT,
  privileged: FLAG,
  readOnlyRootFilesystem: FLAG,
  runAsGroup: ID,
  runAsNonRoot: FLAG,
  runAsUser: ID,
  seLinuxOptions: ANY_OBJECT,
  seccompProfile: ANY_OBJECT,
});

/** `1`, or `50%`. */
export const COUNT_OR_SHARE: JsonSchema = {
  anyOf: [
    { type: 'integer', minimum: 0 },
    { type: 'string', pattern: '^([0-9]|[1-9][0-9]|100)%$' },
    { type: 'null' },
  ],
};

export const INGRESS_RULES = listOfObjects(objectWith({ from: OBJECTS, ports: OBJECTS }));
export const EGRESS_RULES = listOfObjects(objectWith({ to: OBJECTS, ports: OBJECTS }));
export const RELABELINGS = OBJECTS;
