import type { Cluster } from '../../testbed/cluster/cluster.ts';
import { until } from '../../testbed/process/until.ts';
import { aTeam, type Team } from './team.ts';

type Texts = Readonly<Record<string, string>>;

/** A team whose values the External Secrets Operator fetches. */
export interface ExternalTeam extends Team {
  /** Replaces the values of the store, a SecretStore of the fake provider. */
  store(values: Texts): Promise<void>;
  /** Applies an ExternalSecret that fetches these keys every second. */
  fetch(name: string, keys: readonly string[], different?: Different): Promise<void>;
  ready(name: string): Promise<Ready>;
  /** Resolves when it was refreshed so many times more, each time with success. */
  refreshed(name: string, times: number): Promise<void>;
}

interface Different {
  readonly annotations?: Texts;
  /** `spec.target` */
  readonly target?: object;
}

/** The condition `Ready` of an ExternalSecret; empty texts while there is none. */
interface Ready {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** When it was last refreshed with success. */
  readonly refreshed: string;
}

const VERSION = 'external-secrets.io/v1';

export async function anExternalTeam(cluster: Cluster): Promise<ExternalTeam> {
  const team = await aTeam(cluster);
  const { namespace } = team;
  const apply = async (kind: string, metadata: object, spec: object) => {
    const input = { apiVersion: VERSION, kind, metadata, spec };
    await team.run('apply -f -', { input });
  };

  const ready = async (name: string): Promise<Ready> => {
    const path = `/apis/${VERSION}/namespaces/${namespace}/externalsecrets/${name}`;
    const { status = {} } = (await cluster.request(path)).json();
    const condition = status.conditions?.find(({ type }: { type: string }) => type === 'Ready') ?? {};
    const { status: is = '', reason = '', message = '' } = condition;
    return { status: is, reason, message, refreshed: status.refreshTime ?? '' };
  };

  return {
    ...team,
    ready,
    store: (values) => {
      const data = Object.entries(values).map(([key, value]) => ({ key, value }));
      // The provider keeps stores by their names alone, of all namespaces in one map.
      return apply('SecretStore', { name: namespace }, { provider: { fake: { data } } });
    },
    fetch: (name, keys, { annotations = {}, target = {} } = {}) =>
      apply(
        'ExternalSecret',
        { name, annotations },
        {
          refreshInterval: '1s',
          secretStoreRef: { kind: 'SecretStore', name: namespace },
          target,
          data: keys.map((key) => ({ secretKey: key, remoteRef: { key } })),
        },
      ),
    refreshed: async (name, times) => {
      for (let done = 0; done < times; done += 1) {
        const before = (await ready(name)).refreshed;
        await until(`a refresh of ${name}`, [], async () => {
          const { status, refreshed } = await ready(name);
          return status === 'True' && refreshed > before;
        });
      }
    },
  };
}
