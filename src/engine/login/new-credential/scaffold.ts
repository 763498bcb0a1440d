import { MAX_OBJECT_NAME_LENGTH } from '../../secret/kubernetes/name.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import { systemNamed } from '../../value/systems/systems.ts';
import { defaultLoginKeys, type LoginKeys } from '../in-secret/login-keys.ts';
import type { Tls } from '../server/target.ts';
import { serverKindOf, systemOf } from '../server-kinds/kinds.ts';
import type { Copy } from './copies.ts';
import type { NamedServer } from './named-server.ts';
import type { StrategyChoice } from './strategy.ts';

/** The facts that a credential is made from. */
export interface ScaffoldFacts {
  readonly place: SecretRef;
  /** The credentials of its kind in the namespace. */
  readonly takenNames: readonly string[];
  /** A key that the Secret lacks is absent, and gets its default. */
  readonly keys: Partial<LoginKeys>;
  readonly server: NamedServer | undefined;
  readonly tls: ScaffoldTls | undefined;
  readonly adminSecretName: string | undefined;
  /** Undefined if its kind has none. */
  readonly strategy: StrategyChoice | undefined;
  readonly consumers: { readonly restart: boolean; readonly reason: string };
  readonly copies: readonly Copy[];
  /** The obstacles that keep the credential from Ready. A sentence each, here and below. */
  readonly missing: readonly string[];
  /** Facts that a reader must know before a password change. */
  readonly notes: readonly string[];
}

export interface ScaffoldTls {
  readonly mode: Tls['mode'];
  readonly caSecretName?: string | undefined;
  readonly reason: string;
}

export interface Scaffold {
  readonly document: object;
  /** The lines before the document, and before a field of it. */
  readonly comments: readonly ScaffoldComment[];
}

export interface ScaffoldComment {
  /** Empty for the whole document. */
  readonly path: readonly string[];
  readonly lines: readonly string[];
}

export function scaffoldOf(facts: ScaffoldFacts): Scaffold {
  const { place, server, tls, adminSecretName, strategy, consumers } = facts;
  const keys = changedKeys(facts.keys);
  const copies = facts.copies.flatMap(copyEntry).slice(0, MAX_COPIES);
  const spec = {
    secretName: place.name,
    ...(Object.keys(keys).length > 0 && { keys }),
    ...(server !== undefined && { server: serverOf(server, defaultPort(facts.keys), tls) }),
    ...(adminSecretName !== undefined && { adminSecretName }),
    ...(copies.length > 0 && { copies }),
    ...(strategy !== undefined && { rotation: { strategy: strategy.strategy } }),
    consumers: { restart: consumers.restart },
  };
  const document = {
    apiVersion: 'lockstep.dev/v1alpha1',
    kind: serverKindOf(facts.keys).object,
    metadata: { name: freeName(facts), namespace: place.namespace },
    spec,
  };
  return { document, comments: commentsOf(facts) };
}

export const defaultPort = (keys: Partial<LoginKeys>): number => Number(systemNamed(systemOf(keys)).ports[0]);

/** The keys with another name than the default. */
const changedKeys = (
  keys: Partial<Record<'user' | 'password' | 'database', string | undefined>> & Pick<LoginKeys, 'system'>,
): object =>
  Object.fromEntries(
    (['user', 'password', 'database'] as const).flatMap((field) => {
      const key = keys[field];
      const usual = defaultLoginKeys(keys)[field];
      return key === undefined || key === usual ? [] : [[field, key]];
    }),
  );

const serverOf = ({ host, port }: NamedServer, usualPort: number, tls: ScaffoldTls | undefined): object => ({
  host,
  ...(port !== usualPort && { port }),
  ...(tls !== undefined && {
    tls: {
      mode: tls.mode,
      ...(tls.caSecretName !== undefined && { caSecretName: tls.caSecretName }),
    },
  }),
});

/** An apply must not replace the credential of another Secret. */
function freeName({ place: { name }, takenNames }: ScaffoldFacts): string {
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : `-${number}`;
    const candidate = name.slice(0, MAX_OBJECT_NAME_LENGTH - suffix.length) + suffix;
    if (!takenNames.includes(candidate)) return candidate;
  }
}

function commentsOf(facts: ScaffoldFacts): readonly ScaffoldComment[] {
  const { server, tls, strategy, consumers, missing, notes } = facts;
  const all: readonly ScaffoldComment[] = [
    {
      path: [],
      lines: [
        ...missing.map((line) => `Missing: ${line}`),
        ...notes,
        ...copiesWithoutRole(facts),
        ...copyLines(facts),
      ],
    },
    {
      path: ['spec', 'server'],
      lines: server === undefined ? [] : [`${capitalised(server.source)} names this server.`],
    },
    { path: ['spec', 'server', 'tls'], lines: tls === undefined ? [] : [tls.reason] },
    { path: ['spec', 'rotation', 'strategy'], lines: strategy === undefined ? [] : [strategy.reason] },
    { path: ['spec', 'consumers', 'restart'], lines: [consumers.reason] },
  ];
  return all.filter(({ lines }) => lines.length > 0);
}

const capitalised = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** As in the schema. */
const MAX_COPIES = 64;

function copyEntry({ namespace, name, agreed }: Copy): readonly object[] {
  if (agreed === undefined) return [];
  const keys = changedKeys(agreed);
  return [{ namespace, secretName: name, ...(Object.keys(keys).length > 0 && { keys }) }];
}

const copiesWithoutRole = ({ copies, strategy }: ScaffoldFacts): readonly string[] =>
  copies
    .filter(({ agreed }) => strategy?.strategy === 'AlternatingUsers' && agreed !== undefined && !agreed.user)
    .slice(0, MAX_COPIES)
    .map(
      ({ namespace, name }) =>
        `The copy ${namespace}/${name} has no key with the role: add ${defaultLoginKeys({}).user}.`,
    );

function copyLines({ copies, place: { namespace, name: source } }: ScaffoldFacts): readonly string[] {
  const others = copies.filter(({ agreed }) => agreed === undefined);
  if (others.length === 0) return [];
  const rest = others.length - MAX_COPIES;
  return [
    'Other Secrets with the same password or login. To let one follow, give it the annotation',
    `lockstep.dev/copy-of=${namespace}/${source}, and run this command again:`,
    ...others
      .slice(0, MAX_COPIES)
      .map(
        ({ namespace, name, keys, hasSamePassword }) =>
          `- ${namespace}/${name}: ${hasSamePassword ? 'the same password' : 'the same role and server, another password'} under ${keys.join(', ')}`,
      ),
    ...(rest > 0 ? [`- and ${rest} more`] : []),
  ];
}
