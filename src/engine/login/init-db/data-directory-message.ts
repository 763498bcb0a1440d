import type { DirectoryState } from './data-directory.ts';

export interface DataDirectoryMessage {
  /** A server may start on it. */
  readonly isUsable: boolean;
  readonly text: string;
}

/** A sentence about the directory at `path`, with its fix. `major` is the release that is about to start, if known. */
export function dataDirectoryMessage(
  state: DirectoryState,
  path: string,
  major: string | undefined,
): DataDirectoryMessage {
  switch (state.kind) {
    case 'empty':
      return usable(
        `the data directory ${path} is empty: the first start makes role and database as the Secret says`,
      );
    case 'initialised':
      return major !== undefined && major !== state.major
        ? unusable(
            `the data directory ${path} is of PostgreSQL ${state.major}, and PostgreSQL ${major} does not start on it. Start the image of ${state.major}, or upgrade with pg_upgrade or with dump and restore`,
          )
        : usable(
            `the data directory ${path} holds a database of PostgreSQL ${state.major}: POSTGRES_PASSWORD is not read again, and the server keeps its password. To compare it with the Secret, run lockstep doctor NAMESPACE/NAME`,
          );
    case 'half-initialised':
      return unusable(
        `initdb did not complete in the data directory ${path}, which lacks ${state.lacks}. No server starts on it, and it never held data. ${EMPTY_IT}`,
      );
    case 'unfinished':
      return unusable(
        `the first start did not complete in the data directory ${path}. The database or the result of docker-entrypoint-initdb.d may be missing, and no later start creates them. ${EMPTY_IT}, or remove its postmaster.opts to start on it unchanged`,
      );
    case 'mount-point':
      return unusable(
        `the data directory ${path} is the top of a file system (it holds ${printable(state.found)}), which initdb refuses: set PGDATA to a folder in it`,
      );
    case 'foreign':
      return unusable(
        `the data directory ${path} holds ${printable(state.found)}, which is not PostgreSQL's: mount the right volume, or set PGDATA to a folder in it`,
      );
    case 'data-elsewhere':
      return unusable(
        `the data directory ${path} is empty, but ${state.folders.map(printable).join(' and ')} holds data of PostgreSQL. From 18 on, the image does not start next to such data: upgrade it with pg_upgrade, or set PGDATA to its directory`,
      );
  }
}

const usable = (text: string): DataDirectoryMessage => ({ isUsable: true, text });
const unusable = (text: string): DataDirectoryMessage => ({ isUsable: false, text });

const EMPTY_IT = 'Empty the volume and start again';

/** Any user can choose the name of a file. */
const printable = (name: string): string => name.slice(0, 200).replaceAll(/[^ -~]/g, '?');

/** The commands for a person who wants to start over. lockstep runs none of them. */
export const START_OVER = `holds a database, and is not deleted here. To start over with the password of the Secret, and lose all its data:
  kubectl -n NAMESPACE scale statefulset/NAME --replicas=0
  kubectl -n NAMESPACE delete persistentvolumeclaim/CLAIM
  kubectl -n NAMESPACE scale statefulset/NAME --replicas=1`;
