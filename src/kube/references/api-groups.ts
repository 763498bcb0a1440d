import { LockstepError } from '../../errors/errors.ts';
import { callApiIfFound } from '../client/call.ts';
import type { Cluster } from '../client/connect.ts';

/** The version of each installed API group: `postgresql.cnpg.io/v1` for `postgresql.cnpg.io`. */
export type ApiGroups = ReadonlyMap<string, string>;

interface GroupListObject {
  readonly groups?: readonly {
    readonly name?: string;
    readonly preferredVersion?: { readonly groupVersion?: string };
  }[];
}

/**
 * The installed groups, which every user may ask for. A list of a group that is not installed gives 403 to a user
 * without rights, as if it were. Undefined if there is no answer.
 */
export async function readApiGroups(cluster: Cluster): Promise<ApiGroups | undefined> {
  try {
    const answer = await callApiIfFound(cluster, 'asking for the API groups', { path: '/apis' });
    const { groups } = (answer?.object ?? {}) as GroupListObject;
    if (!Array.isArray(groups)) return undefined;
    return new Map(
      (groups as NonNullable<GroupListObject['groups']>).flatMap(({ name = '', preferredVersion }) => {
        const version = preferredVersion?.groupVersion ?? '';
        return version.startsWith(`${name}/`) ? [[name, version] as const] : [];
      }),
    );
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return undefined;
  }
}
