import { jwtVerify, SignJWT } from 'jose';
import type { Cluster } from '../../testbed/cluster/cluster.ts';

/** Keys that one pod has read from the Secret `app`. It signs with KEY, and verifies with KEY and the previous key. */
export interface JwtConsumer {
  readonly name: string;
  readonly read: () => Promise<void>;
  readonly sign: () => Promise<string>;
  readonly verifies: (token: string) => Promise<boolean>;
}

/** A consumer of the Secret as the API server holds it, with real tokens. */
export async function aConsumer(cluster: Cluster, namespace: string, name: string): Promise<JwtConsumer> {
  let keys: readonly Uint8Array[] = [];
  const read = async (): Promise<void> => {
    const { data } = (await cluster.request(`/api/v1/namespaces/${namespace}/secrets/app`)).json();
    keys = [data.KEY, data.KEY_BEFORE].flatMap((base64?: string) =>
      base64 === undefined ? [] : [Buffer.from(base64, 'base64')],
    );
  };
  await read();
  return {
    name,
    read,
    sign: () =>
      new SignJWT({ sub: name }).setProtectedHeader({ alg: 'HS256' }).sign(keys[0] ?? new Uint8Array()),
    verifies: async (token) => {
      for (const key of keys) {
        const isRight = await jwtVerify(token, key).then(
          () => true,
          () => false,
        );
        if (isRight) return true;
      }
      return false;
    },
  };
}

/** Tokens that somebody signs now, and that somebody else does not understand. */
export async function rejectedTokens(consumers: readonly JwtConsumer[]): Promise<readonly string[]> {
  const found: string[] = [];
  const tokens = await Promise.all(consumers.map(async (one) => ({ one, token: await one.sign() })));
  for (const { one, token } of tokens) {
    for (const other of consumers) {
      if (!(await other.verifies(token))) found.push(`${other.name} does not understand ${one.name}`);
    }
  }
  return found;
}
