import type { ApiProxy, SeenCall } from '../api-proxy.ts';

/** What a controller does about one namespace, as it passes on its way out. */
export interface PassingSteps {
  /** Those since `watch`, by name. */
  readonly seen: readonly string[];
  /**
   * From here on. The step of that number, counted from 1, is held until `kill` is through, is carried out, and nobody learns of it; those after it pass. All pass
   * where nothing is told.
   */
  watch(namespace: string, doomed?: { readonly after: number; readonly kill: () => Promise<void> }): void;
}

/** A statement on its way to the server: resolves when it may pass. */
export type Gate = (statement: string) => Promise<'pass' | 'cut-after'>;

export function passingSteps(api: ApiProxy, onStatement: (gate: Gate) => void): PassingSteps {
  let seen: string[] = [];
  let namespace = '';
  let doomed: { readonly after: number; readonly kill: () => Promise<void> } | undefined;

  async function step(name: string): Promise<'pass' | 'cut-after'> {
    seen.push(name);
    if (seen.length !== doomed?.after) return 'pass';
    await doomed.kill();
    return 'cut-after';
  }

  api.onCall((call) => {
    const name = nameOf(call, namespace);
    return name === undefined ? 'pass' : step(name);
  });
  onStatement(async (statement) => (/^COMMIT/i.test(statement) ? step('COMMIT') : 'pass'));
  return {
    get seen() {
      return seen;
    },
    watch: (where, then) => {
      seen = [];
      namespace = where;
      doomed = then;
    },
  };
}

/** Undefined of what changes nothing, or is only told: nothing that comes later goes by it. */
function nameOf({ method, path, query, body }: SeenCall, namespace: string): string | undefined {
  const [, resource, object = '', sub] =
    path.split(`/namespaces/${namespace}/`)[1]?.match(/^([^/]+)\/?([^/]*)\/?(.*)$/) ?? [];
  if (method === 'GET' || resource === undefined || resource === 'events' || query.has('dryRun'))
    return undefined;
  if (sub === 'status') return undefined;
  const isRecord = body.includes('"lockstep.dev/record');
  return isRecord ? `record ${phaseIn(body)}` : `${method} ${resource} ${object}`.trim();
}

function phaseIn(body: string): string {
  const index = JSON.parse(Buffer.from(JSON.parse(body).data?.index ?? '', 'base64').toString() || '{}');
  return index.login?.change?.phase ?? (index.login?.wish ? 'wish' : 'at rest');
}
